//! `fedhub spool`: messages that wait while the relay is away.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fedhub::bus::{Receipts, Sent, Settings};
use fedhub::config::Config;
use fedhub::error::exit;
use fedhub::message::Message;
use fedhub::spool::{Spool, received};
use fedhub::{Error, Kind, escape};
use indicatif::ProgressBar;

use super::journal::Output;
use crate::app::App;
use crate::output::progress;
use crate::when::show;

/// How many messages and bytes are read before they are sent.
const CHUNK_MESSAGES: usize = 256;
const CHUNK_BYTES: usize = 8 * 1024 * 1024;

/// Look into a spool, where `fedhub logger --spool` keeps messages while the relay is away, and send
/// what is there.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub spool ls /var/spool/fedhub
  fedhub spool flush /var/spool/fedhub")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the messages, oldest first, and what was set aside.
    Ls {
        #[command(flatten)]
        spool: Dir,
        #[command(flatten)]
        output: Output,
    },
    /// Send the messages in order, and remove each when the relay has it on its disk.
    ///
    /// The exit code is 75 when some are left, and 65 when some can never be sent; these are set aside
    /// as NAME.bad.
    Flush {
        #[command(flatten)]
        spool: Dir,
    },
}

#[derive(Debug, clap::Args)]
struct Dir {
    /// The spool. Default: relay.spool.
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Dir {
    fn open(self, config: &Config) -> Result<Spool, Error> {
        let dir = self.dir.or_else(|| config.relay.spool.clone()).ok_or_else(|| {
            Error::new(Kind::Config, "no spool is named")
                .hint("name its directory, or set relay.spool")
        })?;
        // Looking must not make one.
        if !dir.is_dir() {
            let why = format!("there is no spool directory {}", dir.display());
            return Err(Error::new(Kind::NoInput, why).hint("fedhub config explain relay.spool"));
        }
        Spool::open(&dir)
    }
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let config = app.config()?;
    match args.command {
        Command::Ls { spool, output } => list(&spool.open(config)?, output.human()),
        Command::Flush { spool } => flush(&spool.open(config)?, config),
    }
}

fn list(spool: &Spool, human: bool) -> anyhow::Result<u8> {
    let mut out = stdout().lock();
    for path in spool.list()? {
        let (topic, body) = match spool.look(&path) {
            Ok(message) => message,
            Err(error) if error.kind() == Kind::NoInput => continue,
            Err(error) => {
                tracing::warn!("{}", escape::text(&error.to_string()));
                continue;
            }
        };
        let time = received(&path).map(show);
        let message = Message::new(topic, body);
        let (topic, id, bytes) = (message.topic(), message.msg_id(), message.body().len());
        if human {
            let time = time.unwrap_or_default();
            let (topic, id) = (escape::text(topic), escape::text(id.unwrap_or("-")));
            writeln!(out, "{time} {topic} {id} {bytes} bytes")?;
        } else {
            let line = serde_json::json!({
                "file": name(&path), "received": time, "topic": topic, "msg_id": id, "bytes": bytes,
            });
            writeln!(out, "{line}")?;
        }
    }
    for path in spool.damaged()? {
        if human {
            writeln!(out, "set aside: {}", escape::text(&name(&path)))?;
        } else {
            writeln!(out, "{}", serde_json::json!({"file": name(&path), "set_aside": true}))?;
        }
    }
    Ok(exit::OK)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn flush(spool: &Spool, config: &Config) -> anyhow::Result<u8> {
    let mut flush = Flush {
        spool,
        receipts: Receipts::connect(&Settings::from(config), &config.relay.receipts.0)?,
        timeout: Duration::from_secs_f64(config.publish_timeout),
        progress: progress::messages(0),
        sent: 0,
        set_aside: 0,
    };
    let outcome = flush.run();
    flush.progress.finish_and_clear();
    let (sent, set_aside) = (flush.sent, flush.set_aside);
    writeln!(stdout().lock(), "{sent} sent")?;
    outcome?;
    if set_aside > 0 {
        let why = format!("{set_aside} messages cannot be sent and were set aside");
        return Err(Error::new(Kind::Data, why).hint("fedhub spool ls names them").into());
    }
    Ok(exit::OK)
}

/// Messages on their way out of a spool.
struct Flush<'a> {
    spool: &'a Spool,
    receipts: Receipts,
    timeout: Duration,
    progress: ProgressBar,
    sent: u64,
    set_aside: u64,
}

impl Flush<'_> {
    /// Sends until nothing is left; others may add messages meanwhile.
    fn run(&mut self) -> Result<(), Error> {
        loop {
            let paths = self.spool.list()?;
            if paths.is_empty() {
                return Ok(());
            }
            self.progress.set_length(self.sent + paths.len() as u64);
            let mut rest = paths.as_slice();
            while !rest.is_empty() {
                rest = self.send_some(rest).map_err(|error| {
                    let left = self.spool.list().map_or(rest.len(), |left| left.len());
                    let text =
                        format!("{left} messages are left in {}", self.spool.dir().display());
                    let hint = error.next_step().unwrap_or("fedhub doctor").to_owned();
                    Error::new(error.kind(), text).because(error).hint(hint)
                })?;
            }
        }
    }

    /// Sends the first of these messages; gives those that come after them.
    fn send_some<'p>(&mut self, paths: &'p [PathBuf]) -> Result<&'p [PathBuf], Error> {
        let mut chunk = Vec::new();
        let (mut bytes, mut read) = (0, 0);
        for path in paths {
            if chunk.len() == CHUNK_MESSAGES || bytes >= CHUNK_BYTES {
                break;
            }
            read += 1;
            match self.spool.read(path) {
                Ok((topic, body)) => {
                    bytes += topic.len() + body.len();
                    chunk.push((path, topic, body));
                }
                // The relay has taken it meanwhile.
                Err(error) if error.kind() == Kind::NoInput => {}
                Err(error) if error.kind() == Kind::Data => self.is_set_aside(&error),
                Err(error) => return Err(error),
            }
        }
        let mut unsent = chunk.as_slice();
        while !unsent.is_empty() {
            let messages: Vec<_> =
                unsent.iter().map(|(_, topic, body)| (topic.as_str(), body.as_slice())).collect();
            let Sent { receipts, failure } =
                self.receipts.send_all(&messages, self.timeout, &|| false);
            let (done, rest) = unsent.split_at(receipts.len());
            for (path, ..) in done {
                self.spool.remove(path)?;
                self.sent += 1;
                self.progress.inc(1);
            }
            unsent = rest;
            match failure {
                Some(error) if error.kind() == Kind::Data => {
                    if let Some(((path, ..), rest)) = unsent.split_first() {
                        let aside = self.spool.set_aside(path)?;
                        let why = format!("{error}; it is now {}", aside.display());
                        self.is_set_aside(&Error::new(Kind::Data, why));
                        unsent = rest;
                    }
                }
                Some(error) => return Err(error),
                None => {}
            }
        }
        Ok(&paths[read..])
    }

    fn is_set_aside(&mut self, error: &Error) {
        self.set_aside += 1;
        let text = escape::text(&error.to_string());
        self.progress.suspend(|| tracing::warn!("{text}"));
    }
}
