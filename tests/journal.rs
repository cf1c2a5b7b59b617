//! The journal: what a relay keeps through kills, full disks and repetitions, and how it is looked
//! into.

mod full_disk;

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use zmq::Socket;

use crate::harness::{Finished, Process, Site, field, run, wait_until};
use crate::relay::{publisher_to, receive, start_relay, subscriber};

pub(crate) fn site() -> Site {
    let mut site = Site::new(json!({"validate_signatures": false}));
    let path = site.path("journal.db");
    site.set(json!({"relay": {"journal": path}}));
    site
}

fn body(id: impl std::fmt::Display) -> String {
    format!(r#"{{"msg_id": "{id}", "topic": "t", "msg": {{"n": 1.50}}}}"#)
}

fn send(publisher: &Socket, body: &str) {
    publisher.send_multipart([b"t", body.as_bytes()], 0).unwrap();
}

fn journal(site: &Site, arguments: &[&str]) -> Finished {
    run(site.fedhub(&["journal"]).args(arguments))
}

/// What `ls` says of each message.
pub(crate) fn listed(site: &Site, arguments: &[&str]) -> Vec<Value> {
    let lines = journal(site, &[&["ls", "-o", "ndjson"], arguments].concat()).expect(0).stdout;
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().filter_map(|row| row["msg_id"].as_str()).collect()
}

fn wait_for_rows(site: &Site, count: usize) {
    wait_until(&format!("{count} messages are in the journal"), || {
        listed(site, &[]).len() >= count
    });
}

/// A stopped relay's journal with these bodies.
fn filled(site: &Site, bodies: &[String]) -> Finished {
    let (relay, inbound, _) = start_relay(site, &[]);
    let publisher = publisher_to(&inbound);
    bodies.iter().for_each(|body| send(&publisher, body));
    // The last one is new, so when it is there all are.
    wait_until("the last message is there", || {
        let rows = listed(site, &["--last", "1"]);
        let last: Value = serde_json::from_str(bodies.last().unwrap()).unwrap();
        rows.first().is_some_and(|row| row["msg_id"] == last["msg_id"])
    });
    relay.stop().expect(0)
}

#[test]
fn what_was_committed_survives_kills_and_is_there_once() {
    let site = site();
    let mut sent = 0;
    let mut committed = HashSet::new();
    for round in 0..5 {
        let (relay, inbound, _) = start_relay(&site, &[]);
        let publisher = publisher_to(&inbound);
        for _ in 0..500 {
            send(&publisher, &body(sent));
            sent += 1;
        }
        // Some are there, others are on their way.
        wait_for_rows(&site, committed.len() + 50 * (round + 1));
        committed.extend(ids(&listed(&site, &[])).into_iter().map(str::to_owned));
        relay.signal(Signal::SIGKILL);
        relay.finish();
        let rows = listed(&site, &[]);
        let after: HashSet<String> = ids(&rows).into_iter().map(str::to_owned).collect();
        assert!(committed.is_subset(&after), "lost: {:?}", committed.difference(&after));
        assert_eq!(rows.len(), after.len(), "each once");
        let numbers: Vec<_> = rows.iter().map(|row| row["seq"].as_i64().unwrap()).collect();
        assert!(numbers.is_sorted() && numbers.last() == Some(&(numbers.len() as i64)));
        committed = after;
    }
    journal(&site, &["verify"]).expect(0);
}

#[test]
fn the_bytes_are_kept_as_they_came_and_the_same_only_once() {
    let site = site();
    let odd = "{ \"msg_id\" :\t\"1\", \"n\": 1E3, \"é\": \"\\u00e9\" }".to_owned();
    let respelt = r#"{"msg_id":"1","n":1000.0,"é":"é"}"#.to_owned();
    let other = r#"{"msg_id":"1","n":2}"#.to_owned();
    let log = filled(&site, &[odd.clone(), respelt, other, body("end")]).expect(0).stderr;
    assert!(log.iter().any(|line| line.contains("journaled 3, duplicates 1")), "{log:#?}");
    let rows = listed(&site, &[]);
    assert_eq!(ids(&rows), ["1", "1", "end"]);
    let marked: Vec<_> = rows.iter().map(|row| row["conflict"].as_bool().unwrap()).collect();
    assert_eq!(marked, [false, true, false]);
    assert_eq!(rows[0]["verdict"], "unchecked");
    let shown = journal(&site, &["show", "1", "-o", "ndjson"]).expect(0).stdout;
    assert_eq!(shown, [odd]);
    journal(&site, &["show", "9"]).expect(66);
}

#[test]
fn a_relay_without_a_journal_keeps_nothing() {
    let site = Site::new(json!({}));
    let (relay, ..) = start_relay(&site, &[]);
    let log = relay.stop().expect(0).stderr;
    assert!(!log.iter().any(|line| line.contains("journal")), "{log:#?}");
    journal(&site, &["ls"]).expect(78);
    journal(&site, &["ls", "--journal", "none.db"]).expect(66);
    assert!(!site.path("none.db").exists(), "looking makes nothing");
}

#[test]
fn listing_seeking_and_pruning() {
    let site = site();
    let bodies: Vec<_> = (0..20).map(body).collect();
    filled(&site, &bodies);
    assert_eq!(ids(&listed(&site, &["--last", "2"])), ["18", "19"]);
    assert_eq!(listed(&site, &["--since", "-1h", "--topic", "t"]).len(), 20);
    assert_eq!(listed(&site, &["--topic", "other"]).len(), 0);
    assert_eq!(ids(&listed(&site, &["--verdict", "unchecked", "--last", "1"])), ["19"]);
    assert_eq!(listed(&site, &["--verdict", "invalid", "--verdict", "valid"]).len(), 0);
    journal(&site, &["ls", "--verdict", "bad"]).expect(2);
    assert_eq!(listed(&site, &["--until", "2020-01-01T00:00:00Z"]).len(), 0);
    assert_eq!(listed(&site, &["--until", "1577836800"]).len(), 0);
    journal(&site, &["ls", "--since", "yesterday"]).expect(2);
    for (position, behind) in [("first", 20), ("5", 15), ("last", 0), ("-1h", 20)] {
        journal(&site, &["seek", "mirror", position]).expect(0);
        let line = &journal(&site, &["cursors", "-o", "ndjson"]).expect(0).stdout[0];
        let cursor: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&cursor["name"], &cursor["behind"]), (&json!("mirror"), &json!(behind)));
    }
    let human = journal(&site, &["ls", "-o", "human", "--last", "1"]).expect(0).stdout;
    assert!(human[0].starts_with("20 ") && human[0].ends_with(" unchecked t 19"), "{human:?}");
    journal(&site, &["prune"]).expect(0);
    assert_eq!(listed(&site, &[]).len(), 20);
    let removed = journal(&site, &["prune", "--max-size", "1"]).expect(0).stdout;
    assert_eq!(removed, ["20 messages removed"]);
    let line = &journal(&site, &["cursors", "-o", "ndjson"]).expect(0).stdout[0];
    let cursor: Value = serde_json::from_str(line).unwrap();
    assert_eq!((&cursor["behind"], &cursor["lost"]), (&json!(0), &json!(20)));
    assert_eq!(listed(&site, &[]).len(), 0);
}

