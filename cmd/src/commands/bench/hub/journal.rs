//! Messages into a new journal, and into bare SQLite with the same tables and indices.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use fedhub::journal::{Entry, Identity, Journal, Options, Outcome, Retention, UNCHECKED, now};
use rusqlite::{Connection, TransactionBehavior, params};

use super::messages::Load;
use crate::commands::bench::load::PATIENCE;
use crate::commands::bench::process::{Scratch, own_cpu};

/// Messages that wait for their receipts at a time.
pub(super) const IN_FLIGHT: usize = 1000;
/// Messages in one batch, and so in one transaction.
pub(super) const BATCH: usize = 500;

/// How fast messages came to disk.
pub(super) struct Written {
    /// Messages per second.
    pub(super) rate: f64,
    /// CPU of all threads per message.
    pub(super) cpu_us: f64,
}

/// Times `work`, which writes `count` messages.
fn measure(count: usize, work: impl FnOnce() -> Result<()>) -> Result<Written> {
    let (cpu, start) = (own_cpu()?, Instant::now());
    work()?;
    let (elapsed, cpu) = (start.elapsed(), own_cpu()?.saturating_sub(cpu));
    let count = count as f64;
    Ok(Written { rate: count / elapsed.as_secs_f64(), cpu_us: cpu.as_secs_f64() * 1e6 / count })
}

fn new_journal(scratch: &Scratch) -> Result<(PathBuf, Journal)> {
    let path = scratch.path().join("journal.db");
    let retention = Retention { max_age: Duration::ZERO, max_size: 0 };
    let journal = Journal::open(Options { path: path.clone(), retention })?;
    Ok((path, journal))
}

fn entries(load: &Load) -> impl Iterator<Item = Entry> {
    let endpoint: Arc<str> = "tcp://127.0.0.1:9940".into();
    load.bodies().iter().map(move |body| Entry {
        message: load.message(body),
        received: now(),
        endpoint: Some(Arc::clone(&endpoint)),
        verdict: UNCHECKED,
    })
}

/// One by one from one thread, each with a receipt; many are on their way.
pub(super) fn receipts(load: &Load) -> Result<Written> {
    let scratch = Scratch::new()?;
    let (_, journal) = new_journal(&scratch)?;
    let entries: Vec<_> = entries(load).collect();
    let count = entries.len();
    let saved = Arc::new(AtomicU64::new(0));
    let (free, places) = sync_channel(IN_FLIGHT);
    (0..IN_FLIGHT).try_for_each(|_| free.try_send(()))?;
    let place = || places.recv_timeout(PATIENCE).context("no receipt came in time");
    let written = measure(count, || {
        for entry in entries {
            place()?;
            let (saved, free) = (Arc::clone(&saved), free.clone());
            let done = move |receipt: fedhub::Result<fedhub::journal::Receipt>| {
                let new = receipt.is_ok_and(|receipt| receipt.outcome == Outcome::New);
                saved.fetch_add(new.into(), Ordering::Relaxed);
                // Every place fits in; at the end nobody may be left to take it.
                let _ = free.try_send(());
            };
            journal
                .submit_with(entry, Box::new(done))
                .map_err(|_| anyhow::anyhow!("the journal takes no more"))?;
        }
        (0..IN_FLIGHT).try_for_each(|_| place())
    })?;
    let saved = saved.load(Ordering::Relaxed);
    ensure!(saved == count as u64, "{saved} of {count} messages were saved");
    Ok(written)
}

/// Batches, one after the other, with receipts for each.
pub(super) fn batches(load: &Load) -> Result<Written> {
    let scratch = Scratch::new()?;
    let (_, journal) = new_journal(&scratch)?;
    let mut entries = entries(load);
    let mut batches = Vec::new();
    loop {
        let batch: Vec<_> = entries.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            break;
        }
        batches.push(batch);
    }
    measure(load.bodies().len(), || {
        for batch in batches {
            let receipts = journal.append_batch(batch)?;
            let new = receipts.iter().all(|receipt| receipt.outcome == Outcome::New);
            ensure!(new, "a message was not saved as new");
        }
        Ok(())
    })
}

/// The same rows in the same transactions by one prepared statement. Digests are there already, and
/// nobody asks whether a message is known.
pub(super) fn bare_batches(load: &Load) -> Result<Written> {
    let scratch = Scratch::new()?;
    let (path, journal) = new_journal(&scratch)?;
    journal.close();
    let mut connection = open(&path)?;
    let rows: Vec<_> =
        entries(load).map(|entry| (Identity::of(&entry.message, entry.verdict), entry)).collect();
    measure(rows.len(), || {
        for batch in rows.chunks(BATCH) {
            insert(&mut connection, batch)?;
        }
        Ok(())
    })
}

/// Opens it with what the journal asks of SQLite.
fn open(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    ensure!(mode == "wal", "the journal's file is not in WAL mode");
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -64 * 1024)?;
    connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
    Ok(connection)
}

fn insert(connection: &mut Connection, batch: &[(Identity, Entry)]) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut statement = transaction.prepare_cached(
        "INSERT INTO message (received, endpoint, verdict, topic, body, msg_id, digest, conflict)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)",
    )?;
    for (identity, entry) in batch {
        statement.execute(params![
            entry.received,
            entry.endpoint.as_deref(),
            entry.verdict,
            entry.message.topic().as_bytes(),
            entry.message.body(),
            identity.msg_id,
            identity.digest,
        ])?;
    }
    drop(statement);
    Ok(transaction.commit()?)
}
