//! Sending on the command line: with a progress bar, until a signal, and a line at the end.

use std::io::{Write, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use fedhub::config::Config;
use fedhub::error::exit;
use fedhub::message::Message;
use fedhub::replay::{Outcome, Sender as Sending, Target};
use fedhub::{Error, Kind};
use indicatif::ProgressBar;
use serde_json::json;

use crate::cli;
use crate::commands::journal::Output;
use crate::signals;

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

type Tell = Box<dyn FnMut(Outcome<'_>)>;

/// Sends messages when they are due.
pub(crate) struct Sender {
    sending: Sending<Tell>,
    durable: bool,
    progress: ProgressBar,
    interrupted: Arc<AtomicBool>,
}

impl Sender {
    /// Connects; `progress` counts messages.
    pub(crate) fn open(to: &To, config: &Config, progress: ProgressBar) -> anyhow::Result<Self> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let bar = progress.clone();
        let tell: Tell = Box::new(move |outcome| match &outcome {
            Outcome::Sent(count) => bar.inc(*count),
            Outcome::Refused(..) => {
                bar.inc(1);
                let what = outcome.refusal().unwrap_or_default();
                bar.suspend(|| tracing::warn!("{what}"));
            }
        });
        let target = Target::new(config, to.to.as_deref(), to.durable);
        let sending = target.connect(Arc::clone(&interrupted), tell)?;
        let told = Arc::clone(&interrupted);
        signals::on_first(move || told.store(true, Ordering::Relaxed))?;
        Ok(Self { sending, durable: to.durable, progress, interrupted })
    }

    /// Sends a message when it is due. One that is too large is counted, and the others go on.
    pub(crate) fn send(&mut self, due: Instant, message: Message) -> Result<(), Error> {
        self.sending.send(due, message)
    }

    /// Ends after `outcome`: hands over what is left, says how many were sent, gives the exit code.
    pub(crate) fn finish(self, outcome: anyhow::Result<()>, output: &Output) -> anyhow::Result<u8> {
        let (counts, outcome) = self.sending.finish(outcome);
        self.progress.finish_and_clear();
        let (sent, refused) = (counts.sent, counts.refused);
        let receipts = self.durable.then_some(sent);
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
