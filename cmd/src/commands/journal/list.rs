//! `fedhub journal ls` and `show`.

use std::io::{BufWriter, Write, stdout};

use clap::builder::PossibleValuesParser;
use fedhub::crypto::Reason;
use fedhub::error::exit;
use fedhub::journal::{Record, Span, Store, UNCHECKED};
use fedhub::{Error, Kind};
use serde_json::json;

use super::Output;
use crate::app::App;
use crate::commands::tail::matches;
use crate::filter::FilterArgs;
use crate::output::escape;
use crate::output::format::{Format, Printer};
use crate::when::{When, show};

/// List messages, the oldest first.
#[derive(Debug, clap::Args)]
pub(super) struct Ls {
    /// Only the last so many.
    #[arg(long, value_name = "N")]
    last: Option<u64>,
    /// Only what arrived at this time or later: RFC 3339, unix seconds, or an age such as -1h.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<When>,
    /// Only what arrived before this time.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<When>,
    /// Only with this verdict: unchecked, valid, or a reason such as bad-signature; invalid stands for
    /// all reasons; repeatable.
    #[arg(long, value_name = "VERDICT", value_parser = verdicts())]
    verdict: Vec<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    filter: FilterArgs,
}

/// What stands for every verdict that is neither valid nor unchecked.
const INVALID: &str = "invalid";

fn verdicts() -> PossibleValuesParser {
    let reasons = Reason::ALL.iter().map(|(_, name, _)| *name);
    PossibleValuesParser::new([UNCHECKED, INVALID].into_iter().chain(reasons))
}

/// Print one message.
///
/// For people with what the journal knows of it; as ndjson its body as it came.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// Its number.
    #[arg(value_name = "SEQ")]
    seq: i64,
    #[command(flatten)]
    output: Output,
}

/// A span between two times that may be open.
pub(in crate::commands) fn span(since: Option<When>, until: Option<When>) -> Span {
    let all = Span::default();
    Span {
        since: since.map_or(all.since, |When(time)| time),
        until: until.map_or(all.until, |When(time)| time),
    }
}

impl Ls {
    pub(super) fn run(&self, store: &Store, app: &App) -> anyhow::Result<u8> {
        let filter = self.filter.build(&[], app)?;
        let span = span(self.since, self.until);
        let mut after = match self.last {
            Some(count) => store.before_last(count, span, |seq, topic, verdict| {
                let possible = self.has_verdict(verdict) && filter.admits_topic(topic);
                possible && matches(&filter, store, seq)
            })?,
            None => 0,
        };
        let human = self.output.human();
        let mut out = BufWriter::new(stdout().lock());
        loop {
            let batch = store.read(after, span)?;
            let Some(last) = batch.last() else { break };
            after = last.seq;
            for record in &batch {
                let wanted = self.has_verdict(&record.verdict);
                if !wanted || !filter.decide(&record.message).matches {
                    continue;
                }
                let line = if human { for_people(record) } else { for_programs(record) };
                writeln!(out, "{line}")?;
            }
        }
        out.flush()?;
        Ok(exit::OK)
    }

    fn has_verdict(&self, verdict: &str) -> bool {
        let valid = verdict == UNCHECKED || verdict == Reason::Valid.name();
        let is = |wanted: &String| wanted == verdict || (wanted == INVALID && !valid);
        self.verdict.is_empty() || self.verdict.iter().any(is)
    }
}

fn for_people(record: &Record) -> String {
    let msg_id = record.identity.msg_id.as_deref().unwrap_or("-");
    format!(
        "{} {} {} {} {}{}",
        record.seq,
        show(record.received),
        record.verdict,
        escape::text(record.message.topic()),
        escape::text(msg_id),
        if record.conflict { " same-id-other-content" } else { "" }
    )
}

fn for_programs(record: &Record) -> String {
    json!({
        "seq": record.seq,
        "received": show(record.received),
        "endpoint": record.endpoint,
        "verdict": record.verdict,
        "topic": record.message.topic(),
        "msg_id": record.identity.msg_id,
        "digest": hex(&record.identity.digest),
        "conflict": record.conflict,
        "bytes": record.message.body().len(),
    })
    .to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Show {
    pub(super) fn run(&self, store: &Store, app: &App) -> anyhow::Result<u8> {
        let record = store.get(self.seq)?.ok_or_else(|| {
            Error::new(Kind::NoInput, format!("the journal has no message {}", self.seq))
                .hint("fedhub journal ls")
        })?;
        let mut out = stdout().lock();
        let terminal = std::io::IsTerminal::is_terminal(&out);
        let printer = |format| Printer::new(format, terminal, app.color, None);
        if !self.output.human() {
            printer(Format::Raw)?.print(&record.message, false, &mut out)?;
            return Ok(exit::OK);
        }
        writeln!(out, "{}", for_people(&record))?;
        writeln!(out, "from {}", escape::text(record.endpoint.as_deref().unwrap_or("unknown")))?;
        writeln!(out, "sha256 {}", hex(&record.identity.digest))?;
        match record.message.value() {
            Ok(value) => printer(Format::Json)?.print_value(value, &mut out)?,
            Err(_) => {
                let text = String::from_utf8_lossy(record.message.body());
                writeln!(out, "{}", escape::text(&text))?;
            }
        }
        Ok(exit::OK)
    }
}
