//! Messages into a file: the recording that `fedhub record` writes, and `play` and `import` read.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};

use fedhub::Result;
use fedhub::recording::{Existing, Recorder};

use crate::feed::Entry;
use crate::text::messages;
use crate::work::Work;

/// How many messages may wait to be written.
const WAITING: usize = 1024;
/// How many bytes of them, though always one.
const WAITING_BYTES: usize = 8 * 1024 * 1024;

/// A file that is being written.
#[derive(Debug)]
pub struct Export {
    /// None when all was handed over.
    entries: Option<SyncSender<Arc<Entry>>>,
    bytes: Arc<AtomicUsize>,
    /// The thread that writes.
    pub work: Work,
}

impl Export {
    /// Begins a file. One that is there is left alone, unless it is to be replaced.
    pub(crate) fn start(path: PathBuf, existing: Existing) -> Result<Self> {
        let (entries, waiting) = sync_channel::<Arc<Entry>>(WAITING);
        let bytes = Arc::<AtomicUsize>::default();
        let left = Arc::clone(&bytes);
        let work = Work::start("export", move |progress| {
            let mut recorder = Recorder::create(&path, existing)?;
            let mut written = 0;
            for entry in waiting {
                if progress.is_stopped() {
                    break;
                }
                recorder.write(entry.received, &entry.message)?;
                left.fetch_sub(entry.size(), Ordering::Relaxed);
                progress.add(1);
                written += 1;
            }
            recorder.finish()?;
            let stopped = if progress.is_stopped() { "stopped: " } else { "" };
            Ok(format!("{stopped}{} written to {}", messages(written), path.display()))
        })?;
        Ok(Self { entries: Some(entries), bytes, work })
    }

    /// Hands over a message; says whether there was room for it.
    pub(crate) fn offer(&self, entry: &Arc<Entry>) -> bool {
        let Some(entries) = &self.entries else { return true };
        let size = entry.size();
        let before = self.bytes.fetch_add(size, Ordering::Relaxed);
        let full = before > 0 && before + size > WAITING_BYTES;
        if !full {
            match entries.try_send(Arc::clone(entry)) {
                // A thread that has ended says why.
                Ok(()) | Err(TrySendError::Disconnected(_)) => return true,
                Err(TrySendError::Full(_)) => {}
            }
        }
        self.bytes.fetch_sub(size, Ordering::Relaxed);
        false
    }

    /// There is no more.
    pub(crate) fn finish(&mut self) {
        self.entries = None;
    }
}
