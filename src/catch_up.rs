//! What was missed, from others who kept it.
//!
//! Who catches up walks through time. Each [`Batch`] says up to which second it has everything, and
//! reading goes on there, now or after a new start: that second is all there is to remember. Nothing
//! is ever skipped: what failed is read again from the same second.

mod datagrepper;
mod replay;

use std::time::Duration;

use crate::Error;
use crate::message::Message;

pub use datagrepper::Datagrepper;
pub use replay::Replay;

/// Somebody who keeps messages and can be asked for those of a time.
pub trait Source: Send {
    /// The messages that come next, from the unix second `from` on and before `until`, which is
    /// later. When it stays at `from`, the rest of these messages comes with the next call.
    fn read(&mut self, from: i64, until: i64) -> Result<Batch, Failure>;
}

/// Messages that follow each other in time.
#[derive(Debug)]
pub struct Batch {
    /// The messages, oldest first; there may be none.
    pub messages: Vec<Message>,
    /// Everything before this unix second was read; the next call begins with it.
    pub reached: i64,
    /// About how many messages follow before the time that was asked for.
    pub left: u64,
}

/// Why reading failed.
#[derive(Debug)]
pub struct Failure {
    /// What is wrong.
    pub error: Error,
    /// When the other side wants to be asked again, if it says so.
    pub retry_after: Option<Duration>,
    /// Whether asking again cannot help until somebody has changed something.
    pub lasting: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, retry_after: None, lasting: false }
    }
}
