//! How the daemons of this host are, by what they say and by their files. Each is asked by a thread of its own,
//! so that one that does not answer keeps nothing else waiting.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fedhub::bus::Settings;
use fedhub::crypto::dated::Dated;
use fedhub::daemons::{Door, Told, Way};
use fedhub::journal::{Cursor, Gap, Lag, Span, Store, now};
use fedhub::{Error, Result};

use super::{News, Teller};

/// How long a health page may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long nothing may be published: it is published every five seconds.
const SILENCE: Duration = Duration::from_secs(12);
/// The pause between two questions.
const PAUSE: Duration = Duration::from_secs(2);
/// How often journals are looked into.
const LOOK: Duration = Duration::from_secs(5);
/// How often dates are looked at.
const DATES: Duration = Duration::from_secs(60);
/// How often it is looked whether anybody still listens.
const GLANCE: Duration = Duration::from_millis(250);
/// How long a gap that is closed is of interest, in microseconds.
const RECENT: i64 = 24 * 3600 * 1_000_000;
/// How many gaps are told, the newest; all are counted.
const GAPS: usize = 200;

/// Finds out what runs out.
pub type Dates = Box<dyn FnMut() -> Vec<Dated> + Send>;

/// What is looked after.
pub struct Watched {
    /// How sockets are made.
    pub settings: Settings,
    /// Daemons that can be asked.
    pub doors: Vec<Door>,
    /// Journals with consumers, and whose they are; one that is not there is left out.
    pub journals: Vec<(String, PathBuf)>,
    /// CA, revocation list and certificates.
    pub dates: Dates,
}

/// What was found out.
#[derive(Debug)]
pub enum Seen {
    /// How a daemon is, or why it does not say.
    Daemon {
        /// Which one.
        role: String,
        /// Where it was asked.
        door: String,
        /// When it answered, in microseconds since 1970.
        time: i64,
        /// What it says.
        said: std::result::Result<Told, String>,
    },
    /// What a journal has, or why it cannot be read.
    Journal {
        /// Whose.
        role: String,
        /// When, in microseconds since 1970.
        time: i64,
        /// What it has.
        found: std::result::Result<Kept, String>,
    },
    /// What runs out.
    Dates(Vec<Dated>),
}

/// What a journal says about consumers and gaps.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// Each with how far it is behind, and how many messages it has in quarantine.
    pub cursors: Vec<(Cursor, Lag, u64)>,
    /// Gaps that are open, or were closed of late; the newest first.
    pub gaps: Vec<Gap>,
    /// How many gaps there are of those.
    pub gap_count: usize,
}

/// Looks after them until nobody listens any more.
pub fn start(watched: Watched, teller: &Teller) -> Result<()> {
    let Watched { settings, doors, journals, dates } = watched;
    for door in doors {
        let (settings, teller) = (settings.clone(), teller.clone());
        spawn(move || ask(&door, &settings, &teller))?;
    }
    let teller = teller.clone();
    spawn(move || look(&journals, dates, &teller))
}

fn spawn(work: impl FnOnce() + Send + 'static) -> Result<()> {
    let started = std::thread::Builder::new().name("daemons".into()).spawn(work);
    started.map(|_| ()).map_err(|error| Error::io("cannot start a thread", error))
}

/// Waits; says whether anybody still listens.
fn pause(time: Duration, teller: &Teller) -> bool {
    let begun = Instant::now();
    while teller.is_heard() && begun.elapsed() < time {
        std::thread::sleep(GLANCE.min(time));
    }
    teller.is_heard()
}

fn ask(door: &Door, settings: &Settings, teller: &Teller) {
    let (address, patience) = match &door.way {
        Way::Http(address) => (address, PATIENCE),
        Way::Monitoring(endpoint) => (endpoint, SILENCE),
    };
    loop {
        // Every connection is a new one, and the log is for what is new.
        let silence = tracing::subscriber::NoSubscriber::new();
        let said = tracing::subscriber::with_default(silence, || door.ask(settings, patience));
        let (role, door) = (door.role.clone(), address.clone());
        teller.offer(News::Seen(Seen::Daemon { role, door, time: now(), said }));
        if !pause(PAUSE, teller) {
            return;
        }
    }
}

fn look(journals: &[(String, PathBuf)], mut dates: Dates, teller: &Teller) {
    let mut stores = HashMap::new();
    let mut dated: Option<Instant> = None;
    loop {
        if dated.is_none_or(|at| at.elapsed() >= DATES) {
            teller.offer(News::Seen(Seen::Dates(dates())));
            dated = Some(Instant::now());
        }
        for (role, path) in journals.iter().filter(|(_, path)| path.exists()) {
            let found = read(path, &mut stores).map_err(|error| error.to_string());
            if found.is_err() {
                stores.remove(path.as_path());
            }
            let role = role.clone();
            teller.offer(News::Seen(Seen::Journal { role, time: now(), found }));
        }
        if !pause(LOOK, teller) {
            return;
        }
    }
}

/// Reads a journal, which stays open for the next time.
fn read<'a>(path: &'a Path, stores: &mut HashMap<&'a Path, Store>) -> Result<Kept> {
    let store = match stores.entry(path) {
        std::collections::hash_map::Entry::Occupied(open) => open.into_mut(),
        std::collections::hash_map::Entry::Vacant(place) => place.insert(Store::open(path)?),
    };
    let time = now();
    let cursors = store.cursors()?.into_iter().map(|cursor| {
        let lag = store.lag(&cursor, time)?;
        let (quarantined, _) = store.quarantine_size(&cursor.name)?;
        Ok((cursor, lag, quarantined))
    });
    let cursors = cursors.collect::<Result<_>>()?;
    let mut gaps = store.gaps(Span { since: time - RECENT, ..Span::default() })?;
    let gap_count = gaps.len();
    gaps.reverse();
    gaps.truncate(GAPS);
    Ok(Kept { cursors, gaps, gap_count })
}
