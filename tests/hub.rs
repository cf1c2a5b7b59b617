//! The hub: what consumers get, and that one in trouble harms no other.

use std::collections::HashSet;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use fedhub::config::Config;
use fedhub::crypto::Signer;
use fedhub::envelope::Author;
use fedhub::message::Message;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use zmq::Socket;

use crate::chaos::long;
use crate::harness::{Finished, Process, Site, free_endpoint, run, wait_until};

/// Appends `msg_id`, time of arrival and time of sending of each message to a file.
const RECORDER: &str = r#"
import json, sys, time
with open(sys.argv[1], "a") as file:
    for line in sys.stdin:
        message = json.loads(line)
        file.write("%s %.6f %s\n" % (message["msg_id"], time.time(), message["msg"]["sent"]))
        file.flush()
        print("ok", flush=True)
"#;

/// Refuses what says so.
const PICKY: &str = r#"
import json, sys
with open(sys.argv[1], "a") as file:
    for line in sys.stdin:
        message = json.loads(line)
        if message["msg"].get("bad"):
            print('{"ok": false, "error": "it is bad"}', flush=True)
        else:
            file.write(message["msg_id"] + "\n")
            file.flush()
            print("ok", flush=True)
"#;

/// Says who it is and then behaves as told for each message: hang, fail or die.
const TROUBLE: &str = r#"
import os, sys
with open(sys.argv[1], "w") as file:
    file.write(str(os.getpid()))
for line in sys.stdin:
    if sys.argv[2] == "die":
        os._exit(3)
    if sys.argv[2] == "fail":
        print("error always", flush=True)
    else:
        print("ok", flush=True)
"#;

/// A hub subscribed to a socket of the test.
pub(crate) struct Bed {
    pub(crate) site: Site,
    endpoint: String,
}

impl Bed {
    pub(crate) fn new(settings: Value) -> Self {
        let endpoint = free_endpoint();
        let mut site = Site::new(json!({
            "endpoints": {"test": [endpoint]},
            "validate_signatures": false,
        }));
        site.set(json!({"hub": {"journal": site.path("hub.db")}}));
        site.set(settings);
        Self { site, endpoint }
    }

    /// Writes a script into the folder and returns the command that runs it with these arguments.
    pub(crate) fn script(&self, name: &str, text: &str, arguments: &[&str]) -> Value {
        let script = self.site.path(name);
        std::fs::write(&script, text).unwrap();
        let path = |name: &&str| self.site.path(name).display().to_string();
        let mut command = vec!["python3".to_owned(), script.display().to_string()];
        command.extend(arguments.first().iter().map(|file| path(file)));
        command.extend(arguments.iter().skip(1).map(|word| (*word).to_owned()));
        json!(command)
    }

    /// Starts the hub and a publisher that it has subscribed to.
    pub(crate) fn start(&self) -> (Process, Socket) {
        let publisher = zmq::Context::new().socket(zmq::XPUB).unwrap();
        publisher.set_sndhwm(0).unwrap();
        publisher.set_linger(0).unwrap();
        publisher.bind(&self.endpoint).unwrap();
        let (hub, _) = self.site.start(&["hub"]);
        publisher.set_rcvtimeo(60_000).unwrap();
        publisher.recv_bytes(0).unwrap();
        (hub, publisher)
    }

