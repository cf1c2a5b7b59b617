//! The messages of this session, by position: a number that stays the same however many are added.
//!
//! The newest are in memory, those before on disk ([`spill`]), and what was before the session comes from
//! a journal or an archive ([`past`]), as far back as somebody has looked. Positions of the session begin
//! with 0; what was before has negative ones.

mod cache;
mod past;
mod spill;

use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fedhub::Result;

pub use past::{Kept, Past};

use crate::feed::Entry;
use cache::Cache;
use past::{Answer, Ask, MARGIN, PAGE, Reader};
use spill::{BLOCK, Spill};

/// How many bytes of messages are kept in memory.
const MEMORY: usize = 48 * 1024 * 1024;
/// How many bytes there may be on disk.
const DISK: u64 = 4 * 1024 * 1024 * 1024;
/// How many messages from before are opened at a time.
pub const OPENED: usize = 1000;

/// What came, oldest first.
#[derive(Debug)]
pub struct History {
    recent: VecDeque<Arc<Entry>>,
    /// The position of the first of these.
    begin: i64,
    bytes: usize,
    most: usize,
    /// Where to put what there is no room for.
    dir: Option<PathBuf>,
    spill: Option<Spill>,
    /// Why it is not on disk, if that went wrong.
    trouble: Option<String>,
    older: Option<RefCell<Older>>,
}

/// What there is at a position.
#[derive(Debug)]
pub enum Look {
    /// A message.
    Here(Arc<Entry>),
    /// A message that is still being read.
    Soon,
    /// Nothing, or nothing any more.
    Nothing,
}

/// Where the messages of a past end that belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seam {
    /// Before this number: the session begins with it.
    Before(i64),
    /// Where the session begins, which others feed.
    Found,
}

/// What was before, as far as it was asked for.
#[derive(Debug)]
struct Older {
    reader: Reader,
    seam: Seam,
    /// Whether the reader knows the seam, or was asked for it.
    seam_asked: bool,
    /// The position behind the past for which the seam was found.
    end: i64,
    /// How many messages there are, once that is known.
    count: Option<usize>,
    /// How many of them can be seen.
    opened: usize,
    /// How many are to be seen as soon as possible.
    wanted: usize,
    /// A time that is to be gone to, and whether it was asked for.
    sought: Option<(i64, bool)>,
    pages: Cache,
    asked: HashSet<usize>,
    failure: Option<String>,
}

impl Default for History {
    fn default() -> Self {
        Self::with_room(MEMORY)
    }
}

impl History {
    /// One that keeps about so many bytes in memory.
    pub fn with_room(most: usize) -> Self {
        Self {
            recent: VecDeque::new(),
            begin: 0,
            bytes: 0,
            most,
            dir: None,
            spill: None,
            trouble: None,
            older: None,
        }
    }

    /// Puts what there is no room for into a file of this directory, which has no name there.
    pub fn spill_to(&mut self, dir: &Path) {
        self.dir = Some(dir.to_owned());
    }

    /// Reads what was before the session from here. What the session itself is read from can be seen at once.
    pub fn attach(&mut self, past: Box<dyn Past>, seam: Seam) -> Result<()> {
        let mut older = Older::new(Reader::start(past)?, seam);
        if seam != Seam::Found {
            older.wanted = OPENED;
        }
        self.older = Some(RefCell::new(older));
        Ok(())
    }

    /// Adds the newest message.
    pub fn push(&mut self, entry: Arc<Entry>) {
        self.bytes += entry.size();
        self.recent.push_back(entry);
        while self.bytes > self.most && self.recent.len() > BLOCK {
            self.make_room();
        }
    }

