//! `bench describe`: how many messages a second of CPU time is enough to describe.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use fedhub::canonical::{self, Value};
use fedhub::jq::Accounts;
use fedhub::message::Message;
use fedhub::meta::{Meta, Rules, Subject, Wanted};
use fedhub::topic::Pattern;

use super::crypto::rate;
use super::peers::{Impl, figures};
use super::report::{Bar, Row, Unit};
use super::{Notes, Plan};

/// Where real messages are, seen from the project's root.
const CORPUS: &str = "../shared/corpus/messages.jsonl";

/// What the Python peer runs: the original's way from text to facts, with the processors it has.
const PYTHON: &str = r#"
import json, sys, time, warnings, logging
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import fedmsg.config, fedmsg.meta
config = {"topic_prefix": "org", "topic_prefix_re": r"org\.[^\W\d_]+"}
fedmsg.meta.make_processors(**config)
lines = sys.stdin.read().splitlines()
seconds = float(sys.argv[1])
def names(message):
    fedmsg.meta.msg2usernames(message, **config)
    fedmsg.meta.msg2packages(message, **config)
def rate(action):
    count, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        for line in lines:
            try:
                action(json.loads(line))
            except Exception:
                pass
            count += 1
    return count / (time.process_time() - start)
print(len(fedmsg.meta.processors), rate(names))
"#;

/// Messages per second of CPU time.
struct Sample {
    names: f64,
    all: Option<f64>,
    topic: Option<f64>,
}

/// Measures the way from received bytes to facts.
pub(super) fn run(plan: &Plan, file: Option<&Path>, notes: &mut Notes) -> Vec<Row> {
    let file = file.map_or_else(|| PathBuf::from(CORPUS), Path::to_owned);
    let messages = match read(&file) {
        Ok(messages) => messages,
        Err(error) => {
            notes.push(format!("describe was left out: {error:#}; name a file of messages"));
            return Vec::new();
        }
    };
    notes.push("describe, python: fedmsg.meta with the processors that are installed".into());
    let impls: Vec<_> = plan.impls.iter().copied().filter(|of| *of != Impl::Bare).collect();
    let all = plan.interleave("describe", &impls, notes, |of| sample(plan, of, &messages));
    vec![
        all.row("describe: users and packages", Unit::PerSecond, |run| Some(run.names))
            .bar(Bar::Min(30_000.0)),
        all.row("describe: all facts", Unit::PerSecond, |run| run.all).bar(Bar::Min(10_000.0)),
        all.row("describe: topic only, not parsed", Unit::PerSecond, |run| run.topic),
    ]
}

fn read(file: &Path) -> Result<Vec<Message>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let messages: Vec<_> = text.lines().filter_map(message).collect();
    ensure!(!messages.is_empty(), "no messages in {}", file.display());
    Ok(messages)
}

/// A message of a line: the line itself, or what a line of the corpus has as `msg`.
fn message(line: &str) -> Option<Message> {
    let value = canonical::parse(line.as_bytes()).ok()?;
    let envelope = value.as_object()?;
    let inner = envelope.get("msg").filter(|_| envelope.get("topic").is_none());
    let message = inner.unwrap_or(&value);
    let topic = message.as_object()?.get_str("topic")?;
    Some(Message::new(topic, canonical::to_vec(message)))
}

fn sample(plan: &Plan, of: Impl, messages: &[Message]) -> Result<Sample> {
    let duration = Duration::from_secs((plan.duration.as_secs() / 2).max(1));
    if of == Impl::Python {
        let python = plan.peers.python.as_deref().context("no Python peer")?;
        return python_rate(python, messages, duration);
    }
    let meta = Meta::new(Rules::embedded()?, Accounts::new());
    let next = Cell::new(0);
    let message = || {
        next.set((next.get() + 1) % messages.len());
        &messages[next.get()]
    };
    let described = |wanted: Wanted| {
        // Programs are compiled when they are first needed.
        for message in messages {
            facts(&meta, message, wanted)?;
        }
        rate(duration, || facts(&meta, message(), wanted))
    };
    let pattern = Pattern::new("org.fedoraproject.*.bodhi.");
    let topic = rate(duration, || {
        std::hint::black_box(pattern.matches(message().topic()));
        Ok(())
    })?;
    let (names, all) = (described(Wanted::Names)?, described(Wanted::All)?);
    Ok(Sample { names, all: Some(all), topic: Some(topic) })
}

/// The whole way: bytes are parsed, and made ready for the rules.
fn facts(meta: &Meta, message: &Message, wanted: Wanted) -> Result<()> {
    let value: Value = canonical::parse(message.body()).map_err(|e| anyhow::anyhow!(e.reason))?;
    std::hint::black_box(meta.facts(&Subject::new(&value), wanted));
    Ok(())
}

fn python_rate(python: &Path, messages: &[Message], duration: Duration) -> Result<Sample> {
    let mut script = Command::new(python);
    script.args(["-c", PYTHON]).arg(duration.as_secs().to_string());
    let lines: Vec<_> = messages.iter().map(Message::body).collect();
    let [_, names] = figures(&mut script, &lines.join(&b'\n'))?;
    Ok(Sample { names, all: None, topic: None })
}
