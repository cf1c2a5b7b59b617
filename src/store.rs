//! The archive: every message for good, with the facts it is found by.
//!
//! One trait, [`Store`], and two databases behind it: SQLite ([`create`] with `sqlite:/path`) and
//! PostgreSQL (`postgresql://…`). The bytes of a message are kept exactly as they came, so that its
//! signature can be verified for ever; the facts are what rules said about it when it came, and
//! [`Store::reindex`] says them anew.
//!
//! - `archived`: a message on its way into the archive
//! - `batches`: many of them, made ready while others are written
//! - `archive`: what both databases do alike
//! - `check`: whether all is well with it
//! - `database`: what each of them does
//! - `query`: filters as SQL that both understand
//! - `counting`: totals and groups
//! - `tally`: the counters
//! - `reindex`: facts anew
//! - `displace`: what was checked takes the place of what was not
//! - [`search`]: pages within a time budget, also of what no index finds
//! - [`shown`]: a message as JSON
//! - `text`: what `contains` looks at
//! - `walk`: all of it, page by page
//! - `sqlite`, `postgres`: the databases; in each, `texts` is the index for `contains`

mod archive;
mod archived;
mod batches;
mod check;
#[cfg(test)]
mod conformance;
mod counting;
mod database;
mod displace;
mod postgres;
mod query;
mod reindex;
pub mod search;
pub mod shown;
mod sqlite;
mod tally;
mod text;
mod walk;

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use archive::Archive;
use postgres::Postgres;
pub(crate) use postgres::{Address, failed};
use sqlite::Sqlite;

pub use batches::{BATCH, in_batches};
pub use check::{About, Miscount};
pub use postgres::COMPRESSION;
pub use walk::Walk;

use crate::message::Message;
use crate::{Error, Kind, Result};

/// A message of the archive: the exact bytes, and the facts.
#[derive(Debug, Clone)]
pub struct Archived {
    /// Its number in the archive, in the order of arrival there; 0 before it is in it.
    pub id: i64,
    /// Its msg_id; of a message without one, a text made from its content.
    pub msg_id: String,
    /// Both frames.
    pub message: Message,
    /// When it was published, in unix microseconds: its own timestamp, else its arrival.
    pub time: i64,
    /// When it arrived, in unix microseconds.
    pub received: i64,
    /// The topic it names itself, else the one it came with.
    pub topic: String,
    /// What rules say about it.
    pub facts: Facts,
    /// The name of its verdict.
    pub verdict: String,
    /// SHA-256 of its content; see [`crate::journal::Identity`].
    pub digest: [u8; 32],
}

/// What a message is found by, beside its topic and time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The topic's first word after prefix and environment; may be empty.
    pub category: String,
    /// Who did it.
    pub agent: Option<String>,
    /// Whom it is about; sorted, each name once.
    pub users: Vec<String>,
    /// Which packages it is about; sorted, each name once.
    pub packages: Vec<String>,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was not there.
    New,
    /// It was there; nothing was written.
    Duplicate,
    /// Another message has its msg_id; this one is in the archive's quarantine. What nobody has checked
    /// gives way to what is valid: then the other one goes there, and this one is new.
    Conflict,
    /// It cannot be kept under its facts; it is in the archive's quarantine.
    Unfit,
}

/// A place in the order of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The time of the last message before.
    pub time: i64,
    /// Its number.
    pub id: i64,
}

/// As it is written in requests and on command lines.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.time, self.id)
    }
}

impl FromStr for Position {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (time, id) = text.split_once('_')?;
            Some(Position { time: time.parse().ok()?, id: id.parse().ok()? })
        };
        read().ok_or("a place is written as 1794616014000000_4711")
    }
}

impl Archived {
    /// Its place in the order of pages.
    pub fn position(&self) -> Position {
        Position { time: self.time, id: self.id }
    }
}

/// The order of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By time and number, the newest first.
    Newest,
    /// By time and number, the oldest first.
    Oldest,
    /// By number alone: as they came into the archive, so that nothing appears behind a position.
    /// Of a [`Position`] only the number counts.
    Arrival,
}

