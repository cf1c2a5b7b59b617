//! The stream: which messages are on the screen, and which one is selected.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use fedhub::filter::Filter;
use fedhub::meta::Meta;

use super::about::wants;
use super::bookmarks::Bookmarks;
use super::scan::Scan;
use super::search::Search;
use super::selection::{Positions, Which};
use crate::action::Action;
use crate::feed::Entry;
use crate::history::{History, Look, OPENED};

const NO_MESSAGE: &str = "there is no message";
const NO_BOOKMARK: &str = "no message has a bookmark";
/// How many positions without a message are passed over at a time.
const MOST_HOLES: usize = 10_000;

/// The messages with a cursor.
#[derive(Debug, Default)]
pub struct Stream {
    /// All messages.
    pub history: History,
    filter: Option<Filtered>,
    search: Option<Search>,
    /// What somebody wants to come back to.
    pub bookmarks: Bookmarks,
    /// Whether only these are shown.
    bookmarks_only: bool,
    /// The position that is selected; none while the end is followed.
    cursor: Option<i64>,
    /// The position at the top of the screen.
    top: i64,
    /// While it is paused: where the messages on the screen end.
    paused: Option<i64>,
    /// How many rows the screen has; the view says so.
    height: usize,
}

/// A filter with what it lets through.
#[derive(Debug)]
struct Filtered {
    text: String,
    filter: Filter,
    scan: Scan,
}

/// The positions that can be shown, in order.
enum Rows<'a> {
    All(Range<i64>),
    Found { scan: &'a Scan, count: usize },
    Marked(&'a [i64]),
}

impl Rows<'_> {
    fn len(&self) -> usize {
        match self {
            Rows::All(range) => usize::try_from(range.end - range.start).unwrap_or(0),
            Rows::Found { count, .. } => *count,
            Rows::Marked(positions) => positions.len(),
        }
    }

    fn get(&self, index: usize) -> Option<i64> {
        match self {
            Rows::All(range) => {
                let position = range.start.checked_add_unsigned(index as u64)?;
                range.contains(&position).then_some(position)
            }
            Rows::Found { scan, count } => {
                scan.found().get(index).copied().filter(|_| index < *count)
            }
            Rows::Marked(positions) => positions.get(index).copied(),
        }
    }

    /// The index of a position, or of the one that follows it, or of the last.
    fn index(&self, position: i64) -> usize {
        let index = match self {
            Rows::All(range) => usize::try_from(position - range.start).unwrap_or(0),
            Rows::Found { scan, .. } => scan.found().partition_point(|&found| found < position),
            Rows::Marked(positions) => positions.partition_point(|&one| one < position),
        };
        index.min(self.len().saturating_sub(1))
    }
}

impl Stream {
    pub(super) fn push(&mut self, entry: Arc<Entry>) {
        self.history.push(entry);
    }

    /// Whether the newest message is selected, whichever that is.
    pub fn follows(&self) -> bool {
        self.cursor.is_none() && self.paused.is_none()
    }

    /// Whether the screen is held.
    pub fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// How many messages came since the screen was held.
    pub fn waiting(&self) -> u64 {
        self.paused.map_or(0, |end| u64::try_from(self.history.range().end - end).unwrap_or(0))
    }

    /// The filter with its text, if there is one.
    pub fn filter(&self) -> Option<(&str, &Filter)> {
        self.filter.as_ref().map(|filtered| (filtered.text.as_str(), &filtered.filter))
    }

    /// What is looked for.
    pub fn search(&self) -> Option<&Search> {
        self.search.as_ref()
    }

    /// How many messages can be shown.
    pub fn count(&self) -> usize {
        self.rows().len()
    }

    /// How many messages are below the selected one.
    pub fn below(&self) -> usize {
        let rows = self.rows();
        let last = rows.len().saturating_sub(1);
        self.cursor.map_or(0, |cursor| last - rows.index(cursor))
    }

    /// The positions that were not held back by a pause.
    fn range(&self) -> Range<i64> {
        let all = self.history.range();
        let end = self.paused.unwrap_or(all.end).max(all.start);
        all.start..end
    }

