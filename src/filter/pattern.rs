//! Which topics are wanted: patterns as people write them.

use regex::{Regex, RegexBuilder};

use crate::topic::Pattern;
use crate::{Error, Kind, Result, escape};

/// A compiled regular expression may take so many bytes, and as many again for what it remembers.
const REGEX_SIZE: usize = 256 * 1024;
/// Groups in groups of a regular expression.
const REGEX_DEPTH: u32 = 50;

/// What whole topics begin with where prefixes are domains turned around.
const DOMAINS: [&str; 8] = ["org", "com", "net", "edu", "gov", "int", "io", "dev"];

/// A pattern of topics.
#[derive(Debug, Clone)]
pub(super) enum TopicPattern {
    /// The beginning of the whole topic.
    Whole(Pattern),
    /// The beginning of the topic, or of what comes after prefix and environment.
    Either(Pattern),
    /// Something in the whole topic.
    Regex(Box<Regex>),
}

impl TopicPattern {
    /// A pattern as a user writes it.
    pub(super) fn new(text: &str) -> Result<Self> {
        if let Some(expression) = text.strip_prefix('~') {
            return regex(expression).map(|regex| TopicPattern::Regex(Box::new(regex)));
        }
        let first = text.split('.').next().unwrap_or_default();
        let is_whole = text.is_empty() || text.ends_with('.') || DOMAINS.contains(&first);
        let pattern = Pattern::new(text);
        Ok(if is_whole { TopicPattern::Whole(pattern) } else { TopicPattern::Either(pattern) })
    }

    /// What ZeroMQ has to be asked for; empty: everything.
    pub(super) fn subscription(&self) -> &str {
        match self {
            TopicPattern::Whole(pattern) => pattern.subscription(),
            TopicPattern::Either(_) | TopicPattern::Regex(_) => "",
        }
    }

    pub(super) fn matches(&self, topic: &str) -> bool {
        match self {
            TopicPattern::Whole(pattern) => pattern.matches(topic),
            TopicPattern::Either(pattern) => {
                pattern.matches(topic) || relative(topic).is_some_and(|rest| pattern.matches(rest))
            }
            TopicPattern::Regex(regex) => regex.is_match(topic),
        }
    }
}

fn regex(expression: &str) -> Result<Regex> {
    RegexBuilder::new(expression)
        .size_limit(REGEX_SIZE)
        .dfa_size_limit(REGEX_SIZE)
        .nest_limit(REGEX_DEPTH)
        .build()
        .map_err(|error| {
            let shown = escape::text(&expression.chars().take(200).collect::<String>());
            Error::new(Kind::Usage, format!("~{shown} is no regular expression")).because(error)
        })
}

/// A topic without prefix and environment, its first three words.
pub(super) fn relative(topic: &str) -> Option<&str> {
    topic.splitn(4, '.').nth(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_relative_whole_or_regular_expressions() {
        const BODHI: &str = "org.fedoraproject.prod.bodhi.update.comment";
        for (pattern, topic, expected) in [
            ("bodhi.*", BODHI, true),
            ("bodhi", BODHI, true),
            ("bodhi.update.comment", BODHI, true),
            ("bodhi.*.comment", BODHI, true),
            ("bodhi.*.edit", BODHI, false),
            ("update.*", BODHI, false),
            ("*.update", BODHI, true),
            ("", BODHI, true),
            ("*", BODHI, true),
            ("org.fedoraproject.*", BODHI, true),
            ("org.fedoraproject.*.bodhi.", BODHI, true),
            ("org.fedoraproject.stg.*", BODHI, false),
            ("bodhi.", BODHI, false),
            ("a.dev", "a.dev.git.push", true),
            ("~comment$", BODHI, true),
            ("~^bodhi", BODHI, false),
            ("bodhi", "bodhi", true),
            ("git", "a.b", false),
        ] {
            let found = TopicPattern::new(pattern).unwrap().matches(topic);
            assert_eq!(found, expected, "{pattern} {topic}");
        }
    }

    #[test]
    fn only_whole_topics_narrow_the_subscription() {
        for (pattern, subscription) in [
            ("org.fedoraproject.prod.git.*", "org.fedoraproject.prod.git."),
            ("org.fedoraproject.*.git.", "org.fedoraproject."),
            ("a.dev.", "a.dev."),
            ("bodhi.*", ""),
            ("a.dev", ""),
            ("~^org", ""),
        ] {
            assert_eq!(TopicPattern::new(pattern).unwrap().subscription(), subscription);
        }
    }

    #[test]
    fn regular_expressions_are_bounded() {
        for wrong in ["~(", r"~\w{1000}{1000}", &format!("~{}", "(".repeat(10_000))] {
            assert_eq!(TopicPattern::new(wrong).unwrap_err().kind(), Kind::Usage);
        }
    }
}
