//! Catching up: everything an archive or a replay endpoint has comes into the hub's journal once,
//! whatever goes wrong on the way.

use std::collections::HashSet;
use std::process::Command;

use fedhub::canonical::{Object, Value as Wire, to_vec};
use fedhub::crypto::Signer;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::harness::{Process, Site, free_endpoint, run, script, wait_until};

const TOPIC: &str = "org.fedoraproject.dev.test.archived";

fn now() -> i64 {
    fedhub::journal::now() / 1_000_000
}

/// A hub whose publisher is never there, and so hears only of the past.
fn site(settings: Value) -> Site {
    let mut site = Site::new(json!({
        "endpoints": {"silent": [free_endpoint()]},
        "validate_signatures": false,
    }));
    site.set(settings);
    site
}

fn set_hub(site: &mut Site, archive: &str, rate: u32) {
    site.set(json!({"hub": {
        "journal": site.path("hub.db"),
        "datagrepper_url": archive,
        "catch_up_rate": rate,
    }}));
}

/// A message of this second, as it is on the bus.
fn message(number: usize, second: i64, signer: Option<&Signer>) -> Object {
    let id = format!("2026-{number}");
    let mut message = Object::from_iter([("topic", TOPIC), ("msg_id", &id), ("username", "x")]);
    message.insert("i", number as i64);
    message.insert("timestamp", second);
    message.insert("msg", Object::from_iter([("text", "Łódź \u{7f} 1.0")]));
    if let Some(signer) = signer {
        signer.sign(&mut message).unwrap();
    }
    message
}

/// The same as the archive gives it; it turns up after so many requests.
fn archived(message: &Object, after: usize) -> String {
    let mut row: Value = serde_json::from_slice(&to_vec(&Wire::Object(message.clone()))).unwrap();
    let second = row["timestamp"].as_i64().unwrap();
    row["timestamp"] = json!(second as f64);
    for (field, value) in [
        ("source_name", json!("datanommer")),
        ("source_version", json!("1.5.0")),
        ("headers", json!({})),
        ("agent_name", json!("x")),
        ("users", json!(["x"])),
        ("packages", json!([])),
    ] {
        row[field] = value;
    }
    for field in ["certificate", "signature", "crypto"] {
        row.as_object_mut().unwrap().entry(field).or_insert(Value::Null);
    }
    json!({"time": second as f64 + 0.25, "row": row, "after": after}).to_string()
}

/// Starts an archive of these lines, and gives its address too.
fn archive(site: &Site, lines: &[String], faults: &[&str]) -> (Process, String) {
    let file = site.path("archive");
    std::fs::write(&file, lines.join("\n")).unwrap();
    let mut command = Command::new("python3");
    command.arg(script("datagrepper.py")).arg(file).args(faults);
    let process = Process::spawn("datagrepper", &mut command);
    let address = process.wait_for_line("http://");
    (process, address)
}

/// The requests the archive got so far: where each began, and what befell it.
fn requests(archive: &Process) -> Vec<(i64, String)> {
    let lines = archive.wait_for("requests", |lines| Some(lines.stderr.clone()));
    let requests = lines.iter().filter(|line| line.starts_with("request "));
    let request = |line: &String| {
        let start = crate::harness::field(line, "start").parse().unwrap();
        (start, line.rsplit(' ').next().unwrap().to_owned())
    };
    requests.map(request).collect()
}

