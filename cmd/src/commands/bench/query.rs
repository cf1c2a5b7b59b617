//! `bench query`: what `fedhub serve` answers, beside the datagrepper of Python on the same messages.
//!
//! - `messages`: what archives are filled with
//! - `databases`: where, and the datagrepper on it
//! - `client`: requests
//! - `stream`: many who follow the archive

mod client;
mod databases;
mod messages;
mod stream;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use fedhub::store;

use self::client::Client;
use self::databases::{Database, Datagrepper};
use self::messages::{NEEDLE, PACKAGES, START, TOPIC, USERS, fill, message};
use self::stream::Followers;
use super::load::{PATIENCE, pace};
use super::peers::{Impl, free_address, own, retry};
use super::process::{Process, Scratch};
use super::report::{Bar, Row, Unit};
use super::{Measured, Notes, Plan, progress};

/// Who ask at once.
const CLIENTS: usize = 4;
/// How many different names are asked for.
const NAMES: u64 = 200;
/// Which page by cursor is compared with the first.
const DEEP: usize = 200;
/// Who follow the archive at once, and how many messages come each second.
const FOLLOWERS: usize = 1000;
const COMING: f64 = 100.0;
/// In how much time a text is looked for, in seconds.
const WINDOW: i64 = 7 * 24 * 3600;

/// What an answerer did.
#[derive(Default)]
struct Sample {
    /// Answers per second.
    raw: f64,
    raw_cpu_ms: Option<f64>,
    user_p99_ms: Option<f64>,
    package_p99_ms: Option<f64>,
    topic_p99_ms: Option<f64>,
    /// Of datagrepper's pages, which have a total.
    total_p99_ms: f64,
    /// How much longer a page far behind takes than the first one.
    deep: Option<f64>,
}

/// What became of the messages that followers wanted.
struct Followed {
    lost: f64,
    cores: f64,
}

/// Measures both databases.
pub(super) fn run(plan: &Plan, notes: &mut Notes) -> Vec<Row> {
    let original = original(plan, notes);
    let mut rows = Vec::new();
    match Database::sqlite() {
        Ok(database) => rows.extend(measure(plan, "SQLite", &database, original.as_ref(), notes)),
        Err(error) => notes.push(format!("query: SQLite: {error:#}")),
    }
    match plan.postgres.as_deref().map(Database::postgres) {
        None => {}
        Some(Ok(database)) => {
            rows.extend(measure(plan, "PostgreSQL", &database, original.as_ref(), notes));
        }
        Some(Err(error)) => notes.push(format!("query: PostgreSQL: {error:#}")),
    }
    rows
}

/// The datagrepper to compare with, if there is one.
fn original(plan: &Plan, notes: &mut Notes) -> Option<Datagrepper> {
    let python = plan.impls.contains(&Impl::Python).then_some(plan.peers.python.as_deref())??;
    let url = plan.postgres.as_deref()?;
    progress("query: filling datagrepper's database");
    match Datagrepper::start(python, url, plan.messages, plan.peers.size) {
        Ok(original) => Some(original),
        Err(error) => {
            notes.push(format!("query: datagrepper was left out: {error:#}"));
            None
        }
    }
}

fn measure(
    plan: &Plan,
    name: &str,
    database: &Database,
    original: Option<&Datagrepper>,
    notes: &mut Notes,
) -> Vec<Row> {
    progress(&format!("query: filling {name}"));
    let bench = format!("query: {name}");
    let served = database
        .create()
        .and_then(|mut store| fill(&mut *store, plan.messages, plan.peers.size))
        .and_then(|()| database.settle())
        .and_then(|()| Served::start(database));
    let served = match served {
        Ok(served) => served,
        Err(error) => {
            notes.push(format!("{bench}: {error:#}"));
            return Vec::new();
        }
    };
    let mut both = vec![Impl::Fedhub];
    both.extend(original.map(|_| Impl::Python));
    let pages = plan.interleave(&bench, &both, notes, |of| match (of, original) {
        (Impl::Python, Some(original)) => theirs(plan, original),
        _ => ours(plan, &served),
    });
    let mut rows = page_rows(&bench, &pages);
    let searching = |of: Impl| match (of, original) {
        (Impl::Python, Some(original)) => search(&original.client, plan.duration),
        _ => search(&served.client, plan.duration),
    };
    let found = plan.interleave(&format!("{bench}, contains"), &both, notes, searching);
    rows.push(search_row(format!("{bench}: contains in a week"), 3.0, &found));
    progress(&format!("{bench}: making the index of texts"));
    let indexed = database.index_texts().and_then(|took| database.settle().map(|()| took));
    match indexed {
        Err(error) => notes.push(format!("{bench}, index of texts: {error:#}")),
        Ok(took) => {
            notes.push(format!("{bench}: the index of texts took {:.0} s", took.as_secs_f64()));
            let with = format!("{bench}, with trigrams");
            let found = plan.interleave(&with, &both, notes, searching);
            rows.push(search_row(format!("{bench}: contains with trigrams"), 20.0, &found));
        }
    }
    let followed = plan
        .interleave(&format!("{bench}, stream"), &[Impl::Fedhub], notes, |_| follow(plan, &served));
    rows.extend(stream_rows(&bench, &followed));
    rows
}

