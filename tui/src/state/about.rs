//! What is known about messages: found out when one is shown, and kept for a while.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fedhub::canonical::{Int, Value};
use fedhub::crypto::{Verdict, Verifier};
use fedhub::filter::{Filter, category};
use fedhub::meta::{Facts, Meta, Subject, Wanted};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lru::LruCache;

use crate::feed::Entry;

/// For how many messages this is kept.
const KEPT: NonZeroUsize = NonZeroUsize::new(4096).expect("4096 is not zero");
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
    /// Whether its signature is valid, if that was asked.
    pub verdict: Option<Verdict>,
    /// Whether it is a JSON object.
    pub whole: bool,
}

/// What is known about messages, by position.
pub struct Abouts {
    tools: Option<Tools>,
    known: LruCache<i64, Arc<About>>,
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
        Self { tools: None, known, deadline: Instant::now(), behind: false }
    }
}

impl Abouts {
    pub(super) fn equip(&mut self, tools: Tools) {
        self.tools = Some(tools);
        self.known.clear();
    }

    /// The rules, once they are there.
    pub fn meta(&self) -> Option<&Arc<Meta>> {
        self.tools.as_ref().map(|tools| &tools.meta)
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
        self.known.put(position, Arc::clone(&about));
        Some(about)
    }
}

impl About {
    /// Finds out what can be known.
    pub fn find(entry: &Entry, tools: &mut Tools) -> Self {
        let message = entry.opened();
        let body = message.value().unwrap_or(&Value::Null);
        let subject = Subject::with_topic(body, message.topic());
        let facts = tools.meta.facts(&subject, Wanted::All);
        let now = entry.received / 1_000_000;
        let verdict = tools.verifier.as_mut().map(|verifier| verifier.verify(&message, now));
        let written = match body.at("timestamp") {
            Some(Value::Int(Int::Small(seconds))) => Some(*seconds as f64),
            Some(Value::Float(seconds)) => Some(*seconds),
            _ => None,
        };
        Self { written, facts, verdict, whole: message.envelope().is_some() }
    }
}

/// The words of a topic after prefix and environment, or all of one that has no more.
pub fn short_topic(topic: &str) -> &str {
    let mut dots = topic.match_indices('.').map(|(at, _)| at + 1);
    dots.nth(2).map_or(topic, |at| &topic[at..])
}

/// A number for the family of a topic; always the same for the same family.
pub fn family(topic: &str) -> u8 {
    let sum: u32 = category(topic).bytes().map(u32::from).sum();
    (sum % u32::from(crate::theme::FAMILIES)) as u8
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
