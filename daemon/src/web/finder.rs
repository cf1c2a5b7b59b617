//! Pages of `/v3/messages`: found within a time budget. What is found by then is given, and where to go
//! on.

use std::time::{Duration, Instant};

use fedhub::Kind;
use fedhub::store::{Archived, Order, Position, Query, Wanted};

use super::answer::Failure;
use super::conditions::Conditions;
use super::pool::Session;

/// How many messages are looked at at a time when not all of them are wanted.
const BATCH: u32 = 200;
/// The first slice of time that is searched for a text, and the smallest one, in microseconds.
const SLICE: i64 = 6 * 3600 * 1_000_000;
const MIN_SLICE: i64 = 1_000_000;
/// When the messages of a page have so many bytes together, it is full.
pub(crate) const PAGE_BYTES: u64 = 16 << 20;
/// A slice that takes longer is not made wider.
const QUICK: Duration = Duration::from_millis(100);

/// What is to be found.
pub(crate) struct Search {
    pub(crate) conditions: Conditions,
    /// What the archive is asked for.
    pub(crate) query: Query,
    pub(crate) order: Order,
    pub(crate) limit: usize,
    pub(crate) budget: Duration,
}

/// A page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) messages: Vec<Archived>,
    /// Where to go on.
    pub(crate) next: Option<Position>,
    /// Whether there may be more.
    pub(crate) more: bool,
    /// Whether the time was enough.
    pub(crate) complete: bool,
    /// Whether its messages have as many bytes as a page may have.
    pub(crate) cut: bool,
}

impl Page {
    /// What ended it, if there may be more.
    pub(crate) fn limited_by(&self) -> Option<&'static str> {
        match (self.complete, self.cut, self.more) {
            (false, ..) => Some("time"),
            (_, true, true) => Some("bytes"),
            (.., true) => Some("limit"),
            (.., false) => None,
        }
    }
}

impl Search {
    /// The page behind `after`.
    pub(crate) fn page(
        &self,
        session: &mut Session,
        after: Option<Position>,
    ) -> Result<Page, Failure> {
        let mut walk = Walk {
            search: self,
            session,
            deadline: Instant::now() + self.budget,
            room: PAGE_BYTES,
            page: Page { next: after, more: true, complete: true, ..Page::default() },
        };
        // Where every message must be looked at, the range is cut into slices.
        let whole = walk.session.store()?.is_indexed(&self.query)?;
        if !(whole && walk.range(&self.query)?) {
            walk.slices()?;
        }
        Ok(walk.page)
    }
}

struct Walk<'a> {
    search: &'a Search,
    session: &'a mut Session,
    deadline: Instant,
    /// How many bytes more the page may have.
    room: u64,
    page: Page,
}

impl Walk<'_> {
    fn is_full(&self) -> bool {
        self.page.cut || self.page.messages.len() >= self.search.limit
    }

    fn is_late(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Takes what a range has, until the page is full. Gives whether the archive was quick enough.
    fn range(&mut self, query: &Query) -> Result<bool, Failure> {
        loop {
            let missing = self.search.limit - self.page.messages.len();
            let missing = u32::try_from(missing).unwrap_or(u32::MAX);
            let all_fit = self.search.conditions.are_indexed();
            // One more says whether there is more.
            let rows = if all_fit { missing.saturating_add(1) } else { BATCH };
            let left = self.deadline.saturating_duration_since(Instant::now()) / 2;
            let store = self.session.store_for(left.max(Duration::from_millis(1)))?;
            let wanted = Wanted {
                order: self.search.order,
                after: self.page.next,
                offset: 0,
                limit: rows,
                bytes: self.room,
                total: false,
            };
            let found = match store.page(query, wanted) {
                Ok(found) => found,
                Err(error) if error.kind() == Kind::TryAgain => return Ok(false),
                Err(error) => return Err(error.into()),
            };
            let last = !found.cut && found.messages.len() < rows as usize;
            for one in found.messages {
                if self.is_full() {
                    return Ok(true);
                }
                self.page.next = Some(one.position());
                if self.search.conditions.admit(&one) {
                    self.room = self.room.saturating_sub(one.message.body().len() as u64);
                    self.page.messages.push(one);
                }
            }
            if self.room == 0 && !last {
                (self.page.cut, self.page.more) = (true, true);
                return Ok(true);
            }
            if last {
                self.page.more = false;
                return Ok(true);
            }
            if self.is_late() {
                self.page.complete = false;
                return Ok(true);
            }
        }
    }

    /// Goes through the time in slices, each as wide as the archive is quick.
    fn slices(&mut self) -> Result<(), Failure> {
        let Some((first, last)) = self.ends()? else {
            self.page.more = false;
            return Ok(());
        };
        let newest = self.search.order == Order::Newest;
        let (mut at, end) = if newest { (last, first) } else { (first, last) };
        let mut width = SLICE;
        loop {
            let far = if newest { at.saturating_sub(width) } else { at.saturating_add(width) };
            let far = if newest { far.max(end) } else { far.min(end) };
            let query = Query {
                since: Some(at.min(far)),
                until: Some(at.max(far)),
                ..self.search.query.clone()
            };
            let begun = Instant::now();
            if !self.is_late() && self.range(&query)? {
                if !self.page.complete {
                    return Ok(());
                }
                if self.is_full() {
                    self.page.more |= far != end;
                    return Ok(());
                }
                // Nothing of this slice is left, nor of its end.
                let id = if newest { 0 } else { i64::MAX };
                self.page.next = Some(Position { time: far, id });
                if far == end {
                    return Ok(());
                }
                self.page.more = true;
                at = far;
                if begun.elapsed() < QUICK {
                    width = width.saturating_mul(4);
                }
                continue;
            }
            if self.is_late() || width <= MIN_SLICE {
                self.page.complete = false;
                return Ok(());
            }
            width = (width / 8).max(MIN_SLICE);
            // Some of the slice may have been read.
            if let Some(next) = self.page.next {
                at = if newest { at.min(next.time) } else { at.max(next.time) };
            }
        }
    }

    /// The times between which there is something behind the page's beginning.
    fn ends(&mut self) -> Result<Option<(i64, i64)>, Failure> {
        let query = &self.search.query;
        let mut edge = |order| -> Result<Option<i64>, Failure> {
            let found = self.session.store()?.query(&Query::default(), order, None, 0, 1)?;
            Ok(found.first().map(|one| one.time))
        };
        let (Some(first), Some(last)) = (edge(Order::Oldest)?, edge(Order::Newest)?) else {
            return Ok(None);
        };
        let mut first = query.since.unwrap_or(first).max(first);
        let mut last = query.until.unwrap_or(last).min(last);
        if let Some(after) = self.page.next {
            match self.search.order {
                Order::Newest => last = last.min(after.time),
                _ => first = first.max(after.time),
            }
        }
        Ok((first <= last).then_some((first, last)))
    }
}
