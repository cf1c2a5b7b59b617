//! What somebody wants to see of the bus: one type and one syntax for commands, consumers and pages.
//!
//! A filter is made from a [`Spec`], lists of words that options, settings or forms give; people may
//! write it as shorthand, which [`Filter::parse`] reads. Of the values of a list one is enough, and
//! every list counts. Topics are decided first, which takes no JSON, then users and packages by the
//! rules, then expressions of jq.
//!
//! Filters may come from strangers: their size is bounded, and so is what an expression may use.
//!
//! ```
//! use std::sync::Arc;
//! use fedhub::filter::Filter;
//! use fedhub::message::Message;
//! use fedhub::meta::Meta;
//!
//! let spec = Filter::parse(&[r#"git.* .msg.commit.branch == "f40""#])?;
//! let filter = Filter::new(&spec, || Meta::load(None, Default::default()).map(Arc::new))?;
//! let message = Message::new("org.x.prod.git.receive", r#"{"msg": {"commit": {"branch": "f40"}}}"#);
//! assert!(filter.decide(&message).matches);
//! # Ok::<(), fedhub::Error>(())
//! ```

mod clause;
mod failures;
mod lint;
mod pattern;
mod shorthand;
mod spec;
mod subject;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::jq::Input;
use crate::message::Message;
use crate::meta::{self, Meta};
use crate::{Error, Kind, Result};
use clause::Clause;
use failures::Failures;
use subject::Subject;

pub use failures::Reason;
pub use lint::{Finding, lint};
pub use spec::Spec;

/// How many values the lists of a filter may have, together.
const MAX_VALUES: usize = 1000;
/// How many of these may be expressions or regular expressions, which cost most.
const MAX_COSTLY: usize = 32;
/// How long a value may be, in bytes.
const MAX_VALUE: usize = 4096;

/// What expressions over messages know beside the message.
pub const VARIABLES: [&str; 2] = ["$topic", "$words"];

/// The values of [`VARIABLES`]: the topic after prefix and environment, and its words.
pub fn variables(subject: &meta::Subject) -> Vec<Input> {
    let words = subject.words().iter().map(|word| Input::from(word.as_str())).collect();
    vec![Input::from(subject.short_topic().as_str()), words]
}

/// A compiled filter. Threads may share it.
#[derive(Debug)]
pub struct Filter {
    /// In the order they are decided in.
    clauses: Vec<Clause>,
    /// Only if a clause asks for people or packages: it takes time to make them.
    meta: Option<Arc<Meta>>,
    failures: Failures,
}

/// What a filter says of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is wanted.
    pub matches: bool,
    /// Which of [`Filter::explain`]'s clauses was the first that did not want it.
    pub refused_by: Option<usize>,
}

/// What one clause says of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The clause, as shorthand.
    pub clause: String,
    /// Whether it holds.
    pub holds: bool,
    /// What the message has of what it asks for.
    pub found: Vec<String>,
}

impl Filter {
    /// Compiles what options, settings or a form ask for. It fails if an expression is wrong, or if
    /// there is too much of it. `rules` is called if users or packages are asked for.
    pub fn new(spec: &Spec, rules: impl FnOnce() -> Result<Arc<Meta>>) -> Result<Self> {
        check_size(spec)?;
        let lists = spec.lists().into_iter().filter(|(_, _, values)| !values.is_empty());
        let clauses = lists.map(|(kind, not, values)| Clause::new(kind, not, values));
        let clauses: Vec<_> = clauses.collect::<Result<_>>()?;
        let needs_rules = clauses.iter().any(Clause::needs_rules);
        let meta = needs_rules.then(rules).transpose()?;
        Ok(Self { clauses, meta, failures: Failures::default() })
    }

    /// Reads shorthand; what several texts ask for is put together.
    pub fn parse(texts: &[impl AsRef<str>]) -> Result<Spec> {
        shorthand::parse(texts)
    }

    /// Beginnings of topics that are enough to subscribe to. An empty one is everything.
    pub fn subscriptions(&self) -> Vec<String> {
        let narrowed = self.clauses.iter().find_map(Clause::subscriptions);
        let mut all: Vec<String> = match narrowed {
            Some(prefixes) => prefixes.map(str::to_owned).collect(),
            None => vec![String::new()],
        };
        all.sort();
        // Sorted, what begins with another one comes behind it.
        all.dedup_by(|later, earlier| later.starts_with(earlier.as_str()));
        all
    }

    /// Whether it wants everything.
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// Whether it asks for certain topics.
    pub fn names_topics(&self) -> bool {
        self.clauses.iter().any(|clause| clause.is_about_topics() && !clause.not)
    }

    /// Whether topics are all it looks at.
    pub fn is_about_topics(&self) -> bool {
        self.clauses.iter().all(Clause::is_about_topics)
    }

    /// Whether messages with this topic may be wanted; the rest of them may say otherwise.
    pub fn admits_topic(&self, topic: &str) -> bool {
        self.clauses.iter().all(|clause| clause.admits_topic(topic))
    }

    /// Whether a message is wanted. An expression that fails or takes too much does not match, and is
    /// counted.
    pub fn decide(&self, message: &Message) -> Decision {
        let subject = Subject::new(message, self.meta.as_deref());
        let refuses = |clause: &Clause| !clause.admits(&subject, &self.failures);
        let refused_by = self.clauses.iter().position(refuses);
        Decision { matches: refused_by.is_none(), refused_by }
    }

    /// What each clause says of a message, in the order they are asked.
    pub fn explain(&self, message: &Message) -> Vec<Verdict> {
        let subject = Subject::new(message, self.meta.as_deref());
        let verdict = |clause: &Clause| Verdict {
            clause: clause.terms.join(" "),
            holds: clause.admits(&subject, &self.failures),
            found: clause.found(&subject),
        };
        self.clauses.iter().map(verdict).collect()
    }

    /// How often expressions gave no answer, by reason.
    pub fn failures(&self) -> impl Iterator<Item = (Reason, u64)> {
        self.failures.counts()
    }
}

/// Refuses a filter that is too large, and empty names.
pub(crate) fn check_size(spec: &Spec) -> Result<()> {
    let refuse = |what: String| Err(Error::new(Kind::Usage, format!("the filter has {what}")));
    let lists = spec.lists();
    let values = || lists.iter().flat_map(|(_, _, values)| values.iter());
    if values().count() > MAX_VALUES {
        return refuse(format!("more than {MAX_VALUES} values"));
    }
    let regexes = spec.topic.iter().chain(&spec.not_topic).filter(|text| text.starts_with('~'));
    if regexes.count() + spec.expressions.len() > MAX_COSTLY {
        return refuse(format!("more than {MAX_COSTLY} expressions"));
    }
    // An empty topic is the beginning of every one; to leave that out would leave nothing.
    let mut named = lists.iter().filter(|(kind, not, _)| *kind != "topic" || *not);
    if let Some((kind, ..)) = named.find(|(_, _, values)| values.iter().any(String::is_empty)) {
        return refuse(format!("an empty {kind}"));
    }
    match values().find(|value| value.len() > MAX_VALUE) {
        Some(long) => refuse(format!("a value of {} bytes; {MAX_VALUE} is the most", long.len())),
        None => Ok(()),
    }
}

/// The family of a topic: the word after prefix and environment.
pub fn category(topic: &str) -> &str {
    topic.split('.').nth(3).unwrap_or_default()
}
