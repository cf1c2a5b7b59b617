//! What a database must be able to do, so that [`Archive`](super::archive::Archive) does the rest.

use std::time::Duration;

use super::query::{Dialect, Sql};
use super::{About, Archived, Outcome};
use crate::{Error, Kind, Result};

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// The values of a row, taken in order.
#[derive(Debug)]
pub(super) struct Row(std::vec::IntoIter<Cell>);

impl From<Vec<Cell>> for Row {
    fn from(cells: Vec<Cell>) -> Self {
        Self(cells.into_iter())
    }
}

impl Row {
    pub(super) fn int(&mut self) -> Result<i64> {
        match self.0.next() {
            Some(Cell::Int(value)) => Ok(value),
            other => Err(unexpected("a number", &other)),
        }
    }

    pub(super) fn optional_int(&mut self) -> Result<Option<i64>> {
        match self.0.next() {
            Some(Cell::Int(value)) => Ok(Some(value)),
            Some(Cell::Null) => Ok(None),
            other => Err(unexpected("a number", &other)),
        }
    }

    pub(super) fn text(&mut self) -> Result<String> {
        self.optional_text()?.ok_or_else(|| unexpected("a text", &Some(Cell::Null)))
    }

    pub(super) fn optional_text(&mut self) -> Result<Option<String>> {
        match self.0.next() {
            Some(Cell::Text(value)) => Ok(Some(value)),
            Some(Cell::Null) => Ok(None),
            other => Err(unexpected("a text", &other)),
        }
    }

    pub(super) fn bytes(&mut self) -> Result<Vec<u8>> {
        self.optional_bytes()?.ok_or_else(|| unexpected("bytes", &Some(Cell::Null)))
    }

    pub(super) fn optional_bytes(&mut self) -> Result<Option<Vec<u8>>> {
        match self.0.next() {
            Some(Cell::Blob(value)) => Ok(Some(value)),
            Some(Cell::Null) => Ok(None),
            other => Err(unexpected("bytes", &other)),
        }
    }
}

pub(super) fn unexpected(wanted: &str, found: &Option<Cell>) -> Error {
    let what = format!("the archive is damaged: {wanted} was expected, and there is {found:?}");
    Error::new(Kind::Data, what)
}

/// A connection to a database that has the tables.
pub(super) trait Database: Send {
    /// Which one it is.
    const DIALECT: Dialect;

    /// The rows of a query.
    fn select(&mut self, sql: &Sql) -> Result<Vec<Row>>;

    /// Runs a statement that gives no rows.
    fn execute(&mut self, sql: &Sql) -> Result<()>;

    /// Runs statements within a transaction that may write from its beginning.
    fn transaction<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T>;

    /// The table and column that a message is found in by its msg_id; `m` is the message.
    const PLACE_OF_MSG_ID: &str;

    /// Selects 1 if there is an index of texts that has them all, else 0.
    const HAS_TEXTS: &str;

    /// See [`super::Store::index_texts`].
    fn index_texts(&mut self, wanted: bool) -> Result<bool>;

    /// The tables in which each message has one row, with its number, time and msg_id.
    const MESSAGE_TABLES: &[&str];

    /// The table with the msg_ids of all messages.
    const MSG_IDS: &str;

    /// See [`super::Store::about`].
    fn about(&mut self) -> Result<About>;

    /// See [`super::Store::quarantine`].
    fn quarantine(&mut self, message: &Archived, reason: &str) -> Result<()>;

    /// See [`super::Store::append`].
    fn append(&mut self, batch: &[Archived]) -> Result<Vec<Outcome>>;

    /// See [`super::Store::limit_time`].
    fn limit_time(&mut self, limit: Option<Duration>) -> Result<()>;
}
