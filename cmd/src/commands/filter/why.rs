//! `fedhub filter why`: what each clause of a filter says of a message.

use std::io::{Write, stdout};
use std::path::PathBuf;

use fedhub::error::exit;
use fedhub::filter::{Filter, Verdict};
use fedhub::journal::{Limits, Record, Store, Wanted};
use fedhub::{Error, Kind};
use serde_json::json;

use crate::app::App;
use crate::commands::journal::{self, Output};
use crate::filter::FilterArgs;
use crate::output::escape;

/// Say which clause of a filter decided about a message of the journal, and what each clause says.
///
/// Exit 1 if the message does not match.
#[derive(Debug, clap::Args)]
#[command(override_usage = "fedhub filter why [OPTIONS] [FILTER]... <MSG_ID>")]
pub(super) struct Args {
    /// The filter, unless options have all of it, and at the end the msg_id of the message or its number
    /// in the journal.
    #[arg(value_name = "WORD", required = true)]
    words: Vec<String>,
    /// The journal's file. Default: hub.journal, relay.journal or gateway.journal, the first that is set.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    filter: FilterArgs,
}

pub(super) fn run(args: &Args, app: &App) -> anyhow::Result<u8> {
    let (message, words) = args.words.split_last().ok_or_else(nothing_named)?;
    let spec = args.filter.spec(words)?;
    if spec.is_empty() {
        return Err(nothing_named().into());
    }
    let filter = Filter::new(&spec, || app.meta())?;
    let store = Store::open(&journal::path(args.journal.as_deref(), app.config()?)?)?;
    let record = find(&store, message)?;
    let verdicts = filter.explain(&record.message);
    // The first that refuses decides; the others are shown as if they had been asked.
    let refused_by = verdicts.iter().position(|verdict| !verdict.holds);
    if args.output.human() {
        tell(&record, &verdicts, refused_by)?;
    } else {
        print(&record, &verdicts, refused_by)?;
    }
    Ok(if refused_by.is_none() { exit::OK } else { exit::NEGATIVE })
}

fn nothing_named() -> Error {
    Error::new(Kind::Usage, "name a filter, as words or options, and then a message")
        .hint("fedhub filter why 'bodhi.* user=alice' MSG_ID")
}

fn find(store: &Store, name: &str) -> anyhow::Result<Record> {
    let record = match name.parse() {
        Ok(seq) => store.get(seq)?,
        Err(_) => {
            let one = Limits { messages: 1, bytes: usize::MAX };
            let wanted = [Wanted::MsgIds(vec![name.to_owned()])];
            store.select(&wanted, 0, one)?.records.pop()
        }
    };
    record.ok_or_else(|| {
        let what = format!("the journal has no message {}", escape::text(name));
        Error::new(Kind::NoInput, what).hint("fedhub journal ls shows what there is").into()
    })
}

fn tell(record: &Record, verdicts: &[Verdict], refused_by: Option<usize>) -> std::io::Result<()> {
    let mut out = stdout().lock();
    let width = verdicts.iter().map(|verdict| verdict.clause.chars().count()).max().unwrap_or(0);
    for Verdict { clause, holds, found } in verdicts {
        let (answer, clause) = (if *holds { "yes" } else { "no " }, escape::text(clause));
        let found = if found.is_empty() { "none".into() } else { escape::text(&found.join(", ")) };
        writeln!(out, "{answer} {clause:width$}  the message has: {found}")?;
    }
    let id = escape::text(record.identity.msg_id.as_deref().unwrap_or("-"));
    match refused_by.and_then(|index| verdicts.get(index)) {
        None => writeln!(out, "message {} ({id}) matches", record.seq),
        Some(verdict) => {
            let clause = escape::text(&verdict.clause);
            writeln!(out, "message {} ({id}) does not match, because of {clause}", record.seq)
        }
    }
}

fn print(record: &Record, verdicts: &[Verdict], refused_by: Option<usize>) -> std::io::Result<()> {
    let clauses: Vec<_> = verdicts
        .iter()
        .map(|one| json!({"clause": one.clause, "holds": one.holds, "found": one.found}))
        .collect();
    let decided_by = refused_by.and_then(|index| verdicts.get(index)).map(|one| &one.clause);
    let line = json!({
        "seq": record.seq, "msg_id": record.identity.msg_id, "topic": record.message.topic(),
        "matches": refused_by.is_none(), "refused_by": decided_by, "clauses": clauses,
    });
    writeln!(stdout().lock(), "{line}")
}
