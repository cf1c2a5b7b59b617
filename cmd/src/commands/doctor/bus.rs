//! Publishers that cannot be reached or send no heartbeats, and clocks that are wrong.

use std::time::{Duration, Instant};

use fedhub::bus::{Feed, FeedNext, Settings, Source, What};
use fedhub::canonical::Value;
use fedhub::config::Config;
use fedhub::heartbeat::{Heartbeat, TOPIC};
use fedhub::journal::{Store, now};
use fedhub::message::Message;

use super::{Findings, Severity};
use crate::commands::check::journals;

/// Messages say their time in whole seconds, and take a moment on their way.
const TOLERANCE: f64 = 5.0;
/// How many of a journal's last messages are looked at.
const SAMPLE: i64 = 500;

pub(super) fn look(
    config: &Config,
    timeout: Duration,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    listen(config, timeout, findings)?;
    for (role, path) in journals(config)? {
        // One that cannot be opened was told of already.
        let Ok(store) = Store::open(&path) else { continue };
        match journal_skew(&store)? {
            None => {
                let text =
                    format!("the times in the journal of the {role} are not compared: it is empty");
                let command = format!("fedhub journal --journal {} ls --last 10", path.display());
                findings.add("FH0400", Severity::Skipped, text, command);
            }
            Some(skew) if skew.abs() > TOLERANCE => {
                let direction = if skew > 0.0 { "before" } else { "after" };
                let text = format!(
                    "half of the last messages in the journal of the {role} say that they were \
                     written {:.0} s or more {direction} they came: a clock is wrong, or they were \
                     long on their way",
                    skew.abs()
                );
                let severity = if skew < 0.0 { Severity::Error } else { Severity::Warning };
                findings.add("FH0404", severity, text, "timedatectl timesync-status");
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// What was heard of one publisher.
#[derive(Default)]
struct Heard {
    connected: bool,
    /// Seconds from the time in its heartbeat to now.
    heartbeat: Option<f64>,
}

fn listen(config: &Config, timeout: Duration, findings: &mut Findings) -> anyhow::Result<()> {
    let sources = Source::all(config);
    if sources.is_empty() {
        let why = "no publisher is listened to: no endpoint is configured";
        findings.add("FH0400", Severity::Skipped, why, "fedhub config explain endpoints");
        return Ok(());
    }
    let topic = format!("{}.{}.{TOPIC}", config.topic_prefix, config.environment);
    // What cannot be reached is told of below.
    let silence = tracing::subscriber::NoSubscriber::new();
    let settings = Settings::from(config);
    let feed = tracing::subscriber::with_default(silence, || {
        Feed::connect(&settings, &sources, &[&topic])
    })?;
    let mut heard: Vec<Heard> = sources.iter().map(|_| Heard::default()).collect();
    let begin = Instant::now();
    while heard.iter().any(|source| source.heartbeat.is_none()) {
        let left = timeout.saturating_sub(begin.elapsed());
        let FeedNext::Events(events) = feed.next(left)? else { break };
        for event in events {
            let Some(source) = heard.get_mut(event.source) else { continue };
            match event.what {
                What::Up => source.connected = true,
                What::Message(message) if Heartbeat::read(&message).is_some() => {
                    source.heartbeat = offset(&message, now());
                }
                _ => {}
            }
        }
    }
    for (source, heard) in sources.iter().zip(heard) {
        tell(source, &heard, timeout, findings);
    }
    Ok(())
}

fn tell(source: &Source, heard: &Heard, timeout: Duration, findings: &mut Findings) {
    let Source { name, endpoint } = source;
    match heard.heartbeat {
        _ if !heard.connected => {
            let text = format!("{name} at {endpoint} cannot be connected to");
            findings.add("FH0401", Severity::Error, text, "fedhub check conn");
        }
        None => {
            let text = format!(
                "{name} at {endpoint} sent no heartbeat in {} s: what is lost on the way from it \
                 cannot be noticed",
                timeout.as_secs_f64()
            );
            findings.add(
                "FH0402",
                Severity::Note,
                text,
                "fedhub config explain heartbeat_interval",
            );
        }
        Some(skew) if skew.abs() > TOLERANCE => {
            let direction = if skew > 0.0 { "behind" } else { "ahead of" };
            let text = format!(
                "the clock of {name} at {endpoint} is {:.0} s {direction} this one",
                skew.abs()
            );
            findings.add("FH0403", Severity::Error, text, "timedatectl timesync-status");
        }
        Some(_) => {}
    }
}

/// Seconds from the time a message says it was written to the time it came.
fn offset(message: &Message, came: i64) -> Option<f64> {
    let written = match message.envelope()?.get("timestamp")? {
        Value::Float(seconds) => *seconds,
        value => value.as_i64()? as f64,
    };
    let offset = came as f64 / 1e6 - written;
    // A whole second may be anywhere within it.
    offset.is_finite().then_some(offset)
}

/// The median of the offsets of the last messages.
fn journal_skew(store: &Store) -> fedhub::Result<Option<f64>> {
    let mut offsets = Vec::new();
    let mut after = store.newest()? - SAMPLE;
    loop {
        let batch = store.next(after, &[], 100)?;
        let Some(last) = batch.last() else { break };
        after = last.seq;
        offsets.extend(batch.iter().filter_map(|record| offset(&record.message, record.received)));
        if offsets.len() as i64 >= SAMPLE {
            break;
        }
    }
    Ok(median(offsets))
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_clock_among_many_does_not_count() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![0.5, 9999.0, 0.1]), Some(0.5));
        let message = |time| Message::new("t", format!(r#"{{"timestamp": {time}}}"#));
        assert_eq!(offset(&message("100"), 100_500_000), Some(0.5));
        assert_eq!(offset(&message("100.5"), 99_500_000), Some(-1.0));
        assert_eq!(offset(&message("\"soon\""), 0), None);
    }
}
