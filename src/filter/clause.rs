//! One list of a filter, compiled, and what it says of a message.

use std::collections::HashSet;

use super::VARIABLES;
use super::failures::{Failures, Reason};
use super::pattern::TopicPattern;
use super::spec::{self, WHERE};
use super::subject::Subject;
use crate::jq::Program;
use crate::{Kind, Result, escape};

/// One list: a message has to match one of its values or, with `not`, none.
#[derive(Debug)]
pub(super) struct Clause {
    pub(super) not: bool,
    /// As shorthand, each value.
    pub(super) terms: Vec<String>,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Topic(Vec<TopicPattern>),
    Category(HashSet<String>),
    User(HashSet<String>),
    Package(HashSet<String>),
    Where(Vec<Program>),
}

impl Clause {
    pub(super) fn new(kind: &'static str, not: bool, values: &[String]) -> Result<Self> {
        let set = || values.iter().cloned().collect();
        let test = match kind {
            "topic" => Test::Topic(each(values, TopicPattern::new)?),
            "category" => Test::Category(set()),
            "user" => Test::User(set()),
            "package" => Test::Package(set()),
            _ => Test::Where(each(values, compile)?),
        };
        let terms = values.iter().map(|value| spec::term(kind, not, value)).collect();
        Ok(Self { not, terms, test })
    }

    /// Whether it takes the rules to decide.
    pub(super) fn needs_rules(&self) -> bool {
        matches!(self.test, Test::User(_) | Test::Package(_))
    }

    /// Whether the topic is all it looks at.
    pub(super) fn is_about_topics(&self) -> bool {
        matches!(self.test, Test::Topic(_) | Test::Category(_))
    }

    /// What it says of a topic, if that is all it looks at.
    pub(super) fn admits_topic(&self, topic: &str) -> bool {
        let found = match &self.test {
            Test::Topic(patterns) => patterns.iter().any(|pattern| pattern.matches(topic)),
            Test::Category(names) => names.contains(super::category(topic)),
            _ => return true,
        };
        found != self.not
    }

    /// Whether it wants a message. An expression that fails wants none.
    pub(super) fn admits(&self, subject: &Subject<'_>, failures: &Failures) -> bool {
        let any = |names: &HashSet<String>, of: &[String]| of.iter().any(|one| names.contains(one));
        match &self.test {
            Test::Topic(_) | Test::Category(_) => self.admits_topic(subject.topic()),
            // Else a message could hide from `user!=alice` behind what its rule takes.
            Test::User(_) | Test::Package(_) if subject.has_unknown_names() => {
                let why = "the rule that describes the message took too much";
                failures.add(Reason::TooSlow, &self.terms.join(" "), why);
                false
            }
            Test::User(names) => any(names, subject.users()) != self.not,
            Test::Package(names) => any(names, subject.packages()) != self.not,
            Test::Where(programs) => programs.iter().zip(&self.terms).any(|(program, term)| {
                subject.evaluate(program).unwrap_or_else(|(reason, why)| {
                    failures.add(reason, term, &why);
                    false
                })
            }),
        }
    }

    /// What the message has of this kind.
    pub(super) fn found(&self, subject: &Subject<'_>) -> Vec<String> {
        let topic = subject.topic();
        match &self.test {
            Test::Topic(_) => vec![topic.to_owned()],
            Test::Category(_) => vec![super::category(topic).to_owned()],
            Test::User(_) => subject.users().to_vec(),
            Test::Package(_) => subject.packages().to_vec(),
            Test::Where(programs) => programs.iter().map(|one| subject.shown(one)).collect(),
        }
    }

    /// What ZeroMQ has to be asked for, if this narrows it.
    pub(super) fn subscriptions(&self) -> Option<impl Iterator<Item = &str>> {
        match &self.test {
            Test::Topic(patterns) if !self.not => {
                Some(patterns.iter().map(TopicPattern::subscription))
            }
            _ => None,
        }
    }
}

fn each<T>(values: &[String], make: impl Fn(&str) -> Result<T>) -> Result<Vec<T>> {
    values.iter().map(|value| make(value)).collect()
}

/// Compiles an expression; says which one is wrong.
pub(super) fn compile(text: &str) -> Result<Program> {
    Program::compile(text, &VARIABLES).map_err(|error| {
        let shown: String = text.chars().take(200).collect();
        error.about(format_args!("{WHERE}={:?}", escape::text(&shown))).of_kind(Kind::Usage)
    })
}
