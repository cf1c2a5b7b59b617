//! The journal for the process that writes it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::lock::Lock;
use super::queue::{Batch, Done, Full, Job, Queue};
use super::status::{Health, Status};
use super::writer::Writer;
use super::{Change, Entry, Options, Receipt};
use crate::{Error, Kind, Result};

/// How long somebody who waits for a receipt waits for room in the queue.
const PATIENCE: Duration = Duration::from_millis(500);

/// What a journal did in its life.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Messages written.
    pub saved: u64,
    /// Messages that were there already.
    pub duplicates: u64,
    /// Messages that could not be written before the end.
    pub lost: u64,
}

/// A journal that is written to. Threads share it.
pub struct Journal {
    queue: Arc<Queue>,
    status: Arc<Status>,
    epoch: String,
    thread: Option<JoinHandle<Summary>>,
    // Dropped last, when nothing writes any more.
    _lock: Lock,
}

impl Journal {
    /// Opens the file, makes it if need be, and starts the thread that writes to it. Only one process
    /// can have it open like this.
    pub fn open(options: Options) -> Result<Self> {
        let lock = Lock::take(&options.path)?;
        let (queue, status) = (Arc::<Queue>::default(), Arc::<Status>::default());
        let writer = Writer::open(options, Arc::clone(&queue), Arc::clone(&status))?;
        let epoch = writer.epoch().to_owned();
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || writer.run())
            .map_err(|error| Error::io("cannot start a thread", error))?;
        Ok(Self { queue, status, epoch, thread: Some(thread), _lock: lock })
    }

    /// Hands a message over without waiting. It is tried until it is written; it is safe only then,
    /// or never if the process dies first.
    pub fn submit(&self, entry: Entry) -> Result<(), Full> {
        self.queue.push(Job::Entry(entry.into(), None))
    }

    /// Hands a message over without waiting. `done` gets its receipt when it is on disk, or an error
    /// soon after writing has failed; then the message is dropped, and may yet be found on disk. When
    /// this refuses, `done` is not called.
    pub fn submit_with(&self, entry: Entry, done: Done<Receipt>) -> Result<(), Full> {
        self.queue.push(Job::Entry(entry.into(), Some(done)))
    }

    /// Writes a message; returns when it is on disk.
    pub fn append(&self, entry: Entry) -> Result<Receipt> {
        self.wait("the message is not saved", |done| Job::Entry(entry.into(), Some(done)))
    }

    /// Writes messages, all or none; returns when they are on disk.
    pub fn append_batch(&self, entries: Vec<Entry>) -> Result<Vec<Receipt>> {
        let (sender, receiver) = sync_channel(entries.len());
        let batch = Batch {
            count: entries.len(),
            bytes: entries.iter().map(Entry::bytes).sum(),
            entries: receiver,
        };
        let waiting =
            self.hand_over("the messages are not saved", |done| Job::Entries(batch, done))?;
        // To look at a message takes as long as to write it, so both are done at the same time.
        for entry in entries {
            if sender.send(entry.into()).is_err() {
                // The batch was refused; the answer says why.
                break;
            }
        }
        waiting.answer()
    }

    /// Makes a change; returns when it is on disk.
    pub fn commit(&self, change: Change) -> Result<()> {
        change.check()?;
        self.wait("the change is not saved", |done| Job::Change(change, Some(done)))
    }

    /// Hands a change over without waiting. It is tried until it is written, after everything that
    /// was handed over before it.
    pub fn submit_change(&self, change: Change) -> Result<(), Full> {
        self.queue.push(Job::Change(change, None))
    }

    fn wait<T: Send + 'static>(
        &self,
        what: &'static str,
        job: impl FnOnce(Done<T>) -> Job,
    ) -> Result<T> {
        self.hand_over(what, job)?.answer()
    }

    fn hand_over<T: Send + 'static>(
        &self,
        what: &'static str,
        job: impl FnOnce(Done<T>) -> Job,
    ) -> Result<Waiting<T>> {
        let (sender, receiver) = sync_channel(1);
        let done: Done<T> = Box::new(move |result| {
            // There is room for the only one.
            let _ = sender.send(result);
        });
        self.queue
            .push_within(job(done), PATIENCE)
            .map_err(|Full| not_saved(what, "too many wait for the journal"))?;
        Ok(Waiting { what, receiver })
    }

    /// The number of the newest message that is on disk.
    pub fn head(&self) -> i64 {
        self.status.head()
    }

    /// Waits until there is a message beyond this number, or the time is up; returns the number of the
    /// newest.
    pub fn wait_beyond(&self, seq: i64, timeout: Duration) -> i64 {
        self.status.wait_beyond(seq, timeout)
    }

    /// Which journal this is. Another file numbers its messages anew, under another epoch.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Whether a batch of a thousand ordinary messages could be handed over now.
    pub fn has_room(&self) -> bool {
        self.queue.half_empty()
    }

    /// Waits until everything handed over so far is on disk.
    pub fn flush(&self) -> Result<()> {
        self.append_batch(Vec::new()).map(|_| ())
    }

    /// How it is. Does not wait for the disk.
    pub fn health(&self) -> Health {
        self.status.health(self.queue.len())
    }

    /// Writes what waits, and ends.
    pub fn close(mut self) -> Summary {
        self.end()
    }

    fn end(&mut self) -> Summary {
        self.queue.close();
        let ended = self.thread.take().map(JoinHandle::join);
        ended.and_then(std::result::Result::ok).unwrap_or_default()
    }
}

