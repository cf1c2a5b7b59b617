//! Sending messages again as they are, and counting what became of them.

use std::io::{Write, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fedhub::bus::{Publisher, Receipts, Sent, Settings};
use fedhub::config::Config;
use fedhub::error::exit;
use fedhub::message::Message;
use fedhub::{Error, Kind, escape};
use indicatif::ProgressBar;
use serde_json::json;

use crate::cli;
use crate::commands::journal::Output;
use crate::signals;

/// How many messages and bytes wait for receipts at once.
const BATCH_MESSAGES: usize = 256;
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// How often signals are looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// Where messages go.
#[derive(Debug, clap::Args)]
pub(crate) struct To {
    /// Where to send. Default: relay_inbound, with --durable relay.receipts.
    #[arg(long, value_name = "ENDPOINT", value_parser = cli::endpoint)]
    to: Option<String>,
    /// Ask for a receipt of each message. A relay that has a message in its journal already gives a
    /// receipt, and does not publish it again.
    #[arg(long)]
    durable: bool,
}

enum Way {
    Bus(Box<Publisher>),
    Durable(Receipts),
}

/// Sends messages when they are due.
pub(crate) struct Sender {
    way: Way,
    timeout: Duration,
    /// Messages that are due and not sent yet.
    batch: Vec<Message>,
    bytes: usize,
    progress: ProgressBar,
    sent: u64,
    refused: u64,
    interrupted: Arc<AtomicBool>,
}

impl Sender {
    /// Connects; `progress` counts messages.
    pub(crate) fn open(to: &To, config: &Config, progress: ProgressBar) -> anyhow::Result<Self> {
        let settings = Settings::from(config);
        let timeout = Duration::from_secs_f64(config.publish_timeout);
        let named = |default: &[String]| match &to.to {
            Some(endpoint) => vec![endpoint.clone()],
            None => default.to_vec(),
        };
        let way = if to.durable {
            Way::Durable(Receipts::connect(&settings, &named(&config.relay.receipts.0))?)
        } else {
            let relays = named(&config.relay_inbound.0);
            Way::Bus(Box::new(Publisher::connect(&settings, &relays, timeout)?))
        };
        let interrupted = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&interrupted);
        signals::on_first(move || told.store(true, Ordering::Relaxed))?;
        let (batch, bytes, sent, refused) = (Vec::new(), 0, 0, 0);
        Ok(Self { way, timeout, batch, bytes, progress, sent, refused, interrupted })
    }

    /// Sends a message when it is due. One that is too large is counted, and the others go on.
    pub(crate) fn send(&mut self, due: Instant, message: Message) -> Result<(), Error> {
        let early = due.saturating_duration_since(Instant::now());
        if !early.is_zero() {
            self.flush()?;
        }
        while let left = due.saturating_duration_since(Instant::now())
            && !left.is_zero()
        {
            self.check()?;
            std::thread::sleep(left.min(GLANCE));
        }
        self.bytes += message.topic().len() + message.body().len();
        self.batch.push(message);
        if self.batch.len() >= BATCH_MESSAGES || self.bytes >= BATCH_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        let batch = std::mem::take(&mut self.batch);
        self.bytes = 0;
        let mut rest = batch.as_slice();
        while !rest.is_empty() {
            self.check()?;
            let (done, failure) = match &mut self.way {
                Way::Bus(publisher) => {
                    let outcome = publisher.publish(rest[0].topic(), rest[0].body());
                    (usize::from(outcome.is_ok()), outcome.err())
                }
                Way::Durable(receipts) => {
                    let messages: Vec<_> =
                        rest.iter().map(|message| (message.topic(), message.body())).collect();
                    let give_up = || self.interrupted.load(Ordering::Relaxed);
                    let Sent { receipts, failure } =
                        receipts.send_all(&messages, self.timeout, &give_up);
                    (receipts.len(), failure)
                }
            };
            self.sent += done as u64;
            self.progress.inc(done as u64);
            rest = &rest[done..];
            match failure {
                None => {}
                Some(error) if error.kind() == Kind::Data => {
                    self.refused += 1;
                    self.progress.inc(1);
                    let what = format!("not sent: {} {error}", rest[0].msg_id().unwrap_or("-"));
                    self.progress.suspend(|| tracing::warn!("{}", escape::text(&what)));
                    rest = &rest[1..];
                }
                Some(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Error> {
        if self.interrupted.load(Ordering::Relaxed) {
            return Err(Error::new(Kind::TryAgain, "interrupted"));
        }
        Ok(())
    }

    /// Ends after `outcome`: hands over what is left, says how many were sent, gives the exit code.
    pub(crate) fn finish(
        mut self,
        outcome: anyhow::Result<()>,
        output: &Output,
    ) -> anyhow::Result<u8> {
        let mut outcome = outcome.and_then(|()| Ok(self.flush()?));
        self.progress.finish_and_clear();
        let durable = matches!(self.way, Way::Durable(_));
        if let Way::Bus(publisher) = self.way {
            // The first failure says more.
            let closed = publisher.close();
            outcome = outcome.and_then(|()| Ok(closed?));
        }
        let (sent, refused) = (self.sent, self.refused);
        let receipts = durable.then_some(sent);
        let mut out = stdout().lock();
        if output.human() {
            let receipts = receipts.map(|count| format!(", {count} receipts")).unwrap_or_default();
            writeln!(out, "{sent} sent{receipts}, {refused} refused")?;
        } else {
            writeln!(out, "{}", json!({"sent": sent, "receipts": receipts, "refused": refused}))?;
        }
        if self.interrupted.load(Ordering::Relaxed) && outcome.is_err() {
            tracing::warn!("interrupted; the rest was not sent");
            return Ok(exit::INTERRUPTED);
        }
        outcome?;
        if refused > 0 {
            let why = format!("{refused} messages can not be sent");
            return Err(Error::new(Kind::Data, why)
                .hint("fedhub config explain max_message_size")
                .into());
        }
        Ok(exit::OK)
    }
}