fn page_rows(bench: &str, pages: &Measured<Sample>) -> Vec<Row> {
    let page = |what, value: fn(&Sample) -> Option<f64>| {
        let what = format!("{bench}: page of a {what} without total, p99");
        pages.row(what, Unit::Millis, value).bar(Bar::Max(20.0))
    };
    vec![
        pages
            .row(format!("{bench}: /raw?rows_per_page=100"), Unit::PerSecond, |run| Some(run.raw))
            .bar(Bar::MinRatio(20.0, Impl::Python)),
        pages
            .row(format!("{bench}: the same, CPU per request"), Unit::Millis, |run| run.raw_cpu_ms)
            .bar(Bar::Max(5.0)),
        page("user", |run| run.user_p99_ms),
        page("package", |run| run.package_p99_ms),
        page("topic", |run| run.topic_p99_ms),
        pages.row(format!("{bench}: /raw?user=, with total, p99"), Unit::Millis, |run| {
            Some(run.total_p99_ms)
        }),
        pages
            .row(format!("{bench}: page {DEEP} by cursor beside page 1"), Unit::Times, |run| {
                run.deep
            })
            .bar(Bar::Max(1.5)),
    ]
}

/// How often a text is found in a week, and how much faster than by datagrepper it is to be.
fn search_row(what: String, least: f64, found: &Measured<f64>) -> Row {
    let row = found.row(what, Unit::PerSecond, |rate| Some(*rate));
    row.bar(Bar::MinRatio(least, Impl::Python))
}

fn stream_rows(bench: &str, followed: &Measured<Followed>) -> Vec<Row> {
    let name = format!("{bench}: /v3/stream to {FOLLOWERS}");
    vec![
        followed
            .row(format!("{name}: messages lost"), Unit::Messages, |run| Some(run.lost))
            .bar(Bar::Max(0.0)),
        followed
            .row(format!("{name} at {COMING}/s: CPU"), Unit::Cores, |run| Some(run.cores))
            .bar(Bar::Max(1.0)),
    ]
}

/// A `fedhub serve`.
struct Served<'a> {
    process: Process,
    database: &'a Database,
    address: SocketAddr,
    client: Client,
}

impl<'a> Served<'a> {
    fn start(database: &'a Database) -> Result<Self> {
        let address = free_address()?;
        let mut command = own("serve")?;
        command.args(["--listen", &address.to_string(), "--archive", database.url()]);
        let mut process = Process::spawn(&command, Scratch::new()?)?;
        let client = Client::new(address);
        retry(&mut process, || client.get("/healthz/ready"))?;
        Ok(Self { process, database, address, client })
    }

    /// CPU of the process, and of the database's processes that work for it.
    fn cpu(&self) -> Result<Duration> {
        Ok(self.process.cpu()? + self.database.cpu()?)
    }
}

fn raw() -> [String; 1] {
    ["/raw?rows_per_page=100".into()]
}

fn users() -> Vec<String> {
    (0..NAMES).map(|number| format!("user=user{}", number * USERS / NAMES)).collect()
}

/// A text in a week of a category, which datagrepper wants to know.
fn contains() -> [String; 1] {
    [format!("/raw?contains={NEEDLE}&category=git&start={}&delta={WINDOW}", *START)]
}

fn prefixed(prefix: &str, queries: Vec<String>) -> Vec<String> {
    queries.into_iter().map(|query| format!("{prefix}{query}")).collect()
}