    pub(crate) fn quarantine(&self) -> Vec<Value> {
        let listed = run(&mut self.site.fedhub(&["quarantine", "ls"]));
        listed.stdout.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// How many messages a consumer has before it.
    fn behind(&self, consumer: &str) -> u64 {
        let listed = run(&mut self.site.fedhub(&["journal", "cursors"])).expect(0).stdout;
        let mut cursors = listed.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
        cursors.find(|cursor| cursor["name"] == consumer).unwrap()["behind"].as_u64().unwrap()
    }

    /// How many messages its journal has.
    pub(crate) fn stored(&self) -> usize {
        run(&mut self.site.fedhub(&["journal", "ls"])).stdout.len()
    }

    pub(crate) fn lines(&self, name: &str) -> Vec<String> {
        lines(&self.site.path(name))
    }
}

fn lines(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn now() -> f64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64()
}

pub(crate) fn body(number: usize, bad: bool) -> String {
    let topic = "org.fedoraproject.dev.test.hub";
    let msg = json!({"sent": now(), "bad": bad, "padding": "x".repeat(1200)});
    json!({"topic": topic, "msg_id": format!("2026-{number}"), "i": number, "timestamp": 1, "msg": msg})
        .to_string()
}

pub(crate) fn publish(publisher: &Socket, body: &str) {
    publisher.send_multipart(["org.fedoraproject.dev.test.hub", body], 0).unwrap();
}

/// Publishes messages at a rate.
fn publish_at(publisher: &Socket, rate: f64, count: usize) {
    let begin = Instant::now();
    for number in 0..count {
        let due = Duration::from_secs_f64(number as f64 / rate);
        thread::sleep(due.saturating_sub(begin.elapsed()));
        publish(publisher, &body(number, false));
    }
}

fn resident(process: &Process) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

#[test]
fn one_consumer_in_trouble_harms_no_other() {
    let count = if long() { 60_000 } else { 4000 };
    let mut bed = Bed::new(json!({}));
    let exec = |command: Value| json!({"type": "exec", "command": command});
    let trouble = |name: &str, how: &str| exec(bed.script("trouble.py", TROUBLE, &[name, how]));
    let consumers = json!({
        "healthy": exec(bed.script("recorder.py", RECORDER, &["healthy"])),
        "stopped": trouble("stopped.pid", "ok"),
        "failing": trouble("failing.pid", "fail"),
        "dying": trouble("dying.pid", "die"),
    });
    bed.site.set(json!({"consumers": consumers}));
    let (hub, publisher) = bed.start();
    publish(&publisher, &body(1_000_000, false));
    wait_until("the stopped one is at work", || !bed.lines("stopped.pid").is_empty());
    let pid = Pid::from_raw(bed.lines("stopped.pid")[0].parse().unwrap());
    kill(pid, Signal::SIGSTOP).unwrap();
    publish_at(&publisher, 2000.0, count);
    wait_until("the healthy one has all", || bed.lines("healthy").len() > count);
    let mut delays: Vec<f64> = bed
        .lines("healthy")
        .iter()
        .skip(1)
        .map(|line| {
            let mut words = line.split(' ').skip(1).map(|word| word.parse::<f64>().unwrap());
            words.next().unwrap() - words.next().unwrap()
        })
        .collect();
    delays.sort_by(f64::total_cmp);
    let p99 = delays[delays.len() * 99 / 100];
    let memory = resident(&hub);
    eprintln!("delay of the healthy one: p99 {:.1} ms; {memory} bytes", p99 * 1e3);
    assert!(memory < 300_000_000, "{memory}");
    if long() {
        assert!(p99 < 0.050, "{p99}");
    }
    // In the long version the hub has given it up by now, and started another one.
    let _ = kill(pid, Signal::SIGCONT);
    hub.stop().expect(0);
}

/// Publishes messages to a hub whose consumer refuses the bad ones; gives how many good ones came in a
/// second.
fn with_poison(count: usize, bad: impl Fn(usize) -> bool) -> f64 {
    let mut bed = Bed::new(json!({}));
    let command = bed.script("picky.py", PICKY, &["good"]);
    bed.site.set(json!({"consumers": {"picky": {
        "type": "exec", "command": command, "attempts": 2, "retry": 0.01,
    }}}));
    let (hub, publisher) = bed.start();
    let begin = Instant::now();
    (0..count).for_each(|number| publish(&publisher, &body(number, bad(number))));
    let good = (0..count).filter(|number| !bad(*number)).count();
    wait_until("all good ones have come", || bed.lines("good").len() >= good);
    let rate = good as f64 / begin.elapsed().as_secs_f64();
    let names: HashSet<String> = bed.lines("good").into_iter().collect();
    assert_eq!(names.len(), good);
    let waiting =
        |bed: &Bed| bed.quarantine().iter().filter(|message| message["state"] == "waiting").count();
    wait_until("all poison is in quarantine", || waiting(&bed) == count - good);
    let listed = bed.quarantine();
    assert!(listed.iter().all(|message| message["reason"].as_str().unwrap().contains("bad")));
    assert!(listed.iter().all(|message| message["attempts"] == 2), "{listed:?}");
    hub.stop().expect(0);
    rate
}

#[test]
fn poison_goes_to_quarantine_and_everything_else_comes() {
    if !long() {
        with_poison(3000, |number| number % 100 == 50);
        return;
    }
    // In turns, since what else the machine does changes with time.
    let (mut clean, mut poisoned) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        clean.push(with_poison(100_000, |_| false));
        poisoned.push(with_poison(100_000, |number| number % 100 == 50));
    }
    eprintln!("good messages per second: clean {clean:.0?}, with poison {poisoned:.0?}");
    let median = |rates: &mut Vec<f64>| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    };
    let (clean, poisoned) = (median(&mut clean), median(&mut poisoned));
    assert!(poisoned >= 0.95 * clean, "{poisoned} of {clean}");
}

