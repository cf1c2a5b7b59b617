//! Several messages to do something with: those shown, those with a bookmark, or the selected one.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use crate::feed::Entry;
use crate::history::{History, Look};

/// How many messages further on are asked for while one is being read.
const AHEAD: [usize; 4] = [128, 256, 384, 512];

/// Which messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All that are shown.
    Shown,
    /// Those with a bookmark.
    Bookmarks,
    /// The one that is selected.
    Selected,
}

impl Which {
    /// All of them.
    pub const ALL: [Which; 3] = [Which::Shown, Which::Bookmarks, Which::Selected];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Which::Shown => "shown",
            Which::Bookmarks => "bookmarks",
            Which::Selected => "selected",
        }
    }

    /// Reads one from the beginning of a line, and what follows it.
    pub fn split(text: &str) -> (Option<Self>, &str) {
        let text = text.trim();
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match Self::ALL.into_iter().find(|which| which.name() == word) {
            Some(which) => (Some(which), rest.trim()),
            None => (None, text),
        }
    }
}

/// Positions of messages, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Positions {
    /// One after the other.
    Range(Range<i64>),
    /// Single ones.
    List(Vec<i64>),
}

impl Positions {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Positions::Range(range) => usize::try_from(range.end - range.start).unwrap_or(0),
            Positions::List(list) => list.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn get(&self, index: usize) -> Option<i64> {
        match self {
            Positions::Range(range) => {
                let position = range.start.checked_add_unsigned(index as u64)?;
                range.contains(&position).then_some(position)
            }
            Positions::List(list) => list.get(index).copied(),
        }
    }
}

/// Goes through messages, a slice of time at a time.
#[derive(Debug)]
pub struct Gathering {
    positions: Positions,
    next: usize,
}

/// How far that went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// There is more, and it can go on.
    More,
    /// There is more, but something has to happen first.
    Waits,
    /// That was all.
    Done,
}

impl Gathering {
    pub(super) fn new(positions: Positions) -> Self {
        Self { positions, next: 0 }
    }

    /// How many messages were looked at, and how many there are.
    pub fn place(&self) -> (usize, usize) {
        (self.next, self.positions.len())
    }

    /// Hands over messages until the time is up or `take` has no room for one. What is gone is passed over.
    pub(super) fn run(
        &mut self,
        history: &History,
        deadline: Instant,
        mut take: impl FnMut(i64, Arc<Entry>) -> bool,
    ) -> Step {
        while let Some(position) = self.positions.get(self.next) {
            if Instant::now() >= deadline {
                return Step::More;
            }
            match history.look(position) {
                Look::Here(entry) => {
                    if !take(position, entry) {
                        return Step::Waits;
                    }
                    self.next += 1;
                }
                Look::Nothing => self.next += 1,
                Look::Soon => {
                    for ahead in AHEAD {
                        if let Some(position) = self.positions.get(self.next + ahead) {
                            history.look(position);
                        }
                    }
                    return Step::Waits;
                }
            }
        }
        Step::Done
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fedhub::message::Message;

    use super::*;

    #[test]
    fn a_line_begins_with_which_messages() {
        for (text, which, rest) in [
            ("shown a file", Some(Which::Shown), "a file"),
            (" bookmarks ", Some(Which::Bookmarks), ""),
            ("selected", Some(Which::Selected), ""),
            ("some file", None, "some file"),
            ("", None, ""),
        ] {
            assert_eq!(Which::split(text), (which, rest), "{text}");
        }
    }

    #[test]
    fn whoever_has_no_room_gets_the_same_message_again() {
        let mut history = History::default();
        for number in 0..5 {
            let message = Message::new("a.b.c.d", b"{}".as_slice());
            history.push(Arc::new(Entry { number, message, received: 0, endpoint: None }));
        }
        let soon = Instant::now() + Duration::from_secs(60);
        // Of these, the last are not there.
        let mut gathering = Gathering::new(Positions::Range(1..7));
        let mut taken = Vec::new();
        let mut take = |position, _| {
            if taken.len() < 2 {
                taken.push(position);
                return true;
            }
            false
        };
        assert_eq!(gathering.run(&history, soon, &mut take), Step::Waits);
        assert_eq!(gathering.run(&history, soon - Duration::from_secs(120), &mut take), Step::More);
        assert_eq!(gathering.place(), (2, 6));
        let mut take = |position, _| {
            taken.push(position);
            true
        };
        assert_eq!(gathering.run(&history, soon, &mut take), Step::Done);
        assert_eq!(taken, [1, 2, 3, 4]);
    }
}
