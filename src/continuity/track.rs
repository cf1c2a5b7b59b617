//! What is known of one source's stream, and what to do about it. No I/O and no clock: times and
//! answers come in, actions go out.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use super::recovery::{Recovery, Stream};
use super::seen::{Held, Seen};
use crate::bus::Source;
use crate::canonical::Value;
use crate::heartbeat::{Heartbeat, Position};
use crate::journal::{GapKey, GapReport, StreamPosition};
use crate::message::Message;
use crate::replay::{Page, SEQ_ID};

/// How long messages of a new connection wait for the first heartbeat.
const FIRST_HEARTBEAT: Duration = Duration::from_secs(2);
/// How often the position of a stream without heartbeats is written down.
const NOTE_POSITION: Duration = Duration::from_secs(1);
/// Who skips more numbers than that has begun to count anew.
const MAX_SKIP: i64 = 1_000_000;

/// The epoch of a stream whose messages carry their numbers: its publisher names none.
const SEQ_ID_EPOCH: &str = SEQ_ID;

/// Why the rest of a gap is not to be had.
const OTHER_JOURNAL: &str = "the publisher has another journal now";

/// What is to be done, in this order.
#[derive(Debug)]
pub(super) enum Action {
    Deliver(Message),
    Fetch(Request),
    Position(StreamPosition),
    Gap(GapReport),
}

/// Asks for the messages after `after` and up to `up_to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) number: u64,
    pub(super) endpoint: String,
    pub(super) after: i64,
    pub(super) up_to: i64,
}

/// What an earlier life wrote down of a stream.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) position: StreamPosition,
    /// The gap that begins there, if there is one.
    pub(super) gap: Option<GapReport>,
}

/// How the source lets us see what is missing.
#[derive(Debug)]
enum Rule {
    /// Not known yet; perhaps not at all.
    Unknown,
    /// By heartbeats that count; the last one.
    Heartbeats(Known),
    /// By the numbers in its messages; the last one.
    SeqIds(Option<i64>),
}

/// A heartbeat, and how many messages came since.
#[derive(Debug)]
struct Known {
    heartbeat: Heartbeat,
    received: u64,
}

/// One source.
pub(super) struct Track {
    source: Source,
    replay: BTreeMap<String, String>,
    rule: Rule,
    /// How far a stream of messages with numbers was followed in an earlier life.
    stored_seq_id: Option<i64>,
    /// The gap an earlier life left open.
    earlier: Option<GapReport>,
    /// Up to here all is delivered that can be had.
    verified: Option<Position>,
    /// Messages since the last connection was made.
    since_up: u64,
    /// Until when messages wait for the first heartbeat.
    awaiting: Option<Instant>,
    held: Held,
    seen: Seen,
    recovery: Option<Recovery>,
    requests: u64,
    noted: Option<(Instant, StreamPosition)>,
    pub(super) actions: VecDeque<Action>,
}

