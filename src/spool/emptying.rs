//! Sending what waits in a spool to a relay that gives receipts.

use std::path::PathBuf;
use std::time::Duration;

use super::Spool;
use crate::bus::{Receipts, Sent};
use crate::{Error, Kind};

/// How many messages and bytes are sent at a time.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// What became of the next messages of a spool.
#[derive(Debug, Default)]
pub struct Step {
    /// How many files were dealt with: sent, set aside, or found to be unreadable or gone.
    pub passed: usize,
    /// How many messages the relay has now.
    pub sent: u64,
    /// Why messages were set aside: no relay will ever take them.
    pub set_aside: Vec<Error>,
    /// Files that could not be read or removed; they stay where they are.
    pub unusable: Option<Error>,
    /// Why the relay did not take the next message.
    pub refused: Option<Error>,
}

/// A file of the spool, and the topic and body in it.
struct Waiting<'p> {
    path: &'p PathBuf,
    index: usize,
    topic: String,
    body: Vec<u8>,
}

impl Spool {
    /// Sends the first of these messages, as many as go at once, and removes them.
    pub fn send(
        &self,
        paths: &[PathBuf],
        relay: &mut Receipts,
        timeout: Duration,
        give_up: &dyn Fn() -> bool,
    ) -> Step {
        let mut step = Step::default();
        let batch = self.batch(paths, &mut step);
        let messages: Vec<_> =
            batch.iter().map(|one| (one.topic.as_str(), one.body.as_slice())).collect();
        if messages.is_empty() {
            return step;
        }
        let Sent { receipts, failure } = relay.send_all(&messages, timeout, give_up);
        for one in &batch[..receipts.len()] {
            match self.remove(one.path) {
                Ok(()) => step.sent += 1,
                Err(error) => step.unusable = Some(error),
            }
        }
        let Some(failure) = failure else { return step };
        let Some(refused) = batch.get(receipts.len()) else { return step };
        step.passed = refused.index;
        if failure.kind() != Kind::Data {
            step.refused = Some(failure);
            return step;
        }
        match self.set_aside(refused.path) {
            Ok(aside) => {
                let why = format!("{failure}; it is now {}", aside.display());
                step.set_aside.push(Error::new(Kind::Data, why));
                step.passed += 1;
            }
            Err(error) => step.refused = Some(error),
        }
        step
    }

    fn batch<'p>(&self, paths: &'p [PathBuf], step: &mut Step) -> Vec<Waiting<'p>> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for (index, path) in paths.iter().enumerate() {
            if batch.len() == BATCH || bytes >= BATCH_BYTES {
                break;
            }
            step.passed += 1;
            match self.read(path) {
                Ok((topic, body)) => {
                    bytes += topic.len() + body.len();
                    batch.push(Waiting { path, index, topic, body });
                }
                // Somebody else has taken it meanwhile.
                Err(error) if error.kind() == Kind::NoInput => {}
                Err(error) if error.kind() == Kind::Data => step.set_aside.push(error),
                Err(error) => step.unusable = Some(error),
            }
        }
        batch
    }
}
