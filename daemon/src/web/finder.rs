//! Pages of `/v3/messages`: found within the time of the request.

use std::time::Duration;

use fedhub::store::search::{self, Page};
use fedhub::store::{Archived, Order, Position, Query};

use super::answer::Failure;
use super::conditions::Conditions;
use super::pool::Session;

/// When the messages of a page have so many bytes together, it is full.
pub(crate) const PAGE_BYTES: u64 = 16 << 20;

/// What is to be found.
pub(crate) struct Search {
    pub(crate) conditions: Conditions,
    /// What the archive is asked for.
    pub(crate) query: Query,
    pub(crate) order: Order,
    pub(crate) limit: usize,
    pub(crate) budget: Duration,
}

impl Search {
    /// The page behind `after`.
    pub(crate) fn page(
        &self,
        session: &mut Session,
        after: Option<Position>,
    ) -> Result<Page, Failure> {
        let search = search::Search {
            query: self.query.clone(),
            order: self.order,
            limit: self.limit,
            bytes: PAGE_BYTES,
            budget: self.budget.min(session.left()?),
        };
        let admit = |one: &Archived| self.conditions.admit(one);
        let indexed = self.conditions.are_indexed();
        Ok(search.page(session.store()?, after, if indexed { None } else { Some(&admit) })?)
    }
}
