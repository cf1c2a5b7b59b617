//! Publishing that ends only when the message is safe: in the relay's journal, or in a spool.

use std::io::{ErrorKind, Write, stdout};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use fedhub::bus::{Receipts, Settings};
use fedhub::config::Config;
use fedhub::message::Message;
use fedhub::spool::Spool;
use fedhub::{Error, Kind};

/// How long the relay may take where there is a spool: a hook must not delay its user.
const WITH_SPOOL: Duration = Duration::from_millis(40);
/// How long a relay that did not answer is not asked again; meanwhile messages go to the spool.
const REST: Duration = Duration::from_secs(1);

/// How sure one wants to be.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Options {
    /// End only when the relay has the message on its disk; print its msg_id.
    #[arg(long)]
    durable: bool,
    /// As --durable, but keep the message in DIR when the relay does not answer at once.
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,
}

/// Where durable messages go.
pub(crate) struct Durable {
    receipts: Receipts,
    timeout: Duration,
    spool: Option<Spool>,
    /// Since when the relay has not answered.
    away: Option<Instant>,
    spooled: u64,
}

impl Durable {
    /// `None` if nobody asked for it.
    pub(super) fn open(options: &Options, config: &Config) -> Result<Option<Self>, Error> {
        if !options.durable && options.spool.is_none() {
            return Ok(None);
        }
        let spool = options.spool.as_deref().map(Spool::open).transpose()?;
        let timeout = match spool {
            Some(_) => WITH_SPOOL,
            None => Duration::from_secs_f64(config.publish_timeout),
        };
        let receipts = Receipts::connect(&Settings::from(config), &config.relay.receipts.0)?;
        Ok(Some(Self { receipts, timeout, spool, away: None, spooled: 0 }))
    }

    /// Returns when the message is safe.
    pub(super) fn send(&mut self, topic: String, body: Vec<u8>) -> Result<(), Error> {
        self.keep(&topic, &body)?;
        let message = Message::new(topic, body);
        match writeln!(stdout().lock(), "{}", message.msg_id().unwrap_or_default()) {
            // Who does not want to know still wants the messages sent.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Error::io("cannot write to stdout", error))
            }
            _ => Ok(()),
        }
    }

    fn keep(&mut self, topic: &str, body: &[u8]) -> Result<(), Error> {
        let resting = self.away.is_some_and(|since| since.elapsed() < REST);
        let refused = if resting {
            None
        } else {
            match self.receipts.send(topic, body, self.timeout) {
                Ok(_) => {
                    self.away = None;
                    return Ok(());
                }
                Err(error) => Some(error),
            }
        };
        let Some(spool) = &self.spool else { return refused.map_or(Ok(()), Err) };
        match refused {
            // No relay will ever take it.
            Some(error) if error.kind() == Kind::Data => return Err(error),
            Some(error) if self.away.replace(Instant::now()).is_none() => {
                let dir = spool.dir().display();
                tracing::warn!("{error}; the message goes to the spool {dir}");
            }
            _ => {}
        }
        spool.put(topic, body)?;
        self.spooled += 1;
        Ok(())
    }

    /// Says how many messages the relay does not have yet.
    pub(super) fn close(self) {
        if let Some(spool) = self.spool.filter(|_| self.spooled > 0) {
            let (count, dir) = (self.spooled, spool.dir().display());
            tracing::warn!(
                "{count} spooled; a relay takes them from there, or: fedhub spool flush {dir}"
            );
        }
    }
}
