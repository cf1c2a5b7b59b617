//! How a message looks under `/v3`: the facts about it, its place, and all of it as it came.

use std::borrow::Cow;

use fedhub::canonical::Value;
use fedhub::meta::{Facts, Meta, Wanted};
use fedhub::store::{Archived, Position};
use serde::Serialize;

use super::{shapes, time};

/// A message as `/v3` shows it.
#[derive(Serialize)]
pub(crate) struct Shown<'a> {
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
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<About>,
    /// The message as it came; a text if it is no JSON.
    message: Cow<'a, Value>,
}

/// What the rules say about it.
#[derive(Serialize)]
struct About {
    title: String,
    summary: String,
    link: Option<String>,
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
    pub(crate) fn new(one: &'a Archived, rules: Option<&Meta>) -> Self {
        let facts = rules.and_then(|rules| shapes::facts(one, Wanted::All, rules));
        let message = one.message.value().map_or_else(
            |_| Cow::Owned(Value::from(&*String::from_utf8_lossy(one.message.body()))),
            Cow::Borrowed,
        );
        Self {
            id: &one.msg_id,
            cursor: cursor(one.position()),
            seq: one.id,
            topic: &one.topic,
            category: &one.facts.category,
            time: time::show(one.time),
            received: time::show(one.received),
            agent: one.facts.agent.as_deref(),
            users: &one.facts.users,
            packages: &one.facts.packages,
            verdict: &one.verdict,
            about: facts.map(About::from),
            message,
        }
    }
}

/// A place as it is written.
pub(crate) fn cursor(position: Position) -> String {
    format!("{}_{}", position.time, position.id)
}

/// A place that was written.
pub(crate) fn parse_cursor(text: &str) -> Option<Position> {
    let (time, id) = text.split_once('_')?;
    Some(Position { time: time.parse().ok()?, id: id.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_as_they_are_written() {
        let position = Position { time: -5, id: 7 };
        assert_eq!(parse_cursor(&cursor(position)), Some(position));
        for wrong in ["", "_", "1", "a_b", "1_2_3", "1_99999999999999999999"] {
            assert_eq!(parse_cursor(wrong), None, "{wrong}");
        }
    }
}
