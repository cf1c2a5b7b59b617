//! Writing messages: a few statements for a whole batch. Where something may be in the way, values come
//! as arrays; else rows are copied.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::thread;

use postgres::types::Type;

use super::Postgres;
use crate::message::Message;
use crate::store::archive::{frame, list};
use crate::store::archived::{CONFLICT, clean};
use crate::store::displace::{displace, is_better};
use crate::store::tally::Tally;
use crate::store::text::searched;
use crate::store::{Archived, Outcome};
use crate::{Error, Kind, Result, journal};

/// Writes messages, within a transaction.
pub(super) fn append(database: &mut Postgres, batch: &[Archived]) -> Result<Vec<Outcome>> {
    let mut outcomes = vec![Outcome::New; batch.len()];
    let mut first = HashMap::new();
    let mut candidates = Vec::new();
    for (at, one) in batch.iter().enumerate() {
        if one.unfit().is_some() {
            outcomes[at] = Outcome::Unfit;
        } else if let Entry::Vacant(entry) = first.entry(&one.msg_id) {
            entry.insert(at);
            candidates.push(one);
        }
    }
    let (numbers, texts) = thread::scope(|scope| {
        // While the server works. Most are new.
        let texts =
            scope.spawn(|| candidates.iter().map(|one| searched(&one.message)).collect::<Vec<_>>());
        let numbers = number(database, &candidates);
        (numbers, texts.join())
    });
    let numbers = numbers?;
    let texts = texts.map_err(|_| Error::new(Kind::Bug, "a text cannot be searched"))?;
    let new: Vec<New<'_>> = candidates
        .iter()
        .zip(texts)
        .filter_map(|(one, text)| Some(New { one, text, id: *numbers.get(&one.msg_id)? }))
        .collect();
    insert(database, &new)?;
    let mut tally = Tally::default();
    new.iter().for_each(|new| tally.message(new.one, 1));
    count(database, &tally)?;
    // What is left has a namesake: in the archive, or before it in the batch.
    let known: Vec<_> =
        candidates.iter().filter(|one| !numbers.contains_key(&one.msg_id)).copied().collect();
    let mut known = if known.is_empty() { HashMap::new() } else { namesakes(database, &known)? };
    for (at, one) in batch.iter().enumerate() {
        if let Some(reason) = one.unfit() {
            put_aside(database, one, &reason)?;
            continue;
        }
        let Some(&earlier) = first.get(&one.msg_id) else { continue };
        if earlier == at && numbers.contains_key(&one.msg_id) {
            continue;
        }
        let (same, better) = match known.get(&one.msg_id) {
            Some((verdict, digest, message)) => {
                (one.is(verdict, digest, message), is_better(one, verdict))
            }
            None => {
                let other = &batch[earlier];
                let same = one.is(&other.verdict, &other.digest, &other.message);
                (same, is_better(one, &other.verdict))
            }
        };
        outcomes[at] = match (same, better) {
            (true, true) => confirm(database, one).map(|()| Outcome::Duplicate)?,
            (true, false) => Outcome::Duplicate,
            (false, true) => {
                displace(database, &one.msg_id)?;
                append(database, std::slice::from_ref(one))?[0]
            }
            (false, false) => {
                put_aside(database, one, CONFLICT)?;
                Outcome::Conflict
            }
        };
        if better {
            known.remove(&one.msg_id);
            first.insert(&one.msg_id, at);
        }
    }
    Ok(outcomes)
}

/// Numbers those whose msg_id is new.
fn number(database: &mut Postgres, batch: &[&Archived]) -> Result<HashMap<String, i64>> {
    let ids: Vec<_> = batch.iter().map(|one| one.msg_id.as_str()).collect();
    let times: Vec<_> = batch.iter().map(|one| one.time).collect();
    let rows = database.rows(
        "INSERT INTO message_id (msg_id, time)
         SELECT msg_id, time FROM unnest($1::text[], $2::bigint[])
             WITH ORDINALITY AS new (msg_id, time, at) ORDER BY at
         ON CONFLICT (msg_id) DO NOTHING RETURNING msg_id, id",
        &[&ids, &times],
    )?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// A message that is not in the archive yet, with its number.
struct New<'a> {
    one: &'a Archived,
    id: i64,
    /// What `contains` looks at.
    text: String,
}

