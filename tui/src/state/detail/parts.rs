//! The lines of each part of a message.

use std::fmt::Write;

use fedhub::canonical::Value;
use fedhub::crypto::Reason;
use fedhub::filter::{Filter, category};
use fedhub::message::Message;
use fedhub::meta::{Meta, Name, Subject};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Clause, Part, Piece, Row, diff as differences};
use crate::feed::Entry;
use crate::state::about::{About, clock, short_topic};
use crate::state::tree::{self, Folds};
use crate::text::count;
use crate::theme::Role;

/// How long a value may be, in bytes.
const LONGEST: usize = 4096;
/// How many bytes of a message stand in a line.
const BYTES_IN_LINE: usize = 16;
/// How many bytes are shown; nobody reads on.
const MOST_BYTES: usize = 256 * 1024;
/// How many names of one sort are shown.
const MOST_NAMES: usize = 100;

/// What is known beside the message.
pub struct Context<'a> {
    /// The filter with its text, if there is one.
    pub filter: Option<(&'a str, &'a Filter)>,
    /// The rules, if they are there.
    pub meta: Option<&'a Meta>,
    /// Where times are local.
    pub zone: &'a TimeZone,
}

pub(super) fn rows(
    part: Part,
    entry: &Entry,
    message: &Message,
    about: Option<&About>,
    folds: &Folds,
    context: &Context<'_>,
) -> Vec<Row> {
    match part {
        Part::Tree => match message.value() {
            Ok(value) => tree::lines(value, folds),
            Err(error) => vec![
                field("not JSON", Role::Bad, error.to_string()),
                field("body", Role::Text, String::from_utf8_lossy(message.body()).into_owned()),
            ],
        },
        Part::Facts => facts(entry, message, about, context),
        Part::Signature => signature(message, about, context),
        Part::Raw => raw(message.body()),
        Part::Why => why(message, context),
        Part::Diff => {
            let how = "no message is marked: mark one, then select another to compare it with";
            vec![Row::plain(vec![(Role::Dim, how.to_owned())])]
        }
    }
}

/// What is different in a message from the one that is marked.
pub(super) fn diff(
    base: &Entry,
    entry: &Entry,
    message: &Message,
    context: &Context<'_>,
) -> Vec<Row> {
    let base_message = base.opened();
    let title = |sign: &str, role, entry: &Entry, message: &Message| {
        let time = clock(entry.received, context.zone);
        let id = message.msg_id().unwrap_or("without an id");
        let text = format!("{sign} {time} {} {id}", short_topic(message.topic()));
        Row::plain(vec![(role, text)])
    };
    let mut rows = vec![
        title("---", Role::Bad, base, &base_message),
        title("+++", Role::Good, entry, message),
    ];
    rows.extend(differences::rows(&base_message, message));
    rows
}

/// A name with a value.
fn field(name: &str, role: Role, value: impl Into<String>) -> Row {
    let mut value = value.into();
    if value.len() > LONGEST {
        let all = count(value.len() as u64);
        value.truncate(value.floor_char_boundary(LONGEST));
        value += &format!("… ({all} bytes)");
    }
    Row::plain(vec![(Role::Field, format!("{name:<11} ")), (role, value)])
}

fn asking(row: Row, clause: Clause, name: &str) -> Row {
    Row { clause: Some((clause, name.to_owned())), ..row }
}

fn facts(
    entry: &Entry,
    message: &Message,
    about: Option<&About>,
    context: &Context<'_>,
) -> Vec<Row> {
    let topic = message.topic();
    let mut rows =
        vec![asking(field("topic", Role::Text, topic), Clause::Topic, short_topic(topic))];
    let family = category(topic);
    if !family.is_empty() {
        rows.push(asking(field("category", Role::Text, family), Clause::Category, family));
    }
    if let Some(about) = about {
        let facts = &about.facts;
        rows.push(field("title", Role::Text, &facts.title));
        rows.push(field("summary", Role::Text, &facts.summary));
        let links =
            [("link", &facts.link), ("icon", &facts.icon), ("icon 2", &facts.secondary_icon)];
        for (name, link) in links {
            if let Some(link) = link.as_ref().filter(|link| !link.is_empty()) {
                rows.push(field(name, Role::Link, link));
            }
        }
        names(&mut rows, "user", Role::User, &facts.users, Some(Clause::User));
        names(&mut rows, "package", Role::Package, &facts.packages, Some(Clause::Package));
        names(&mut rows, "object", Role::Text, &facts.objects, None);
        if let Some(agent) = &facts.agent {
            rows.push(asking(field("agent", Role::User, agent), Clause::User, agent));
        }
        if facts.stopped || facts.failures > 0 {
            let what = format!("{} expressions of the rule failed", facts.failures);
            rows.push(field("rule", Role::Warning, what));
        }
        let written = about.written.and_then(|seconds| moment((seconds * 1e6) as i64, context));
        rows.push(field("written", Role::Time, written.unwrap_or_else(|| "unknown".into())));
    }
    rows.push(field("received", Role::Time, moment(entry.received, context).unwrap_or_default()));
    if let Some(endpoint) = &entry.endpoint {
        rows.push(field("from", Role::Text, endpoint));
    }
    rows.push(field("size", Role::Number, format!("{} bytes", count(message.body().len() as u64))));
    if let Some((file, line)) = rule(message, context) {
        rows.push(field("rule", Role::Text, format!("{file}:{line}")));
    }
    rows
}

