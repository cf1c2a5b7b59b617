//! From the bus into the journal: receives, finds out what is missing, judges each message once, and
//! writes it down.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fedhub::bus::{Event, Feed, FeedNext, What};
use fedhub::continuity::{Continuity, Output};
use fedhub::crypto::Verifier;
use fedhub::heartbeat::Heartbeat;
use fedhub::journal::{Change, Entry, Full, Journal, UNCHECKED, now};
use fedhub::message::Message;
use fedhub::{Error, Kind, Result};

use super::catch_up::Portion;
use super::consumer::Ending;
use super::silence::{Hearing, Silence};
use super::state::{IntakeStatus, Trouble};

/// How long one look at the bus may take.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long the end waits for the journal.
const LAST: Duration = Duration::from_secs(2);
/// The pause while the journal's queue is half full.
const FULL: Duration = Duration::from_millis(5);

/// Judges messages and writes them down.
pub(super) struct Writer {
    pub(super) verifier: Option<Mutex<Verifier>>,
    pub(super) journal: Arc<Journal>,
    pub(super) status: Arc<IntakeStatus>,
}

impl Writer {
    /// Whether a message may be believed, and under which verdict it is kept.
    fn judge(&self, message: &Message) -> (bool, &'static str) {
        match &self.verifier {
            None => (true, UNCHECKED),
            Some(verifier) => {
                let mut verifier = verifier.lock().unwrap_or_else(PoisonError::into_inner);
                let verdict = verifier.verify(message, now() / 1_000_000);
                (verdict.valid(), verdict.reason.name())
            }
        }
    }

    /// What a message says as a heartbeat, if it is one. It is not written down.
    fn heartbeat(&self, message: &Message) -> Result<Option<Heartbeat>, Forged> {
        if !Heartbeat::is_on(message.topic()) {
            return Ok(None);
        }
        let Some(heartbeat) = Heartbeat::read(message) else { return Ok(None) };
        let (believed, verdict) = self.judge(message);
        self.status.heartbeat(believed, verdict);
        if believed { Ok(Some(heartbeat)) } else { Err(Forged) }
    }

    /// Judges a message and hands it to the journal.
    fn write(&self, message: Message, endpoint: Option<Arc<str>>) {
        let (believed, verdict) = self.judge(&message);
        self.status.judged(believed, verdict);
        self.keep(Entry { message, received: now(), endpoint, verdict });
    }

    /// Judges and keeps what was caught up with, as fast as the journal takes it.
    pub(super) fn catch_up(&self, portion: Portion, ending: &Ending) {
        for message in portion.messages {
            while !self.has_room() {
                if ending.asked() {
                    return;
                }
            }
            self.write(message, None);
        }
        if let Some(position) = portion.position {
            self.note(Change::Stream(position));
        }
    }

    fn keep(&self, entry: Entry) {
        if let Err(Full) = self.journal.submit(entry) {
            self.status.judged(false, "journal-full");
        }
    }

    /// Writes something down beside the messages. What finds no room is said again by the next
    /// heartbeat, or asked again after the next start.
    fn note(&self, change: Change) {
        if let Err(Full) = self.journal.submit_change(change) {
            self.status.waits.fetch_add(1, Relaxed);
        }
    }

    /// Why the end does not wait any longer.
    fn unwritten(&self) -> Error {
        let why = self.journal.health().error.unwrap_or_else(|| "it takes too long".into());
        Error::new(Kind::TryAgain, format!("not everything that came is in the journal: {why}"))
            .hint("what a publisher has kept is fetched when the hub starts again")
    }

    /// Waits for the journal to take more, a little; says whether it does. Meanwhile messages wait in
    /// ZeroMQ, and then at their publishers.
    fn has_room(&self) -> bool {
        let room = self.journal.has_room();
        if !room {
            self.status.waits.fetch_add(1, Relaxed);
            std::thread::sleep(FULL);
        }
        room
    }
}

