//! A datagrepper, read from its oldest message on, politely: not too fast, and more slowly when it fails.

use std::time::{Duration, Instant};

use fedhub::catch_up::{self, Datagrepper, Failure, Source as _};
use fedhub::datanommer::Original;

use super::source::{Batch, Item, Place, Source};
use super::{Args, When};
use crate::app::now;

/// The pause after a failure; doubled with each one that follows, up to the last.
const RETRY: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_secs(60);

/// The time that one question takes at least, where there is a limit: also days without messages cost
/// the other side something.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) struct Web {
    datagrepper: Datagrepper,
    /// Where reading begins, if that is known, and the second it ends before.
    from: Option<i64>,
    until: i64,
    /// Messages a second; 0: no limit.
    rate: u32,
    patience: Duration,
}

impl Web {
    pub(super) fn open(args: &Args, place: Place) -> fedhub::Result<Self> {
        let second = |When(micros): When| micros.div_euclid(1_000_000);
        Ok(Self {
            datagrepper: Datagrepper::new(&args.source)?,
            from: place.second.or(args.since.map(second)),
            until: args.until.map_or_else(now, second),
            rate: args.rate,
            patience: args.patience,
        })
    }

    /// Asks until there is an answer, or patience ends.
    fn ask<T>(
        &mut self,
        mut ask: impl FnMut(&mut Datagrepper) -> Result<T, Failure>,
    ) -> fedhub::Result<T> {
        let (begin, mut pause) = (Instant::now(), RETRY);
        loop {
            let Failure { error, retry_after, lasting } = match ask(&mut self.datagrepper) {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let wait = retry_after.unwrap_or(pause).max(pause);
            if lasting || begin.elapsed() + wait > self.patience {
                return Err(error);
            }
            tracing::warn!("{error}; trying again in {} s", wait.as_secs_f32());
            std::thread::sleep(wait);
            pause = (pause * 2).min(RETRY_MAX);
        }
    }
}

impl Source for Web {
    fn next(&mut self) -> anyhow::Result<Option<Batch>> {
        let begin = Instant::now();
        let until = self.until;
        let from = match self.from {
            Some(from) => from,
            None => match self.ask(Datagrepper::oldest)? {
                Some(oldest) => oldest,
                None => return Ok(None),
            },
        };
        if from >= until {
            return Ok(None);
        }
        let catch_up::Batch { messages, reached, left } =
            self.ask(|datagrepper| datagrepper.read(from, until))?;
        self.from = Some(reached);
        if self.rate > 0 {
            let time = Duration::from_secs_f64(messages.len() as f64 / f64::from(self.rate));
            let time = time.max(PAUSE);
            std::thread::sleep(time.saturating_sub(begin.elapsed()));
        }
        let items = messages.into_iter().map(|message| Ok(Item::of(Original::from(message))));
        let place = Place { second: self.from, ..Place::default() };
        Ok(Some(Batch { items: items.collect(), place, left: Some(left) }))
    }
}
