//! `fedhub stats`: how many messages the archive has, and of what.

use std::io::{BufWriter, Write, stdout};
use std::time::Duration;

use clap::ValueEnum;
use fedhub::error::exit;
use fedhub::store::{Count, Dimension, Total};
use fedhub::{Error, Kind};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::journal::Output;
use super::latest::By;
use super::tail;
use crate::app::App;
use crate::archive::{ArchiveArgs, Finder, WantedArgs};
use crate::output::escape;
use crate::when::show;

/// Count the messages of the archive: by category, topic, user, package or agent, by day or hour.
///
/// It draws bars on a terminal, and prints a line of JSON for each group elsewhere. Without a filter, and
/// for whole days, the numbers come from counters and take no time; else messages are counted. Days and
/// hours are those of UTC. A message about two users counts for both. It exits 1 if there is none.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub stats                                   the largest categories
  fedhub stats --by topic 'bodhi.*'
  fedhub stats --by user --since -30d package=kernel
  fedhub stats --per day --since -14d            messages of each day
  fedhub stats --per hour --by category --since -1d --limit 5
  fedhub stats --per day -o ndjson | jq -r '[.time, .count] | @csv'")]
pub(crate) struct Args {
    /// Only what matches these words.
    #[arg(value_name = "FILTER")]
    words: Vec<String>,
    /// What to count by [default: category or, with --per, nothing else].
    #[arg(long, value_enum, value_name = "WHAT")]
    by: Option<By>,
    /// Count each of these by itself; --since then begins with a whole one.
    #[arg(long, value_enum, value_name = "TIME")]
    per: Option<Per>,
    /// How many names are shown, those with most messages.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    wanted: WantedArgs,
    #[command(flatten)]
    archive: ArchiveArgs,
}

/// Lengths of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Per {
    /// Days of UTC.
    Day,
    /// Hours.
    Hour,
}

impl Per {
    fn length(self) -> Duration {
        Duration::from_secs(match self {
            Per::Day => 86_400,
            Per::Hour => 3600,
        })
    }

    fn micros(self) -> i64 {
        i64::try_from(self.length().as_micros()).unwrap_or(i64::MAX)
    }

    /// The beginning of one, for people.
    fn show(self, begin: i64) -> String {
        let form = match self {
            Per::Day => "%F",
            Per::Hour => "%F %H:%M",
        };
        let time = Timestamp::from_microsecond(begin);
        time.map_or_else(
            |_| begin.to_string(),
            |time| time.to_zoned(TimeZone::UTC).strftime(form).to_string(),
        )
    }
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let mut selection = args.wanted.selection(&args.wanted.spec(&args.words)?)?;
    if let (Some(per), Some(since)) = (args.per, &mut selection.query.since) {
        *since -= since.rem_euclid(per.micros());
    }
    if selection.has_expressions() {
        let what = "what jq selects cannot be counted by name or time";
        return Err(Error::new(Kind::Usage, what)
            .hint("fedhub query --count, or fedhub query --jq … | sort | uniq -c")
            .into());
    }
    // Whatever is counted message by message takes its time.
    let mut finder = Finder::new(args.archive.open(app)?, selection, args.wanted.time(true));
    let (counts, total) = count(&args, &mut finder)?;
    let mut out = BufWriter::new(stdout().lock());
    if args.output.human() {
        let shown = tail::width().unwrap_or(WIDTH);
        for line in chart(&counts, args.per, shown) {
            writeln!(out, "{line}")?;
        }
        writeln!(out, "{total} messages")?;
    } else {
        for one in &counts {
            let count = match one.bucket {
                Some(time) if args.by.is_none() => json!({"time": show(time), "count": one.count}),
                Some(time) => json!({"time": show(time), "name": one.name, "count": one.count}),
                None => json!({"name": one.name, "count": one.count}),
            };
            writeln!(out, "{}", escape::json(&count.to_string()))?;
        }
    }
    out.flush()?;
    Ok(if total > 0 { exit::OK } else { exit::NEGATIVE })
}

