//! The rows of a datanommer's database.

use fedhub::datanommer::{Database, Found};

use super::source::{Batch, Item, Place, Refused, Source};

pub(super) struct Rows {
    database: Database,
    after: i64,
    newest: i64,
}

impl Rows {
    pub(super) fn open(url: &str, place: Place) -> fedhub::Result<Self> {
        let mut database = Database::open(url)?;
        let newest = database.newest()?;
        Ok(Self { database, after: place.number, newest })
    }
}

impl Source for Rows {
    fn next(&mut self) -> anyhow::Result<Option<Batch>> {
        let found = self.database.read(self.after)?;
        let Some(last) = found.last() else { return Ok(None) };
        self.after = last.id;
        let place = Place { number: self.after, ..Place::default() };
        // Numbers have few holes.
        let left = u64::try_from(self.newest.saturating_sub(self.after)).unwrap_or_default();
        Ok(Some(Batch { items: found.into_iter().map(item).collect(), place, left: Some(left) }))
    }
}

fn item(Found { id, outcome }: Found) -> Result<Item, Refused> {
    let refuse = |(reason, content)| Refused { at: format!("row {id}"), reason, content };
    outcome.map(Item::of).map_err(refuse)
}
