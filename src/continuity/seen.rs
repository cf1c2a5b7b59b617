//! What was delivered lately, and what is held back: both bounded.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};

use crate::message::Message;

/// How many messages each generation remembers.
const GENERATION: usize = 100_000;
/// How much may be held back.
const HELD_MESSAGES: usize = 20_000;
const HELD_BYTES: usize = 32 * 1024 * 1024;

/// Recognises messages it was told of lately. The digests are keyed anew in each process, so nobody
/// can make two messages that have the same.
#[derive(Debug, Default)]
pub(super) struct Seen {
    hasher: RandomState,
    current: HashSet<u64>,
    previous: HashSet<u64>,
}

impl Seen {
    /// The digest of both frames, byte for byte.
    pub(super) fn digest(&self, message: &Message) -> u64 {
        self.hasher.hash_one((message.topic(), message.body()))
    }

    pub(super) fn insert(&mut self, key: u64) {
        if self.current.len() >= GENERATION {
            self.age();
        }
        self.current.insert(key);
    }

    pub(super) fn contains(&self, key: u64) -> bool {
        self.current.contains(&key) || self.previous.contains(&key)
    }

    /// Forgets what was old already; what is new becomes old.
    pub(super) fn age(&mut self) {
        self.previous = std::mem::take(&mut self.current);
    }
}

/// Messages that wait until those before them are there.
#[derive(Debug, Default)]
pub(super) struct Held {
    messages: VecDeque<Message>,
    bytes: usize,
}

impl Held {
    pub(super) fn push(&mut self, message: Message) {
        self.bytes += size(&message);
        self.messages.push_back(message);
    }

    /// Puts back what was popped.
    pub(super) fn put_back(&mut self, message: Message) {
        self.bytes += size(&message);
        self.messages.push_front(message);
    }

    pub(super) fn pop(&mut self) -> Option<Message> {
        let message = self.messages.pop_front()?;
        self.bytes -= size(&message);
        Some(message)
    }

    pub(super) fn is_full(&self) -> bool {
        self.messages.len() >= HELD_MESSAGES || self.bytes >= HELD_BYTES
    }
}

fn size(message: &Message) -> usize {
    message.topic().len() + message.body().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_and_held_is_bounded() {
        let mut seen = Seen::default();
        (0..5 * GENERATION as u64).for_each(|key| seen.insert(key));
        assert!(seen.current.len() + seen.previous.len() <= 2 * GENERATION);
        assert!(seen.contains(5 * GENERATION as u64 - 1) && !seen.contains(0));
        let mut held = Held::default();
        held.push(Message::new("t", vec![b'x'; HELD_BYTES]));
        assert!(held.is_full());
        held.pop();
        assert!(!held.is_full());
        (0..HELD_MESSAGES).for_each(|_| held.push(Message::new("", "")));
        assert!(held.is_full());
    }
}