/// Which messages are wanted: of each list that is not empty, any must fit (of the `not_` lists,
/// none).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Not before this time, in unix microseconds.
    pub since: Option<i64>,
    /// Not after this time, in unix microseconds.
    pub until: Option<i64>,
    /// Users.
    pub users: Vec<String>,
    /// Packages.
    pub packages: Vec<String>,
    /// Categories.
    pub categories: Vec<String>,
    /// Topics, whole ones, or `prefix.*` for all that begin with `prefix.`.
    pub topics: Vec<String>,
    /// Agents.
    pub agents: Vec<String>,
    /// Not about these users.
    pub not_users: Vec<String>,
    /// Not about these packages.
    pub not_packages: Vec<String>,
    /// Not of these categories.
    pub not_categories: Vec<String>,
    /// Not on these topics.
    pub not_topics: Vec<String>,
    /// Not by these agents.
    pub not_agents: Vec<String>,
    /// Texts, literally, in any case, in the JSON of the message's `msg`.
    pub contains: Vec<String>,
}

/// Which page of what fits, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// In which order.
    pub order: Order,
    /// Behind this place.
    pub after: Option<Position>,
    /// Without the first so many.
    pub offset: u64,
    /// So many messages at most.
    pub limit: u32,
    /// When messages have so many bytes together, no other follows; there is always one.
    pub bytes: u64,
    /// Whether all that fit are counted, exactly; not behind a place.
    pub total: bool,
}

/// A page.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The messages.
    pub messages: Vec<Archived>,
    /// Whether there was no room for other messages of the page.
    pub cut: bool,
    /// How many fit, if that was wanted.
    pub total: Option<u64>,
}

/// How exact a total is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// Exact; from counters where the query allows, else counted.
    Exact,
    /// From counters alone: exact where the query allows, else at least the true number.
    Estimate,
    /// Not wanted.
    None,
}

/// What messages are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are what they are called")]
pub enum Dimension {
    /// Nothing: one group of all.
    All,
    Topic,
    Category,
    User,
    Package,
    Agent,
}

/// How many messages there are in one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// When the group's time begins, in unix microseconds; `None` without time buckets.
    pub bucket: Option<i64>,
    /// The topic, category, user, package or agent; empty for [`Dimension::All`].
    pub name: String,
    /// How many.
    pub count: u64,
}

/// A topic of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSummary {
    /// The topic.
    pub topic: String,
    /// How many messages it has.
    pub count: u64,
    /// When the first was published, in unix microseconds.
    pub first: i64,
    /// When the last was published, in unix microseconds.
    pub last: i64,
}

/// A message that is not in the archive though it came, and why.
#[derive(Debug, Clone)]
pub struct Quarantined {
    /// Its number in the quarantine.
    pub id: i64,
    /// When it came into quarantine, in unix microseconds.
    pub since: i64,
    /// Why.
    pub reason: String,
    /// Its msg_id, or what stands for it.
    pub msg_id: String,
    /// Both frames.
    pub message: Message,
    /// When it arrived, in unix microseconds.
    pub received: i64,
    /// The name of its verdict.
    pub verdict: String,
}

/// What a step of [`Store::reindex`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reindexed {
    /// The number of the last message it looked at.
    pub last: i64,
    /// How many messages it looked at; 0 when there are no more.
    pub messages: u64,
    /// How many of them have other facts now.
    pub changed: u64,
}

/// An archive. One connection; it blocks.
pub trait Store: Send {
    /// Writes messages in one transaction, and says what became of each.
    fn append(&mut self, batch: &[Archived]) -> Result<Vec<Outcome>>;

    /// The message with this msg_id.
    fn get(&mut self, msg_id: &str) -> Result<Option<Archived>>;

