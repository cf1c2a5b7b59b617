//! The CA and its revocation list: loaded from files or https addresses, reloaded when they change.
//!
//! Nothing here stops a process. While the CA or the list cannot be loaded, [`Trust::anchors`] says
//! why, and so does every verdict; when they can be loaded again, it recovers by itself.

mod anchors;
mod source;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub use anchors::{Anchors, Dates, Leaf};
pub use source::Location;

use super::{Reason, Verdict};
use source::Source;

/// How often changes are looked for.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// How long the last good copy serves when a reload fails: a file that is just being replaced may be
/// missing or half written for a moment.
const RELOAD_GRACE: Duration = Duration::from_secs(5);

/// The certificates signatures are traced back to.
pub struct Trust {
    ca: Source,
    crl: Option<Source>,
    state: Result<Arc<Anchors>, Verdict>,
    polled: Instant,
    failing_since: Option<Instant>,
}

impl Trust {
    /// Loads the CA and, if there is one, its revocation list. A failure to load is not an error: it
    /// is what every verdict says until it is mended.
    pub fn load(ca: Location, crl: Option<Location>) -> Self {
        let mut trust = Self {
            ca: Source::new(ca),
            crl: crl.map(Source::new),
            state: Err(Verdict::refused(Reason::CaUnavailable, "not loaded yet")),
            polled: Instant::now(),
            failing_since: None,
        };
        trust.state = trust.read();
        if let Err(verdict) = &trust.state {
            warn_unavailable(verdict);
        }
        trust
    }

    /// The certificates now in force, or the verdict on everything while there are none.
    pub fn anchors(&mut self) -> Result<Arc<Anchors>, Verdict> {
        if self.polled.elapsed() >= POLL_INTERVAL {
            self.polled = Instant::now();
            self.reload_if_changed();
        }
        self.state.clone()
    }

    /// Looks for changes at once, without waiting for the next look in turn.
    pub fn reload_if_changed(&mut self) {
        let ca_changed = self.ca.changed();
        let crl_changed = self.crl.as_ref().is_some_and(|source| source.changed());
        let unsettled = self.failing_since.is_some() || self.state.is_err();
        if !ca_changed && !crl_changed && !unsettled {
            return;
        }
        match (self.read(), &self.state) {
            (Ok(anchors), before) => {
                if before.is_err() {
                    tracing::info!("CA and revocation list are loaded again");
                }
                self.failing_since = None;
                self.state = Ok(anchors);
            }
            (Err(verdict), Ok(_)) => {
                let since = *self.failing_since.get_or_insert_with(Instant::now);
                if since.elapsed() >= RELOAD_GRACE {
                    warn_unavailable(&verdict);
                    self.state = Err(verdict);
                }
            }
            (Err(verdict), Err(_)) => self.state = Err(verdict),
        }
    }

    fn read(&mut self) -> Result<Arc<Anchors>, Verdict> {
        let ca = self.ca.read().map_err(|why| Verdict::refused(Reason::CaUnavailable, why))?;
        let crl = match &mut self.crl {
            None => None,
            Some(source) => {
                let pem = source.read();
                Some(pem.map_err(|why| Verdict::refused(Reason::CrlUnavailable, why))?)
            }
        };
        Anchors::from_pem(&ca, crl.as_deref()).map(Arc::new)
    }
}

fn warn_unavailable(verdict: &Verdict) {
    tracing::warn!(
        "{}: {}; until it is mended no message is valid",
        verdict.reason.name(),
        verdict.detail.as_deref().unwrap_or_default()
    );
}