    fn rows(&self) -> Rows<'_> {
        let range = self.range();
        if self.bookmarks_only {
            let all = self.bookmarks.positions();
            let [first, end] =
                [range.start, range.end].map(|end| all.partition_point(|&one| one < end));
            return Rows::Marked(&all[first..end]);
        }
        match &self.filter {
            None => Rows::All(range),
            Some(Filtered { scan, .. }) => {
                let count = scan.found().partition_point(|&found| found < range.end);
                Rows::Found { scan, count }
            }
        }
    }

    /// Positions of messages to do something with, or why there are none.
    pub(super) fn positions(&self, which: Which) -> Result<Positions, String> {
        let positions = match (which, &self.filter) {
            (Which::Selected, _) => Positions::List(self.selected().into_iter().collect()),
            (Which::Bookmarks, _) => Positions::List(self.bookmarks.positions().to_vec()),
            (Which::Shown, Some(Filtered { scan, .. })) if !self.bookmarks_only => {
                // More may have come just now, and it has looked at the newest first.
                if !scan.is_done(&(self.range().start..scan.seen().end)) {
                    return Err("the filter has not looked at all messages yet; try again".into());
                }
                let end = self.range().end;
                Positions::List(scan.found().iter().copied().filter(|one| *one < end).collect())
            }
            (Which::Shown, _) if self.bookmarks_only => {
                Positions::List(self.bookmarks.positions().to_vec())
            }
            (Which::Shown, _) => Positions::Range(self.range()),
        };
        match (positions.is_empty(), which) {
            (false, _) => Ok(positions),
            (true, Which::Bookmarks) => Err(NO_BOOKMARK.into()),
            (true, _) => Err(NO_MESSAGE.into()),
        }
    }

    /// The position that is selected, if there is any message.
    pub fn selected(&self) -> Option<i64> {
        let rows = self.rows();
        let last = rows.len().checked_sub(1)?;
        let at = self.cursor.map_or(last, |position| rows.index(position));
        rows.get(self.settled(&rows, at, true))
    }

    /// Whether there may be a message: of what was before the session, some numbers may have none.
    fn is_there(&self, position: i64) -> bool {
        !matches!(self.history.look(position), Look::Nothing)
    }

    /// The index itself, or the nearest with a message: first in this direction, then in the other.
    fn settled(&self, rows: &Rows<'_>, index: usize, down: bool) -> usize {
        let there = |index: &usize| rows.get(*index).is_some_and(|one| self.is_there(one));
        let below = || (index..rows.len()).take(MOST_HOLES).find(there);
        let above = || (0..=index).rev().take(MOST_HOLES).find(there);
        let found = if down { below().or_else(above) } else { above().or_else(below) };
        found.unwrap_or(index)
    }

    /// Makes the screen so many rows high and gives the positions on it.
    pub fn visible(&mut self, height: usize) -> Vec<i64> {
        let rows = self.rows();
        let count = rows.len();
        let lowest = count.saturating_sub(height);
        let selected = self.cursor.map_or(count.saturating_sub(1), |cursor| rows.index(cursor));
        let top = if self.cursor.is_none() { lowest } else { rows.index(self.top) };
        let top = top.min(selected).max((selected + 1).saturating_sub(height)).min(lowest);
        let there = |index: usize| rows.get(index).filter(|position| self.is_there(*position));
        let mut positions: VecDeque<i64> =
            (top..count).take(height + MOST_HOLES).filter_map(there).take(height).collect();
        let room = height - positions.len();
        for position in (0..top).rev().take(MOST_HOLES).filter_map(there).take(room) {
            positions.push_front(position);
        }
        self.height = height;
        self.top = positions.front().copied().unwrap_or_default();
        positions.into()
    }

    /// Shows only what a filter lets through; with none, everything.
    pub(super) fn set_filter(&mut self, filter: Option<(String, Filter)>) {
        self.bookmarks_only = false;
        // What is looked for is looked for again among what remains.
        let from = self.selected().unwrap_or_else(|| self.range().end);
        self.filter = filter.map(|(text, filter)| Filtered {
            text,
            filter,
            scan: Scan::from(self.range().end),
        });
        let text = self.search.take().map(|search| search.text);
        self.search = text.and_then(|text| Search::new(&text, from));
        if let Some(search) = &mut self.search {
            search.wanted = None;
        }
    }

    /// Looks for a text and selects the nearest message that has it.
    pub(super) fn set_search(&mut self, text: &str) {
        if self.search.as_ref().is_some_and(|search| search.text == text) {
            return;
        }
        let from = self.selected().unwrap_or_default();
        self.search = if text.is_empty() { None } else { Search::new(text, from) };
    }

    /// Goes on with filtering and searching; says whether there is more to do.
    pub(super) fn work(&mut self, deadline: Instant, meta: Option<&Meta>) -> bool {
        let range = self.history.range();
        let history = &self.history;
        let mut done = true;
        let mut searched = range.clone();
        if let Some(Filtered { filter, scan, .. }) = &mut self.filter {
            scan.run(range.clone(), deadline, |position| {
                known(history.look(position))
                    .map(|found| found.is_some_and(|entry| wants(filter, &entry)))
            });
            done = scan.is_done(&range);
            searched = scan.seen();
        }
        if let Some(mut search) = self.search.take() {
            let mut scan = std::mem::replace(&mut search.scan, Scan::from(0));
            let found = self.filter.as_ref().map(|filtered| filtered.scan.found());
            scan.run(searched.clone(), deadline, |position| {
                let shown = found.is_none_or(|found| found.binary_search(&position).is_ok());
                if !shown {
                    return Some(false);
                }
                let found = known(history.look(position))?;
                Some(found.is_some_and(|entry| search.fits(&entry, meta)))
            });
            done &= scan.is_done(&searched);
            search.scan = scan;
            self.search = Some(search);
            self.go_to_found(done);
        }
        !done
    }

    /// Selects the nearest message that was found: at or below the place where it began, else above.
    fn go_to_found(&mut self, done: bool) {
        let range = self.range();
        let Some(search) = &mut self.search else { return };
        let Some(wanted) = search.wanted else { return };
        let found = search.scan.found();
        let next = found.partition_point(|&position| position < wanted);
        let below = found.get(next).filter(|&&position| position < range.end);
        let above = || found.get(next.checked_sub(1)?).copied();
        if let Some(position) = below.copied().or_else(above) {
            self.cursor = Some(position);
            search.wanted = None;
        } else if done {
            search.wanted = None;
        }
    }

    /// Selects the next message that was found, around the end if need be.
    fn search_on(&mut self, forward: bool) -> Option<&'static str> {
        let Some(selected) = self.selected() else { return Some(NO_MESSAGE) };
        let end = self.range().end;
        let Some(search) = &self.search else { return Some("nothing was searched for") };
        let found = search.scan.found();
        let count = found.partition_point(|&position| position < end);
        if count == 0 {
            return Some("nothing was found");
        }
        let at = found.partition_point(|&position| position < selected);
        let here = found.get(at) == Some(&selected);
        let (target, around) = next(count, at, here, forward);
        self.cursor = found.get(target).copied();
        around
    }

    /// Sets a bookmark on the selected message, or takes it away.
    fn turn_bookmark(&mut self) -> String {
        let Some(selected) = self.selected() else { return NO_MESSAGE.into() };
        match self.bookmarks.turn(selected) {
            Ok(true) => "bookmark set".into(),
            Ok(false) => "bookmark taken away".into(),
            Err(why) => why,
        }
    }

    /// Selects the next bookmark that is not filtered out, around the end if need be.
    fn go_to_bookmark(&mut self, forward: bool) -> Option<&'static str> {
        let selected = self.selected()?;
        let rows = self.rows();
        let shown = |position: &i64| rows.get(rows.index(*position)) == Some(*position);
        let marked: Vec<i64> = self.bookmarks.positions().iter().copied().filter(shown).collect();
        if marked.is_empty() {
            let any = !self.bookmarks.positions().is_empty();
            return Some(if any { "no bookmark is among what is shown" } else { NO_BOOKMARK });
        }
        let at = marked.partition_point(|&position| position < selected);
        let here = marked.get(at) == Some(&selected);
        let (target, around) = next(marked.len(), at, here, forward);
        self.cursor = marked.get(target).copied();
        around
    }

    /// Shows only messages with a bookmark, or all again.
    fn show_bookmarks(&mut self) -> Option<&'static str> {
        if !self.bookmarks_only && self.bookmarks.positions().is_empty() {
            return Some(NO_BOOKMARK);
        }
        self.hold();
        self.bookmarks_only = !self.bookmarks_only;
        None
    }

    /// Whether only messages with a bookmark are shown.
    pub fn shows_bookmarks(&self) -> bool {
        self.bookmarks_only
    }

    /// Which of the messages found is selected, and how many there are.
    pub fn found(&self) -> Option<(usize, usize)> {
        let found = self.search.as_ref()?.scan.found();
        let selected = self.selected()?;
        let at = found.partition_point(|&position| position < selected);
        let here = found.get(at) == Some(&selected);
        Some((if here { at + 1 } else { 0 }, found.len()))
    }

    /// Says what there is to say about it.
    pub(super) fn apply(&mut self, action: Action) -> Option<String> {
        let said = match action {
            Action::SearchNext => self.search_on(true),
            Action::SearchPrevious => self.search_on(false),
            Action::Bookmark => return Some(self.turn_bookmark()),
            Action::NextBookmark => self.go_to_bookmark(true),
            Action::PreviousBookmark => self.go_to_bookmark(false),
            Action::Bookmarks => self.show_bookmarks(),
            action => {
                self.go_by(action);
                None
            }
        };
        said.map(str::to_owned)
    }

    fn go_by(&mut self, action: Action) {
        let page = self.height.max(2) as isize - 1;
        match action {
            Action::Up => self.go(-1),
            Action::Down => self.go(1),
            Action::PageUp => self.go(-page),
            Action::PageDown => self.go(page),
            Action::Top => {
                self.cursor = self.rows().get(0);
                self.history.open(OPENED);
            }
            Action::Bottom => {
                self.cursor = None;
                self.paused = None;
            }
            Action::Pause => {
                self.paused = match self.paused {
                    Some(_) => None,
                    None => Some(self.history.range().end),
                };
            }
            _ => {}
        }
    }

    /// Takes what was read of the past; `now` is the time in microseconds since 1970. Says whether there is
    /// something new.
    pub(super) fn tick(&mut self, now: i64) -> bool {
        let (changed, found) = self.history.tick(now);
        if found.is_some() {
            self.cursor = found;
        }
        changed
    }

    /// Goes to the first message that was received at this time, in microseconds since 1970, or later, now or as
    /// soon as it is found.
    pub fn go_to_time(&mut self, time: i64) {
        self.bookmarks_only = false;
        if let Some(position) = self.history.seek(time) {
            self.cursor = Some(position);
        }
    }

    /// Selects this position.
    pub fn select(&mut self, position: i64) {
        self.cursor = Some(position);
    }

    /// Keeps the message that is selected now, whatever comes.
    pub(super) fn hold(&mut self) {
        self.cursor = self.selected();
    }

    fn go(&mut self, by: isize) {
        let rows = self.rows();
        let Some(last) = rows.len().checked_sub(1) else { return };
        let at = self.cursor.map_or(last, |cursor| rows.index(cursor));
        let at = self.settled(&rows, at, true);
        let target = at.saturating_add_signed(by).min(last);
        if by < 0 && target == 0 {
            // Beyond the beginning is what a journal or the archive has from before.
            self.history.open(OPENED);
        }
        let rows = self.rows();
        // Whoever goes down beyond the end wants to see what comes.
        let ends = by > 0 && at == last;
        self.cursor = if ends { None } else { rows.get(self.settled(&rows, target, by > 0)) };
    }
}

/// Which of so many comes next, if `at` is the first that is not before the selected one, and `here` says
/// whether it is that one; and what there is to say when it is around the end.
fn next(count: usize, at: usize, here: bool, forward: bool) -> (usize, Option<&'static str>) {
    match forward {
        true if at + usize::from(here) < count => (at + usize::from(here), None),
        true => (0, Some("from the beginning again")),
        false if at > 0 => (at - 1, None),
        false => (count - 1, Some("from the end again")),
    }
}

/// The message there is, if any; nothing while it is still being read.
fn known(look: Look) -> Option<Option<Arc<Entry>>> {
    match look {
        Look::Here(entry) => Some(Some(entry)),
        Look::Nothing => Some(None),
        Look::Soon => None,
    }
}
