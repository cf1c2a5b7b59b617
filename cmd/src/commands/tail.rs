//! `fedhub tail`: watch messages.

mod history;
mod live;
mod viewer;

use std::io::{BufWriter, IsTerminal, Write, stdout};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use fedhub::bus::Next;
use fedhub::config::Config;
use fedhub::error::exit;
use fedhub::filter::{Filter, Spec, VARIABLES};
use fedhub::journal::{Record, Store};
use fedhub::jq::Program;
use fedhub::{Error, Kind};
use regex::Regex;

use crate::app::App;
use crate::cli;
use crate::filter::FilterArgs;
use crate::output;
use crate::output::format::{Format, Printer};
use crate::signals;
use crate::when::{When, parse_seconds};
use history::History;
use live::Live;
pub(crate) use viewer::{Counts, Style, Viewer};

/// Topics that are hidden unless they are asked for.
pub(super) const HIDDEN: &str = "_heartbeat";

/// Watch messages as they come.
///
/// A FILTER is words: a topic such as bodhi.* or org.fedoraproject.*.git., user=alice,
/// package!=kernel, or jq; fedhub filter --help has them all. Messages without a valid signature are
/// counted and not shown, unless --no-validate is given. On exit, stderr says how many messages were
/// seen, shown, invalid and malformed. Unless it needs only topics that begin in a certain way, it also
/// says how many were missed, as far as publishers send heartbeats, and fetches them from
/// replay_endpoints.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub tail
  fedhub tail --terse 'bodhi.*' user=alice
  fedhub tail org.fedoraproject.*.git. --pretty
  fedhub tail --endpoint tcp://bus.example.org:9940 --no-validate -o ndjson | jq .topic
  fedhub tail --count 1 --timeout 60 org.fedoraproject.prod.compose. && echo composed
  fedhub tail --last 20                 from the journal, and then live
  fedhub tail -o 'template={{topic}} by {{username}}'
  fedhub tail --where '.msg.commit.branch == \"f40\"' --jq .msg.commit.rev
  fedhub tail -o ndjson | fedhub verify")]
pub(crate) struct Args {
    /// Show only what matches these words.
    #[arg(value_name = "FILTER", add = crate::complete::topics())]
    words: Vec<String>,
    /// Show only topics that match this regular expression.
    #[arg(long, value_name = "REGEX")]
    include: Option<Regex>,
    /// Do not show topics that match this regular expression [default: _heartbeat].
    #[arg(long, value_name = "REGEX")]
    exclude: Option<Regex>,
    /// Show only messages with a valid signature.
    #[arg(long, overrides_with = "no_validate")]
    validate: bool,
    /// Show messages whether their signature is valid or not.
    #[arg(long)]
    no_validate: bool,
    /// Print only the value at this dotted path, such as msg.commit.repo; messages without it are
    /// not shown.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["output", "pretty", "really_pretty"])]
    query: Option<String>,
    /// Print a line about each message, by the rules: title, summary and link.
    #[arg(long, conflicts_with_all = ["output", "query", "jq", "pretty", "really_pretty"])]
    terse: bool,
    /// Print the values of this jq expression, a line each: texts as they are or, with -o ndjson, as JSON.
    #[arg(long, value_name = "JQ", conflicts_with_all = ["query", "pretty", "really_pretty"])]
    jq: Option<String>,
    /// Print indented JSON without signatures and certificates.
    #[arg(long, conflicts_with = "output")]
    pretty: bool,
    /// The same in colour.
    #[arg(long, conflicts_with = "output")]
    really_pretty: bool,
    /// human, ndjson, json, yaml, raw or template=TEXT [default: human on a terminal, else ndjson].
    #[arg(long, short, value_name = "FORMAT")]
    output: Option<Format>,
    /// End after this many messages were shown.
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// End after this many seconds; with --count, exit 1 if fewer messages were shown by then.
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    timeout: Option<Duration>,
    /// Whom to listen to; repeatable. Default: every configured endpoint.
    #[arg(long, value_name = "ENDPOINT", value_parser = cli::endpoint)]
    endpoint: Vec<String>,
    /// First show what the journal has from this time on: RFC 3339, unix seconds, or an age such as
    /// -1h.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<When>,
    /// Show only what the journal has from before this time, and end.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<When>,
    /// First show the last so many messages of the journal that match.
    #[arg(long, value_name = "N")]
    last: Option<u64>,
    /// The journal's file. Default: hub.journal, relay.journal or gateway.journal, the first that is set.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    #[command(flatten)]
    filter: FilterArgs,
}

