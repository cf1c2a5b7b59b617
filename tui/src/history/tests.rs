//! Nothing is missing and nothing comes twice, wherever it is: in memory, on disk, or before.

use std::time::{Duration, Instant};

use fedhub::message::Message;

use super::*;

const SECOND: i64 = 1_000_000;
/// When the session begins.
const BEGIN: i64 = 1_000 * SECOND;

fn entry(number: i64, received: i64) -> Arc<Entry> {
    let message = Message::new(format!("t.{number}"), b"{}".as_slice());
    let endpoint = (number % 2 == 0).then(|| format!("e{}", number % 3));
    Arc::new(Entry { number: number.unsigned_abs(), message, received, endpoint })
}

/// A journal of messages with these names, a message each tenth of a second, the oldest first.
#[derive(Clone)]
struct Kind {
    names: Vec<i64>,
    first: i64,
}

impl Kind {
    fn received(name: i64) -> i64 {
        BEGIN + name * SECOND / 10
    }
}

impl Past for Kind {
    fn numbers(&mut self) -> Result<Range<i64>> {
        Ok(self.first..self.first + self.names.len() as i64)
    }

    fn read(&mut self, after: i64, most: usize) -> Result<Vec<Kept>> {
        let from = usize::try_from((after + 1 - self.first).max(0)).unwrap();
        let names = self.names.iter().enumerate().skip(from).take(most.min(100));
        let kept = names.map(|(index, name)| Kept {
            number: self.first + index as i64,
            received: Kind::received(*name),
            endpoint: None,
            message: entry(*name, 0).message.clone(),
        });
        Ok(kept.collect())
    }

    fn first_since(&mut self, time: i64) -> Result<i64> {
        let index = self.names.iter().position(|name| Kind::received(*name) >= time);
        Ok(self.first + index.unwrap_or(self.names.len()) as i64)
    }
}

/// A session that begins with message 0, with so many messages.
fn session(count: i64, room: usize) -> (tempfile::TempDir, History) {
    let dir = tempfile::tempdir().unwrap();
    let mut history = History::with_room(room);
    history.spill_to(dir.path());
    for name in 0..count {
        history.push(entry(name, Kind::received(name) + 2000));
    }
    (dir, history)
}

/// A journal that got the same messages, and some before, in somewhat another order around the
/// beginning of the session.
fn journal(before: i64, session: i64) -> Kind {
    let mut names: Vec<i64> = (-before..session).collect();
    let around = (before - 15).max(0)..(before + 15).min(before + session - 1);
    for at in around.step_by(2) {
        names.swap(at as usize, at as usize + 1);
    }
    Kind { names, first: 17 }
}

/// Waits until a message is there.
fn wait_for(history: &mut History, position: i64) -> Option<Arc<Entry>> {
    let begin = Instant::now();
    loop {
        match history.look(position) {
            Look::Here(entry) => return Some(entry),
            Look::Nothing => return None,
            Look::Soon => assert!(begin.elapsed() < Duration::from_secs(60), "{position}"),
        }
        history.tick(BEGIN + 100 * SECOND);
        std::thread::sleep(Duration::from_micros(100));
    }
}

/// Ticks until something holds.
fn wait_until(history: &mut History, mut holds: impl FnMut(&History, Option<i64>) -> bool) {
    let begin = Instant::now();
    let mut found = None;
    while !holds(history, found) {
        found = history.tick(BEGIN + 100 * SECOND).1.or(found);
        assert!(begin.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_micros(100));
    }
}

fn name(entry: &Entry) -> i64 {
    entry.message.topic().strip_prefix("t.").unwrap().parse().unwrap()
}

#[test]
fn positions_stay_when_the_oldest_go() {
    let mut history = History::with_room(40_000);
    for name in 0..1000 {
        history.push(entry(name, 0));
    }
    let range = history.range();
    assert!(range.start > 0 && range.end == 1000 && history.len() < 1000, "{range:?}");
    for position in range.clone() {
        assert_eq!(name(&history.get(position).unwrap()), position);
    }
    assert!(history.get(range.start - 1).is_none() && history.get(1000).is_none());
}

#[test]
fn what_there_is_no_room_for_comes_back_from_disk() {
    let (dir, history) = session(5000, 40_000);
    assert!(history.recent.len() < 1000, "most are on disk");
    assert_eq!(history.range(), 0..5000);
    for position in (0..5000).chain((0..5000).rev()) {
        let found = history.get(position).unwrap();
        assert_eq!(name(&found), position);
        let kept = entry(position, Kind::received(position) + 2000);
        assert_eq!(
            (found.received, &found.endpoint, found.number),
            (kept.received, &kept.endpoint, kept.number)
        );
    }
    let names = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(names, 0, "the file has no name");
}

#[test]
fn without_a_place_on_disk_the_oldest_are_lost_and_that_is_said() {
    let mut history = History::with_room(40_000);
    history.spill_to(Path::new("not there"));
    for name in 0..1000 {
        history.push(entry(name, 0));
    }
    assert!(history.range().start > 0);
    assert!(history.trouble().unwrap().contains("not there"));
}

