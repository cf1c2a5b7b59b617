//! Taking what publishers have left in the relay's spool while it was away.
//!
//! Each message goes the way of all who want a receipt: this is one more publisher of the relay's own
//! receipts socket.

use std::path::Path;
use std::time::Duration;

use fedhub::bus::{Receipts, Settings};
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
        pages: None,
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

impl Pickup {
    fn run(&mut self, heartbeat: &Heartbeat) -> String {
        let mut failure = None;
        let mut pause = Duration::ZERO;
        while !self.ending.pause(pause) {
            let outcome = self.take_all(heartbeat);
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

    /// Takes what is there; says whether that was anything.
    fn take_all(&mut self, heartbeat: &Heartbeat) -> Result<bool> {
        let (mut taken, mut unusable) = (false, None);
        let paths = self.spool.list()?;
        let mut rest = paths.as_slice();
        heartbeat.beat(self.taken);
        while !rest.is_empty() && !self.ending.asked() {
            let step = self.spool.send(rest, &mut self.relay, TIMEOUT, &|| self.ending.asked());
            self.taken += step.sent;
            heartbeat.beat(self.taken);
            self.aside += step.set_aside.len() as u64;
            taken |= step.sent > 0;
            for why in step.set_aside {
                tracing::warn!("{}", escape::text(&why.to_string()));
            }
            if let Some(refused) = step.refused {
                return Err(refused);
            }
            unusable = step.unusable.or(unusable);
            rest = &rest[step.passed..];
        }
        unusable.map_or(Ok(taken), Err)
    }
}
