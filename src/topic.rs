//! Patterns that topics are selected by.
//!
//! A pattern is a prefix, as in ZeroMQ subscriptions. A `*` between dots stands for exactly one
//! part of the topic; at the end of the pattern it changes nothing, since the rest of a topic is
//! always free: `org.example.*.git.` matches `org.example.prod.git.receive`.

/// A topic pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
}

impl Pattern {
    /// A pattern as a user writes it; the empty one matches every topic.
    pub fn new(text: &str) -> Self {
        Self { text: text.strip_suffix('*').unwrap_or(text).to_owned() }
    }

    /// The longest plain prefix of what it matches: what ZeroMQ is asked to subscribe to.
    pub fn subscription(&self) -> &str {
        self.text.split('*').next().unwrap_or_default()
    }

    /// Whether `topic` is selected.
    pub fn matches(&self, topic: &str) -> bool {
        if !self.text.contains('*') {
            return topic.starts_with(&self.text);
        }
        let mut pattern = self.text.split('.').peekable();
        let mut parts = topic.split('.');
        while let Some(wanted) = pattern.next() {
            let Some(part) = parts.next() else { return false };
            let fits = match wanted {
                "*" => true,
                // The last part of a pattern is a prefix; the others are whole parts.
                _ if pattern.peek().is_none() => part.starts_with(wanted),
                _ => part == wanted,
            };
            if !fits {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_prefixes_with_stars_for_parts() {
        for (pattern, topic, expected) in [
            ("", "anything", true),
            ("*", "anything", true),
            ("org.x.", "org.x.git", true),
            ("org.x.*", "org.x.git", true),
            ("org.x.git", "org.x.github", true),
            ("org.x.git", "org.y.git", false),
            ("org.*.git.", "org.dev.git.receive", true),
            ("org.*.git.rec", "org.dev.git.receive", true),
            ("org.*.git.", "org.dev.a.git.receive", false),
            ("*.*.git", "org.dev.git.receive", true),
            ("org.*.git.receive", "org.dev.git", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(topic), expected, "{pattern} {topic}");
        }
    }

    #[test]
    fn the_subscription_is_the_plain_prefix() {
        assert_eq!(Pattern::new("org.x.*").subscription(), "org.x.");
        assert_eq!(Pattern::new("org.*.git").subscription(), "org.");
        assert_eq!(Pattern::new("").subscription(), "");
    }
}
