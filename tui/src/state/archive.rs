//! The archive, asked with the one filter: what was found so far, the newest first, and which message is
//! selected. More is asked for as one goes down.

use std::sync::Arc;

use fedhub::filter::Spec;
use fedhub::store::{Archived, Position};

use crate::action::Action;
use crate::feed::Entry;
use crate::query::{Answer, Archivist, Ask, Found, Wanted, What};

/// How many messages are kept, and how many bytes of them. For more the question has to be narrower.
const MOST: usize = 10_000;
const MOST_BYTES: usize = 24 * 1024 * 1024;
/// How many messages are to be there below those on the screen.
const AHEAD: usize = 50;

/// What was asked, what was found, and a cursor.
#[derive(Debug, Default)]
pub struct Archive {
    /// Who answers; nobody where no archive is known, or before somebody looks.
    archivist: Option<Archivist>,
    /// Where the archive is, until somebody looks.
    url: Option<String>,
    /// Only what was published at this time or later, in microseconds since 1970.
    pub since: Option<i64>,
    /// Only what was published before this time.
    pub until: Option<i64>,
    /// What is asked, once something is.
    wanted: Option<Wanted>,
    /// The number of this question.
    question: u64,
    /// What is to be asked as soon as nothing else is.
    next: Option<What>,
    /// Whether an answer is awaited.
    pub waits: bool,
    /// What was found, the newest first, with the time each was published.
    found: Vec<(i64, Arc<Entry>)>,
    bytes: usize,
    /// Where it goes on.
    rest: Rest,
    /// How many there are, if that is known.
    pub total: Total,
    /// Why nothing can be found.
    pub failure: Option<String>,
    cursor: usize,
    top: usize,
    /// How many rows the screen has; the view says so.
    height: usize,
}

/// What of the messages is not here yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rest {
    /// Nothing was asked yet, or there is nothing more.
    #[default]
    None,
    /// What is behind this place.
    Behind(Position),
    /// There is more than is kept.
    TooMuch,
}

/// How many messages fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Total {
    /// That was not asked yet.
    #[default]
    NotAsked,
    /// So many.
    Exactly(u64),
    /// So many or less.
    AtMost(u64),
    /// Nobody can say without looking at each of them.
    Unknown,
}

impl Archive {
    /// The one at this address. It is opened when somebody looks.
    pub fn at(url: String) -> Self {
        Self { url: Some(url), ..Self::default() }
    }

    /// Whether there is one.
    pub fn is_known(&self) -> bool {
        self.url.is_some() || self.archivist.is_some()
    }

    /// Asks for the messages of this filter, unless that is what was asked.
    pub(super) fn ask(&mut self, filter: Spec) {
        let wanted = Wanted { filter, since: self.since, until: self.until };
        if self.wanted.as_ref() != Some(&wanted) {
            self.wanted = Some(wanted);
            self.again();
        }
    }

    /// Asks once more.
    fn again(&mut self) {
        self.question += 1;
        self.found.clear();
        (self.bytes, self.rest, self.total) = (0, Rest::None, Total::NotAsked);
        self.failure = None;
        (self.cursor, self.top) = (0, 0);
        self.next = Some(What::Page(None));
        self.waits = true;
    }

    /// Takes answers and asks for what is wanted next. Says whether something has changed.
    pub(super) fn tick(&mut self) -> bool {
        let mut changed = false;
        if self.archivist.is_none()
            && let Some(url) = self.url.take()
        {
            match Archivist::start(url) {
                Ok(archivist) => self.archivist = Some(archivist),
                Err(error) => self.failure = Some(error.to_string()),
            }
        }
        while let Some(answer) = self.archivist.as_ref().and_then(Archivist::answer) {
            changed = true;
            self.take(answer);
        }
        if !self.waits && self.next.is_none() && self.failure.is_none() {
            self.next = self.missing();
        }
        if let (Some(what), Some(wanted), Some(archivist)) =
            (self.next, &self.wanted, &self.archivist)
            && archivist.ask(&Ask { question: self.question, wanted: wanted.clone(), what })
        {
            self.next = None;
            self.waits = true;
            changed = true;
        }
        changed
    }

