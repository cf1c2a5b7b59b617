//! What the archive should have and has not.

use std::collections::{BTreeMap, HashSet};
use std::io::Write;

use fedhub::filter::Filter;
use fedhub::journal::{self, Record, Span, UNCHECKED};
use fedhub::store::{Archived, Store};
use fedhub::topic::Pattern;
use serde_json::json;

use super::report::Report;
use crate::app::App;
use crate::output::progress;
use crate::when::show;

const HOUR: i64 = 3600 * 1_000_000;

/// What an archive is fed from.
pub(super) struct Feed<'a> {
    pub(super) journal: &'a journal::Store,
    pub(super) cursor: &'a str,
    pub(super) span: Span,
}

/// An hour in which messages came that the archive has not.
struct Hole {
    missing: u64,
    first: String,
}

/// Looks for messages of the journal, up to the archive's cursor, that the archive has not.
pub(super) fn find(
    feed: &Feed<'_>,
    store: &mut dyn Store,
    app: &App,
    report: &mut Report<impl Write>,
) -> anyhow::Result<()> {
    let wanted = Wanted::new(feed.cursor, app)?;
    let end = feed.journal.position(feed.cursor)?;
    let bar = progress::messages(u64::try_from(end).unwrap_or_default());
    let waiting = quarantined(feed)?;
    let (mut after, mut checked) = (0, 0_u64);
    let mut holes = BTreeMap::<i64, Hole>::new();
    while after < end {
        let batch = feed.journal.read(after, feed.span)?;
        let Some(last) = batch.last() else { break };
        after = last.seq;
        let fed = |one: &&Record| one.seq <= end && wanted.fits(one) && !waiting.contains(&one.seq);
        let records: Vec<_> = batch.iter().filter(fed).collect();
        let ids: Vec<_> = records.iter().map(|one| Archived::msg_id_of(&one.identity)).collect();
        let known = store.known(&ids)?;
        checked += ids.len() as u64;
        for (record, id) in records.iter().zip(ids) {
            if !known.contains(&id) {
                let hour = record.received.div_euclid(HOUR) * HOUR;
                holes.entry(hour).or_insert(Hole { missing: 0, first: id }).missing += 1;
            }
        }
        bar.set_position(u64::try_from(after).unwrap_or_default());
    }
    bar.finish_and_clear();
    if holes.is_empty() {
        let what = format!("{checked} messages of the journal are all there");
        return report.note("holes", &what);
    }
    for (hour, Hole { missing, first }) in holes {
        let hour = show(hour);
        let what = format!("{missing} messages of the hour {hour} are missing, such as {first}");
        let parts = json!({"hour": hour, "missing": missing, "first": first});
        report.finding("holes", &what, parts)?;
    }
    Ok(())
}

/// Tells what nobody could give any more, by publishers' own counts and by retention.
pub(super) fn lost(feed: &Feed<'_>, report: &mut Report<impl Write>) -> anyhow::Result<()> {
    let before = report.findings;
    for gap in feed.journal.gaps(feed.span)? {
        let journal::GapReport { key, lost, missed, recovered, .. } = &gap.report;
        if *lost == 0 && gap.closed.is_some() {
            continue;
        }
        let (opened, closed) = (show(gap.opened), gap.closed.map(show));
        let until = closed.as_deref().unwrap_or("now");
        let what = match &closed {
            Some(_) => format!("{lost} messages of {} from {opened} to {until}", key.stream),
            None => format!(
                "{} messages of {} since {opened}, still tried",
                missed.saturating_sub(*recovered),
                key.stream
            ),
        };
        let parts = json!({
            "stream": key.stream, "opened": opened, "closed": closed,
            "missed": missed, "recovered": recovered, "lost": lost,
        });
        report.finding("lost", &what, parts)?;
    }
    let cursors = feed.journal.cursors()?;
    let cursor = cursors.iter().find(|cursor| cursor.name == feed.cursor);
    if let Some(lost) = cursor.map(|cursor| cursor.lost).filter(|lost| *lost > 0) {
        let what = format!("{lost} messages left the journal before they were archived");
        report.finding("lost", &what, json!({"retention": lost}))?;
    }
    if report.findings == before {
        report.note("lost", "nothing that publishers sent is known to be lost")?;
    }
    Ok(())
}

/// The numbers of messages that wait in the journal's quarantine.
fn quarantined(feed: &Feed<'_>) -> fedhub::Result<HashSet<i64>> {
    let (mut numbers, mut after) = (HashSet::new(), 0);
    loop {
        let page = feed.journal.quarantined(Some(feed.cursor), None, after)?;
        let Some(last) = page.last() else { return Ok(numbers) };
        after = last.id;
        numbers.extend(page.iter().map(|one| one.record.seq));
    }
}

/// What is given to the archive.
struct Wanted {
    verdict: &'static str,
    topics: Vec<Pattern>,
    filter: Option<Filter>,
}

impl Wanted {
    fn new(cursor: &str, app: &App) -> fedhub::Result<Self> {
        let config = app.config()?;
        let consumer = config.consumers.get(cursor);
        let filter =
            consumer.map(|consumer| Filter::new(&Filter::parse(&consumer.filter)?, || app.meta()));
        let topics = consumer.map_or(&[][..], |consumer| &consumer.topics);
        Ok(Self {
            verdict: if config.validate_signatures { "valid" } else { UNCHECKED },
            topics: topics.iter().map(|topic| Pattern::new(topic)).collect(),
            filter: filter.transpose()?,
        })
    }

    fn fits(&self, record: &Record) -> bool {
        let topic = record.message.topic();
        record.verdict == self.verdict
            && (self.topics.is_empty() || self.topics.iter().any(|one| one.matches(topic)))
            && self.filter.as_ref().is_none_or(|filter| filter.decide(&record.message).matches)
    }
}
