//! From the bus into the journal: receives, finds out what is missing, judges each message once, and
//! writes it down.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use fedhub::Result;
use fedhub::bus::{Event, Feed, FeedNext, What};
use fedhub::crypto::Verifier;
use fedhub::heartbeat::Heartbeat;
use fedhub::journal::{Entry, Full, Journal, UNCHECKED, now};
use fedhub::message::Message;

use super::consumer::Ending;
use super::silence::{Hearing, Silence};
use super::state::{IntakeStatus, Trouble};

/// How long one look at the bus may take.
const PATIENCE: Duration = Duration::from_millis(100);
/// The pause while the journal's queue is half full.
const FULL: Duration = Duration::from_millis(5);

/// Judges messages and writes them down.
pub(super) struct Writer {
    pub(super) verifier: Option<Verifier>,
    pub(super) journal: Arc<Journal>,
    pub(super) status: Arc<IntakeStatus>,
    pub(super) ending: Ending,
}

impl Writer {
    /// Whether a message may be believed, and under which verdict it is kept.
    pub(super) fn judge(&mut self, message: &Message) -> (bool, &'static str) {
        match &mut self.verifier {
            None => (true, UNCHECKED),
            Some(verifier) => {
                let verdict = verifier.verify(message, now() / 1_000_000);
                (verdict.valid(), verdict.reason.name())
            }
        }
    }

    /// What a message says as a heartbeat, if it is one and may be believed. It is not written down.
    fn heartbeat(&mut self, message: &Message) -> Option<Heartbeat> {
        let heartbeat = Heartbeat::is_on(message.topic()).then(|| Heartbeat::read(message))??;
        let (believed, verdict) = self.judge(message);
        self.status.heartbeat(believed, verdict);
        believed.then_some(heartbeat)
    }

    /// Judges a message and hands it to the journal.
    pub(super) fn write(&mut self, message: Message, endpoint: Option<Arc<str>>) {
        let (believed, verdict) = self.judge(&message);
        self.status.judged(believed, verdict);
        self.keep(Entry { message, received: now(), endpoint, verdict });
    }

    fn keep(&self, entry: Entry) {
        if let Err(Full) = self.journal.submit(entry) {
            self.status.judged(false, "journal-full");
        }
    }

    /// Waits for the journal to take more, a little; says whether it does. Meanwhile messages wait in
    /// ZeroMQ, and then at their publishers.
    fn has_room(&self) -> bool {
        let room = self.journal.has_room();
        if !room {
            self.status.waits.fetch_add(1, Relaxed);
            self.ending.pause(FULL);
        }
        room
    }
}

/// Receives until the end is asked for.
pub(super) struct Intake {
    pub(super) feed: Feed,
    pub(super) writer: Writer,
    pub(super) silence: Vec<Silence>,
    pub(super) endpoints: Vec<Arc<str>>,
}

impl Intake {
    /// `alive` is called at least every second.
    pub(super) fn run(mut self, alive: impl Fn(u64)) -> Result<()> {
        let mut received = 0;
        loop {
            if !self.writer.has_room() {
                alive(received);
                continue;
            }
            match self.feed.next(PATIENCE)? {
                FeedNext::Events(events) => {
                    for event in events {
                        received += 1;
                        self.take(event);
                    }
                }
                FeedNext::Nothing => {}
                FeedNext::End => return Ok(()),
            }
            self.writer.status.report();
            self.look_for_silence();
            alive(received);
        }
    }
}

impl Intake {
    fn take(&mut self, event: Event) {
        let Some(source) = self.writer.status.sources.get(event.source) else { return };
        let Some(silence) = self.silence.get_mut(event.source) else { return };
        let now = Instant::now();
        match event.what {
            What::Up => {
                source.up.store(true, Relaxed);
                silence.connection(true, now);
            }
            What::Down => {
                source.up.store(false, Relaxed);
                silence.connection(false, now);
            }
            What::Malformed(why) => {
                silence.heard(false, now);
                self.writer.status.malformed(why.name());
            }
            What::Message(message) => {
                let heartbeat = self.writer.heartbeat(&message);
                let silence = self.silence.get_mut(event.source);
                if let Some(silence) = silence {
                    silence.heard(heartbeat.is_some(), now);
                }
                if heartbeat.is_none() {
                    let endpoint = self.endpoints.get(event.source).cloned();
                    self.writer.write(message, endpoint);
                }
            }
        }
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
