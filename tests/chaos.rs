//! Kills at random moments under load: whatever has a receipt is delivered, whoever dies.
//!
//! `make test` runs a short version; with FEDHUB_CHAOS set it is the long one.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::harness::{Process, Site, free_endpoint, script, wait_until};

/// Whether the long versions are asked for.
pub(crate) fn long() -> bool {
    std::env::var_os("FEDHUB_CHAOS").is_some()
}

/// A relay and a hub that know of each other, and a consumer that appends to a file.
struct Bus {
    site: Site,
    relay: Option<Process>,
    hub: Option<Process>,
}

impl Bus {
    fn new() -> Self {
        let outbound = free_endpoint();
        let replay = free_endpoint();
        let mut site = Site::new(json!({
            "relay_inbound": [free_endpoint()],
            "relay_outbound": [outbound],
            "sign_messages": false,
            "validate_signatures": false,
            "heartbeat_interval": 0.5,
            "replay_endpoints": {"relay_outbound": replay},
        }));
        site.set(json!({
            "relay": {
                "journal": site.path("relay.db"),
                "receipts": [free_endpoint()],
                "replay": replay,
            },
            "hub": {"journal": site.path("hub.db")},
            "consumers": {"file": {
                "type": "exec",
                "command": ["python3", script("record_once.py"), site.path("out"), "msg_id"],
            }},
        }));
        Self { site, relay: None, hub: None }
    }

    fn start_relay(&mut self) {
        self.relay = Some(self.site.start(&["relay"]).0);
    }

    fn start_hub(&mut self) {
        self.hub = Some(self.site.start(&["hub"]).0);
    }

    fn delivered(&self) -> Vec<String> {
        delivered(&self.site.path("out"))
    }
}

fn delivered(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Publishes at a rate through a relay's receipts socket, without waiting for one receipt before the
/// next message.
pub(crate) struct Publisher {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<HashSet<String>>,
}

impl Publisher {
    pub(crate) fn start(endpoint: &str, rate: f64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, endpoint) = (Arc::clone(&stop), endpoint.to_owned());
        let thread = thread::spawn(move || publish(&endpoint, rate, &stopped));
        Self { stop, thread }
    }

    /// Ends, and gives the ids of all messages that have a receipt.
    pub(crate) fn finish(self) -> HashSet<String> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

fn publish(endpoint: &str, rate: f64, stop: &AtomicBool) -> HashSet<String> {
    let socket = zmq::Context::new().socket(zmq::DEALER).unwrap();
    socket.set_linger(0).unwrap();
    socket.set_reconnect_ivl(10).unwrap();
    socket.connect(endpoint).unwrap();
    let (begin, mut sent, mut receipts) = (Instant::now(), 0_u64, HashSet::new());
    let mut quiet = None;
    while quiet.is_none_or(|since: Instant| since.elapsed() < Duration::from_secs(1)) {
        let stopping = stop.load(Ordering::Relaxed);
        let due = (begin.elapsed().as_secs_f64() * rate) as u64;
        while sent < due && !stopping {
            sent += 1;
            let topic = "org.fedoraproject.dev.chaos.message";
            let body = json!({
                "topic": topic, "msg_id": format!("2026-{sent}"), "msg": {"n": sent},
                "timestamp": 1, "i": sent, "username": "chaos",
            });
            let frames = ["", topic, &body.to_string()];
            // A relay that is away for long takes no more; those messages get no receipt.
            let _ = socket.send_multipart(frames, zmq::DONTWAIT);
        }
        while let Ok(reply) = socket.recv_multipart(zmq::DONTWAIT) {
            let reply: Value = serde_json::from_slice(reply.last().unwrap()).unwrap();
            if reply["ok"] == true {
                receipts.insert(reply["msg_id"].as_str().unwrap().to_owned());
            }
            quiet = None;
        }
        if stopping {
            quiet.get_or_insert_with(Instant::now);
        }
        thread::sleep(Duration::from_millis(1));
    }
    receipts
}

#[test]
fn what_has_a_receipt_is_delivered_whoever_is_killed() {
    let kills = if long() { 100 } else { 6 };
    let mut bus = Bus::new();
    bus.start_relay();
    bus.start_hub();
    // One that has never run begins with what comes now.
    bus.hub.as_ref().unwrap().wait_for_line("all is ready now");
    let publisher = Publisher::start(bus.site.setting("/relay/receipts/0"), 2000.0);
    wait_until("messages are delivered", || !bus.delivered().is_empty());
    let mut random = fastrand::Rng::with_seed(7);
    let mut slowest = Duration::ZERO;
    for kill in 0..kills {
        thread::sleep(Duration::from_millis(random.u64(0..300)));
        let (relay, hub) = [(true, false), (false, true), (true, true)][kill % 3];
        for (dies, process) in [(relay, &mut bus.relay), (hub, &mut bus.hub)] {
            if dies {
                let process = process.take().unwrap();
                process.signal(Signal::SIGKILL);
                process.finish();
            }
        }
        let begin = Instant::now();
        if relay {
            bus.start_relay();
        }
        if hub {
            bus.start_hub();
        }
        let before = bus.delivered().len();
        wait_until("deliveries go on", || bus.delivered().len() > before);
        slowest = slowest.max(begin.elapsed());
    }
    let receipts = publisher.finish();
    assert!(receipts.len() > 1000, "{}", receipts.len());
    let missing = |bus: &Bus| {
        let delivered: HashSet<String> = bus.delivered().into_iter().collect();
        receipts.difference(&delivered).count()
    };
    wait_until("everything with a receipt is delivered", || missing(&bus) == 0);
    let mut counts: HashMap<String, usize> = HashMap::new();
    for id in bus.delivered() {
        *counts.entry(id).or_default() += 1;
    }
    assert!(counts.values().all(|count| *count == 1), "something was delivered twice");
    eprintln!("{kills} kills, {} receipts, slowest restart {slowest:?}", receipts.len());
    if long() {
        assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    }
}