#[test]
fn messages_in_quarantine_are_shown_retried_and_dropped() {
    let mut bed = Bed::new(json!({}));
    let command = bed.script("picky.py", PICKY, &["good"]);
    bed.site.set(json!({"consumers": {"picky": {
        "type": "exec", "command": command, "attempts": 1,
    }}}));
    let (hub, publisher) = bed.start();
    publish(&publisher, &body(1, true));
    publish(&publisher, &body(2, true));
    wait_until("both are in quarantine", || bed.quarantine().len() == 2);
    let fedhub = |arguments: &[&str]| -> Finished { run(&mut bed.site.fedhub(arguments)) };
    let id = bed.quarantine()[0]["id"].to_string();
    let shown = fedhub(&["quarantine", "show", &id]).expect(0).stdout.join("");
    assert!(shown.contains("2026-1"), "{shown}");
    fedhub(&["quarantine", "show", "999"]).expect(66);
    // From now on nothing is bad.
    bed.script("picky.py", &PICKY.replace(".get(\"bad\")", ".get(\"none\")"), &[]);
    hub.stop().expect(0);
    drop(publisher);
    let (hub, _publisher) = bed.start();
    fedhub(&["quarantine", "retry", &id]).expect(0);
    wait_until("it was delivered", || bed.lines("good") == ["2026-1"]);
    wait_until("it has left", || bed.quarantine().len() == 1);
    fedhub(&["quarantine", "drop", "--all"]).expect(0);
    fedhub(&["quarantine", "ls"]).expect(1);
    hub.stop().expect(0);
}

#[test]
fn where_consumers_begin() {
    let mut bed = Bed::new(json!({}));
    let command = bed.script("picky.py", PICKY, &["old"]);
    bed.site.set(json!({"consumers": {"old": {"type": "exec", "command": command}}}));
    let (hub, publisher) = bed.start();
    publish(&publisher, &body(1, false));
    wait_until("the first one", || bed.lines("old") == ["2026-1"]);
    wait_until("its cursor has moved", || bed.behind("old") == 0);
    hub.stop().expect(0);
    drop(publisher);
    let both = |bed: &Bed| {
        let exec =
            |name: &str| json!({"type": "exec", "command": bed.script("picky.py", PICKY, &[name])});
        json!({"consumers": {"old": exec("old"), "new": exec("new")}})
    };
    let settings = both(&bed);
    bed.site.set(settings);
    // One that never ran begins with what comes now; the other goes on.
    let (hub, publisher) = bed.start();
    publish(&publisher, &body(2, false));
    wait_until("the second one", || bed.lines("new") == ["2026-2"]);
    wait_until("the second one", || bed.lines("old") == ["2026-1", "2026-2"]);
    wait_until("their cursors have moved", || bed.behind("old") + bed.behind("new") == 0);
    hub.stop().expect(0);
    drop(publisher);
    let from = |place: &str| Process::spawn("hub", &mut bed.site.fedhub(&["hub", "--from", place]));
    let hub = from("-1h");
    wait_until("all once more", || bed.lines("new") == ["2026-2", "2026-1", "2026-2"]);
    hub.stop().expect(0);
    run(&mut bed.site.fedhub(&["hub", "--from", "yesterday-ish"])).expect(2);
}

