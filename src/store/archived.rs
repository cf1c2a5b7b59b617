//! A message on its way into the archive: its time, its name and its facts.

use super::text::{needles, searched};
use super::{Archived, Facts};
use crate::canonical::Value;
use crate::journal::{Identity, Record};
use crate::message::Message;
use crate::meta::{Meta, Name, Subject, Wanted};

/// A day in microseconds.
pub(super) const DAY: i64 = 24 * 3600 * 1_000_000;

/// Why a message is in quarantine whose msg_id another one has.
pub(super) const CONFLICT: &str = "another message has its msg_id";

/// Names of people and things are shorter. Indices of PostgreSQL take no longer ones.
const MAX_NAME: usize = 1024;

impl Archived {
    /// A message that arrived at this time, with what the rules say about it.
    pub fn new(message: Message, received: i64, verdict: &str, meta: &Meta) -> Self {
        let identity = Identity::of(&message, verdict);
        Self::identified(message, &identity, received, verdict, meta)
    }

    /// A message of a journal, which knows its identity.
    pub fn of_record(record: &Record, meta: &Meta) -> Self {
        let message = record.message.clone();
        Self::identified(message, &record.identity, record.received, &record.verdict, meta)
    }

    fn identified(
        message: Message,
        identity: &Identity,
        received: i64,
        verdict: &str,
        meta: &Meta,
    ) -> Self {
        let msg_id = Self::msg_id_of(identity);
        let topic = message.envelope().and_then(|envelope| envelope.get_str("topic"));
        let topic = clean(topic.unwrap_or(message.topic()));
        Self {
            id: 0,
            msg_id,
            time: time(&message, received),
            received,
            topic,
            facts: Facts::of(&message, meta),
            verdict: verdict.to_owned(),
            digest: identity.digest,
            message,
        }
    }

    /// The msg_id that a message has in an archive.
    pub fn msg_id_of(identity: &Identity) -> String {
        match &identity.msg_id {
            Some(msg_id) => clean(msg_id),
            None => format!("sha256-{}", hex(&identity.digest)),
        }
    }

    /// Whether it has one of these texts, as [`Query::contains`](super::Query::contains) finds them.
    pub fn contains_any(&self, texts: &[String]) -> bool {
        let searched = searched(&self.message);
        texts.iter().flat_map(|text| needles(text)).any(|needle| searched.contains(&needle))
    }

    /// Why it cannot be kept under its facts.
    pub(super) fn unfit(&self) -> Option<String> {
        let long = self.topic.len() > MAX_NAME;
        long.then(|| format!("its topic has {} bytes", self.topic.len()))
    }

    /// Whether it is the same message as one of its msg_id that is there, with this verdict and digest.
    pub(super) fn is(&self, verdict: &str, digest: &[u8], message: &Message) -> bool {
        if self.verdict == verdict {
            return self.digest == digest;
        }
        // Digests of messages that were checked and that were not differ; what is signed does not.
        let signed = |message: &Message| Identity::of(message, "valid").digest;
        signed(&self.message) == signed(message)
    }
}

impl Facts {
    /// What the rules say about a message.
    pub fn of(message: &Message, meta: &Meta) -> Self {
        let Ok(value) = message.value() else {
            return Self::default();
        };
        let own = value.as_object().and_then(|envelope| envelope.get_str("topic"));
        let subject = Subject::with_topic(value, own.unwrap_or(message.topic()));
        let facts = meta.facts(&subject, Wanted::Searched);
        Self {
            category: name(subject.category()).unwrap_or_default(),
            agent: facts.agent.as_deref().and_then(name),
            users: names(&facts.users),
            packages: names(&facts.packages),
        }
    }

    /// Adds what another archive knows.
    pub fn add(&mut self, users: &[String], packages: &[String]) {
        for (list, more) in [(&mut self.users, users), (&mut self.packages, packages)] {
            list.extend(more.iter().filter_map(|text| name(text)));
            list.sort_unstable();
            list.dedup();
        }
    }
}

/// What a database can hold: PostgreSQL has no NUL in texts.
pub(super) fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn name(text: &str) -> Option<String> {
    (!text.is_empty() && text.len() <= MAX_NAME).then(|| clean(text))
}

fn names(names: &[Name]) -> Vec<String> {
    let mut texts: Vec<_> = names.iter().filter_map(|one| name(&one.to_string())).collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}

/// The message's own timestamp, unless it is none or in the future.
fn time(message: &Message, received: i64) -> i64 {
    let stamp = message.envelope().and_then(|envelope| envelope.get("timestamp"));
    let micros = match stamp {
        Some(Value::Float(seconds)) => Some((seconds * 1e6).round() as i64),
        Some(other) => other.as_i64().and_then(|seconds| seconds.checked_mul(1_000_000)),
        None => None,
    };
    let latest = received.saturating_add(DAY);
    micros.filter(|&time| time > 0 && time <= latest).unwrap_or(received)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000_000;

    fn archived(body: &str) -> Archived {
        Archived::new(Message::new("frame", body), NOW, "valid", Meta::embedded())
    }

    #[test]
    fn the_time_is_the_messages_own_unless_it_is_impossible() {
        for (stamp, time) in [
            ("1600000000", 1_600_000_000_000_000),
            ("1600000000.25", 1_600_000_000_250_000),
            ("1700086400", NOW + DAY),
            ("1700086401", NOW),
            ("-1", NOW),
            ("1e300", NOW),
            ("NaN", NOW),
            ("9223372036854775807", NOW),
            ("\"1600000000\"", NOW),
        ] {
            assert_eq!(archived(&format!(r#"{{"timestamp":{stamp}}}"#)).time, time, "{stamp}");
        }
    }

    #[test]
    fn facts_come_from_the_message_and_fit_every_database() {
        let one = archived(
            r#"{"msg_id":"1\u0000","topic":"org.x.prod.logger.log","username":"al\u0000ice","msg":{"log":"hi"}}"#,
        );
        assert_eq!(
            (one.msg_id.as_str(), one.topic.as_str()),
            ("1\u{fffd}", "org.x.prod.logger.log")
        );
        assert_eq!(one.facts.category, "logger");
        assert_eq!(one.facts.users, ["al\u{fffd}ice"]);
    }

    #[test]
    fn what_is_no_envelope_has_a_name_made_from_its_content() {
        let one = archived("[1");
        assert_eq!((one.topic.as_str(), &one.facts), ("frame", &Facts::default()));
        assert!(one.msg_id.starts_with("sha256-"), "{}", one.msg_id);
        assert_eq!(one.msg_id, archived("[1").msg_id);
        assert_ne!(one.msg_id, archived("[2").msg_id);
    }
}
