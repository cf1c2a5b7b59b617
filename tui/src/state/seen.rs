//! The names that went by, for completion.

use std::collections::BTreeSet;

use fedhub::filter::category;

use super::about::{About, short_topic};

/// How many names of a sort are kept. A bus has far fewer; a hostile one does not matter.
const MOST: usize = 20_000;

/// Names by what they name.
#[derive(Debug, Default)]
pub struct Seen {
    /// Topics without prefix and environment.
    pub topics: BTreeSet<String>,
    /// The first words of these.
    pub categories: BTreeSet<String>,
    /// People, of the messages that were looked into.
    pub users: BTreeSet<String>,
    /// Packages, of the messages that were looked into.
    pub packages: BTreeSet<String>,
}

impl Seen {
    /// Takes the topic of a message.
    pub fn topic(&mut self, topic: &str) {
        add(&mut self.topics, short_topic(topic));
        add(&mut self.categories, category(topic));
    }

    /// Takes the names of a message that was looked into.
    pub fn about(&mut self, about: &About) {
        for name in &about.facts.users {
            add(&mut self.users, &name.to_string());
        }
        for name in &about.facts.packages {
            add(&mut self.packages, &name.to_string());
        }
    }
}

fn add(names: &mut BTreeSet<String>, name: &str) {
    let known = name.is_empty() || names.len() >= MOST || names.contains(name);
    if !known && !name.chars().any(fedhub::escape::is_harmful) {
        names.insert(name.to_owned());
    }
}
