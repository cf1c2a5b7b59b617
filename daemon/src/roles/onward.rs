//! Messages onward to another relay, byte for byte.

use std::time::{Duration, Instant};

use fedhub::bus::{Publisher, Receipts, Sent, Settings};
use fedhub::config::endpoint;
use fedhub::journal::Record;
use fedhub::{Error, Kind as ErrorKind, Result};

use crate::hub::consumer::{Consumer, Context, Delivered, Ending, Failure, Kind, SHARE};

/// How long one message may wait for a relay that listens before the end is looked at.
const PATIENCE: Duration = Duration::from_millis(100);

/// Sends messages to a relay, or to its address for receipts.
pub(super) const KIND: Kind = Kind { name: "relay", build };

fn build(context: Context<'_>) -> Result<Box<dyn Consumer>> {
    let hint = r#"endpoint = "tcp://relay.example.org:2003""#;
    let wrong = |what: String| Error::new(ErrorKind::Config, what).hint(hint);
    let endpoint =
        context.settings.endpoint.clone().ok_or_else(|| wrong("no endpoint is named".into()))?;
    endpoint::check(&endpoint).map_err(wrong)?;
    let settings = Settings::from(context.config);
    if context.settings.durable {
        let receipts = Receipts::connect(&settings, &[endpoint])?;
        Ok(Box::new(Durable { receipts, timeout: context.timeout()? }))
    } else {
        let publisher = Publisher::connect(&settings, &[endpoint], PATIENCE)?;
        Ok(Box::new(Plain(publisher)))
    }
}

/// Publishes as any publisher does: what is under way when the connection is lost is lost.
struct Plain(Publisher);

impl Consumer for Plain {
    fn deliver(&mut self, batch: &[Record], ending: &Ending) -> Delivered {
        let begin = Instant::now();
        for (done, record) in batch.iter().enumerate() {
            if ending.asked() || (done > 0 && begin.elapsed() > SHARE) {
                return Delivered { done, failure: None };
            }
            if let Err(error) = self.0.publish(record.message.topic(), record.message.body()) {
                return Delivered::until(done, failure(&error));
            }
        }
        Delivered::all(batch)
    }
}

/// Waits for a receipt of each message.
struct Durable {
    receipts: Receipts,
    timeout: Duration,
}

impl Consumer for Durable {
    fn deliver(&mut self, batch: &[Record], ending: &Ending) -> Delivered {
        let messages: Vec<_> =
            batch.iter().map(|record| (record.message.topic(), record.message.body())).collect();
        let give_up = || ending.asked();
        let Sent { receipts, failure: error } =
            self.receipts.send_all(&messages, self.timeout, &give_up);
        let failure = error.filter(|_| !ending.asked()).map(|error| failure(&error));
        Delivered { done: receipts.len(), failure }
    }
}

/// What an error in sending means for the message.
pub(super) fn failure(error: &Error) -> Failure {
    match error.kind() {
        ErrorKind::Data => Failure::Message(error.to_string()),
        _ => Failure::Unavailable { why: error.to_string(), retry_after: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::fixtures;

    #[test]
    fn settings_must_name_where() {
        for settings in ["", "endpoint = \"example.org\"", "endpoint = \"tcp://h\""] {
            assert_eq!(
                fixtures::build(&KIND, settings).err().unwrap().kind(),
                ErrorKind::Config,
                "{settings}"
            );
        }
    }
}
