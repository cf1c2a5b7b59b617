//! Facts anew: rows, their names and the counters are brought to what rules say now.

use super::archive::{archived, list};
use super::database::Database;
use super::query::{COLUMNS, Dialect, Sql};
use super::tally::{ALL, Tally};
use super::{Archived, Facts, Reindexed};
use crate::Result;
use crate::message::Message;

/// The number and the time of a message, by which its row is found.
type Place = (i64, i64);

/// The next messages behind a number. The rules are asked before the transaction, which is short.
pub(super) fn batch<D: Database>(
    database: &mut D,
    after: i64,
    limit: u32,
    facts: &mut dyn FnMut(&Message) -> Facts,
) -> Result<Reindexed> {
    let mut sql = Sql::new(D::DIALECT);
    let (behind, limit) = (sql.int(after), sql.int(limit.into()));
    sql.push(&format!(
        "SELECT {COLUMNS} FROM message AS m WHERE m.id > {behind} ORDER BY m.id LIMIT {limit}"
    ));
    let mut done = Reindexed { last: after, messages: 0, changed: 0 };
    let mut changes = Vec::new();
    for row in database.select(&sql)? {
        let one = archived(row)?;
        (done.last, done.messages) = (one.id, done.messages + 1);
        let now = facts(&one.message);
        if now != one.facts {
            changes.push(Change { place: (one.id, one.time), digest: one.digest, now });
        }
    }
    if !changes.is_empty() {
        done.changed = database.transaction(|database| write(database, changes, facts))?;
    }
    Ok(done)
}

/// What is to be written: of a message with this content, the facts.
struct Change {
    place: Place,
    digest: [u8; 32],
    now: Facts,
}

/// Writes facts within a transaction. Gives how many of them are new.
fn write<D: Database>(
    database: &mut D,
    changes: Vec<Change>,
    facts: &mut dyn FnMut(&Message) -> Facts,
) -> Result<u64> {
    let mut changed = Vec::new();
    for Change { place, digest, now } in changes {
        let Some(one) = present::<D>(database, place)? else { continue };
        // Another message may have taken its place since, and another call may have been here.
        let now = if one.digest == digest { now } else { facts(&one.message) };
        if one.facts != now {
            changed.push((place, one.facts, now));
        }
    }
    let mut tally = Tally::default();
    for (place, before, now) in &changed {
        let (place, time) = (*place, place.1);
        database.execute(&update::<D>(place, now))?;
        for (table, old, new) in [
            ("message_user", &before.users, &now.users),
            ("message_package", &before.packages, &now.packages),
        ] {
            for gone in old.iter().filter(|name| !new.contains(name)) {
                database.execute(&remove::<D>(table, place, gone))?;
            }
            for come in new.iter().filter(|name| !old.contains(name)) {
                database.execute(&insert::<D>(table, place, come))?;
            }
        }
        tally.facts(before, time, -1);
        tally.facts(now, time, 1);
    }
    count(database, &tally)?;
    Ok(changed.len() as u64)
}

/// The message that is there now.
fn present<D: Database>(database: &mut D, (id, time): Place) -> Result<Option<Archived>> {
    let mut sql = Sql::new(D::DIALECT);
    let (id, time) = (sql.int(id), sql.int(time));
    sql.push(&format!("SELECT {COLUMNS} FROM message AS m WHERE m.id = {id} AND m.time = {time}"));
    database.select(&sql)?.into_iter().next().map(archived).transpose()
}

fn update<D: Database>((id, time): Place, facts: &Facts) -> Sql {
    let mut sql = Sql::new(D::DIALECT);
    let agent = facts.agent.as_ref().map_or("NULL".to_owned(), |agent| sql.text(agent));
    let (category, users) = (sql.text(&facts.category), sql.text(&list(&facts.users)));
    let packages = sql.text(&list(&facts.packages));
    let (id, time) = (sql.int(id), sql.int(time));
    sql.push(&format!(
        "UPDATE message SET category = {category}, agent = {agent}, users = {users}, \
         packages = {packages} WHERE id = {id} AND time = {time}"
    ));
    sql
}

pub(super) fn remove<D: Database>(table: &str, (id, time): Place, name: &str) -> Sql {
    let mut sql = Sql::new(D::DIALECT);
    let (name, id, time) = (sql.text(name), sql.int(id), sql.int(time));
    sql.push(&format!("DELETE FROM {table} WHERE name = {name} AND time = {time} AND id = {id}"));
    sql
}

fn insert<D: Database>(table: &str, (id, time): Place, name: &str) -> Sql {
    let mut sql = Sql::new(D::DIALECT);
    let (name, id, time) = (sql.text(name), sql.int(id), sql.int(time));
    sql.push(&format!("INSERT INTO {table} (name, time, id) VALUES ({name}, {time}, {id})"));
    sql
}

/// Changes counters. Of a name that has fewer messages now, first and last are looked up.
pub(super) fn count<D: Database>(database: &mut D, tally: &Tally<'_>) -> Result<()> {
    let (least, greatest) = match D::DIALECT {
        Dialect::Sqlite => ("min", "max"),
        Dialect::Postgres => ("least", "greatest"),
    };
    for (&(kind, name), span) in &tally.totals {
        let mut sql = Sql::new(D::DIALECT);
        let (kind_, name_) = (sql.text(kind), sql.text(name));
        let (count, first, last) = (sql.int(span.count), sql.int(span.first), sql.int(span.last));
        sql.push(&format!(
            "INSERT INTO total (kind, name, count, first, last) \
             VALUES ({kind_}, {name_}, {count}, {first}, {last}) \
             ON CONFLICT (kind, name) DO UPDATE SET count = total.count + excluded.count, \
             first = {least}(total.first, excluded.first), \
             last = {greatest}(total.last, excluded.last)"
        ));
        database.execute(&sql)?;
        let mut sql = Sql::new(D::DIALECT);
        let (kind_, name_) = (sql.text(kind), sql.text(name));
        sql.push(&format!(
            "DELETE FROM total WHERE kind = {kind_} AND name = {name_} AND count <= 0"
        ));
        database.execute(&sql)?;
        if span.count <= 0 {
            database.execute(&ends::<D>(kind, name))?;
        }
    }
    for (&(kind, name, day), &count) in &tally.days {
        let mut sql = Sql::new(D::DIALECT);
        let (kind, name) = (sql.text(kind), sql.text(name));
        let (day, count) = (sql.int(day), sql.int(count));
        sql.push(&format!(
            "INSERT INTO daily (kind, name, day, count) VALUES ({kind}, {name}, {day}, {count}) \
             ON CONFLICT (kind, name, day) DO UPDATE SET count = daily.count + excluded.count"
        ));
        database.execute(&sql)?;
    }
    Ok(())
}

/// Looks up the first and the last message of a name.
fn ends<D: Database>(kind: &str, name: &str) -> Sql {
    let mut sql = Sql::new(D::DIALECT);
    let (kind_, name_) = (sql.text(kind), sql.text(name));
    let from = match kind {
        "user" | "package" => format!("message_{kind} WHERE name = {name_}"),
        ALL => "message".to_owned(),
        _ => format!("message WHERE {kind} = {name_}"),
    };
    sql.push(&format!(
        "UPDATE total SET first = (SELECT min(time) FROM {from}), \
         last = (SELECT max(time) FROM {from}) WHERE kind = {kind_} AND name = {name_}"
    ));
    sql
}
