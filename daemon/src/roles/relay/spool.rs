//! Taking what publishers have left in the relay's spool while it was away.
//!
//! Each message goes the way of all who want a receipt: this is one more publisher of the relay's own
//! receipts socket.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fedhub::bus::{Receipts, Sent, Settings};
use fedhub::config::Config;
use fedhub::escape;
use fedhub::spool::Spool;
use fedhub::{Error, Kind, Result};

use crate::hub::consumer::Ending;
use crate::supervisor::{Heartbeat, Task};

/// How often the directory is looked at.
const SCAN: Duration = Duration::from_secs(1);
/// How long no message of a batch may be answered; a busy journal refuses sooner.
const TIMEOUT: Duration = Duration::from_secs(2);
/// How many messages and bytes are sent at a time.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// The task of a relay that has a spool; without a journal it could not give the receipts for it.
pub(super) fn configured(receipts: &[String], config: &Config) -> Result<Option<Task>> {
    let Some(dir) = &config.relay.spool else { return Ok(None) };
    let relay = receipts.first().ok_or_else(|| {
        let why = "relay.spool needs a journal, and an address in relay.receipts";
        Error::new(Kind::Config, why).hint("fedhub config explain relay.journal")
    })?;
    task(dir, relay, config).map(Some)
}

/// A task that empties the spool `dir` into the relay whose receipts come from `relay`.
fn task(dir: &Path, relay: &str, config: &Config) -> Result<Task> {
    let ending = Ending::default();
    let stop = ending.clone();
    let relay = Receipts::connect(&Settings::from(config), &[relay.to_owned()])?;
    let mut pickup = Pickup { spool: Spool::open(dir)?, relay, ending, taken: 0, aside: 0 };
    Ok(Task {
        name: "relay spool",
        needed: true,
        probe: None,
        stop: Box::new(move || stop.ask()),
        work: Box::new(move |heartbeat| Ok(pickup.run(heartbeat))),
    })
}

struct Pickup {
    spool: Spool,
    relay: Receipts,
    ending: Ending,
    taken: u64,
    aside: u64,
}

/// A file of the spool, and the topic and body in it.
type Waiting = (PathBuf, String, Vec<u8>);

impl Pickup {
    fn run(&mut self, heartbeat: &Heartbeat) -> String {
        let mut failure = None;
        let mut pause = Duration::ZERO;
        while !self.ending.pause(pause) {
            heartbeat.beat(self.taken);
            let outcome = self.take_some();
            // At once if there may be more.
            pause = if let Ok(true) = outcome { Duration::ZERO } else { SCAN };
            let error = outcome.err().map(|error| error.to_string());
            if let Some(error) = error.as_ref().filter(|error| failure.as_ref() != Some(*error)) {
                tracing::warn!("the spool waits: {}", escape::text(error));
            }
            failure = error;
        }
        format!("{} messages taken, {} set aside", self.taken, self.aside)
    }

    /// Takes the oldest messages; says whether there were any.
    fn take_some(&mut self) -> Result<bool> {
        let (batch, mut unusable) = self.batch()?;
        let messages: Vec<_> =
            batch.iter().map(|(_, topic, body)| (topic.as_str(), body.as_slice())).collect();
        if messages.is_empty() {
            return unusable.map_or(Ok(false), Err);
        }
        let Sent { receipts, failure } =
            self.relay.send_all(&messages, TIMEOUT, &|| self.ending.asked());
        for (path, ..) in &batch[..receipts.len()] {
            match self.spool.remove(path) {
                Ok(()) => self.taken += 1,
                Err(error) => unusable = Some(error),
            }
        }
        match failure {
            None => unusable.map_or(Ok(true), Err),
            Some(error) if error.kind() == Kind::Data => {
                if let Some((path, ..)) = batch.get(receipts.len()) {
                    let aside = self.spool.set_aside(path)?;
                    self.is_set_aside(&format!("{error}; it is now {}", aside.display()));
                }
                Ok(true)
            }
            Some(error) => Err(error),
        }
    }

    /// The oldest messages, and what is wrong with a file that cannot be read: the others go on.
    fn batch(&mut self) -> Result<(Vec<Waiting>, Option<Error>)> {
        let (mut batch, mut bytes, mut unusable) = (Vec::new(), 0, None);
        for path in self.spool.list()? {
            if batch.len() == BATCH || bytes >= BATCH_BYTES {
                break;
            }
            match self.spool.read(&path) {
                Ok((topic, body)) => {
                    bytes += topic.len() + body.len();
                    batch.push((path, topic, body));
                }
                // Somebody else has taken it meanwhile.
                Err(error) if error.kind() == Kind::NoInput => {}
                Err(error) if error.kind() == Kind::Data => self.is_set_aside(&error.to_string()),
                Err(error) => unusable = Some(error),
            }
        }
        Ok((batch, unusable))
    }

    fn is_set_aside(&mut self, why: &str) {
        self.aside += 1;
        tracing::warn!("{}", escape::text(why));
    }
}
