//! What would be sent again: how many messages, and their topics.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::message::Message;

/// How many topics are told apart.
const TOPICS: usize = 1000;

/// What messages have in common.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// How many there are.
    pub messages: u64,
    /// How many bytes their topics and bodies have.
    pub bytes: u64,
    /// How many there are of each topic, of as many topics as are told apart.
    pub topics: BTreeMap<String, u64>,
    /// How many there are of all further topics.
    pub other_topics: u64,
}

impl Summary {
    /// Counts a message.
    pub fn add(&mut self, message: &Message) {
        self.messages += 1;
        self.bytes += (message.topic().len() + message.body().len()) as u64;
        let known = self.topics.len();
        match self.topics.get_mut(message.topic()) {
            Some(count) => *count += 1,
            None if known < TOPICS => {
                self.topics.insert(message.topic().to_owned(), 1);
            }
            None => self.other_topics += 1,
        }
    }

    /// The topics with the most messages, so many of them, and how many messages have others.
    pub fn most_frequent(&self, shown: usize) -> (Vec<(&str, u64)>, u64) {
        let mut topics: Vec<_> =
            self.topics.iter().map(|(topic, count)| (topic.as_str(), *count)).collect();
        topics.sort_by_key(|(_, count)| Reverse(*count));
        let others: u64 = topics.iter().skip(shown).map(|(_, count)| count).sum();
        topics.truncate(shown);
        (topics, others + self.other_topics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_topics_come_first_and_all_are_counted() {
        let mut summary = Summary::default();
        for number in 0..TOPICS + 5 {
            for _ in 0..1 + usize::from(number == 7) {
                summary.add(&Message::new(format!("t{number:04}"), b"{}".as_slice()));
            }
        }
        let (topics, others) = summary.most_frequent(2);
        assert_eq!(topics, [("t0007", 2), ("t0000", 1)]);
        assert_eq!((summary.messages, others), (TOPICS as u64 + 6, TOPICS as u64 + 3));
        assert_eq!((summary.bytes, summary.other_topics), (summary.messages * 7, 5));
    }
}
