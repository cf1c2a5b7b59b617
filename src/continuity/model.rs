//! A track against a model: a publisher that does what publishers do, and a network that loses.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::track::{Action, Request, Stored, Track};
use crate::bus::Source;
use crate::heartbeat::{Heartbeat, Position};
use crate::journal::{GapKey, GapReport, StreamPosition};
use crate::message::Message;
use crate::replay::Page;

/// How many messages a page has.
const PAGE: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Op {
    /// Publishes so many; they arrive if there is a connection.
    Publish(u8),
    /// Publishes so many that do not arrive.
    Drop(u8),
    Beat,
    Cut,
    Connect,
    /// The publisher starts anew, with its journal or with an empty one.
    Restart {
        empty: bool,
    },
    /// The publisher's journal gives up so many of its oldest messages.
    Forget(u8),
    /// An answer comes: a page, or a failure.
    Answer {
        fails: bool,
    },
    /// Time passes.
    Pass,
    /// The subscriber starts anew.
    Reborn,
}

struct World {
    /// Whether the publisher writes heartbeats; else numbers, into its messages.
    beats: bool,
    journaled: bool,
    instance: u32,
    epoch: u32,
    published: u64,
    /// What the publisher has: number and id.
    kept: BTreeMap<i64, u32>,
    seq: i64,
    connected: bool,
    /// What has come to the subscriber by itself.
    arrived: BTreeSet<u32>,
    /// Whether the publisher gave up what waited here: then nothing says where it belongs.
    forgot_waiting: bool,
    /// Every message, by id: epoch and number.
    all: Vec<(u32, i64)>,

    track: Track,
    now: Instant,
    pending: Option<Request>,
    delivered: Vec<u32>,
    position: Option<StreamPosition>,
    gaps: Vec<GapReport>,
}

impl World {
    fn new(beats: bool, journaled: bool) -> Self {
        let mut world = Self {
            beats,
            journaled,
            instance: 0,
            epoch: 0,
            published: 0,
            kept: BTreeMap::new(),
            seq: 0,
            connected: false,
            arrived: BTreeSet::new(),
            forgot_waiting: false,
            all: Vec::new(),
            track: track(journaled),
            now: Instant::now(),
            pending: None,
            delivered: Vec::new(),
            position: None,
            gaps: Vec::new(),
        };
        world.apply(Op::Connect);
        world.apply(if beats { Op::Beat } else { Op::Publish(1) });
        world.apply(Op::Pass);
        world
    }

    fn message(&self, id: u32) -> Message {
        let (epoch, seq) = self.all[id as usize];
        let numbered = format!("{{\"id\":{id},\"seq_id\":{seq}}}");
        let plain = format!("{{\"id\":{id},\"epoch\":{epoch}}}");
        Message::new("t", if self.beats { plain } else { numbered })
    }

    fn apply(&mut self, op: Op) {
        match op {
            Op::Publish(count) | Op::Drop(count) => {
                for _ in 0..count {
                    let id = self.all.len() as u32;
                    self.published += 1;
                    self.seq += 1;
                    self.all.push((self.epoch, self.seq));
                    if self.journaled {
                        self.kept.insert(self.seq, id);
                    }
                    if self.connected && op == Op::Publish(count) {
                        self.arrived.insert(id);
                        self.track.message(self.message(id));
                    }
                }
            }
            Op::Beat if self.connected && self.beats => {
                let journal = self
                    .journaled
                    .then(|| Position { epoch: format!("epoch {}", self.epoch), seq: self.seq });
                let heartbeat = Heartbeat {
                    stream: "relay.host".into(),
                    instance: format!("instance {}", self.instance),
                    published: self.published,
                    journal,
                    interval: 1000,
                };
                let stored = self.track.is_new("relay.host").then(|| self.stored()).flatten();
                self.track.heartbeat(heartbeat, stored);
            }
            Op::Connect if !self.connected => {
                self.connected = true;
                self.track.up(self.now);
            }
            Op::Cut => self.connected = false,
            Op::Restart { empty } => {
                self.connected = false;
                self.instance += 1;
                self.published = 0;
                if empty && self.beats && self.journaled {
                    self.epoch += 1;
                    self.kept.clear();
                    self.seq = 0;
                }
            }
            Op::Forget(count) => {
                for _ in 0..count {
                    let Some((_, id)) = self.kept.pop_first() else { break };
                    let waits = self.arrived.contains(&id) && !self.delivered.contains(&id);
                    self.forgot_waiting |= waits;
                }
            }
            Op::Answer { fails } => {
                if let Some(request) = self.pending.take() {
                    if fails {
                        self.track.failed(request.number, "the model wants it", self.now);
                    } else {
                        let page = self.page(&request);
                        self.track.fetched(request.number, page, self.now);
                    }
                }
            }
            Op::Pass => {
                self.now += Duration::from_secs(60);
                self.track.tick(self.now);
            }
            Op::Reborn => {
                self.connected = false;
                self.pending = None;
                self.track = track(self.journaled);
                for &id in &self.delivered {
                    let message = self.message(id);
                    self.track.remember(&message);
                }
                if let Some(stored) = self.stored().filter(|_| !self.beats) {
                    self.track.resume_seq_ids(stored);
                }
            }
            _ => {}
        }
        self.act();
    }

