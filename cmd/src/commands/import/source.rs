//! Where messages come from.

use fedhub::datanommer::Original;
use serde::{Deserialize, Serialize};

/// Gives messages, a batch after the other.
pub(super) trait Source {
    /// The next ones; `None` at the end.
    fn next(&mut self) -> anyhow::Result<Option<Batch>>;
}

/// Messages that follow each other.
pub(super) struct Batch {
    /// Them, and what is none.
    pub(super) items: Vec<Result<Item, Refused>>,
    /// Where reading goes on.
    pub(super) place: Place,
    /// About how many follow, if that is known.
    pub(super) left: Option<u64>,
}

/// A message and what its source says about it.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) original: Original,
    /// When it arrived there, in unix microseconds.
    pub(super) received: Option<i64>,
    /// How it was judged there.
    pub(super) verdict: Option<String>,
}

/// What is no message.
pub(super) struct Refused {
    /// Where it is.
    pub(super) at: String,
    pub(super) reason: String,
    pub(super) content: Vec<u8>,
}

/// How far reading is; each source uses what it needs, and all begin with zeros.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The number of the last row or line.
    pub(super) number: i64,
    /// How many bytes the lines have so far.
    pub(super) bytes: u64,
    /// The unix second that everything before was read of.
    pub(super) second: Option<i64>,
}

impl Item {
    pub(super) fn of(original: Original) -> Self {
        Self { original, received: None, verdict: None }
    }
}
