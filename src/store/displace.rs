//! A message that was checked takes the place of one that nobody checked and that has its msg_id.

use super::archive::find;
use super::database::Database;
use super::query::Sql;
use super::tally::Tally;
use super::{Archived, reindex};
use crate::Result;

/// The verdict that gives a message the right to its msg_id.
const VALID: &str = "valid";
/// Why a message is in quarantine that was in the archive.
const DISPLACED: &str = "a message with a valid signature has its msg_id";

/// Whether a message may take the place of another with its msg_id that has this verdict.
pub(super) fn is_better(one: &Archived, verdict: &str) -> bool {
    one.verdict == VALID && verdict != VALID
}

/// Moves the message that has this msg_id from the archive into its quarantine, within a transaction.
pub(super) fn displace<D: Database>(database: &mut D, msg_id: &str) -> Result<()> {
    let Some(old) = find(database, msg_id)? else { return Ok(()) };
    database.quarantine(&old, DISPLACED)?;
    let place = (old.id, old.time);
    for (table, names) in
        [("message_user", &old.facts.users), ("message_package", &old.facts.packages)]
    {
        for name in names {
            database.execute(&reindex::remove::<D>(table, place, name))?;
        }
    }
    for table in D::MESSAGE_TABLES {
        let mut sql = Sql::new(D::DIALECT);
        let (id, time, msg_id) = (sql.int(old.id), sql.int(old.time), sql.text(msg_id));
        sql.push(&format!(
            "DELETE FROM {table} WHERE id = {id} AND time = {time} AND msg_id = {msg_id}"
        ));
        database.execute(&sql)?;
    }
    let mut tally = Tally::default();
    tally.message(&old, -1);
    reindex::count(database, &tally)
}