    /// Takes the oldest messages out of memory.
    fn make_room(&mut self) {
        if self.spill.is_none()
            && self.trouble.is_none()
            && let Some(dir) = &self.dir
        {
            match Spill::create(dir, DISK) {
                Ok(spill) => self.spill = Some(spill),
                Err(error) => self.trouble = Some(format!("{}: {error}", dir.display())),
            }
        }
        let oldest: Vec<_> = self.recent.drain(..BLOCK).collect();
        self.bytes -= oldest.iter().map(|entry| entry.size()).sum::<usize>();
        self.begin += BLOCK as i64;
        if let Some(spill) = &mut self.spill
            && let Err(error) = spill.add(&oldest)
        {
            tracing::error!("messages that there is no room for cannot be put on disk: {error}");
            self.trouble = Some(error.to_string());
            self.spill = None;
        }
    }

    /// Why messages that there is no room for are lost, if they are.
    pub fn trouble(&self) -> Option<String> {
        let failure = || self.older.as_ref().and_then(|older| older.borrow().failure.clone());
        self.trouble.clone().or_else(failure)
    }

    /// The position of the oldest message of the session that is still there.
    fn first(&self) -> i64 {
        self.spill.as_ref().map_or(self.begin, |spill| (spill.gone() * BLOCK) as i64)
    }

    fn end(&self) -> i64 {
        self.begin + self.recent.len() as i64
    }

    /// The positions there are, oldest first. The first may move on when there is no more room, and back
    /// when more of the past is opened.
    pub fn range(&self) -> Range<i64> {
        let first = self.first();
        let opened = self.older.as_ref().map_or(0, |older| older.borrow().opened);
        first - opened as i64..self.end()
    }

    /// The message at a position, unless it is not there or still being read.
    pub fn get(&self, position: i64) -> Option<Arc<Entry>> {
        match self.look(position) {
            Look::Here(entry) => Some(entry),
            Look::Soon | Look::Nothing => None,
        }
    }

