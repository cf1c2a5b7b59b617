//! `fedhub gaps`: what the hub missed, and what became of it.

use std::io::{BufWriter, IsTerminal, Write, stdout};
use std::path::PathBuf;

use fedhub::error::exit;
use fedhub::filter::Filter;
use fedhub::journal::{Gap, Span, Store};
use serde_json::json;

use super::journal::Format;
use crate::app::App;
use crate::filter::FilterArgs;
use crate::output::escape;
use crate::when::{When, show};

/// List what the hub missed, what it recovered, and what is lost for good.
///
/// Each line is a span of a publisher's stream in which messages did not come by themselves.
/// Recovered ones were fetched from the publisher's journal; lost ones nobody has any more; a gap is
/// open as long as it is still tried. Exit 1 if something is lost or open.
///
/// What a lost message was nobody knows. With a FILTER, only gaps are listed while which a message that
/// matches came from their publisher, fetched or by itself.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub gaps
  fedhub gaps --since -1d
  fedhub gaps 'bodhi.*' --since -1d
  fedhub gaps -o ndjson | jq 'select(.lost > 0)'")]
pub(crate) struct Args {
    /// Only gaps that concern what matches these words.
    #[arg(value_name = "FILTER", add = crate::complete::topics())]
    words: Vec<String>,
    /// Only gaps that were open at this time or later: RFC 3339, unix seconds, or an age such as -1h.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<When>,
    /// The hub's journal. Default: hub.journal, else hub.db in the data directory.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// human or ndjson [default: human on a terminal, else ndjson].
    #[arg(long, short, value_enum, value_name = "FORMAT")]
    output: Option<Format>,
    #[command(flatten)]
    filter: FilterArgs,
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let filter = args.filter.build(&args.words, app)?;
    let path = match args.journal {
        Some(path) => path,
        None => super::hub::journal_path(app.config()?)?,
    };
    let span = args.since.map_or(Span::default(), |When(since)| Span { since, ..Span::default() });
    let store = Store::open(&path)?;
    let mut gaps = Vec::new();
    for gap in store.gaps(span)? {
        if filter.is_empty() || concerns(&gap, &store, &filter)? {
            gaps.push(gap);
        }
    }
    let human =
        args.output.map_or_else(|| stdout().is_terminal(), |format| format == Format::Human);
    let mut out = BufWriter::new(stdout().lock());
    if human {
        table(&gaps, &mut out)?;
    } else {
        for gap in &gaps {
            writeln!(out, "{}", for_programs(gap))?;
        }
    }
    out.flush()?;
    let complete = gaps.iter().all(|gap| gap.closed.is_some() && gap.report.lost == 0);
    Ok(if complete { exit::OK } else { exit::NEGATIVE })
}

/// Whether a message that matches came from the publisher while the gap was open.
fn concerns(gap: &Gap, store: &Store, filter: &Filter) -> fedhub::Result<bool> {
    /// A gap and the messages around it are not written at the same moment.
    const MARGIN: i64 = 1_000_000;
    let until = gap.closed.map_or(i64::MAX, |closed| closed.saturating_add(MARGIN));
    let span = Span { since: gap.opened.saturating_sub(MARGIN), until };
    let mut after = 0;
    loop {
        let batch = store.read(after, span)?;
        let Some(last) = batch.last() else { return Ok(false) };
        after = last.seq;
        let from_there =
            |endpoint: &Option<String>| endpoint.as_ref() == Some(&gap.report.key.endpoint);
        let mut records = batch.iter().filter(|record| from_there(&record.endpoint));
        if records.any(|record| filter.decide(&record.message).matches) {
            return Ok(true);
        }
    }
}

fn for_programs(gap: &Gap) -> serde_json::Value {
    let report = &gap.report;
    json!({
        "id": gap.id,
        "endpoint": report.key.endpoint,
        "stream": report.key.stream,
        "epoch": report.key.epoch,
        "first": report.key.first,
        "last": report.last,
        "numbered": report.numbered,
        "missed": report.missed,
        "recovered": report.recovered,
        "lost": report.lost,
        "opened": show(gap.opened),
        "closed": gap.closed.map(show),
        "note": report.note,
    })
}

/// A line for each gap under a head, columns aligned, and the sum.
fn table(gaps: &[Gap], out: &mut impl Write) -> anyhow::Result<()> {
    const HEAD: [&str; 7] = ["OPENED", "CLOSED", "STREAM", "MISSED", "RECOVERED", "LOST", "NOTE"];
    let rows = gaps.iter().map(|gap| {
        let report = &gap.report;
        [
            second(gap.opened),
            gap.closed.map_or_else(|| "open".into(), second),
            escape::text(&report.key.stream),
            report.missed.to_string(),
            report.recovered.to_string(),
            report.lost.to_string(),
            escape::text(report.note.as_deref().unwrap_or_default()),
        ]
    });
    let rows: Vec<_> = std::iter::once(HEAD.map(str::to_owned)).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..HEAD.len()).map(|column| width(column).unwrap_or(0)).collect();
    for row in rows.iter().filter(|_| !gaps.is_empty()) {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    let sum = |part: fn(&Gap) -> u64| gaps.iter().map(part).sum::<u64>();
    let (missed, lost) = (sum(|gap| gap.report.missed), sum(|gap| gap.report.lost));
    let recovered = sum(|gap| gap.report.recovered);
    let open = gaps.iter().filter(|gap| gap.closed.is_none()).count();
    let count = gaps.len();
    writeln!(
        out,
        "{count} gaps, {open} open: {missed} missed, {recovered} recovered, {lost} lost"
    )?;
    Ok(())
}

/// A time to the second.
fn second(microseconds: i64) -> String {
    show(microseconds.div_euclid(1_000_000).saturating_mul(1_000_000))
}

#[cfg(test)]
mod tests {
    use fedhub::journal::{GapKey, GapReport};

    use super::*;

    #[test]
    fn people_get_a_table_and_a_sum() {
        let gap = |id, closed: Option<i64>, lost| Gap {
            id,
            report: GapReport {
                key: GapKey {
                    endpoint: "tcp://a:1".into(),
                    stream: "relay.\u{1b}host".into(),
                    epoch: "e".into(),
                    first: 5,
                },
                last: 9,
                numbered: true,
                missed: 3,
                recovered: 3 - lost,
                lost,
                closed: closed.is_some(),
                note: (lost > 0).then(|| "gone".into()),
            },
            opened: 1_000_000,
            closed,
        };
        let mut out = Vec::new();
        table(&[gap(1, Some(2_500_000), 1), gap(2, None, 0)], &mut out).unwrap();
        let expected = "\
OPENED                CLOSED                STREAM            MISSED  RECOVERED  LOST  NOTE
1970-01-01T00:00:01Z  1970-01-01T00:00:02Z  relay.\\u{1b}host  3       2          1     gone
1970-01-01T00:00:01Z  open                  relay.\\u{1b}host  3       3          0
2 gaps, 1 open: 6 missed, 5 recovered, 1 lost
";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        let mut out = Vec::new();
        table(&[], &mut out).unwrap();
        assert_eq!(out, b"0 gaps, 0 open: 0 missed, 0 recovered, 0 lost\n");
    }
}
