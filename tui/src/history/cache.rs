//! Messages that were read back, as many in a row as were read at once: the last ones that were looked at.

use std::sync::Arc;

use lru::LruCache;

use crate::feed::Entry;

/// So many bytes at most, or a single run.
const MOST: usize = 24 * 1024 * 1024;

/// Messages in a row, without those that are gone.
pub(super) type Run = Vec<Option<Arc<Entry>>>;

/// Runs by number.
#[derive(Debug)]
pub(super) struct Cache {
    runs: LruCache<usize, Run>,
    bytes: usize,
}

impl Cache {
    pub(super) fn new() -> Self {
        Self { runs: LruCache::unbounded(), bytes: 0 }
    }

    /// A message of a run, if the run is here.
    pub(super) fn get(&mut self, run: usize, place: usize) -> Option<Option<Arc<Entry>>> {
        self.runs.get(&run).map(|messages| messages.get(place).cloned().flatten())
    }

    pub(super) fn put(&mut self, run: usize, messages: Run) {
        self.remove(run);
        self.bytes += size(&messages);
        self.runs.put(run, messages);
        while self.bytes > MOST && self.runs.len() > 1 {
            let Some((_, oldest)) = self.runs.pop_lru() else { return };
            self.bytes -= size(&oldest);
        }
    }

    pub(super) fn remove(&mut self, run: usize) {
        if let Some(messages) = self.runs.pop(&run) {
            self.bytes -= size(&messages);
        }
    }

    pub(super) fn clear(&mut self) {
        self.runs.clear();
        self.bytes = 0;
    }
}

/// A place takes some room even when its message is gone.
fn size(messages: &Run) -> usize {
    messages.iter().map(|message| 64 + message.as_ref().map_or(0, |entry| entry.size())).sum()
}

#[cfg(test)]
mod tests {
    use fedhub::message::Message;

    use super::*;

    #[test]
    fn the_last_ones_stay_within_the_room() {
        let mut cache = Cache::new();
        let large = |number| {
            let message = Message::new("t", vec![b' '; MOST / 3]);
            Some(Arc::new(Entry { number, message, received: 0, endpoint: None }))
        };
        for run in 0..4 {
            cache.put(run, vec![large(run as u64), None]);
        }
        assert!(cache.get(1, 0).is_none() && cache.get(2, 0).is_some());
        assert_eq!(cache.get(3, 0).unwrap().unwrap().number, 3);
        assert!(cache.get(3, 1).unwrap().is_none());
        cache.put(3, Vec::new());
        cache.remove(2);
        assert_eq!(cache.bytes, 0);
    }
}
