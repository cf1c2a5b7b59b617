//! Finding messages within a time budget: what is found by then is given, and where to go on.
//!
//! A [`Selection`] is what a filter asks for: what the archive's indices find, and what has to be looked
//! at, message by message. A [`Search`] gives it page by page.

use std::time::{Duration, Instant};

use super::{Archived, Order, Position, Query, Store, Wanted};
use crate::filter::{Filter, Spec, check_size};
use crate::{Error, Kind, Result};

/// How many topics patterns may stand for, so that the archive is asked for each of them.
pub const MAX_TOPICS: usize = 1000;

/// How many messages are looked at at a time when not all of them are wanted.
const BATCH: u32 = 200;
/// The first slice of time that is searched when the whole takes too long, and the smallest one, in
/// microseconds.
const SLICE: i64 = 6 * 3600 * 1_000_000;
const MIN_SLICE: i64 = 1_000_000;
/// A slice that takes longer is not made wider.
const QUICK: Duration = Duration::from_millis(100);
/// No statement may take longer; smaller slices are tried then.
const STATEMENT: Duration = Duration::from_secs(10);

/// What looks at messages that the archive cannot decide about.
pub type Admit<'a> = Option<&'a dyn Fn(&Archived) -> bool>;

/// Pages of messages.
#[derive(Debug, Clone)]
pub struct Search {
    /// What the archive is asked for.
    pub query: Query,
    /// In which order.
    pub order: Order,
    /// How many messages a page has at most.
    pub limit: usize,
    /// When messages have so many bytes together, a page is full.
    pub bytes: u64,
    /// How long a page may take.
    pub budget: Duration,
}

/// A page.
#[derive(Debug, Default)]
pub struct Page {
    /// What was found.
    pub messages: Vec<Archived>,
    /// Where to go on.
    pub next: Option<Position>,
    /// Whether there may be more.
    pub more: bool,
    /// Whether the time was enough.
    pub complete: bool,
    /// Whether its messages have as many bytes as a page may have.
    pub cut: bool,
}

impl Page {
    /// What ended it, if there may be more.
    pub fn limited_by(&self) -> Option<&'static str> {
        match (self.complete, self.cut, self.more) {
            (false, ..) => Some("time"),
            (_, true, true) => Some("bytes"),
            (.., true) => Some("limit"),
            (.., false) => None,
        }
    }
}

impl Search {
    /// The page behind `after`, of those messages that `admit` wants.
    pub fn page(
        &self,
        store: &mut dyn Store,
        after: Option<Position>,
        admit: Admit<'_>,
    ) -> Result<Page> {
        let now = Instant::now();
        let mut walk = Walk {
            search: self,
            store,
            admit,
            // Who has no end of time gets a year.
            deadline: now.checked_add(self.budget).unwrap_or(now + Duration::from_secs(31_557_600)),
            room: self.bytes,
            page: Page { next: after, more: true, complete: true, ..Page::default() },
        };
        // Where every message must be looked at, the range is cut into slices.
        let whole = walk.store.is_indexed(&self.query)?;
        if !(whole && walk.range(&self.query)?) {
            walk.slices()?;
        }
        Ok(walk.page)
    }
}

struct Walk<'a> {
    search: &'a Search,
    store: &'a mut dyn Store,
    admit: Admit<'a>,
    deadline: Instant,
    /// How many bytes more the page may have.
    room: u64,
    page: Page,
}

