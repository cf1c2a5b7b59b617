//! `fedhub spool`: messages that wait while the relay is away.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fedhub::bus::{Receipts, Settings};
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
            self.progress.set_length(self.sent + paths.len() as u64);
            let mut rest = paths.as_slice();
            let (before, mut unusable) = (self.sent, None);
            while !rest.is_empty() {
                let step = self.spool.send(rest, &mut self.receipts, self.timeout, &|| false);
                self.sent += step.sent;
                self.progress.inc(step.sent);
                self.set_aside += step.set_aside.len() as u64;
                for why in step.set_aside {
                    let text = escape::text(&why.to_string());
                    self.progress.suspend(|| tracing::warn!("{text}"));
                }
                if let Some(refused) = step.refused {
                    return Err(self.unfinished(refused));
                }
                unusable = step.unusable.or(unusable);
                rest = &rest[step.passed..];
            }
            if self.sent == before {
                return unusable.map_or(Ok(()), |error| Err(self.unfinished(error)));
            }
        }
    }

    fn unfinished(&self, error: Error) -> Error {
        let left = self.spool.list().map_or(0, |left| left.len());
        let text = format!("{left} messages are left in {}", self.spool.dir().display());
        let hint = error.next_step().unwrap_or("fedhub doctor").to_owned();
        Error::new(error.kind(), text).because(error).hint(hint)
    }
}
