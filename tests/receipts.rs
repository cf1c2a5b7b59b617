//! Receipts: what a relay says is on disk is on disk, what it refuses it has not sent on, and nothing
//! its journal does silences the bus.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use zmq::{Context, Socket};

use crate::harness::{DEADLINE, Process, Site, field, run, wait_until};
use crate::journal::{lift_limit, limited_relay, listed, site};
use crate::relay::{milliseconds, publisher_to, receive, send, subscriber_to};

/// A relay with a journal, and its ready line.
fn start(site: &Site) -> (Process, String) {
    let any = "tcp://127.0.0.1:*";
    site.start(&["relay", "--inbound", any, "--outbound", any, "--receipts", any])
}

/// A publisher that asks for receipts as any REQ socket does.
struct Client(Socket);

impl Client {
    fn of(ready: &str) -> Self {
        let socket = Context::new().socket(zmq::REQ).unwrap();
        socket.set_linger(0).unwrap();
        socket.set_rcvtimeo(milliseconds(DEADLINE)).unwrap();
        socket.connect(&field(ready, "receipts")).unwrap();
        Self(socket)
    }

    fn ask(&self, frames: &[&[u8]]) -> Value {
        self.0.send_multipart(frames, 0).unwrap();
        serde_json::from_slice(&self.0.recv_bytes(0).unwrap()).unwrap()
    }

    fn send(&self, id: &str) -> Value {
        self.ask(&[b"t", body(id).as_bytes()])
    }
}

