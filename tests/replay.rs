//! Replay: fedmsg's client against our server, and sending again what a journal or a recording has.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use zmq::Socket;

use crate::harness::{Finished, Process, Site, free_endpoint, peer_python, run, wait_until};
use crate::relay::{publisher_to, receive, start_relay, subscriber};

/// A site whose relay has a journal and answers from it.
fn site() -> Site {
    let mut site = Site::new(json!({"validate_signatures": false}));
    let (path, endpoint) = (site.path("journal.db"), free_endpoint());
    site.set(json!({
        "relay": {"journal": path, "replay": endpoint},
        "replay_endpoints": {"relay": endpoint},
    }));
    site
}

/// What messages look like: each spelt in a way that only exact bytes have.
fn body(n: u32) -> String {
    format!("{{ \"msg_id\": \"id-{n}\",\t\"n\": {n}.50, \"topic\": \"t\", \"é\": \"\\u00e9\" }}")
}

fn topic(n: u32) -> &'static str {
    if n.is_multiple_of(2) { "org.even" } else { "org.odd" }
}

/// A relay that has `count` messages in its journal.
fn filled_relay(site: &Site, count: u32) -> (Process, String, String) {
    let (relay, inbound, outbound) = start_relay(site, &[]);
    let publisher = publisher_to(&inbound);
    for n in 1..=count {
        publisher.send_multipart([topic(n), &body(n)], 0).unwrap();
    }
    wait_until("the journal has all", || {
        let ls = ["journal", "ls", "-o", "ndjson", "--last", "1"];
        let rows = run(&mut site.fedhub(&ls)).expect(0).stdout;
        rows.first().is_some_and(|row| row.contains(&format!("\"id-{count}\"")))
    });
    (relay, inbound, outbound)
}

fn requester(endpoint: &str) -> Socket {
    let socket = zmq::Context::new().socket(zmq::REQ).unwrap();
    socket.set_linger(0).unwrap();
    socket.set_rcvtimeo(60_000).unwrap();
    socket.connect(endpoint).unwrap();
    socket
}

fn ask(socket: &Socket, frames: &[&[u8]]) -> Vec<String> {
    socket.send_multipart(frames, 0).unwrap();
    let answer = socket.recv_multipart(0).unwrap();
    answer.into_iter().map(|frame| String::from_utf8(frame).unwrap()).collect()
}

