//! Where messages come from: a journal's file, or somebody who answers from one.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use fedhub::bus::Settings;
use fedhub::canonical::Value;
use fedhub::config::Config;
use fedhub::journal::{Limits, Store, Wanted};
use fedhub::message::Message;
use fedhub::replay::ReplayClient;
use serde_json::json;

const PAGE: Limits = Limits { messages: 1000, bytes: 8 * 1024 * 1024 };
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);
const MICROSECONDS: i64 = 1_000_000;
/// In the year 9892; Python has no times after 9999.
const LAST_SECOND: i64 = 250_000_000_000;

/// Where messages come from.
pub(super) enum Source {
    Journal(Store),
    Endpoint(Box<ReplayClient>),
}

/// A message that was found.
pub(super) struct Found {
    /// Its number.
    pub(super) seq: i64,
    /// When it arrived or, if that is not known, when it was written; unix microseconds.
    pub(super) time: Option<i64>,
    pub(super) message: Message,
}

impl Source {
    pub(super) fn journal(path: &Path) -> Result<Self, fedhub::Error> {
        Store::open(path).map(Source::Journal)
    }

    pub(super) fn endpoint(endpoint: &str, config: &Config) -> Result<Self, fedhub::Error> {
        ReplayClient::connect(&Settings::from(config), endpoint)
            .map(|client| Source::Endpoint(Box::new(client)))
    }

    /// Shows each message that any of `wanted` matches, or all when it is empty. In a journal's file
    /// they come in order; an endpoint is asked for one after the other.
    pub(super) fn each(
        &mut self,
        wanted: &[Wanted],
        mut show: impl FnMut(Found) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        match self {
            Source::Journal(store) => {
                let mut after = i64::MIN;
                loop {
                    let page = store.select(wanted, after, PAGE)?;
                    for record in page.records {
                        after = record.seq;
                        let time = Some(record.received);
                        show(Found { seq: record.seq, time, message: record.message })?;
                    }
                    if !page.more {
                        return Ok(());
                    }
                }
            }
            Source::Endpoint(client) if wanted.is_empty() => ask(client, None, &mut show),
            Source::Endpoint(client) => {
                let mut seen = HashSet::new();
                let mut once = |found: Found| {
                    // With one criterion there is nothing to tell apart.
                    if wanted.len() > 1 && !seen.insert(found.seq) { Ok(()) } else { show(found) }
                };
                wanted.iter().try_for_each(|one| ask(client, Some(one), &mut once))
            }
        }
    }
}

fn ask(
    client: &mut ReplayClient,
    wanted: Option<&Wanted>,
    show: &mut impl FnMut(Found) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut after = match wanted {
        Some(Wanted::Range(first, _)) => first.saturating_sub(1),
        _ => 0,
    };
    loop {
        let page = match wanted {
            None => client.matching(json!({}), after, TIMEOUT)?,
            Some(Wanted::Range(_, last)) => client.range(after, *last, TIMEOUT)?,
            Some(Wanted::Seqs(seqs)) => {
                client.matching(json!({"seq_ids": seqs}), after, TIMEOUT)?
            }
            Some(Wanted::MsgIds(ids)) => {
                client.matching(json!({"msg_ids": ids}), after, TIMEOUT)?
            }
            Some(Wanted::Arrived(span)) => {
                // Whole seconds are all that fedmsg knows; the last one is not part of the span.
                let second = |time: i64| (time / MICROSECONDS).clamp(0, LAST_SECOND);
                client.time(second(span.since), second(span.until - 1), after, TIMEOUT)?
            }
        };
        after = page.through;
        for (seq, message) in page.messages {
            show(Found { seq, time: written(&message), message })?;
        }
        if !page.more {
            return Ok(());
        }
    }
}

/// When a message was written, by what it says itself.
fn written(message: &Message) -> Option<i64> {
    let seconds = message.envelope()?.get("timestamp").and_then(Value::as_i64)?;
    seconds.checked_mul(MICROSECONDS)
}
