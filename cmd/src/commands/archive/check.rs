//! `fedhub archive check`.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;

use fedhub::error::exit;
use fedhub::store::Store;
use serde_json::json;

use super::super::journal::{Output, span};
use super::report::Report;
use super::{holes, signatures};
use crate::app::{App, data_dir};
use crate::when::{When, show};

/// See whether the archive is complete and as it should be. Exit 1 if something is found.
///
/// holes: messages that the journal has, that were before the archive's cursor, and that the archive has
/// not, by the hour; what retention took from the journal before it was archived. lost: what publishers say
/// they sent and nobody has (fedhub gaps), and gaps that are still open. quarantine: how many messages are
/// in the archive's quarantine, by reason. content: messages that are not what was stored, by their digest,
/// and valid ones whose signatures do not hold as of the time they came. counters: counters that do not say
/// how many messages there are.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Holes can be filled: fedhub journal seek archive TIME lets nommer read the journal again, and what the
archive has is not added twice.

Examples:
  fedhub archive check
  fedhub archive check --since -7d --sample 1000
  fedhub archive check --journal /var/lib/fedhub/hub.db --cursor archive
  fedhub archive check -o ndjson | jq 'select(.ok | not)'")]
pub(super) struct Args {
    /// Look only at what arrived at this time or later: RFC 3339, unix seconds, or an age such as -1h.
    /// Digests, signatures and counters are of all messages.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<When>,
    /// Look only at what arrived before this time.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<When>,
    /// The journal that the archive is fed from. Default: archive.journal, else nommer.db in the data
    /// directory.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// The archive's cursor there.
    #[arg(long, value_name = "NAME", default_value = "archive")]
    cursor: String,
    /// Look at the content of so many messages, chosen at random. Default: all.
    #[arg(long, value_name = "N")]
    sample: Option<u64>,
    #[command(flatten)]
    output: Output,
}

/// So many wrong counters are named.
const COUNTERS: u32 = 20;
/// So many reasons are told apart.
const REASONS: usize = 100;

pub(super) fn run(args: Args, store: &mut dyn Store, app: &App) -> anyhow::Result<u8> {
    let config = app.config()?;
    let out = BufWriter::new(stdout().lock());
    let mut report = Report { out, human: args.output.human(), findings: 0 };
    let span = span(args.since, args.until);
    let (path, named) = match args.journal.as_ref().or(config.archive.journal.as_ref()) {
        Some(path) => (path.clone(), args.journal.is_some()),
        None => (data_dir()?.join("nommer.db"), false),
    };
    if named || path.exists() {
        let journal = fedhub::journal::Store::open(&path)?;
        let feed = holes::Feed { journal: &journal, cursor: &args.cursor, span };
        holes::find(&feed, store, app, &mut report)?;
        holes::lost(&feed, &mut report)?;
    } else {
        let what = format!("not looked for: there is no journal {}", path.display());
        report.note("holes", &what)?;
    }
    quarantine(store, span, &mut report)?;
    signatures::check(store, args.sample, app, &mut report)?;
    counters(store, &mut report)?;
    Ok(if report.findings > 0 { exit::NEGATIVE } else { exit::OK })
}

fn quarantine(
    store: &mut dyn Store,
    span: fedhub::journal::Span,
    report: &mut Report<impl Write>,
) -> anyhow::Result<()> {
    let (mut reasons, mut after) = (BTreeMap::<String, u64>::new(), 0);
    loop {
        let page = store.quarantined(after, 100)?;
        let Some(last) = page.last() else { break };
        after = last.id;
        for one in
            page.into_iter().filter(|one| span.since <= one.received && one.received < span.until)
        {
            let full = reasons.len() >= REASONS && !reasons.contains_key(&one.reason);
            let reason = if full { "other reasons".to_owned() } else { one.reason };
            *reasons.entry(reason).or_default() += 1;
        }
    }
    if reasons.is_empty() {
        return report.note("quarantine", "it is empty");
    }
    for (reason, count) in reasons {
        let what = format!("{count} messages: {reason}");
        report.finding("quarantine", &what, json!({"reason": reason, "count": count}))?;
    }
    Ok(())
}

fn counters(store: &mut dyn Store, report: &mut Report<impl Write>) -> anyhow::Result<()> {
    const DAY: i64 = 24 * 3600 * 1_000_000;
    let wrong = store.miscounts(COUNTERS)?;
    if wrong.is_empty() {
        return report.note("counters", "all are right");
    }
    for one in wrong {
        let day = one.day.map(|day| show(day.saturating_mul(DAY)));
        let of_day = day.as_ref().map(|day| format!(" of {day}")).unwrap_or_default();
        let (kind, name, counted, there) = (one.kind, one.name, one.counted, one.there);
        let what = format!("{kind} {name}{of_day} says {counted}, and there are {there}");
        let parts =
            json!({"kind": kind, "name": name, "day": day, "counted": counted, "there": there});
        report.finding("counters", &what, parts)?;
    }
    Ok(())
}
