//! Writing messages: a few statements for a whole batch, each with its values as arrays.

use std::collections::HashMap;

use super::Postgres;
use crate::message::Message;
use crate::store::archive::{frame, list};
use crate::store::archived::{CONFLICT, clean};
use crate::store::tally::Tally;
use crate::store::text::searched;
use crate::store::{Archived, Outcome};
use crate::{Result, journal};

/// Writes messages, within a transaction.
pub(super) fn append(database: &mut Postgres, batch: &[Archived]) -> Result<Vec<Outcome>> {
    let mut outcomes = vec![Outcome::New; batch.len()];
    let mut first = HashMap::new();
    let mut candidates = Vec::new();
    for (at, one) in batch.iter().enumerate() {
        if one.unfit().is_some() {
            outcomes[at] = Outcome::Unfit;
        } else if let std::collections::hash_map::Entry::Vacant(entry) = first.entry(&one.msg_id) {
            entry.insert(at);
            candidates.push(one);
        }
    }
    let numbers = number(database, &candidates)?;
    let new: Vec<(&Archived, i64)> =
        candidates.iter().filter_map(|one| Some((*one, *numbers.get(&one.msg_id)?))).collect();
    insert(database, &new)?;
    let mut tally = Tally::default();
    new.iter().for_each(|(one, _)| tally.add(one));
    count(database, &tally)?;
    // What is left has a namesake: in the archive, or before it in the batch.
    let known: Vec<_> =
        candidates.iter().filter(|one| !numbers.contains_key(&one.msg_id)).copied().collect();
    let known = if known.is_empty() { HashMap::new() } else { namesakes(database, &known)? };
    for (at, one) in batch.iter().enumerate() {
        if let Some(reason) = one.unfit() {
            put_aside(database, one, &reason)?;
            continue;
        }
        let Some(&first) = first.get(&one.msg_id) else { continue };
        if first == at && numbers.contains_key(&one.msg_id) {
            continue;
        }
        let same = match known.get(&one.msg_id) {
            Some((verdict, digest, message)) => one.is(verdict, digest, message),
            None => {
                let other = &batch[first];
                one.is(&other.verdict, &other.digest, &other.message)
            }
        };
        outcomes[at] = if same { Outcome::Duplicate } else { Outcome::Conflict };
        if !same {
            put_aside(database, one, CONFLICT)?;
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

fn insert(database: &mut Postgres, new: &[(&Archived, i64)]) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = new.iter().map(|(_, id)| *id).collect();
    let msg_ids: Vec<_> = new.iter().map(|(one, _)| one.msg_id.as_str()).collect();
    let times: Vec<_> = new.iter().map(|(one, _)| one.time).collect();
    let received: Vec<_> = new.iter().map(|(one, _)| one.received).collect();
    let topics: Vec<_> = new.iter().map(|(one, _)| one.topic.as_str()).collect();
    let frames: Vec<_> = new.iter().map(|(one, _)| frame(one)).collect();
    let bodies: Vec<_> = new.iter().map(|(one, _)| one.message.body()).collect();
    let texts: Vec<_> = new.iter().map(|(one, _)| searched(&one.message)).collect();
    let categories: Vec<_> = new.iter().map(|(one, _)| one.facts.category.as_str()).collect();
    let agents: Vec<_> = new.iter().map(|(one, _)| one.facts.agent.as_deref()).collect();
    let users: Vec<_> = new.iter().map(|(one, _)| list(&one.facts.users)).collect();
    let packages: Vec<_> = new.iter().map(|(one, _)| list(&one.facts.packages)).collect();
    let verdicts: Vec<_> = new.iter().map(|(one, _)| one.verdict.as_str()).collect();
    let digests: Vec<_> = new.iter().map(|(one, _)| one.digest.as_slice()).collect();
    database.run(
        "INSERT INTO message (id, msg_id, time, received, topic, frame, body, searched, category,
             agent, users, packages, verdict, digest)
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[],
             $6::bytea[], $7::bytea[], $8::text[], $9::text[], $10::text[], $11::text[],
             $12::text[], $13::text[], $14::bytea[])",
        &[
            &ids,
            &msg_ids,
            &times,
            &received,
            &topics,
            &frames,
            &bodies,
            &texts,
            &categories,
            &agents,
            &users,
            &packages,
            &verdicts,
            &digests,
        ],
    )?;
    names(database, "message_user", new, |one| &one.facts.users)?;
    names(database, "message_package", new, |one| &one.facts.packages)
}

fn names(
    database: &mut Postgres,
    table: &str,
    new: &[(&Archived, i64)],
    of: impl Fn(&Archived) -> &[String],
) -> Result<()> {
    let (mut names, mut times, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for (one, id) in new {
        for name in of(one) {
            names.push(name.as_str());
            times.push(one.time);
            ids.push(*id);
        }
    }
    if names.is_empty() {
        return Ok(());
    }
    let text = format!(
        "INSERT INTO {table} (name, time, id)
         SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])"
    );
    database.run(&text, &[&names, &times, &ids])
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
