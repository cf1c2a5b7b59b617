//! CA and revocation list are followed as they come, change and go, without a restart.

use std::fs::{self, File};
use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use fedhub::crypto::authority::{Authority, Options};
use nix::sys::stat::Mode;
use serde_json::{Value, json};

use super::{DAY, now, reason, signed, site, tail};
use crate::harness::{Process, Site, run, wait_until};

/// A `fedhub verify` that reads from a pipe as long as this lives.
pub(super) struct Live {
    process: Process,
    input: File,
    given: usize,
}

impl Live {
    pub(super) fn start(site: &Site) -> Self {
        Self::start_as(site, &mut site.fedhub(&["verify"]))
    }

    /// The same, with arguments and surroundings of one's own.
    pub(super) fn start_as(site: &Site, command: &mut Command) -> Self {
        let pipe = site.path("messages");
        nix::unistd::mkfifo(&pipe, Mode::S_IRWXU).unwrap();
        // Opened for both directions, else this would wait for the other side.
        let input = File::options().read(true).write(true).open(&pipe).unwrap();
        let process = Process::spawn("verify", command.arg(pipe));
        Self { process, input, given: 0 }
    }

    /// What it says of `line`, while it waits for the next.
    pub(super) fn reason(&mut self, line: &str) -> String {
        writeln!(self.input, "{line}").unwrap();
        let at = self.given;
        self.given += 1;
        let verdict = self.process.wait_for("a verdict", |lines| lines.stdout.get(at).cloned());
        reason(&serde_json::from_str::<Value>(&verdict).unwrap())
    }

    /// Asks again and again until it says `then`; up to there it says nothing but `first`.
    pub(super) fn turns(&mut self, line: &str, first: &str, then: &str) {
        wait_until(then, || {
            let reason = self.reason(line);
            assert!(reason == first || reason == then, "{reason} between {first} and {then}");
            reason == then
        });
    }

    pub(super) fn finish(self) {
        drop(self.input);
        self.process.finish().expect(1);
    }
}

#[test]
fn ca_and_list_that_come_late_are_used() {
    let mut site = site(&["shell"]);
    let line = signed(&site.path("pki"), "shell", "topic");
    let (ca, crl) = (site.path("late.crt"), site.path("late.pem"));
    site.set(json!({"ca_cert_location": ca, "crl_location": crl}));
    let mut live = Live::start(&site);
    assert_eq!(live.reason(&line), "ca-unavailable");
    fs::copy(site.path("pki/ca.crt"), ca).unwrap();
    live.turns(&line, "ca-unavailable", "crl-unavailable");
    fs::copy(site.path("pki/crl.pem"), crl).unwrap();
    live.turns(&line, "crl-unavailable", "valid");
    live.finish();
}

#[test]
fn a_list_that_changes_or_goes_counts() {
    let site = site(&["shell"]);
    let line = signed(&site.path("pki"), "shell", "topic");
    let list = site.path("pki/crl.pem");
    let mut live = Live::start(&site);
    assert_eq!(live.reason(&line), "valid");
    run(&mut site.fedhub(&["certs", "revoke", "shell"])).expect(0);
    live.turns(&line, "valid", "revoked");

    let kept = fs::read(&list).unwrap();
    let gone = Instant::now();
    fs::remove_file(&list).unwrap();
    live.turns(&line, "revoked", "crl-unavailable");
    // A file that is being replaced may be away for a moment.
    assert!(gone.elapsed() > Duration::from_secs(4));
    fs::write(&list, kept).unwrap();
    live.turns(&line, "crl-unavailable", "revoked");
    live.finish();
}

#[test]
fn certificates_are_traced_anew_when_the_ca_changes() {
    let site = site(&["shell"]);
    site.issue("next", &["shell"]);
    let lines = ["pki", "next"].map(|folder| signed(&site.path(folder), "shell", "topic"));
    let mut live = Live::start(&site);
    assert_eq!(lines.each_ref().map(|line| live.reason(line)), ["valid", "unknown-ca"]);
    let replace = |file| fs::rename(site.path("next").join(file), site.path("pki").join(file));
    replace("ca.crt").unwrap();
    live.turns(&lines[0], "valid", "unknown-ca");
    assert_eq!(live.reason(&lines[1]), "crl-mismatch");
    replace("crl.pem").unwrap();
    live.turns(&lines[1], "crl-mismatch", "valid");
    live.finish();
}

#[test]
fn a_remembered_certificate_runs_out() {
    let site = site(&["shell"]);
    let pki = site.path("pki");
    let authority = Authority::open(&pki).unwrap();
    let day = Options { days: 1, ..Options::default() };
    // It has a few seconds left.
    authority.issue(&["brief".into()], &day, now() - DAY + 5).unwrap();
    let line = signed(&pki, "brief", "topic");
    let mut live = Live::start(&site);
    assert_eq!(live.reason(&line), "valid");
    live.turns(&line, "valid", "expired");
    live.finish();
}

#[test]
fn tail_uses_a_ca_that_comes_late() {
    let mut site = site(&["shell"]);
    let line = signed(&site.path("pki"), "shell", "topic");
    let late = site.path("late.crt");
    site.set(json!({"ca_cert_location": late}));
    let (publisher, tail) = tail(&site);

    let send = || publisher.send_multipart(["topic", &line], 0).unwrap();
    send();
    tail.wait_for_line("invalid message: ca-unavailable");
    assert_eq!(tail.stdout(), [""; 0]);
    fs::copy(site.path("pki/ca.crt"), &late).unwrap();
    wait_until("the message is shown", || {
        send();
        !tail.stdout().is_empty()
    });
    assert_eq!(tail.stdout()[0], line);
    tail.stop().expect(0);
}