    fn stored(&self) -> Option<Stored> {
        let position = self.position.clone()?;
        let key = GapKey {
            endpoint: position.endpoint.clone(),
            stream: position.stream.clone(),
            epoch: position.epoch.clone(),
            first: position.seq + 1,
        };
        let gap = self.gaps.iter().find(|gap| gap.key == key).cloned();
        Some(Stored { position, gap })
    }

    fn page(&self, request: &Request) -> Page {
        let wanted = self.kept.range(request.after + 1..=request.up_to);
        let all: Vec<(i64, u32)> = wanted.map(|(&seq, &id)| (seq, id)).collect();
        let more = all.len() > PAGE;
        let messages: Vec<_> =
            all.iter().take(PAGE).map(|&(seq, id)| (seq, self.message(id))).collect();
        let last = messages.last().map_or(request.up_to, |(seq, _)| *seq);
        let through = if more { last } else { request.up_to };
        let epoch = self.beats.then(|| format!("epoch {}", self.epoch));
        Page { epoch, messages, through, more }
    }

    fn act(&mut self) {
        while let Some(action) = self.track.actions.pop_front() {
            match action {
                Action::Deliver(message) => {
                    let id = message.envelope().unwrap().get("id").unwrap().as_i64().unwrap();
                    self.delivered.push(id as u32);
                }
                Action::Fetch(request) => self.pending = Some(request),
                Action::Gap(report) => {
                    self.gaps.retain(|gap| gap.key != report.key);
                    self.gaps.push(report);
                }
                Action::Position(position) => {
                    self.check_position(&position);
                    self.position = Some(position);
                }
            }
        }
    }

    /// Whatever a position promises must have been delivered, or be gone.
    fn check_position(&self, position: &StreamPosition) {
        let delivered: BTreeSet<u32> = self.delivered.iter().copied().collect();
        let current = !self.beats || position.epoch == format!("epoch {}", self.epoch);
        for (&seq, id) in self.kept.iter().filter(|_| current) {
            let promised = seq <= position.seq;
            assert!(!promised || delivered.contains(id), "{position:?} without {id}");
        }
    }

    /// Lets everything calm down.
    fn finish(&mut self) {
        self.apply(Op::Connect);
        for _ in 0..3 {
            self.apply(if self.beats { Op::Beat } else { Op::Publish(1) });
            self.apply(Op::Pass);
            while self.pending.is_some() {
                self.apply(Op::Answer { fails: false });
            }
        }
    }

    fn undelivered(&self) -> Vec<u32> {
        let delivered: BTreeSet<u32> = self.delivered.iter().copied().collect();
        (0..self.all.len() as u32).filter(|id| !delivered.contains(id)).collect()
    }

    fn lost(&self) -> u64 {
        self.gaps.iter().map(|gap| gap.lost).sum()
    }
}

