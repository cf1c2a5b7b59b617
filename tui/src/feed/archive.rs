//! The archive: what comes into it is told, and what it has is before.

use std::ops::Range;
use std::time::Duration;

use fedhub::Result;
use fedhub::store::{self, Order, Position, Query, Store};

use super::{Teller, follow};
use crate::history::{Kept, Past};

/// How long the archive may take for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// An archive, read only.
pub struct Archive {
    store: Box<dyn Store>,
}

impl Archive {
    /// The archive at this address.
    pub fn open(url: &str) -> Result<Self> {
        let mut store = store::open(url)?;
        store.limit_time(Some(PATIENCE))?;
        Ok(Self { store })
    }

    /// The first messages in an order, as [`Kept`].
    fn first(&mut self, query: &Query, order: Order, after: i64, most: u32) -> Result<Vec<Kept>> {
        let after = Position { time: i64::MIN, id: after };
        let after = (order == Order::Arrival).then_some(after);
        let found = self.store.query(query, order, after, 0, most)?;
        let kept = found.into_iter().map(|one| Kept {
            number: one.id,
            received: one.received,
            endpoint: None,
            message: one.message,
        });
        Ok(kept.collect())
    }
}

/// Tells what comes into the archive from now on. Gives the number it begins with.
pub fn start(url: &str, teller: Teller) -> Result<i64> {
    let mut archive = Archive::open(url)?;
    let from = archive.store.newest()? + 1;
    follow::start(Box::new(archive), from, "archive".into(), teller)?;
    Ok(from)
}

impl Past for Archive {
    fn numbers(&mut self) -> Result<Range<i64>> {
        let oldest = self.first(&Query::default(), Order::Arrival, 0, 1)?;
        let end = self.store.newest()? + 1;
        Ok(oldest.first().map_or(end, |kept| kept.number)..end)
    }

    fn read(&mut self, after: i64, most: usize) -> Result<Vec<Kept>> {
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        self.first(&Query::default(), Order::Arrival, after, most)
    }

    /// By the time it was published, which is what the archive is ordered by.
    fn first_since(&mut self, time: i64) -> Result<i64> {
        let query = Query { since: Some(time), ..Query::default() };
        let found = self.first(&query, Order::Oldest, 0, 1)?;
        let end = || self.store.newest().map(|newest| newest + 1);
        found.first().map_or_else(end, |kept| Ok(kept.number))
    }
}

#[cfg(test)]
mod tests {
    use fedhub::message::Message;
    use fedhub::meta::Meta;
    use fedhub::store::Archived;

    use super::*;

    #[test]
    fn messages_have_the_numbers_of_their_arrival() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("archive.db").display());
        let mut writer = store::create(&url).unwrap();
        // The second to come was published first.
        let batch: Vec<_> = [5, 1, 9]
            .into_iter()
            .map(|second| {
                let body = format!(r#"{{"msg_id": "{second}", "timestamp": {second}}}"#);
                let received = second * 1_000_000 + 10;
                Archived::new(Message::new("a.b.c.d", body), received, "valid", Meta::embedded())
            })
            .collect();
        writer.append(&batch).unwrap();
        let mut past = Archive::open(&url).unwrap();
        let numbers = past.numbers().unwrap();
        assert_eq!(numbers.end - numbers.start, 3);
        let read = past.read(numbers.start, 10).unwrap();
        let received: Vec<_> = read.iter().map(|kept| kept.received).collect();
        assert_eq!(received, [1_000_010, 9_000_010]);
        assert_eq!(past.first_since(6_000_000).unwrap(), numbers.end - 1);
        assert_eq!(past.first_since(10_000_000).unwrap(), numbers.end);
    }
}
