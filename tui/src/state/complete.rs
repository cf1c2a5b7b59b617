//! What a word that is being typed may become.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::copying::Copied;
use super::seen::Seen;
use super::selection::Which;
use crate::action::{self, Action, Known};
use crate::theme::Theme;

/// How many possibilities are offered.
const OFFERED: usize = 100;
/// What filters ask for, with what stands for what.
const CLAUSES: [&str; 5] = ["category=", "package=", "topic=", "user=", "where="];

/// What the text before the cursor may go on with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where the word begins that is replaced, in bytes.
    pub from: usize,
    /// What it may become.
    pub words: Vec<String>,
}

/// Of a line that names an action, and what is given with it.
pub fn command(before: &str, seen: &Seen) -> Completion {
    let Some((name, argument)) = before.split_once(' ') else {
        let fitting = action::ALL.iter().filter(|known| known.name.starts_with(before));
        // Behind some names there is something to be typed.
        let word = |known: &Known| match known.argument {
            "" => known.name.to_owned(),
            _ => format!("{} ", known.name),
        };
        return Completion { from: 0, words: fitting.map(word).take(OFFERED).collect() };
    };
    let known = Action::named(name).map(|known| known.action);
    let inner = known.map(|action| self::argument(action, argument, seen)).unwrap_or_default();
    Completion { from: inner.from + name.len() + 1, ..inner }
}

/// Of what is given with an action.
pub fn argument(action: Action, before: &str, seen: &Seen) -> Completion {
    match action {
        Action::Filter => filter(before, seen),
        Action::Theme => {
            let names = Theme::ALL.iter().map(|theme| theme.name());
            offered(0, names.filter(|name| name.starts_with(before)))
        }
        Action::Copy => {
            let names = Copied::ALL.iter().map(|one| one.name());
            offered(0, names.filter(|name| name.starts_with(before)))
        }
        Action::Export | Action::Replay => {
            let names = Which::ALL.iter().map(|which| which.name());
            let fitting = names.filter(|name| name.starts_with(before));
            Completion { from: 0, words: fitting.map(|name| format!("{name} ")).collect() }
        }
        _ => Completion::default(),
    }
}

fn filter(before: &str, seen: &Seen) -> Completion {
    let from = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let word = &before[from..];
    let value = word.find('=').map(|at| at + 1);
    let Some(value) = value else {
        let clauses = CLAUSES.iter().copied();
        let all = seen.topics.iter().map(String::as_str).chain(clauses);
        return offered(from, all.filter(|name| name.starts_with(word)));
    };
    let names = match word[..value].trim_end_matches('=').trim_end_matches('!') {
        "topic" => &seen.topics,
        "category" => &seen.categories,
        "user" => &seen.users,
        "package" => &seen.packages,
        _ => return Completion::default(),
    };
    // After a comma comes another value.
    let value = word.rfind(',').map_or(value, |at| at + 1);
    offered(from + value, starting_with(names, &word[value..]))
}

fn starting_with<'a>(
    names: &'a BTreeSet<String>,
    beginning: &'a str,
) -> impl Iterator<Item = &'a str> {
    names
        .range::<str, _>((Bound::Included(beginning), Bound::Unbounded))
        .map(String::as_str)
        .take_while(move |name| name.starts_with(beginning))
}

fn offered<'a>(from: usize, words: impl Iterator<Item = &'a str>) -> Completion {
    Completion { from, words: words.take(OFFERED).map(str::to_owned).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen() -> Seen {
        let mut seen = Seen::default();
        for topic in ["git.receive", "git.branch", "bodhi.update.request"] {
            seen.topic(&format!("org.example.prod.{topic}"));
        }
        seen.users.extend(["alice".to_owned(), "alan".to_owned(), "bob".to_owned()]);
        seen
    }

    #[test]
    fn names_follow_what_was_typed() {
        for (text, from, words) in [
            ("fil", 0, &["filter "][..]),
            ("theme hi", 6, &["high-contrast"]),
            ("copy s", 5, &["summary"]),
            ("export s", 7, &["shown ", "selected "]),
            ("replay b", 7, &["bookmarks "]),
            ("export shown fi", 0, &[]),
            ("filter git.", 7, &["git.branch", "git.receive"]),
            ("filter git.* user!=al", 19, &["alan", "alice"]),
            ("filter user=bob,ali", 16, &["alice"]),
            ("filter category=", 16, &["bodhi", "git"]),
            ("filter us", 7, &["user="]),
            ("filter where=", 0, &[]),
            ("nonsense x", 9, &[]),
        ] {
            let found = command(text, &seen());
            assert_eq!(found.words, words, "{text}");
            if !words.is_empty() {
                assert_eq!(found.from, from, "{text}");
            }
        }
    }
}