fn ours(plan: &Plan, served: &Served) -> Result<Sample> {
    let (client, duration) = (&served.client, plan.duration);
    let cpu = served.cpu()?;
    let raw = client.flood(&raw(), CLIENTS, duration)?;
    // One was asked before the others.
    let cpu = served.cpu()?.saturating_sub(cpu).as_secs_f64() * 1e3 / (raw.count + 1) as f64;
    let p99 = |paths: Vec<String>| -> Result<Option<f64>> {
        Ok(Some(client.flood(&prefixed("/v3/messages?", paths), 1, duration)?.millis(99.0)))
    };
    let packages = (0..NAMES).map(|at| format!("package=package{}", at * PACKAGES / NAMES));
    Ok(Sample {
        raw: raw.rate(),
        raw_cpu_ms: Some(cpu),
        user_p99_ms: p99(users())?,
        package_p99_ms: p99(packages.collect())?,
        topic_p99_ms: p99(vec![format!("topic={TOPIC}")])?,
        total_p99_ms: client.flood(&prefixed("/raw?", users()), 1, duration)?.millis(99.0),
        deep: Some(deep(client, duration)?),
    })
}

/// How often a text is found in a second.
fn search(client: &Client, duration: Duration) -> Result<f64> {
    Ok(client.flood(&contains(), 1, duration)?.rate())
}

fn theirs(plan: &Plan, original: &Datagrepper) -> Result<Sample> {
    let (client, duration) = (&original.client, plan.duration);
    Ok(Sample {
        raw: client.flood(&raw(), CLIENTS, duration)?.rate(),
        total_p99_ms: client.flood(&prefixed("/raw?", users()), 1, duration)?.millis(99.0),
        ..Sample::default()
    })
}

/// Goes from page to page, and compares the last with the first.
fn deep(client: &Client, duration: Duration) -> Result<f64> {
    let limit = 20;
    let first = format!("/v3/messages?limit={limit}");
    let mut path = first.clone();
    for _ in 1..DEEP {
        let page: serde_json::Value = serde_json::from_slice(&client.get(&path)?)?;
        let next = page["next"].as_str().context("the archive is too small for so many pages")?;
        path = format!("{first}&after={next}");
    }
    let median =
        |path: String| -> Result<f64> { Ok(client.flood(&[path], 1, duration)?.millis(50.0)) };
    Ok(median(path)? / median(first)?)
}

/// Messages come, and everybody gets them.
fn follow(plan: &Plan, served: &Served) -> Result<Followed> {
    let mut followers = Followers::connect(served.address, FOLLOWERS)?;
    let mut store = store::open(served.database.url())?;
    let first = usize::try_from(store.newest()?)?;
    let (cpu, start) = (served.cpu()?, Instant::now());
    let size = plan.peers.size;
    std::thread::scope(|scope| {
        let writer = scope.spawn(move || {
            let mut number = first;
            pace(COMING, plan.paced(), |count| {
                let batch: Vec<_> = (0..count).map(|at| message(number + at, size)).collect();
                number += count;
                store.append(&batch)?;
                Ok(())
            })
        });
        while !writer.is_finished() {
            followers.look()?;
        }
        let Ok(sent) = writer.join() else { anyhow::bail!("the writer failed") };
        let (rate, sent) =
            sent.map(|sent| (sent.count as f64 / sent.elapsed.as_secs_f64(), sent.count))?;
        let end = Instant::now() + 4 * PATIENCE;
        while followers.fewest() < sent && Instant::now() < end {
            followers.look()?;
        }
        let cores = served.cpu()?.saturating_sub(cpu).as_secs_f64() / start.elapsed().as_secs_f64();
        ensure!(rate > 0.9 * COMING, "only {rate:.0} messages a second could be written");
        Ok(Followed { lost: (sent * FOLLOWERS as u64) as f64 - followers.together() as f64, cores })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_looked_for_where_it_is() {
        let messages: Vec<_> = (0..500).map(|number| message(number, 600)).collect();
        let fits = |one: &&store::Archived| {
            one.facts.category == "git" && one.contains_any(&[NEEDLE.into()])
        };
        assert!(messages.iter().filter(fits).count() > 0);
        assert!(users().len() as u64 == NAMES && users()[0] == "user=user0");
    }
}
