//! `fedhub filter test`: how many messages of the journal a filter would have matched.

use std::collections::VecDeque;
use std::io::{Write, stdout};
use std::path::PathBuf;

use fedhub::error::exit;
use fedhub::filter::Filter;
use fedhub::journal::{Record, Store, UNCHECKED};
use fedhub::meta::{Subject, Wanted};
use serde_json::{Map, json};

use crate::app::App;
use crate::commands::journal::{self, Output};
use crate::filter::FilterArgs;
use crate::output::escape;
use crate::when::{When, show};

/// Count the messages of the journal that a filter matches, and show the newest of them.
///
/// Exit 1 if none matches.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The filter; several arguments are put together.
    #[arg(value_name = "FILTER", add = crate::complete::topics())]
    words: Vec<String>,
    /// Only what arrived at this time or later: RFC 3339, unix seconds, or an age such as -7d.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<When>,
    /// Only what arrived before this time.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<When>,
    /// How many of the messages that match are shown.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(..=1000))]
    samples: u16,
    /// The journal's file. Default: hub.journal, relay.journal or gateway.journal, the first that is set.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    filter: FilterArgs,
}

/// What was found.
#[derive(Default)]
struct Found {
    messages: u64,
    matches: u64,
    newest: VecDeque<Record>,
}

pub(super) fn run(args: &Args, app: &App) -> anyhow::Result<u8> {
    // A wrong filter is named also where there is no journal.
    let filter = args.filter.build(&args.words, app)?;
    let store = Store::open(&journal::path(args.journal.as_deref(), app.config()?)?)?;
    let found = look(args, &store, &filter)?;
    if args.output.human() {
        found.tell(&filter, app)?
    } else {
        found.print(&filter, app)?
    }
    Ok(if found.matches > 0 { exit::OK } else { exit::NEGATIVE })
}

fn look(args: &Args, store: &Store, filter: &Filter) -> anyhow::Result<Found> {
    let span = journal::span(args.since, args.until);
    let (mut found, mut after) = (Found::default(), 0);
    loop {
        let batch = store.read(after, span)?;
        let Some(last) = batch.last() else { return Ok(found) };
        after = last.seq;
        for record in batch {
            // What was found bad goes to nobody.
            if record.verdict != "valid" && record.verdict != UNCHECKED {
                continue;
            }
            found.messages += 1;
            if !filter.decide(&record.message).matches {
                continue;
            }
            found.matches += 1;
            found.newest.push_back(record);
            if found.newest.len() > usize::from(args.samples) {
                found.newest.pop_front();
            }
        }
    }
}

impl Found {
    fn tell(&self, filter: &Filter, app: &App) -> anyhow::Result<()> {
        let mut out = stdout().lock();
        writeln!(out, "{} of {} messages match", self.matches, self.messages)?;
        for record in &self.newest {
            let (seq, time) = (record.seq, show(record.received));
            let topic = escape::text(record.message.topic());
            let summary = escape::text(&summary(record, app)?);
            writeln!(out, "{seq:>8} {time} {topic} {summary}")?;
        }
        for (reason, count) in filter.failures().filter(|(_, count)| *count > 0) {
            writeln!(out, "{count} times an expression gave no answer: {}", reason.name())?;
        }
        Ok(())
    }

    fn print(&self, filter: &Filter, app: &App) -> anyhow::Result<()> {
        let mut samples = Vec::new();
        for record in &self.newest {
            samples.push(json!({
                "seq": record.seq,
                "received": show(record.received),
                "msg_id": record.identity.msg_id,
                "topic": record.message.topic(),
                "summary": summary(record, app)?,
            }));
        }
        let failures = filter.failures().filter(|(_, count)| *count > 0);
        let failures: Map<_, _> =
            failures.map(|(reason, count)| (reason.name().to_owned(), count.into())).collect();
        let line = json!({
            "messages": self.messages, "matches": self.matches, "samples": samples,
            "failures": failures,
        });
        Ok(writeln!(stdout().lock(), "{line}")?)
    }
}

fn summary(record: &Record, app: &App) -> fedhub::Result<String> {
    let body = record.message.value().ok();
    let subject = body.map(|body| Subject::with_topic(body, record.message.topic()));
    let meta = app.meta()?;
    Ok(subject.map_or_else(String::new, |subject| meta.facts(&subject, Wanted::Line).summary))
}
