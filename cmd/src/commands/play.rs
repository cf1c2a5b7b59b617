//! `fedhub play`: send a recording.

use std::path::PathBuf;

use fedhub::recording::Reader;
use fedhub::replay::{Clock, Pace};

use super::journal::Output;
use super::replay::sending::{Sender, To};
use crate::app::App;
use crate::filter::FilterArgs;
use crate::output::progress;

/// Send the messages of a recording, as they were: byte for byte, signatures included.
///
/// The whole file is read before anything is sent: when a line is no message, it is named and the exit
/// code is 65. Only an unfinished last line, which a recorder that was killed may leave, is left out.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub play morning.rec
  fedhub play morning.rec 'git.*' user=alice
  fedhub play morning.rec --pace x60 --to tcp://127.0.0.1:2003")]
pub(crate) struct Args {
    /// The recording.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Send only what matches these words.
    #[arg(value_name = "FILTER", add = crate::complete::topics())]
    words: Vec<String>,
    #[command(flatten)]
    to: To,
    /// How fast: orig, xN (N times as fast as they came) or N/s.
    #[arg(long, value_name = "PACE", default_value_t = Pace::Original(1.0))]
    pace: Pace,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    filter: FilterArgs,
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let config = app.config()?;
    let filter = args.filter.build(&args.words, app)?;
    let (mut count, mut wanted) = (0, 0);
    for recorded in Reader::open(&args.file)? {
        wanted += u64::from(filter.decide(&recorded?.message).matches);
        count += 1;
    }
    let mut sender = Sender::open(&args.to, config, progress::messages(wanted))?;
    let mut clock = Clock::start(args.pace);
    let mut send = || -> anyhow::Result<()> {
        // What was added meanwhile has not been looked at.
        for recorded in Reader::open(&args.file)?.take(count) {
            let recorded = recorded?;
            if !filter.decide(&recorded.message).matches {
                continue;
            }
            sender.send(clock.due(Some(recorded.received)), recorded.message)?;
        }
        Ok(())
    };
    let outcome = send();
    sender.finish(outcome, &args.output)
}
