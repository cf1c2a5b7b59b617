//! `/v3/stream`: what was, then what comes, each message once.

use std::io::{BufRead, BufReader};

use super::{Served, agent, message, messages};
use crate::harness::Site;

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
