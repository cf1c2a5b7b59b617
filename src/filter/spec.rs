//! What a filter is made from: lists of words, as options, settings or a form give them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What to select by, and what that is called in shorthand. `where` has no opposite; jq has `not`.
pub(super) const KINDS: [&str; 5] = ["topic", "category", "user", "package", WHERE];
/// The kind that is jq.
pub(super) const WHERE: &str = "where";

/// Words with which an expression of jq begins; nobody means a topic by them.
const JQ_WORDS: [&str; 17] = [
    "all", "and", "any", "def", "empty", "false", "foreach", "if", "length", "map", "not", "null",
    "or", "reduce", "select", "true", "try",
];

/// What somebody wants to see. Of the values of one list one is enough; every list that is not empty
/// counts. What a `not_` list has is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spec {
    /// Topic patterns.
    pub topic: Vec<String>,
    /// Topic patterns of what is left out.
    pub not_topic: Vec<String>,
    /// Categories: the word of the topic after prefix and environment.
    pub category: Vec<String>,
    /// Categories that are left out.
    pub not_category: Vec<String>,
    /// Users, by the rules.
    pub user: Vec<String>,
    /// Users whose messages are left out.
    pub not_user: Vec<String>,
    /// Packages, by the rules.
    pub package: Vec<String>,
    /// Packages whose messages are left out.
    pub not_package: Vec<String>,
    /// Expressions of jq.
    #[serde(rename = "where")]
    pub expressions: Vec<String>,
}

impl Spec {
    /// The list of a kind; of what is left out with `not`.
    pub(super) fn list(&mut self, kind: &str, not: bool) -> Option<&mut Vec<String>> {
        Some(match (kind, not) {
            ("topic", false) => &mut self.topic,
            ("topic", true) => &mut self.not_topic,
            ("category", false) => &mut self.category,
            ("category", true) => &mut self.not_category,
            ("user", false) => &mut self.user,
            ("user", true) => &mut self.not_user,
            ("package", false) => &mut self.package,
            ("package", true) => &mut self.not_package,
            (WHERE, false) => &mut self.expressions,
            _ => return None,
        })
    }

    /// All lists with their kinds, in the order they are decided in: what costs least comes first.
    pub(super) fn lists(&self) -> [(&'static str, bool, &[String]); 9] {
        [
            ("topic", false, &self.topic),
            ("topic", true, &self.not_topic),
            ("category", false, &self.category),
            ("category", true, &self.not_category),
            ("user", false, &self.user),
            ("user", true, &self.not_user),
            ("package", false, &self.package),
            ("package", true, &self.not_package),
            (WHERE, false, &self.expressions),
        ]
    }

    /// Whether it selects everything, because it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.lists().iter().all(|(_, _, values)| values.is_empty())
    }

    /// Adds what another one has.
    pub fn merge(&mut self, mut other: Spec) {
        for kind in KINDS {
            for not in [false, true] {
                if let (Some(own), Some(more)) = (self.list(kind, not), other.list(kind, not)) {
                    own.append(more);
                }
            }
        }
    }
}

/// As shorthand, which gives the same when it is read.
impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for (kind, not, values) in self.lists() {
            for value in values {
                if !std::mem::take(&mut first) {
                    f.write_str(" ")?;
                }
                f.write_str(&term(kind, not, value))?;
            }
        }
        Ok(())
    }
}

/// One value as shorthand.
pub(super) fn term(kind: &str, not: bool, value: &str) -> String {
    let is_regex = value.starts_with('~') && !value.contains(char::is_whitespace);
    if kind == "topic" && !not && (is_regex || is_topic(value)) {
        return value.to_owned();
    }
    let sign = if not { "!=" } else { "=" };
    let plain = !value.is_empty() && value.chars().all(is_plain);
    if plain && kind != WHERE {
        format!("{kind}{sign}{value}")
    } else if value.contains('\'') {
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
        format!("{kind}{sign}\"{escaped}\"")
    } else {
        format!("{kind}{sign}'{value}'")
    }
}

/// Whether a word can stand for a topic pattern by itself; jq would begin otherwise.
pub(super) fn is_topic(word: &str) -> bool {
    let is_jq = word.starts_with('.') || JQ_WORDS.contains(&word);
    !word.is_empty() && !is_jq && word.chars().all(is_plain)
}

/// What topics, users and packages are made of.
fn is_plain(character: char) -> bool {
    character.is_alphanumeric() || "._-*+@".contains(character)
}

/// The one of these names that is most like another, if one is like it at all.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // The first sees common beginnings, the second swapped letters in short names.
    let likeness = |known: &'a str| {
        let swapped = strsim::normalized_damerau_levenshtein(name, known) + 0.15;
        (strsim::jaro_winkler(name, known).max(swapped), known)
    };
    let most = known.map(likeness).max_by(|(a, _), (b, _)| a.total_cmp(b));
    most.filter(|(likeness, _)| *likeness > 0.75).map(|(_, near)| near)
}
