//! `fedhub journal`: look into the journal and look after it.

mod list;

use std::io::{IsTerminal, Write, stdout};
use std::path::{Path, PathBuf};

use fedhub::config::Config;
use fedhub::error::exit;
use fedhub::journal::{self, Retention, Store};
use fedhub::{Error, Kind};

use crate::app::App;
use crate::when::{When, show};
pub(super) use list::span;

/// Look into the journal, where relay and gateway keep what they publish, and the hub what it receives.
///
/// It may be read and changed while they write to it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub journal ls --last 20
  fedhub journal ls --since -1h --topic org.fedoraproject.*.git.
  fedhub journal ls --verdict invalid
  fedhub journal show 4711
  fedhub journal seek mirror -1h
  fedhub journal verify --journal bus.db")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
    /// The journal's file. Default: hub.journal, relay.journal or gateway.journal, the first that is set.
    #[arg(long, global = true, value_name = "FILE")]
    journal: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Ls(Box<list::Ls>),
    Show(list::Show),
    /// List the cursors: how far each consumer has come, how many messages are before it, how many it
    /// has dealt with, and how many retention removed before it came to them.
    Cursors(Cursors),
    Seek(Seek),
    /// Remove now what is older or more than the settings allow.
    ///
    /// Daemons do this by themselves. The numbers of removed messages are not used again.
    Prune(Prune),
    /// Check the file's structure, and each message against its digest; exit 1 if something is wrong.
    Verify,
}

#[derive(Debug, clap::Args)]
struct Cursors {
    #[command(flatten)]
    output: Output,
}

/// Put a cursor somewhere else; its consumer goes on from there.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub journal seek mirror first     everything once more
  fedhub journal seek mirror last      only what comes from now on
  fedhub journal seek mirror 4711      what comes after message 4711
  fedhub journal seek mirror -1h       what arrived in the last hour")]
struct Seek {
    /// The cursor; it is made if it is not there.
    name: String,
    /// first, last, the number of a message, or a time: RFC 3339 or an age such as -1h.
    #[arg(allow_hyphen_values = true, value_parser = parse_position)]
    position: Position,
}

#[derive(Debug, Clone, Copy)]
enum Position {
    First,
    Last,
    After(i64),
    At(When),
}

#[derive(Debug, clap::Args)]
struct Prune {
    /// Remove messages older than so many seconds. Default: journal.max_age.
    #[arg(long, value_name = "SECONDS")]
    max_age: Option<u64>,
    /// Remove the oldest while more bytes are in use. Default: journal.max_size.
    #[arg(long, value_name = "BYTES")]
    max_size: Option<u64>,
}

/// How answers look.
#[derive(Debug, clap::Args)]
pub(super) struct Output {
    /// human or ndjson [default: human on a terminal, else ndjson].
    #[arg(long, short, value_enum, value_name = "FORMAT")]
    output: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// A line for people.
    Human,
    /// A JSON object each.
    Ndjson,
}

impl Output {
    pub(super) fn human(&self) -> bool {
        self.output.map_or_else(|| stdout().is_terminal(), |format| format == Format::Human)
    }
}

fn parse_position(text: &str) -> Result<Position, String> {
    match text {
        "first" => Ok(Position::First),
        "last" => Ok(Position::Last),
        _ => match text.parse() {
            Ok(seq) if seq >= 0 => Ok(Position::After(seq)),
            _ => text.parse().map(Position::At),
        },
    }
}

/// The journal's file: named on the command line, or the first in the settings, from the most
/// complete to the least.
pub(super) fn path(named: Option<&Path>, config: &Config) -> Result<PathBuf, Error> {
    let configured = [&config.hub.journal, &config.relay.journal, &config.gateway.journal];
    let configured = configured.into_iter().flatten().next();
    named.map(Path::to_owned).or_else(|| configured.cloned()).ok_or_else(|| {
        Error::new(Kind::Config, "no journal is named")
            .hint("name its file with --journal, or set hub.journal or relay.journal")
    })
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let config = app.config()?;
    let mut store = Store::open(&path(args.journal.as_deref(), config)?)?;
    match args.command {
        Command::Ls(ls) => ls.run(&store, app),
        Command::Show(one) => one.run(&store, app),
        Command::Cursors(cursors) => cursors.run(&store),
        Command::Seek(seek) => seek.run(&mut store),
        Command::Prune(prune) => prune.run(&mut store, config),
        Command::Verify => verify(&store),
    }
}

impl Cursors {
    fn run(&self, store: &Store) -> anyhow::Result<u8> {
        let mut out = stdout().lock();
        for cursor in store.cursors()? {
            let (name, moved) = (cursor.name, show(cursor.moved));
            let (position, behind) = (cursor.position, cursor.behind);
            let (delivered, lost) = (cursor.delivered, cursor.lost);
            if self.output.human() {
                let name = crate::output::escape::text(&name);
                write!(
                    out,
                    "{name} at {position}, {behind} behind, {delivered} delivered, moved {moved}"
                )?;
                if lost > 0 {
                    write!(out, ", {lost} lost to retention")?;
                }
                writeln!(out)?;
            } else {
                let line = serde_json::json!({
                    "name": name, "position": position, "behind": behind,
                    "delivered": delivered, "lost": lost, "moved": moved,
                });
                writeln!(out, "{line}")?;
            }
        }
        Ok(exit::OK)
    }
}

impl Seek {
    fn run(&self, store: &mut Store) -> anyhow::Result<u8> {
        let position = match self.position {
            Position::First => 0,
            Position::Last => store.newest()?,
            Position::After(seq) if seq > store.newest()? => {
                let newest = store.newest()?;
                let what = format!("the journal ends at message {newest}");
                return Err(Error::new(Kind::NoInput, what)
                    .hint(format!("fedhub journal seek {} last", self.name))
                    .into());
            }
            Position::After(seq) => seq,
            Position::At(When(time)) => store.position_at(time)?,
        };
        if !store.cursors()?.iter().any(|cursor| cursor.name == self.name) {
            tracing::warn!("there was no cursor of this name; now there is");
        }
        store.seek(&self.name, position)?;
        Ok(exit::OK)
    }
}

impl Prune {
    fn run(&self, store: &mut Store, config: &Config) -> anyhow::Result<u8> {
        let max_age = self.max_age.unwrap_or(config.journal.max_age);
        let retention = Retention {
            max_age: std::time::Duration::from_secs(max_age),
            max_size: self.max_size.unwrap_or(config.journal.max_size),
        };
        let mut removed = 0;
        loop {
            match store.prune(retention, journal::now())?.removed {
                0 => break,
                step => removed += step,
            }
        }
        writeln!(stdout().lock(), "{removed} messages removed")?;
        Ok(exit::OK)
    }
}

fn verify(store: &Store) -> anyhow::Result<u8> {
    let findings = store.verify()?;
    let mut out = stdout().lock();
    for problem in &findings.problems {
        writeln!(out, "{}", crate::output::escape::text(problem))?;
    }
    writeln!(out, "{} messages, {} damaged", findings.messages, findings.damaged)?;
    Ok(if findings.problems.is_empty() { exit::OK } else { exit::NEGATIVE })
}
