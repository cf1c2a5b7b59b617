//! What is shown of the messages that come in, and what is only counted.

use std::collections::HashMap;
use std::fmt;
use std::io::Write;
use std::sync::Arc;

use fedhub::bus::{Batch, Tally};
use fedhub::canonical::{Object, Value, to_vec};
use fedhub::crypto::{Reason, Verdict, Verifier};
use fedhub::filter::{Filter, variables};
use fedhub::jq::{Limits, Program};
use fedhub::message::Message;
use fedhub::meta::{Meta, Subject};
use regex::Regex;

use crate::app::now;
use crate::output::escape;
use crate::output::format::Printer;

/// How many refusals of one kind are logged in full.
const LOGGED: u64 = 3;

/// What part of a message is printed.
pub(crate) enum Style {
    /// All of it, in the printer's format.
    Whole,
    /// Indented, without credentials.
    Pretty,
    /// The value at a dotted path.
    Query(String),
    /// What it is about, in a line.
    Terse(Arc<Meta>),
    /// The values of an expression; as JSON, or texts as they are.
    Jq { program: Program, json: bool },
}

/// How many messages there were.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) seen: u64,
    pub(crate) shown: u64,
    pub(crate) invalid: u64,
    pub(crate) malformed: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seen, shown, invalid, malformed } = self;
        write!(f, "seen {seen}, shown {shown}, invalid {invalid}, malformed {malformed}")
    }
}

/// Selects, verifies and prints messages.
pub(crate) struct Viewer {
    printer: Printer,
    style: Style,
    /// Whether bodies are printed without looking into them.
    raw: bool,
    verifier: Option<Verifier>,
    filter: Filter,
    pub(crate) include: Option<Regex>,
    pub(crate) exclude: Option<Regex>,
    pub(crate) counts: Counts,
    refusals: HashMap<Reason, u64>,
    tally: Tally,
}

impl Viewer {
    pub(crate) fn new(printer: Printer, style: Style, raw: bool, filter: Filter) -> Self {
        Self {
            printer,
            style,
            raw,
            verifier: None,
            filter,
            include: None,
            exclude: None,
            counts: Counts::default(),
            refusals: HashMap::new(),
            tally: Tally::new("messages not shown"),
        }
    }

    /// Shows only what this verifier finds valid.
    pub(crate) fn verified_by(self, verifier: Option<Verifier>) -> Self {
        Self { verifier, ..self }
    }

    /// Shows a batch, up to `limit` messages in all; says whether the limit is reached.
    pub(crate) fn show(
        &mut self,
        batch: Batch,
        limit: Option<u64>,
        out: &mut impl Write,
    ) -> anyhow::Result<bool> {
        for malformed in batch.malformed {
            self.counts.seen += 1;
            self.counts.malformed += 1;
            self.tally.add(malformed.name());
        }
        for message in batch.messages {
            self.counts.seen += 1;
            self.show_one(&message, out)?;
            if limit.is_some_and(|limit| self.counts.shown >= limit) {
                return Ok(true);
            }
        }
        self.tally.report();
        Ok(false)
    }

    fn show_one(&mut self, message: &Message, out: &mut impl Write) -> anyhow::Result<()> {
        if !self.selected(message.topic()) {
            return Ok(());
        }
        let parsed = !self.raw || self.verifier.is_some();
        if parsed && message.envelope().is_none() {
            self.counts.malformed += 1;
            self.tally.add("not-a-json-object");
            return Ok(());
        }
        if let Some(verifier) = &mut self.verifier {
            let verdict = verifier.verify(message, now());
            if !verdict.valid() {
                self.refuse(message, &verdict);
                return Ok(());
            }
        }
        if !self.filter.decide(message).matches {
            return Ok(());
        }
        self.print(message, self.verifier.is_some(), out)
    }

    /// Prints a message, of which is known whether its signature was found valid.
    pub(crate) fn print(
        &mut self,
        message: &Message,
        checked: bool,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let shown = match &self.style {
            Style::Whole => self.printer.print(message, checked, out),
            Style::Pretty => {
                let envelope = message.envelope().map(without_credentials).unwrap_or_default();
                self.printer.print_value(&Value::Object(envelope), out).map(|()| true)
            }
            Style::Query(path) => match message.value().ok().and_then(|body| body.at(path)) {
                Some(value) => print_plainly(value, out).map(|()| true),
                None => Ok(false),
            },
            Style::Terse(meta) => {
                let body = message.value().unwrap_or(&Value::Null);
                let subject = Subject::with_topic(body, message.topic());
                let facts = meta.facts(&subject, self.printer.wanted());
                self.printer.print_terse(message, &facts, out).map(|()| true)
            }
            Style::Jq { program, json } => {
                let (printed, failed) = project(message, program, *json, out)?;
                self.counts.shown += u64::from(printed);
                if failed {
                    self.tally.add("expression-failed");
                }
                return Ok(());
            }
        };
        if shown? {
            self.counts.shown += 1;
        } else {
            self.tally.add("without-what-was-asked-for");
        }
        Ok(())
    }

    /// Whether a message with this topic may be shown.
    pub(crate) fn selected(&self, topic: &str) -> bool {
        self.filter.admits_topic(topic)
            && self.include.as_ref().is_none_or(|include| include.is_match(topic))
            && !self.exclude.as_ref().is_some_and(|exclude| exclude.is_match(topic))
    }

    /// What messages have to match beside their topic.
    pub(crate) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Counts a message that is not valid, and names the first few of each kind.
    fn refuse(&mut self, message: &Message, verdict: &Verdict) {
        self.counts.invalid += 1;
        let name = verdict.reason.name();
        let refusals = self.refusals.entry(verdict.reason).or_default();
        *refusals += 1;
        if *refusals > LOGGED {
            self.tally.add(name);
            return;
        }
        let or = |text: Option<&str>, without: &str| escape::text(text.unwrap_or(without));
        tracing::warn!(
            "invalid message: {name}: topic {}, {}, signer {}: {}",
            escape::text(message.topic()),
            or(message.msg_id(), "without msg_id"),
            or(verdict.signer.as_deref(), "unknown"),
            or(verdict.detail.as_deref(), "-")
        );
    }
}

fn without_credentials(envelope: &Object) -> Object {
    let mut envelope = envelope.clone();
    envelope.remove("signature");
    envelope.remove("certificate");
    envelope
}

/// Prints the values of an expression, a line each; says whether there were any, and whether it failed.
fn project(
    message: &Message,
    program: &Program,
    json: bool,
    out: &mut impl Write,
) -> anyhow::Result<(bool, bool)> {
    let Ok(body) = message.value() else { return Ok((false, true)) };
    let subject = Subject::with_topic(body, message.topic());
    let outcome = program.run(subject.input.clone(), variables(&subject), &Limits::default());
    for value in &outcome.values {
        let value = Value::from(value);
        if json {
            out.write_all(&to_vec(&value))?;
            writeln!(out)?;
        } else {
            print_plainly(&value, out)?;
        }
    }
    Ok((!outcome.values.is_empty(), outcome.failure.is_some()))
}

/// Text as it is, anything else as JSON, on one line.
fn print_plainly(value: &Value, out: &mut impl Write) -> anyhow::Result<()> {
    let text = match value {
        Value::Str(text) => escape::text(&text.to_string_lossy()),
        other => String::from_utf8_lossy(&to_vec(other)).into_owned(),
    };
    Ok(writeln!(out, "{text}")?)
}