impl Walk<'_> {
    fn is_full(&self) -> bool {
        self.page.cut || self.page.messages.len() >= self.search.limit
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    fn is_late(&self) -> bool {
        self.left().is_zero()
    }

    /// Bounds the next call.
    fn limit_time(&mut self, time: Duration) -> Result<()> {
        self.store.limit_time(Some(time.clamp(Duration::from_millis(1), STATEMENT)))
    }

    /// Takes what a range has, until the page is full. Gives whether the archive was quick enough.
    fn range(&mut self, query: &Query) -> Result<bool> {
        loop {
            let missing = self.search.limit - self.page.messages.len();
            let missing = u32::try_from(missing).unwrap_or(u32::MAX);
            // One more says whether there is more.
            let rows = if self.admit.is_none() { missing.saturating_add(1) } else { BATCH };
            self.limit_time(self.left() / 2)?;
            let wanted = Wanted {
                order: self.search.order,
                after: self.page.next,
                offset: 0,
                limit: rows,
                bytes: self.room,
                total: false,
            };
            let found = match self.store.page(query, wanted) {
                Ok(found) => found,
                Err(error) if error.kind() == Kind::TryAgain => return Ok(false),
                Err(error) => return Err(error),
            };
            let last = !found.cut && found.messages.len() < rows as usize;
            for one in found.messages {
                if self.is_full() {
                    return Ok(true);
                }
                self.page.next = Some(one.position());
                if self.admit.is_none_or(|admit| admit(&one)) {
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
    fn slices(&mut self) -> Result<()> {
        let (first, last) = match self.ends() {
            Ok(Some(ends)) => ends,
            Ok(None) => {
                self.page.more = false;
                return Ok(());
            }
            Err(error) if error.kind() == Kind::TryAgain => {
                self.page.complete = false;
                return Ok(());
            }
            Err(error) => return Err(error),
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
    fn ends(&mut self) -> Result<Option<(i64, i64)>> {
        let mut edge = |order| -> Result<Option<i64>> {
            self.limit_time(self.left())?;
            let found = self.store.query(&Query::default(), order, None, 0, 1)?;
            Ok(found.first().map(|one| one.time))
        };
        let (Some(first), Some(last)) = (edge(Order::Oldest)?, edge(Order::Newest)?) else {
            return Ok(None);
        };
        let query = &self.search.query;
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

/// The topics of the archive that fit; `None`, if these are more than [`MAX_TOPICS`].
pub fn topics(store: &mut dyn Store, fits: impl Fn(&str) -> bool) -> Result<Option<Vec<String>>> {
    let known = store.topics()?.into_iter().map(|known| known.topic);
    let fitting: Vec<_> = known.filter(|topic| fits(topic)).take(MAX_TOPICS + 1).collect();
    Ok(Some(fitting).filter(|fitting| fitting.len() <= MAX_TOPICS))
}

/// What a filter asks of an archive.
#[derive(Debug)]
pub struct Selection {
    /// What the archive finds.
    pub query: Query,
    /// Topics that are wanted, and that are not, as far as the archive is not asked for them.
    topics: [Option<Filter>; 2],
    expressions: Option<Filter>,
}

impl Selection {
    /// Of a filter. It fails if a pattern or an expression is wrong.
    pub fn new(spec: &Spec) -> Result<Self> {
        // The whole is looked at as well: there are bounds for a filter.
        let part = |part: Spec| -> Result<Option<Filter>> {
            let rules = || Err(Error::new(Kind::Bug, "topics and expressions take no rules"));
            if part.is_empty() { Ok(None) } else { Filter::new(&part, rules).map(Some) }
        };
        check_size(spec)?;
        let wanted = Spec { topic: spec.topic.clone(), ..Spec::default() };
        let unwanted = Spec { topic: spec.not_topic.clone(), ..Spec::default() };
        let expressions = Spec { expressions: spec.expressions.clone(), ..Spec::default() };
        Ok(Self {
            query: Query {
                categories: spec.category.clone(),
                not_categories: spec.not_category.clone(),
                users: spec.user.clone(),
                not_users: spec.not_user.clone(),
                packages: spec.package.clone(),
                not_packages: spec.not_package.clone(),
                ..Query::default()
            },
            topics: [part(wanted)?, part(unwanted)?],
            expressions: part(expressions)?,
        })
    }

    /// Looks up which topics of the archive the patterns stand for. Says whether any does.
    pub fn look_up(&mut self, store: &mut dyn Store) -> Result<bool> {
        let [wanted, unwanted] = &mut self.topics;
        for (patterns, list, is_wanted) in
            [(wanted, &mut self.query.topics, true), (unwanted, &mut self.query.not_topics, false)]
        {
            let Some(filter) = patterns else { continue };
            let Some(fitting) = topics(store, |topic| filter.admits_topic(topic))? else {
                continue;
            };
            if fitting.is_empty() && is_wanted {
                return Ok(false);
            }
            (*list, *patterns) = (fitting, None);
        }
        Ok(true)
    }

    /// Whether the archive finds all of it, and nothing is left to be looked at.
    pub fn is_indexed(&self) -> bool {
        self.expressions.is_none() && self.topics.iter().all(Option::is_none)
    }

    /// Whether it takes looking into messages.
    pub fn is_scan(&self) -> bool {
        !self.is_indexed() || !self.query.contains.is_empty()
    }

    /// Whether it has expressions.
    pub fn has_expressions(&self) -> bool {
        self.expressions.is_some()
    }

    /// Whether a message that the archive found is wanted.
    pub fn admits(&self, one: &Archived) -> bool {
        let [wanted, unwanted] = &self.topics;
        wanted.as_ref().is_none_or(|filter| filter.admits_topic(&one.topic))
            && !unwanted.as_ref().is_some_and(|filter| filter.admits_topic(&one.topic))
            && self.expressions.as_ref().is_none_or(|filter| filter.decide(&one.message).matches)
    }

    /// The next page of a search for it.
    pub fn page(
        &self,
        search: &Search,
        store: &mut dyn Store,
        after: Option<Position>,
    ) -> Result<Page> {
        let admit = |one: &Archived| self.admits(one);
        search.page(store, after, if self.is_indexed() { None } else { Some(&admit) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;
    use crate::meta::Meta;
    use crate::store::create;

    const SECOND: i64 = 1_000_000;
    const BEGIN: i64 = 1_700_000_000;

    fn message(number: i64) -> Archived {
        let topic = format!("org.x.prod.{}.t{}", ["git", "bodhi"][number as usize % 2], number % 5);
        let time = BEGIN + number * 60;
        let body = format!(
            r#"{{"msg_id":"{number}","topic":"{topic}","timestamp":{time},"msg":{{"n":{number},"text":"word{}"}}}}"#,
            number % 7
        );
        let mut one =
            Archived::new(Message::new(topic, body), time * SECOND, "valid", Meta::embedded());
        one.facts.users = vec![format!("user{}", number % 3)];
        one
    }

    fn filled(dir: &tempfile::TempDir) -> Box<dyn Store> {
        let mut store = create(&format!("sqlite:{}", dir.path().join("a.db").display())).unwrap();
        store.append(&(0..500).map(message).collect::<Vec<_>>()).unwrap();
        store
    }

    fn selection(words: &str) -> Selection {
        Selection::new(&Filter::parse(&[words]).unwrap()).unwrap()
    }

    /// The numbers of what is found, by pages of this size.
    fn found(store: &mut dyn Store, mut wanted: Selection, order: Order, limit: usize) -> Vec<i64> {
        if !wanted.look_up(store).unwrap() {
            return Vec::new();
        }
        let budget = Duration::from_secs(60);
        let search = Search { query: wanted.query.clone(), order, limit, bytes: 1 << 20, budget };
        let (mut numbers, mut after) = (Vec::new(), None);
        loop {
            let page = wanted.page(&search, store, after).unwrap();
            assert!(page.complete && page.messages.len() <= limit);
            numbers.extend(page.messages.iter().map(|one| one.msg_id.parse::<i64>().unwrap()));
            if !page.more {
                return numbers;
            }
            after = page.next;
        }
    }

    #[test]
    fn every_filter_finds_the_same_as_looking_at_each_message() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = filled(&dir);
        for words in [
            "",
            "git.*",
            "git.t2 bodhi.*",
            "topic!=git.* user=user1",
            "~t[34]$ user!=user2",
            "org.x.prod.git. category=git",
            ".msg.n > 450",
            "bodhi.* user=user0 .msg.n % 2 == 1",
            "nothing.*",
        ] {
            let spec = Filter::parse(&[words]).unwrap();
            let names = |list: &[String], one: &Archived| {
                list.iter().any(|name| one.facts.users.contains(name))
            };
            let others = Spec { user: Vec::new(), not_user: Vec::new(), ..spec.clone() };
            let filter = Filter::new(&others, || unreachable!()).unwrap();
            let fits = |one: &Archived| {
                filter.decide(&one.message).matches
                    && (spec.user.is_empty() || names(&spec.user, one))
                    && !names(&spec.not_user, one)
            };
            let expected: Vec<_> = (0..500).filter(|number| fits(&message(*number))).collect();
            for limit in [1, 7, 1000] {
                let oldest = found(&mut *store, selection(words), Order::Oldest, limit);
                assert_eq!(oldest, expected, "{words} {limit}");
                let mut newest = found(&mut *store, selection(words), Order::Newest, limit);
                newest.reverse();
                assert_eq!(newest, expected, "{words} {limit}");
            }
        }
    }

    #[test]
    fn texts_are_found_slice_by_slice() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = filled(&dir);
        let expected: Vec<_> = (0..500).filter(|number| number % 7 == 3).collect();
        for limit in [1, 10, 1000] {
            let mut wanted = selection("");
            wanted.query.contains = vec!["WORD3".into()];
            assert_eq!(found(&mut *store, wanted, Order::Oldest, limit), expected, "{limit}");
        }
    }

    #[test]
    fn without_time_it_says_where_to_go_on() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = filled(&dir);
        let mut wanted = selection(".msg.n == 1");
        wanted.look_up(&mut *store).unwrap();
        let search = |budget| Search {
            query: wanted.query.clone(),
            order: Order::Newest,
            limit: 10,
            bytes: u64::MAX,
            budget,
        };
        let mut page = wanted.page(&search(Duration::ZERO), &mut *store, None).unwrap();
        assert!(page.messages.is_empty() && page.more && !page.complete);
        while page.messages.is_empty() {
            page = wanted.page(&search(Duration::MAX), &mut *store, page.next).unwrap();
        }
        assert_eq!(page.messages[0].msg_id, "1");
    }

    #[test]
    fn places_are_read_as_they_are_written() {
        let position = Position { time: -5, id: 7 };
        assert_eq!(position.to_string().parse(), Ok(position));
        for wrong in ["", "_", "1", "a_b", "1_2_3", "1_99999999999999999999"] {
            assert!(wrong.parse::<Position>().is_err(), "{wrong}");
        }
    }
}
