//! Knowing that nothing is missing: what publishers say they sent is compared with what came, and what
//! did not come is fetched from their journals.
//!
//! There are two ways to see that something is missing. A fedhub publisher counts, in the heartbeats
//! of its stream, all that it sent before. A Python publisher with a store numbers its messages in
//! their member `seq_id`, if `replay_endpoints` has its name.
//!
//! After a new connection, messages wait for the first heartbeat, and then until what is missing
//! before them is there, so all comes in the order of the stream. They do not wait for long, nor without
//! bound: when the fetch fails, they go on, and what is missing comes when it can. What was dropped
//! without a new connection shows only at the next heartbeat, and so comes after what had arrived.

mod fetcher;
#[cfg(test)]
mod model;
mod recovery;
mod seen;
mod track;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::Result;
use crate::bus::{Settings, Source};
use crate::config::Config;
use crate::heartbeat::Heartbeat;
use crate::journal::{GapKey, GapReport, Span, Store, StreamPosition};
use crate::message::Message;
use fetcher::Fetcher;
use track::{Action, Stored, Track};

/// How many of the journal's last messages are remembered as delivered.
const REMEMBERED: u64 = 20_000;
/// How soon answers are looked for while one is awaited.
const GLANCE: Duration = Duration::from_millis(5);

/// What comes out.
#[derive(Debug)]
pub enum Output {
    /// The next message.
    Message {
        /// Which of the sources it is from.
        source: usize,
        /// The message.
        message: Message,
    },
    /// Everything of a stream up to here has come out, as far as it can be had.
    Position(StreamPosition),
    /// How it stands with a gap.
    Gap(GapReport),
}

/// Watches over the streams of any number of sources, and fetches what is missing.
///
/// Whoever has a [`Feed`](crate::bus::Feed) hands over all that happens, and [`Continuity::tick`] at
/// least several times a second; [`Continuity::take`] gives what comes of it.
pub struct Continuity {
    tracks: Vec<Track>,
    fetcher: Fetcher,
    /// What earlier lives wrote down.
    store: Option<Store>,
    outputs: VecDeque<Output>,
}

impl Continuity {
    /// Begins to watch. With the journal in which positions are written down it goes on where the
    /// last life ended; without one it has no past.
    pub fn new(sources: &[Source], config: &Config, store: Option<Store>) -> Result<Self> {
        let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
        let track = |source: &Source| {
            // What has not the name of a source may be named for a stream.
            let replay: BTreeMap<String, String> = config
                .replay_endpoints
                .iter()
                .filter(|(name, _)| **name == source.name || !names.contains(&name.as_str()))
                .map(|(name, endpoint)| (name.clone(), endpoint.clone()))
                .collect();
            Track::new(source.clone(), replay)
        };
        let mut continuity = Self {
            tracks: sources.iter().map(track).collect(),
            fetcher: Fetcher::new(Settings::from(config), sources.len()),
            store,
            outputs: VecDeque::new(),
        };
        continuity.remember()?;
        Ok(continuity)
    }

    /// Recalls what an earlier life has delivered.
    fn remember(&mut self) -> Result<()> {
        let Some(store) = &self.store else { return Ok(()) };
        let mut tracks: BTreeMap<String, &mut Track> = BTreeMap::new();
        for track in self.tracks.iter_mut().filter(|track| track.is_fetchable()) {
            let source = track.source().clone();
            if let Some(stored) = stored(store, &source.endpoint, &source.name)? {
                track.resume_seq_ids(stored);
            }
            tracks.insert(source.endpoint, track);
        }
        if tracks.is_empty() {
            return Ok(());
        }
        let mut after = store.before_last(REMEMBERED, Span::default(), |_, _, _| true)?;
        loop {
            let records = store.read(after, Span::default())?;
            let Some(last) = records.last() else { return Ok(()) };
            after = last.seq;
            for record in &records {
                let track = record.endpoint.as_deref().and_then(|place| tracks.get_mut(place));
                if let Some(track) = track {
                    track.remember(&record.message);
                }
            }
        }
    }

