//! `fedhub serve`.

use fedhub_daemon::roles::serve;
use fedhub_daemon::supervisor::{Options, Supervisor};

use crate::app::App;
use crate::archive::ArchiveArgs;

/// Answer questions about the archive over HTTP: as datagrepper does, and more.
///
/// It has datagrepper's pages (/raw, /id, /v2/search, /charts) for its clients, fedhub's own under /v3
/// (cursors, jq, counts, a stream that follows the archive), and a search page for people at /.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
It answers on the socket that a systemd socket unit gives it, else at serve.listen. It only reads, and
asks nobody who they are; put a proxy with TLS in front of it to show it to the world.

Examples:
  fedhub serve
  fedhub serve --listen 127.0.0.1:8080 --archive sqlite:/var/lib/fedhub/archive.db
  curl '127.0.0.1:9950/raw?category=bodhi&delta=86400'
  curl '127.0.0.1:9950/v3/messages?topic=*.git.*&where=.msg.commit.branch==\"rawhide\"'
  curl -N '127.0.0.1:9950/v3/stream?user=alice'")]
pub(crate) struct Args {
    /// Where to answer; port 0 lets the system choose. Default: serve.listen.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    #[command(flatten)]
    archive: ArchiveArgs,
    /// Where to serve /healthz, /readyz and /metrics. Default: serve.http.
    #[arg(long, value_name = "ADDRESS:PORT")]
    http: Option<String>,
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let mut config = app.config()?.clone();
    config.serve.listen = args.listen.unwrap_or(config.serve.listen);
    config.serve.http = args.http.or(config.serve.http);
    let url = args.archive.url(app)?;
    config.archive.url = Some(url.clone());
    let rules = app.meta()?;
    let supervisor = Supervisor::new()?;
    let tasks = serve::build(&config, &url, rules)?;
    let options = Options::new(&config, [&config.serve.http], []);
    Ok(supervisor.run(tasks, &options)?)
}
