//! Connections to the archive: a bounded number of them, each used on a thread that may block.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fedhub::store::{self, Store};
use fedhub::{Error, Kind};
use tokio::sync::Semaphore;

use super::answer::Failure;

/// How long a request waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// The connections.
#[derive(Clone)]
pub(crate) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    url: String,
    room: Arc<Semaphore>,
    idle: Mutex<Vec<Box<dyn Store>>>,
    /// How long one request may keep the archive busy.
    time: Duration,
}

/// A connection in use, and when it is to be given back.
pub(crate) struct Session {
    store: Box<dyn Store>,
    deadline: Instant,
}

impl Session {
    /// How much time is left; an error when there is none.
    pub(crate) fn left(&self) -> fedhub::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::new(Kind::TryAgain, "the request takes too long"));
        }
        Ok(left)
    }

    /// The archive, for one call within the time of the request.
    pub(crate) fn store(&mut self) -> fedhub::Result<&mut dyn Store> {
        let left = self.left()?;
        self.store.limit_time(Some(left))?;
        Ok(&mut *self.store)
    }
}

impl Pool {
    /// Connections to the archive at `url`, at most so many, each for so long at a time.
    pub(crate) fn new(url: &str, connections: usize, time: Duration) -> Self {
        let shared = Shared {
            url: url.to_owned(),
            room: Arc::new(Semaphore::new(connections)),
            idle: Mutex::default(),
            time,
        };
        Self { shared: Arc::new(shared) }
    }

    /// Does something with a connection.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let room = Arc::clone(&self.shared.room).acquire_owned();
        let permit = match tokio::time::timeout(PATIENCE, room).await {
            Ok(Ok(permit)) => permit,
            _ => return Err(Failure::Busy),
        };
        let shared = Arc::clone(&self.shared);
        let done = tokio::task::spawn_blocking(move || {
            // It is there until the work is done, also when nobody waits any more.
            let _permit = permit;
            let idle = shared.idle().pop();
            let store = match idle {
                Some(store) => store,
                None => store::open(&shared.url)?,
            };
            let mut session = Session { store, deadline: Instant::now() + shared.time };
            let result = work(&mut session);
            match &result {
                // A slow query breaks nothing.
                Err(Failure::Store(error)) if error.kind() != Kind::TryAgain => {
                    // What ended this connection most likely ended the others too.
                    shared.idle().clear();
                }
                _ => shared.idle().push(session.store),
            }
            result
        });
        done.await.unwrap_or_else(|_| {
            Err(Failure::Store(Error::new(Kind::Bug, "a query of the archive panicked")))
        })
    }
}

impl Shared {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Box<dyn Store>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
