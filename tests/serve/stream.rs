//! `/v3/stream`: what was, then what comes, each message once.

use std::io::{BufRead, BufReader};

use serde_json::json;

use super::{Served, agent, message, messages};
use crate::harness::{Site, free_endpoint, wait_until};
use crate::health::{ask, exposition};

/// A connection that follows the archive.
pub(super) struct Follower {
    lines: Box<dyn BufRead + Send>,
}

impl Follower {
    pub(super) fn new(served: &Served, query: &str, last: Option<&str>) -> Self {
        let mut request = agent().get(format!("{}/v3/stream?{query}", served.address));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = request.call().unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let mut follower =
            Self { lines: Box::new(BufReader::new(answer.into_body().into_reader())) };
        assert_eq!(follower.line().unwrap(), "retry: 2000");
        follower
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let length = self.lines.read_line(&mut line).ok()?;
        (length > 0).then(|| line.trim_end().to_owned())
    }

    /// The next message: the event's id, and the message's own number.
    fn next(&mut self) -> Option<(i64, i64)> {
        let mut id = 0;
        loop {
            let line = self.line()?;
            if let Some(number) = line.strip_prefix("id: ") {
                id = number.parse().unwrap();
            } else if let Some(data) = line.strip_prefix("data: ") {
                let data: serde_json::Value = serde_json::from_str(data).unwrap();
                assert_eq!(data["seq"], id);
                return Some((id, data["message"]["i"].as_i64().unwrap()));
            }
        }
    }

    pub(super) fn take(&mut self, count: usize) -> Vec<i64> {
        (0..count).map(|_| self.next().unwrap().1).collect()
    }
}

#[test]
fn a_search_goes_on_as_a_stream() {
    let served = Served::new(&messages(20));
    let page = served.get("/v3/messages?limit=5");
    served.append(&[message(20), message(21)]);
    let mut follower =
        Follower::new(&served, &format!("after={}", page["stream"].as_str().unwrap()), None);
    assert_eq!(follower.take(2), [20, 21]);
    served.append(&[message(22)]);
    assert_eq!(follower.take(1), [22]);
    // What was published long ago and comes late is new all the same.
    let mut late = message(23);
    late["timestamp"] = 1_000_000_000.into();
    served.append(&[late]);
    assert_eq!(follower.take(1), [23]);
}

#[test]
fn who_connects_again_misses_nothing_and_gets_nothing_twice() {
    let served = Served::new(&messages(1200));
    let mut follower = Follower::new(&served, "after=0", None);
    assert_eq!(follower.take(700), Vec::from_iter(0..700));
    let (last, _) = follower.next().unwrap();
    drop(follower);
    // A browser names the address it began with, and the last event.
    let mut follower = Follower::new(&served, "after=0", Some(&last.to_string()));
    assert_eq!(follower.take(499), Vec::from_iter(701..1200));
}

#[test]
fn no_message_falls_between_what_was_and_what_comes() {
    let served = Served::new(&messages(50));
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| (50..350).for_each(|n| served.append(&[message(n)])));
        for _ in 0..4 {
            scope.spawn(|| {
                let mut follower = Follower::new(&served, "after=0", None);
                assert_eq!(follower.take(350), Vec::from_iter(0..350));
            });
        }
        writing.join().unwrap();
    });
}

#[test]
fn streams_have_the_same_filters() {
    let served = Served::new(&messages(40));
    for (query, wanted) in [
        ("user=user1&category=git", vec![4, 16, 28, 40]),
        ("topic=*.wiki.*&body.arch=s390x&not_user=user0", vec![7, 11, 19, 23, 31, 35, 43]),
        ("where=.msg.n%20%25%2010%20%3D%3D%200", vec![0, 10, 20, 30, 40]),
        ("contains=NUMBER%201", vec![1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]),
    ] {
        let mut follower = Follower::new(&served, &format!("after=0&{query}"), None);
        let before = wanted.iter().filter(|n| **n < 40).count();
        assert_eq!(follower.take(before), wanted[..before], "{query}");
    }
    let mut follower = Follower::new(&served, "after=0&where=.msg.n%20%3E%2038", None);
    assert_eq!(follower.take(1), [39]);
    served.append(&(40..44).map(message).collect::<Vec<_>>());
    assert_eq!(follower.take(4), [40, 41, 42, 43]);
}

