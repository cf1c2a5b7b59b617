//! How many messages came, over the last two minutes: busmon's counters in memcached, which a hub's
//! stuffer keeps and busmon reads for its first graph.
//!
//! Time is cut into slots of 3.2 seconds, which take turns on 40 keys, `busmon_count_0` to
//! `busmon_count_39`. As in the original a value is the number alone, for anybody to read. Which slot it is
//! the number of is in the item's flags, so that on the next lap counting begins anew, and nobody
//! who looks takes an old number for a new one.

use std::time::Duration;

use crate::memcached::{Item, Memcached};
use crate::{Error, Kind, Result};

/// How many slots there are.
pub const SLOTS: usize = 40;
/// How long one is, in microseconds.
pub const SLOT: i64 = 3_200_000;

/// How long memcached may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often others may be quicker in changing a number.
const ATTEMPTS: usize = 10;

/// The slot of a time in microseconds since 1970.
pub fn slot(time: i64) -> i64 {
    time.div_euclid(SLOT)
}

/// The counters of one memcached.
#[derive(Debug)]
pub struct Counts(Memcached);

/// Whether messages were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// They were.
    Counted,
    /// Their slot is over, and another has its key.
    Late,
}

impl Counts {
    /// Those at `HOST:PORT`. Nothing is connected yet.
    pub fn at(address: &str) -> Result<Self> {
        Memcached::new(address, PATIENCE).map(Self)
    }

    /// Counts so many messages in a slot, at this time in microseconds since 1970.
    pub fn add(&mut self, slot: i64, messages: u64, now: i64) -> Result<Added> {
        let over = slot.saturating_add(SLOTS as i64).saturating_mul(SLOT);
        // It may stay a little longer than it is needed. memcached counts in seconds.
        let seconds = over.saturating_sub(now).div_euclid(1_000_000) + 2;
        let Some(seconds) = u32::try_from(seconds).ok().filter(|_| now < over) else {
            return Ok(Added::Late);
        };
        let (key, flags) = (key(slot), flags(slot));
        for _ in 0..ATTEMPTS {
            let found = self.0.get(std::slice::from_ref(&key))?.remove(&key);
            let before = match &found {
                Some(item) if item.flags == flags => number(item),
                Some(item) if is_later(item.flags, flags) => return Ok(Added::Late),
                _ => 0,
            };
            let value = before.saturating_add(messages).to_string();
            if self.0.set(&key, found.as_ref(), flags, seconds, &value)? {
                return Ok(Added::Counted);
            }
        }
        Err(Error::new(Kind::TryAgain, format!("others change {key} all the time")))
    }

    /// How many messages came in each of the last slots, the current one last.
    pub fn read(&mut self, now: i64) -> Result<Vec<u64>> {
        let current = slot(now);
        let slots = (current - SLOTS as i64 + 1)..=current;
        let keys: Vec<String> = slots.clone().map(key).collect();
        let items = self.0.get(&keys)?;
        let of = |(slot, key)| items.get(key).filter(|item| item.flags == flags(slot)).map(number);
        Ok(slots.zip(&keys).map(|one| of(one).unwrap_or_default()).collect())
    }
}

fn key(slot: i64) -> String {
    format!("busmon_count_{}", slot.rem_euclid(SLOTS as i64))
}

/// The number of a slot as flags have room for it.
fn flags(slot: i64) -> u32 {
    slot.rem_euclid(1 << 32) as u32
}

/// Whether one slot comes after another, also where the numbers begin anew.
fn is_later(one: u32, other: u32) -> bool {
    // What is further away than some days was put there by somebody else.
    (1..100_000).contains(&one.wrapping_sub(other))
}

