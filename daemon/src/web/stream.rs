//! `/v3/stream`: messages as they come into the archive, as server-sent events. Who names a place gets
//! what came since then first. The archive itself is followed, and each message is known by its number
//! in it, so that between what was and what comes nothing is missing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use fedhub::store::shown::Shown;
use fedhub::store::{Archived, Order, Page, Position, Query, Wanted};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Semaphore, broadcast, mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;

use super::Site;
use super::answer::{self, Answer, Failure};
use super::conditions::Conditions;
use super::parameters::{Parameters, Refusal};

/// How often the archive is asked for more while somebody listens.
const INTERVAL: Duration = Duration::from_millis(200);
/// How many messages are read at a time.
const BATCH: u32 = 500;
const BATCH_BYTES: u64 = 4 << 20;
/// How many batches wait for each listener; who needs more reads them from the archive again.
const WAITING: usize = 64;
/// How many pieces wait for a connection.
const PIECES: usize = 4;
/// How often something is sent when nothing happens.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Messages that follow each other in the archive.
struct Batch {
    /// The number of the message before.
    behind: i64,
    /// The number of the last message.
    last: i64,
    /// All of them as events, for who wants them all.
    events: Bytes,
    each: Vec<(i64, Bytes, Mutex<Archived>)>,
    /// Whether there may be more behind it.
    more: bool,
}

impl Batch {
    fn new(behind: i64, page: Page) -> Self {
        let more = page.cut || page.messages.len() == BATCH as usize;
        let each: Vec<_> =
            page.messages.into_iter().map(|one| (one.id, event(&one), one.into())).collect();
        let events = each.iter().flat_map(|(_, event, _)| event.iter().copied()).collect();
        Self { behind, last: each.last().map_or(behind, |(id, ..)| *id), events, each, more }
    }

    /// The events behind `at` that somebody wants.
    fn wanted(&self, conditions: &Conditions, at: i64) -> Bytes {
        if conditions.are_empty() && at <= self.behind {
            return self.events.clone();
        }
        let wanted = self.each.iter().filter(|(id, _, one)| {
            let one = one.lock().unwrap_or_else(PoisonError::into_inner);
            *id > at && conditions.fit(&one)
        });
        wanted.flat_map(|(_, event, _)| event.iter().copied()).collect()
    }
}

fn event(one: &Archived) -> Bytes {
    // Every value can be written, and within JSON there are no line ends.
    let data = serde_json::to_string(&Shown::new(one, None)).unwrap_or_default();
    format!("id: {}\nevent: message\ndata: {data}\n\n", one.id).into()
}

/// What comes into the archive, read once for all listeners.
#[derive(Clone)]
pub(crate) struct Tail {
    batches: broadcast::Sender<Arc<Batch>>,
    room: Arc<Semaphore>,
    refused: Arc<AtomicU64>,
}

impl Tail {
    /// One for so many listeners at once.
    pub(crate) fn new(listeners: usize) -> Self {
        let (batches, _) = broadcast::channel(WAITING);
        Self { batches, room: Arc::new(Semaphore::new(listeners)), refused: Arc::default() }
    }

    /// How many listen.
    pub(crate) fn listeners(&self) -> usize {
        self.batches.receiver_count()
    }

    /// How many were refused because too many listened.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Reads what comes until the end.
    pub(crate) async fn run(self, site: Site, mut ended: watch::Receiver<()>) {
        let mut at = None;
        loop {
            tokio::select! {
                () = tokio::time::sleep(INTERVAL) => {}
                // It changes by being dropped.
                _ = ended.changed() => return,
            }
            if self.batches.receiver_count() == 0 {
                at = None;
                continue;
            }
            // Failures are for those who ask; what is missed here is read again.
            at = match at {
                None => self.begin(&site).await.ok(),
                Some(at) => self.read(&site, at).await.ok(),
            };
        }
    }

    /// Begins with what comes from now on. Who has not come so far yet reads what is missing.
    async fn begin(&self, site: &Site) -> Result<i64, Failure> {
        let at = newest(site).await?;
        // Nobody may listen any more.
        let _ = self.batches.send(Arc::new(Batch::new(at, Page::default())));
        Ok(at)
    }

    /// Reads and passes on what there is behind `at`; gives how far it came.
    async fn read(&self, site: &Site, mut at: i64) -> Result<i64, Failure> {
        loop {
            let batch = read(site, at).await?;
            let more = batch.more;
            if batch.last > at {
                at = batch.last;
                // Nobody may listen any more.
                let _ = self.batches.send(Arc::new(batch));
            }
            if !more {
                return Ok(at);
            }
        }
    }
}

async fn newest(site: &Site) -> Result<i64, Failure> {
    site.run(|session| Ok(session.store()?.newest()?)).await
}

