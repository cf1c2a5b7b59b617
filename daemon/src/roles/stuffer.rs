//! Counts messages in memcached, for busmon's graph of the last two minutes.

use fedhub::colorizer;
use fedhub::counts::{self, Added, Counts};
use fedhub::journal::{self, Record};
use fedhub::{Error, Kind as ErrorKind, Result};

use crate::hub::consumer::{Consumer, Context, Delivered, Ending, Failure, Kind, LeftOut};

/// Counts messages.
pub(super) const KIND: Kind = Kind { name: "stuffer", build };

fn build(context: Context<'_>) -> Result<Box<dyn Consumer>> {
    let address = context.settings.endpoint.as_ref().or(context.config.busmon.memcached.as_ref());
    let address = address.ok_or_else(|| {
        Error::new(ErrorKind::Config, "no memcached is named")
            .hint(r#"busmon.memcached = "127.0.0.1:11211""#)
    })?;
    let counts = Counts::at(address)?;
    Ok(Box::new(Stuffer { counts, clock: journal::now, left_out: context.left_out.clone() }))
}

struct Stuffer<C: Fn() -> i64> {
    counts: Counts,
    /// The time in microseconds since 1970.
    clock: C,
    left_out: LeftOut,
}

impl<C: Fn() -> i64 + Send> Consumer for Stuffer<C> {
    fn deliver(&mut self, batch: &[Record], ending: &Ending) -> Delivered {
        let mut done = 0;
        // A message counts when it came, however late it gets here.
        for together in batch.chunk_by(|a, b| slot(a) == slot(b)) {
            if ending.asked() {
                break;
            }
            match self.count(together) {
                Ok(()) => done += together.len(),
                Err(error) => {
                    let why = error.to_string();
                    return Delivered::until(done, Failure::Unavailable { why, retry_after: None });
                }
            }
        }
        Delivered { done, failure: None }
    }
}

impl<C: Fn() -> i64> Stuffer<C> {
    /// Counts messages of one slot.
    fn count(&mut self, messages: &[Record]) -> Result<()> {
        let (copies, counted): (Vec<_>, Vec<_>) =
            messages.iter().partition(|record| colorizer::is_colorized(&record.message));
        self.left_out.add("colorized", copies.len());
        let (Some(first), count) = (counted.first(), counted.len()) else { return Ok(()) };
        let added = self.counts.add(slot(first), count as u64, (self.clock)())?;
        if added == Added::Late {
            self.left_out.add("late", count);
        }
        Ok(())
    }
}

fn slot(record: &Record) -> i64 {
    counts::slot(record.received)
}
