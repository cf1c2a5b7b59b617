//! What `contains` looks at: the JSON of a message's `msg`, as people read it, without regard to case.

use std::io;

use regex::bytes::{Regex, RegexBuilder};
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::message::Message;

/// So many parts of a text are enough to find it by.
const MAX_TRIGRAMS: usize = 12;

/// The text of a message, folded: in it a folded text is looked for literally.
pub(super) fn searched(message: &Message) -> String {
    let value = message.value().ok();
    let msg = message.envelope().and_then(|envelope| envelope.get("msg"));
    let Some(value) = msg.or(value) else {
        return fold(&String::from_utf8_lossy(message.body()));
    };
    let mut out = Vec::with_capacity(message.body().len());
    // Writing to memory does not fail.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut out, Spaced));
    fold(&String::from_utf8_lossy(&out))
}

/// What to look for, in the text of [`searched`]: the text itself, and as it stands within a JSON
/// string.
pub(super) fn needles(text: &str) -> Vec<String> {
    let quoted = serde_json::Value::from(text).to_string();
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let mut needles = vec![fold(text)];
    needles.extend(inner.map(fold).filter(|inner| *inner != needles[0]));
    needles
}

/// An expression for the index of texts: every text that has one of these fits it, and some others do.
/// `None` if one is too short to be in the index, or there are none.
pub(super) fn trigrams(contained: &[String]) -> Option<String> {
    let mut any = Vec::new();
    for needle in contained.iter().flat_map(|text| needles(text)) {
        let letters: Vec<char> = needle.chars().collect();
        let last = letters.len().checked_sub(3)?;
        // Those between are in the others.
        let starts = (0..last).step_by(3).take(MAX_TRIGRAMS).chain([last]);
        let all = starts.map(|at| {
            let trigram: String = letters[at..at + 3].iter().collect();
            format!("\"{}\"", trigram.replace('"', "\"\""))
        });
        any.push(format!("({})", all.collect::<Vec<_>>().join(" AND ")));
    }
    (!any.is_empty()).then(|| any.join(" OR "))
}

fn fold(text: &str) -> String {
    if text.is_ascii() && !text.contains('\0') {
        return text.to_ascii_lowercase();
    }
    super::archived::clean(text).to_lowercase()
}

/// As Python prints it: a space after `:` and `,`.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_key<W: io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }
}

/// Looks for a needle in the bytes of messages, and parses only those that may have it.
pub(super) struct Finder {
    needle: String,
    /// The longest part of the needle that stands in a plain body as it stands in the needle.
    plain: Option<Regex>,
}

impl Finder {
    pub(super) fn new(needle: &str) -> Self {
        let parts = needle.split(|c: char| !c.is_ascii() || " \t\r\n\"\\:,{}[]".contains(c));
        let longest = parts.max_by_key(|part| part.len()).filter(|part| !part.is_empty());
        let plain = longest.and_then(|part| {
            RegexBuilder::new(&regex::escape(part))
                .case_insensitive(true)
                .unicode(false)
                .build()
                .ok()
        });
        Self { needle: needle.to_owned(), plain }
    }

    pub(super) fn matches(&self, body: &[u8]) -> bool {
        let may = match &self.plain {
            Some(plain) => plain.is_match(body) || !is_plain(body),
            None => true,
        };
        may && searched(&Message::new("", body)).contains(&self.needle)
    }
}

/// Whether all of its characters stand in it as they are.
fn is_plain(body: &[u8]) -> bool {
    let escapes = || memchr::memchr_iter(b'\\', body);
    body.is_ascii() && !escapes().any(|at| matches!(body.get(at + 1), Some(b'u' | b'/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_in_any_case_and_spelling() {
        let body = br#"{"msg_id":"secret","msg":{"text":"Caf\u00c9 \u0041BC","n":[1,2],"url":"https:\/\/Fedora.org/x","say":"a \"word\" 50% off"}}"#;
        for (text, expected) in [
            ("café abc", true),
            ("CAFÉ", true),
            ("abc", true),
            ("https://fedora.org/X", true),
            ("a \"word\"", true),
            ("\"n\": [1, 2]", true),
            ("50% off", true),
            ("5_%", false),
            ("secret", false),
            ("cafe", false),
        ] {
            let found = needles(text).iter().any(|needle| Finder::new(needle).matches(body));
            assert_eq!(found, expected, "{text}");
            let text_found = needles(text)
                .iter()
                .any(|needle| searched(&Message::new("", body.as_slice())).contains(needle));
            assert_eq!(text_found, expected, "{text}");
        }
    }

    #[test]
    fn a_message_has_what_its_text_has() {
        let message = Message::new("org.x.prod.git.receive", r#"{"msg":{"text":"Caf\u00c9"}}"#);
        let one = crate::store::Archived::new(message, 0, "valid", crate::meta::Meta::embedded());
        assert!(one.contains_any(&["nothing".into(), "café".into()]));
        assert!(!one.contains_any(&["cafe".into()]));
    }

    #[test]
    fn a_text_has_parts_of_three_letters() {
        let of = |text: &str| trigrams(&[text.to_owned()]);
        assert_eq!(of("Café").unwrap(), r#"("caf" AND "afé")"#);
        assert_eq!(of("abcdef").unwrap(), r#"("abc" AND "def")"#);
        assert_eq!(of("a-\"").unwrap(), r#"("a-""") OR ("a-\" AND "-\""")"#);
        assert_eq!((of("ab"), trigrams(&[])), (None, None));
    }

    #[test]
    fn what_is_not_json_is_looked_at_as_it_is() {
        assert!(Finder::new("hello").matches(b"\xff Hello"));
        assert!(!Finder::new("hello").matches(b"\xff Hell"));
    }
}