async fn read(site: &Site, behind: i64) -> Result<Batch, Failure> {
    site.run(move |session| {
        let wanted = Wanted {
            order: Order::Arrival,
            after: Some(Position { time: 0, id: behind }),
            offset: 0,
            limit: BATCH,
            bytes: BATCH_BYTES,
            total: false,
        };
        Ok(Batch::new(behind, session.store()?.page(&Query::default(), wanted)?))
    })
    .await
}

/// `/v3/stream`.
pub(crate) async fn stream(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let mut given = Parameters::parse(&query.unwrap_or_default())?;
    let conditions = Conditions::read(&mut given, &site.rules())?;
    let hint = "the stream of an answer of /v3/messages, the id of an event, or 0 for all there is";
    let number = |text: &str| text.parse::<i64>().ok().filter(|number| *number >= 0);
    let after = given.read("after", hint, number)?;
    given.finish()?;
    let last = headers.get("last-event-id").map(|last| {
        last.to_str()
            .ok()
            .and_then(number)
            .ok_or_else(|| Refusal::new("Last-Event-ID", "no event has this id", hint))
    });
    let permit = Arc::clone(&site.tail().room).try_acquire_owned();
    let Ok(permit) = permit else {
        site.tail().refused.fetch_add(1, Ordering::Relaxed);
        return Err(Failure::Busy);
    };
    // Before the place is known, so that what comes in between is not missed.
    let batches = site.tail().batches.subscribe();
    let newest = newest(&site).await?;
    // Somebody who connects again names both; the event came later.
    let at = last.transpose()?.or(after).map_or(newest, |at| at.min(newest));
    let (sender, receiver) = mpsc::channel(PIECES);
    let listener =
        Listener { ended: site.ended(), site, conditions: Arc::new(conditions), at, sender };
    tokio::spawn(async move {
        listener.run(batches).await;
        drop(permit);
    });
    Ok(answer::typed("text/event-stream", Body::from_stream(ReceiverStream::new(receiver))))
}

/// Who follows the archive.
struct Listener {
    site: Site,
    conditions: Arc<Conditions>,
    /// The number of the last message that was dealt with.
    at: i64,
    sender: mpsc::Sender<Result<Bytes, std::io::Error>>,
    ended: watch::Receiver<()>,
}

impl Listener {
    async fn run(mut self, mut batches: broadcast::Receiver<Arc<Batch>>) {
        let mut ended = self.ended.clone();
        tokio::select! {
            failed = self.follow(&mut batches) => {
                if let Some(Failure::Store(error)) = failed {
                    answer::log(&error);
                }
            }
            // The connection ends in good order, and the other side comes again.
            _ = ended.changed() => {}
        }
    }

    /// Sends what was and what comes. It ends when nobody listens, or with a failure.
    async fn follow(&mut self, batches: &mut broadcast::Receiver<Arc<Batch>>) -> Option<Failure> {
        // A connection that says nothing for long may be taken for dead before the first message.
        self.send(Bytes::from_static(b"retry: 2000\n\n")).await?;
        if let Err(failure) = self.replay().await {
            return Some(failure);
        }
        loop {
            let next = tokio::time::timeout(KEEP_ALIVE, batches.recv());
            let sent = match next.await {
                Ok(Ok(batch)) if batch.behind <= self.at => self.pass(batch).await,
                // Between it and the last one there is more, or this listener was too slow.
                Ok(Ok(_) | Err(RecvError::Lagged(_))) => match self.replay().await {
                    Ok(sent) => sent,
                    Err(failure) => return Some(failure),
                },
                Ok(Err(RecvError::Closed)) => None,
                // So who connects again begins here, also when nothing was of interest.
                Err(_) => self.send(format!("id: {}\n\n", self.at).into()).await,
            };
            sent?;
        }
    }

    /// Sends what the archive has. Gives `None` when nobody listens.
    async fn replay(&mut self) -> Result<Option<()>, Failure> {
        loop {
            let batch = read(&self.site, self.at).await?;
            let more = batch.more;
            if self.pass(Arc::new(batch)).await.is_none() {
                return Ok(None);
            }
            if !more {
                return Ok(Some(()));
            }
        }
    }

    async fn pass(&mut self, batch: Arc<Batch>) -> Option<()> {
        let (conditions, at, last) = (Arc::clone(&self.conditions), self.at, batch.last);
        let events = if conditions.are_quick() {
            batch.wanted(&conditions, at)
        } else {
            tokio::task::spawn_blocking(move || batch.wanted(&conditions, at)).await.ok()?
        };
        self.at = self.at.max(last);
        if events.is_empty() { Some(()) } else { self.send(events).await }
    }

    async fn send(&self, piece: Bytes) -> Option<()> {
        self.sender.send(Ok(piece)).await.ok()
    }
}
