//! A message as clauses look at it: what is costly is found out once, when the first one asks.

use std::cell::{Cell, OnceCell};
use std::time::{Duration, Instant};

use super::Reason;
use crate::jq::{Failure, Input, Limits, Outcome, Program};
use crate::message::Message;
use crate::meta::{self, Meta, Wanted};

/// What all expressions of a filter may take for one message.
const TIME: Duration = Duration::from_millis(100);
/// Bytes of the values of one expression, those in between included.
const OUTPUT: usize = 16 * 1024 * 1024;
/// Values of one expression that are looked at.
const VALUES: usize = 1000;

pub(super) struct Subject<'a> {
    message: &'a Message,
    meta: Option<&'a Meta>,
    names: OnceCell<Names>,
    /// Nothing if the message is not JSON.
    parsed: OnceCell<Option<meta::Subject>>,
    /// What is left of [`TIME`].
    left: Cell<Duration>,
}

#[derive(Default)]
struct Names {
    users: Vec<String>,
    packages: Vec<String>,
    /// Whether these need not be all.
    stopped: bool,
}

impl<'a> Subject<'a> {
    /// Without rules nobody has to do with anything.
    pub(super) fn new(message: &'a Message, meta: Option<&'a Meta>) -> Self {
        let (names, parsed) = (OnceCell::new(), OnceCell::new());
        Self { message, meta, names, parsed, left: Cell::new(TIME) }
    }

    pub(super) fn topic(&self) -> &str {
        self.message.topic()
    }

    pub(super) fn users(&self) -> &[String] {
        &self.names().users
    }

    pub(super) fn packages(&self) -> &[String] {
        &self.names().packages
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| {
            let Some((meta, subject)) = self.meta.zip(self.parsed()) else {
                return Names::default();
            };
            let facts = meta.facts(subject, Wanted::Names);
            let text = |names: &[meta::Name]| names.iter().map(ToString::to_string).collect();
            let (users, packages) = (text(&facts.users), text(&facts.packages));
            Names { users, packages, stopped: facts.stopped }
        })
    }

    /// Whether users and packages are not known, because the rule took too much for this message.
    pub(super) fn has_unknown_names(&self) -> bool {
        self.names().stopped
    }

    fn parsed(&self) -> Option<&meta::Subject> {
        let parse = || {
            let body = self.message.value().ok()?;
            Some(meta::Subject::with_topic(body, self.message.topic()))
        };
        self.parsed.get_or_init(parse).as_ref()
    }

    /// Whether one of the values of an expression is true.
    pub(super) fn evaluate(&self, program: &Program) -> Result<bool, (Reason, String)> {
        let Some(outcome) = self.run(program) else {
            return Err((Reason::NotJson, "the message is not JSON".into()));
        };
        if outcome.values.iter().any(Input::is_true) {
            return Ok(true);
        }
        match outcome.failure {
            None => Ok(false),
            Some(failure) => {
                let reason = match failure {
                    Failure::Time => Reason::TooSlow,
                    Failure::Output | Failure::Depth => Reason::TooLarge,
                    Failure::Error(_) | Failure::Bug => Reason::Failed,
                };
                Err((reason, failure.to_string()))
            }
        }
    }

    /// What an expression gives, for people.
    pub(super) fn shown(&self, program: &Program) -> String {
        const SHOWN: usize = 5;
        let Some(outcome) = self.run(program) else { return "the message is not JSON".into() };
        let mut parts: Vec<_> = outcome.values.iter().take(SHOWN).map(Input::to_string).collect();
        if outcome.values.len() > SHOWN {
            parts.push("…".into());
        }
        parts.extend(outcome.failure.map(|failure| failure.to_string()));
        if parts.is_empty() { "nothing".into() } else { parts.join(", ") }
    }

    fn run(&self, program: &Program) -> Option<Outcome> {
        let subject = self.parsed()?;
        let variables = super::variables(subject);
        let limits = Limits { time: self.left.get(), output: OUTPUT, values: VALUES };
        let begin = Instant::now();
        let outcome = program.run(subject.input.clone(), variables, &limits);
        self.left.set(self.left.get().saturating_sub(begin.elapsed()));
        Some(outcome)
    }
}