impl Track {
    /// `replay` are the replay endpoints that may be of this source, by its name or by its stream's.
    pub(super) fn new(source: Source, replay: BTreeMap<String, String>) -> Self {
        Self {
            source,
            replay,
            rule: Rule::Unknown,
            stored_seq_id: None,
            earlier: None,
            verified: None,
            since_up: 0,
            awaiting: None,
            held: Held::default(),
            seen: Seen::default(),
            recovery: None,
            requests: 0,
            noted: None,
            actions: VecDeque::new(),
        }
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Whether anything of this source can be fetched at all.
    pub(super) fn is_fetchable(&self) -> bool {
        !self.replay.is_empty()
    }

    /// Whether a request is under way.
    pub(super) fn is_fetching(&self) -> bool {
        self.recovery.as_ref().is_some_and(|recovery| recovery.asked.is_some())
    }

    /// Tells of a message that was delivered in an earlier life.
    pub(super) fn remember(&mut self, message: &Message) {
        self.seen.insert(self.seen.digest(message));
        if let Some(seq) = seq_id(message) {
            self.seen.insert(seq.cast_unsigned());
        }
    }

    /// Tells how far a stream without heartbeats was followed in an earlier life.
    pub(super) fn resume_seq_ids(&mut self, stored: Stored) {
        if stored.position.epoch == SEQ_ID_EPOCH {
            self.stored_seq_id = Some(stored.position.seq);
            self.earlier = stored.gap;
        }
    }

    /// Whether nothing is known of the stream, so that [`Track::heartbeat`] wants what was stored.
    pub(super) fn is_new(&self, stream: &str) -> bool {
        !matches!(&self.rule, Rule::Heartbeats(known) if known.heartbeat.stream == stream)
    }

    /// A connection was made.
    pub(super) fn up(&mut self, now: Instant) {
        self.since_up = 0;
        // Only what can be fetched is worth waiting for.
        if self.is_fetchable() && !matches!(self.rule, Rule::SeqIds(_)) {
            self.awaiting = Some(now + FIRST_HEARTBEAT);
        }
    }

    /// Something came that is not a message; the publisher counted it all the same.
    pub(super) fn malformed(&mut self) {
        self.since_up = self.since_up.saturating_add(1);
        if let Rule::Heartbeats(known) = &mut self.rule {
            known.received = known.received.saturating_add(1);
        }
    }

    /// A message came that is not a heartbeat.
    pub(super) fn message(&mut self, message: Message) {
        self.malformed();
        if !self.is_holding() {
            self.pass(message, false);
            return;
        }
        self.held.push(message);
        if self.held.is_full() {
            tracing::warn!("too much waits for what is missing from {}", self.source.endpoint);
            self.awaiting = None;
            self.stop_holding();
        }
    }

    /// A heartbeat came. `stored` is what an earlier life wrote down of its stream.
    pub(super) fn heartbeat(&mut self, heartbeat: Heartbeat, stored: Option<Stored>) {
        self.awaiting = None;
        if self.is_new(&heartbeat.stream) {
            self.give_up("another stream has taken its place");
            self.rule = Rule::Unknown;
            self.verified = stored.as_ref().map(|Stored { position, .. }| Position {
                epoch: position.epoch.clone(),
                seq: position.seq,
            });
            self.earlier = stored.and_then(|stored| stored.gap).filter(|gap| !gap.closed);
        }
        let epoch = heartbeat.journal.as_ref().map(|journal| journal.epoch.as_str());
        if self.recovery.as_ref().is_some_and(|recovery| Some(&*recovery.stream.epoch) != epoch) {
            self.give_up(OTHER_JOURNAL);
        }
        if let (Some(recovery), Some(journal)) = (&mut self.recovery, &heartbeat.journal) {
            recovery.end_at(journal.seq);
        }
        if let Some(mut gap) = self.earlier.take_if(|gap| Some(&*gap.key.epoch) != epoch) {
            gap.lost = gap.missed.saturating_sub(gap.recovered);
            (gap.closed, gap.note) = (true, Some(OTHER_JOURNAL.into()));
            self.actions.push_back(Action::Gap(gap));
        }
        let before = match &self.rule {
            Rule::Heartbeats(known) => Some(known),
            Rule::Unknown | Rule::SeqIds(_) => None,
        };
        match missing(before, self.verified.as_ref(), &heartbeat, self.since_up) {
            Missing::Nothing => {}
            Missing::Numbers { epoch, after, to, count } => {
                let name = heartbeat.stream.clone();
                if self.verified.as_ref().is_none_or(|verified| verified.epoch != epoch) {
                    self.reached(&name, Position { epoch: epoch.clone(), seq: after });
                }
                let stream = Stream { endpoint: self.source.endpoint.clone(), name, epoch };
                self.recover(stream, after, to, count);
            }
            Missing::Forgotten { first, count } => self.forgotten(&heartbeat, first, count),
        }
        self.rule = Rule::Heartbeats(Known { heartbeat, received: 0 });
        self.settle();
    }

    /// A page came.
    pub(super) fn fetched(&mut self, number: u64, page: Page, now: Instant) {
        let Some(recovery) = self.recovery.as_mut().filter(|r| r.asked == Some(number)) else {
            return;
        };
        let numbers = matches!(self.rule, Rule::SeqIds(_));
        let expected = (!numbers).then_some(recovery.stream.epoch.as_str());
        if page.epoch.as_deref() != expected {
            return self.failed(number, "another journal than that of the stream answers", now);
        }
        recovery.fetched(page.messages.len(), page.through);
        for (seq, message) in page.messages {
            let key = if numbers { seq.cast_unsigned() } else { self.seen.digest(&message) };
            if !self.seen.contains(key) {
                self.seen.insert(key);
                recovery.recovered += 1;
                self.actions.push_back(Action::Deliver(message));
            }
        }
        self.ask();
        self.settle();
    }

    /// A request failed. It is made again later; meanwhile the rest goes on.
    pub(super) fn failed(&mut self, number: u64, why: &str, now: Instant) {
        let Some(recovery) = self.recovery.as_mut().filter(|r| r.asked == Some(number)) else {
            return;
        };
        recovery.failed(now);
        self.stop_holding();
        if let Some(recovery) = &mut self.recovery {
            self.actions.push_back(Action::Gap(recovery.open(why)));
        }
    }

    /// Time has passed.
    pub(super) fn tick(&mut self, now: Instant) {
        if self.awaiting.is_some_and(|until| until <= now) {
            self.awaiting = None;
            self.settle();
        }
        if let Some(recovery) = &mut self.recovery
            && recovery.retry.is_some_and(|at| at <= now)
        {
            recovery.retry = None;
            self.ask();
        }
        if let (Rule::SeqIds(Some(seq)), None) = (&self.rule, &self.recovery) {
            let position = self.position(&self.source.name, SEQ_ID_EPOCH, *seq);
            let due = self.noted.as_ref().is_none_or(|(at, noted)| {
                *noted != position && now.saturating_duration_since(*at) >= NOTE_POSITION
            });
            if due {
                self.noted = Some((now, position.clone()));
                self.actions.push_back(Action::Position(position));
            }
        }
    }

    fn is_holding(&self) -> bool {
        self.awaiting.is_some() || self.recovery.as_ref().is_some_and(|recovery| recovery.holds)
    }

    /// Where a stream is asked for what is missing.
    fn replay_endpoint(&self, stream: &str) -> Option<&String> {
        self.replay.get(stream).or_else(|| self.replay.get(&self.source.name))
    }

    /// Fetches what has numbers after `after`, if that is possible.
    fn recover(&mut self, stream: Stream, after: i64, to: i64, count: Option<u64>) {
        let fetchable = self.replay_endpoint(&stream.name).is_some();
        match &mut self.recovery {
            Some(recovery) => recovery.extend(to, count),
            None => {
                let mut recovery = Recovery::new(stream, after, to, count);
                if let Some(earlier) = self.earlier.take() {
                    recovery.resume(&earlier);
                }
                self.recovery = Some(recovery);
            }
        }
        if fetchable {
            self.ask();
        } else {
            self.give_up("replay_endpoints does not say whom to ask");
        }
    }

    /// Says that something is lost which nobody has numbered.
    fn forgotten(&mut self, heartbeat: &Heartbeat, first: u64, count: u64) {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let key = GapKey {
            endpoint: self.source.endpoint.clone(),
            stream: heartbeat.stream.clone(),
            epoch: heartbeat.instance.clone(),
            first: number(first),
        };
        self.actions.push_back(Action::Gap(GapReport {
            key,
            last: number(heartbeat.published),
            numbered: false,
            missed: count,
            recovered: 0,
            lost: count,
            closed: true,
            note: Some("the publisher has not kept them".into()),
        }));
    }

    /// Asks for the next page, if there is one to ask for and it is time.
    fn ask(&mut self) {
        let Some(recovery) = &self.recovery else { return };
        if recovery.asked.is_some() || recovery.retry.is_some() || recovery.is_done() {
            return;
        }
        let Some(endpoint) = self.replay_endpoint(&recovery.stream.name).cloned() else { return };
        let (after, up_to) = (recovery.next, recovery.to);
        self.requests += 1;
        let number = self.requests;
        if let Some(recovery) = &mut self.recovery {
            recovery.asked = Some(number);
        }
        self.actions.push_back(Action::Fetch(Request { number, endpoint, after, up_to }));
    }

    /// Ends a recovery that has all there is, lets go what waits, and notes how far all is here.
    fn settle(&mut self) {
        if self.awaiting.is_none()
            && let Some(mut recovery) = self.recovery.take_if(|recovery| recovery.is_done())
        {
            // What was both held and fetched had come by itself.
            let twice = self.release();
            recovery.recovered = recovery.recovered.saturating_sub(twice);
            self.actions.extend(recovery.close().map(Action::Gap));
        }
        self.let_go();
        if self.recovery.is_none()
            && self.awaiting.is_none()
            && let Rule::Heartbeats(Known { heartbeat, .. }) = &self.rule
            && self.verified != heartbeat.journal
        {
            let stream = heartbeat.stream.clone();
            match heartbeat.journal.clone() {
                // What came before this will not be fetched again.
                Some(position) => {
                    self.reached(&stream, position);
                    self.seen.age();
                }
                None => self.verified = None,
            }
        }
    }

    /// Up to here all of a stream was delivered, as far as it can be had.
    fn reached(&mut self, stream: &str, position: Position) {
        let noted = self.position(stream, &position.epoch, position.seq);
        self.actions.push_back(Action::Position(noted));
        self.verified = Some(position);
    }

    /// Lets go what waits though something before it is missing.
    fn stop_holding(&mut self) {
        if let Some(recovery) = &mut self.recovery {
            recovery.holds = false;
        }
        self.let_go();
    }

    /// Lets go what need not wait, while something before it may still be missing.
    fn let_go(&mut self) {
        let twice = self.release();
        if let Some(recovery) = &mut self.recovery {
            recovery.recovered = recovery.recovered.saturating_sub(twice);
        }
    }

    fn give_up(&mut self, why: &str) {
        if let Some(recovery) = self.recovery.take() {
            self.actions.push_back(Action::Gap(recovery.give_up(why)));
        }
    }

    /// Lets go what waits, as far as nothing is to be waited for; says how many messages had been
    /// delivered already.
    fn release(&mut self) -> u64 {
        let mut twice = 0;
        while !self.is_holding()
            && let Some(message) = self.held.pop()
        {
            twice += u64::from(!self.pass(message, true));
        }
        twice
    }

    /// Delivers a message unless it was delivered before or something is missing before it. Says
    /// whether it was new.
    fn pass(&mut self, message: Message, held: bool) -> bool {
        if matches!(self.rule, Rule::Unknown)
            && self.replay.contains_key(&self.source.name)
            && seq_id(&message).is_some()
        {
            self.rule = Rule::SeqIds(self.stored_seq_id);
        }
        if let Rule::SeqIds(last) = self.rule
            && let Some(seq) = seq_id(&message)
        {
            return self.pass_numbered(message, last, seq);
        }
        if self.is_fetchable() {
            let key = self.seen.digest(&message);
            // Live ones are not compared: what a publisher sends twice is not ours to judge.
            if held && self.seen.contains(key) {
                return false;
            }
            self.seen.insert(key);
        }
        self.actions.push_back(Action::Deliver(message));
        true
    }

    fn pass_numbered(&mut self, message: Message, last: Option<i64>, seq: i64) -> bool {
        let key = seq.cast_unsigned();
        // An old one that nobody delivered is new: the publisher counts anew.
        let last = last.unwrap_or(seq.saturating_sub(1));
        if seq <= last && self.seen.contains(key) {
            return false;
        }
        let skipped = seq.saturating_sub(last).saturating_sub(1);
        if skipped > MAX_SKIP {
            let endpoint = &self.source.endpoint;
            tracing::warn!("{endpoint} skips {skipped} numbers; it seems to count anew");
        } else if skipped > 0 {
            let first = self.recovery.is_none();
            let stream = Stream {
                endpoint: self.source.endpoint.clone(),
                name: self.source.name.clone(),
                epoch: SEQ_ID_EPOCH.into(),
            };
            if first {
                // So that another life begins where the gap does.
                let position = self.position(&stream.name, &stream.epoch, last);
                self.actions.push_back(Action::Position(position));
            }
            self.recover(stream, last, seq - 1, Some(skipped.unsigned_abs()));
            if first && self.is_holding() {
                self.rule = Rule::SeqIds(Some(seq - 1));
                self.held.put_back(message);
                return true;
            }
        }
        self.rule = Rule::SeqIds(Some(seq));
        self.seen.insert(key);
        self.actions.push_back(Action::Deliver(message));
        true
    }

    fn position(&self, stream: &str, epoch: &str, seq: i64) -> StreamPosition {
        let (endpoint, stream) = (self.source.endpoint.clone(), stream.to_owned());
        StreamPosition { endpoint, stream, epoch: epoch.to_owned(), seq }
    }
}

/// What is missing before a heartbeat.
enum Missing {
    Nothing,
    /// These numbers of the publisher's journal, after `after` and up to `to`. How many of them, if
    /// that can be told.
    Numbers {
        epoch: String,
        after: i64,
        to: i64,
        count: Option<u64>,
    },
    /// So many, which the publisher has not kept; the first one at the earliest in its life.
    Forgotten {
        first: u64,
        count: u64,
    },
}

/// Compares a heartbeat with what came.
fn missing(
    before: Option<&Known>,
    verified: Option<&Position>,
    heartbeat: &Heartbeat,
    since_up: u64,
) -> Missing {
    let same_life = before.filter(|known| known.heartbeat.instance == heartbeat.instance);
    // How many there should have been by their count. After a new start of the publisher: since that,
    // as far as a connection to it was there.
    let (from, received) = match same_life {
        Some(known) => (known.heartbeat.published, known.received),
        None => (0, since_up),
    };
    let counted = heartbeat.published.saturating_sub(from).saturating_sub(received);
    let forgotten = |count: u64| match count {
        0 => Missing::Nothing,
        count => Missing::Forgotten { first: from.saturating_add(1), count },
    };
    let Some(journal) = &heartbeat.journal else {
        // Without a past there is nothing to miss.
        return if before.is_some() { forgotten(counted) } else { Missing::Nothing };
    };
    if before.is_none() && verified.is_none() {
        return Missing::Nothing;
    }
    // Of another journal all is new.
    let followed = verified.filter(|verified| verified.epoch == journal.epoch);
    let after = followed.map_or(0, |verified| verified.seq);
    let numbers = u64::try_from(journal.seq.saturating_sub(after)).unwrap_or(0);
    let count = match (same_life, before) {
        (Some(_), _) => Some(counted),
        (None, Some(known)) => {
            let then = known.heartbeat.journal.as_ref();
            let then = then.filter(|then| then.epoch == journal.epoch);
            let since = then.map(|then| journal.seq.saturating_sub(then.seq));
            since.map(|since| u64::try_from(since).unwrap_or(0).saturating_sub(known.received))
        }
        (None, None) => None,
    };
    match numbers {
        // Publishing while its journal fails, it numbers nothing.
        0 => {
            if same_life.is_some() {
                forgotten(counted)
            } else {
                Missing::Nothing
            }
        }
        // Only within one life does the count alone say that all came.
        _ if same_life.is_some() && counted == 0 => Missing::Nothing,
        _ => Missing::Numbers { epoch: journal.epoch.clone(), after, to: journal.seq, count },
    }
}

/// The number a Python publisher with a store puts into its messages.
fn seq_id(message: &Message) -> Option<i64> {
    // Most messages have none, and need not be parsed to see that.
    memchr::memmem::find(message.body(), b"\"seq_id\"")?;
    message.envelope()?.get(SEQ_ID).and_then(Value::as_i64)
}