/// What is in the hub's journal.
fn kept(site: &Site) -> Vec<Value> {
    let path = site.path("hub.db").display().to_string();
    let lines = run(&mut site.fedhub(&["journal", "ls", "-o", "ndjson", "--journal", &path]));
    lines.stdout.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Fails unless each of so many messages is there once, with this verdict.
#[track_caller]
fn assert_all_once(site: &Site, count: usize, verdict: &str) {
    let rows = kept(site);
    let ids: HashSet<_> = rows.iter().filter_map(|row| row["msg_id"].as_str()).collect();
    let missing: Vec<_> = (0..count).filter(|n| !ids.contains(&*format!("2026-{n}"))).collect();
    assert!(missing.is_empty(), "{} are missing, from {} on", missing.len(), missing[0]);
    assert_eq!(rows.len(), count, "each once");
    for row in &rows {
        assert_eq!(row["verdict"], verdict, "{row}");
    }
}

#[test]
fn an_archive_that_fails_in_every_way_is_read_completely() {
    let mut site = site(json!({"validate_signatures": true}));
    site.issue("pki", &["shell"]);
    let signer = Signer::from_dir(&site.path("pki"), "shell").unwrap();
    let begin = now() - 3600;
    // Several in each second, and two seconds with more than a page has.
    let crowded = |n: usize| (400..750).contains(&n) || (1300..1420).contains(&n);
    let second = |n: usize| begin + if crowded(n) { n / 400 * 400 } else { n } as i64 / 2;
    let lines: Vec<_> =
        (0..1600).map(|n| archived(&message(n, second(n), Some(&signer)), 0)).collect();
    let faults = "500 ok garbage ok cut ok short ok old ok ok ok ok short cut ok ok 503 ok 429";
    let faults: Vec<_> = faults.split(' ').collect();
    let (archive, address) = archive(&site, &lines, &faults);
    set_hub(&mut site, &address, 0);
    let (hub, _) = site.start(&["hub", "--from", "-2h"]);
    hub.wait_for_line("caught up with");
    hub.stop().expect(0);
    assert_all_once(&site, 1600, "valid");
    // What failed was asked for again.
    let requests = requests(&archive);
    for pair in requests.windows(2).filter(|pair| pair[0].1 != "ok") {
        assert!(pair[1].0 <= pair[0].0, "{pair:?}");
    }
    assert!(requests.len() > faults.len(), "all faults have happened");
}

#[test]
fn messages_that_turn_up_meanwhile_shift_nothing_out_of_sight() {
    let mut site = site(json!({}));
    let begin = now() - 3600;
    // A third is not there yet when it begins, and what is behind moves back when it comes.
    let after = |n: usize| if n.is_multiple_of(3) { n / 200 } else { 0 };
    let lines: Vec<_> =
        (0..2000).map(|n| archived(&message(n, begin + n as i64 / 40, None), after(n))).collect();
    let (_archive, address) = archive(&site, &lines, &[]);
    set_hub(&mut site, &address, 0);
    let (hub, _) = site.start(&["hub", "--from", "-2h"]);
    hub.wait_for_line("caught up with");
    hub.stop().expect(0);
    assert_all_once(&site, 2000, "unchecked");
}

#[test]
fn after_a_kill_it_goes_on_where_it_was() {
    let mut site = site(json!({}));
    let begin = now() - 3600;
    let lines: Vec<_> =
        (0..2000).map(|n| archived(&message(n, begin + n as i64, None), 0)).collect();
    let (archive, address) = archive(&site, &lines, &[]);
    set_hub(&mut site, &address, 400);
    let (hub, _) = site.start(&["hub", "--from", "-2h"]);
    wait_until("some of it is read", || kept(&site).len() > 600);
    hub.signal(Signal::SIGKILL);
    hub.finish();
    let read = kept(&site).len();
    assert!(read < 2000, "it was killed in the middle");
    let before = requests(&archive);

    set_hub(&mut site, &address, 0);
    let (hub, _) = site.start(&["hub"]);
    hub.wait_for_line("caught up with");
    hub.stop().expect(0);
    assert_all_once(&site, 2000, "unchecked");
    let again = requests(&archive)[before.len()].0;
    assert!(again > begin + 400, "it began anew, at {}", again - begin);
    assert!(again <= begin + read as i64, "it left something out");

    // The third time there is only the last minute left to ask for.
    let before = requests(&archive).len();
    let (hub, _) = site.start(&["hub"]);
    hub.wait_for_line("caught up with");
    hub.stop().expect(0);
    assert!(requests(&archive)[before..].iter().all(|(start, _)| *start > begin + 3000));
    assert_all_once(&site, 2000, "unchecked");
}

#[test]
fn what_was_missed_can_be_left_behind() {
    let mut site = site(json!({}));
    let lines: Vec<_> = (0..20).map(|n| archived(&message(n, now() - 600, None), 0)).collect();
    let (_archive, address) = archive(&site, &lines, &[]);
    set_hub(&mut site, &address, 0);
    // A hub that has never run has missed nothing.
    for arguments in [&["hub"][..], &["hub", "--from", "now"]] {
        let (hub, _) = site.start(arguments);
        hub.wait_for_line("caught up with");
        hub.stop().expect(0);
        assert_all_once(&site, 0, "");
    }
}

#[test]
fn an_archive_that_is_not_there_keeps_nobody_from_listening() {
    let mut site = site(json!({}));
    let (_archive, address) = archive(&site, &[], &["forever:404"]);
    set_hub(&mut site, &address, 0);
    let publisher = zmq::Context::new().socket(zmq::XPUB).unwrap();
    publisher.set_linger(0).unwrap();
    publisher.set_rcvtimeo(60_000).unwrap();
    publisher.bind(site.setting("/endpoints/silent/0")).unwrap();
    let (hub, _) = site.start(&["hub", "--from", "-2h"]);
    hub.wait_for_line("going live without all that was missed");
    assert_eq!(publisher.recv_bytes(0).unwrap(), [1]);
    let body = to_vec(&Wire::Object(message(0, now(), None)));
    publisher.send_multipart([TOPIC.as_bytes(), &body], 0).unwrap();
    wait_until("the message is kept", || kept(&site).len() == 1);
    hub.stop().expect(0);
    set_hub(&mut site, "ftp://example.org", 0);
    run(&mut site.fedhub(&["hub"])).expect(78);
}

#[test]
fn a_relay_has_what_the_hub_missed() {
    let mut site = site(json!({}));
    let (inbound, replay) = (free_endpoint(), free_endpoint());
    let relay_journal = site.path("relay.db");
    site.set(json!({"relay": {"journal": relay_journal, "replay": replay}}));
    site.set(json!({"replay_endpoints": {"silent": replay}}));
    let arguments = ["relay", "--inbound", &inbound, "--outbound", "tcp://127.0.0.1:*"];
    let (relay, _) = site.start(&arguments);
    let publisher = zmq::Context::new().socket(zmq::PUB).unwrap();
    publisher.set_sndhwm(0).unwrap();
    publisher.connect(&inbound).unwrap();
    let path = relay_journal.display().to_string();
    let rows = || {
        let ls = ["journal", "ls", "-o", "ndjson", "--journal", &path];
        run(&mut site.fedhub(&ls)).stdout.len()
    };
    let published = now();
    let publish = |number| {
        let body = to_vec(&Wire::Object(message(number, published, None)));
        publisher.send_multipart([TOPIC.as_bytes(), &body], 0).unwrap();
    };
    wait_until("the relay hears the publisher", || {
        publish(0);
        rows() > 0
    });
    (1..2500).for_each(publish);
    wait_until("the relay has all", || rows() == 2500);
    let had = now();
    wait_until("that second is over", || now() > had);
    site.set(json!({"hub": {"journal": site.path("hub.db"), "catch_up_rate": 0}}));
    let (hub, _) = site.start(&["hub", "--from", "-1h"]);
    hub.wait_for_line("caught up with");
    hub.stop().expect(0);
    assert_all_once(&site, 2500, "unchecked");
    relay.stop().expect(0);
}
