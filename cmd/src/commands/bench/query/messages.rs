//! What archives are filled with: messages of eight kinds, by people and about packages some of which are
//! much busier than others.

use std::sync::{LazyLock, mpsc};
use std::thread;

use anyhow::{Result, ensure};
use fedhub::message::Message;
use fedhub::meta::Meta;
use fedhub::store::{Archived, Outcome, Store};
use serde_json::json;

/// When the first message was published, in seconds: datagrepper looks for texts in 32 weeks at most.
pub(super) static START: LazyLock<i64> =
    LazyLock::new(|| fedhub::journal::now() / 1_000_000 - 30 * 7 * 24 * 3600);
/// Seconds between two messages.
const STEP: i64 = 12;
/// The topic of every other message.
pub(super) const TOPIC: &str = "org.fedoraproject.prod.git.receive";
/// A text that one of so many messages has.
pub(super) const NEEDLE: &str = "CVE-2025-4711";
const NEEDLE_EVERY: u64 = 236;
/// People and packages.
pub(super) const USERS: u64 = 2000;
pub(super) const PACKAGES: u64 = 5000;
/// Messages in one transaction.
const BATCH: usize = 1000;
/// Batches that wait for the archive.
const WAITING: usize = 4;

const TOPICS: [&str; 8] = [
    TOPIC,
    "org.fedoraproject.prod.buildsys.build.state.change",
    TOPIC,
    "org.fedoraproject.prod.copr.build.end",
    TOPIC,
    "org.fedoraproject.prod.bodhi.update.comment",
    TOPIC,
    "org.fedoraproject.stg.git.branch",
];

const WORDS: [&str; 32] = [
    "update",
    "build",
    "release",
    "fix",
    "crash",
    "kernel",
    "python",
    "library",
    "rawhide",
    "version",
    "upstream",
    "patch",
    "security",
    "rebuild",
    "mass",
    "branch",
    "merge",
    "tests",
    "failing",
    "architecture",
    "license",
    "dependency",
    "package",
    "review",
    "bump",
    "spec",
    "changelog",
    "translation",
    "documentation",
    "remove",
    "obsolete",
    "signature",
];

/// A number that looks like chance, and is the same each time.
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// One of `count`; the first ones are much more frequent.
fn uneven(number: u64, count: u64) -> u64 {
    let part = (mix(number) >> 11) as f64 / (1_u64 << 53) as f64;
    ((part * part * part * count as f64) as u64).min(count - 1)
}

/// A message of about `size` bytes, with its facts.
pub(super) fn message(number: usize, size: usize) -> Archived {
    let seed = number as u64;
    let topic = TOPICS[number % TOPICS.len()];
    let user = format!("user{}", uneven(seed, USERS));
    let package = format!("package{}", uneven(mix(seed) ^ 1, PACKAGES));
    let mut text = String::new();
    if seed.is_multiple_of(NEEDLE_EVERY) {
        text += NEEDLE;
    }
    let mut body = json!({
        "i": 1,
        "msg": {
            "commit": {
                "branch": "rawhide", "rev": format!("{:016x}{:016x}", mix(seed), mix(seed + 7)),
                "username": user, "repo": package, "name": "A Person",
                "email": format!("{user}@example.org"), "summary": "Update to a new version",
            },
            "name": package, "agent": user,
        },
        "msg_id": format!("2025-{:08x}-6a0f-4b43-9a3c-{number:012}", mix(seed) as u32),
        "timestamp": *START + number as i64 * STEP,
        "topic": topic,
        "username": user,
    });
    let missing = size.saturating_sub(body.to_string().len() + 14);
    let mut word = mix(seed);
    while text.len() < missing {
        word = mix(word);
        text.push(' ');
        text += WORDS[word as usize % WORDS.len()];
    }
    body["msg"]["commit"]["message"] = text.into();
    let received = (*START + number as i64 * STEP + 1) * 1_000_000;
    let message = Message::new(topic, body.to_string());
    let mut one = Archived::new(message, received, "valid", Meta::embedded());
    // Whatever rules find in them, all have these.
    one.facts.agent = Some(user.clone());
    (one.facts.users, one.facts.packages) = (vec![user], vec![package]);
    one
}

/// Makes `count` messages on a thread of its own, and passes them on.
pub(super) fn each_batch(
    count: usize,
    size: usize,
    mut take: impl FnMut(&[Archived]) -> Result<()>,
) -> Result<()> {
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(WAITING);
        scope.spawn(move || {
            for first in (0..count).step_by(BATCH) {
                let numbers = first..count.min(first + BATCH);
                let batch: Vec<_> = numbers.map(|number| message(number, size)).collect();
                if sender.send(batch).is_err() {
                    return;
                }
            }
        });
        receiver.iter().try_for_each(|batch| take(&batch))
    })
}

/// Writes `count` messages into an archive.
pub(super) fn fill(store: &mut dyn Store, count: usize, size: usize) -> Result<()> {
    each_batch(count, size, |batch| {
        let outcomes = store.append(batch)?;
        ensure!(outcomes.iter().all(|one| *one == Outcome::New), "a message was not new");
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_names_are_busier_and_messages_have_their_size() {
        let messages: Vec<_> = (0..1000).map(|number| message(number, 1500)).collect();
        let of = |user: &str| messages.iter().filter(|one| one.facts.users == [user]).count();
        assert!(of("user0") > 20, "{}", of("user0"));
        assert!(of("user1500") < 5);
        assert!(messages.iter().all(|one| one.message.body().len().abs_diff(1500) < 60));
        let with = messages.iter().filter(|one| one.contains_any(&[NEEDLE.into()])).count();
        assert_eq!(with as u64, 1000_u64.div_ceil(NEEDLE_EVERY));
    }
}