impl Args {
    /// The part of the journal that was asked for, if any was.
    fn history(&self, config: &Config, viewer: &Viewer) -> anyhow::Result<Option<History>> {
        if self.since.is_none() && self.until.is_none() && self.last.is_none() {
            return Ok(None);
        }
        let store = Store::open(&super::journal::path(self.journal.as_deref(), config)?)?;
        let span = super::journal::span(self.since, self.until);
        let after = match self.last {
            Some(count) => store.before_last(count, span, |seq, topic, _| {
                viewer.selected(topic) && matches(viewer.filter(), &store, seq)
            })?,
            None => 0,
        };
        Ok(Some(History::new(store, span, after)))
    }
}

/// Whether a message of the journal, whose topic may be wanted, is wanted.
pub(super) fn matches(filter: &Filter, store: &Store, seq: i64) -> bool {
    let matches = |record: Record| filter.decide(&record.message).matches;
    filter.is_about_topics() || store.get(seq).is_ok_and(|record| record.is_some_and(matches))
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let config = app.config()?;
    let endpoints =
        if args.endpoint.is_empty() { config.subscriptions() } else { args.endpoint.clone() };
    let validate = !args.no_validate && (args.validate || config.validate_signatures);
    let verifier = if validate { Some(app.verifier(config, None)?) } else { None };
    let judge = verifier.is_some();
    let mut viewer = viewer(&args, app)?.verified_by(verifier);
    let prefixes = viewer.filter().subscriptions();
    let prefixes: Vec<&str> = prefixes.iter().map(String::as_str).collect();
    // The subscription comes before the journal is read, so that nothing is missed in between.
    let mut live = match args.until {
        None => {
            // Heartbeats are judged before anything is shown.
            let verifier = if judge { Some(app.verifier(config, None)?) } else { None };
            Some(Live::connect(config, &endpoints, &prefixes, verifier)?)
        }
        Some(_) => None,
    };
    if let Some(live) = &live {
        // The ordinary end of watching.
        let stop = live.stop();
        signals::on_first(move || stop.stop())?;
    }
    let mut history = args.history(config, &viewer)?;
    let next = |patience| match (&mut history, &mut live) {
        (Some(history), live) => history.next(live.as_mut(), patience),
        (None, Some(live)) => Ok(live.next(patience)?),
        (None, None) => Ok(Next::End),
    };
    let deadline = args.timeout.map(|timeout| Instant::now() + timeout);
    let outcome = watch(next, &mut viewer, args.count, deadline, |_| {});
    let missed = live.as_ref().map(|live| live.missed().to_string()).unwrap_or_default();
    report(&viewer.counts, &missed);
    outcome?;
    let enough = args.count.is_none_or(|count| viewer.counts.shown >= count);
    let timed_out = deadline.is_some_and(|deadline| Instant::now() >= deadline);
    Ok(if timed_out && !enough { exit::NEGATIVE } else { exit::OK })
}

