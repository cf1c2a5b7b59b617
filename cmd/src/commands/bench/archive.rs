//! `bench archive`: messages into the archive, into the same tables by nothing but inserts, and into
//! those of datanommer.
//!
//! - `sqlite`, `postgres`: those inserts
//! - `datanommer`: the real one

mod datanommer;
mod postgres;
mod sqlite;

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use fedhub::journal::{Identity, Record};
use fedhub::message::Message;
use fedhub::meta::Meta;
use fedhub::store::{self, Archived, BATCH, Outcome};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike};

use super::peers::Impl;
use super::process::Scratch;
use super::report::{Bar, Row, Unit};
use super::{Measured, Notes, Plan, progress};

/// How many messages datanommer gets, which takes as long for each.
const DATANOMMERS: usize = 2000;
/// How many messages nommer gets at once.
const SHARE: usize = 4 * BATCH;
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
    let archived = archived(&messages);
    let few = &messages[..messages.len().min(DATANOMMERS)];
    if plan.impls.contains(&Impl::Python) {
        notes.push(format!("archive, python: add() of datanommer.models, {} messages", few.len()));
    }
    let measured = plan.interleave("archive: SQLite", &plan.impls, notes, |of| {
        let scratch = Scratch::new()?;
        let path = scratch.path().join("archive.db");
        let file = path.display();
        match of {
            Impl::Bare => sqlite::insert(&path, &archived),
            Impl::Fedhub => ingest(&format!("sqlite:{file}"), &messages),
            Impl::Python => datanommer::add(python(plan)?, &format!("sqlite:///{file}"), few),
        }
    });
    let mut rows = rows("archive: SQLite", &measured, (0.6, 20.0));
    let Some(url) = &plan.postgres else { return rows };
    let measured = plan.interleave("archive: PostgreSQL", &plan.impls, notes, |of| {
        let schema = postgres::Schema::create(url)?;
        match of {
            Impl::Bare => schema.insert(&archived),
            Impl::Fedhub => ingest(schema.url(), &messages),
            Impl::Python => datanommer::add(python(plan)?, schema.url(), few),
        }
    });
    let mut measured = self::rows("archive: PostgreSQL", &measured, (0.7, 10.0));
    if let Some(cpu) = measured.pop() {
        measured.push(cpu.bar(Bar::MaxRatio(0.05, Impl::Python)));
    }
    rows.extend(measured);
    rows
}

fn python(plan: &Plan) -> Result<&Path> {
    plan.peers.python.as_deref().context("no Python peer")
}

/// The rate, which is at least so many times that of bare inserts and of datanommer; and the CPU.
fn rows(name: &str, measured: &Measured<Written>, least: (f64, f64)) -> Vec<Row> {
    let batches = format!("{name}, batches of {BATCH}");
    let (bare, python) = least;
    vec![
        measured
            .row(&batches, Unit::PerSecond, |run| Some(run.rate))
            .bar(Bar::MinRatio(bare, Impl::Bare))
            .bar(Bar::MinRatio(python, Impl::Python)),
        measured.row(format!("{batches}: CPU per message"), Unit::Micros, |run| Some(run.cpu_us)),
    ]
}

/// What nommer does with the messages of a journal: finds the facts and stores, batch by batch.
fn ingest(url: &str, messages: &[Record]) -> Result<Written> {
    let mut store = store::create(url)?;
    let archived = |record: &Record| Archived::of_record(record, Meta::embedded());
    measure(messages.len(), || {
        messages.chunks(SHARE).try_for_each(|share| {
            store::in_batches(share, archived, |batch| {
                let outcomes = store.append(batch)?;
                ensure!(outcomes.iter().all(|one| *one == Outcome::New), "a message was not new");
                Ok(())
            })
        })
    })
}

/// Times `work`, which writes `count` messages.
fn measure(count: usize, work: impl FnOnce() -> Result<()>) -> Result<Written> {
    if count == 0 {
        bail!("there are no messages");
    }
    let (cpu, start) = (cpu()?, Instant::now());
    work()?;
    let (elapsed, cpu) = (start.elapsed(), self::cpu()? - cpu);
    let count = count as f64;
    Ok(Written { rate: count / elapsed.as_secs_f64(), cpu_us: cpu as f64 / count })
}

/// CPU time of this process in microseconds, threads that have ended included.
fn cpu() -> Result<i64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let micros = |time: TimeVal| time.num_microseconds();
    Ok(micros(usage.user_time()) + micros(usage.system_time()))
}

/// What is written by nothing but inserts: all that is to be found is found before.
fn archived(messages: &[Record]) -> Vec<Archived> {
    messages.iter().map(|record| Archived::of_record(record, Meta::embedded())).collect()
}

/// As it comes from a journal: with its identity, and parsed by nobody.
fn record(message: Message) -> Record {
    let identity = Identity::of(&message, "valid");
    let message = Message::new(message.topic(), message.body());
    let received = (START + 10_000_000) * 1_000_000;
    let verdict = "valid".to_owned();
    Record { seq: 0, received, endpoint: None, verdict, message, identity, conflict: false }
}

/// Messages about commits of two thousand people to five thousand packages, five a minute.
fn messages(count: usize, size: usize) -> Vec<Record> {
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
        record(Message::new(topic, body.to_string()))
    };
    (0..count).map(message).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_facts_and_both_ways_write_the_same() {
        let messages = messages(30, 1500);
        let archived = archived(&messages);
        assert!(archived.iter().all(|one| one.facts.users.len() == 1), "{:?}", archived[0].facts);
        assert!(archived.iter().all(|one| one.facts.packages.len() == 1));
        assert!(messages[0].message.body().len().abs_diff(1500) < 50);
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