#[test]
fn wrong_settings_are_found_at_the_start() {
    for (consumer, expected) in [
        (json!({"type": "exex", "command": ["x"]}), "it can be exec"),
        (json!({"type": "exec"}), "command"),
        (json!({"type": "webhook", "url": "ftp://x"}), "url"),
        (json!({"type": "relay"}), "endpoint"),
    ] {
        let bed = Bed::new(json!({"consumers": {"c": consumer}}));
        let finished = run(&mut bed.site.fedhub(&["hub"])).expect(78);
        let text = finished.stderr.join("\n");
        assert!(text.contains("consumer") && text.contains(expected), "{text}");
    }
    let bed = Bed::new(json!({"hub": {"from": "sometimes"}}));
    let finished = run(&mut bed.site.fedhub(&["hub"])).expect(78);
    assert!(finished.stderr.join("\n").contains("hub.from"), "{finished:?}");
}

/// Puts a file in the place of another at once.
fn replace(path: &Path, text: &str) {
    let new = path.with_extension("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, path).unwrap();
}

#[test]
fn ca_and_list_are_rotated_under_load() {
    let rounds = if long() { 100 } else { 10 };
    let mut bed = Bed::new(json!({"validate_signatures": true}));
    bed.site.set(json!({"consumers": {"all": {
        "type": "exec", "command": bed.script("picky.py", PICKY, &["out"]),
    }}}));
    bed.site.issue("pki", &["good", "bad"]);
    bed.site.issue("other", &["else"]);
    let (ca, other) = (bed.site.path("pki/ca.crt"), bed.site.path("other/ca.crt"));
    let (old, other) = (read(&ca), read(&other));
    let signer = |name: &str| Signer::from_dir(&bed.site.path("pki"), name).unwrap();
    let (good, bad) = (signer("good"), signer("bad"));
    let mut author = Author::new(&Config::default(), "alice");
    let (hub, publisher) = bed.start();
    let mut revoked = None;
    let mut send = |signer: &Signer| {
        let msg = fedhub::canonical::parse(br#"{"sent": 0}"#).unwrap();
        let (topic, body) = author.write("test.rotation", msg, Some(signer)).unwrap();
        let id = Message::new(topic.as_str(), body.as_slice()).msg_id().unwrap().to_owned();
        publisher.send_multipart([topic.as_bytes(), &body], 0).unwrap();
        id
    };
    let mut good_ids = Vec::new();
    let mut late_bad_ids = Vec::new();
    for round in 0..rounds {
        for _ in 0..100 {
            good_ids.push(send(&good));
            let id = send(&bad);
            // The list is looked at each second.
            if revoked.is_some_and(|since: Instant| since.elapsed() > Duration::from_secs(5)) {
                late_bad_ids.push(id);
            }
        }
        match round % 3 {
            0 => run(bed.site.fedhub(&["certs", "crl"]).arg("--dir").arg("pki")).expect(0),
            1 => {
                replace(&ca, &format!("{old}{other}"));
                continue;
            }
            _ => {
                replace(&ca, &old);
                continue;
            }
        };
        if round == 3 {
            run(bed.site.fedhub(&["certs", "revoke", "bad"]).arg("--dir").arg("pki")).expect(0);
            revoked = Some(Instant::now());
        }
    }
    let limit = Instant::now() + Duration::from_secs(6);
    while Instant::now() < limit {
        good_ids.push(send(&good));
        thread::sleep(Duration::from_millis(50));
    }
    late_bad_ids.push(send(&bad));
    good_ids.push(send(&good));
    wait_until("all good ones are delivered", || {
        bed.lines("out").contains(good_ids.last().unwrap())
    });
    let delivered: HashSet<String> = bed.lines("out").into_iter().collect();
    assert!(good_ids.iter().all(|id| delivered.contains(id)), "a valid message was refused");
    assert!(!late_bad_ids.iter().any(|id| delivered.contains(id)), "a revoked one was let through");
    hub.stop().expect(0);
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
