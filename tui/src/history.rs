//! The messages of this session, by position: a number that stays the same however many are added.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::feed::Entry;

/// How many bytes of messages are kept in memory.
const MEMORY: usize = 64 * 1024 * 1024;

/// What came, oldest first.
#[derive(Debug)]
pub struct History {
    entries: VecDeque<Arc<Entry>>,
    /// The position of the oldest.
    first: i64,
    bytes: usize,
    most: usize,
}

impl Default for History {
    fn default() -> Self {
        Self::with_room(MEMORY)
    }
}

impl History {
    /// One that keeps about so many bytes.
    pub fn with_room(most: usize) -> Self {
        Self { entries: VecDeque::new(), first: 0, bytes: 0, most }
    }

    /// Adds the newest message.
    pub fn push(&mut self, entry: Arc<Entry>) {
        self.bytes += entry.size();
        self.entries.push_back(entry);
        while self.bytes > self.most && self.entries.len() > 1 {
            if let Some(oldest) = self.entries.pop_front() {
                self.bytes -= oldest.size();
                self.first += 1;
            }
        }
    }

    /// The positions there are, oldest first. The first may move on when there is no more room.
    pub fn range(&self) -> Range<i64> {
        self.first..self.first + self.entries.len() as i64
    }

    /// The message at a position.
    pub fn get(&self, position: i64) -> Option<Arc<Entry>> {
        let index = usize::try_from(position - self.first).ok()?;
        self.entries.get(index).cloned()
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use fedhub::message::Message;

    use super::*;

    #[test]
    fn positions_stay_when_the_oldest_go() {
        let mut history = History::with_room(1000);
        for number in 0..100 {
            let message = Message::new(format!("t.{number}"), b"{}".as_slice());
            history.push(Arc::new(Entry { number, message, received: 0, endpoint: None }));
        }
        let range = history.range();
        assert!(range.start > 0 && range.end == 100 && history.len() < 100, "{range:?}");
        for position in range.clone() {
            let entry = history.get(position).unwrap();
            assert_eq!(entry.message.topic(), format!("t.{position}"));
        }
        assert!(history.get(range.start - 1).is_none() && history.get(100).is_none());
    }
}
