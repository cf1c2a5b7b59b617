//! A message of the archive as JSON: the facts about it, its place, and all of it as it came.

use std::borrow::Cow;

use serde::Serialize;

use super::Archived;
use crate::canonical::Value;
use crate::meta::{Facts, Meta, Subject, Wanted};
use crate::when::show;

/// A message with all that is known of it.
#[derive(Debug, Serialize)]
pub struct Shown<'a> {
    id: &'a str,
    /// Where to go on behind it.
    cursor: String,
    /// Its number in the archive.
    seq: i64,
    topic: &'a str,
    category: &'a str,
    time: String,
    received: String,
    agent: Option<&'a str>,
    users: &'a [String],
    packages: &'a [String],
    verdict: &'a str,
    /// What the rules say about it, if they were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// The message as it came; a text if it is no JSON.
    message: Cow<'a, Value>,
}

/// What the rules say about it.
#[derive(Debug, Serialize)]
pub struct About {
    /// A title.
    pub title: String,
    /// A sentence.
    pub summary: String,
    /// Where to read more.
    pub link: Option<String>,
    icon: Option<String>,
    secondary_icon: Option<String>,
}

impl From<Facts> for About {
    fn from(facts: Facts) -> Self {
        let Facts { title, summary, link, icon, secondary_icon, .. } = facts;
        Self { title, summary, link, icon, secondary_icon }
    }
}

impl<'a> Shown<'a> {
    /// A message; with what these rules say about it.
    pub fn new(one: &'a Archived, rules: Option<&Meta>) -> Self {
        let facts = rules.and_then(|rules| facts(one, Wanted::All, rules));
        let message = one.message.value().map_or_else(
            |_| Cow::Owned(Value::from(&*String::from_utf8_lossy(one.message.body()))),
            Cow::Borrowed,
        );
        Self {
            id: &one.msg_id,
            cursor: one.position().to_string(),
            seq: one.id,
            topic: &one.topic,
            category: &one.facts.category,
            time: show(one.time),
            received: show(one.received),
            agent: one.facts.agent.as_deref(),
            users: &one.facts.users,
            packages: &one.facts.packages,
            verdict: &one.verdict,
            about: facts.map(About::from),
            message,
        }
    }
}

/// What the rules say about a message of the archive; nothing, if it is no JSON.
pub fn facts(one: &Archived, wanted: Wanted, rules: &Meta) -> Option<Facts> {
    let value = one.message.value().ok()?;
    Some(rules.facts(&Subject::with_topic(value, &one.topic), wanted))
}
