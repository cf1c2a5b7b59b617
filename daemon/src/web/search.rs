//! What is searched for: the filters that all pages share.

use fedhub::store::Query;

use super::parameters::{Parameters, Refusal};
use super::time::Range;

/// Reads the filters and the range of time that datagrepper knows, and the agents it will know.
pub(crate) fn read(given: &mut Parameters, now: i64) -> Result<(Query, Range), Refusal> {
    let range = Range::read(given, now)?;
    let query = Query { since: range.since, until: range.until, ..filters(given) };
    Ok((query, range))
}

/// Reads the filters alone.
pub(crate) fn filters(given: &mut Parameters) -> Query {
    Query {
        since: None,
        until: None,
        users: given.all("user"),
        packages: given.all("package"),
        categories: given.all("category"),
        topics: given.all("topic"),
        agents: given.all("agent"),
        not_users: given.all("not_user"),
        not_packages: given.all("not_package"),
        not_categories: given.all("not_category"),
        not_topics: given.all("not_topic"),
        not_agents: given.all("not_agent"),
        contains: given.all("contains"),
    }
}

/// How cards are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Small,
    Medium,
    Large,
    ExtraLarge,
}

impl Size {
    /// Reads `size`.
    pub(crate) fn read(given: &mut Parameters) -> Result<Self, Refusal> {
        let word = given.word("size", &["large", "small", "medium", "extra-large"])?;
        Ok(match word {
            "small" => Size::Small,
            "medium" => Size::Medium,
            "extra-large" => Size::ExtraLarge,
            _ => Size::Large,
        })
    }
}