fn track(fetchable: bool) -> Track {
    let source = Source { name: "relay".into(), endpoint: "tcp://host:1".into() };
    let replay = fetchable.then(|| ("relay".to_owned(), "tcp://host:2".to_owned()));
    Track::new(source, replay.into_iter().collect())
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (1u8..6).prop_map(Op::Publish),
        2 => (1u8..6).prop_map(Op::Drop),
        4 => Just(Op::Beat),
        2 => Just(Op::Cut),
        4 => Just(Op::Connect),
        1 => any::<bool>().prop_map(|empty| Op::Restart { empty }),
        1 => (1u8..20).prop_map(Op::Forget),
        4 => prop::bool::weighted(0.2).prop_map(|fails| Op::Answer { fails }),
        1 => Just(Op::Pass),
        1 => Just(Op::Reborn),
    ]
}

fn has(ops: &[Op], which: impl Fn(&Op) -> bool) -> bool {
    ops.iter().any(which)
}

/// Runs it all and checks what must hold whatever happens.
fn run(world: &mut World, ops: &[Op]) -> Result<(), TestCaseError> {
    for op in ops {
        world.apply(*op);
    }
    world.finish();
    let unique: BTreeSet<u32> = world.delivered.iter().copied().collect();
    prop_assert_eq!(unique.len(), world.delivered.len(), "twice: {:?}", world.delivered);
    let undelivered = world.undelivered();
    let kept: Vec<u32> = world.kept.values().copied().collect();
    let withheld: Vec<_> = undelivered.iter().filter(|id| kept.contains(id)).collect();
    prop_assert!(withheld.is_empty(), "not delivered: {withheld:?} of {:?}", world.delivered);
    let open: Vec<_> = world.gaps.iter().filter(|gap| !gap.closed).collect();
    prop_assert!(open.is_empty(), "{open:?}");
    for gap in &world.gaps {
        prop_assert_eq!(gap.missed, gap.recovered + gap.lost, "{:?}", gap);
    }
    // What is late cannot be in order: what was dropped unseen, and what nothing could wait for. Nor
    // can what waits for a heartbeat that never came, because the next one speaks of another journal.
    let late = |op: &Op| match op {
        Op::Drop(_) | Op::Pass | Op::Reborn | Op::Answer { fails: true } => true,
        Op::Restart { empty } => *empty,
        _ => false,
    };
    if !has(ops, late) && !world.forgot_waiting {
        prop_assert!(world.delivered.is_sorted(), "{:?}", world.delivered);
    }
    Ok(())
}

proptest! {
    #[test]
    fn with_heartbeats_all_that_is_kept_comes_once(ops in prop::collection::vec(op(), 0..60)) {
        let mut world = World::new(true, true);
        run(&mut world, &ops)?;
        let (truly, said) = (world.undelivered().len() as u64, world.lost());
        // With its journal the publisher forgets how many there were.
        let forgets = has(&ops, |op| *op == Op::Restart { empty: true });
        // In another life nobody knows which numbers were delivered of those that are gone.
        let guesses = has(&ops, |op| *op == Op::Reborn);
        prop_assert!(said >= truly || forgets, "{said} of {truly} said: {:?}", world.gaps);
        prop_assert!(said == truly || forgets || guesses, "{said} of {truly}: {:?}", world.gaps);
    }

    #[test]
    fn with_numbers_all_that_is_kept_comes_once(ops in prop::collection::vec(op(), 0..60)) {
        let mut world = World::new(false, true);
        run(&mut world, &ops)?;
        let (truly, said) = (world.undelivered().len() as u64, world.lost());
        let guesses = has(&ops, |op| *op == Op::Reborn);
        prop_assert!(said == truly || guesses && said >= truly, "{said} of {truly}: {:?}", world.gaps);
    }

    #[test]
    fn without_a_journal_the_lost_are_counted(ops in prop::collection::vec(op(), 0..60)) {
        // Of what was before a new start, on either side, nothing is known.
        let ops: Vec<Op> =
            ops.into_iter().filter(|op| !matches!(op, Op::Reborn | Op::Restart { .. })).collect();
        let mut world = World::new(true, false);
        run(&mut world, &ops)?;
        prop_assert_eq!(world.lost(), world.undelivered().len() as u64, "{:?}", world.gaps);
    }
}
