//! Where requests by HTTP become messages that want a receipt: many at a time, on a thread of its own.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use axum::http::StatusCode;
use fedhub::bus::{Receipt, Receipts, Sent, Settings};
use fedhub::config::Config;
use fedhub::{Error, Kind, Result};
use tokio::sync::oneshot;

use super::Refused;
use crate::hub::consumer::Ending;
use crate::supervisor::Heartbeat;

/// How many messages may wait; more requests than there are connections cannot come.
const WAITING: usize = 128;
/// How many bytes of them go at once, though always one message.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// How long no message of a batch may be answered; a busy journal refuses sooner.
const TIMEOUT: Duration = Duration::from_secs(2);
/// How often the end is looked at.
const GLANCE: Duration = Duration::from_millis(100);

/// A message, and who wants to know what becomes of it.
pub(super) struct Slip {
    pub(super) topic: String,
    pub(super) body: Vec<u8>,
    pub(super) answer: oneshot::Sender<Result<Receipt, Refused>>,
}

/// Hands messages to the relay.
pub(super) struct Desk {
    pub(super) ending: Ending,
    slips: Receiver<Slip>,
    /// None where the relay has no journal.
    relay: Option<Receipts>,
    kept: u64,
}

/// A desk before the relay that gives receipts there, and how to reach it.
pub(super) fn open(relay: Option<&String>, config: &Config) -> Result<(Desk, SyncSender<Slip>)> {
    let connect = |address: &String| {
        Receipts::connect(&Settings::from(config), std::slice::from_ref(address))
    };
    let relay = relay.map(connect).transpose()?;
    let (sender, slips) = sync_channel(WAITING);
    Ok((Desk { ending: Ending::default(), slips, relay, kept: 0 }, sender))
}

impl Desk {
    /// Works until the end is asked for.
    pub(super) fn run(&mut self, heartbeat: &Heartbeat) -> String {
        while !self.ending.asked() {
            heartbeat.beat(self.kept);
            match self.slips.recv_timeout(GLANCE) {
                Ok(first) => self.serve(first),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        format!("{} messages taken by HTTP", self.kept)
    }

    /// Takes what waits, and answers all of it.
    fn serve(&mut self, first: Slip) {
        let mut bytes = first.body.len();
        let mut batch = vec![first];
        while bytes < BATCH_BYTES
            && let Ok(next) = self.slips.try_recv()
        {
            bytes += next.body.len();
            batch.push(next);
        }
        let mut batch = batch.into_iter().collect::<std::collections::VecDeque<_>>();
        while !batch.is_empty() {
            let Some(relay) = &mut self.relay else {
                let why = Error::new(Kind::TryAgain, "the relay has no journal")
                    .hint("fedhub config explain relay.journal");
                return batch.drain(..).for_each(|slip| answer(slip, Err(refused(&why))));
            };
            let messages: Vec<_> =
                batch.iter().map(|slip| (slip.topic.as_str(), slip.body.as_slice())).collect();
            let Sent { receipts, failure } = relay.send_all(&messages, TIMEOUT, &|| false);
            self.kept += receipts.len() as u64;
            for receipt in receipts {
                batch.pop_front().into_iter().for_each(|slip| answer(slip, Ok(receipt.clone())));
            }
            let Some(failure) = failure else { continue };
            if failure.kind() == Kind::Data {
                batch.pop_front().into_iter().for_each(|slip| answer(slip, Err(refused(&failure))));
            } else {
                // It would be the same for those behind it.
                batch.drain(..).for_each(|slip| answer(slip, Err(refused(&failure))));
            }
        }
    }
}

fn answer(slip: Slip, outcome: Result<Receipt, Refused>) {
    // Whoever asked may have left.
    let _ = slip.answer.send(outcome);
}

fn refused(error: &Error) -> Refused {
    let code = match error.kind() {
        Kind::Data => StatusCode::BAD_REQUEST,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    Refused::new(code, error.to_string(), error.next_step().unwrap_or("send it again later"))
}
