//! Telling a thread that waits in ZeroMQ to end.

use std::io::{PipeReader, PipeWriter, Write};
use std::os::fd::AsRawFd;
use std::sync::{Arc, Mutex, PoisonError};

use zmq::{POLLIN, PollItem};

use crate::{Error, Result};

/// Ends whoever holds the matching [`StopSignal`]. Clones end the same one.
#[derive(Debug, Clone)]
pub struct Stop(Arc<Mutex<Option<PipeWriter>>>);

/// What a thread polls beside its sockets.
#[derive(Debug)]
pub(crate) struct StopSignal(PipeReader);

impl Stop {
    pub(crate) fn new() -> Result<(Self, StopSignal)> {
        let (reader, writer) =
            std::io::pipe().map_err(|error| Error::io("cannot make a pipe", error))?;
        Ok((Self(Arc::new(Mutex::new(Some(writer)))), StopSignal(reader)))
    }

    /// Asks for the end. More than once is as good as once.
    pub fn stop(&self) {
        let writer = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut writer) = writer {
            // Closing the pipe says the same, so a failure does not matter.
            let _ = writer.write_all(b".");
        }
    }
}

impl StopSignal {
    /// Ready as soon as the end was asked for, or nobody is left to ask for it.
    pub(crate) fn poll_item(&self) -> PollItem<'_> {
        PollItem::from_fd(self.0.as_raw_fd(), POLLIN)
    }
}