#[test]
fn the_relay_keeps_no_more_than_it_may() {
    let mut site = site();
    let path = site.path("journal.db");
    site.set(json!({"relay": {"journal": path}, "journal": {"max_size": 500_000}}));
    let bodies: Vec<_> = (0..2000)
        .map(|n| format!(r#"{{"msg_id": "{n}", "msg": "{}"}}"#, "x".repeat(1000)))
        .collect();
    filled(&site, &bodies);
    let rows = listed(&site, &[]);
    assert!((100..1000).contains(&rows.len()), "{} are left", rows.len());
    assert_eq!(rows.last().unwrap()["seq"], 2000);
}

/// A relay that may make files of so many blocks of 1024 bytes, and sees an error beyond.
pub(crate) fn limited_relay(site: &Site, blocks: u32) -> (Process, String) {
    let relay = site.fedhub(&[
        "relay",
        "--inbound",
        "tcp://127.0.0.1:*",
        "--outbound",
        "tcp://127.0.0.1:*",
        "--receipts",
        "tcp://127.0.0.1:*",
    ]);
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(format!("trap '' XFSZ; ulimit -S -f {blocks}; exec \"$@\"")).arg("bash");
    shell.arg(relay.get_program()).args(relay.get_args());
    shell.current_dir(site.path(".")).env("HOME", site.path("."));
    let process = Process::spawn("relay", &mut shell);
    let ready = process.wait_for_line("ready");
    (process, ready)
}

/// Lets a running process make files of any size again.
pub(crate) fn lift_limit(path: &Path, process: &Process) {
    let pid = process.id();
    let mut prlimit = Command::new("prlimit");
    prlimit.args(["--pid", &pid.to_string(), "--fsize=unlimited:unlimited"]).current_dir(path);
    assert!(prlimit.status().unwrap().success());
}

#[test]
fn a_full_disk_stops_the_journal_but_not_the_relay_and_it_recovers_by_itself() {
    let site = site();
    let (relay, ready) = limited_relay(&site, 300);
    let publisher = publisher_to(&field(&ready, "inbound"));
    let subscriber = subscriber();
    subscriber.connect(&field(&ready, "outbound")).unwrap();
    wait_until("the subscriber is connected", || {
        send(&publisher, &body("greeting"));
        subscriber.poll(zmq::POLLIN, 20).unwrap() > 0
    });
    let bodies: Vec<_> = (0..1000)
        .map(|n| format!(r#"{{"msg_id": "{n}", "msg": "{}"}}"#, "x".repeat(1000)))
        .collect();
    bodies.iter().for_each(|body| send(&publisher, body));
    let last = bodies.last().unwrap().as_bytes();
    while receive(&subscriber)[1] != last {}
    relay.wait_for_line("nothing is acknowledged");
    lift_limit(&site.path("."), &relay);
    relay.wait_for_line("works again");
    relay.stop().expect(0);
    let rows = listed(&site, &[]);
    assert_eq!(rows.len(), 1001);
    let unique: HashSet<_> = ids(&rows).into_iter().collect();
    assert_eq!(unique.len(), 1001);
    journal(&site, &["verify"]).expect(0);
}

#[test]
fn a_newer_journal_and_other_files_are_refused() {
    let site = site();
    filled(&site, &[body(1)]);
    let path = site.path("journal.db");
    let mut bytes = std::fs::read(&path).unwrap();
    // SQLite's user_version: four bytes, the most significant first.
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    std::fs::write(&path, bytes).unwrap();
    for arguments in [&["journal", "ls"][..], &["relay"]] {
        let errors = run(&mut site.fedhub(arguments)).expect(65).stderr;
        assert!(errors.iter().any(|line| line.contains("newer fedhub")), "{errors:#?}");
    }
    std::fs::write(&path, "no database, but long enough to be one".repeat(100)).unwrap();
    journal(&site, &["ls"]).expect(65);
}

#[test]
fn damage_is_found() {
    let site = site();
    filled(&site, &[body("intact"), body("damaged")]);
    let path = site.path("journal.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let needle = b"\"damaged\"";
    let places: Vec<_> = (0..bytes.len() - needle.len())
        .filter(|&at| &bytes[at..at + needle.len()] == needle)
        .collect();
    assert_eq!(places.len(), 1);
    bytes[places[0] + 1] = b'D';
    std::fs::write(&path, bytes).unwrap();
    let found = journal(&site, &["verify"]).expect(1).stdout;
    assert!(found[0].contains("message 2"), "{found:#?}");
}

#[test]
fn tail_shows_the_journal_and_then_follows_without_repeating() {
    let site = site();
    let (relay, inbound, outbound) = start_relay(&site, &[]);
    let publisher = publisher_to(&inbound);
    (0..100).for_each(|n| send(&publisher, &body(n)));
    wait_for_rows(&site, 100);
    let arguments = ["tail", "-o", "template={{msg_id}}", "--endpoint", &outbound, "--last", "50"];
    let tail = Process::spawn("tail", &mut site.fedhub(&arguments));
    tail.wait_for_line("99");
    // While it goes from the one to the other, and after.
    for n in 100..400 {
        send(&publisher, &body(n));
        std::thread::sleep(std::time::Duration::from_millis(15));
    }
    let expected: Vec<_> = (50..400).map(|n| n.to_string()).collect();
    wait_until("everything is shown", || tail.stdout().len() >= expected.len());
    let mut shown = tail.stop().expect(0).stdout;
    assert_eq!(shown[..50], expected[..50], "first the journal, in order");
    shown.sort_by_key(|id| id.parse::<u32>().unwrap());
    assert_eq!(shown, expected);
    relay.stop().expect(0);

    let past = ["tail", "-o", "template={{msg_id}}", "--until", "-0s", "--since", "-1h", "--last"];
    let shown = run(site.fedhub(&past).arg("3")).expect(0).stdout;
    assert_eq!(shown, ["397", "398", "399"]);
}
