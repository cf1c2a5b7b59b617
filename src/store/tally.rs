//! Counters, kept in the transactions that write messages: how many there are of each topic, category,
//! agent, user and package, and how many each day in all, of each topic and of each category.

use std::collections::BTreeMap;

use super::archived::DAY;
use super::query::Key;
use super::{Archived, Facts};

/// What all messages are counted under.
pub(super) const ALL: &str = "all";

/// What changes in the counters.
#[derive(Debug, Default)]
pub(super) struct Tally<'a> {
    /// By what is counted and its name, which is the order in which they are written.
    pub(super) totals: BTreeMap<(&'static str, &'a str), Span>,
    /// The same and the day.
    pub(super) days: BTreeMap<(&'static str, &'a str, i64), i64>,
}

/// So many messages, and the time of the first and the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) count: i64,
    pub(super) first: i64,
    pub(super) last: i64,
}

/// The day of a time.
pub(super) fn day(time: i64) -> i64 {
    time.div_euclid(DAY)
}

impl<'a> Tally<'a> {
    /// Counts a message as one more or one less.
    pub(super) fn message(&mut self, one: &'a Archived, change: i64) {
        self.total(ALL, "", one.time, change);
        self.day(ALL, "", one.time, change);
        self.total(Key::Topic.name(), &one.topic, one.time, change);
        self.day(Key::Topic.name(), &one.topic, one.time, change);
        self.facts(&one.facts, one.time, change);
    }

    /// Counts the facts of a message as more or as less.
    pub(super) fn facts(&mut self, facts: &'a Facts, time: i64, change: i64) {
        self.total(Key::Category.name(), &facts.category, time, change);
        self.day(Key::Category.name(), &facts.category, time, change);
        if let Some(agent) = &facts.agent {
            self.total(Key::Agent.name(), agent, time, change);
        }
        for user in &facts.users {
            self.total(Key::User.name(), user, time, change);
        }
        for package in &facts.packages {
            self.total(Key::Package.name(), package, time, change);
        }
    }

    fn total(&mut self, kind: &'static str, name: &'a str, time: i64, change: i64) {
        let fresh = Span { count: 0, first: time, last: time };
        let span = self.totals.entry((kind, name)).or_insert(fresh);
        span.count += change;
        span.first = span.first.min(time);
        span.last = span.last.max(time);
    }

    fn day(&mut self, kind: &'static str, name: &'a str, time: i64, change: i64) {
        *self.days.entry((kind, name, day(time))).or_insert(0) += change;
    }
}
