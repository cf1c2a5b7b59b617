//! Republishes messages as coloured HTML, as busmon's colouriser did: on the topic
//! `….busmon.colorized-messages`, with the HTML as the whole content.
//!
//! It doubles what is on the bus, so it is bounded in messages a second, and what is beyond that is left
//! out. What any colouriser has published is never coloured again.

use std::time::{Duration, Instant};

use fedhub::bus::{Publisher, Settings};
use fedhub::canonical::Value;
use fedhub::colorizer::{TOPIC, fragment, is_colorized};
use fedhub::config::endpoint;
use fedhub::crypto::Signer;
use fedhub::envelope::Author;
use fedhub::journal::Record;
use fedhub::{Error, Kind as ErrorKind, Result};

use super::onward;
use crate::hub::consumer::{Consumer, Context, Delivered, Ending, Failure, Kind, LeftOut, SHARE};

/// Colours messages.
pub(super) const KIND: Kind = Kind { name: "colorizer", build };

/// How long one message may wait for somebody who listens before the end is looked at.
const PATIENCE: Duration = Duration::from_millis(100);
/// Whose key signs, in `certnames`: this and the host's name, or `name`.
const CERT_PREFIX: &str = "busmon";

fn build(context: Context<'_>) -> Result<Box<dyn Consumer>> {
    let Context { settings, config, .. } = context;
    let rate = settings.rate;
    if !(rate > 0.0 && rate.is_finite()) {
        let what = format!("rate is {rate}, which is no number of messages a second");
        return Err(Error::new(ErrorKind::Config, what).hint("rate = 10"));
    }
    let to = match &settings.endpoint {
        Some(named) => std::slice::from_ref(named),
        None => &config.relay_inbound.0[..],
    };
    for address in to {
        endpoint::check(address).map_err(|why| {
            Error::new(ErrorKind::Config, why).hint(r#"endpoint = "tcp://127.0.0.1:2003""#)
        })?;
    }
    let host = nix::unistd::gethostname().unwrap_or_default().to_string_lossy().into_owned();
    let host = host.split('.').next().unwrap_or_default();
    Ok(Box::new(Colorizer {
        publisher: Publisher::connect(&Settings::from(config), to, PATIENCE)?,
        signer: Signer::configured(config, CERT_PREFIX, config.name.as_deref(), host)?,
        author: Author::new(config, CERT_PREFIX),
        limit: Limit::new(rate, Instant::now()),
        left_out: context.left_out.clone(),
    }))
}

struct Colorizer {
    publisher: Publisher,
    signer: Option<Signer>,
    author: Author,
    limit: Limit,
    left_out: LeftOut,
}

impl Consumer for Colorizer {
    fn deliver(&mut self, batch: &[Record], ending: &Ending) -> Delivered {
        let begin = Instant::now();
        for (done, record) in batch.iter().enumerate() {
            if ending.asked() || (done > 0 && begin.elapsed() > SHARE) {
                return Delivered { done, failure: None };
            }
            if let Err(failure) = self.colour(record) {
                return Delivered::until(done, failure);
            }
        }
        Delivered::all(batch)
    }
}

impl Colorizer {
    fn colour(&mut self, record: &Record) -> Result<(), Failure> {
        if is_colorized(&record.message) {
            self.left_out.add("colorized", 1);
            return Ok(());
        }
        let Some(envelope) = record.message.envelope() else {
            return Err(Failure::Message("it is not a JSON object".into()));
        };
        if !self.limit.allows(Instant::now()) {
            self.left_out.add("rate", 1);
            return Ok(());
        }
        let (html, _) = fragment(envelope);
        let (topic, body) = self
            .author
            .write(TOPIC, Value::from(html), self.signer.as_ref())
            .map_err(|error| onward::failure(&error))?;
        self.publisher.publish(&topic, &body).map_err(|error| onward::failure(&error))
    }
}

/// So many a second, and as many at once.
struct Limit {
    rate: f64,
    /// How many may pass now.
    left: f64,
    counted: Instant,
}

impl Limit {
    fn new(rate: f64, now: Instant) -> Self {
        Self { rate, left: rate.max(1.0), counted: now }
    }

    /// Whether one more may pass.
    fn allows(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.counted).as_secs_f64();
        self.left = (self.left + passed * self.rate).min(self.rate.max(1.0));
        self.counted = now;
        let allowed = self.left >= 1.0;
        if allowed {
            self.left -= 1.0;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::fixtures;

    #[test]
    fn settings_must_make_sense() {
        for settings in ["rate = 0.0", "rate = nan", "rate = -1.0", "endpoint = \"tcp://h\""] {
            assert_eq!(
                fixtures::build(&KIND, settings).err().unwrap().kind(),
                ErrorKind::Config,
                "{settings}"
            );
        }
        assert!(fixtures::build(&KIND, "").is_ok());
    }

    #[test]
    fn so_many_a_second_pass_and_no_more() {
        let begin = Instant::now();
        let passed = |rate: f64, seconds: u64| {
            let mut limit = Limit::new(rate, begin);
            // A thousand messages a second.
            let times = (0..seconds * 1000).map(|n| begin + Duration::from_millis(n));
            times.filter(|time| limit.allows(*time)).count()
        };
        // What may come at once, and then the rate.
        assert!((109..=110).contains(&passed(10.0, 10)), "{}", passed(10.0, 10));
        assert!((2..=3).contains(&passed(0.2, 10)), "{}", passed(0.2, 10));
        // After a quiet hour no more come at once than after a quiet second.
        let mut limit = Limit::new(10.0, begin);
        let later = begin + Duration::from_secs(3600);
        assert_eq!((0..100).filter(|_| limit.allows(later)).count(), 10);
    }
}
