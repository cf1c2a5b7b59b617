//! The hub: bus into journal, journal through cursors to consumers.
//!
//! - [`catch_up`]: what others still have of what was missed
//! - `live`: first that, then the bus
//! - `intake`: from the bus into the journal
//! - `runner`: from the journal to one consumer, a thread each
//! - [`consumer`]: what a consumer is
//! - [`rules`]: what messages are about
//! - `silence`: the watch for publishers that are connected and yet silent
//! - `state`: what health and metrics are made from

pub mod catch_up;
pub mod consumer;
mod filters;
mod intake;
mod live;
pub mod rules;
mod runner;
mod silence;
mod state;

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use fedhub::bus::{Settings, Source};
use fedhub::config::Config;
use fedhub::continuity::Continuity;
use fedhub::journal::{self, Journal, Store};
use fedhub::{Error, Kind, Result};

use crate::roles::CONSUMERS;
use crate::roles::hub::Options;
use crate::supervisor::Task;
use catch_up::Plan;
use consumer::{Context, Ending, LeftOut};
use filters::Filters;
use intake::Writer;
use live::Live;
use rules::Rules;
use runner::Runner;
use state::{ConsumerStatus, IntakeStatus};

/// Where a consumer begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// With the next message.
    Now,
    /// Where it was; with the next message if it has never run.
    Last,
    /// With what arrived at this time, in unix microseconds, or later.
    At(i64),
}

/// Makes each consumer once, to find mistakes in its settings.
pub fn check(config: &Config) -> Result<()> {
    check_with(config, &Rules::default())
}

fn check_with(config: &Config, rules: &Rules) -> Result<()> {
    let filters = Filters::new(config, rules);
    for (name, settings) in &config.consumers {
        let left_out = LeftOut::default();
        let context = Context { name, settings, config, rules, left_out: &left_out };
        let made = kind(name, settings).and_then(|kind| (kind.build)(context));
        let made =
            made.and_then(|_| filters.of(settings).map_err(|error| where_it_is(error, name)));
        made.map_err(|error| error.about(format_args!("consumer {name}")))?;
    }
    Ok(())
}

/// A mistake in a filter leads to its file and line, unless it says itself what would be right.
fn where_it_is(error: Error, consumer: &str) -> Error {
    if error.next_step().is_some() {
        return error;
    }
    error.hint(format!("fedhub config explain consumers.{consumer}.filter"))
}

/// Opens and connects everything, and makes each consumer once, to find mistakes in its settings.
pub(crate) fn build(config: &Config, options: Options) -> Result<Vec<Task>> {
    let config = Arc::new(config.clone());
    let rules = Arc::new(Rules::default());
    check_with(&config, &rules)?;
    let filters = Filters::new(&config, &rules);
    let path = options.journal;
    let journal = Arc::new(Journal::open(journal::Options::new(path.clone(), &config))?);
    let mut store = Store::open(&path)?;
    for name in config.consumers.keys() {
        place_cursor(&mut store, &journal, name, options.begin, options.configured)?;
    }
    let sources = Source::all(&config);
    let status = Arc::new(IntakeStatus::new(sources.iter().map(|source| source.endpoint.clone())));
    let ending = Ending::default();
    let verdicts: &[&str] =
        if options.verifier.is_some() { &["valid"] } else { &[journal::UNCHECKED] };
    let mut runners = Vec::new();
    for (name, settings) in &config.consumers {
        runners.push(Runner {
            name: name.clone(),
            kind: kind(name, settings)?,
            config: Arc::clone(&config),
            rules: Arc::clone(&rules),
            journal: Arc::clone(&journal),
            journal_path: path.clone(),
            verdicts,
            status: Arc::new(ConsumerStatus::new(name, settings, filters.of(settings)?)),
            ending: ending.clone(),
        });
    }
    let begin = options.begin.unwrap_or(options.configured);
    let replay = config.hub.replay.as_deref();
    let live = Live {
        settings: Settings::from(&*config),
        plan: Plan::new(&config, begin, &store)?,
        progress: options.progress,
        continuity: Continuity::new(&sources, &config, Some(store))?,
        silence: Duration::from_secs_f64(config.silence_timeout.clamp(0.0, 1e6)),
        silence_armed: config.silence_armed,
        writer: Arc::new(Writer {
            verifier: options.verifier.map(Mutex::new),
            journal: Arc::clone(&journal),
            status: Arc::clone(&status),
        }),
        ending: Ending::default(),
        sources,
    };
    tracing::info!(
        sources = live.sources.iter().map(|s| s.endpoint.as_str()).collect::<Vec<_>>().join(","),
        journal = %path.display(),
        consumers = config.consumers.keys().map(String::as_str).collect::<Vec<_>>().join(","),
        "hub ready"
    );
    let replay = crate::replay::configured("hub replay", replay, Some(&path), &config)?;
    Ok([task(&config, rules, journal, live, runners, ending)].into_iter().chain(replay).collect())
}

