//! `fedhub relay`.

use std::path::PathBuf;

use fedhub::config::Addresses;
use fedhub_daemon::roles;
use fedhub_daemon::supervisor::{Options, Supervisor};

use crate::app::App;
use crate::cli;

/// Receive messages from publishers and pass them on to subscribers, byte for byte.
///
/// Malformed input is dropped, counted and logged. Nothing is parsed, unless --sign or
/// a journal asks for it. With a journal a message is sent on when it is on disk, and half a second
/// later at most: a disk that is full or does not answer never silences the bus.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub relay
  fedhub relay --inbound tcp://*:2003 --outbound tcp://*:4001
  fedhub relay --journal bus.db          and give receipts to logger --durable
  fedhub relay --sign          sign what comes in with the key of certnames.signing_relay")]
pub(crate) struct Args {
    /// Where publishers connect; repeatable. Default: relay_inbound.
    #[arg(long, value_name = "ENDPOINT", value_parser = cli::endpoint)]
    inbound: Vec<String>,
    /// Where subscribers connect; repeatable. Default: relay_outbound.
    #[arg(long, value_name = "ENDPOINT", value_parser = cli::endpoint)]
    outbound: Vec<String>,
    /// Sign each message, in place of whoever signed it before.
    #[arg(long)]
    sign: bool,
    /// Keep what is published in this file. Default: relay.journal.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Where publishers ask for receipts, if there is a journal; repeatable. Default: relay.receipts.
    #[arg(long, value_name = "ENDPOINT", value_parser = cli::endpoint)]
    receipts: Vec<String>,
    /// Take what publishers have left in this directory. Default: relay.spool.
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,
    /// Where to answer requests for messages of the journal. Default: relay.replay.
    #[arg(long, value_name = "ENDPOINT", value_parser = cli::endpoint)]
    replay: Option<String>,
    /// Where to serve /healthz, /readyz and /metrics. Default: relay.http.
    #[arg(long, value_name = "ADDRESS:PORT")]
    http: Option<String>,
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let mut config = app.config()?.clone();
    if !args.inbound.is_empty() {
        config.relay_inbound = Addresses(args.inbound);
    }
    if !args.outbound.is_empty() {
        config.relay_outbound = Some(Addresses(args.outbound));
    }
    config.relay.sign |= args.sign;
    if !args.receipts.is_empty() {
        config.relay.receipts = Addresses(args.receipts);
    }
    config.relay.journal = args.journal.or(config.relay.journal);
    config.relay.spool = args.spool.or(config.relay.spool);
    config.relay.replay = args.replay.or(config.relay.replay);
    config.relay.http = args.http.or(config.relay.http);
    let supervisor = Supervisor::new()?;
    let tasks = (roles::RELAY.build)(&config)?;
    let options = Options::new(&config, [&config.relay.http], [&config.relay.monitoring]);
    Ok(supervisor.run(tasks, &options)?)
}
