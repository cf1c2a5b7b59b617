//! What was before: messages of a journal or an archive, read by a thread of their own, in pages.
//!
//! Where the messages of this session begin and those of the journal end is the seam. Both have received
//! some messages around that time, not in the same order and not at the same moment. So of what the
//! journal got within a few seconds of the session's first message, what the session has itself is left
//! out, by content; all before is taken as it is numbered.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use fedhub::message::Message;
use fedhub::{Error, Result};

use super::cache::Run;
use crate::feed::Entry;

/// How many messages a page has.
pub(super) const PAGE: usize = 128;
/// How long before and after the session's first message, in microseconds, its messages may have got into the
/// journal. What the session gets later than that is not looked at any more.
pub(super) const MARGIN: i64 = 3_000_000;
/// How many messages are looked at around the seam.
const MAX_AROUND: usize = 200_000;
/// How many requests may wait.
const WAITING: usize = 8;

/// Messages that are kept somewhere under numbers that grow by one.
pub trait Past: Send {
    /// The numbers there are. Some in between may be missing.
    fn numbers(&mut self) -> Result<Range<i64>>;

    /// The first messages after this number, at most so many; empty if there are none.
    fn read(&mut self, after: i64, most: usize) -> Result<Vec<Kept>>;

    /// The number of the first message that came at this time, in microseconds since 1970, or later; that of the
    /// next one to come if there is none.
    fn first_since(&mut self, time: i64) -> Result<i64>;
}

/// A message as it was kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its number.
    pub number: i64,
    /// When it was received, in microseconds since 1970.
    pub received: i64,
    /// Where it came from, if that is known.
    pub endpoint: Option<String>,
    /// The message.
    pub message: Message,
}

/// What two copies of a message have in common.
pub(super) fn digest(message: &Message) -> u64 {
    let mut hasher = DefaultHasher::new();
    (message.topic(), message.body()).hash(&mut hasher);
    hasher.finish()
}

/// What the thread is asked for.
#[derive(Debug)]
pub(super) enum Ask {
    /// Nothing but that a session begins with this number.
    Before(i64),
    /// Where a session begins that got its first message then, and has these.
    Seam { begin: i64, known: HashSet<u64> },
    /// A page, counted from the seam backwards.
    Page(usize),
    /// How many messages before the seam came at this time or later.
    Since(i64),
}

/// What it answers.
#[derive(Debug)]
pub(super) enum Answer {
    /// So many messages are before the seam.
    Seam(usize),
    /// The messages of a page, the newest first; those that are missing are gone.
    Page(usize, Run),
    /// So many messages came at that time or later.
    Since(usize),
    /// It could not be read.
    Failed(String),
}

/// The thread that reads, as seen from outside.
#[derive(Debug)]
pub(super) struct Reader {
    asks: SyncSender<Ask>,
    answers: Receiver<Answer>,
}

impl Reader {
    pub(super) fn start(past: Box<dyn Past>) -> Result<Self> {
        let (asks, waiting) = sync_channel(WAITING);
        let (says, answers) = sync_channel(WAITING);
        std::thread::Builder::new()
            .name("past".into())
            .spawn(move || {
                let mut thread = Thread { past, seam: Seam::default() };
                for ask in waiting {
                    let answer = thread
                        .answer(ask)
                        .unwrap_or_else(|error| Answer::Failed(error.to_string()));
                    if says.send(answer).is_err() {
                        return;
                    }
                }
            })
            .map_err(|error| Error::io("cannot start a thread", error))?;
        Ok(Self { asks, answers })
    }

    /// Asks; says whether there was room for one more question.
    pub(super) fn ask(&self, ask: Ask) -> bool {
        self.asks.try_send(ask).is_ok()
    }

    /// An answer, if one is there.
    pub(super) fn answer(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }
}

struct Thread {
    past: Box<dyn Past>,
    seam: Seam,
}

/// Which numbers come before a session.
#[derive(Debug, Default)]
struct Seam {
    /// Those around its beginning, without those that the session has itself.
    around: Vec<i64>,
    /// All before these.
    before: Range<i64>,
}

impl Seam {
    fn len(&self) -> usize {
        self.around.len() + usize::try_from(self.before.end - self.before.start).unwrap_or(0)
    }

    /// The number at a place counted from the seam backwards.
    fn number(&self, place: usize) -> Option<i64> {
        match place.checked_sub(self.around.len()) {
            None => self.around.get(self.around.len() - 1 - place).copied(),
            Some(beyond) => {
                let number = self.before.end.checked_sub_unsigned(beyond as u64 + 1)?;
                self.before.contains(&number).then_some(number)
            }
        }
    }

    /// How many there are from this number on.
    fn since(&self, number: i64) -> usize {
        let around = self.around.iter().filter(|one| **one >= number).count();
        let before = self.before.end - number.clamp(self.before.start, self.before.end);
        around + usize::try_from(before).unwrap_or(0)
    }
}

impl Thread {
    fn answer(&mut self, ask: Ask) -> Result<Answer> {
        match ask {
            Ask::Before(number) => {
                let numbers = self.past.numbers()?;
                let before = numbers.start..number.clamp(numbers.start, numbers.end);
                self.seam = Seam { around: Vec::new(), before };
                Ok(Answer::Seam(self.seam.len()))
            }
            Ask::Seam { begin, known } => {
                self.seam = self.find_seam(begin, &known)?;
                Ok(Answer::Seam(self.seam.len()))
            }
            Ask::Page(page) => Ok(Answer::Page(page, self.page(page)?)),
            Ask::Since(time) => {
                let first = self.past.first_since(time)?;
                Ok(Answer::Since(self.seam.since(first)))
            }
        }
    }

    fn find_seam(&mut self, begin: i64, known: &HashSet<u64>) -> Result<Seam> {
        let numbers = self.past.numbers()?;
        let first = self.past.first_since(begin - MARGIN)?.clamp(numbers.start, numbers.end);
        let mut around = Vec::new();
        let mut after = first - 1;
        'all: while after - first < MAX_AROUND as i64 {
            let batch = self.past.read(after, PAGE)?;
            let Some(last) = batch.last() else { break };
            after = last.number;
            for kept in batch {
                if kept.received > begin + MARGIN {
                    break 'all;
                }
                if !known.contains(&digest(&kept.message)) {
                    around.push(kept.number);
                }
            }
        }
        Ok(Seam { around, before: numbers.start..first })
    }

    fn page(&mut self, page: usize) -> Result<Run> {
        let first = page.saturating_mul(PAGE);
        let numbers: Vec<i64> =
            (first..first + PAGE).map_while(|place| self.seam.number(place)).collect();
        let (Some(&newest), Some(&oldest)) = (numbers.first(), numbers.last()) else {
            return Ok(Vec::new());
        };
        let mut found: Vec<Kept> = Vec::new();
        let mut after = oldest - 1;
        while after < newest {
            let batch = self.past.read(after, PAGE)?;
            let Some(last) = batch.last() else { break };
            after = last.number;
            found.extend(batch.into_iter().filter(|kept| kept.number <= newest));
        }
        let entry = |number: &i64| {
            let at = found.binary_search_by_key(number, |kept| kept.number).ok()?;
            let Kept { received, endpoint, message, .. } = found[at].clone();
            Some(Arc::new(Entry { number: 0, message, received, endpoint }))
        };
        Ok(numbers.iter().map(entry).collect())
    }
}
