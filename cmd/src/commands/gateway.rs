//! `fedhub gateway`.

use std::path::PathBuf;

use fedhub::config::Addresses;
use fedhub_daemon::roles;
use fedhub_daemon::supervisor::{Options, Supervisor};

use crate::app::App;
use crate::cli;

/// Subscribe to every publisher and rebroadcast on one port for many outside subscribers.
///
/// A subscriber that stops reading does not delay the others; ZeroMQ drops what it misses.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub gateway
  fedhub gateway --endpoint tcp://bus.example.org:4001 --port 9940")]
pub(crate) struct Args {
    /// Whom to subscribe to; repeatable. Default: every configured endpoint.
    #[arg(long, value_name = "ENDPOINT", value_parser = cli::endpoint)]
    endpoint: Vec<String>,
    /// The port to publish on; 0 lets the system choose. Default: gateway.port.
    #[arg(long)]
    port: Option<u16>,
    /// Keep what is published in this file. Default: gateway.journal.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Where to answer requests for messages of the journal. Default: gateway.replay.
    #[arg(long, value_name = "ENDPOINT", value_parser = cli::endpoint)]
    replay: Option<String>,
    /// Where to serve /healthz, /readyz and /metrics. Default: gateway.http.
    #[arg(long, value_name = "ADDRESS:PORT")]
    http: Option<String>,
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let mut config = app.config()?.clone();
    if !args.endpoint.is_empty() {
        config.relay_outbound = None;
        config.endpoints = [("named".to_owned(), Addresses(args.endpoint))].into();
    }
    if let Some(port) = args.port {
        config.gateway.port = port;
    }
    config.gateway.journal = args.journal.or(config.gateway.journal);
    config.gateway.replay = args.replay.or(config.gateway.replay);
    config.gateway.http = args.http.or(config.gateway.http);
    let supervisor = Supervisor::new()?;
    let tasks = (roles::GATEWAY.build)(&config)?;
    let options = Options::new(&config, [&config.gateway.http], [&config.gateway.monitoring]);
    Ok(supervisor.run(tasks, &options)?)
}
