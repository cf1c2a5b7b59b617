//! `fedhub record`: write messages to a file.

use std::io::{Write, stderr};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use fedhub::bus::{Next, Settings, Subscriber, Tally};
use fedhub::config::Config;
use fedhub::error::exit;
use fedhub::filter::Filter;
use fedhub::journal::{Store, now};
use fedhub::message::Message;
use fedhub::recording::{Existing, Recorder};

use super::tail::HIDDEN;
use crate::app::App;
use crate::cli;
use crate::filter::FilterArgs;
use crate::signals;
use crate::when::{When, parse_seconds};

/// Write messages to a file, as they come or from the journal.
///
/// A FILTER is words such as bodhi.* or user=alice; fedhub filter --help has them all. Nothing is
/// verified: the file has what was there, bad signatures included. What has no two frames is counted and left
/// out. Each message is in the file when the next one comes, also after a kill; at the end the file is
/// synced to disk, and stderr says how many messages were recorded.
///
/// The file is lines of JSON: {"fedhub-recording":1}, then for each message received (unix
/// microseconds), topic, and body, or base64 where it is not UTF-8.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub record morning.rec --timeout 3600
  fedhub record git.rec org.fedoraproject.*.git. --since -1d
  fedhub play git.rec --pace x100 --to tcp://127.0.0.1:2003")]
pub(crate) struct Args {
    /// The file. One that is there is left alone, unless --append or --force says otherwise.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Record only what matches these words. Default: all but heartbeats.
    #[arg(value_name = "FILTER", add = crate::complete::topics())]
    words: Vec<String>,
    /// Go on after the last message of the file.
    #[arg(long, conflicts_with = "force")]
    append: bool,
    /// Write over the file.
    #[arg(long)]
    force: bool,
    /// Whom to listen to; repeatable. Default: every configured endpoint.
    #[arg(long, value_name = "ENDPOINT", value_parser = cli::endpoint)]
    endpoint: Vec<String>,
    /// Record what the journal has from this time on, and end: RFC 3339, unix seconds, or an age such
    /// as -1h.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, conflicts_with = "endpoint")]
    since: Option<When>,
    /// Record what the journal has from before this time, and end.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, conflicts_with = "endpoint")]
    until: Option<When>,
    /// The journal's file. Default: hub.journal, relay.journal or gateway.journal, the first that is set.
    #[arg(long, value_name = "FILE", conflicts_with = "endpoint")]
    journal: Option<PathBuf>,
    /// End after this many messages.
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// End after this many seconds.
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    timeout: Option<Duration>,
    #[command(flatten)]
    filter: FilterArgs,
}

impl Args {
    fn existing(&self) -> Existing {
        match (self.append, self.force) {
            (true, _) => Existing::Append,
            (_, true) => Existing::Replace,
            _ => Existing::Refuse,
        }
    }

    fn wants_the_past(&self) -> bool {
        self.since.is_some() || self.until.is_some() || self.journal.is_some()
    }
}

/// The file, and what goes into it.
struct Recording {
    recorder: Recorder,
    filter: Filter,
    recorded: u64,
    limit: u64,
    malformed: Tally,
}

impl Recording {
    fn add(&mut self, received: i64, message: &Message) -> Result<(), fedhub::Error> {
        // Somebody who names a topic wants it.
        let hidden = !self.filter.names_topics() && message.topic().contains(HIDDEN);
        if !hidden && !self.is_full() && self.filter.decide(message).matches {
            self.recorder.write(received, message)?;
            self.recorded += 1;
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.recorded >= self.limit
    }
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let config = app.config()?;
    let filter = args.filter.build(&args.words, app)?;
    let prefixes = filter.subscriptions();
    let open = || -> anyhow::Result<Recording> {
        Ok(Recording {
            recorder: Recorder::create(&args.file, args.existing())?,
            filter,
            recorded: 0,
            limit: args.count.unwrap_or(u64::MAX),
            malformed: Tally::new("messages not recorded"),
        })
    };
    // The file is made last: when there is nothing to record from, an old one stays as it is.
    let mut recording;
    let outcome = if args.wants_the_past() {
        let store = Store::open(&super::journal::path(args.journal.as_deref(), config)?)?;
        recording = open()?;
        past(&args, &store, &mut recording)
    } else {
        let subscriber = subscribe(&args, config, &prefixes)?;
        let stop = subscriber.stop();
        signals::on_first(move || stop.stop())?;
        recording = open()?;
        live(&args, &subscriber, &mut recording)
    };
    let (recorded, malformed) = (recording.recorded, recording.malformed.total());
    let finished = recording.recorder.finish();
    // If stderr is gone there is nobody to tell.
    let _ = writeln!(stderr().lock(), "recorded {recorded}, malformed {malformed}");
    outcome?;
    finished?;
    Ok(exit::OK)
}

fn subscribe(args: &Args, config: &Config, prefixes: &[String]) -> anyhow::Result<Subscriber> {
    let endpoints =
        if args.endpoint.is_empty() { config.subscriptions() } else { args.endpoint.clone() };
    let prefixes: Vec<&str> = prefixes.iter().map(String::as_str).collect();
    Ok(Subscriber::connect(&Settings::from(config), &endpoints, &prefixes)?)
}

/// What the journal has.
fn past(args: &Args, store: &Store, recording: &mut Recording) -> anyhow::Result<()> {
    let span = super::journal::span(args.since, args.until);
    let mut after = 0;
    while !recording.is_full() {
        let batch = store.read(after, span)?;
        let Some(last) = batch.last() else { break };
        after = last.seq;
        for record in &batch {
            recording.add(record.received, &record.message)?;
        }
    }
    Ok(())
}

/// What comes, until the end is asked for.
fn live(args: &Args, subscriber: &Subscriber, recording: &mut Recording) -> anyhow::Result<()> {
    const PATIENCE: Duration = Duration::from_secs(1);
    let deadline = args.timeout.map(|timeout| Instant::now() + timeout);
    while !recording.is_full() {
        let left = deadline.map_or(PATIENCE, |end| end.saturating_duration_since(Instant::now()));
        if left.is_zero() {
            break;
        }
        match subscriber.next(left.min(PATIENCE))? {
            Next::Batch(batch) => {
                let received = now();
                for malformed in &batch.malformed {
                    recording.malformed.add(malformed.name());
                }
                for message in &batch.messages {
                    recording.add(received, message)?;
                }
                recording.malformed.report();
            }
            Next::Nothing => {}
            Next::End => break,
        }
    }
    Ok(())
}
