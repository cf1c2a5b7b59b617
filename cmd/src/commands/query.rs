//! `fedhub query`: messages of the archive.

use std::io::{BufWriter, IsTerminal, Write, stderr, stdout};

use clap::ValueEnum;
use fedhub::error::exit;
use fedhub::store::{Order, Position, Total};
use fedhub::{Error, Kind};

use super::tail::{self, Style, Viewer};
use crate::app::App;
use crate::archive::{ArchiveArgs, Finder, WantedArgs};
use crate::output::format::{Format, Printer};

/// Search the archive, which keeps every message for good.
///
/// A FILTER is words, as for tail; fedhub filter --help has them all. Users, packages, categories, agents
/// and topics are found by index; --contains and --where look into messages, as many as the other
/// options leave. It prints messages as they are found, so there may be any number of them, and exits 1
/// if there was none.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub query 'bodhi.*' user=alice --since -7d
  fedhub query --last 20
  fedhub query --contains 'segmentation fault' --since -1d
  fedhub query package=kernel --where '.msg.new == 1' -o 'template={{msg.name}} {{msg.release}}'
  fedhub query --count user=alice
  fedhub query 'git.*' --limit 100      the newest 100; stderr says how to go on:
  fedhub query 'git.*' --limit 100 --after 1794616014000000_4711
  fedhub query category=buildsys -o ndjson | fedhub verify
  fedhub query --order oldest --since 2026-01-31T00:00:00Z -o ndjson | gzip > since.ndjson.gz")]
pub(crate) struct Args {
    /// Only what matches these words.
    #[arg(value_name = "FILTER")]
    words: Vec<String>,
    /// End after this many messages; stderr then says how to go on.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Go on behind this place, which an earlier call with the same order named.
    #[arg(long, value_name = "CURSOR", allow_hyphen_values = true)]
    after: Option<Position>,
    /// Which messages come first.
    #[arg(long, value_enum, default_value_t, value_name = "ORDER")]
    order: First,
    /// Only the last so many, the oldest of them first.
    #[arg(long, value_name = "N", conflicts_with_all = ["limit", "after", "order", "count"])]
    last: Option<u64>,
    /// Print only how many there are; an estimate is never too low, and takes no time.
    #[arg(long, value_enum, value_name = "HOW", num_args = 0..=1, require_equals = true,
        default_missing_value = "exact", conflicts_with_all = ["limit", "after", "order", "output"])]
    count: Option<How>,
    /// human, ndjson, json, yaml, raw or template=TEXT [default: human on a terminal, else ndjson].
    #[arg(long, short, value_name = "FORMAT")]
    output: Option<Format>,
    /// Print a line about each message, by the rules: title, summary and link.
    #[arg(long, conflicts_with_all = ["output", "jq", "count"])]
    terse: bool,
    /// Print the values of this jq expression, a line each: texts as they are or, with -o ndjson, as JSON.
    #[arg(long, value_name = "JQ", conflicts_with = "count")]
    jq: Option<String>,
    #[command(flatten)]
    wanted: WantedArgs,
    #[command(flatten)]
    archive: ArchiveArgs,
}

/// Which messages come first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum First {
    /// The newest.
    #[default]
    Newest,
    /// The oldest.
    Oldest,
}

/// How a number is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum How {
    /// Exactly; from counters where these have it, else counted.
    Exact,
    /// From counters alone.
    Estimate,
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    // What is wrong with the command line is said also where there is no archive.
    let selection = args.wanted.selection(&args.wanted.spec(&args.words)?)?;
    let viewer = viewer(&args, app)?;
    let time = args.wanted.time(selection.is_scan());
    let mut finder = Finder::new(args.archive.open(app)?, selection, time);
    let some_topic_fits = finder.look_up()?;
    if let Some(how) = args.count {
        let count = if some_topic_fits { count(&mut finder, how)? } else { 0 };
        writeln!(stdout().lock(), "{count}")?;
        return Ok(if count > 0 { exit::OK } else { exit::NEGATIVE });
    }
    if !some_topic_fits {
        return Ok(exit::NEGATIVE);
    }
    let (order, after, limit) = match (args.last, args.order) {
        (Some(count), _) => match finder.before_last(count)? {
            Some(before) => (Order::Oldest, Some(before), Some(count)),
            None => return Ok(exit::NEGATIVE),
        },
        (None, First::Newest) => (Order::Newest, args.after, args.limit),
        (None, First::Oldest) => (Order::Oldest, args.after, args.limit),
    };
    let (found, next) = print(&mut finder, viewer, order, after, limit)?;
    if let Some(next) = next.filter(|_| args.last.is_none() && !app.quiet()) {
        say(&format!("more with --after {next}"));
    }
    Ok(if found > 0 { exit::OK } else { exit::NEGATIVE })
}

/// What prints messages, and whether it takes any bytes.
fn viewer(args: &Args, app: &App) -> anyhow::Result<(Viewer, bool)> {
    let terminal = stdout().is_terminal();
    let default = if terminal { Format::Human } else { Format::Ndjson };
    let format = args.output.clone().unwrap_or(default);
    let raw = format == Format::Raw && args.jq.is_none();
    let style = match &args.jq {
        Some(text) => tail::jq_style(text, args.output.as_ref())?,
        None if args.terse => Style::Terse(app.meta()?),
        None => Style::Whole,
    };
    let printer = Printer::new(format, terminal, app.color, tail::width())?;
    Ok((Viewer::new(printer, style, raw, tail::everything(app)?), raw))
}

/// Prints what is found. Gives how much that was and, if there is more, where to go on.
fn print(
    finder: &mut Finder,
    (mut viewer, raw): (Viewer, bool),
    order: Order,
    after: Option<Position>,
    limit: Option<u64>,
) -> anyhow::Result<(u64, Option<Position>)> {
    let mut out = BufWriter::with_capacity(256 * 1024, stdout().lock());
    let (mut found, mut other) = (0, 0_u64);
    let next = finder.each_page(order, after, limit, |page| {
        for one in page {
            if raw || one.message.value().is_ok() {
                viewer.print(&one.message, one.verdict == "valid", &mut out)?;
            } else {
                other += 1;
            }
        }
        found += page.len() as u64;
        Ok(out.flush()?)
    })?;
    if other > 0 {
        say(&format!("{other} messages are no JSON and not shown; -o raw shows them"));
    }
    Ok((found, next))
}

fn say(text: &str) {
    // If stderr is gone there is nobody to tell.
    let _ = writeln!(stderr().lock(), "{text}");
}

fn count(finder: &mut Finder, how: How) -> anyhow::Result<u64> {
    if !finder.selection.is_indexed() {
        if how == How::Estimate {
            let what = "what --where or a filter's jq selects cannot be estimated";
            return Err(Error::new(Kind::Usage, what).hint("--count alone").into());
        }
        let mut count = 0;
        finder.each_page(Order::Newest, None, None, |page| {
            count += page.len() as u64;
            Ok(())
        })?;
        return Ok(count);
    }
    finder.limit_time()?;
    let how = if how == How::Exact { Total::Exact } else { Total::Estimate };
    let count = finder.store.count(&finder.selection.query, how).map_err(|error| {
        if error.kind() != Kind::TryAgain {
            return error;
        }
        error.hint("a longer --timeout, a shorter time with --since, or --count=estimate")
    })?;
    Ok(count.unwrap_or_default())
}
