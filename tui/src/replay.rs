//! Sending messages again, as `fedhub replay` does: first it is shown what would be sent.

use std::sync::Arc;

use fedhub::Result;
use fedhub::replay::{Clock, Outcome, Pace, Summary, Target};

use crate::feed::Entry;
use crate::text::count;
use crate::work::Work;

/// How many messages can be sent at once. For more there is `fedhub replay`.
const MOST: usize = 10_000;
/// How many bytes they may have.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// As fast as `fedhub replay` is unless told otherwise.
const PACE: Pace = Pace::Rate(100.0);

/// What would be sent.
#[derive(Debug)]
pub struct DryRun {
    /// Where to.
    pub target: Target,
    /// The messages, oldest first.
    entries: Vec<Arc<Entry>>,
    /// What they are.
    pub summary: Summary,
    /// How many are left out since their signatures are not valid.
    pub invalid: u64,
    /// Whether signatures were looked at.
    pub judged: bool,
}

impl DryRun {
    pub(crate) fn new(target: Target, judged: bool) -> Self {
        Self { target, entries: Vec::new(), summary: Summary::default(), invalid: 0, judged }
    }

    /// Adds a message that would be sent; it is an error if there are too many.
    pub(crate) fn add(&mut self, entry: Arc<Entry>) -> Result<(), String> {
        self.summary.add(&entry.message);
        self.entries.push(entry);
        if self.entries.len() > MOST || self.summary.bytes > MOST_BYTES {
            let (messages, bytes) = (count(MOST as u64), count(MOST_BYTES / 1024 / 1024));
            return Err(format!(
                "more than {messages} messages or {bytes} MiB are not sent from here: fedhub replay sends them"
            ));
        }
        Ok(())
    }

    /// When the first and the last message were received.
    pub fn span(&self) -> Option<(i64, i64)> {
        Some((self.entries.first()?.received, self.entries.last()?.received))
    }

    /// Sends them.
    pub(crate) fn send(self) -> Result<Work> {
        Work::start("replay", move |progress| {
            let counted = progress.clone();
            let mut sender = self.target.connect(progress.stop(), |outcome| match outcome {
                Outcome::Sent(more) => counted.add(more),
                Outcome::Refused(..) => {
                    tracing::warn!("{}", outcome.refusal().unwrap_or_default());
                }
            })?;
            let mut clock = Clock::start(PACE);
            let sent = self.entries.iter().try_for_each(|entry| {
                sender.send(clock.due(Some(entry.received)), entry.message.clone())
            });
            let (counts, outcome) = sender.finish(sent);
            let all = count(self.entries.len() as u64);
            let mut said = format!("{} of {all} messages were sent", count(counts.sent));
            if counts.refused > 0 {
                said += &format!(", {} are refused", count(counts.refused));
            }
            match outcome {
                Ok(()) => Ok(format!("{said} to {}", self.target.name())),
                Err(error) => Err(error.about(said)),
            }
        })
    }
}
