//! Whatever a network does between publishers and a hub: what was missed is found, fetched and
//! delivered in order, and what nobody has any more is counted.
//!
//! `make test` cuts for a moment; with FEDHUB_CHAOS set it is half a minute.

use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use zmq::Socket;

use crate::chaos::long;
use crate::harness::{Process, Site, free_endpoint, peer_python, run, script, wait_until};
use crate::proxy::Proxy;
use crate::relay::publisher_to;

/// Messages a second.
const RATE: u32 = 1000;

/// A relay and a hub, with breakable connections between them.
struct Bed {
    relay: Site,
    hub: Site,
    /// What the hub believes to be the relay.
    outbound: Proxy,
    replay: Proxy,
    publisher: Socket,
    _relay: Process,
    /// How many messages were published.
    published: u32,
}

impl Bed {
    fn new(journaled: bool) -> Self {
        Self::with(journaled, json!({}))
    }

    /// With more settings of the relay.
    fn with(journaled: bool, settings: Value) -> Self {
        let [inbound, outbound, replay] = [(); 3].map(|()| free_endpoint());
        let mut relay = Site::new(json!({
            "relay_inbound": [inbound],
            "endpoints": {"relay_outbound": [outbound]},
            "heartbeat_interval": 0.2,
            "zmq_heartbeat_ivl": 300,
            "zmq_heartbeat_timeout": 1000,
            "validate_signatures": false,
            "sign_messages": false,
        }));
        if journaled {
            let journal = relay.path("relay.db");
            let receipts = free_endpoint();
            relay.set(json!({
                "relay": {"journal": journal, "replay": replay, "receipts": [receipts]},
            }));
        }
        relay.set(settings);
        let (outbound, replay) = (Proxy::to(&outbound), Proxy::to(&replay));
        let mut hub = hub(&outbound.endpoint);
        hub.set(json!({"zmq_heartbeat_ivl": 300, "zmq_heartbeat_timeout": 1000}));
        if journaled {
            hub.set(json!({"replay_endpoints": {"relay": replay.endpoint}}));
        }
        let (process, _) = relay.start(&["relay"]);
        let publisher = publisher_to(&inbound);
        Self { relay, hub, outbound, replay, publisher, _relay: process, published: 0 }
    }

    /// Starts the hub; returns when messages come through it.
    fn start_hub(&mut self) -> Process {
        let (hub, _) = self.hub.start(&["hub"]);
        wait_until("the hub is connected", || {
            self.publish(1);
            !self.recorded().is_empty()
        });
        hub
    }

    fn publish(&mut self, count: u32) {
        for _ in 0..count {
            let n = self.published;
            let topic = "org.fedoraproject.dev.test.gaps";
            let msg = json!({"n": n, "padding": "x".repeat(500)});
            let body = json!({"topic": topic, "msg_id": format!("2026-{n}"), "msg": msg});
            self.publisher.send_multipart([topic, &body.to_string()], 0).unwrap();
            self.published += 1;
        }
    }

    /// Publishes for a while, at the rate.
    fn publish_for(&mut self, time: Duration) {
        let begin = Instant::now();
        for n in 0..(time.as_secs_f64() * f64::from(RATE)) as u32 {
            let due = Duration::from_secs(1) * n / RATE;
            thread::sleep(due.saturating_sub(begin.elapsed()));
            self.publish(1);
        }
    }

    fn recorded(&self) -> Vec<u32> {
        recorded(&self.hub)
    }

    /// Waits until the last message has been delivered.
    fn wait_for_last(&self) {
        let last = self.published - 1;
        wait_until("the last message is delivered", || self.recorded().last() == Some(&last));
    }

    /// Waits until the relay has all in its journal.
    fn wait_until_journaled(&self) {
        wait_until("the relay has all messages in its journal", || {
            let last =
                run(&mut self.relay.fedhub(&["journal", "show", &self.published.to_string()]));
            last.code == Some(0)
        });
    }

    /// Fails the test unless every message was delivered once and in order, from the first that was.
    fn expect_all_in_order(&self) {
        let recorded = self.recorded();
        let first = recorded[0];
        let expected: Vec<u32> = (first..self.published).collect();
        let wrong = recorded.iter().zip(&expected).find(|(got, wanted)| got != wanted);
        assert_eq!(wrong, None, "{} of {} delivered", recorded.len(), expected.len());
        assert_eq!(recorded.len(), expected.len());
    }
}