/// The one task of the hub: its consumers, and what feeds them.
fn task(
    config: &Config,
    rules: Arc<Rules>,
    journal: Arc<Journal>,
    live: Live,
    runners: Vec<Runner>,
    ending: Ending,
) -> Task {
    let consumers: Vec<_> = runners.iter().map(|runner| Arc::clone(&runner.status)).collect();
    let status = Arc::clone(&live.writer.status);
    let probed = (Arc::clone(&journal), Arc::clone(&status));
    let stop = live.ending.clone();
    let grace = Duration::from_secs_f64(config.grace_period);
    Task {
        name: "hub",
        pages: None,
        needed: true,
        probe: Some(Arc::new(move || {
            let (journal, intake) = &probed;
            let mut snapshot = state::snapshot(intake, &consumers, journal.head());
            state::describe_journal(&journal.health(), &mut snapshot);
            rules.describe(&mut snapshot);
            snapshot
        })),
        stop: Box::new(move || stop.ask()),
        work: Box::new(move |heartbeat| {
            let threads = runners.into_iter().map(spawn).collect::<Result<Vec<_>>>()?;
            let received = live.run(|messages| heartbeat.beat(messages));
            ending.ask();
            let late = join(threads, grace);
            // Everything received is on disk before the end.
            journal.flush()?;
            received?;
            if let Some(name) = late {
                tracing::warn!(
                    "consumer {name} did not end in time; it will get its messages again"
                );
            }
            Ok(status.summary())
        }),
    }
}

fn kind(name: &str, settings: &fedhub::config::Consumer) -> Result<consumer::Kind> {
    CONSUMERS.iter().find(|kind| kind.name == settings.kind).copied().ok_or_else(|| {
        let known: Vec<_> = CONSUMERS.iter().map(|kind| kind.name).collect();
        let what = format!("consumers.{name}.type is {:?}", settings.kind);
        Error::new(Kind::Config, what).hint(format!("it can be {}", known.join(", ")))
    })
}

/// Puts a cursor where its consumer begins, before it does.
fn place_cursor(
    store: &mut Store,
    journal: &Journal,
    name: &str,
    begin: Option<Begin>,
    configured: Begin,
) -> Result<()> {
    let known = store.cursors()?.iter().any(|cursor| cursor.name == name);
    let begin = match begin {
        Some(begin) => begin,
        None if known => Begin::Last,
        None => configured,
    };
    let position = match begin {
        Begin::Last if known => return Ok(()),
        Begin::Last | Begin::Now => journal.head(),
        Begin::At(time) => store.position_at(time)?,
    };
    store.seek(name, position)
}

fn spawn(runner: Runner) -> Result<(String, JoinHandle<()>)> {
    let name = runner.name.clone();
    let thread = std::thread::Builder::new()
        .name(format!("consumer {name}"))
        .spawn(move || runner.run())
        .map_err(|error| Error::io(format!("cannot start consumer {name}"), error))?;
    Ok((name, thread))
}

/// Waits for all threads within a time; names one that did not end.
fn join(threads: Vec<(String, JoinHandle<()>)>, grace: Duration) -> Option<String> {
    let end = Instant::now() + grace.mul_f64(0.8);
    let mut late = None;
    for (name, thread) in threads {
        while !thread.is_finished() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
        }
        if !thread.is_finished() {
            late = Some(name);
        } else if thread.join().is_err() {
            tracing::error!("the thread of consumer {name} has panicked");
        }
    }
    late
}
