//! The thread that writes, with group commit, and what it does when writing fails.
//!
//! A failed write is never simply tried again on the same connection: the system may have forgotten
//! what it could not write. The file is closed and opened anew. Meanwhile who waits for a receipt is
//! refused, and the rest waits in bounded memory.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::queue::{Full, Job, Queue};
use super::{Entry, Options, Outcome, Receipt, Retention, Store, now};
use crate::{Error, Kind, Result};

/// The pause before a file that failed is opened again.
const RETRY: Duration = Duration::from_millis(250);
/// How often retention looks at ages.
const PRUNING: Duration = Duration::from_secs(10);
/// How many steps of retention come between two batches.
const STEPS: usize = 8;
/// How often a lasting failure is logged.
const LOGGING: Duration = Duration::from_secs(10);

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

/// A journal that is written to.
pub struct Journal {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<Summary>>,
}

impl Journal {
    /// Opens the file, makes it if need be, and starts the thread that writes to it.
    pub fn open(options: Options) -> Result<Self> {
        let queue = Arc::new(Queue::default());
        let writer = Writer {
            store: Some(Store::create(&options.path)?),
            path: options.path,
            retention: options.retention,
            queue: Arc::clone(&queue),
            failing: None,
            pruned: None,
            summary: Summary::default(),
        };
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || writer.run())
            .map_err(|error| Error::io("cannot start a thread", error))?;
        Ok(Self { queue, thread: Some(thread) })
    }

    /// Hands a message over without waiting. It is safe only later, or never if the process dies.
    pub fn submit(&self, entry: Entry) -> Result<(), Full> {
        self.queue.push(Job { entry, waiting: None })
    }

    /// Writes a message; returns when it is on disk.
    pub fn append(&self, entry: Entry) -> Result<Receipt> {
        let (sender, receipt) = sync_channel(1);
        let not_saved =
            |why| Error::new(Kind::TryAgain, format!("the message is not saved: {why}"));
        self.queue
            .push(Job { entry, waiting: Some(sender) })
            .map_err(|Full| not_saved("too many wait for the journal"))?;
        receipt.recv().unwrap_or_else(|_| Err(not_saved("the journal was closed")))
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

impl Drop for Journal {
    fn drop(&mut self) {
        self.end();
    }
}

/// Since when writing fails, and when that was logged.
struct Failing {
    since: Instant,
    logged: Instant,
}

struct Writer {
    store: Option<Store>,
    path: PathBuf,
    retention: Retention,
    queue: Arc<Queue>,
    failing: Option<Failing>,
    pruned: Option<Instant>,
    summary: Summary,
}

impl Writer {
    fn run(mut self) -> Summary {
        let mut batch = Vec::new();
        loop {
            if self.failing.is_some() {
                self.queue.pause(RETRY);
            }
            let patience = if self.failing.is_some() { Duration::ZERO } else { PRUNING };
            let more = self.queue.take(&mut batch, patience);
            let writing = !batch.is_empty();
            match self.save(&mut batch) {
                // Only a write that succeeds shows that writing works.
                Ok(()) if writing => self.recovered(),
                Ok(()) => {}
                Err(error) => self.failed(&error, &mut batch),
            }
            if !more {
                self.summary.lost = batch.len() as u64;
                return self.summary;
            }
        }
    }

    fn store(&mut self) -> Result<&mut Store> {
        if self.store.is_none() {
            self.store = Some(Store::reopen(&self.path)?);
        }
        self.store.as_mut().ok_or_else(|| Error::new(Kind::Bug, "the journal is not open"))
    }

    /// One transaction, then the receipts, then retention.
    fn save(&mut self, batch: &mut Vec<Job>) -> Result<()> {
        let store = self.store()?;
        if !batch.is_empty() {
            let receipts = store.append(batch.iter().map(|job| &job.entry))?;
            for (job, receipt) in batch.drain(..).zip(receipts) {
                match receipt.outcome {
                    Outcome::Duplicate => self.summary.duplicates += 1,
                    Outcome::New | Outcome::Conflict => self.summary.saved += 1,
                }
                if let Some(waiting) = job.waiting {
                    // Who no longer waits does not want it.
                    let _ = waiting.send(Ok(receipt));
                }
            }
        }
        self.prune()
    }

    fn prune(&mut self) -> Result<()> {
        let retention = self.retention;
        let due = self.pruned.is_none_or(|at| at.elapsed() >= PRUNING);
        let store = self.store()?;
        let large = retention.max_size > 0 && store.size()? > retention.max_size;
        if due || large {
            for _ in 0..STEPS {
                if store.prune(retention, now())? == 0 {
                    self.pruned = Some(Instant::now());
                    break;
                }
            }
        }
        Ok(())
    }

    fn failed(&mut self, error: &Error, batch: &mut Vec<Job>) {
        self.store = None;
        let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        batch.retain_mut(|job| {
            let Some(waiting) = job.waiting.take() else { return true };
            let refused =
                Error::new(Kind::TryAgain, format!("the message is not saved: {error}: {why}"));
            let _ = waiting.send(Err(refused));
            false
        });
        let now = Instant::now();
        let failing = self.failing.get_or_insert(Failing { since: now, logged: now });
        if failing.since == now || failing.logged.elapsed() >= LOGGING {
            failing.logged = now;
            tracing::error!("{error}: {why}; nothing is acknowledged until that works again");
        }
    }

    fn recovered(&mut self) {
        if let Some(failing) = self.failing.take() {
            let seconds = failing.since.elapsed().as_secs_f64();
            tracing::info!("the journal works again after {seconds:.1} s");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::tests::entry;
    use super::super::{Span, UNCHECKED};
    use super::*;

    fn options(dir: &tempfile::TempDir) -> Options {
        let retention = Retention { max_age: Duration::ZERO, max_size: 0 };
        Options { path: dir.path().join("journal"), retention }
    }

    #[test]
    fn what_has_a_receipt_is_there_and_the_rest_is_by_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(options(&dir)).unwrap();
        (0..100).for_each(|n| journal.submit(entry("t", &n.to_string())).unwrap());
        let receipt = journal.append(entry("t", "100")).unwrap();
        assert_eq!(receipt, Receipt { seq: 101, outcome: Outcome::New });
        let reader = Store::open(&options(&dir).path).unwrap();
        assert_eq!(reader.read(0, Span::default()).unwrap().len(), 101);
        assert_eq!(journal.append(entry("t", "7")).unwrap().outcome, Outcome::Duplicate);
        journal.submit(entry("t", "last")).unwrap();
        assert_eq!(journal.close(), Summary { saved: 102, duplicates: 1, lost: 0 });
        assert_eq!(reader.get(102).unwrap().unwrap().verdict, UNCHECKED);
    }

    #[test]
    fn while_writing_fails_nobody_gets_a_receipt_and_then_it_recovers() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(options(&dir)).unwrap();
        journal.append(entry("t", "before")).unwrap();
        // A trigger refuses messages as a broken disk would: in the middle of a transaction.
        let path = options(&dir).path;
        let other = rusqlite::Connection::open(&path).unwrap();
        other
            .execute_batch(
                "CREATE TRIGGER broken BEFORE INSERT ON message
                 BEGIN SELECT RAISE(ABORT, 'broken'); END",
            )
            .unwrap();
        journal.submit(entry("t", "kept in memory")).unwrap();
        let error = journal.append(entry("t", "refused")).unwrap_err();
        assert_eq!(error.kind(), Kind::TryAgain);
        other.execute_batch("DROP TRIGGER broken").unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while journal.append(entry("t", "after")).is_err() {
            assert!(Instant::now() < deadline, "it does not recover");
            std::thread::sleep(Duration::from_millis(10));
        }
        journal.close();
        let bodies: Vec<_> = Store::open(&path).unwrap().read(0, Span::default()).unwrap();
        let bodies: Vec<_> = bodies.iter().map(|r| r.message.body().to_vec()).collect();
        assert_eq!(bodies, [&b"before"[..], b"kept in memory", b"after"]);
    }
}