/// The settings of a hub that listens to a relay and records what comes.
fn hub(endpoint: &str) -> Site {
    let mut site = Site::new(json!({
        "endpoints": {"relay": [endpoint]},
        "validate_signatures": false,
    }));
    let command = json!(["python3", script("record_once.py"), site.path("recorded"), "msg", "n"]);
    site.set(json!({
        "hub": {"journal": site.path("hub.db")},
        "consumers": {"recorder": {"type": "exec", "command": command}},
    }));
    site
}

fn recorded(hub: &Site) -> Vec<u32> {
    let text = std::fs::read_to_string(hub.path("recorded")).unwrap_or_default();
    // The last line may be half written.
    let complete = text.rfind('\n').map_or("", |end| &text[..end]);
    complete.lines().map(|line| line.parse().unwrap()).collect()
}

/// What `fedhub gaps` says, with its exit code.
fn gaps(hub: &Site, code: i32) -> Vec<Value> {
    let listed = run(&mut hub.fedhub(&["gaps"])).expect(code);
    listed.stdout.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn sum(gaps: &[Value], part: &str) -> u64 {
    gaps.iter().map(|gap| gap[part].as_u64().unwrap()).sum()
}

/// How long the network is broken.
fn trouble() -> Duration {
    Duration::from_secs(if long() { 30 } else { 3 })
}

#[test]
fn a_cut_network_loses_nothing() {
    let mut bed = Bed::new(true);
    let _hub = bed.start_hub();
    bed.publish_for(Duration::from_secs(1));
    bed.outbound.cut();
    bed.replay.cut();
    bed.publish_for(trouble());
    bed.outbound.pass();
    bed.replay.pass();
    bed.publish_for(Duration::from_secs(1));
    bed.wait_for_last();
    bed.expect_all_in_order();
    let gaps = gaps(&bed.hub, 0);
    let (missed, recovered) = (sum(&gaps, "missed"), sum(&gaps, "recovered"));
    assert!(missed >= trouble().as_secs() * u64::from(RATE) / 2, "{gaps:?}");
    assert_eq!(missed, recovered, "{gaps:?}");
}

#[test]
fn a_frozen_network_loses_nothing() {
    let mut bed = Bed::with(true, json!({"high_water_mark": 100}));
    let _hub = bed.start_hub();
    bed.publish_for(Duration::from_secs(1));
    bed.outbound.freeze();
    bed.publish_for(trouble());
    bed.outbound.pass();
    bed.publish_for(Duration::from_secs(1));
    // What ZeroMQ dropped without a word comes after what had arrived, so the last may not be last.
    let all = usize::try_from(bed.published).unwrap();
    wait_until("all is delivered", || {
        let recorded = bed.recorded();
        recorded.len() + usize::try_from(recorded[0]).unwrap() >= all
    });
    let mut recorded = bed.recorded();
    recorded.sort_unstable();
    assert!(recorded.iter().copied().eq(recorded[0]..bed.published), "{}", recorded.len());
    assert!(sum(&gaps(&bed.hub, 0), "recovered") > 0);
}

#[test]
fn a_hub_that_was_away_fetches_what_it_missed() {
    let mut bed = Bed::new(true);
    let hub = bed.start_hub();
    bed.publish_for(Duration::from_secs(1));
    bed.wait_for_last();
    hub.signal(Signal::SIGKILL);
    hub.finish();
    // What it has now is what it will have first; what was published before it was there at all comes
    // later, by catching up.
    let first = bed.recorded()[0];
    bed.publish(400);
    let (_hub, _) = bed.hub.start(&["hub"]);
    bed.wait_for_last();
    let mut recorded = bed.recorded();
    recorded.retain(|n| *n >= first);
    assert!(recorded.iter().copied().eq(first..bed.published), "{} delivered", recorded.len());
    assert_eq!(sum(&gaps(&bed.hub, 0), "lost"), 0);
}

#[test]
fn what_the_relay_has_no_longer_is_lost_and_counted() {
    let mut bed = Bed::new(true);
    let _hub = bed.start_hub();
    bed.publish_for(Duration::from_millis(500));
    bed.wait_for_last();
    bed.outbound.cut();
    bed.publish(300);
    bed.wait_until_journaled();
    wait_until("the relay's journal has given up all messages", || {
        run(&mut bed.relay.fedhub(&["journal", "prune", "--max-age", "1"])).expect(0);
        run(&mut bed.relay.fedhub(&["journal", "ls"])).expect(0).stdout.is_empty()
    });
    bed.publish(200);
    bed.wait_until_journaled();
    bed.outbound.pass();
    bed.wait_for_last();
    wait_until("the gap is closed", || gaps(&bed.hub, 1)[0]["closed"].is_string());
    let gaps = gaps(&bed.hub, 1);
    let counts = ["missed", "recovered", "lost"].map(|part| sum(&gaps, part));
    assert_eq!(counts, [500, 200, 300], "{gaps:?}");
}

#[test]
fn without_a_journal_at_the_relay_what_was_missed_is_lost_and_counted() {
    let mut bed = Bed::new(false);
    let _hub = bed.start_hub();
    bed.publish_for(Duration::from_millis(500));
    bed.wait_for_last();
    bed.outbound.cut();
    bed.publish_for(Duration::from_millis(250));
    bed.outbound.pass();
    let mut found = Vec::new();
    wait_until("the loss is recorded", || {
        let listed = run(&mut bed.hub.fedhub(&["gaps"]));
        found = listed.stdout;
        listed.code == Some(1)
    });
    let gap: Value = serde_json::from_str(&found[0]).unwrap();
    assert_eq!((&gap["missed"], &gap["lost"]), (&json!(250), &json!(250)), "{gap}");
    assert_eq!(gap["numbered"], json!(false));
}

#[test]
fn tail_says_what_it_missed_and_fetches_it_if_it_can() {
    for journaled in [false, true] {
        let mut bed = Bed::new(journaled);
        let tail = Process::spawn("tail", &mut bed.hub.fedhub(&["tail", "-o", "ndjson"]));
        let shown = |n: u32| {
            let text = format!("\"n\":{n},");
            tail.stdout().iter().any(|line| line.contains(&text))
        };
        wait_until("tail is connected", || {
            bed.publish(1);
            !tail.stdout().is_empty()
        });
        bed.publish_for(Duration::from_millis(500));
        wait_until("tail shows messages", || shown(bed.published - 1));
        bed.outbound.cut();
        bed.publish_for(Duration::from_millis(250));
        bed.outbound.pass();
        let back = bed.published;
        wait_until("tail is connected again", || {
            bed.publish(1);
            (back..bed.published).any(shown)
        });
        // What it missed shows with the next heartbeat.
        if journaled {
            wait_until("tail shows what it missed", || {
                (bed.published - 250..bed.published).all(shown)
            });
        } else {
            tail.wait_for_line("missed messages");
        }
        let ended = tail.stop().expect(0);
        let counts = ended.stderr.iter().find(|line| line.contains(", missed ")).unwrap();
        let words: Vec<&str> = counts.split(", missed ").nth(1).unwrap().split(' ').collect();
        let (missed, fetched): (u32, u32) = (words[0].parse().unwrap(), words[3].parse().unwrap());
        assert!(missed >= 250, "{counts}");
        assert_eq!(fetched, if journaled { missed } else { 0 }, "{counts}");
    }
}

#[test]
fn a_python_publisher_is_asked_for_what_was_missed() {
    let Some(python) = peer_python() else { return };
    let (endpoint, replay) = (free_endpoint(), free_endpoint());
    let peer = Site::new(json!({
        "endpoints": {"service.host": [endpoint]},
        "replay_endpoints": {"service.host": replay},
        "sign_messages": false,
    }));
    let mut command = peer.python(&python, "replay.py");
    let publisher = Process::spawn("replay.py", command.arg(peer.fedmsg_d()).arg("service.host"));
    let proxy = Proxy::to(&endpoint);
    let mut hub = hub(&proxy.endpoint);
    hub.set(json!({
        "endpoints": {"service.host": [proxy.endpoint]},
        "replay_endpoints": {"service.host": replay},
    }));
    let (_hub, _) = hub.start(&["hub"]);
    wait_until("messages come", || recorded(&hub).len() > 20);
    proxy.cut();
    let before = publisher.stdout().len();
    wait_until("messages are missed", || publisher.stdout().len() > before + 100);
    proxy.pass();
    let after = publisher.stdout().len() as u32;
    wait_until("messages come again", || recorded(&hub).last().is_some_and(|n| *n > after + 20));
    let recorded = recorded(&hub);
    let first = recorded[0];
    let last = first + u32::try_from(recorded.len()).unwrap();
    assert!(recorded.iter().copied().eq(first..last), "{recorded:?}");
    assert!(sum(&gaps(&hub, 0), "recovered") >= 100);
}
