//! Where a PEM text comes from: a file, or an https address with a copy on disk.

use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::{Error, Kind};

/// No CA bundle or revocation list is larger.
const MAX_PEM_BYTES: u64 = 16 * 1024 * 1024;
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);
/// The pause after a failed fetch; doubled with each failure up to the normal interval.
const FIRST_RETRY: Duration = Duration::from_secs(5);

/// Where a certificate or revocation list is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A PEM file.
    File(PathBuf),
    /// An https address.
    Url {
        /// The address.
        url: String,
        /// Where the last copy is kept, if one is.
        cache: Option<PathBuf>,
        /// How often it is fetched anew.
        interval: Duration,
    },
}

impl Location {
    /// Reads a location as written in the configuration: a path or an https address.
    pub fn parse(text: &str, cache: Option<PathBuf>, interval: Duration) -> Result<Self, Error> {
        if text.starts_with("https://") {
            Ok(Self::Url { url: text.to_owned(), cache, interval })
        } else if text.contains("://") {
            Err(Error::new(
                Kind::Config,
                format!("{text}: only https addresses and paths are accepted"),
            )
            .hint("use an https:// address, or the path of a PEM file"))
        } else {
            Ok(Self::File(text.into()))
        }
    }
}

/// A location with what is known of its content.
pub(super) enum Source {
    File { path: PathBuf, seen: Option<Stamp> },
    Url { fetched: Arc<Mutex<Fetched>>, seen: u64, _stop: SyncSender<()> },
}

/// What tells one version of a file from another.
#[derive(PartialEq, Eq)]
pub(super) struct Stamp(u64, u64, u64, i64, i64);

pub(super) struct Fetched {
    content: Result<Vec<u8>, String>,
    version: u64,
}

impl Source {
    pub(super) fn new(location: Location) -> Self {
        match location {
            Location::File(path) => Self::File { path, seen: None },
            Location::Url { url, cache, interval } => Self::fetching(url, cache, interval),
        }
    }

    /// Starts from the copy on disk when it is fresh, else waits for the first fetch, with the old
    /// copy to fall back on. The thread ends when the source is dropped, which closes its channel.
    fn fetching(url: String, cache: Option<PathBuf>, interval: Duration) -> Self {
        let copy = cache.as_deref().and_then(|path| std::fs::read(path).ok());
        let age = cache.as_deref().and_then(age);
        let fresh = copy.is_some() && age.is_some_and(|age| age < interval);
        let content = copy.ok_or_else(|| format!("{url} has not been fetched yet"));
        let fetched = Arc::new(Mutex::new(Fetched { content, version: 0 }));
        let pause = match age {
            Some(age) if fresh => interval - age,
            _ if store(&fetched, fetch(&url, cache.as_deref())) => interval,
            _ => FIRST_RETRY,
        };
        let (stop, stopped) = sync_channel(1);
        let shared = Arc::clone(&fetched);
        std::thread::spawn(move || {
            keep_fetching(&url, cache.as_deref(), interval, pause, &shared, &stopped);
        });
        Self::Url { fetched, seen: 0, _stop: stop }
    }

    /// Whether the content may differ from what was last read.
    pub(super) fn changed(&self) -> bool {
        match self {
            Self::File { path, seen } => stamp(path) != *seen,
            Self::Url { fetched, seen, .. } => lock(fetched).version != *seen,
        }
    }

    /// The content, or why there is none.
    pub(super) fn read(&mut self) -> Result<Vec<u8>, String> {
        match self {
            Self::File { path, seen } => {
                *seen = stamp(path);
                let too_large = seen.as_ref().is_some_and(|stamp| stamp.2 > MAX_PEM_BYTES);
                if too_large {
                    return Err(format!("{}: larger than 16 MiB", path.display()));
                }
                std::fs::read(&*path).map_err(|error| format!("{}: {error}", path.display()))
            }
            Self::Url { fetched, seen, .. } => {
                let fetched = lock(fetched);
                *seen = fetched.version;
                fetched.content.clone()
            }
        }
    }
}

fn age(path: &Path) -> Option<Duration> {
    let modified = std::fs::metadata(path).and_then(|found| found.modified()).ok()?;
    SystemTime::now().duration_since(modified).ok()
}

fn stamp(path: &Path) -> Option<Stamp> {
    let found = std::fs::metadata(path).ok()?;
    Some(Stamp(found.dev(), found.ino(), found.len(), found.mtime(), found.mtime_nsec()))
}

fn lock(fetched: &Mutex<Fetched>) -> std::sync::MutexGuard<'_, Fetched> {
    fetched.lock().unwrap_or_else(PoisonError::into_inner)
}

fn keep_fetching(
    url: &str,
    cache: Option<&Path>,
    interval: Duration,
    first_pause: Duration,
    fetched: &Mutex<Fetched>,
    stopped: &Receiver<()>,
) {
    let mut pause = first_pause;
    let mut retry = FIRST_RETRY;
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(pause) {
        pause = if store(fetched, fetch(url, cache)) {
            retry = FIRST_RETRY;
            interval
        } else {
            retry = (retry * 2).min(interval);
            retry
        };
    }
}

/// Keeps what was fetched. A failure does not displace an earlier copy, which carries dates of its
/// own.
fn store(fetched: &Mutex<Fetched>, result: Result<Vec<u8>, String>) -> bool {
    let mut fetched = lock(fetched);
    match result {
        Ok(content) => {
            if fetched.content.as_ref() != Ok(&content) {
                fetched.content = Ok(content);
                fetched.version += 1;
            }
            true
        }
        Err(why) => {
            tracing::warn!("{why}");
            if fetched.content.is_err() {
                fetched.content = Err(why);
            }
            false
        }
    }
}

fn fetch(url: &str, cache: Option<&Path>) -> Result<Vec<u8>, String> {
    use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
    let tls = TlsConfig::builder()
        .provider(TlsProvider::NativeTls)
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    let agent = ureq::Agent::config_builder()
        .https_only(true)
        .timeout_global(Some(FETCH_TIMEOUT))
        .tls_config(tls)
        .build()
        .new_agent();
    let content = agent
        .get(url)
        .call()
        .and_then(|mut answer| answer.body_mut().with_config().limit(MAX_PEM_BYTES).read_to_vec())
        .map_err(|error| format!("cannot fetch {url}: {error}"))?;
    if !content.windows(11).any(|window| window == b"-----BEGIN ") {
        return Err(format!("cannot use {url}: the answer is not PEM"));
    }
    if let Some(cache) = cache
        && let Err(error) = write_copy(cache, &content)
    {
        tracing::warn!("cannot keep a copy of {url} in {}: {error}", cache.display());
    }
    Ok(content)
}

fn write_copy(cache: &Path, content: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = cache.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let partial = cache.with_extension(format!("partial.{}", std::process::id()));
    let mut file = std::fs::File::create(&partial)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&partial, cache)
}
