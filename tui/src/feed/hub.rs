//! A running hub, relay or gateway elsewhere, by its replay address: what its journal gets is told, and what
//! it has is before.

use std::ops::Range;
use std::time::Duration;

use fedhub::Result;
use fedhub::bus::Settings;
use fedhub::message::Message;
use fedhub::replay::ReplayClient;
use serde_json::json;

use super::{Teller, follow};
use crate::history::{Kept, Past};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A journal that somebody else has.
pub struct Hub {
    client: ReplayClient,
}

impl Hub {
    /// The one that answers at this address.
    pub fn connect(settings: &Settings, endpoint: &str) -> Result<Self> {
        Ok(Self { client: ReplayClient::connect(settings, endpoint)? })
    }
}

/// Tells what it gets from now on. Gives the number it begins with.
pub fn start(settings: &Settings, endpoint: &str, teller: Teller) -> Result<i64> {
    let mut hub = Hub::connect(settings, endpoint)?;
    let from = hub.numbers()?.end;
    follow::start(Box::new(hub), from, endpoint.to_owned(), teller)?;
    Ok(from)
}

impl Past for Hub {
    fn numbers(&mut self) -> Result<Range<i64>> {
        self.client.numbers(PATIENCE)
    }

    fn read(&mut self, after: i64, most: usize) -> Result<Vec<Kept>> {
        let last = after.saturating_add_unsigned(most as u64);
        let wanted = json!({"seq_id_range": [after.saturating_add(1), last]});
        let page = self.client.matching(wanted, after, PATIENCE)?;
        Ok(page.messages.into_iter().map(kept).collect())
    }

    fn first_since(&mut self, time: i64) -> Result<i64> {
        let numbers = self.numbers()?;
        let seconds = time.div_euclid(1_000_000);
        let page = self.client.time(seconds, i64::from(u32::MAX), 0, PATIENCE)?;
        Ok(page.messages.first().map_or(numbers.end, |(number, _)| *number))
    }
}

/// When a message was received is not said, so it is when it was published.
fn kept((number, message): (i64, Message)) -> Kept {
    let published = message.value().ok().and_then(|body| body.at("timestamp")).and_then(seconds);
    let received = published.map_or(0, |seconds| (seconds * 1e6) as i64);
    let message = Message::new(message.topic(), message.body());
    Kept { number, received, endpoint: None, message }
}

fn seconds(value: &fedhub::canonical::Value) -> Option<f64> {
    match value {
        fedhub::canonical::Value::Float(seconds) => Some(*seconds),
        other => other.as_i64().map(|seconds| seconds as f64),
    }
}
