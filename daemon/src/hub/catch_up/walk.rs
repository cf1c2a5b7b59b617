//! A walk through the time of one place: what its reader fetches is handed over, steadily.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use fedhub::catch_up::{Batch, Source};
use fedhub::heartbeat::Heartbeat;
use fedhub::message::Message;
use fedhub::{Error, Result};

use super::covered::{Covered, OVERLAP};
use super::reader::{Fetched, Reader};
use super::{Place, Portion, Progress, Sink};
use crate::hub::consumer::Ending;

/// How often the end is looked at while nothing comes.
const GLANCE: Duration = Duration::from_millis(100);
/// How many portions a second make the rate: few messages at a time, so that they come steadily.
const PORTIONS: u32 = 20;
/// No portion is larger.
const MAX_PORTION: usize = 500;

/// A walk through the time of one place.
pub(super) struct Walk<'a> {
    place: &'a mut Place,
    pace: Pace,
    live: bool,
    sink: Sink<'a>,
    progress: &'a dyn Progress,
    ending: &'a Ending,
    /// Messages handed over.
    pub(super) messages: u64,
}

impl<'a> Walk<'a> {
    /// A walk at a rate. When the hub is `live`, a little of what was read before is read again.
    pub(super) fn new(
        place: &'a mut Place,
        rate: u32,
        live: bool,
        sink: Sink<'a>,
        progress: &'a dyn Progress,
        ending: &'a Ending,
    ) -> Self {
        let pace = Pace { rate, next: Instant::now() };
        Self { place, pace, live, sink, progress, ending, messages: 0 }
    }

    /// Walks until the present; gives the error if it gave up before.
    pub(super) fn go(
        &mut self,
        source: Box<dyn Source>,
        patience: Duration,
    ) -> Result<Option<Error>> {
        let Covered { since, until, .. } = self.place.covered;
        let from = if self.live { since.max(until - OVERLAP) } else { until };
        let (sender, fetched) = sync_channel(1);
        let reader = Reader { source, patience, ending: self.ending.clone(), sender };
        std::thread::Builder::new()
            .name("catch-up".into())
            .spawn(move || reader.run(from))
            .map_err(|error| Error::io("cannot start a thread", error))?;
        tracing::info!("catching up with {} since {from}", self.place.address);
        let outcome = self.receive(&fetched);
        self.progress.finish();
        outcome
    }

    fn receive(&mut self, fetched: &Receiver<Fetched>) -> Result<Option<Error>> {
        loop {
            match fetched.recv_timeout(GLANCE) {
                _ if self.ending.asked() => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Ok(Fetched::Batch(batch)) => self.hand_over(batch)?,
                Ok(Fetched::GaveUp(error)) => return Ok(Some(error)),
                Ok(Fetched::Done(second)) => {
                    self.reached(second, self.live, Vec::new())?;
                    tracing::info!(
                        "caught up with {}: {} messages",
                        self.place.address,
                        self.messages
                    );
                    return Ok(None);
                }
            }
        }
    }

    fn hand_over(&mut self, batch: Batch) -> Result<()> {
        let Batch { mut messages, reached, left } = batch;
        // Of streams that are not watched here.
        messages.retain(|message| !Heartbeat::is_on(message.topic()));
        self.progress.start(
            &self.place.address,
            (self.messages + messages.len() as u64).saturating_add(left),
        );
        loop {
            let some = self.pace.portion().min(messages.len());
            let rest = messages.split_off(some);
            if !self.pace.wait(some, self.ending) {
                return Ok(());
            }
            self.messages += some as u64;
            self.progress.advance(some as u64);
            if rest.is_empty() {
                return self.reached(reached, false, messages);
            }
            let endpoint = Arc::clone(&self.place.address);
            (self.sink)(Portion { endpoint, messages, position: None })?;
            messages = rest;
        }
    }

    fn reached(&mut self, second: i64, live: bool, messages: Vec<Message>) -> Result<()> {
        let covered = &mut self.place.covered;
        *covered = Covered { until: covered.until.max(second), live, ..*covered };
        let Place { stream, address, covered } = &*self.place;
        let position = Some(covered.position(address, stream));
        (self.sink)(Portion { endpoint: Arc::clone(address), messages, position })
    }
}

/// Spreads messages evenly over time.
struct Pace {
    rate: u32,
    next: Instant,
}

impl Pace {
    /// How many messages go at once.
    fn portion(&self) -> usize {
        if self.rate == 0 {
            MAX_PORTION
        } else {
            ((self.rate / PORTIONS) as usize).clamp(1, MAX_PORTION)
        }
    }

    /// Waits for the turn of so many messages. Says whether to go on.
    fn wait(&mut self, messages: usize, ending: &Ending) -> bool {
        // Time in which nothing came is not made up for.
        let now = Instant::now();
        let turn = self.next.max(now);
        if self.rate > 0 {
            self.next = turn + Duration::from_secs_f64(messages as f64 / f64::from(self.rate));
        }
        !ending.pause(turn - now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_steadily_and_the_end_does_not_wait() {
        let ending = Ending::default();
        let mut pace = Pace { rate: 1000, next: Instant::now() };
        assert_eq!(pace.portion(), 50);
        let begin = Instant::now();
        for count in 0..5 {
            assert!(pace.wait(50, &ending));
            assert!(begin.elapsed() >= Duration::from_millis(50) * count, "the {count}th is early");
        }
        // What a slow place has not used is not made up for.
        std::thread::sleep(Duration::from_millis(200));
        let begin = Instant::now();
        assert!(pace.wait(50, &ending) && pace.wait(50, &ending));
        assert!(begin.elapsed() >= Duration::from_millis(50));
        assert!(pace.wait(usize::MAX / 4, &ending));
        ending.ask();
        assert!(!pace.wait(1, &ending), "its turn comes in years");
        for (rate, portion) in [(0, MAX_PORTION), (1, 1), (u32::MAX, MAX_PORTION)] {
            assert_eq!(Pace { rate, next: begin }.portion(), portion);
        }
    }
}
