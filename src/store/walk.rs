//! All of an archive, or a part of it, in the order in which it came there, in pages that fit into
//! memory whatever the size of their messages.

use super::{Archived, Order, Position, Query, Store};
use crate::Result;

/// How many bytes a page is to have, about, and how many messages at most.
const BYTES: usize = 4 * 1024 * 1024;
const MESSAGES: u32 = 1000;
/// How many messages the first page has.
const FIRST: u32 = 100;

/// A way through an archive.
#[derive(Debug, Clone)]
pub struct Walk {
    after: i64,
    through: i64,
    limit: u32,
}

impl Walk {
    /// From the message behind the number `after` to the one with the number `through`.
    pub fn new(after: i64, through: i64) -> Self {
        Self { after, through, limit: FIRST }
    }

    /// The next messages that fit; none at the end.
    pub fn next(&mut self, store: &mut dyn Store, query: &Query) -> Result<Vec<Archived>> {
        let after = Position { time: 0, id: self.after };
        let mut page = store.query(query, Order::Arrival, Some(after), 0, self.limit)?;
        page.retain(|one| one.id <= self.through);
        if let Some(last) = page.last() {
            self.after = last.id;
            let bytes: usize = page.iter().map(|one| one.message.body().len()).sum();
            let fitting = BYTES / (bytes / page.len()).max(1);
            // A page of small messages says little about the next one.
            let most = MESSAGES.min(self.limit.saturating_mul(2));
            self.limit = u32::try_from(fitting).unwrap_or(MESSAGES).clamp(1, most);
        }
        Ok(page)
    }

    /// The number of the last message that was given.
    pub fn after(&self) -> i64 {
        self.after
    }
}