/// About a kilobyte.
fn body(id: &str) -> String {
    format!(r#"{{"msg_id": "{id}", "msg": "{}"}}"#, "x".repeat(1000))
}

fn id(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    Some(body["msg_id"].as_str()?.to_owned())
}

/// The ids of what comes until a message `end`, which is sent on the way of plain messages.
fn ids_until_end(subscriber: &Socket, publisher: &Socket) -> Vec<String> {
    send(publisher, &[b"end", b""]);
    let frames = std::iter::repeat_with(|| receive(subscriber));
    frames.take_while(|frames| frames[0] != b"end").filter_map(|frames| id(&frames[1])).collect()
}

fn journaled(site: &Site) -> Vec<String> {
    let rows = listed(site, &[]);
    rows.iter().filter_map(|row| row["msg_id"].as_str()).map(str::to_owned).collect()
}

#[test]
fn what_has_a_receipt_survives_a_kill_right_after() {
    let site = site();
    for round in 0..10 {
        let (relay, ready) = start(&site);
        let client = Client::of(&ready);
        let answer = client.send(&format!("round {round}"));
        relay.signal(Signal::SIGKILL);
        assert_eq!((&answer["ok"], &answer["seq"]), (&json!(true), &json!(round + 1)), "{answer}");
        assert_eq!(answer["msg_id"], format!("round {round}"));
        relay.finish();
        assert_eq!(journaled(&site).len(), round + 1);
    }
    // Whoever did not get its receipt asks the next relay for it, which cannot know whether
    // subscribers have the message.
    let (relay, ready) = start(&site);
    let publisher = publisher_to(&field(&ready, "inbound"));
    let subscriber = subscriber_to(&field(&ready, "outbound"), &publisher);
    let answer = Client::of(&ready).send("round 3");
    assert_eq!((&answer["ok"], &answer["seq"]), (&json!(true), &json!(4)), "{answer}");
    assert_eq!(ids_until_end(&subscriber, &publisher), ["round 3"]);
    relay.stop().expect(0);
}

#[test]
fn a_repeated_request_gets_its_receipt_and_is_not_sent_on_again() {
    let site = site();
    let (relay, ready) = start(&site);
    let publisher = publisher_to(&field(&ready, "inbound"));
    let subscriber = subscriber_to(&field(&ready, "outbound"), &publisher);
    let client = Client::of(&ready);
    let first = client.send("one");
    assert_eq!(client.send("one"), first);
    assert_eq!(first["stream"], format!("relay.{}", crate::harness::host()));
    client.send("two");
    // A plain publisher that sends twice is believed to mean it.
    (0..2).for_each(|_| send(&publisher, &[b"t", body("one").as_bytes()]));
    assert_eq!(ids_until_end(&subscriber, &publisher), ["one", "two", "one", "one"]);
    let log = relay.stop().expect(0).stderr;
    let log = log.last().unwrap();
    assert!(log.contains("receipts: given 3"), "{log}");
    // What the subscription was tried with may have come more than once too.
    let duplicates = log.split("duplicates ").nth(1).and_then(|rest| rest.split(',').next());
    assert!(duplicates.unwrap().trim().parse::<u32>().unwrap() >= 3, "{log}");
}

#[test]
fn what_is_no_message_is_refused_for_good() {
    let mut site = site();
    site.set(json!({"max_message_size": 2000}));
    let (relay, ready) = start(&site);
    let client = Client::of(&ready);
    let large = vec![b'x'; 2000];
    let cases: [&[&[u8]]; 5] = [
        &[b"one frame"],
        &[b"t", b"{}", b"x"],
        &[b"\xff", b"{}"],
        &[b"t", &large],
        &[b"org.fedoraproject.dev._heartbeat", b"{}"],
    ];
    for case in cases {
        let answer = client.ask(case);
        assert_eq!((&answer["ok"], &answer["code"]), (&json!(false), &json!(65)), "{answer}");
    }
    assert_eq!(client.send("fine")["ok"], true);
    // A body need not be JSON, as for everybody.
    assert_eq!(client.ask(&[b"t", b"text"])["msg_id"], Value::Null);
    assert_eq!(listed(&site, &[]).len(), 2);
    let log = relay.stop().expect(0).stderr;
    assert!(log.last().unwrap().contains("receipts: given 2, malformed 5"), "{log:#?}");
}

#[test]
fn a_full_disk_refuses_receipts_at_once_and_lets_the_rest_through() {
    let site = site();
    let (relay, ready) = limited_relay(&site, 300);
    let publisher = publisher_to(&field(&ready, "inbound"));
    let subscriber = subscriber_to(&field(&ready, "outbound"), &publisher);
    let client = Client::of(&ready);
    let (mut given, mut refused) = (Vec::new(), Vec::new());
    let (mut fastest, mut in_a_row) = (DEADLINE, 0);
    // What was refused may have made room for another.
    for number in 0.. {
        let (id, begin) = (format!("asked {number}"), Instant::now());
        let answer = client.send(&id);
        if answer["ok"] == true {
            given.push(id);
            in_a_row = 0;
            continue;
        }
        assert_eq!(answer["code"], 75, "{answer}");
        fastest = fastest.min(begin.elapsed());
        refused.push(id);
        in_a_row += 1;
        if in_a_row == 5 {
            break;
        }
    }
    assert!(fastest < Duration::from_secs(1), "the fastest refusal took {fastest:?}");
    (0..100).for_each(|n| send(&publisher, &[b"t", body(&format!("plain {n}")).as_bytes()]));
    let came = ids_until_end(&subscriber, &publisher);
    let plain = (0..100).map(|n| format!("plain {n}"));
    let expected: Vec<_> = given.iter().cloned().chain(plain.clone()).collect();
    assert_eq!(came, expected, "no refused one is among them");

    lift_limit(&site.path("."), &relay);
    for id in &refused {
        wait_until("it is taken", || client.send(id)["ok"] == true);
    }
    assert_eq!(ids_until_end(&subscriber, &publisher), refused);
    let log = relay.stop().expect(0).stderr;
    assert!(log.last().unwrap().contains("receipts: given"), "{log:#?}");
    let rows: HashSet<_> = journaled(&site).into_iter().collect();
    let all: HashSet<_> = given.into_iter().chain(refused).chain(plain).collect();
    assert_eq!(rows, all, "also what was sent on meanwhile");
}

#[test]
fn a_journal_that_does_not_answer_does_not_silence_the_bus() {
    let site = site();
    let (relay, ready) = start(&site);
    let publisher = publisher_to(&field(&ready, "inbound"));
    let subscriber = subscriber_to(&field(&ready, "outbound"), &publisher);
    let client = Client::of(&ready);
    assert_eq!(client.send("before")["ok"], true);
    // Nobody else can write while this lasts, and the writer waits.
    let other = rusqlite::Connection::open(site.path("journal.db")).unwrap();
    other.busy_timeout(DEADLINE).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = client.send("asked");
    assert_eq!((&answer["ok"], &answer["code"]), (&json!(false), &json!(75)), "{answer}");
    send(&publisher, &[b"t", body("plain").as_bytes()]);
    assert_eq!(ids_until_end(&subscriber, &publisher), ["before", "plain"]);
    other.execute_batch("COMMIT").unwrap();
    let answer = loop {
        let answer = client.send("asked");
        if answer["ok"] == true {
            break answer;
        }
    };
    assert_eq!(client.send("asked"), answer);
    assert_eq!(ids_until_end(&subscriber, &publisher), ["asked"], "and once");
    let log = relay.stop().expect(0).stderr;
    assert!(log.last().unwrap().contains("journal-slow"), "{log:#?}");
    let mut rows = journaled(&site);
    rows.sort();
    assert_eq!(rows, ["asked", "before", "plain"]);
}

#[test]
fn messages_are_published_in_the_order_of_the_journal() {
    let site = site();
    let (relay, ready) = start(&site);
    let greeter = publisher_to(&field(&ready, "inbound"));
    let subscriber = subscriber_to(&field(&ready, "outbound"), &greeter);
    const EACH: usize = 1000;
    std::thread::scope(|scope| {
        for name in ["a", "b"] {
            let inbound = field(&ready, "inbound");
            scope.spawn(move || {
                let publisher = publisher_to(&inbound);
                for n in 0..EACH {
                    send(&publisher, &[b"t", body(&format!("{name}{n}")).as_bytes()]);
                }
                publisher.set_linger(milliseconds(DEADLINE)).unwrap();
            });
        }
        for name in ["c", "d"] {
            let client = Client::of(&ready);
            scope.spawn(move || {
                for n in 0..EACH {
                    assert_eq!(client.send(&format!("{name}{n}"))["ok"], true);
                }
            });
        }
    });
    let mut came = Vec::new();
    while came.len() < 4 * EACH {
        came.extend(id(&receive(&subscriber)[1]));
    }
    relay.stop().expect(0);
    assert_eq!(came, journaled(&site));
}

#[test]
fn the_spool_is_taken_in_order_and_emptied() {
    let mut site = site();
    let (path, spool) = (site.path("journal.db"), site.path("spool"));
    site.set(json!({"relay": {"journal": path, "spool": spool}, "sign_messages": false}));
    let log = |text: &str| {
        let spool = spool.to_str().unwrap();
        let arguments = ["logger", "--spool", spool, "--message", text];
        run(site.fedhub(&arguments).env("FEDHUB_RELAY_RECEIPTS", "tcp://127.0.0.1:1")).expect(0)
    };
    (0..5).for_each(|n| drop(log(&format!("left {n}"))));
    std::fs::write(spool.join("0-1-x.msg"), "torn").unwrap();
    let left = || std::fs::read_dir(&spool).unwrap().count();
    assert_eq!(left(), 6);
    let (relay, _) = start(&site);
    wait_until("only what is damaged is left", || left() == 1);
    let rows = listed(&site, &["--topic", "org.fedoraproject.dev.logger.log"]);
    assert_eq!(rows.len(), 5);
    log("left later");
    wait_until("it is taken too", || left() == 1);
    let log = relay.stop().expect(0).stderr;
    assert!(log.iter().any(|line| line.contains("6 messages taken, 1 set aside")), "{log:#?}");
    let bodies = run(&mut site.fedhub(&["tail", "--last", "9", "--until", "-0s", "-o", "raw"]));
    let said = bodies.expect(0).stdout.join("\n");
    let places = (0..5).map(|n| said.find(&format!("left {n}")).unwrap());
    assert!(places.is_sorted(), "{said}");
}
