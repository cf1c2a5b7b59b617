//! `fedhub archive`: look after the archive.

mod check;
mod holes;
mod info;
mod report;
mod signatures;

use std::time::Duration;

use crate::app::App;
use crate::archive::ArchiveArgs;

/// Look after the archive: what it has, and whether all is well with it.
///
/// It may be written to at the same time.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub archive info
  fedhub archive check
  fedhub archive check --since -7d --sample 1000
  fedhub archive check -o ndjson | jq 'select(.check == \"holes\")'")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    archive: ArchiveArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Check(Box<check::Args>),
    Info(info::Args),
}

/// How long one question may take: some look at all messages.
const PATIENCE: Duration = Duration::from_secs(3600);

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let mut store = args.archive.open(app)?;
    store.limit_time(Some(PATIENCE))?;
    match args.command {
        Command::Check(args) => check::run(*args, &mut *store, app),
        Command::Info(args) => info::run(&args, &mut *store),
    }
}
