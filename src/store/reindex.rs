//! Facts anew: rows, their names and the counters are brought to what rules say now.

use super::Facts;
use super::archive::{archived, list};
use super::database::Database;
use super::query::{COLUMNS, Dialect, Sql};
use super::tally::{ALL, Tally};
use crate::Result;
use crate::message::Message;

/// The next messages behind a number, within a transaction. Gives the number of the last.
pub(super) fn batch<D: Database>(
    database: &mut D,
    after: i64,
    limit: u32,
    facts: &mut dyn FnMut(&Message) -> Facts,
) -> Result<i64> {
    let mut sql = Sql::new(D::DIALECT);
    let (behind, limit) = (sql.int(after), sql.int(limit.into()));
    sql.push(&format!(
        "SELECT {COLUMNS} FROM message AS m WHERE m.id > {behind} ORDER BY m.id LIMIT {limit}"
    ));
    let mut last = after;
    let mut changed = Vec::new();
    for row in database.select(&sql)? {
        let one = archived(row)?;
        last = one.id;
        let now = facts(&one.message);
        if now != one.facts {
            changed.push((one, now));
        }
    }
    let mut tally = Tally::default();
    for (one, now) in &changed {
        let place = (one.id, one.time);
        database.execute(&update::<D>(place, now))?;
        for (table, old, new) in [
            ("message_user", &one.facts.users, &now.users),
            ("message_package", &one.facts.packages, &now.packages),
        ] {
            for gone in old.iter().filter(|name| !new.contains(name)) {
                database.execute(&remove::<D>(table, place, gone))?;
            }
            for come in new.iter().filter(|name| !old.contains(name)) {
                database.execute(&insert::<D>(table, place, come))?;
            }
        }
        tally.facts(&one.facts, one.time, -1);
        tally.facts(now, one.time, 1);
    }
    count(database, &tally)?;
    Ok(last)
}

fn update<D: Database>((id, time): (i64, i64), facts: &Facts) -> Sql {
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

pub(super) fn remove<D: Database>(table: &str, (id, time): (i64, i64), name: &str) -> Sql {
    let mut sql = Sql::new(D::DIALECT);
    let (name, id, time) = (sql.text(name), sql.int(id), sql.int(time));
    sql.push(&format!("DELETE FROM {table} WHERE name = {name} AND time = {time} AND id = {id}"));
    sql
}

fn insert<D: Database>(table: &str, (id, time): (i64, i64), name: &str) -> Sql {
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