#[test]
fn a_full_disk_gives_up_the_oldest() {
    let dir = tempfile::tempdir().unwrap();
    let mut spill = Spill::create(dir.path(), 30_000).unwrap();
    for block in 0..40 {
        let entries: Vec<_> = (0..BLOCK as i64).map(|n| entry(block * 64 + n, 0)).collect();
        spill.add(&entries).unwrap();
    }
    let gone = spill.gone();
    assert!((1..39).contains(&gone), "{gone}");
    for block in 0..40 {
        let found = spill.get(block, 5).map(|entry| name(&entry));
        assert_eq!(found, (block >= gone).then_some(block as i64 * 64 + 5));
    }
}

#[test]
fn scrolling_back_goes_on_in_the_journal_without_a_seam() {
    let (_dir, mut history) = session(300, 40_000);
    history.attach(Box::new(journal(1000, 300)), Seam::Found).unwrap();
    assert_eq!(history.range(), 0..300);
    assert!(history.open(400));
    wait_until(&mut history, |history, _| history.range().start == -400);
    history.open(10_000);
    wait_until(&mut history, |history, _| history.range().start == -1000);
    assert!(!history.open(1), "there is no more");

    // Jumps to and fro, and each message is seen once.
    let mut seen = std::collections::BTreeMap::new();
    let mut position: i64 = 0;
    for step in 0..1000 {
        position = (position + 7919 * step).rem_euclid(1300) - 1000;
        for near in position..(position + 40).min(300) {
            let found = wait_for(&mut history, near).unwrap_or_else(|| panic!("nothing at {near}"));
            let before = seen.insert(near, name(&found));
            assert!(before.is_none_or(|before| before == name(&found)), "it has moved");
        }
    }
    let mut names: Vec<i64> = seen.values().copied().collect();
    assert_eq!(names.len(), 1300);
    names.sort_unstable();
    assert_eq!(names, (-1000..300).collect::<Vec<_>>(), "one is missing, or is there twice");
}

#[test]
fn what_the_session_did_not_get_around_its_beginning_is_in_the_past() {
    let (_dir, mut history) = session(0, 40_000);
    // The session has missed 1 and 3, which the journal has.
    for name in [0, 2, 4, 5] {
        history.push(entry(name, Kind::received(name)));
    }
    history.attach(Box::new(journal(20, 6)), Seam::Found).unwrap();
    history.open(100);
    wait_until(&mut history, |history, _| history.range().start == -22);
    let names: HashSet<i64> =
        (-22..4).map(|position| name(&wait_for(&mut history, position).unwrap())).collect();
    assert_eq!(names, (-20..6).collect());
}

#[test]
fn the_seam_waits_until_all_that_may_come_has_come() {
    let (_dir, mut history) = session(1, 40_000);
    history.attach(Box::new(journal(10, 1)), Seam::Found).unwrap();
    history.open(10);
    history.tick(BEGIN + SECOND);
    assert!(!history.older.as_ref().unwrap().borrow().seam_asked);
    wait_until(&mut history, |history, _| history.range().start == -10);
}

#[test]
fn a_time_is_found_in_the_session_and_before() {
    let (_dir, mut history) = session(300, 40_000);
    history.attach(Box::new(journal(1000, 300)), Seam::Found).unwrap();
    assert_eq!(history.seek(Kind::received(200)), Some(200));
    assert_eq!(history.seek(Kind::received(10_000)), Some(299));
    assert_eq!(history.seek(Kind::received(-600)), None);
    let mut position = None;
    wait_until(&mut history, |_, found| {
        position = found;
        found.is_some()
    });
    assert_eq!(name(&wait_for(&mut history, position.unwrap()).unwrap()), -600);
    assert!(history.range().start < position.unwrap());
}

#[test]
fn a_past_that_ends_with_a_number_needs_no_comparison() {
    let (_dir, mut history) = session(5, 40_000);
    let journal = Kind { names: (-50..5).collect(), first: 1 };
    history.attach(Box::new(journal), Seam::Before(51)).unwrap();
    wait_until(&mut history, |history, _| history.range().start == -50);
    let names: Vec<i64> =
        (-50..5).map(|position| name(&wait_for(&mut history, position).unwrap())).collect();
    assert_eq!(names, (-50..5).collect::<Vec<_>>());
}

#[test]
fn a_past_that_cannot_be_read_says_so_and_is_asked_again() {
    struct Broken;
    impl Past for Broken {
        fn numbers(&mut self) -> Result<Range<i64>> {
            Err(fedhub::Error::new(fedhub::Kind::Unavailable, "it is away"))
        }
        fn read(&mut self, _: i64, _: usize) -> Result<Vec<Kept>> {
            unreachable!()
        }
        fn first_since(&mut self, _: i64) -> Result<i64> {
            unreachable!()
        }
    }
    let (_dir, mut history) = session(5, 40_000);
    history.attach(Box::new(Broken), Seam::Found).unwrap();
    for _ in 0..2 {
        assert!(history.open(10));
        wait_until(&mut history, |history, _| {
            history.trouble().is_some_and(|why| why.contains("it is away"))
        });
        assert_eq!(history.range(), 0..5);
    }
}