    /// A page: messages that fit, behind `after` in this order, without the first `offset` of them.
    fn query(
        &mut self,
        query: &Query,
        order: Order,
        after: Option<Position>,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<Archived>>;

    /// A page that is bounded by its bytes too.
    fn page(&mut self, query: &Query, wanted: Wanted) -> Result<Page>;

    /// Whether what fits can be found without looking at every message of the range.
    fn is_indexed(&mut self, query: &Query) -> Result<bool>;

    /// Makes or removes the index of texts, for [`Query::contains`], one bounded step at a time while
    /// others write and read. Gives whether it is done.
    fn index_texts(&mut self, wanted: bool) -> Result<bool>;

    /// How many messages fit.
    fn count(&mut self, query: &Query, how: Total) -> Result<Option<u64>>;

    /// How many messages fit, in groups, of the `limit` largest names; with `bucket`, also by time.
    /// Without buckets the largest come first, with them the earliest.
    fn counts(
        &mut self,
        query: &Query,
        by: Dimension,
        bucket: Option<Duration>,
        limit: u32,
    ) -> Result<Vec<Count>>;

    /// The number of the message that came last; 0 when there is none.
    fn newest(&mut self) -> Result<i64>;

    /// All topics, by name.
    fn topics(&mut self) -> Result<Vec<TopicSummary>>;

    /// Puts a message into the archive's quarantine, unless it is there.
    fn quarantine(&mut self, message: &Archived, reason: &str) -> Result<()>;

    /// The next quarantined messages after this number.
    fn quarantined(&mut self, after: i64, limit: u32) -> Result<Vec<Quarantined>>;

    /// The next messages in quarantine with this msg_id.
    fn quarantined_as(&mut self, msg_id: &str, limit: u32) -> Result<Vec<Quarantined>>;

    /// Finds the facts anew of the next `limit` messages behind this number. Others may write meanwhile:
    /// only what changes is written, in a short transaction.
    fn reindex(
        &mut self,
        after: i64,
        limit: u32,
        facts: &mut dyn FnMut(&Message) -> Facts,
    ) -> Result<Reindexed>;

    /// The least number of the messages that were published at this time or later; none if there are
    /// none.
    fn first_since(&mut self, time: i64) -> Result<Option<i64>>;

    /// What somebody has noted in the archive under this name.
    fn note(&mut self, name: &str) -> Result<Option<String>>;

    /// Notes something in the archive, in the place of what was noted under this name before.
    fn set_note(&mut self, name: &str, text: &str) -> Result<()>;

    /// Which of these msg_ids the archive has, its quarantine included; at most 1000 may be asked for.
    fn known(&mut self, msg_ids: &[String]) -> Result<HashSet<String>>;

    /// Counters that do not say what there is: so many at most of all days, and as many of single days.
    fn miscounts(&mut self, limit: u32) -> Result<Vec<Miscount>>;

    /// What the archive is, beside its messages.
    fn about(&mut self) -> Result<About>;

    /// From now on a call that takes longer fails with [`Kind::TryAgain`].
    fn limit_time(&mut self, limit: Option<Duration>) -> Result<()>;
}

/// Writes messages: all at once or, if the archive refuses the content of one of them, each by itself, and
/// that one into its quarantine.
pub fn append_or_put_aside(store: &mut dyn Store, batch: &[Archived]) -> Result<Vec<Outcome>> {
    match store.append(batch) {
        Err(error) if error.kind() == Kind::Data => {}
        outcome => return outcome,
    }
    let one_by_one =
        batch.iter().map(|message| match store.append(std::slice::from_ref(message)) {
            Ok(outcomes) => Ok(outcomes.first().copied().unwrap_or(Outcome::Unfit)),
            Err(error) if error.kind() == Kind::Data => {
                store.quarantine(message, &error.explained())?;
                Ok(Outcome::Unfit)
            }
            Err(error) => Err(error),
        });
    one_by_one.collect()
}

/// Opens an archive that is there: `sqlite:/path/to/file`, or `postgresql://user@host/database`.
pub fn open(url: &str) -> Result<Box<dyn Store>> {
    connect(url, false)
}

/// Opens an archive, and makes it if it is not there.
pub fn create(url: &str) -> Result<Box<dyn Store>> {
    connect(url, true)
}

/// Whether an address can be understood; it is not looked whether the archive is there.
pub fn check(url: &str) -> Result<()> {
    match place(url)? {
        Place::Sqlite(_) => Ok(()),
        Place::Postgres => Postgres::check(url),
    }
}

/// An address that looks for its password in this file, unless it says where else, or needs none.
pub fn with_passfile(url: &str, file: &Path) -> String {
    let new = match place(url) {
        Ok(Place::Postgres) => Postgres::with_passfile(url, file),
        _ => None,
    };
    new.unwrap_or_else(|| url.to_owned())
}

fn connect(url: &str, create: bool) -> Result<Box<dyn Store>> {
    match place(url)? {
        Place::Sqlite(path) => Ok(Box::new(Archive(Sqlite::open(path, create)?))),
        Place::Postgres => Ok(Box::new(Archive(Postgres::open(url)?))),
    }
}

/// What an address leads to.
enum Place<'a> {
    Sqlite(&'a Path),
    Postgres,
}

fn place(url: &str) -> Result<Place<'_>> {
    if let Some(path) = url.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
        return Ok(Place::Sqlite(Path::new(path)));
    }
    if url.starts_with("postgresql://") || url.starts_with("postgres://") {
        return Ok(Place::Postgres);
    }
    let what = "the address of an archive begins with sqlite: or postgresql:";
    Err(Error::new(Kind::Config, what).hint("fedhub config explain archive.url"))
}