    /// What is to be asked for next.
    fn missing(&self) -> Option<What> {
        let wanted = self.top + self.height + AHEAD;
        match self.rest {
            Rest::Behind(place) if self.found.len() < wanted.max(self.cursor + AHEAD) => {
                Some(What::Page(Some(place)))
            }
            _ if self.wanted.is_some() && self.total == Total::NotAsked => Some(What::Count),
            _ => None,
        }
    }

    /// Takes an answer.
    pub(crate) fn take(&mut self, answer: Answer) {
        // An answer to what nobody asks any more.
        if answer.question != self.question {
            return;
        }
        self.waits = false;
        match answer.found {
            Ok(Found::Page { messages, next }) => {
                messages.into_iter().for_each(|one| self.add(one));
                let full = self.found.len() >= MOST || self.bytes >= MOST_BYTES;
                self.rest = match next {
                    None => Rest::None,
                    Some(_) if full => Rest::TooMuch,
                    Some(place) => Rest::Behind(place),
                };
            }
            Ok(Found::Count(count)) => {
                self.total = match count {
                    Some((number, true)) => Total::Exactly(number),
                    Some((number, false)) => Total::AtMost(number),
                    None => Total::Unknown,
                };
            }
            Err(why) => self.failure = Some(why),
        }
    }

    fn add(&mut self, one: Archived) {
        let number = u64::try_from(one.id).unwrap_or_default();
        let entry = Entry { number, message: one.message, received: one.received, endpoint: None };
        self.bytes += entry.size();
        self.found.push((one.time, Arc::new(entry)));
    }

    /// How many messages were found so far.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether none was found.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// What is not here yet.
    pub fn rest(&self) -> Rest {
        self.rest
    }

    /// Makes it so many rows high and gives the messages on it: their numbers here, and when they were published.
    pub fn visible(&mut self, height: usize) -> Vec<(usize, i64, Arc<Entry>)> {
        self.height = height;
        self.top = self.top.min(self.cursor).max((self.cursor + 1).saturating_sub(height));
        self.top = self.top.min(self.found.len().saturating_sub(height));
        let found = self.found.iter().enumerate().skip(self.top).take(height);
        found.map(|(number, (time, entry))| (number, *time, Arc::clone(entry))).collect()
    }

    /// The number of the message that is selected.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Selects a message by its number here.
    pub fn select(&mut self, number: usize) {
        self.cursor = number.min(self.found.len().saturating_sub(1));
    }

    /// The message that is selected, with the position by which it is known.
    pub fn selected(&self) -> Option<(i64, Arc<Entry>)> {
        let (_, entry) = self.found.get(self.cursor)?;
        Some((position(entry), Arc::clone(entry)))
    }

    /// Says what there is to say about it.
    pub(super) fn apply(&mut self, action: Action) -> Option<&'static str> {
        let page = self.height.max(2) - 1;
        let last = self.found.len().saturating_sub(1);
        match action {
            Action::Up => self.select(self.cursor.saturating_sub(1)),
            Action::Down => self.select(self.cursor + 1),
            Action::PageUp => self.select(self.cursor.saturating_sub(page)),
            Action::PageDown => self.select(self.cursor + page),
            Action::Top => self.select(0),
            Action::Bottom => {
                self.select(last);
                let more = matches!(self.rest, Rest::Behind(_));
                return more.then_some("there is more below; it comes as one goes down");
            }
            Action::Reload => self.again(),
            _ => {}
        }
        None
    }
}

/// The position by which a message of the archive is known, where those of the stream never come.
pub fn position(entry: &Entry) -> i64 {
    i64::MIN.saturating_add_unsigned(entry.number)
}
