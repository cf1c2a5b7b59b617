//! Messages on their way into an archive, in batches: the next one is made ready on another thread
//! while one is written.

use std::iter;
use std::sync::mpsc::sync_channel;
use std::thread;

use super::Archived;

/// How many messages one transaction should have: more would be waited for longer, fewer would cost
/// more each.
pub const BATCH: usize = 500;
/// Fewer messages are made ready sooner than a thread has started.
const WORTH_A_THREAD: usize = 50;

/// Gives `write` all messages, [`BATCH`] at a time and in order, as `archived` makes them from items.
/// One batch at most is made ahead. Ends with the first error of `write`.
///
/// ```no_run
/// # use fedhub::{journal::Record, meta::Meta, store::{self, Archived}};
/// # fn example(records: &[Record], meta: &Meta) -> fedhub::Result<()> {
/// let mut archive = store::create("sqlite:archive.db")?;
/// let archived = |record: &Record| Archived::of_record(record, meta);
/// store::in_batches(records, archived, |batch| archive.append(batch).map(drop))
/// # }
/// ```
pub fn in_batches<T: Sync, E>(
    items: &[T],
    archived: impl Fn(&T) -> Archived + Sync,
    mut write: impl FnMut(&[Archived]) -> Result<(), E>,
) -> Result<(), E> {
    let make = |items: &[T]| items.iter().map(&archived).collect::<Vec<_>>();
    let (first, rest) = items.split_at(items.len().min(BATCH));
    if first.len() < WORTH_A_THREAD {
        return if first.is_empty() { Ok(()) } else { write(&make(first)) };
    }
    // Nothing is written yet while the first is made, so both threads make it.
    let (own, others) = first.split_at(first.len() / 2);
    thread::scope(|scope| {
        // Without room: a batch is handed over when the one before it is written.
        let (sender, receiver) = sync_channel(0);
        scope.spawn(move || {
            for items in iter::once(others).chain(rest.chunks(BATCH)) {
                if sender.send(make(items)).is_err() {
                    return;
                }
            }
        });
        let mut first = make(own);
        // Nothing comes if the other thread panicked, and then so does this one.
        let Ok(others) = receiver.recv() else { return Ok(()) };
        first.extend(others);
        write(&first)?;
        receiver.iter().try_for_each(|batch| write(&batch))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;
    use crate::meta::Meta;

    fn archived(number: &usize) -> Archived {
        let message = Message::new("a.b.c", format!(r#"{{"msg_id":"{number}"}}"#));
        Archived::new(message, 0, "valid", Meta::embedded())
    }

    #[test]
    fn all_are_written_in_order_until_a_batch_fails() {
        for count in [0, 1, WORTH_A_THREAD, BATCH, BATCH + 1, 5 * BATCH - 1] {
            let items: Vec<usize> = (0..count).collect();
            let mut seen = Vec::new();
            let done = in_batches(&items, archived, |batch| {
                assert!((1..=BATCH).contains(&batch.len()));
                seen.extend(batch.iter().map(|one| one.msg_id.parse::<usize>().unwrap()));
                Ok::<(), ()>(())
            });
            assert!(done.is_ok() && seen == items, "{count}");
        }
        let items: Vec<usize> = (0..5 * BATCH).collect();
        let mut batches = 0;
        let done = in_batches(&items, archived, |_| {
            batches += 1;
            if batches == 2 { Err("full") } else { Ok(()) }
        });
        assert_eq!((done, batches), (Err("full"), 2));
    }
}
