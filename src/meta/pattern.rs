//! Topic patterns of rules: words, `*` for any one word, `**` at the end for any number of words.

/// A pattern over a topic's words after prefix and environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    words: Vec<Word>,
    /// Whether any number of words may follow.
    open: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    Any,
    Is(String),
}

impl Pattern {
    /// Reads a pattern, or says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut words: Vec<_> = text.split('.').collect();
        let open = words.last() == Some(&"**");
        if open {
            words.pop();
        }
        let word = |word: &str| match word {
            "*" => Ok(Word::Any),
            "" => Err("an empty word"),
            word if word.contains('*') => Err("* stands for a whole word, ** for the last ones"),
            word => Ok(Word::Is(word.to_owned())),
        };
        Ok(Self { words: words.into_iter().map(word).collect::<Result<_, _>>()?, open })
    }

    /// Whether a topic of these words fits.
    pub(super) fn matches(&self, words: &[String]) -> bool {
        let length = words.len() == self.words.len() || self.open && words.len() > self.words.len();
        length
            && self.words.iter().zip(words).all(|(pattern, word)| match pattern {
                Word::Any => true,
                Word::Is(expected) => expected == word,
            })
    }

    /// The word every fitting topic begins with, if it is always the same.
    pub(super) fn first(&self) -> Option<&str> {
        match self.words.first() {
            Some(Word::Is(word)) => Some(word),
            _ => None,
        }
    }

    /// A topic that fits.
    pub(super) fn example(&self) -> String {
        let word = |word: &Word| match word {
            Word::Any => "any".to_owned(),
            Word::Is(word) => word.clone(),
        };
        self.words.iter().map(word).collect::<Vec<_>>().join(".")
    }

    /// Whether every topic that fits `other` fits this one too.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let length = if self.open {
            other.words.len() >= self.words.len()
        } else {
            !other.open && other.words.len() == self.words.len()
        };
        length && self.words.iter().zip(&other.words).all(|(a, b)| *a == Word::Any || a == b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    #[test]
    fn stars_stand_for_words() {
        for (text, topic, fits) in [
            ("git.receive", "git.receive", true),
            ("git.receive", "git.receive.x", false),
            ("git.*", "git.receive", true),
            ("git.*", "git", false),
            ("git.*", "git.a.b", false),
            ("git.**", "git", true),
            ("git.**", "git.a.b", true),
            ("*.new", "fas.new", true),
            ("**", "anything.at.all", true),
        ] {
            let words: Vec<_> = topic.split('.').map(str::to_owned).collect();
            assert_eq!(pattern(text).matches(&words), fits, "{text} {topic}");
        }
        assert!(pattern("**").matches(&[]));
        assert!(Pattern::parse("git.re*").is_err() && Pattern::parse("a..b").is_err());
        assert!(Pattern::parse("**.a").is_err());
    }

    #[test]
    fn wider_patterns_cover_narrower_ones() {
        for (wide, narrow, covers) in [
            ("git.**", "git.receive", true),
            ("git.**", "git.*.x.**", true),
            ("git.*", "git.receive", true),
            ("git.receive", "git.*", false),
            ("git.*", "git.**", false),
            ("**", "a", true),
        ] {
            assert_eq!(pattern(wide).covers(&pattern(narrow)), covers, "{wide} {narrow}");
        }
    }
}
