//! Messages on disk, in a file without a name: it goes with the process, however that ends.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use fedhub::message::Message;
use nix::fcntl::{FallocateFlags, fallocate};

use super::cache::{Cache, Run};
use crate::feed::Entry;

/// How many messages are written together, and read together.
pub(super) const BLOCK: usize = 64;
/// How many names of endpoints are remembered.
const NAMES: usize = 1000;
/// The place of a message in a block: its number, time, endpoint and lengths.
const HEAD: usize = 8 + 8 + 4 + 4 + 4;
const NO_NAME: u32 = u32::MAX;

/// Blocks of messages, in the order they were added.
#[derive(Debug)]
pub(super) struct Spill {
    file: File,
    /// Where each block begins.
    starts: VecDeque<u64>,
    /// How many blocks were given up.
    gone: usize,
    /// Where the next one begins.
    end: u64,
    most: u64,
    names: Vec<String>,
    cache: RefCell<Cache>,
}

impl Spill {
    /// In this directory; when it has more bytes than this, the oldest are given up.
    pub(super) fn create(dir: &Path, most: u64) -> io::Result<Self> {
        Ok(Self {
            file: tempfile::tempfile_in(dir)?,
            starts: VecDeque::new(),
            gone: 0,
            end: 0,
            most,
            names: Vec::new(),
            cache: RefCell::new(Cache::new()),
        })
    }

    /// How many of the first blocks were given up.
    pub(super) fn gone(&self) -> usize {
        self.gone
    }

    /// Adds a block.
    pub(super) fn add(&mut self, block: &[Arc<Entry>]) -> io::Result<()> {
        let mut bytes = Vec::new();
        for entry in block {
            let name = self.name(entry.endpoint.as_deref());
            let (topic, body) = (entry.message.topic(), entry.message.body());
            bytes.extend(entry.number.to_le_bytes());
            bytes.extend(entry.received.to_le_bytes());
            bytes.extend(name.to_le_bytes());
            for part in [topic.as_bytes(), body] {
                let length = u32::try_from(part.len()).map_err(io::Error::other)?;
                bytes.extend(length.to_le_bytes());
            }
            bytes.extend(topic.as_bytes());
            bytes.extend(body);
        }
        self.file.write_all_at(&bytes, self.end)?;
        self.starts.push_back(self.end);
        self.end += bytes.len() as u64;
        self.give_up_oldest()
    }

    /// Gives the room of the oldest blocks back, if there is too much.
    fn give_up_oldest(&mut self) -> io::Result<()> {
        if self.end - self.starts[0] <= self.most {
            return Ok(());
        }
        // Much at once, since what lies before has to be found anew each time.
        let rest = self.most - self.most / 8;
        while self.starts.len() > 1 && self.end - self.starts[0] > rest {
            let (from, to) = (self.starts[0], self.starts[1]);
            let flags = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
            fallocate(self.file.as_fd(), flags, from.cast_signed(), (to - from).cast_signed())?;
            self.starts.pop_front();
            self.cache.get_mut().remove(self.gone);
            self.gone += 1;
        }
        Ok(())
    }

    /// A message by its block and its place there.
    pub(super) fn get(&self, block: usize, place: usize) -> Option<Arc<Entry>> {
        let mut cache = self.cache.borrow_mut();
        if let Some(found) = cache.get(block, place) {
            return found;
        }
        let entries = self.read(block)?;
        let entry = entries.get(place).cloned().flatten();
        cache.put(block, entries);
        entry
    }

    /// Reads a block. What cannot be read is taken to be gone.
    fn read(&self, block: usize) -> Option<Run> {
        let index = block.checked_sub(self.gone)?;
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).copied().unwrap_or(self.end);
        let mut bytes = vec![0; usize::try_from(end - start).ok()?];
        if let Err(error) = self.file.read_exact_at(&mut bytes, start) {
            tracing::warn!("cannot read back what was put on disk: {error}");
            return None;
        }
        let mut rest = &bytes[..];
        let mut entries = Vec::with_capacity(BLOCK);
        while let Some((entry, after)) = self.decode(rest) {
            entries.push(Some(Arc::new(entry)));
            rest = after;
        }
        Some(entries)
    }

    fn decode<'a>(&self, bytes: &'a [u8]) -> Option<(Entry, &'a [u8])> {
        let (head, rest) = bytes.split_at_checked(HEAD)?;
        let word = |at: usize| Some(u32::from_le_bytes(head.get(at..at + 4)?.try_into().ok()?));
        let long = |at: usize| Some(u64::from_le_bytes(head.get(at..at + 8)?.try_into().ok()?));
        let (name, topic, body) = (word(16)?, word(20)? as usize, word(24)? as usize);
        let (topic, rest) = rest.split_at_checked(topic)?;
        let (body, rest) = rest.split_at_checked(body)?;
        let entry = Entry {
            number: long(0)?,
            received: long(8)?.cast_signed(),
            endpoint: self.names.get(name as usize).cloned(),
            message: Message::new(String::from_utf8_lossy(topic), body),
        };
        Some((entry, rest))
    }

    fn name(&mut self, endpoint: Option<&str>) -> u32 {
        let Some(endpoint) = endpoint else { return NO_NAME };
        let known = self.names.iter().position(|name| name == endpoint);
        let at = known.unwrap_or_else(|| {
            if self.names.len() < NAMES {
                self.names.push(endpoint.to_owned());
            }
            self.names.len() - 1
        });
        u32::try_from(at).unwrap_or(NO_NAME)
    }
}
