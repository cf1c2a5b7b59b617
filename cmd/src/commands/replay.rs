//! `fedhub replay`: send messages of a journal again.

mod selection;
pub(super) mod sending;
mod source;

use std::path::PathBuf;

use fedhub::error::exit;
use fedhub::replay::{Clock, Pace};
use fedhub::{Error, Kind};

use super::journal::Output;
use crate::app::App;
use crate::cli;
use crate::output::progress;
use selection::{Selected, What};
use sending::{Sender, To};
use source::Source;

/// Send messages of a journal again, as they were: byte for byte, signatures included.
///
/// Without --yes nothing is sent, and a summary is printed of what would be: how many messages, from
/// when to when, their topics. What was found invalid when it came is never sent again. The exit code
/// is 1 when nothing matches, 66 when a message that is named is not there, and 75 when the other side
/// does not take what is sent; the last line says how many were.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub replay --since -1h --topic org.fedoraproject.*.git. --dry-run
  fedhub replay --since -1h --topic org.fedoraproject.*.git. --yes --pace x10
  fedhub replay 2026-0b2e4f61-9d5c-4b8e-a9a4-1d9e5f6a7c33 --yes
  fedhub replay 4711..4720 --from-endpoint tcp://bus.example.org:9911 --yes --durable")]
pub(crate) struct Args {
    /// The journal's file. Default: hub.journal, relay.journal or gateway.journal, the first that is set.
    #[arg(long, value_name = "FILE", conflicts_with = "from_endpoint")]
    journal: Option<PathBuf>,
    /// Ask this replay endpoint instead of a file.
    #[arg(long, value_name = "ENDPOINT", value_parser = cli::endpoint)]
    from_endpoint: Option<String>,
    #[command(flatten)]
    to: To,
    /// How fast: orig, xN (N times as fast as they came) or N/s.
    #[arg(long, value_name = "PACE", default_value_t = Pace::Rate(100.0))]
    pace: Pace,
    /// Send nothing, print the summary and end with 0.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Send without a summary.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    what: What,
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let config = app.config()?;
    let filter = args.what.filter.build(&[], app)?;
    if args.what.is_empty(&filter) {
        return Err(Error::new(Kind::Usage, "it is not said which messages")
            .hint("name an ID, --since, --until or a filter")
            .into());
    }
    let mut source = match &args.from_endpoint {
        Some(endpoint) => Source::endpoint(endpoint, config)?,
        None => Source::journal(&super::journal::path(args.journal.as_deref(), config)?)?,
    };
    let wanted = args.what.wanted();
    // First all of it is looked at, so that it is known what there is before anything is sent.
    let mut summary = Selected::default();
    source.each(&wanted, |found| {
        summary.add(&args.what, filter.decide(&found.message).matches, &found);
        Ok(())
    })?;
    summary.check(&args.what)?;
    if !args.yes {
        summary.print(args.output.human())?;
    }
    if summary.of.messages == 0 {
        return Ok(exit::NEGATIVE);
    }
    if args.dry_run {
        return Ok(exit::OK);
    }
    if !args.yes {
        return Err(Error::new(Kind::Usage, "nothing was sent").hint("--yes sends them").into());
    }
    let mut sender = Sender::open(&args.to, config, progress::messages(summary.of.messages))?;
    let mut clock = Clock::start(args.pace);
    let outcome = source.each(&wanted, |found| {
        // What came in meanwhile, perhaps because it was sent, is not among what was looked at.
        if found.seq <= summary.newest && filter.decide(&found.message).matches {
            sender.send(clock.due(found.time), found.message)?;
        }
        Ok(())
    });
    sender.finish(outcome, &args.output)
}
