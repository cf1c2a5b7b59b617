//! What is written beside messages, in one order with them.

use rusqlite::Connection;

use super::{GapReport, Quarantining, Settlement, StreamPosition, cursors, quarantine};
use crate::Result;

/// Something the journal is to remember.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A consumer has come so far. Messages it could not deal with go to quarantine in the same
    /// transaction.
    ///
    /// If somebody has put the cursor elsewhere meanwhile, it stays there; so a consumer asks
    /// [`Store::position`](super::Store::position) before each batch.
    Progress {
        /// The consumer.
        cursor: String,
        /// Where the consumer found its cursor.
        from: i64,
        /// The number of the last message it is done with.
        position: i64,
        /// How many messages it was given and has dealt with since it said so last.
        delivered: u64,
        /// Those it could not deal with.
        quarantine: Vec<Quarantining>,
    },
    /// A quarantined message was tried again: it leaves, or waits on with a new reason.
    Settled {
        /// Its number in the quarantine.
        id: i64,
        /// What came of it.
        outcome: Settlement,
    },
    /// All of another publisher's stream up to here is in this journal: written, or queued before
    /// this change by [`Journal::submit`](super::Journal::submit), which drops nothing.
    Stream(StreamPosition),
    /// How it stands with a gap in a stream.
    Gap(GapReport),
}

impl Change {
    /// Refuses what could never be written.
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::Progress { cursor, .. } => cursors::check(cursor),
            Self::Settled { .. } | Self::Stream(_) | Self::Gap(_) => Ok(()),
        }
    }

    /// Writes it, as part of a transaction.
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Progress { cursor, from, position, delivered, quarantine } => {
                for one in quarantine {
                    quarantine::add(connection, cursor, one)?;
                }
                cursors::advance(connection, cursor, *from, *position, *delivered)
            }
            Self::Settled { id, outcome } => quarantine::settle(connection, *id, outcome),
            Self::Stream(position) => position.write(connection),
            Self::Gap(report) => report.write(connection),
        }
    }
}