/// Nothing is in the way of what is new, so its rows are copied, which costs least.
fn insert(database: &mut Postgres, new: &[New<'_>]) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let columns = "message (id, msg_id, time, received, topic, frame, body, searched, category, \
                   agent, users, packages, verdict, digest)";
    let types = [
        Type::INT8,
        Type::TEXT,
        Type::INT8,
        Type::INT8,
        Type::TEXT,
        Type::BYTEA,
        Type::BYTEA,
        Type::TEXT,
        Type::TEXT,
        Type::TEXT,
        Type::TEXT,
        Type::TEXT,
        Type::TEXT,
        Type::BYTEA,
    ];
    database.copy(columns, &types, |writer| {
        new.iter().try_for_each(|New { one, id, text }| {
            writer.write(&[
                id,
                &one.msg_id,
                &one.time,
                &one.received,
                &one.topic,
                &frame(one),
                &one.message.body(),
                text,
                &one.facts.category,
                &one.facts.agent,
                &list(&one.facts.users),
                &list(&one.facts.packages),
                &one.verdict,
                &one.digest.as_slice(),
            ])
        })
    })?;
    names(database, "message_user", new, |one| &one.facts.users)?;
    names(database, "message_package", new, |one| &one.facts.packages)
}

fn names(
    database: &mut Postgres,
    table: &str,
    new: &[New<'_>],
    of: impl Fn(&Archived) -> &[String],
) -> Result<()> {
    if new.iter().all(|new| of(new.one).is_empty()) {
        return Ok(());
    }
    let columns = format!("{table} (name, time, id)");
    database.copy(&columns, &[Type::TEXT, Type::INT8, Type::INT8], |writer| {
        new.iter().try_for_each(|New { one, id, .. }| {
            of(one).iter().try_for_each(|name| writer.write(&[name, &one.time, id]))
        })
    })
}

fn count(database: &mut Postgres, tally: &Tally<'_>) -> Result<()> {
    if tally.totals.is_empty() {
        return Ok(());
    }
    let kinds: Vec<_> = tally.totals.keys().map(|(kind, _)| *kind).collect();
    let names: Vec<_> = tally.totals.keys().map(|(_, name)| *name).collect();
    let counts: Vec<_> = tally.totals.values().map(|span| span.count).collect();
    let firsts: Vec<_> = tally.totals.values().map(|span| span.first).collect();
    let lasts: Vec<_> = tally.totals.values().map(|span| span.last).collect();
    database.run(
        "INSERT INTO total AS t (kind, name, count, first, last)
         SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
         ON CONFLICT (kind, name) DO UPDATE SET count = t.count + excluded.count,
             first = least(t.first, excluded.first), last = greatest(t.last, excluded.last)",
        &[&kinds, &names, &counts, &firsts, &lasts],
    )?;
    let kinds: Vec<_> = tally.days.keys().map(|(kind, ..)| *kind).collect();
    let names: Vec<_> = tally.days.keys().map(|(_, name, _)| *name).collect();
    let days: Vec<_> = tally.days.keys().map(|(.., day)| *day).collect();
    let counts: Vec<_> = tally.days.values().copied().collect();
    database.run(
        "INSERT INTO daily AS d (kind, name, day, count)
         SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
         ON CONFLICT (kind, name, day) DO UPDATE SET count = d.count + excluded.count",
        &[&kinds, &names, &days, &counts],
    )
}

/// What makes a message the same as another.
type Identity = (String, Vec<u8>, Message);

/// The messages of the archive that have these msg_ids.
fn namesakes(database: &mut Postgres, batch: &[&Archived]) -> Result<HashMap<String, Identity>> {
    let ids: Vec<_> = batch.iter().map(|one| one.msg_id.as_str()).collect();
    let rows = database.rows(
        "SELECT i.msg_id, m.verdict, m.digest, coalesce(m.frame, convert_to(m.topic, 'UTF8')), m.body
         FROM message_id AS i JOIN message AS m ON m.time = i.time AND m.id = i.id
         WHERE i.msg_id = ANY($1::text[])",
        &[&ids],
    )?;
    let identity = |row: &postgres::Row| {
        let topic: &[u8] = row.get(3);
        let message = Message::new(String::from_utf8_lossy(topic), row.get::<_, &[u8]>(4));
        (row.get(0), (row.get(1), row.get(2), message))
    };
    Ok(rows.iter().map(identity).collect())
}

/// Puts the bytes of a message that was checked in the place of the same one that was not.
fn confirm(database: &mut Postgres, one: &Archived) -> Result<()> {
    database.run(
        "UPDATE message AS m SET frame = $2, body = $3, verdict = $4, digest = $5
         FROM message_id AS i WHERE i.msg_id = $1 AND m.time = i.time AND m.id = i.id",
        &[
            &one.msg_id,
            &one.message.topic().as_bytes(),
            &one.message.body(),
            &one.verdict,
            &one.digest.as_slice(),
        ],
    )
}

pub(super) fn put_aside(database: &mut Postgres, one: &Archived, reason: &str) -> Result<()> {
    database.run(
        "INSERT INTO quarantine (since, reason, msg_id, digest, topic, body, received, verdict)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        &[
            &journal::now(),
            &clean(reason),
            &one.msg_id,
            &one.digest.as_slice(),
            &one.message.topic().as_bytes(),
            &one.message.body(),
            &one.received,
            &one.verdict,
        ],
    )
}