fn names(rows: &mut Vec<Row>, what: &str, role: Role, names: &[Name], clause: Option<Clause>) {
    for name in names.iter().take(MOST_NAMES) {
        let name = name.to_string();
        let row = field(what, role, &name);
        rows.push(match clause {
            Some(clause) => asking(row, clause, &name),
            None => row,
        });
    }
    if names.len() > MOST_NAMES {
        let more = names.len() - MOST_NAMES;
        rows.push(field(what, Role::Dim, format!("and {} more", count(more as u64))));
    }
}

fn moment(micros: i64, context: &Context<'_>) -> Option<String> {
    let time = Timestamp::from_microsecond(micros).ok()?.to_zoned(context.zone.clone());
    Some(time.strftime("%Y-%m-%d %H:%M:%S%.3f %z").to_string())
}

fn signature(message: &Message, about: Option<&About>, context: &Context<'_>) -> Vec<Row> {
    let Some(about) = about else {
        return vec![Row::plain(vec![(Role::Dim, "not judged yet".into())])];
    };
    let text = |name| {
        let value = message.envelope().and_then(|envelope| envelope.get(name));
        value.map(|value| value.as_str().map_or_else(|| format!("{value:?}"), str::to_owned))
    };
    let mut rows = Vec::new();
    match &about.verdict {
        None => rows.push(field("verdict", Role::Dim, "signatures are not judged here")),
        Some(verdict) => {
            let role = if verdict.valid() { Role::Good } else { Role::Bad };
            rows.push(field("verdict", role, verdict.reason.name()));
            let meaning = Reason::ALL.iter().find(|(reason, ..)| *reason == verdict.reason);
            rows.push(field("", Role::Dim, meaning.map_or("", |(_, _, meaning)| meaning)));
            if let Some(detail) = &verdict.detail {
                rows.push(field("because", Role::Text, detail));
            }
            if let Some(signer) = &verdict.signer {
                let proved = verdict.valid() || verdict.reason == Reason::Policy;
                let name = if proved { "signer" } else { "claims" };
                rows.push(field(name, Role::User, signer));
            }
        }
    }
    for name in ["msg_id", "crypto", "username", "signature", "certificate"] {
        if let Some(value) = text(name) {
            rows.push(field(name, Role::Text, value));
        }
    }
    let written = about.written.and_then(|seconds| moment((seconds * 1e6) as i64, context));
    rows.push(field("written", Role::Time, written.unwrap_or_else(|| "unknown".into())));
    rows
}

/// The bytes as numbers and, where they have one, as characters.
fn raw(body: &[u8]) -> Vec<Row> {
    let shown = &body[..body.len().min(MOST_BYTES)];
    let mut rows: Vec<Row> = shown.chunks(BYTES_IN_LINE).enumerate().map(raw_line).collect();
    if shown.len() < body.len() {
        let more = format!("and {} bytes more", count((body.len() - shown.len()) as u64));
        rows.push(Row::plain(vec![(Role::Dim, more)]));
    }
    rows
}

fn raw_line((index, bytes): (usize, &[u8])) -> Row {
    let mut numbers = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        let gap = if at == BYTES_IN_LINE / 2 { " " } else { "" };
        // Writing to memory does not fail.
        let _ = write!(numbers, "{gap}{byte:02x} ");
    }
    let character = |&byte: &u8| {
        let printable = byte.is_ascii_graphic() || byte == b' ';
        if printable { char::from(byte) } else { '·' }
    };
    let text: String = bytes.iter().map(character).collect();
    let pieces: Vec<Piece> = vec![
        (Role::Dim, format!("{:06x}  ", index * BYTES_IN_LINE)),
        (Role::Number, format!("{numbers:<width$} ", width = BYTES_IN_LINE * 3 + 1)),
        (Role::String, text),
    ];
    Row::plain(pieces)
}

/// What the filter and the rules say of a message.
fn why(message: &Message, context: &Context<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    match context.filter {
        None => rows.push(field("filter", Role::Dim, "none: every message is shown")),
        Some((text, filter)) => {
            rows.push(field("filter", Role::Text, text));
            for verdict in filter.explain(message) {
                let (role, sign) =
                    if verdict.holds { (Role::Good, '✓') } else { (Role::Bad, 'x') };
                let mut pieces =
                    vec![(role, format!("         {sign} ")), (Role::Text, verdict.clause)];
                if !verdict.found.is_empty() {
                    pieces.push((Role::Dim, format!("   has {}", verdict.found.join(", "))));
                }
                rows.push(Row::plain(pieces));
            }
        }
    }
    match rule(message, context) {
        Some((file, line)) => {
            rows.push(field("rule", Role::Text, format!("{file}:{line} describes it")));
        }
        None => rows.push(field("rule", Role::Dim, "none fits this topic")),
    }
    let rules = context.meta.map(|meta| {
        let subject = Subject::with_topic(message.value().unwrap_or(&Value::Null), message.topic());
        meta.rules().show(subject.words())
    });
    for shown in rules.unwrap_or_default().into_iter().take(1) {
        for (name, expression) in shown.expressions {
            let lines = expression.lines().map(str::trim).collect::<Vec<_>>().join(" ");
            rows.push(field(&name, Role::Dim, lines));
        }
    }
    rows
}

fn rule(message: &Message, context: &Context<'_>) -> Option<(String, usize)> {
    let body = message.value().unwrap_or(&Value::Null);
    context.meta?.rule(&Subject::with_topic(body, message.topic()))
}
