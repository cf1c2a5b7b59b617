//! `fedhub hub`.

use std::path::PathBuf;

use fedhub::Result;
use fedhub::config::{Addresses, Config};
use fedhub_daemon::roles::hub::{self, Begin, Options};
use fedhub_daemon::supervisor::{self, Supervisor};

use crate::app::{App, archive_url, data_dir};
use crate::cli;
use crate::progress::CatchingUp;
use crate::when::When;

/// Keep every message of the bus in a journal, and hand each to the consumers of the settings.
///
/// Each consumer has a cursor of its own and gets every message, in order, also after a crash: one
/// that is slow or away does not delay the others, and a message it cannot deal with goes to
/// quarantine. Messages without a valid signature are kept and counted, and go to nobody.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
A consumer, in the settings:
  [consumers.mirror]
  type = \"exec\"                              one line of JSON in, one line `ok` out, each message
  command = [\"/usr/local/bin/mirror\"]
  filter = \"git.* package=kernel\"

A program that runs all the time answers each line, in order: `ok`, or `error WHY` to refuse the
message, or `{\"ok\": false, \"error\": \"WHY\"}`. With each = true it is run for each message instead, with
the message on its standard input: exit code 0 is done, 75 try again later, any other a refusal.

Settings of a consumer:
  type                  exec, webhook, relay, archive, colorizer or stuffer
  topics                patterns; without them it gets everything
  filter                which messages beside that, one filter or a list of them put together; what it
                        leaves out moves the cursor all the same; fedhub filter --help has the syntax
  command, each         exec: program and arguments; whether it is run for each message
  url, secret_file      webhook: where to POST; the file with whsec_… that signs, one or more lines
  url                   archive: where it is, if not at archive.url
  endpoint, durable     relay: where to send to; whether to wait for receipts, at the relay's receipts
  endpoint, rate        colorizer: the relay to send to, if not relay_inbound; messages a second [10]
  endpoint              stuffer: where memcached is, HOST:PORT, if not at busmon.memcached
  timeout               seconds a message may take [30]
  attempts              how often a message is tried before quarantine [5]
  retry, retry_max      seconds before the second attempt, doubled up to [0.5, 60]

Examples:
  fedhub hub
  fedhub hub --endpoint tcp://bus.example.org:9940 --journal hub.db
  fedhub hub --from -1h        begin with what was published in the last hour
  fedhub quarantine ls         what consumers could not deal with")]
pub(crate) struct Args {
    /// Whom to subscribe to; repeatable. Default: every configured endpoint.
    #[arg(long, value_name = "ENDPOINT", value_parser = cli::endpoint)]
    endpoint: Vec<String>,
    /// The file between bus and consumers. Default: hub.journal, else hub.db in the data directory.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Where all consumers begin: now, last (where each was), or a time such as -1h. Default:
    /// hub.from, which holds only for consumers that have never run.
    #[arg(long, value_name = "WHERE", allow_hyphen_values = true, value_parser = parse_begin)]
    from: Option<Begin>,
    /// Where to serve /healthz, /readyz and /metrics. Default: hub.http.
    #[arg(long, value_name = "ADDRESS:PORT")]
    http: Option<String>,
}

/// Reads where to begin.
pub(super) fn parse_begin(text: &str) -> Result<Begin, String> {
    match text {
        "now" => Ok(Begin::Now),
        "last" => Ok(Begin::Last),
        time => time
            .parse()
            .map(|When(micros)| Begin::At(micros))
            .map_err(|error| format!("neither now nor last nor a time: {error}")),
    }
}

/// Where a consumer that has never run begins.
pub(super) fn configured_begin(config: &Config) -> Result<Begin> {
    parse_begin(&config.hub.from).map_err(|why| {
        fedhub::Error::new(fedhub::Kind::Config, format!("hub.from: {why}"))
            .hint("fedhub config explain hub.from")
    })
}

/// The journal's file: the hub's own, or the one in the data directory.
pub(super) fn journal_path(config: &Config) -> Result<PathBuf> {
    match &config.hub.journal {
        Some(path) => Ok(path.clone()),
        None => Ok(data_dir()?.join("hub.db")),
    }
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let mut config = app.config()?.clone();
    if !args.endpoint.is_empty() {
        config.relay_outbound = None;
        config.endpoints = [("named".to_owned(), Addresses(args.endpoint))].into();
    }
    config.hub.journal = args.journal.or(config.hub.journal);
    config.hub.http = args.http.or(config.hub.http);
    if config.consumers.values().any(|consumer| consumer.kind == "archive") {
        config.archive.url = Some(archive_url(&config)?);
    }
    let journal = journal_path(&config)?;
    start(config, journal, args.from, app)
}

/// Runs a hub with these settings.
pub(super) fn start(
    config: Config,
    journal: PathBuf,
    begin: Option<Begin>,
    app: &App,
) -> anyhow::Result<u8> {
    let configured = configured_begin(&config)?;
    if let Some(dir) = journal.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        std::fs::create_dir_all(dir)
            .map_err(|error| fedhub::Error::io(format!("cannot make {}", dir.display()), error))?;
    }
    let verifier = config.validate_signatures.then(|| app.verifier(&config, None)).transpose()?;
    let running = supervisor::Options::new(&config, [&config.hub.http], [&config.hub.monitoring]);
    let supervisor = Supervisor::new()?;
    let progress = Box::new(CatchingUp::new());
    let options = Options { journal, verifier, begin, configured, progress };
    let tasks = hub::build(&config, options)?;
    Ok(supervisor.run(tasks, &running)?)
}
