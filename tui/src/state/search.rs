//! Looking for a text in messages.

use fedhub::canonical::{Value, to_vec};
use fedhub::meta::{Meta, Subject, Wanted};
use regex::RegexBuilder;

use super::scan::Scan;
use crate::feed::Entry;

/// A text that is looked for, and where it was found.
#[derive(Debug)]
pub struct Search {
    /// The text.
    pub text: String,
    /// In what is shown.
    shown: regex::Regex,
    /// In messages as they came: with what is not ASCII as numbers, too.
    body: regex::bytes::Regex,
    /// Where it was found.
    pub scan: Scan,
    /// From where the nearest is to be selected, until one was found.
    pub wanted: Option<i64>,
}

impl Search {
    /// Looks for a text from this position on. Large letters are looked for as they are; without any,
    /// their size does not matter.
    pub fn new(text: &str, position: i64) -> Option<Self> {
        let plain = regex::escape(text);
        let escaped = to_vec(&Value::from(text));
        let escaped = String::from_utf8_lossy(&escaped);
        let either = format!("{plain}|{}", regex::escape(escaped.trim_matches('"')));
        let large = text.chars().any(char::is_uppercase);
        let shown = RegexBuilder::new(&plain).case_insensitive(!large).build();
        let body = regex::bytes::RegexBuilder::new(&either).case_insensitive(!large).build();
        Some(Self {
            text: text.to_owned(),
            // Only one that is much too long cannot be built.
            shown: shown.ok()?,
            body: body.ok()?,
            scan: Scan::from(position),
            wanted: Some(position),
        })
    }

    /// Whether a message has it: as it came, or in the line about it.
    pub fn fits(&self, entry: &Entry, meta: Option<&Meta>) -> bool {
        if self.shown.is_match(entry.message.topic()) || self.body.is_match(entry.message.body()) {
            return true;
        }
        meta.is_some_and(|meta| {
            let message = entry.opened();
            let body = message.value().unwrap_or(&Value::Null);
            let subject = Subject::with_topic(body, message.topic());
            self.shown.is_match(&meta.facts(&subject, Wanted::Line).summary)
        })
    }

    /// Where it is in a text that is shown, in bytes.
    pub fn places(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        self.shown.find_iter(text).map(|found| found.range()).filter(|r| !r.is_empty()).collect()
    }
}
