//! A stream of signed sample messages, so that a newcomer sees a bus that is alive.
//!
//! All of them are invented.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use fedhub::Result;
use fedhub::bus::{Publisher, Settings};
use fedhub::canonical::{Value, parse};
use fedhub::config::Config;
use fedhub::crypto::Signer;
use fedhub::envelope::Author;
use fedhub::{Error, Kind};

use crate::supervisor::Task;

/// A topic without its prefix, and a body in which `$user`, `$package`, `$number` and `$hash` stand
/// for something new each time.
type Sample = (&'static str, &'static str);

const SAMPLES: [Sample; 18] = [
    (
        "git.receive",
        r#"{"commit": {"username": "$user", "repo": "$package", "branch": "rawhide", "rev": "$hash", "summary": "Update to release $number", "stats": {"total": {"files": 2, "insertions": 7, "deletions": 4, "lines": 11}}}}"#,
    ),
    (
        "git.receive",
        r#"{"commit": {"username": "$user", "repo": "$package", "branch": "f44", "rev": "$hash", "summary": "Backport the fix for bug $number", "stats": {"total": {"files": 1, "insertions": 31, "deletions": 0, "lines": 31}}}}"#,
    ),
    (
        "buildsys.build.state.change",
        r#"{"owner": "$user", "name": "$package", "version": "4.$number", "release": "1.fc44", "build_id": $number, "old": null, "new": 0}"#,
    ),
    (
        "buildsys.build.state.change",
        r#"{"owner": "$user", "name": "$package", "version": "4.$number", "release": "1.fc44", "build_id": $number, "old": 0, "new": 1}"#,
    ),
    (
        "buildsys.build.state.change",
        r#"{"owner": "$user", "name": "$package", "version": "4.$number", "release": "1.fc44", "build_id": $number, "old": 0, "new": 3}"#,
    ),
    (
        "buildsys.tag",
        r#"{"owner": "$user", "name": "$package", "tag": "f44-updates-candidate", "build_id": $number, "user": "$user"}"#,
    ),
    (
        "bodhi.update.request.testing",
        r#"{"agent": "$user", "update": {"alias": "SAMPLE-2026-$hash", "title": "$package-4.$number-1.fc44", "type": "bugfix", "karma": 0, "notes": "Fixes a crash at start-up."}}"#,
    ),
    (
        "bodhi.update.comment",
        r#"{"agent": "$user", "comment": {"text": "Works for me ☺", "karma": 1, "update": {"alias": "SAMPLE-2026-$hash", "title": "$package-4.$number-1.fc44"}}}"#,
    ),
    (
        "bodhi.update.complete.stable",
        r#"{"update": {"alias": "SAMPLE-2026-$hash", "title": "$package-4.$number-1.fc44", "type": "security", "user": {"name": "$user"}}}"#,
    ),
    (
        "copr.build.start",
        r#"{"user": "$user", "copr": "$package-nightly", "build": $number, "chroot": "fedora-44-x86_64", "what": "build start: user:$user copr:$package-nightly build:$number"}"#,
    ),
    (
        "copr.build.end",
        r#"{"user": "$user", "copr": "$package-nightly", "build": $number, "chroot": "fedora-44-x86_64", "status": 1}"#,
    ),
    (
        "wiki.article.edit",
        r#"{"user": "$user", "title": "Changes/$package", "minor_edit": false, "summary": "Describe the upgrade path", "url": "https://wiki.example.org/diff/$number"}"#,
    ),
    (
        "pagure.issue.new",
        r#"{"agent": "$user", "project": {"name": "$package"}, "issue": {"id": $number, "title": "Crash when the disk is full", "tags": ["bug", "needs-info"], "private": false}}"#,
    ),
    (
        "pagure.pull-request.comment.added",
        r#"{"agent": "$user", "pullrequest": {"id": $number, "title": "Read the configuration once", "project": {"name": "$package"}}}"#,
    ),
    (
        "fas.group.member.sponsor",
        r#"{"agent": "$user", "user": "newcomer$number", "group": "packagers"}"#,
    ),
    (
        "meetbot.meeting.start",
        r##"{"owner": "$user", "channel": "#sample-meeting", "meeting_topic": "Weekly sync $number", "attendees": {}}"##,
    ),
    (
        "compose.rawhide.complete",
        r#"{"branch": "rawhide", "arch": "", "log": "done", "compose_id": "Sample-Rawhide-$number"}"#,
    ),
    ("logger.log", r#"{"log": "nightly mirror check finished: $number files, 0 missing"}"#),
];

const USERS: [&str; 8] = ["alice", "bob", "carol", "dmitri", "eve", "farid", "grace", "heidi"];
const PACKAGES: [&str; 9] = [
    "kernel",
    "coreutils",
    "zlib",
    "python-requests",
    "rust-serde",
    "nginx",
    "gimp",
    "tmux",
    "fedhub",
];
const PAUSE: Duration = Duration::from_millis(400);

/// A task that publishes a sample at a steady pace.
pub fn task(config: &Config, signer: Signer, author: Author) -> Result<Task> {
    let (stop, stopped) = sync_channel::<()>(1);
    let timeout = Duration::from_secs_f64(config.publish_timeout);
    let settings = Settings::from(config);
    let relays = config.relay_inbound.0.clone();
    Ok(Task {
        name: "demo",
        pages: None,
        needed: true,
        probe: None,
        stop: Box::new(move || {
            // Full means that it was asked already.
            let _ = stop.try_send(());
        }),
        work: Box::new(move |heartbeat| {
            let mut publisher = Publisher::connect(&settings, &relays, timeout)?;
            let mut author = author;
            let mut dice = Dice::new();
            let mut sent = 0;
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(PAUSE) {
                let (topic, body) = sample(&mut dice)?;
                let (topic, body) = author.write(topic, body, Some(&signer))?;
                publisher.publish(&topic, &body)?;
                sent += 1;
                heartbeat.beat(sent);
            }
            publisher.close()?;
            Ok(format!("{sent} sample messages sent"))
        }),
    })
}

fn sample(dice: &mut Dice) -> Result<(&'static str, Value)> {
    let (topic, template) = dice.choose(&SAMPLES);
    let text = template
        .replace("$user", dice.choose(&USERS))
        .replace("$package", dice.choose(&PACKAGES))
        .replace("$number", &(dice.roll() % 9000 + 1000).to_string())
        .replace("$hash", &format!("{:08x}", dice.roll() as u32));
    let body = parse(text.as_bytes())
        .map_err(|error| Error::new(Kind::Bug, format!("sample {topic}")).because(error))?;
    Ok((topic, body))
}

/// Varied choices; nothing depends on their quality (a linear congruential generator).
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        Self(std::process::id().into())
    }

    fn roll(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn choose<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll() as usize % from.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_json_with_nothing_left_to_fill_in() {
        let mut dice = Dice(1);
        let mut topics = std::collections::HashSet::new();
        for _ in 0..2000 {
            let (topic, body) = sample(&mut dice).unwrap();
            assert!(!format!("{body:?}").contains('$'), "{topic}: {body:?}");
            topics.insert(topic);
        }
        assert_eq!(
            topics.len(),
            SAMPLES.map(|(topic, _)| topic).iter().collect::<std::collections::HashSet<_>>().len()
        );
    }
}