    /// How long to wait for events, if they could be waited for so long.
    pub fn patience(&self, most: Duration) -> Duration {
        if self.tracks.iter().any(Track::is_fetching) { most.min(GLANCE) } else { most }
    }

    /// A message came that is not a heartbeat.
    pub fn message(&mut self, source: usize, message: Message) {
        self.with(source, |track| track.message(message));
    }

    /// Something came that is not a message.
    pub fn malformed(&mut self, source: usize) {
        self.with(source, Track::malformed);
    }

    /// A heartbeat came, and it may be believed.
    pub fn heartbeat(&mut self, source: usize, heartbeat: Heartbeat) -> Result<()> {
        let place = self.tracks.get(source).filter(|track| track.is_new(&heartbeat.stream));
        let stored = match (&self.store, place) {
            (Some(store), Some(track)) => {
                stored(store, &track.source().endpoint, &heartbeat.stream)?
            }
            _ => None,
        };
        self.with(source, |track| track.heartbeat(heartbeat, stored));
        Ok(())
    }

    /// A connection to a source was made.
    pub fn up(&mut self, source: usize) {
        self.with(source, |track| track.up(Instant::now()));
    }

    /// Time has passed.
    pub fn tick(&mut self) {
        let now = Instant::now();
        while let Some(answer) = self.fetcher.answer() {
            self.with(answer.source, |track| match answer.outcome {
                Ok(page) => track.fetched(answer.number, page, now),
                Err(error) => track.failed(answer.number, &error.to_string(), now),
            });
        }
        for source in 0..self.tracks.len() {
            self.with(source, |track| track.tick(now));
        }
    }

    /// What comes out next, if anything does.
    pub fn take(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Does something with a track, and then what comes of it.
    fn with(&mut self, source: usize, event: impl FnOnce(&mut Track)) {
        let Some(track) = self.tracks.get_mut(source) else { return };
        event(track);
        while let Some(action) = track.actions.pop_front() {
            match action {
                Action::Deliver(message) => {
                    self.outputs.push_back(Output::Message { source, message });
                }
                Action::Position(position) => self.outputs.push_back(Output::Position(position)),
                Action::Gap(report) => {
                    tell(&report);
                    self.outputs.push_back(Output::Gap(report));
                }
                Action::Fetch(request) => {
                    let number = request.number;
                    if let Err(error) = self.fetcher.fetch(source, request) {
                        track.failed(number, &error.to_string(), Instant::now());
                    }
                }
            }
        }
    }
}

fn stored(store: &Store, endpoint: &str, stream: &str) -> Result<Option<Stored>> {
    let Some(position) = store.stream(endpoint, stream)? else { return Ok(None) };
    let key = GapKey {
        endpoint: endpoint.to_owned(),
        stream: stream.to_owned(),
        epoch: position.epoch.clone(),
        first: position.seq.saturating_add(1),
    };
    let gap = store.gap(&key)?.map(|gap| gap.report);
    Ok(Some(Stored { position, gap }))
}

/// Logs what became of a gap.
fn tell(report: &GapReport) {
    let GapReport { key, missed, recovered, lost, closed, note, .. } = report;
    let stream = crate::escape::text(&key.stream);
    let note = note.as_deref().map(|note| format!(": {}", crate::escape::text(note)));
    let note = note.unwrap_or_default();
    let from = &key.endpoint;
    match (closed, lost) {
        (false, _) => tracing::warn!("{missed} messages of {stream} from {from} are missing{note}"),
        (true, 0) => tracing::info!("{recovered} missed messages of {stream} from {from} fetched"),
        (true, _) => tracing::error!(
            "{lost} of {missed} missed messages of {stream} from {from} are lost{note}"
        ),
    }
}
