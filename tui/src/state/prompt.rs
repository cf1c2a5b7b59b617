//! The line at the bottom in which one types: a command, or what an action asks for.

use std::collections::{BTreeMap, VecDeque};

use super::complete::{self, Completion};
use super::edit::Edit;
use super::seen::Seen;
use crate::action::{ALL, Action};

/// How many lines of a sort are remembered.
const REMEMBERED: usize = 200;
/// What stands before what was typed as a command.
const COMMANDS: &str = "command";

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Any action, by its name.
    Command,
    /// What is given with this action.
    For(Action),
}

/// A line that is being typed.
#[derive(Debug)]
pub struct Prompt {
    /// What for.
    pub ask: Ask,
    /// The line.
    pub edit: Edit,
    /// What stood there first.
    pub before: String,
    /// What is wrong with it so far.
    pub wrong: Option<String>,
    /// What it may go on with, and which of that stands there now.
    offer: Option<(Completion, usize)>,
    /// How many lines back in the past it is, and what was typed before going there.
    past: Option<(usize, String)>,
}

impl Ask {
    /// What stands before the line, and in the file of what was typed.
    pub fn name(self) -> &'static str {
        match self {
            Ask::Command => COMMANDS,
            Ask::For(action) => {
                ALL.iter().find(|known| known.action == action).map_or("", |known| known.name)
            }
        }
    }
}

impl Prompt {
    /// A line that begins with this text.
    pub fn new(ask: Ask, text: &str) -> Self {
        let before = text.to_owned();
        Self { ask, edit: Edit::new(text), before, wrong: None, offer: None, past: None }
    }

    /// Something was typed: what was offered before does not fit any more.
    pub fn changed(&mut self) {
        self.offer = None;
        self.past = None;
        self.wrong = None;
    }

    /// Puts the next possibility in place of the word before the cursor; with `back`, the one before.
    pub fn complete(&mut self, back: bool, seen: &Seen) {
        let (completion, at) = match self.offer.take() {
            Some((completion, at)) => {
                let count = completion.words.len();
                (completion, if back { at + count - 1 } else { at + 1 } % count)
            }
            None => {
                let before = self.edit.before();
                let completion = match self.ask {
                    Ask::Command => complete::command(before, seen),
                    Ask::For(action) => complete::argument(action, before, seen),
                };
                let last = completion.words.len().saturating_sub(1);
                (completion, if back { last } else { 0 })
            }
        };
        if let Some(word) = completion.words.get(at) {
            self.edit.replace_before(completion.from, word);
            self.offer = Some((completion, at));
        }
    }

    /// What is offered, and which of it stands in the line.
    pub fn offered(&self) -> Option<(&[String], usize)> {
        self.offer.as_ref().map(|(completion, at)| (completion.words.as_slice(), *at))
    }

    /// Goes through what was typed in the past.
    pub fn go_back(&mut self, by: isize, past: &Past) {
        let lines = past.of(self.ask);
        let (at, typed) = self.past.take().unwrap_or((0, self.edit.text().to_owned()));
        let at = at.saturating_add_signed(by).min(lines.len());
        let line = at.checked_sub(1).and_then(|at| lines.get(at)).unwrap_or(&typed);
        self.edit = Edit::new(line.as_str());
        self.offer = None;
        self.past = Some((at, typed));
    }
}

/// What was typed before, newest first.
#[derive(Debug, Default)]
pub struct Past {
    lines: BTreeMap<&'static str, VecDeque<String>>,
    none: VecDeque<String>,
}

impl Past {
    /// Reads what [`Past::to_text`] wrote; what is not understood is left out.
    pub fn parse(text: &str) -> Self {
        let mut past = Self::default();
        for line in text.lines() {
            let Some((name, typed)) = line.split_once('\t') else { continue };
            let names = ALL.iter().map(|known| known.name).chain([COMMANDS]);
            if let Some(name) = names.into_iter().find(|known| *known == name) {
                past.add(name, typed);
            }
        }
        past
    }

    /// A line for each, oldest first.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        for (name, lines) in &self.lines {
            for line in lines.iter().rev() {
                out += &format!("{name}\t{line}\n");
            }
        }
        out
    }

    /// Remembers a line; one that was typed before comes to the front.
    pub fn remember(&mut self, ask: Ask, typed: &str) {
        self.add(ask.name(), typed);
    }

    fn add(&mut self, name: &'static str, typed: &str) {
        if typed.trim().is_empty() {
            return;
        }
        let lines = self.lines.entry(name).or_default();
        lines.retain(|line| line != typed);
        lines.push_front(typed.to_owned());
        lines.truncate(REMEMBERED);
    }

    fn of(&self, ask: Ask) -> &VecDeque<String> {
        self.lines.get(ask.name()).unwrap_or(&self.none)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_gone_through_and_kept() {
        let mut past = Past::default();
        let ask = Ask::For(Action::Filter);
        for line in ["a", "b", "a", " "] {
            past.remember(ask, line);
        }
        let past = Past::parse(&format!("{}junk\nno-such\tx\n", past.to_text()));
        let mut prompt = Prompt::new(ask, "typed");
        let mut gone = |by| {
            prompt.go_back(by, &past);
            prompt.edit.text().to_owned()
        };
        assert_eq!([gone(1), gone(1), gone(1)], ["a", "b", "b"]);
        assert_eq!([gone(-1), gone(-1), gone(-1)], ["a", "typed", "typed"]);
    }

    #[test]
    fn possibilities_follow_each_other() {
        let seen = Seen::default();
        let mut prompt = Prompt::new(Ask::Command, "search");
        let mut next = |back| {
            prompt.complete(back, &seen);
            prompt.edit.text().to_owned()
        };
        assert_eq!([next(false), next(false)], ["search ", "search-next"]);
        assert_eq!([next(true), next(true)], ["search ", "search-previous"]);
        let mut prompt = Prompt::new(Ask::Command, "xyz");
        prompt.complete(false, &seen);
        assert_eq!((prompt.edit.text(), prompt.offered()), ("xyz", None));
    }
}