    /// What there is at a position. What has to be read is asked for.
    pub fn look(&self, position: i64) -> Look {
        let found = if let Ok(index) = usize::try_from(position - self.begin) {
            self.recent.get(index).cloned()
        } else if position >= self.first() {
            let Ok(index) = usize::try_from(position) else { return Look::Nothing };
            self.spill.as_ref().and_then(|spill| spill.get(index / BLOCK, index % BLOCK))
        } else {
            let Some(older) = &self.older else { return Look::Nothing };
            let place = usize::try_from(self.first() - 1 - position).unwrap_or(usize::MAX);
            return older.borrow_mut().look(place);
        };
        found.map_or(Look::Nothing, Look::Here)
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        let range = self.range();
        usize::try_from(range.end - range.start).unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Opens so many messages of the past before those that can be seen, as soon as they are found. Says
    /// whether there may be any.
    pub fn open(&mut self, more: usize) -> bool {
        let Some(older) = &mut self.older else { return false };
        let older = older.get_mut();
        if older.count.is_some_and(|count| older.opened >= count) {
            return false;
        }
        older.failure = None;
        older.wanted = older.opened.saturating_add(more).max(older.wanted);
        older.open_wanted();
        true
    }

    /// Looks for the first message that was received at this time or later. If that is before what can be seen,
    /// [`History::tick`] says its position when it is found.
    pub fn seek(&mut self, time: i64) -> Option<i64> {
        let session = self.first()..self.end();
        let begin = self.get(session.start).map(|entry| entry.received);
        if begin.is_none_or(|begin| time < begin)
            && let Some(older) = &mut self.older
        {
            older.get_mut().sought = Some((time, false));
            return None;
        }
        let received = |position| self.get(position).map_or(i64::MIN, |entry| entry.received);
        let (mut low, mut high) = (session.start, session.end);
        while low < high {
            let middle = low + (high - low) / 2;
            if received(middle) < time {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (!session.is_empty()).then(|| low.min(session.end - 1))
    }

    /// Takes what was read of the past; `now` is the time in microseconds since 1970. Says whether there is
    /// something new, and which position was looked for.
    pub fn tick(&mut self, now: i64) -> (bool, Option<i64>) {
        let first = self.first();
        let Some(mut older) = self.older.take() else { return (false, None) };
        let (mut changed, mut found) = (false, None);
        let past = older.get_mut();
        if past.end != first {
            // The oldest of the session are gone, so the past ends elsewhere.
            past.forget(first);
        }
        if !past.seam_asked && (past.wanted > 0 || past.sought.is_some()) {
            past.seam_asked = self.ask_for_seam(past, now);
        }
        while let Some(answer) = past.reader.answer() {
            changed = true;
            if let Some(place) = past.take(answer) {
                found = Some(first - place as i64);
            }
        }
        past.go_on();
        self.older = Some(older);
        (changed, found)
    }

    /// Asks where the past ends, if that can be known by now.
    fn ask_for_seam(&self, past: &Older, now: i64) -> bool {
        let ask = match past.seam {
            Seam::Before(number) if past.end == 0 => Ask::Before(number),
            Seam::Before(_) | Seam::Found => {
                let session = past.end..self.end();
                let begin = self.get(session.start).map_or(now - 2 * MARGIN, |one| one.received);
                if now < begin + 2 * MARGIN {
                    return false;
                }
                let around = session.map_while(|position| self.get(position));
                let around = around.take_while(|entry| entry.received <= begin + 2 * MARGIN);
                let known = around.map(|entry| past::digest(&entry.message)).collect();
                Ask::Seam { begin, known }
            }
        };
        past.reader.ask(ask)
    }
}

impl Older {
    fn new(reader: Reader, seam: Seam) -> Self {
        Self {
            reader,
            seam,
            seam_asked: false,
            end: 0,
            count: None,
            opened: 0,
            wanted: 0,
            sought: None,
            pages: Cache::new(),
            asked: HashSet::new(),
            failure: None,
        }
    }

    /// Begins anew before another position.
    fn forget(&mut self, end: i64) {
        self.wanted = self.wanted.max(self.opened);
        (self.end, self.opened, self.count) = (end, 0, None);
        self.seam_asked = false;
        self.pages.clear();
        self.asked.clear();
    }

    /// What there is so many places before the session.
    fn look(&mut self, place: usize) -> Look {
        if place >= self.opened {
            return Look::Nothing;
        }
        let page = place / PAGE;
        if let Some(found) = self.pages.get(page, place % PAGE) {
            return found.map_or(Look::Nothing, Look::Here);
        }
        if self.failure.is_some() {
            return Look::Nothing;
        }
        if !self.asked.contains(&page) && self.reader.ask(Ask::Page(page)) {
            self.asked.insert(page);
        }
        Look::Soon
    }

    fn open_wanted(&mut self) {
        if let Some(count) = self.count {
            self.opened = self.opened.max(self.wanted.min(count));
        }
    }

    /// Takes an answer; says how many places before the session the message is that was looked for.
    fn take(&mut self, answer: Answer) -> Option<usize> {
        match answer {
            Answer::Seam(count) => {
                self.failure = None;
                self.count = Some(count);
                self.open_wanted();
            }
            Answer::Page(page, messages) => {
                // One that was asked for before everything changed is not wanted any more.
                if self.asked.remove(&page) {
                    self.pages.put(page, messages);
                }
            }
            Answer::Since(since) => {
                self.sought = None;
                // A screen of what was before it can be seen too.
                self.wanted = self.wanted.max(since + PAGE);
                self.open_wanted();
                return Some(since);
            }
            Answer::Failed(why) => {
                tracing::warn!("what was before cannot be read: {why}");
                self.failure = Some(why);
                self.asked.clear();
                self.sought = None;
                if self.count.is_none() {
                    // It is asked for again when somebody wants to see it again.
                    (self.seam_asked, self.wanted) = (false, 0);
                }
            }
        }
        None
    }

    /// Asks for the time that was looked for, once that makes sense.
    fn go_on(&mut self) {
        if let (Some(_), Some((time, asked @ false))) = (self.count, &mut self.sought) {
            *asked = self.reader.ask(Ask::Since(*time));
        }
    }
}

#[cfg(test)]
mod tests;
