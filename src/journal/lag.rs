//! How far a consumer is behind.

use super::{Cursor, Store, UNCHECKED};
use crate::Result;

/// The verdicts of messages that consumers get.
const DELIVERED: [&str; 2] = ["valid", UNCHECKED];

/// What is before a consumer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lag {
    /// How many messages there are.
    pub messages: u64,
    /// For how long the oldest of them has waited, in microseconds.
    pub age: i64,
}

impl Store {
    /// How far the consumer with this cursor is behind at this time, in unix microseconds.
    pub fn lag(&self, cursor: &Cursor, now: i64) -> Result<Lag> {
        let next = self.next(cursor.position, &DELIVERED, 1)?;
        Ok(next.first().map_or_else(Lag::default, |record| Lag {
            messages: cursor.behind,
            age: (now - record.received).max(0),
        }))
    }
}
