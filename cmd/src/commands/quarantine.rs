//! `fedhub quarantine`: what the hub's consumers could not deal with.

use std::io::{BufWriter, IsTerminal, Write, stdout};
use std::path::PathBuf;

use fedhub::error::exit;
use fedhub::journal::{Quarantined, Store};
use fedhub::{Error, Kind};
use serde_json::json;

use crate::app::App;
use crate::output::escape;
use crate::output::format::{Format, Printer};
use crate::when::show;

/// Look at what consumers of the hub could not deal with, and decide what becomes of it.
///
/// A message gets here when its consumer has refused it as often as `attempts` in the consumer's
/// settings says. It stays until it is retried with success or dropped, whatever the journal's
/// retention.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub quarantine ls
  fedhub quarantine show 12
  fedhub quarantine retry 12 13
  fedhub quarantine retry --consumer mirror --all
  fedhub quarantine drop 12")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
    /// The hub's journal. Default: hub.journal, else hub.db in the data directory.
    #[arg(long, global = true, value_name = "FILE")]
    journal: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List messages, the oldest first. Exit 1 if there are none.
    Ls {
        /// Only those of this consumer.
        #[arg(long, value_name = "NAME", add = crate::complete::consumers())]
        consumer: Option<String>,
        /// human or ndjson [default: human on a terminal, else ndjson].
        #[arg(long, short, value_enum, value_name = "FORMAT")]
        output: Option<super::journal::Format>,
    },
    /// Print one message with the reason; as ndjson its body as it came.
    Show {
        /// Its number in the list.
        #[arg(value_name = "ID")]
        id: i64,
        /// human or ndjson [default: human on a terminal, else ndjson].
        #[arg(long, short, value_enum, value_name = "FORMAT")]
        output: Option<super::journal::Format>,
    },
    /// Give messages to their consumers once more; the hub does so within a second, if it runs.
    Retry(Which),
    /// Forget messages for good.
    Drop(Which),
}

/// Which messages.
#[derive(Debug, clap::Args)]
struct Which {
    /// Their numbers in the list.
    #[arg(value_name = "ID", required_unless_present = "all")]
    ids: Vec<i64>,
    /// All of them, or with --consumer all of one consumer.
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// Only those of this consumer.
    #[arg(long, value_name = "NAME", requires = "all", add = crate::complete::consumers())]
    consumer: Option<String>,
}

impl Which {
    fn find(&self, store: &Store) -> anyhow::Result<Vec<i64>> {
        if self.all {
            let mut ids = Vec::new();
            each(store, self.consumer.as_deref(), |message| {
                ids.push(message.id);
                Ok(())
            })?;
            return Ok(ids);
        }
        for id in &self.ids {
            get(store, *id)?;
        }
        Ok(self.ids.clone())
    }
}

/// Shows each quarantined message to `look`, of one consumer or of all.
fn each(
    store: &Store,
    consumer: Option<&str>,
    mut look: impl FnMut(&Quarantined) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut after = 0;
    loop {
        let batch = store.quarantined(consumer, None, after)?;
        let Some(last) = batch.last() else { return Ok(()) };
        after = last.id;
        batch.iter().try_for_each(&mut look)?;
    }
}

fn get(store: &Store, id: i64) -> anyhow::Result<Quarantined> {
    let found = store.quarantine_get(id)?.ok_or_else(|| {
        Error::new(Kind::NoInput, format!("there is no message {id} in quarantine"))
            .hint("fedhub quarantine ls")
    })?;
    Ok(found)
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let path = match args.journal {
        Some(path) => path,
        None => super::hub::journal_path(app.config()?)?,
    };
    let mut store = Store::open(&path)?;
    match args.command {
        Command::Ls { consumer, output } => list(&store, consumer.as_deref(), human(output)),
        Command::Show { id, output } => print(&get(&store, id)?, human(output), app),
        Command::Retry(which) => {
            let ids = which.find(&store)?;
            store.quarantine_retry(&ids)?;
            writeln!(stdout().lock(), "{} messages will be tried again", ids.len())?;
            Ok(if ids.is_empty() { exit::NEGATIVE } else { exit::OK })
        }
        Command::Drop(which) => {
            let ids = which.find(&store)?;
            store.quarantine_drop(&ids)?;
            writeln!(stdout().lock(), "{} messages dropped", ids.len())?;
            Ok(if ids.is_empty() { exit::NEGATIVE } else { exit::OK })
        }
    }
}

fn human(output: Option<super::journal::Format>) -> bool {
    use super::journal::Format;
    output.map_or_else(|| stdout().is_terminal(), |format| format == Format::Human)
}

fn list(store: &Store, consumer: Option<&str>, human: bool) -> anyhow::Result<u8> {
    let mut out = BufWriter::new(stdout().lock());
    let mut listed = false;
    each(store, consumer, |message| {
        listed = true;
        let line = if human { for_people(message) } else { for_programs(message) };
        Ok(writeln!(out, "{line}")?)
    })?;
    out.flush()?;
    Ok(if listed { exit::OK } else { exit::NEGATIVE })
}

fn for_people(message: &Quarantined) -> String {
    format!(
        "{} {} {} {} after {} attempts ({}): {}",
        message.id,
        escape::text(&message.consumer),
        escape::text(message.record.message.topic()),
        escape::text(message.record.identity.msg_id.as_deref().unwrap_or("-")),
        message.attempts,
        message.state.name(),
        escape::text(&message.reason),
    )
}

fn for_programs(message: &Quarantined) -> String {
    json!({
        "id": message.id,
        "consumer": message.consumer,
        "seq": message.record.seq,
        "topic": message.record.message.topic(),
        "msg_id": message.record.identity.msg_id,
        "attempts": message.attempts,
        "state": message.state.name(),
        "reason": message.reason,
        "received": show(message.record.received),
        "since": show(message.since),
        "tried": show(message.tried),
    })
    .to_string()
}

fn print(message: &Quarantined, human: bool, app: &App) -> anyhow::Result<u8> {
    let mut out = stdout().lock();
    let printer = |format| Printer::new(format, stdout().is_terminal(), app.color, None);
    if !human {
        printer(Format::Raw)?.print(&message.record.message, false, &mut out)?;
        return Ok(exit::OK);
    }
    writeln!(out, "{}", for_people(message))?;
    writeln!(out, "first failed {}", show(message.since))?;
    writeln!(out, "last failed {}", show(message.tried))?;
    match message.record.message.value() {
        Ok(value) => printer(Format::Json)?.print_value(value, &mut out)?,
        Err(_) => {
            let text = String::from_utf8_lossy(message.record.message.body());
            writeln!(out, "{}", escape::text(&text))?;
        }
    }
    Ok(exit::OK)
}
