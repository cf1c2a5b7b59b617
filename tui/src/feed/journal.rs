//! A journal on this host, of a daemon that runs or not: what it gets is told, and what it has is before.

use std::ops::Range;
use std::path::{Path, PathBuf};

use fedhub::Result;
use fedhub::journal::{Limits, Record, Span, Store, Wanted};

use super::{Teller, follow};
use crate::history::{Kept, Past};

/// A journal, read only.
pub struct Journal {
    store: Store,
}

impl Journal {
    /// The journal in this file.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self { store: Store::open(path)? })
    }
}

/// Tells what the journal gets from now on. Gives the number it begins with.
pub fn start(path: &Path, teller: Teller) -> Result<i64> {
    let mut journal = Journal::open(path)?;
    let from = journal.numbers()?.end;
    let name = path.file_name().map(PathBuf::from).unwrap_or_default();
    follow::start(Box::new(journal), from, name.display().to_string(), teller)?;
    Ok(from)
}

impl Past for Journal {
    fn numbers(&mut self) -> Result<Range<i64>> {
        Ok(self.store.oldest()?..self.store.newest()? + 1)
    }

    fn read(&mut self, after: i64, most: usize) -> Result<Vec<Kept>> {
        let records = self.store.next(after, &[], most)?;
        Ok(records.into_iter().map(kept).collect())
    }

    fn first_since(&mut self, time: i64) -> Result<i64> {
        let since = Wanted::Arrived(Span { since: time, until: i64::MAX });
        let one = Limits { messages: 1, bytes: 1 };
        let found = self.store.select(&[since], 0, one)?;
        Ok(found.records.first().map_or(found.newest + 1, |record| record.seq))
    }
}

fn kept(record: Record) -> Kept {
    let Record { seq: number, received, endpoint, message, .. } = record;
    Kept { number, received, endpoint, message }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fedhub::config::Config;
    use fedhub::journal::{Entry, Journal as Writer, Options, UNCHECKED, now};
    use fedhub::message::Message;

    use super::*;
    use crate::feed::{News, channel};

    fn write(writer: &Writer, numbers: Range<i64>) {
        for number in numbers {
            let message = Message::new("org.x.prod.a", format!("{{\"msg_id\": \"{number}\"}}"));
            let (received, endpoint) = (now(), None);
            writer.append(Entry { message, received, endpoint, verdict: UNCHECKED }).unwrap();
        }
    }

    #[test]
    fn what_it_gets_is_told_and_what_it_has_is_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.db");
        let writer = Writer::open(Options::new(path.clone(), &Config::default())).unwrap();
        write(&writer, 1..4);
        let (teller, feed) = channel();
        assert_eq!(start(&path, teller).unwrap(), 4);
        write(&writer, 4..6);
        let mut told = Vec::new();
        while told.len() < 2 {
            match feed.next() {
                Some(News::Message(entry)) => {
                    told.push(entry.message.msg_id().unwrap().to_owned());
                }
                _ => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        assert_eq!(told, ["4", "5"]);

        let mut past = Journal::open(&path).unwrap();
        assert_eq!(past.numbers().unwrap(), 1..6);
        let read = past.read(1, 2).unwrap();
        assert_eq!(read.iter().map(|kept| kept.number).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(past.first_since(0).unwrap(), 1);
        // Two may have arrived in the same microsecond.
        assert!((1..=3).contains(&past.first_since(read[1].received).unwrap()));
        assert_eq!(past.first_since(i64::MAX).unwrap(), 6);
    }
}
