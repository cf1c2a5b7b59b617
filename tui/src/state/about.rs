//! What is known about messages: found out when one is shown, and kept for a while.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fedhub::canonical::{Int, Value};
use fedhub::colorizer::{self, Piece};
use fedhub::crypto::{Verdict, Verifier};
use fedhub::filter::Filter;
use fedhub::meta::{Facts, Meta, Name, Subject, Wanted};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lru::LruCache;

use crate::feed::Entry;

/// For how many messages this is kept.
const KEPT: NonZeroUsize = NonZeroUsize::new(4096).expect("4096 is not zero");
/// How many bytes of texts and names that may be, about.
const KEPT_BYTES: usize = 16 * 1024 * 1024;
/// How many characters of a summary are shown in a line.
const LONGEST: usize = 512;
/// How long one frame may find things out. What is left has its turn in the next frame.
const BUDGET: Duration = Duration::from_millis(12);

/// What it takes to judge and describe messages.
pub struct Tools {
    /// The rules.
    pub meta: Arc<Meta>,
    /// Judges signatures, if that is wanted.
    pub verifier: Option<Verifier>,
}

/// What is known about one message.
#[derive(Debug, Clone)]
pub struct About {
    /// When it was written, in unix seconds, as it says.
    pub written: Option<f64>,
    /// What the rules say.
    pub facts: Facts,
    /// The summary as a line, with what its words are.
    pub line: Vec<Piece>,
    /// Whether its signature is valid, if that was asked.
    pub verdict: Option<Verdict>,
    /// Whether it is a JSON object.
    pub whole: bool,
}

/// What is known about messages, by position.
pub struct Abouts {
    tools: Option<Tools>,
    known: LruCache<i64, Arc<About>>,
    /// About how many bytes these have.
    bytes: usize,
    /// When this frame's time is up.
    deadline: Instant,
    /// Whether something was put off to the next frame.
    behind: bool,
}

impl std::fmt::Debug for Abouts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Abouts").field("known", &self.known.len()).finish_non_exhaustive()
    }
}

impl Default for Abouts {
    fn default() -> Self {
        let known = LruCache::new(KEPT);
        Self { tools: None, known, bytes: 0, deadline: Instant::now(), behind: false }
    }
}

impl Abouts {
    pub(super) fn equip(&mut self, tools: Tools) {
        self.tools = Some(tools);
        self.known.clear();
        self.bytes = 0;
    }

    /// The rules, once they are there.
    pub fn meta(&self) -> Option<&Arc<Meta>> {
        self.tools.as_ref().map(|tools| &tools.meta)
    }

    /// Whether signatures are judged.
    pub fn judges(&self) -> bool {
        self.tools.as_ref().is_some_and(|tools| tools.verifier.is_some())
    }

    /// Judges the signature of a message, if that is wanted.
    pub(super) fn judge(&mut self, entry: &Entry) -> Option<Verdict> {
        let verifier = self.tools.as_mut()?.verifier.as_mut()?;
        Some(verifier.verify(&entry.opened(), entry.received / 1_000_000))
    }

    /// Begins a frame, which has some time to find things out.
    pub fn begin(&mut self) {
        self.deadline = Instant::now() + BUDGET;
        self.behind = false;
    }

    /// Whether something was put off, so that another frame is needed.
    pub fn behind(&self) -> bool {
        self.behind
    }

    /// What is known about a message; nothing if this frame has no time left for it.
    pub fn get(&mut self, position: i64, entry: &Entry) -> Option<Arc<About>> {
        if let Some(known) = self.known.get(&position) {
            return Some(Arc::clone(known));
        }
        let tools = self.tools.as_mut()?;
        if Instant::now() >= self.deadline {
            self.behind = true;
            return None;
        }
        let about = Arc::new(About::find(entry, tools));
        self.keep(position, Arc::clone(&about));
        Some(about)
    }

    /// About how many messages something is known.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nothing is known about any.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Keeps what is known about a message, in place of what was not asked for longest.
    fn keep(&mut self, position: i64, about: Arc<About>) {
        self.bytes += about.size();
        if let Some((_, replaced)) = self.known.push(position, about) {
            self.bytes -= replaced.size();
        }
        while self.bytes > KEPT_BYTES && self.known.len() > 1 {
            let Some((_, oldest)) = self.known.pop_lru() else { break };
            self.bytes -= oldest.size();
        }
    }
}

impl About {
    /// About how many bytes it takes.
    fn size(&self) -> usize {
        let Facts { title, summary, link, users, packages, objects, .. } = &self.facts;
        let names = [users, packages, objects].into_iter().flatten();
        let names: usize = names.map(|name| size_of::<Name>() + name.to_string().len()).sum();
        let link = link.as_ref().map_or(0, String::len);
        let line: usize = self.line.iter().map(|one| size_of::<Piece>() + one.text.len()).sum();
        size_of::<Self>() + title.len() + summary.len() + link + names + line
    }

    /// Finds out what can be known.
    pub fn find(entry: &Entry, tools: &mut Tools) -> Self {
        let message = entry.opened();
        let body = message.value().unwrap_or(&Value::Null);
        let subject = Subject::with_topic(body, message.topic());
        let facts = tools.meta.facts(&subject, Wanted::All);
        let mut line = colorizer::summary(&facts);
        colorizer::cut(&mut line, LONGEST);
        let now = entry.received / 1_000_000;
        let verdict = tools.verifier.as_mut().map(|verifier| verifier.verify(&message, now));
        let written = match body.at("timestamp") {
            Some(Value::Int(Int::Small(seconds))) => Some(*seconds as f64),
            Some(Value::Float(seconds)) => Some(*seconds),
            _ => None,
        };
        Self { written, facts, line, verdict, whole: message.envelope().is_some() }
    }
}

/// The words of a topic after prefix and environment, or all of one that has no more.
pub fn short_topic(topic: &str) -> &str {
    let mut dots = topic.match_indices('.').map(|(at, _)| at + 1);
    dots.nth(2).map_or(topic, |at| &topic[at..])
}

/// Whether a filter lets a message through; its topic is asked first.
pub fn wants(filter: &Filter, entry: &Entry) -> bool {
    let topic = filter.admits_topic(entry.message.topic());
    topic && (filter.is_about_topics() || filter.decide(&entry.opened()).matches)
}

/// A moment as a time of day.
pub fn clock(micros: i64, zone: &TimeZone) -> String {
    let time = Timestamp::from_microsecond(micros).unwrap_or_default();
    time.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use fedhub::message::Message;

    use super::*;

    #[test]
    fn what_is_kept_has_an_end_however_much_messages_say() {
        let mut abouts = Abouts::default();
        let meta = Arc::new(Meta::load(None, Default::default()).unwrap());
        abouts.equip(Tools { meta, verifier: None });
        let message = Message::new("a.b.c.d", b"{}".as_slice());
        let entry = Entry { number: 0, message, received: 0, endpoint: None };
        for position in 0..8 {
            let mut about = About::find(&entry, abouts.tools.as_mut().unwrap());
            about.facts.users = (0..4000).map(|n| Name::Text(format!("{n:0>1000}"))).collect();
            abouts.keep(position, Arc::new(about));
        }
        assert!(abouts.known.len() < 8 && abouts.bytes <= KEPT_BYTES, "{}", abouts.bytes);
        assert!(abouts.known.contains(&7));
    }
}
