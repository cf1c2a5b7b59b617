//! The course of a hub's life: it catches up with what it missed, then listens to the bus.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use fedhub::bus::{Feed, Settings, Source};
use fedhub::continuity::Continuity;
use fedhub::{Error, Kind, Result};

use super::catch_up::{self, Plan, Progress};
use super::consumer::Ending;
use super::intake::{Intake, Writer};
use super::silence::Silence;

/// How often signs of life are given while the hub catches up.
const GLANCE: Duration = Duration::from_millis(50);

/// What a hub needs to live.
pub(super) struct Live {
    pub(super) settings: Settings,
    pub(super) sources: Vec<Source>,
    pub(super) plan: Plan,
    pub(super) progress: Box<dyn Progress + Send + Sync>,
    pub(super) continuity: Continuity,
    pub(super) silence: Duration,
    pub(super) silence_armed: bool,
    pub(super) writer: Arc<Writer>,
    /// Asked for by whoever stops the hub.
    pub(super) ending: Ending,
}

impl Live {
    /// Lives until the end is asked for. `alive` is called at least every second.
    pub(super) fn run(self, alive: impl Fn(u64)) -> Result<()> {
        let (writer, ending, progress) = (&*self.writer, &self.ending, &*self.progress);
        let mut sink = |portion| {
            writer.catch_up(portion, ending);
            Ok(())
        };
        let mut plan = self.plan;
        std::thread::scope(|scope| {
            writer.status.catching_up.store(!plan.is_empty(), Relaxed);
            let walking = scope.spawn(|| catch_up::run(&mut plan, &mut sink, progress, ending));
            while !walking.is_finished() {
                alive(0);
                std::thread::sleep(GLANCE);
            }
            writer.status.catching_up.store(false, Relaxed);
            walking.join().map_err(|_| Error::new(Kind::Bug, "catching up ended by a panic"))?
        })?;
        if ending.asked() {
            return Ok(());
        }
        let intake = Intake {
            feed: Feed::connect(&self.settings, &self.sources, &[""])?,
            continuity: self.continuity,
            silence: self
                .sources
                .iter()
                .map(|_| Silence::new(self.silence, self.silence_armed, Instant::now()))
                .collect(),
            endpoints: self.sources.iter().map(|source| source.endpoint.as_str().into()).collect(),
            writer,
            ending,
        };
        std::thread::scope(|scope| {
            scope.spawn(|| {
                if let Err(error) = catch_up::settle(&mut plan, &mut sink, progress, ending) {
                    tracing::error!("catching up has ended: {error}");
                }
            });
            let outcome = intake.run(alive);
            // Also when it ended by itself.
            ending.ask();
            outcome
        })
    }
}
