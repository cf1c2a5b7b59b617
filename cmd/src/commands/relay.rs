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
  fedhub relay --sign          sign what comes in with the key of certnames.signing_relay
  fedhub relay --journal bus.db --http 127.0.0.1:9921 --publish-tokens publish.tokens
  curl -H \"Authorization: Bearer $TOKEN\" -d '{\"topic\": \"wiki.edit\", \"msg\": {}}' 127.0.0.1:9921/publish

Publishing by HTTP:
  With --publish-tokens, POST /publish on the port of --http takes {\"topic\": ..., \"msg\": ...}, or a
  whole message with its own msg_id, which stays as it is. The answer is JSON:
    200  the message is on the relay's disk: msg_id, seq, stream, topic
    400  it is no message            401  no token that is known
    408  it did not arrive in 10 s   413  more than relay.publish_size bytes
    429  more than relay.publish_rate requests in a second
    503  it is not on the disk, for want of a journal or of room; send it again
  What is not 200 has error and hint. A token travels as it is: from other hosts, put a proxy with TLS
  in front. Under systemd a credential named publish-tokens does what the option does.")]
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
    /// Let those who have a token in this file POST /publish. Default: relay.publish_tokens.
    #[arg(long, value_name = "FILE")]
    publish_tokens: Option<PathBuf>,
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
    let tokens = args.publish_tokens.or(config.relay.publish_tokens).or_else(credential);
    config.relay.publish_tokens = tokens;
    config.relay.http = args.http.or(config.relay.http);
    let supervisor = Supervisor::new()?;
    let tasks = (roles::RELAY.build)(&config)?;
    let options = Options::new(&config, [&config.relay.http], [&config.relay.monitoring]);
    Ok(supervisor.run(tasks, &options)?)
}

/// The file of tokens that the service manager hands over.
fn credential() -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os("CREDENTIALS_DIRECTORY")?).join("publish-tokens");
    path.is_file().then_some(path)
}