/// The groups, and how many messages there are in all.
fn count(args: &Args, finder: &mut Finder) -> anyhow::Result<(Vec<Count>, u64)> {
    if !finder.look_up()? {
        return Ok((Vec::new(), 0));
    }
    if !finder.selection.is_indexed() {
        let what = "these patterns stand for too many topics to count";
        return Err(Error::new(Kind::Usage, what).hint("name more of the topic").into());
    }
    finder.limit_time()?;
    let by = match (args.by, args.per) {
        (Some(by), _) => by.dimension(),
        (None, Some(_)) => Dimension::All,
        (None, None) => Dimension::Category,
    };
    let slow = |error: Error| match error.kind() {
        Kind::TryAgain => error.hint("a shorter time with --since, or a longer --timeout"),
        _ => error,
    };
    let query = finder.selection.query.clone();
    let bucket = args.per.map(Per::length);
    let counts = finder.store.counts(&query, by, bucket, args.limit).map_err(slow)?;
    let total = finder.store.count(&query, Total::Exact).map_err(slow)?;
    Ok((counts, total.unwrap_or_default()))
}

/// How wide a chart is where there is no terminal.
const WIDTH: usize = 80;
/// A longer time without messages is drawn as one line.
const GAP: i64 = 31;
/// Longer names are cut.
const NAME: usize = 60;

/// A line for each group: its time, its name, its number and a bar.
fn chart(counts: &[Count], per: Option<Per>, width: usize) -> Vec<String> {
    let most = counts.iter().map(|one| one.count).max().unwrap_or(0).max(1);
    let digits = most.to_string().len();
    let names: Vec<_> = counts.iter().map(|one| shorten(&escape::text(&one.name))).collect();
    let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut lines = Vec::new();
    let mut before: Option<i64> = None;
    for (one, name) in counts.iter().zip(&names) {
        let mut begin = String::new();
        if let (Some(per), Some(time)) = (per, one.bucket) {
            if let Some(before) = before.filter(|_| widest == 0) {
                let missing = (time - before) / per.micros() - 1;
                let gap = (1..=missing).map(|step| per.show(before + step * per.micros()));
                let empty = |begin| format!("{begin}  {:>digits$}", 0);
                match missing {
                    ..=GAP => lines.extend(gap.map(empty)),
                    _ => lines.push("…".into()),
                }
            }
            before = Some(time);
            begin = format!("{}  ", per.show(time));
        }
        let name = if widest == 0 { String::new() } else { format!("{name:widest$}  ") };
        let text = format!("{begin}{name}{:>digits$}", one.count);
        let room = width.saturating_sub(text.chars().count() + 1);
        lines.push(format!("{text} {}", bar(one.count, most, room)).trim_end().to_owned());
    }
    lines
}

fn shorten(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    name.chars().take(NAME - 1).chain(['…']).collect()
}

/// A bar as long as the number is large, in eighths of a character.
fn bar(count: u64, most: u64, width: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (count as f64 / most as f64 * (width * 8) as f64).round() as usize;
    // What is there is seen.
    let eighths = eighths.max(usize::from(count > 0 && width > 0));
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(bucket: Option<i64>, name: &str, count: u64) -> Count {
        Count { bucket, name: name.into(), count }
    }

    #[test]
    fn bars_fill_the_width_and_show_the_least() {
        assert_eq!(bar(10, 10, 4), "████");
        assert_eq!(bar(5, 10, 3), "█▌");
        assert_eq!(bar(1, 1_000_000, 4), "▏");
        assert_eq!(bar(0, 10, 4), "");
        assert_eq!(bar(3, 10, 0), "");
    }

    #[test]
    fn names_stand_in_a_column() {
        let counts = [count(None, "bodhi", 10), count(None, "g\x1b", 5)];
        let lines = chart(&counts, None, 20);
        assert_eq!(lines, ["bodhi    10 ████████", "g\\u{1b}   5 ████"]);
    }

    #[test]
    fn times_without_messages_are_shown() {
        const DAY: i64 = 86_400_000_000;
        let counts =
            [count(Some(0), "", 2), count(Some(3 * DAY), "", 1), count(Some(99 * DAY), "", 1)];
        let lines = chart(&counts, Some(Per::Day), 16);
        let expected = [
            "1970-01-01  2 ██",
            "1970-01-02  0",
            "1970-01-03  0",
            "1970-01-04  1 █",
            "…",
            "1970-04-10  1 █",
        ];
        assert_eq!(lines, expected);
        assert_eq!(Per::Hour.show(3 * 3_600_000_000), "1970-01-01 03:00");
    }
}
