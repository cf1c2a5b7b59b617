//! `fedhub reindex`: facts of archived messages anew.

use std::io::{BufWriter, Write, stderr, stdout};

use fedhub::error::exit;
use fedhub::meta::Meta;
use fedhub::store::{Facts, Order, Position, Query, Store};
use fedhub::{Error, Kind};
use serde_json::{Value, json};

use super::journal::Output;
use crate::app::App;
use crate::archive::ArchiveArgs;
use crate::output::{escape, progress};
use crate::when::When;

/// Find out anew what archived messages are about, after rules or accounts have changed.
///
/// nommer keeps with each message whom and what it is about, as the rules say when it comes. This asks
/// the rules again for messages that are there, and corrects users, packages, agents, categories and all
/// counters. It may run while nommer writes and serve answers: a few messages are changed at a time. Start
/// nommer anew first, so that it has the new rules too. When it is interrupted, the next call with the
/// same rules goes on where it was.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub reindex --dry-run --since -7d     what would change
  fedhub reindex
  fedhub reindex --since 2026-01-31T00:00:00Z")]
pub(crate) struct Args {
    /// Only messages published at this time or later, and what came into the archive after the first of
    /// them.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<When>,
    /// Change nothing; print what would change, a line for each message.
    #[arg(long)]
    dry_run: bool,
    /// Begin anew, also where an earlier call was interrupted.
    #[arg(long)]
    restart: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    archive: ArchiveArgs,
}

/// The name under which the archive keeps how far this came.
const NOTE: &str = "reindex";
/// How many messages are looked at between two notes.
const BATCH: u32 = 500;

/// How far an earlier call came: with these rules, from behind this number up to that one.
#[derive(Debug, PartialEq, Eq)]
struct Done {
    rules: String,
    from: i64,
    to: i64,
}

impl Done {
    fn read(note: &str) -> Option<Self> {
        let mut words = note.split(' ');
        let done = Self {
            rules: words.next()?.to_owned(),
            from: words.next()?.parse().ok()?,
            to: words.next()?.parse().ok()?,
        };
        words.next().is_none().then_some(done)
    }

    fn write(&self) -> String {
        format!("{} {} {}", self.rules, self.from, self.to)
    }
}

/// How many messages were looked at, and how many have other facts now.
#[derive(Debug, Default)]
struct Outcome {
    messages: u64,
    changed: u64,
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let meta = app.meta()?;
    let mut store = args.archive.open(app)?;
    let newest = store.newest()?;
    let from = match args.since {
        None => 0,
        Some(When(time)) => store.first_since(time)?.map_or(newest, |first| first - 1),
    };
    if args.dry_run {
        let outcome = compare(&mut *store, from, newest, &meta, &args.output)?;
        // If stderr is gone there is nobody to tell.
        let Outcome { messages, changed } = outcome;
        let _ = writeln!(stderr().lock(), "{changed} of {messages} messages would change");
        return Ok(exit::OK);
    }
    let outcome =
        renew(&mut *store, from, newest, &meta, args.restart).map_err(|error| {
            match error.kind() {
                Kind::Unavailable | Kind::TryAgain | Kind::Io => {
                    error.hint("the next fedhub reindex goes on where this one was")
                }
                _ => error,
            }
        })?;
    let Outcome { messages, changed } = outcome;
    let text = if args.output.human() {
        format!("{changed} of {messages} messages changed")
    } else {
        json!({"messages": messages, "changed": changed}).to_string()
    };
    writeln!(stdout().lock(), "{text}")?;
    Ok(exit::OK)
}

/// Corrects the messages behind a number, up to another one.
fn renew(
    store: &mut dyn Store,
    from: i64,
    newest: i64,
    meta: &Meta,
    restart: bool,
) -> Result<Outcome, Error> {
    let mut done = Done { rules: meta.digest(), from, to: from };
    let before = store.note(NOTE)?.and_then(|note| Done::read(&note)).filter(|_| !restart);
    let before = before.filter(|before| before.rules == done.rules);
    if let Some(before) = before.filter(|before| (before.from..=before.to).contains(&from)) {
        if before.to > from {
            tracing::info!("going on behind message {}, where it was interrupted", before.to);
        }
        done = before;
    }
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    let bar = progress::messages(count(newest - done.to));
    let begin = done.to;
    let mut outcome = Outcome::default();
    while done.to < newest {
        let step = store.reindex(done.to, BATCH, &mut |message| Facts::of(message, meta))?;
        if step.messages == 0 {
            break;
        }
        done.to = step.last;
        outcome.messages += step.messages;
        outcome.changed += step.changed;
        store.set_note(NOTE, &done.write())?;
        bar.set_position(count(done.to - begin));
    }
    bar.finish_and_clear();
    // The next call looks at everything again.
    store.set_note(NOTE, "")?;
    Ok(outcome)
}

/// Prints what would change.
fn compare(
    store: &mut dyn Store,
    from: i64,
    newest: i64,
    meta: &Meta,
    output: &Output,
) -> anyhow::Result<Outcome> {
    let mut out = BufWriter::new(stdout().lock());
    let mut outcome = Outcome::default();
    let mut after = Position { time: 0, id: from };
    while after.id < newest {
        let page = store.query(&Query::default(), Order::Arrival, Some(after), 0, BATCH)?;
        let Some(last) = page.last() else { break };
        after = last.position();
        for one in &page {
            outcome.messages += 1;
            let now = Facts::of(&one.message, meta);
            if now == one.facts {
                continue;
            }
            outcome.changed += 1;
            let line = if output.human() {
                for_people(&one.msg_id, &one.topic, &one.facts, &now)
            } else {
                let line = json!({
                    "msg_id": one.msg_id, "topic": one.topic,
                    "before": facts(&one.facts), "after": facts(&now),
                });
                escape::json(&line.to_string())
            };
            writeln!(out, "{line}")?;
        }
        out.flush()?;
    }
    Ok(outcome)
}

fn facts(facts: &Facts) -> Value {
    json!({
        "category": facts.category, "agent": facts.agent,
        "users": facts.users, "packages": facts.packages,
    })
}

fn for_people(msg_id: &str, topic: &str, before: &Facts, after: &Facts) -> String {
    let mut line = format!("{} {}", escape::text(msg_id), escape::text(topic));
    let (before, after) = (facts(before), facts(after));
    for name in ["category", "agent", "users", "packages"] {
        if before[name] != after[name] {
            let change = format!("; {name} {} -> {}", before[name], after[name]);
            line += &escape::text(&change);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_as_they_are_written() {
        let done = Done { rules: "ab12".into(), from: 3, to: 500 };
        assert_eq!(Done::read(&done.write()), Some(done));
        for wrong in ["", "ab12", "ab12 1", "ab12 1 x", "ab12 1 2 3"] {
            assert_eq!(Done::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_what_changes_is_shown() {
        let before = Facts { category: "git".into(), ..Facts::default() };
        let after = Facts { users: vec!["al\x1bice".into()], ..before.clone() };
        let line = for_people("1", "a.b", &before, &after);
        assert_eq!(line, r#"1 a.b; users [] -> ["al\u001bice"]"#);
    }
}