fn viewer(args: &Args, app: &App) -> anyhow::Result<Viewer> {
    let filter = args.filter.build(&args.words, app)?;
    let names_topics = filter.names_topics();
    let terminal = stdout().is_terminal();
    let default = if terminal { Format::Human } else { Format::Ndjson };
    let format = args.output.clone().unwrap_or(default);
    let pretty = args.pretty || args.really_pretty;
    let color = if pretty { args.really_pretty && app.color_allowed() } else { app.color };
    let style = style(args, app)?;
    // With --pretty people read, wherever stdout goes: letters are shown as they are.
    let printer = Printer::new(format, terminal || pretty, color, width())?;
    let raw = args.output == Some(Format::Raw) && args.jq.is_none();
    let mut viewer = Viewer::new(printer, style, raw, filter);
    viewer.include = args.include.clone();
    viewer.exclude = match &args.exclude {
        Some(exclude) => Some(exclude.clone()),
        // Somebody who names a topic wants to see it.
        None if args.include.is_some() || names_topics => None,
        None => Some(Regex::new(HIDDEN)?),
    };
    Ok(viewer)
}

/// What part of a message is printed.
fn style(args: &Args, app: &App) -> anyhow::Result<Style> {
    if let Some(text) = &args.jq {
        return jq_style(text, args.output.as_ref());
    }
    Ok(match &args.query {
        Some(path) => Style::Query(path.clone()),
        None if args.terse => Style::Terse(app.meta()?),
        None if args.pretty || args.really_pretty => Style::Pretty,
        None => Style::Whole,
    })
}

/// The values of an expression, in this format.
pub(super) fn jq_style(text: &str, output: Option<&Format>) -> anyhow::Result<Style> {
    let json = match output {
        None | Some(Format::Raw) => false,
        Some(Format::Ndjson) => true,
        Some(_) => {
            let what = "the values of --jq are printed as ndjson or raw";
            return Err(Error::new(Kind::Usage, what).into());
        }
    };
    let program = Program::compile(text, &VARIABLES)
        .map_err(|error| error.about("--jq").of_kind(Kind::Usage))?;
    Ok(Style::Jq { program, json })
}

/// A filter that wants everything.
pub(super) fn everything(app: &App) -> fedhub::Result<Filter> {
    Filter::new(&Spec::default(), || app.meta())
}

/// A viewer of everything, a line for people each.
pub(crate) fn people_viewer(app: &App) -> anyhow::Result<Viewer> {
    let printer = Printer::new(Format::Human, stdout().is_terminal(), app.color, width())?;
    let mut viewer = Viewer::new(printer, Style::Whole, false, everything(app)?);
    viewer.exclude = Some(Regex::new(HIDDEN)?);
    Ok(viewer)
}

/// The width of the terminal, if stdout is one.
pub(super) fn width() -> Option<usize> {
    terminal_size::terminal_size_of(stdout()).map(|(width, _)| usize::from(width.0))
}

/// Shows messages until no more come, enough were shown, or time is up. `alive` is called with their
/// number at least every second.
pub(crate) fn watch(
    mut next: impl FnMut(Duration) -> anyhow::Result<Next>,
    viewer: &mut Viewer,
    count: Option<u64>,
    deadline: Option<Instant>,
    alive: impl Fn(u64),
) -> anyhow::Result<()> {
    const PATIENCE: Duration = Duration::from_secs(1);
    let mut out = BufWriter::with_capacity(256 * 1024, stdout().lock());
    while count.is_none_or(|count| viewer.counts.shown < count) {
        alive(viewer.counts.shown);
        if deadline.is_some_and(|end| Instant::now() >= end) {
            break;
        }
        let left = deadline.map_or(PATIENCE, |end| end.saturating_duration_since(Instant::now()));
        match next(left.min(PATIENCE))? {
            Next::Batch(batch) => {
                let done = viewer.show(batch, count, &mut out)?;
                out.flush()?;
                if done {
                    break;
                }
            }
            // Where nothing is written, nothing says that whoever read it has gone.
            Next::Nothing if output::reader_is_gone() => break,
            Next::Nothing => {}
            Next::End => break,
        }
    }
    Ok(())
}

/// Says what was seen, whatever happened to the rest.
fn report(counts: &Counts, missed: &str) {
    // If stderr is gone there is nobody to tell.
    let _ = writeln!(std::io::stderr().lock(), "{counts}{missed}");
}