/// A heartbeat that is not believed.
struct Forged;

/// Receives until the end is asked for.
pub(super) struct Intake<'a> {
    pub(super) feed: Feed,
    pub(super) continuity: Continuity,
    pub(super) silence: Vec<Silence>,
    pub(super) endpoints: Vec<Arc<str>>,
    pub(super) writer: &'a Writer,
    pub(super) ending: &'a Ending,
}

impl Intake<'_> {
    /// `alive` is called at least every second.
    pub(super) fn run(mut self, alive: impl Fn(u64)) -> Result<()> {
        let mut received = 0;
        let stop = self.feed.stop();
        let mut ends = false;
        let mut stopping = None;
        loop {
            alive(received);
            if self.ending.asked() {
                // What was received until now still comes.
                stop.stop();
                stopping.get_or_insert_with(Instant::now);
            }
            if !self.write_down() {
                if stopping.is_some_and(|since| since.elapsed() > LAST) {
                    return Err(self.writer.unwritten());
                }
                // Nobody is silent while nobody listens.
                let now = Instant::now();
                self.silence.iter_mut().for_each(|silence| silence.heard(false, now));
                continue;
            }
            if ends {
                return Ok(());
            }
            match self.feed.next(self.continuity.patience(PATIENCE))? {
                FeedNext::Events(events) => {
                    for event in events {
                        received += 1;
                        self.take(event)?;
                    }
                }
                FeedNext::Nothing => {}
                FeedNext::End => ends = true,
            }
            self.continuity.tick();
            self.look_for_silence();
            self.writer.status.report();
        }
    }

    fn take(&mut self, event: Event) -> Result<()> {
        let Event { source, what } = event;
        let Some(silence) = self.silence.get_mut(source) else { return Ok(()) };
        let now = Instant::now();
        match what {
            What::Up => {
                silence.connection(true, now);
                self.writer.status.connection(source, true);
                self.continuity.up(source);
            }
            What::Down => {
                silence.connection(false, now);
                self.writer.status.connection(source, false);
            }
            What::Malformed(why) => {
                silence.heard(false, now);
                self.writer.status.malformed(why.name());
                self.continuity.malformed(source);
            }
            What::Message(message) => {
                let heartbeat = self.writer.heartbeat(&message);
                silence.heard(matches!(heartbeat, Ok(Some(_))), now);
                match heartbeat {
                    Ok(Some(heartbeat)) => self.continuity.heartbeat(source, heartbeat)?,
                    Ok(None) => self.continuity.message(source, message),
                    Err(Forged) => {}
                }
            }
        }
        Ok(())
    }

    /// Writes down what has come out, in its order, as far as the journal has room. Says whether that
    /// is all, and there is room for more.
    fn write_down(&mut self) -> bool {
        while self.writer.has_room() {
            let Some(output) = self.continuity.take() else { return true };
            match output {
                Output::Message { source, message } => {
                    self.writer.write(message, self.endpoints.get(source).cloned());
                }
                Output::Position(position) => self.writer.note(Change::Stream(position)),
                Output::Gap(report) => self.writer.note(Change::Gap(report)),
            }
        }
        false
    }

    /// Acts on silence.
    fn look_for_silence(&mut self) {
        let now = Instant::now();
        for (index, silence) in self.silence.iter_mut().enumerate() {
            let Some(source) = self.writer.status.sources.get(index) else { continue };
            match silence.look(now) {
                Hearing::Well => source.set_trouble(None),
                Hearing::Reconnect => {
                    let endpoint = &source.endpoint;
                    tracing::warn!("{endpoint} is connected but silent; connecting anew");
                    self.feed.reconnect(index);
                }
                Hearing::Silent => source.set_trouble(Some(Trouble::Silent)),
                Hearing::Deaf => source.set_trouble(Some(Trouble::Deaf)),
            }
        }
    }
}
