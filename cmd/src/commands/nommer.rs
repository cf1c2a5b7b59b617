//! `fedhub nommer`.

use std::path::PathBuf;

use fedhub::config::{Addresses, Config, Consumer};
use fedhub::{Error, Kind};
use fedhub_daemon::roles::hub::Begin;

use super::hub::{parse_begin, start};
use crate::app::{App, data_dir};
use crate::archive::ArchiveArgs;
use crate::cli;

/// Keep every message of the bus in the archive, for good.
///
/// It is a hub with one consumer: messages go from the bus into a journal and from there, many at a
/// time, into the archive. While the archive's database is away they wait in the journal. Only what
/// is stored counts as done, and what comes again is stored once.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The archive is a file of SQLite or a database of PostgreSQL:
  sqlite:/var/lib/fedhub/archive.db
  postgresql://me@db.example.org/archive

A hub can keep an archive too, beside other consumers:
  [consumers.archive]
  type = \"archive\"

Examples:
  fedhub nommer
  fedhub nommer --archive sqlite:archive.db --endpoint tcp://bus.example.org:9940
  fedhub nommer --from -1d       begin with what others still have of the last day")]
pub(crate) struct Args {
    #[command(flatten)]
    archive: ArchiveArgs,
    /// Whom to subscribe to; repeatable. Default: every configured endpoint.
    #[arg(long, value_name = "ENDPOINT", value_parser = cli::endpoint)]
    endpoint: Vec<String>,
    /// The file between bus and archive. Default: archive.journal, else nommer.db in the data directory.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Where to begin: now, last (where it was), or a time such as -1h. Default: hub.from, which holds
    /// only for the first time.
    #[arg(long, value_name = "WHERE", allow_hyphen_values = true, value_parser = parse_begin)]
    from: Option<Begin>,
    /// Where to serve /healthz, /readyz and /metrics. Default: archive.http.
    #[arg(long, value_name = "ADDRESS:PORT")]
    http: Option<String>,
}

/// What its cursor is called.
const CONSUMER: &str = "archive";

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let mut config = app.config()?.clone();
    if !args.endpoint.is_empty() {
        config.relay_outbound = None;
        config.endpoints = [("named".to_owned(), Addresses(args.endpoint))].into();
    }
    let url = args.archive.url(app)?;
    make(&url)?;
    config.archive.url = Some(url);
    // The addresses of a hub are taken if one runs here too.
    config.hub.http = args.http.or(config.archive.http.take());
    (config.hub.monitoring, config.hub.replay) = (None, None);
    config.consumers = [(CONSUMER.to_owned(), Consumer::of_kind("archive"))].into();
    config.archive.journal = args.journal.or(config.archive.journal);
    let journal = journal_path(&config)?;
    start(config, journal, args.from, app)
}

/// The journal's file: nommer's own, or the one in the data directory.
pub(super) fn journal_path(config: &Config) -> fedhub::Result<PathBuf> {
    match &config.archive.journal {
        Some(path) => Ok(path.clone()),
        None => Ok(data_dir()?.join("nommer.db")),
    }
}

/// Makes the archive if it is not there, so that its readers need not wait for the first message. A
/// database that is away now is waited for later.
fn make(url: &str) -> Result<(), Error> {
    match fedhub::store::create(url) {
        Err(error) if matches!(error.kind(), Kind::Unavailable | Kind::TryAgain) => {
            tracing::warn!("the archive is away: {error}");
            Ok(())
        }
        made => made.map(|_| ()),
    }
}
