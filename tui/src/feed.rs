//! Where messages come from. A source is a thread that tells what it has through a bounded channel.
//!
//! Live sources do not wait for a slow reader: what finds the channel full is counted and left out.
//! Sources that can be read again wait.

pub mod archive;
pub mod daemons;
mod follow;
pub mod hub;
pub mod journal;
pub mod live;
pub mod recording;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use fedhub::message::Message;

use crate::history::{Past, Seam};

/// How many pieces of news may wait.
const WAITING: usize = 16 * 1024;
/// How many bytes of messages may wait.
const WAITING_BYTES: usize = 32 * 1024 * 1024;

/// What a source tells.
#[derive(Debug)]
pub enum News {
    /// A message came.
    Message(Arc<Entry>),
    /// How the source is, whenever that changes.
    Health(Health),
    /// Something was logged.
    Log(LogLine),
    /// There is no more, for this reason; empty if all was read.
    Ended(String),
    /// What was before this session can be read there.
    Before(Before),
    /// How many messages came in each slot before this session, the oldest first.
    Counts(Vec<u64>),
    /// Something was found out about this host's daemons.
    Seen(daemons::Seen),
}

/// Where messages from before this session are.
pub struct Before {
    /// Whoever has them.
    pub past: Box<dyn Past>,
    /// Which of them were before.
    pub seam: Seam,
}

impl fmt::Debug for Before {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Before").field("seam", &self.seam).finish_non_exhaustive()
    }
}

/// A message with how it came.
#[derive(Debug)]
pub struct Entry {
    /// Its number in this session, from 0.
    pub number: u64,
    /// The message.
    pub message: Message,
    /// When it came, in microseconds since 1970.
    pub received: i64,
    /// Where it came from, if that is known.
    pub endpoint: Option<String>,
}

impl Entry {
    /// A copy to look into. What is parsed takes many times the room, so an entry that is kept does
    /// not keep it.
    pub fn opened(&self) -> Message {
        Message::new(self.message.topic(), self.message.body())
    }

    /// About how much memory it takes.
    pub fn size(&self) -> usize {
        const OWN: usize = size_of::<Entry>() + 64;
        OWN + self.message.topic().len() + self.message.body().len()
    }
}

/// How a source is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Whom it listens to.
    pub endpoints: Vec<Endpoint>,
    /// How many messages it knows that did not come.
    pub missed: u64,
    /// How many of those were fetched later.
    pub fetched: u64,
}

/// A publisher that is listened to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name in the settings, or its address.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Whether there is a connection.
    pub up: bool,
    /// How many connections were lost.
    pub lost: u64,
    /// How many things came that are no messages.
    pub malformed: u64,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written, in microseconds since 1970.
    pub time: i64,
    /// How much it matters.
    pub level: tracing::Level,
    /// What it says.
    pub text: String,
}

/// The reading end of a source.
#[derive(Debug)]
pub struct Feed {
    news: Receiver<News>,
    shared: Arc<Shared>,
}

/// The telling end of a source. Clones tell the same reader.
#[derive(Debug, Clone)]
pub struct Teller {
    news: SyncSender<News>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    dropped: AtomicU64,
    waiting_bytes: AtomicUsize,
    number: AtomicU64,
    /// Whether nobody reads any more.
    unheard: AtomicBool,
}

/// Both ends of a channel.
pub fn channel() -> (Teller, Feed) {
    let (sender, receiver) = sync_channel(WAITING);
    let shared = Arc::<Shared>::default();
    (Teller { news: sender, shared: Arc::clone(&shared) }, Feed { news: receiver, shared })
}

impl Feed {
    /// What comes next, if anything waits. After the last teller has gone there is nothing more.
    pub fn next(&self) -> Option<News> {
        let news = self.news.try_recv().ok()?;
        self.shared.waiting_bytes.fetch_sub(size(&news), Ordering::Relaxed);
        Some(news)
    }

    /// The same, but waits a while for it.
    pub fn wait(&self, patience: Duration) -> Option<News> {
        let news = self.news.recv_timeout(patience).ok()?;
        self.shared.waiting_bytes.fetch_sub(size(&news), Ordering::Relaxed);
        Some(news)
    }

    /// How many messages found the channel full and were left out.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.shared.unheard.store(true, Ordering::Relaxed);
    }
}

impl Teller {
    /// Whether somebody still listens.
    pub fn is_heard(&self) -> bool {
        !self.shared.unheard.load(Ordering::Relaxed)
    }

    /// An entry of the message, with the next number.
    pub fn entry(&self, message: Message, received: i64, endpoint: Option<String>) -> Entry {
        let number = self.shared.number.fetch_add(1, Ordering::Relaxed);
        Entry { number, message, received, endpoint }
    }

    /// Tells without waiting; if there is no room, a message is counted as dropped. Says whether
    /// somebody still listens.
    pub fn offer(&self, news: News) -> bool {
        let bytes = size(&news);
        let before = self.shared.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        let full = bytes > 0 && before > 0 && before + bytes > WAITING_BYTES;
        let sent = if full { Err(TrySendError::Full(news)) } else { self.news.try_send(news) };
        let Err(error) = sent else { return true };
        self.shared.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        match error {
            TrySendError::Full(News::Message(_)) => {
                self.shared.dropped.fetch_add(1, Ordering::Relaxed);
                true
            }
            TrySendError::Full(_) => true,
            TrySendError::Disconnected(_) => false,
        }
    }

    /// Tells, and waits for room if there is none. Says whether somebody still listens.
    pub fn tell(&self, news: News) -> bool {
        self.shared.waiting_bytes.fetch_add(size(&news), Ordering::Relaxed);
        self.news.send(news).is_ok()
    }
}

/// What counts towards the bytes that wait.
fn size(news: &News) -> usize {
    match news {
        News::Message(entry) => entry.size(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(teller: &Teller, size: usize) -> News {
        let message = Message::new("a.b.c.d", vec![b' '; size]);
        News::Message(Arc::new(teller.entry(message, 0, None)))
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let (teller, feed) = channel();
        for _ in 0..WAITING + 3 {
            assert!(teller.offer(message(&teller, 0)));
        }
        assert_eq!(feed.dropped(), 3);
        assert!(matches!(feed.next(), Some(News::Message(entry)) if entry.number == 0));
        assert!(teller.offer(message(&teller, 0)));
        assert_eq!(feed.dropped(), 3);
        drop(feed);
        assert!(!teller.offer(message(&teller, 0)));
        assert!(!teller.tell(message(&teller, 0)));
    }

    #[test]
    fn large_messages_have_less_room() {
        let (teller, feed) = channel();
        // One that is larger than all the room still passes when nothing else waits.
        teller.offer(message(&teller, WAITING_BYTES));
        teller.offer(message(&teller, 1));
        assert_eq!(feed.dropped(), 1);
        assert!(feed.next().is_some());
        teller.offer(message(&teller, 1));
        assert_eq!(feed.dropped(), 1);
    }
}