#[test]
fn streams_end_when_the_service_does() {
    let served = Served::new(&messages(3));
    let mut follower = Follower::new(&served, "after=0", None);
    assert_eq!(follower.take(3), [0, 1, 2]);
    let Served { process, site, .. } = served;
    process.stop().expect(0);
    assert_eq!(follower.next(), None);
    let _: Site = site;
}

/// Message `n` with a text of so many bytes.
fn long(n: i64, length: usize) -> serde_json::Value {
    let mut one = message(n);
    one["msg"]["text"] = "x".repeat(length).into();
    one
}

#[test]
fn a_hundred_get_all_that_comes() {
    let served = Served::new(&messages(10));
    std::thread::scope(|scope| {
        let followers: Vec<_> = (0..100)
            .map(|_| {
                let mut follower = Follower::new(&served, "", None);
                scope.spawn(move || follower.take(200))
            })
            .collect();
        for first in (10..210).step_by(20) {
            served.append(&(first..first + 20).map(message).collect::<Vec<_>>());
        }
        for follower in followers {
            assert_eq!(follower.join().unwrap(), Vec::from_iter(10..210));
        }
    });
}

#[test]
fn who_does_not_read_keeps_nobody_waiting_and_misses_nothing() {
    let served = Served::new(&messages(1));
    let slow: Vec<_> = (0..3).map(|_| Follower::new(&served, "", None)).collect();
    let mut quick = Follower::new(&served, "", None);
    // More than the system's buffers and those of the program hold.
    for first in (1..151).step_by(50) {
        served.append(&(first..first + 50).map(|n| long(n, 100_000)).collect::<Vec<_>>());
        assert_eq!(quick.take(50), Vec::from_iter(first..first + 50));
    }
    for mut follower in slow {
        let (mut found, mut last) = (Vec::new(), 1);
        while found.len() < 150 {
            match follower.next() {
                Some((id, n)) => (last, found) = (id, [found, vec![n]].concat()),
                // Who reads nothing for very long is disconnected, and comes again.
                None => follower = Follower::new(&served, "", Some(&last.to_string())),
            }
        }
        assert_eq!(found, Vec::from_iter(1..151));
    }
}

#[test]
fn too_many_are_told_to_come_again_and_counted() {
    let metrics = free_endpoint().replace("tcp://", "");
    let site = Site::new(json!({"serve": {"streams": 2, "http": metrics}}));
    let url = format!("sqlite:{}", site.path("archive.db").display());
    super::append(&mut *fedhub::store::create(&url).unwrap(), &messages(3));
    let served = Served::of(site, url);
    let count = |name: &str| {
        let text = ask(&metrics, "GET", "/metrics").2;
        exposition::metrics(&text)[&format!("{name}{{task=\"serve\"}}")]
    };
    let mut first = Follower::new(&served, "after=0", None);
    let second = Follower::new(&served, "after=0", None);
    let refused = served.ask("/v3/stream", &[]);
    assert_eq!((refused.status, refused.json()["error"].clone()), (503, json!("busy")));
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    wait_until("it is counted", || count("fedhub_streams_refused_total") == 1.0);
    wait_until("both are counted", || count("fedhub_streams") == 2.0);
    // Others are answered, and so is the next one when there is room again.
    assert_eq!(served.get("/raw")["total"], 3);
    assert_eq!(first.take(3), [0, 1, 2]);
    drop(second);
    served.append(&[message(3)]);
    wait_until("there is room", || count("fedhub_streams") < 2.0);
    assert_eq!(Follower::new(&served, "after=0", None).take(4), [0, 1, 2, 3]);
}