/// What fedmsg's client makes of each query.
fn fedmsg_asks(site: &Site, python: &Path, queries: &[&str]) -> Vec<Value> {
    let mut command = site.python(python, "get_replay.py");
    command.arg(site.fedmsg_d()).arg("relay");
    let input = queries.join("\n") + "\n";
    let lines = Process::spawn_with_input("get_replay.py", &mut command, input.as_bytes());
    let lines = lines.finish().expect(0).stdout;
    assert_eq!(lines.len(), queries.len(), "{lines:#?}");
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn fedmsgs_client_gets_the_messages_byte_for_byte_and_the_errors_as_it_knows_them() {
    let Some(python) = peer_python() else { return };
    let site = site();
    let (relay, ..) = filled_relay(&site, 5);
    let good: [(&str, &[u32]); 8] = [
        ("{}", &[1, 2, 3, 4, 5]),
        (r#"{"seq_id": 2}"#, &[2]),
        (r#"{"seq_ids": [4, 1, 77]}"#, &[1, 4]),
        (r#"{"seq_id_range": [2, 4]}"#, &[2, 3, 4]),
        (r#"{"msg_id": "id-3"}"#, &[3]),
        (r#"{"msg_ids": ["id-5", "id-1"]}"#, &[1, 5]),
        (r#"{"time": [0, 9999999999]}"#, &[1, 2, 3, 4, 5]),
        (r#"{"msg_id": "id-5", "seq_id": 2}"#, &[2, 5]),
    ];
    let bad = [
        (r#"{"seq_id": 77}"#, "There was no match for the given query"),
        (r#"{"time": [0, 1]}"#, "There was no match for the given query"),
        (r#"{"time": 5}"#, "Ill-format \"time\" field"),
        (r#"{"seq_id_range": 5}"#, "Ill-format \"seq_id_range\" field"),
        (r#"{"time": ["a", "b"]}"#, "Something went wrong when processing the field \"time\""),
        (r#"{"seq_ids": 5}"#, "Something went wrong when processing the field \"seq_ids\""),
        (r#"{"foo": 5}"#, "Unsupported field: \"key\""),
    ];
    let queries: Vec<_> =
        good.iter().map(|(query, _)| *query).chain(bad.iter().map(|(query, _)| *query)).collect();
    let answers = fedmsg_asks(&site, &python, &queries);
    for ((query, numbers), answer) in good.iter().zip(&answers) {
        let bodies: Vec<_> = numbers.iter().map(|n| body(*n)).collect();
        assert_eq!(answer["raw"], json!(bodies), "{query}");
        let ids: Vec<_> = numbers.iter().map(|n| json!(format!("id-{n}"))).collect();
        let messages = answer["messages"].as_array().unwrap();
        let found: Vec<_> = messages.iter().map(|message| message["msg_id"].clone()).collect();
        assert_eq!(found, ids, "{query}");
        assert_eq!(answer["checked"], true, "{query}");
    }
    for ((query, text), answer) in bad.iter().zip(&answers[good.len()..]) {
        assert_eq!(answer["error"], format!("error: '{text}'"), "{query}");
    }
    relay.stop().expect(0);
}

#[test]
fn hostile_requests_do_not_end_the_relay() {
    let site = site();
    let (relay, ..) = filled_relay(&site, 1);
    let socket = requester(site.setting("/relay/replay"));
    let hostile: [&[&[u8]]; 8] = [
        &[b""],
        &[b"\xff\xfe"],
        &[b"{"],
        &[b"[1]"],
        &[b"\"text\""],
        &[b"{}", b"{}"],
        &[&[b'['; 100_000]],
        &[b"{\"seq_id_range\": [1e999, NaN]}"],
    ];
    for frames in hostile {
        let answer = ask(&socket, frames);
        assert!(answer.len() == 1 && answer[0].starts_with("error: '"), "{answer:?}");
    }
    assert_eq!(ask(&socket, &[b"{}"]), [body(1)]);
    let log = relay.stop().expect(0).stderr;
    let said = "relay replay stopped: 1 requests answered, 8 refused";
    assert!(log.iter().any(|line| line.contains(said)), "{log:#?}");
}

#[test]
fn a_replay_address_needs_a_journal() {
    for role in ["relay", "gateway"] {
        let endpoint = free_endpoint();
        let mut site = Site::new(json!({
            "endpoints": {"relay_outbound": [free_endpoint()]},
            "relay_inbound": [free_endpoint()],
        }));
        site.set(json!({role: {"replay": endpoint, "host": "127.0.0.1", "port": 0}}));
        if role == "relay" {
            site.set(json!({role: {"replay": endpoint}}));
        }
        let errors = run(&mut site.fedhub(&[role])).expect(78).stderr;
        assert!(errors.iter().any(|line| line.contains("no journal to answer from")), "{errors:?}");
    }
}

/// A relay with nothing in it, and somebody who listens to it.
fn fresh_relay(other: &Site) -> (Process, String, Socket) {
    let (relay, inbound, outbound) = start_relay(other, &[]);
    let subscriber = subscriber();
    subscriber.connect(&outbound).unwrap();
    let publisher = publisher_to(&inbound);
    wait_until("the subscriber is connected", || {
        publisher.send_multipart(["greeting", "{}"], 0).unwrap();
        subscriber.poll(zmq::POLLIN, 20).unwrap() > 0
    });
    (relay, inbound, subscriber)
}

/// The next frames that are no greeting.
fn next(subscriber: &Socket) -> [String; 2] {
    loop {
        let frames = receive(subscriber);
        let [topic, body] = frames.as_slice() else { panic!("{frames:?}") };
        if topic != b"greeting" {
            return [topic, body].map(|frame| String::from_utf8(frame.clone()).unwrap());
        }
    }
}

fn parsed(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout[0]).unwrap()
}

#[test]
fn replay_sends_what_was_chosen_and_looks_before_it_does() {
    let site = site();
    let (relay, ..) = filled_relay(&site, 20);
    relay.stop().expect(0);
    let other = Site::new(json!({}));
    let (_relay, inbound, subscriber) = fresh_relay(&other);
    let replay = |arguments: &[&str]| {
        run(site.fedhub(&["replay", "--to", &inbound, "--pace", "10000/s"]).args(arguments))
    };

    let summary = parsed(&replay(&["--since", "-1h", "--topic", "org.e", "--dry-run"]).expect(0));
    assert_eq!(summary["messages"], 10);
    assert_eq!(summary["topics"], json!({"org.even": 10}));
    assert_eq!(summary["first"]["msg_id"], "id-2");
    assert_eq!(summary["last"]["seq"], 20);
    assert_eq!(parsed(&replay(&["4..6"]).expect(2)), parsed(&replay(&["4..6", "--dry-run"])));
    replay(&[]).expect(2);
    replay(&["--until", "-1d", "--yes"]).expect(1);
    let missing = replay(&["id-3", "id-99", "--yes"]).expect(66).stderr;
    assert!(missing.iter().any(|line| line.contains("no message id-99")), "{missing:?}");

    // Nothing of all that was sent: these are the first to come.
    let done = parsed(&replay(&["4..6", "id-9", "17", "--yes"]).expect(0));
    assert_eq!(done, json!({"sent": 5, "receipts": null, "refused": 0}));
    for n in [4, 5, 6, 9, 17] {
        assert_eq!(next(&subscriber), [topic(n).to_owned(), body(n)]);
    }
    let done = parsed(&replay(&["--topic", "org.odd", "--yes"]).expect(0));
    assert_eq!(done["sent"], 10);
    for n in (1..=20).step_by(2) {
        assert_eq!(next(&subscriber), [topic(n).to_owned(), body(n)]);
    }
}

#[test]
fn replay_that_is_interrupted_says_how_far_it_came() {
    let site = site();
    let (relay, ..) = filled_relay(&site, 20);
    relay.stop().expect(0);
    let other = Site::new(json!({}));
    let (_relay, inbound, subscriber) = fresh_relay(&other);
    let arguments = ["replay", "1..20", "--yes", "--to", &inbound, "--pace", "0.01/s"];
    let replay = Process::spawn("replay", &mut site.fedhub(&arguments));
    assert_eq!(next(&subscriber), [topic(1).to_owned(), body(1)]);
    replay.signal(Signal::SIGINT);
    assert_eq!(parsed(&replay.finish().expect(130))["sent"], 1);
}

#[test]
fn replay_asks_an_endpoint_too() {
    let site = site();
    let (_asked, ..) = filled_relay(&site, 1500);
    let other = Site::new(json!({}));
    let (_relay, inbound, subscriber) = fresh_relay(&other);
    let from = ["replay", "--from-endpoint", site.setting("/relay/replay")];
    let replay = |arguments: &[&str]| {
        run(site.fedhub(&from).args(["--to", &inbound, "--pace", "1e6/s"]).args(arguments))
    };
    for what in [["--since", "-1h"], ["--until", "-0s"], ["--topic", "org."], ["1..1500", "7"]] {
        let summary = parsed(&replay(&[&what[..], &["--dry-run"]].concat()).expect(0));
        assert_eq!(summary["messages"], 1500, "{what:?}");
        assert_eq!(summary["topics"], json!({"org.even": 750, "org.odd": 750}));
    }
    replay(&["--until", "1", "--yes"]).expect(1);
    replay(&["id-9999", "--yes"]).expect(66);
    let done = parsed(&replay(&["1100..1110", "5", "id-3", "--yes"]).expect(0));
    assert_eq!(done["sent"], 13);
    for n in (1100..=1110).chain([5, 3]) {
        assert_eq!(next(&subscriber), [topic(n).to_owned(), body(n)]);
    }
}

#[test]
fn replay_says_when_nobody_takes_it() {
    let mut site = site();
    let (relay, ..) = filled_relay(&site, 3);
    relay.stop().expect(0);
    site.set(json!({"publish_timeout": 0.2}));
    for durable in [&[][..], &["--durable"]] {
        let to = free_endpoint();
        let arguments = [&["replay", "1..3", "--yes", "--to", &to], durable].concat();
        let failed = run(&mut site.fedhub(&arguments)).expect(75);
        assert_eq!(parsed(&failed)["sent"], 0);
    }
}

/// The frames somebody got, and the socket, which must live until its answers have arrived.
type Taken = (Vec<[Vec<u8>; 2]>, Socket);

/// Answers requests for receipts as a relay does.
fn receipts(count: usize) -> (String, std::thread::JoinHandle<Taken>) {
    let socket = zmq::Context::new().socket(zmq::REP).unwrap();
    socket.set_rcvtimeo(60_000).unwrap();
    socket.bind("tcp://127.0.0.1:*").unwrap();
    let endpoint = socket.get_last_endpoint().unwrap().unwrap();
    let answer = move || {
        let take = |seq| {
            let frames = socket.recv_multipart(0).unwrap();
            let receipt = json!({"ok": true, "msg_id": null, "seq": seq, "stream": "relay.test"});
            socket.send(receipt.to_string().as_bytes(), 0).unwrap();
            frames.try_into().unwrap()
        };
        ((1..=count).map(take).collect(), socket)
    };
    (endpoint, std::thread::spawn(answer))
}

#[test]
fn durable_replay_counts_receipts() {
    let site = site();
    let (relay, ..) = filled_relay(&site, 600);
    relay.stop().expect(0);
    let (endpoint, relay) = receipts(600);
    let arguments =
        ["replay", "1..600", "--yes", "--durable", "--to", &endpoint, "--pace", "1e6/s"];
    let done = parsed(&run(&mut site.fedhub(&arguments)).expect(0));
    assert_eq!(done, json!({"sent": 600, "receipts": 600, "refused": 0}));
    for (n, frames) in (1..).zip(relay.join().unwrap().0) {
        assert_eq!(frames, [topic(n).as_bytes().to_vec(), body(n).into_bytes()]);
    }
}

fn record(site: &Site, arguments: &[&str]) -> Command {
    site.fedhub(&[&["record", "out.rec"], arguments].concat())
}

#[test]
fn what_is_recorded_and_played_is_the_same() {
    let site = site();
    let (relay, inbound, outbound) = filled_relay(&site, 1);
    let live = Process::spawn("record", &mut record(&site, &["--endpoint", &outbound]));
    let publisher = publisher_to(&inbound);
    let size = || std::fs::metadata(site.path("out.rec")).map_or(0, |file| file.len());
    wait_until("it records", || {
        publisher.send_multipart(["greeting", "{}"], 0).unwrap();
        size() > 30
    });
    let frames: Vec<[&[u8]; 2]> = vec![
        [b"a", b"{ \"n\": 1E3 }"],
        [b"b", b"\xff\x00 no text"],
        [b"", b""],
        ["é\n".as_bytes(), "\u{2028}\"\\".as_bytes()],
        [b"org._heartbeat", b"{}"],
        [b"end", b"{}"],
    ];
    for both in &frames {
        publisher.send_multipart(both, 0).unwrap();
    }
    let text = || std::fs::read_to_string(site.path("out.rec")).unwrap();
    wait_until("the last one is there", || text().contains("\"end\""));
    // Without a word of warning: the file is whole all the same.
    live.signal(Signal::SIGKILL);
    live.finish();
    assert!(text().ends_with('\n') && !text().contains("_heartbeat"));
    relay.stop().expect(0);

    let other = Site::new(json!({}));
    let (_relay, inbound, subscriber) = fresh_relay(&other);
    let play = run(&mut site.fedhub(&["play", "out.rec", "--to", &inbound, "--pace", "1e6/s"]));
    let sent = parsed(&play.expect(0))["sent"].as_u64().unwrap();
    assert_eq!(sent, text().lines().count() as u64 - 1);
    for both in frames.iter().filter(|[topic, _]| topic != b"org._heartbeat") {
        let frames = loop {
            let frames = receive(&subscriber);
            if frames[0] != b"greeting" {
                break frames;
            }
        };
        assert_eq!(frames, both);
    }
}

#[test]
fn a_recording_of_the_journal_has_its_times_and_is_not_written_over() {
    let site = site();
    let (relay, ..) = filled_relay(&site, 10);
    relay.stop().expect(0);
    let past = ["--since", "-1h", "org.odd"];
    let said = run(&mut record(&site, &past)).expect(0).stderr;
    assert!(said.iter().any(|line| line == "recorded 5, malformed 0"), "{said:?}");
    let lines = || std::fs::read_to_string(site.path("out.rec")).unwrap();
    let first: Value = serde_json::from_str(lines().lines().nth(1).unwrap()).unwrap();
    assert_eq!((&first["topic"], &first["body"]), (&json!("org.odd"), &json!(body(1))));
    let ls = ["journal", "ls", "-o", "ndjson"];
    let row: Value = serde_json::from_str(&run(&mut site.fedhub(&ls)).stdout[0]).unwrap();
    let received: jiff::Timestamp = row["received"].as_str().unwrap().parse().unwrap();
    assert_eq!(first["received"], received.as_microsecond());

    let before = lines();
    run(&mut record(&site, &past)).expect(2);
    assert_eq!(lines(), before);
    run(record(&site, &past).arg("--append")).expect(0);
    assert_eq!(lines().lines().count(), 11);
    run(record(&site, &past).args(["--force", "--count", "2"])).expect(0);
    assert_eq!(lines().lines().count(), 3);
}

#[test]
fn a_damaged_recording_is_refused_whole_and_a_torn_end_is_left_out() {
    let site = Site::new(json!({}));
    let (_relay, inbound, subscriber) = fresh_relay(&site);
    let play = || run(&mut site.fedhub(&["play", "in.rec", "--to", &inbound]));
    play().expect(66);
    let good = |n: u32| format!("{{\"received\":1,\"topic\":\"t\",\"body\":\"{n}\"}}\n");
    let write = |lines: &[&str]| {
        let mut file = std::fs::File::create(site.path("in.rec")).unwrap();
        file.write_all(b"{\"fedhub-recording\":1}\n").unwrap();
        lines.iter().for_each(|line| file.write_all(line.as_bytes()).unwrap());
    };
    write(&[&good(1), "{\"received\":1}\n", &good(2)]);
    let errors = play().expect(65).stderr;
    assert!(errors.iter().any(|line| line.contains("in.rec:3: ")), "{errors:?}");
    write(&[&good(3), &good(4)[..20]]);
    let errors = play().expect(0).stderr;
    assert!(errors.iter().any(|line| line.contains("in.rec:3: ")), "{errors:?}");
    write(&[&good(5)]);
    play().expect(0);
    // Nothing of the damaged one was sent.
    let mut seen = HashSet::new();
    while !seen.contains("5") {
        let [_, body] = next(&subscriber);
        seen.insert(body);
    }
    assert_eq!(seen, HashSet::from(["3".to_owned(), "5".to_owned()]));
}