fn number(item: &Item) -> u64 {
    std::str::from_utf8(&item.value).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

#[cfg(test)]
#[path = "../tests/memcached.rs"]
mod server;

#[cfg(test)]
mod tests {
    use super::server::Server;
    use super::*;

    /// A time at the beginning of a slot, and of a lap.
    const BEGIN: i64 = 1_792_000_000_000_000;

    /// Counts ten messages a second, for so many seconds from the beginning, and reads after each
    /// slot.
    fn steady(counts: &mut Counts, seconds: i64, mut seen: impl FnMut(i64, Vec<u64>)) {
        for n in 0..seconds * 10 {
            let now = BEGIN + n * 100_000;
            assert_eq!(counts.add(slot(now), 1, now).unwrap(), Added::Counted);
            if (n + 1) % 32 == 0 {
                seen(n / 32, counts.read(now).unwrap());
            }
        }
    }

    #[test]
    fn the_second_lap_is_as_right_as_the_first() {
        let Some(server) = Server::start() else { return };
        let mut counts = Counts::at(&server.address()).unwrap();
        // No time passes for memcached meanwhile: nothing of the first lap has expired on the second.
        steady(&mut counts, 300, |passed, seen| {
            let complete = usize::try_from(passed + 1).unwrap().min(SLOTS);
            let mut expected = vec![0; SLOTS - complete];
            expected.resize(SLOTS, 32);
            assert_eq!(seen, expected, "after {passed} slots");
        });
        // A quiet minute: its slots are empty, whatever their keys still have from the lap before.
        let quiet = BEGIN + 360 * 1_000_000;
        let seen = counts.read(quiet).unwrap();
        assert_eq!(seen.iter().filter(|count| **count == 0).count(), 19, "{seen:?}");
        assert_eq!(seen.last(), Some(&0));
    }

    #[test]
    fn several_count_together_and_what_comes_late_is_not_counted() {
        let Some(server) = Server::start() else { return };
        let both = |n: u64| {
            let address = server.address();
            std::thread::spawn(move || {
                let mut counts = Counts::at(&address).unwrap();
                for _ in 0..n {
                    while counts.add(slot(BEGIN), 1, BEGIN).is_err() {}
                }
            })
        };
        [both(200), both(300)].into_iter().for_each(|one| one.join().unwrap());
        let mut counts = Counts::at(&server.address()).unwrap();
        assert_eq!(counts.read(BEGIN).unwrap().last(), Some(&500));

        let lap = SLOTS as i64 * SLOT;
        assert_eq!(counts.add(slot(BEGIN), 1, BEGIN + lap).unwrap(), Added::Late);
        counts.add(slot(BEGIN + lap), 7, BEGIN + lap).unwrap();
        // By a clock that is behind.
        assert_eq!(counts.add(slot(BEGIN), 1, BEGIN).unwrap(), Added::Late);
        assert_eq!(counts.read(BEGIN + lap).unwrap().last(), Some(&7));
    }

    #[test]
    fn values_are_plain_numbers_that_expire_when_their_slot_is_over() {
        let Some(server) = Server::start() else { return };
        let mut counts = Counts::at(&server.address()).unwrap();
        counts.add(slot(BEGIN), 12, BEGIN).unwrap();
        let key = "busmon_count_0".to_owned();
        let items = counts.0.get(std::slice::from_ref(&key)).unwrap();
        assert_eq!(items[&key].value, b"12");
        // One that is nearly over goes by itself.
        let nearly = BEGIN + SLOTS as i64 * SLOT - 1;
        counts.add(slot(BEGIN), 1, nearly).unwrap();
        let begin = std::time::Instant::now();
        while !counts.0.get(std::slice::from_ref(&key)).unwrap().is_empty() {
            assert!(begin.elapsed() < Duration::from_secs(30), "it stays");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    #[test]
    fn who_is_away_is_asked_again() {
        let Some(mut server) = Server::start() else { return };
        let mut counts = Counts::at(&server.address()).unwrap();
        counts.add(slot(BEGIN), 1, BEGIN).unwrap();
        server.stop();
        assert_eq!(counts.add(slot(BEGIN), 1, BEGIN).unwrap_err().kind(), Kind::Unavailable);
        server.run();
        counts.add(slot(BEGIN), 2, BEGIN).unwrap();
        assert_eq!(counts.read(BEGIN).unwrap().last(), Some(&2));
    }

    #[test]
    fn slots_take_turns_on_the_keys() {
        assert_eq!((slot(0), slot(SLOT - 1), slot(SLOT)), (0, 0, 1));
        assert_eq!(key(slot(1_792_000_000_000_000)), "busmon_count_0");
        assert_eq!(key(39), key(79));
        assert!(is_later(1, 0) && !is_later(0, 1) && is_later(0, u32::MAX));
        assert!(!is_later(2, 560_000_000));
    }
}
