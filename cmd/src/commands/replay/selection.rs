//! Which messages are sent again, and a summary of them.

use std::collections::HashSet;
use std::io::{Write, stdout};
use std::str::FromStr;

use fedhub::filter::Filter;
use fedhub::journal::{Span, Wanted};
use fedhub::replay::Summary;
use fedhub::{Error, Kind, escape};
use serde_json::json;

use super::source::Found;
use crate::filter::FilterArgs;
use crate::when::{When, show};

/// How many topics people are shown.
const SHOWN: usize = 20;

/// What is sent again.
#[derive(Debug, clap::Args)]
pub(super) struct What {
    /// A msg_id, a number of the journal, or a range of them: FIRST..LAST.
    #[arg(value_name = "ID", conflicts_with_all = ["since", "until"])]
    ids: Vec<Name>,
    /// What arrived at this time or later: RFC 3339, unix seconds, or an age such as -1h.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<When>,
    /// What arrived before this time.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<When>,
    #[command(flatten)]
    pub(super) filter: FilterArgs,
}

/// What names messages.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    Seq(i64),
    Range(i64, i64),
    MsgId(String),
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(seq) = text.parse() {
            return Ok(Name::Seq(seq));
        }
        if let Some((first, last)) = text.split_once("..") {
            return match (first.parse(), last.parse()) {
                (Ok(first), Ok(last)) if first <= last => Ok(Name::Range(first, last)),
                _ => Err("write a range as FIRST..LAST, two numbers".into()),
            };
        }
        Ok(Name::MsgId(text.to_owned()))
    }
}

impl What {
    /// Whether nothing was chosen. All of a journal is not sent by accident.
    pub(super) fn is_empty(&self, filter: &Filter) -> bool {
        self.ids.is_empty() && self.since.is_none() && self.until.is_none() && filter.is_empty()
    }

    /// What is asked of the journal; the filter comes on top.
    pub(super) fn wanted(&self) -> Vec<Wanted> {
        if self.ids.is_empty() {
            let span = super::super::journal::span(self.since, self.until);
            return if span == Span::default() { vec![] } else { vec![Wanted::Arrived(span)] };
        }
        let (mut wanted, mut seqs, mut msg_ids) = (Vec::new(), Vec::new(), Vec::new());
        for id in &self.ids {
            match id {
                Name::Seq(seq) => seqs.push(*seq),
                Name::Range(first, last) => wanted.push(Wanted::Range(*first, *last)),
                Name::MsgId(id) => msg_ids.push(id.clone()),
            }
        }
        if !seqs.is_empty() {
            wanted.push(Wanted::Seqs(seqs));
        }
        if !msg_ids.is_empty() {
            wanted.push(Wanted::MsgIds(msg_ids));
        }
        wanted
    }

    /// The first message that was named and is not among those found.
    fn missing(&self, selected: &Selected) -> Option<String> {
        let mut ids = self.ids.iter();
        ids.find_map(|id| match id {
            Name::Seq(seq) => (!selected.seqs.contains(seq)).then(|| seq.to_string()),
            Name::MsgId(id) => (!selected.msg_ids.contains(id)).then(|| escape::text(id)),
            Name::Range(..) => None,
        })
    }

    fn names(&self, id: &Name) -> bool {
        self.ids.contains(id)
    }
}

/// One end of what is sent.
#[derive(Debug, Clone)]
struct End {
    seq: i64,
    time: Option<i64>,
    msg_id: Option<String>,
}

/// What would be sent.
#[derive(Debug, Default)]
pub(super) struct Selected {
    pub(super) of: Summary,
    /// The greatest number.
    pub(super) newest: i64,
    first: Option<End>,
    last: Option<End>,
    /// What was named and found.
    seqs: HashSet<i64>,
    msg_ids: HashSet<String>,
}

impl Selected {
    /// Counts a message that was found; `selected` says whether it is sent.
    pub(super) fn add(&mut self, what: &What, selected: bool, found: &Found) {
        let Found { seq, time, message } = found;
        let msg_id = if what.ids.is_empty() && !selected { None } else { message.msg_id() };
        if what.names(&Name::Seq(*seq)) {
            self.seqs.insert(*seq);
        }
        if let Some(id) = msg_id.filter(|id| what.names(&Name::MsgId((*id).to_owned()))) {
            self.msg_ids.insert(id.to_owned());
        }
        if !selected {
            return;
        }
        self.of.add(message);
        self.newest = self.newest.max(*seq);
        let end = End { seq: *seq, time: *time, msg_id: msg_id.map(str::to_owned) };
        self.first.get_or_insert_with(|| end.clone());
        self.last = Some(end);
    }

    /// It is an error if a message that was named is not there.
    pub(super) fn check(&self, what: &What) -> Result<(), Error> {
        match what.missing(self) {
            None => Ok(()),
            Some(id) => Err(Error::new(Kind::NoInput, format!("there is no message {id}"))
                .hint("fedhub journal ls shows what there is")),
        }
    }

    pub(super) fn print(&self, human: bool) -> std::io::Result<()> {
        let mut out = stdout().lock();
        let Summary { messages, bytes, topics, other_topics } = &self.of;
        let time = |end: &End| end.time.map(show);
        if !human {
            let end = |end: &End| json!({"seq": end.seq, "time": time(end), "msg_id": end.msg_id});
            let summary = json!({
                "messages": messages, "bytes": bytes,
                "first": self.first.as_ref().map(end), "last": self.last.as_ref().map(end),
                "topics": topics, "other_topics": other_topics,
            });
            return writeln!(out, "{summary}");
        }
        writeln!(out, "{messages} messages, {bytes} bytes")?;
        for (name, end) in [("first", &self.first), ("last", &self.last)] {
            let Some(end) = end else { continue };
            let id = escape::text(end.msg_id.as_deref().unwrap_or("-"));
            writeln!(out, "{name} {} {} {id}", end.seq, time(end).unwrap_or_default())?;
        }
        let (topics, others) = self.of.most_frequent(SHOWN);
        for (topic, count) in topics {
            writeln!(out, "{count:>8} {}", escape::text(topic))?;
        }
        match others {
            0 => Ok(()),
            others => writeln!(out, "{others:>8} with other topics"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_numbers_ranges_or_msg_ids() {
        for (text, id) in [
            ("17", Name::Seq(17)),
            ("3..5", Name::Range(3, 5)),
            ("2026-1b2c", Name::MsgId("2026-1b2c".into())),
        ] {
            assert_eq!(text.parse(), Ok(id));
        }
        for text in ["5..3", "1..", "..", "a..b"] {
            assert!(text.parse::<Name>().is_err(), "{text}");
        }
    }
}