/// Somebody who waits for an answer of the thread that writes.
struct Waiting<T> {
    what: &'static str,
    receiver: Receiver<Result<T>>,
}

impl<T> Waiting<T> {
    fn answer(self) -> Result<T> {
        let closed = || Err(not_saved(self.what, "the journal was closed"));
        self.receiver.recv().unwrap_or_else(|_| closed())
    }
}

fn not_saved(what: &str, why: &str) -> Error {
    Error::new(Kind::TryAgain, format!("{what}: {why}"))
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Instant;

    use super::super::store::tests::entry;
    use super::super::{
        Outcome, Quarantining, Retention, Settlement, Span, Store, StreamPosition, UNCHECKED,
    };
    use super::*;

    const LONG: Duration = Duration::from_secs(30);

    fn options(dir: &tempfile::TempDir) -> Options {
        let retention = Retention { max_age: Duration::ZERO, max_size: 0 };
        Options { path: dir.path().join("journal"), retention }
    }

    fn bodies(path: &Path) -> Vec<Vec<u8>> {
        let records = Store::open(path).unwrap().read(0, Span::default()).unwrap();
        records.iter().map(|record| record.message.body().to_vec()).collect()
    }

    fn progress(cursor: &str, position: i64) -> Change {
        let (cursor, quarantine) = (cursor.into(), Vec::new());
        Change::Progress { cursor, from: 0, position, delivered: 1, quarantine }
    }

    fn stream(seq: i64) -> Change {
        let (endpoint, stream, epoch) = ("e".into(), "s".into(), "p".into());
        Change::Stream(StreamPosition { endpoint, stream, epoch, seq })
    }

    /// A trigger refuses messages as a broken disk would: in the middle of a transaction.
    fn break_it(path: &Path) -> rusqlite::Connection {
        let other = rusqlite::Connection::open(path).unwrap();
        other.busy_timeout(LONG).unwrap();
        other
            .execute_batch(
                "CREATE TRIGGER broken BEFORE INSERT ON message
                 BEGIN SELECT RAISE(ABORT, 'broken'); END",
            )
            .unwrap();
        other
    }

    #[test]
    fn what_has_a_receipt_is_there_and_the_rest_is_by_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(options(&dir)).unwrap();
        (0..100).for_each(|n| journal.submit(entry("t", &n.to_string())).unwrap());
        let receipt = journal.append(entry("t", "100")).unwrap();
        assert_eq!(receipt, Receipt { seq: 101, outcome: Outcome::New });
        assert_eq!((journal.head(), journal.wait_beyond(100, LONG)), (101, 101));
        let reader = Store::open(&options(&dir).path).unwrap();
        assert_eq!(reader.read(0, Span::default()).unwrap().len(), 101);
        assert_eq!(reader.epoch().unwrap(), journal.epoch());
        assert_eq!(journal.append(entry("t", "7")).unwrap().outcome, Outcome::Duplicate);
        let batch = journal.append_batch(vec![entry("t", "7"), entry("t", "batch")]).unwrap();
        assert_eq!(batch.iter().map(|receipt| receipt.seq).collect::<Vec<_>>(), [8, 102]);
        let health = journal.health();
        assert_eq!((health.saved, health.duplicates, health.failing_since), (102, 2, None));
        journal.submit(entry("t", "last")).unwrap();
        assert_eq!(journal.close(), Summary { saved: 103, duplicates: 2, lost: 0 });
        assert_eq!(reader.get(103).unwrap().unwrap().verdict, UNCHECKED);
        let journal = Journal::open(options(&dir)).unwrap();
        assert_eq!((journal.head(), journal.epoch()), (103, reader.epoch().unwrap().as_str()));
    }

    #[test]
    fn changes_are_written_in_order_with_messages() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(options(&dir)).unwrap();
        let store = Store::open(&options(&dir).path).unwrap();
        for n in 1..=1000 {
            journal.submit(entry("t", &n.to_string())).unwrap();
            journal.submit_change(stream(n)).unwrap();
        }
        // At any moment what is said to be here is here.
        loop {
            let said = store.stream("e", "s").unwrap().map_or(0, |position| position.seq);
            assert!(store.newest().unwrap() >= said);
            if said == 1000 {
                break;
            }
        }
        let quarantine =
            vec![Quarantining { seq: 3, reason: "bad".into(), attempts: 5, due: None }];
        let (cursor, from, position) = ("c".to_owned(), 0, 9);
        let change = Change::Progress { cursor, from, position, delivered: 8, quarantine };
        journal.commit(change).unwrap();
        let cursors = store.cursors().unwrap();
        assert_eq!((cursors[0].position, cursors[0].delivered), (9, 8));
        let one = store.quarantined(Some("c"), None, 0).unwrap().remove(0);
        journal.commit(Change::Settled { id: one.id, outcome: Settlement::Done }).unwrap();
        assert_eq!(store.quarantine_size("c").unwrap().0, 0);
        assert_eq!(journal.commit(progress("", 1)).unwrap_err().kind(), Kind::Usage);
    }

    #[test]
    fn while_writing_fails_nobody_gets_a_receipt_and_then_it_recovers() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(options(&dir)).unwrap();
        journal.append(entry("t", "before")).unwrap();
        let path = options(&dir).path;
        let other = break_it(&path);
        journal.submit(entry("t", "kept in memory")).unwrap();
        journal.submit_change(stream(7)).unwrap();
        let error = journal.append(entry("t", "refused")).unwrap_err();
        assert_eq!(error.kind(), Kind::TryAgain);
        assert!(journal.append_batch(vec![entry("t", "refused")]).is_err());
        let (sender, refused) = sync_channel(1);
        let done = Box::new(move |result: Result<Receipt>| sender.send(result.is_err()).unwrap());
        journal.submit_with(entry("t", "refused"), done).unwrap();
        assert!(refused.recv_timeout(LONG).unwrap());
        let health = journal.health();
        assert!(health.failing_since.is_some() && health.error.unwrap().contains("broken"));
        other.execute_batch("DROP TRIGGER broken").unwrap();
        let deadline = Instant::now() + LONG;
        while journal.health().failing_since.is_some() {
            assert!(Instant::now() < deadline, "it does not recover");
            std::thread::sleep(Duration::from_millis(10));
        }
        journal.append(entry("t", "after")).unwrap();
        assert_eq!(journal.head(), 3);
        journal.close();
        assert_eq!(bodies(&path), [&b"before"[..], b"kept in memory", b"after"]);
        assert_eq!(Store::open(&path).unwrap().stream("e", "s").unwrap().unwrap().seq, 7);
    }

    #[test]
    fn it_recovers_also_when_nobody_has_anything_to_write() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(options(&dir)).unwrap();
        let other = break_it(&options(&dir).path);
        journal.append(entry("t", "refused")).unwrap_err();
        other.execute_batch("DROP TRIGGER broken").unwrap();
        let deadline = Instant::now() + LONG;
        while journal.health().failing_since.is_some() {
            assert!(Instant::now() < deadline, "it does not recover");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn what_cannot_be_written_by_the_end_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(options(&dir)).unwrap();
        let _other = break_it(&options(&dir).path);
        (0..10).for_each(|n| journal.submit(entry("t", &n.to_string())).unwrap());
        assert_eq!(journal.close(), Summary { saved: 0, duplicates: 0, lost: 10 });
    }

    #[test]
    fn a_second_writer_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(options(&dir)).unwrap();
        let refused = Journal::open(options(&dir)).err().map(|error| error.kind());
        assert_eq!(refused, Some(Kind::Unavailable));
        journal.close();
        Journal::open(options(&dir)).unwrap();
    }
}
