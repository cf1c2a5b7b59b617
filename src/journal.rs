//! Messages on disk: what came in stays, in order, until retention takes it.
//!
//! A journal is one SQLite file in WAL mode, synced at each commit. One thread of one process writes
//! ([`Journal`]): messages, and in one order with them what consumers and streams have come to
//! ([`Change`]). The next transaction starts when the last one returns, with whatever was queued
//! meanwhile. Anybody may read beside it ([`Store`]). A receipt is given after the commit, and only
//! then is a message safe.

mod append;
mod change;
mod cursors;
#[cfg(test)]
mod faults;
mod gaps;
mod handle;
mod identity;
mod lag;
mod lock;
mod quarantine;
mod queue;
mod read;
mod retention;
mod schema;
mod select;
mod status;
mod store;
mod streams;
mod verify;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::config::Config;
use crate::message::Message;
use crate::{Error, Kind};

pub use change::Change;
pub use cursors::Cursor;
pub use gaps::{Gap, GapKey, GapReport};
pub use handle::{Journal, Summary};
pub use identity::Identity;
pub use lag::Lag;
pub use quarantine::{QuarantineState, Quarantined, Quarantining, Settlement};
pub use queue::{Done, Full};
pub use read::{Record, Span};
pub use retention::{Pruned, Retention};
pub use select::{Limits, Selection, Wanted};
pub use status::Health;
pub use store::Store;
pub use streams::StreamPosition;
pub use verify::Findings;

/// The verdict of a message whose signature nobody has looked at.
pub const UNCHECKED: &str = "unchecked";

/// Where a journal is and how much it keeps.
#[derive(Debug, Clone)]
pub struct Options {
    /// The file.
    pub path: PathBuf,
    /// What is kept.
    pub retention: Retention,
}

impl Options {
    /// A journal in this file, kept as the settings have it.
    pub fn new(path: PathBuf, config: &Config) -> Self {
        let retention = Retention {
            max_age: Duration::from_secs(config.journal.max_age),
            max_size: config.journal.max_size,
        };
        Self { path, retention }
    }
}

/// A message on its way into the journal.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Both frames.
    pub message: Message,
    /// When it arrived, in unix microseconds.
    pub received: i64,
    /// Where it arrived, if that is known.
    pub endpoint: Option<Arc<str>>,
    /// The name of its verdict.
    pub verdict: &'static str,
}

impl Entry {
    /// What both frames take.
    fn bytes(&self) -> usize {
        self.message.topic().len() + self.message.body().len()
    }
}

/// What became of an [`Entry`]. It is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Its number, or that of the same message from before.
    pub seq: i64,
    /// Whether it was new.
    pub outcome: Outcome,
}

/// How an [`Entry`] relates to what is already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was not there.
    New,
    /// It was there; nothing was written.
    Duplicate,
    /// Another message has its msg_id; both are kept, and this one is marked.
    Conflict,
}

/// Now, in unix microseconds.
pub fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}

/// An error of SQLite as one of ours.
fn failed(what: String, error: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode;
    let kind = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull) => {
            Kind::TryAgain
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Kind::Data,
        Some(ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => Kind::Permission,
        _ => Kind::Io,
    };
    Error::new(kind, what).because(error)
}
