//! `bench archive`: messages into the archive, and into the same tables by nothing but inserts.
//!
//! - `sqlite`, `postgres`: those inserts

mod postgres;
mod sqlite;

use std::time::Instant;

use anyhow::{Result, bail, ensure};
use fedhub::message::Message;
use fedhub::meta::Meta;
use fedhub::store::{self, Archived, Outcome};

use super::peers::Impl;
use super::process::{Scratch, own_cpu};
use super::report::{Bar, Row, Unit};
use super::{Measured, Notes, Plan, progress};

/// Messages in one transaction, as nommer has them.
const BATCH: usize = 500;
/// When the first message was published, in seconds.
const START: i64 = 1_750_000_000;

/// How fast messages came into an archive.
struct Written {
    /// Messages per second.
    rate: f64,
    /// CPU of this process per message.
    cpu_us: f64,
}

/// Measures archives.
pub(super) fn run(plan: &Plan, notes: &mut Notes) -> Vec<Row> {
    progress("archive: making messages");
    let messages = messages(plan.messages, plan.peers.size);
    let archived: Vec<_> = messages.iter().map(archived).collect();
    let both: Vec<_> = plan.impls.iter().copied().filter(|of| *of != Impl::Python).collect();
    let measured = plan.interleave("archive: SQLite", &both, notes, |of| {
        let scratch = Scratch::new()?;
        let path = scratch.path().join("archive.db");
        let url = format!("sqlite:{}", path.display());
        match of {
            Impl::Bare => sqlite::insert(&path, &archived),
            _ => ingest(&url, &messages),
        }
    });
    let mut rows = rows("archive: SQLite", 0.6, &measured);
    let Some(url) = &plan.postgres else {
        notes.push("PostgreSQL was left out: give --postgres URL of a database".into());
        return rows;
    };
    let measured = plan.interleave("archive: PostgreSQL", &both, notes, |of| {
        let schema = postgres::Schema::create(url)?;
        match of {
            Impl::Bare => schema.insert(&archived),
            _ => ingest(schema.url(), &messages),
        }
    });
    rows.extend(self::rows("archive: PostgreSQL", 0.7, &measured));
    rows
}

fn rows(name: &str, least: f64, measured: &Measured<Written>) -> Vec<Row> {
    let batches = format!("{name}, batches of {BATCH}");
    vec![
        measured
            .row(&batches, Unit::PerSecond, |run| Some(run.rate))
            .bar(Bar::MinRatio(least, Impl::Bare)),
        measured.row(format!("{batches}: CPU per message"), Unit::Micros, |run| Some(run.cpu_us)),
    ]
}

/// What nommer does: finds the facts and stores, batch by batch.
fn ingest(url: &str, messages: &[Message]) -> Result<Written> {
    let mut store = store::create(url)?;
    measure(messages.len(), || {
        for batch in messages.chunks(BATCH) {
            let batch: Vec<_> = batch.iter().map(archived).collect();
            let outcomes = store.append(&batch)?;
            ensure!(outcomes.iter().all(|one| *one == Outcome::New), "a message was not new");
        }
        Ok(())
    })
}

/// Times `work`, which writes `count` messages.
fn measure(count: usize, work: impl FnOnce() -> Result<()>) -> Result<Written> {
    if count == 0 {
        bail!("there are no messages");
    }
    let (cpu, start) = (own_cpu()?, Instant::now());
    work()?;
    let (elapsed, cpu) = (start.elapsed(), own_cpu()?.saturating_sub(cpu));
    let count = count as f64;
    Ok(Written { rate: count / elapsed.as_secs_f64(), cpu_us: cpu.as_secs_f64() * 1e6 / count })
}

/// Fresh copies, that nobody has parsed yet.
fn archived(message: &Message) -> Archived {
    let message = Message::new(message.topic(), message.body());
    let received = (START + 10_000_000) * 1_000_000;
    Archived::new(message, received, "valid", Meta::embedded())
}

/// Messages about commits of two thousand people to five thousand packages, five a minute.
fn messages(count: usize, size: usize) -> Vec<Message> {
    let buses = ["org.fedoraproject.prod", "org.fedoraproject.stg", "org.centos.prod"];
    let message = |number: usize| {
        let topic = format!("{}.git.receive", buses[number % buses.len()]);
        let user = format!("user{}", number * 7919 % 2000);
        let package = format!("package{}", number * 104_729 % 5000);
        let mut body = serde_json::json!({
            "i": 1,
            "msg": {
                "commit": {
                    "branch": "rawhide", "rev": format!("{number:040x}"), "username": user,
                    "repo": package, "name": "A Person", "email": format!("{user}@example.org"),
                    "summary": "Update to a new version", "message": "",
                },
                "name": package, "branch": "rawhide", "agent": user,
            },
            "msg_id": format!("2025-d0c5a4f5-6a0f-4b43-9a3c-{number:012}"),
            "timestamp": START + number as i64 * 12,
            "topic": topic,
            "username": "amqp-bridge",
        });
        let words = "the quick brown fox jumps over the lazy dog, and other words ";
        let missing = size.saturating_sub(body.to_string().len());
        let text: String = words.chars().cycle().skip(number % words.len()).take(missing).collect();
        body["msg"]["commit"]["message"] = text.into();
        Message::new(topic, body.to_string())
    };
    (0..count).map(message).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_facts_and_both_ways_write_the_same() {
        let messages = messages(30, 1500);
        let archived: Vec<_> = messages.iter().map(archived).collect();
        assert!(archived.iter().all(|one| one.facts.users.len() == 1), "{:?}", archived[0].facts);
        assert!(archived.iter().all(|one| one.facts.packages.len() == 1));
        assert!(messages[0].body().len().abs_diff(1500) < 50);
        let scratch = Scratch::new().unwrap();
        let path = |name: &str| scratch.path().join(name);
        let urls = ["ours", "bare"].map(|name| format!("sqlite:{}", path(name).display()));
        ingest(&urls[0], &messages).unwrap();
        sqlite::insert(&path("bare"), &archived).unwrap();
        let [ours, bare] = urls.map(|url| {
            let mut store = store::open(&url).unwrap();
            let query =
                store::Query { users: archived[3].facts.users.clone(), ..Default::default() };
            let found = store.query(&query, store::Order::Newest, None, 0, 100).unwrap();
            found.into_iter().map(|one| (one.id, one.msg_id, one.facts)).collect::<Vec<_>>()
        });
        assert_eq!(ours, bare);
    }
}
