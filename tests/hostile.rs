//! What is not a message, or not an honest one, harms neither relay nor gateway nor tail: none of
//! them dies, every honest message in between arrives, and the counters are right.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use zmq::{Context, Socket};

use crate::harness::{DEADLINE, Process, Site, field, free_endpoint, host, wait_until};

/// How many hostile messages each program gets, and how many of them between two honest ones.
const HOSTILE: usize = 10_000;
const BETWEEN: usize = 100;
const HONEST: usize = HOSTILE / BETWEEN;
const MAX_SIZE: usize = 65_536;
const GREETING: [&[u8]; 2] = [b"greeting", b"{}"];

/// What is wrong with a message, in the order in which it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    FrameCount,
    TopicNotUtf8,
    Oversize,
    /// The body is no JSON object.
    NotObject,
    /// A JSON object, but without a valid signature.
    NotSigned,
}

type Frames = Vec<Vec<u8>>;

/// A message, and what is wrong with it.
type Hostile = (Frames, Flaw);

/// The same numbers for the same seed (SplitMix64).
struct Random(u64);

impl Random {
    /// Seeded from `FEDHUB_TEST_SEED` or the clock; a test that fails shows the seed.
    fn new() -> Self {
        let given = std::env::var("FEDHUB_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            u64::from(now.subsec_nanos())
        });
        eprintln!("FEDHUB_TEST_SEED={seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `end` - 1.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn bytes(&mut self, longest: usize) -> Vec<u8> {
        (0..self.below(longest + 1)).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}

/// Bytes that are no JSON object.
fn not_object(random: &mut Random) -> Vec<u8> {
    let honest = r#"{"i":1,"msg":{"log":"hello"},"topic":"org.fedoraproject.dev.logger.log"}"#;
    let depth = 2_000 + random.below(20_000);
    let text = match random.below(12) {
        0 => String::new(),
        1 => honest[..1 + random.below(honest.len() - 1)].into(),
        2 => "\0".repeat(1 + random.below(100)),
        3 => format!("\u{feff}{honest}"),
        4 => format!("{honest}}}"),
        5 => "[".repeat(depth),
        6 => format!("{}{}", "[".repeat(depth), "]".repeat(depth)),
        7 => format!("{}1{}", "{\"a\":".repeat(1_000 + depth / 5), "}".repeat(1_000 + depth / 5)),
        8 => "null".into(),
        9 => "9".repeat(1 + random.below(4_000)),
        10 => "[{\"topic\":\"org.fedoraproject.dev.logger.log\"}]".into(),
        // Nothing that begins with 0xff is UTF-8.
        _ => return [vec![0xff], random.bytes(100)].concat(),
    };
    text.into_bytes()
}

/// An object that nobody signed, or that claims to be signed.
fn not_signed(random: &mut Random) -> Vec<u8> {
    let envelope = |key: &str, value: &str| {
        let mut message = json!({
            "certificate": "AAAA\n",
            "crypto": "x509",
            "i": 1,
            "msg": {"log": "hello"},
            "msg_id": "2026-1",
            "signature": "AAAA\n",
            "timestamp": 1_700_000_000,
            "topic": "org.fedoraproject.dev.logger.log",
        });
        message[key] = "REPLACED".into();
        message.to_string().replace("\"REPLACED\"", value)
    };
    let text = match random.below(10) {
        0 => "{}".into(),
        1 => envelope("certificate", "\"!!not base64!!\""),
        2 => envelope("certificate", "7"),
        3 => envelope("signature", "[]"),
        4 => envelope("crypto", "[\"x509\"]"),
        5 => envelope("topic", "[\"org.fedoraproject\"]"),
        6 => envelope("topic", "null"),
        7 => envelope("i", &"9".repeat(1 + random.below(4_000))),
        8 => envelope("msg", "{\"a\":NaN,\"a\":\"\\ud800 \\u0000 \\u001b]0;x\\u0007\"}"),
        // A PEM header and nothing behind it.
        _ => envelope("certificate", "\"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==\""),
    };
    text.into_bytes()
}

fn hostile(random: &mut Random) -> Hostile {
    let topic = match random.below(6) {
        0 => String::new(),
        1 => "org.fedoraproject.dev.logger.\u{1b}[2J\r\n\u{9b}".into(),
        2 => "a\0b".into(),
        3 => "é".repeat(random.below(1_000)),
        _ => "org.fedoraproject.dev.logger.log".into(),
    };
    let topic = topic.into_bytes();
    match random.below(8) {
        0 => {
            let count = 3 + random.below(3);
            ((0..count).map(|_| random.bytes(50)).collect(), Flaw::FrameCount)
        }
        1 => {
            let frame = random.bytes(50).into_iter().filter(|byte| *byte != 0);
            (vec![frame.collect()], Flaw::FrameCount)
        }
        2 => (vec![[vec![0xff], topic].concat(), not_signed(random)], Flaw::TopicNotUtf8),
        // Few of these, they are slow to send.
        3 if random.below(20) == 0 => {
            (vec![topic, vec![b' '; MAX_SIZE + random.below(MAX_SIZE)]], Flaw::Oversize)
        }
        // The form of old publishers: topic and body in one frame.
        4 => {
            let topic = b"org.fedoraproject.old".to_vec();
            (vec![[topic, vec![0], not_signed(random)].concat()], Flaw::NotSigned)
        }
        5 | 6 => (vec![topic, not_object(random)], Flaw::NotObject),
        _ => (vec![topic, not_signed(random)], Flaw::NotSigned),
    }
}

/// What relay and gateway make of a message they do not drop.
fn forwarded(frames: &Frames) -> Frames {
    if let [only] = &frames[..] {
        let nul = only.iter().position(|byte| *byte == 0).unwrap();
        return vec![only[..nul].to_vec(), only[nul + 1..].to_vec()];
    }
    frames.clone()
}

/// A site whose settings bound what a message may measure.
fn site() -> Site {
    let site = Site::new(json!({
        "max_message_size": MAX_SIZE,
        "relay_inbound": [free_endpoint()],
        "sign_messages": true,
        "certnames": { format!("shell.{}", host()): "shell" },
    }));
    site.issue("pki", &["shell"]);
    site
}

/// Honest messages, signed by `fedhub logger`.
fn honest(site: &Site) -> Vec<Frames> {
    let inbound = Context::new().socket(zmq::SUB).unwrap();
    inbound.set_subscribe(b"").unwrap();
    inbound.set_rcvtimeo(i32::try_from(DEADLINE.as_millis()).unwrap()).unwrap();
    inbound.bind(site.setting("/relay_inbound/0")).unwrap();
    let lines: String = (0..HONEST).map(|n| format!("{{\"honest\":\"<{n}>\"}}\n")).collect();
    let mut command = site.fedhub(&["logger", "--json-input"]);
    let logger = Process::spawn_with_input("logger", &mut command, lines.as_bytes());
    let messages = (0..HONEST).map(|_| inbound.recv_multipart(0).unwrap()).collect();
    logger.finish().expect(0);
    messages
}

/// A publisher that drops nothing by itself.
fn publisher() -> Socket {
    // XPUB is told when somebody subscribes, which PUB is not.
    let publisher = Context::new().socket(zmq::XPUB).unwrap();
    publisher.set_sndhwm(0).unwrap();
    publisher.set_linger(0).unwrap();
    publisher.set_xpub_verbose(true).unwrap();
    publisher.set_rcvtimeo(i32::try_from(DEADLINE.as_millis()).unwrap()).unwrap();
    publisher
}

fn wait_for_subscription(publisher: &Socket) {
    assert_eq!(publisher.recv_bytes(0).unwrap(), [1], "a subscription to everything");
}

fn send(publisher: &Socket, frames: &Frames) {
    publisher.send_multipart(frames, 0).unwrap();
}

/// Sends all hostile and honest messages. `arrived` is called after each honest one with what was
/// sent since the one before and its number; it waits until that has arrived, so that no queue
/// fills up.
fn attack(publisher: &Socket, honest: &[Frames], mut arrived: impl FnMut(&[Hostile], usize)) {
    let mut random = Random::new();
    for (number, honest) in honest.iter().enumerate() {
        let batch: Vec<Hostile> = (0..BETWEEN).map(|_| hostile(&mut random)).collect();
        for (frames, _) in &batch {
            send(publisher, frames);
        }
        send(publisher, honest);
        arrived(&batch, number);
    }
}

/// A subscriber that gets what `publisher` sends through a forwarder.
fn subscriber(publisher: &Socket, outbound: &str) -> Socket {
    let subscriber = Context::new().socket(zmq::SUB).unwrap();
    subscriber.set_subscribe(b"").unwrap();
    subscriber.set_rcvhwm(0).unwrap();
    subscriber.set_rcvtimeo(i32::try_from(DEADLINE.as_millis()).unwrap()).unwrap();
    subscriber.connect(outbound).unwrap();
    wait_until("the subscriber is connected", || {
        publisher.send_multipart(GREETING, 0).unwrap();
        subscriber.poll(zmq::POLLIN, 20).unwrap() > 0
    });
    subscriber
}

/// The next message that is no greeting.
fn receive(subscriber: &Socket) -> Frames {
    std::iter::repeat_with(|| subscriber.recv_multipart(0).unwrap())
        .find(|frames| frames[..] != GREETING)
        .unwrap()
}

/// Attacks a program that forwards frames; `outbound` is where it publishes.
fn attack_forwarder(mut program: Process, publisher: &Socket, outbound: &str, honest: &[Frames]) {
    let subscriber = subscriber(publisher, outbound);
    let reasons = [
        (Flaw::FrameCount, "frame-count"),
        (Flaw::TopicNotUtf8, "topic-not-utf8"),
        (Flaw::Oversize, "oversize"),
    ];
    let mut dropped = [0; 3];
    attack(publisher, honest, |batch, number| {
        let mut expected = Vec::new();
        for (frames, flaw) in batch {
            match reasons.iter().position(|(reason, _)| reason == flaw) {
                Some(index) => dropped[index] += 1,
                None => expected.push(forwarded(frames)),
            }
        }
        expected.push(honest[number].clone());
        for expected in expected {
            let received = receive(&subscriber);
            assert!(received == expected, "got {received:?} instead of {expected:?}");
        }
    });
    assert!(program.is_running());
    let log = program.stop().expect(0).stderr;
    let summary = log.last().unwrap();
    for ((_, name), count) in reasons.iter().zip(dropped) {
        let count = format!("{name} {count}");
        let mut parts = summary.split([':', ',']).map(str::trim);
        assert!(parts.any(|part| part == count), "no {count} in {log:#?}");
    }
}

const RELAY: [&str; 5] =
    ["relay", "--inbound", "tcp://127.0.0.1:*", "--outbound", "tcp://127.0.0.1:*"];

#[test]
fn relay() {
    let site = site();
    let honest = honest(&site);
    let (relay, ready) = site.start(&RELAY);
    let publisher = publisher();
    publisher.connect(&field(&ready, "inbound")).unwrap();
    wait_for_subscription(&publisher);
    attack_forwarder(relay, &publisher, &field(&ready, "outbound"), &honest);
}

#[test]
fn a_giant_message_cuts_off_only_its_sender() {
    let site = site();
    let (relay, ready) = site.start(&RELAY);
    let [honest, giant] = [publisher(), publisher()];
    for publisher in [&honest, &giant] {
        publisher.connect(&field(&ready, "inbound")).unwrap();
        wait_for_subscription(publisher);
    }
    let subscriber = subscriber(&honest, &field(&ready, "outbound"));
    send(&giant, &vec![b"topic".to_vec(), vec![b' '; MAX_SIZE * 5]]);
    // It was cut off and is connected anew.
    wait_for_subscription(&giant);
    let message = vec![b"topic".to_vec(), b"{}".to_vec()];
    send(&honest, &message);
    assert_eq!(receive(&subscriber), message);
    relay.stop().expect(0);
}

#[test]
fn gateway() {
    let site = site();
    let honest = honest(&site);
    let publisher = publisher();
    publisher.bind("tcp://127.0.0.1:*").unwrap();
    let endpoint = publisher.get_last_endpoint().unwrap().unwrap();
    let (gateway, ready) = site.start(&["gateway", "--endpoint", &endpoint]);
    wait_for_subscription(&publisher);
    attack_forwarder(gateway, &publisher, &field(&ready, "outbound"), &honest);
}

#[test]
fn tail() {
    let site = site();
    let honest = honest(&site);
    let publisher = publisher();
    publisher.bind("tcp://127.0.0.1:*").unwrap();
    let endpoint = publisher.get_last_endpoint().unwrap().unwrap();
    let tail = |arguments: &[&str]| {
        let mut command = site.fedhub(&["tail", "--endpoint", &endpoint]);
        let tail = Process::spawn("tail", command.args(arguments));
        wait_for_subscription(&publisher);
        tail
    };
    let validating = tail(&["--validate", "-o", "ndjson"]);
    let trusting = tail(&["--no-validate", "-o", "human"]);

    let (mut malformed, mut invalid) = (0, 0);
    attack(&publisher, &honest, |batch, number| {
        let unsigned = batch.iter().filter(|(_, flaw)| *flaw == Flaw::NotSigned).count();
        invalid += unsigned;
        malformed += batch.len() - unsigned;
        for tail in [&validating, &trusting] {
            tail.wait_for_line(&format!("<{number}>"));
        }
    });

    let counts = |shown: usize, invalid: usize| {
        let seen = HOSTILE + HONEST;
        format!("seen {seen}, shown {shown}, invalid {invalid}, malformed {malformed}")
    };
    let finished = validating.stop().expect(0);
    assert_eq!(finished.stderr.last(), Some(&counts(HONEST, invalid)));
    assert_eq!(finished.stdout.len(), HONEST);
    let finished = trusting.stop().expect(0);
    assert_eq!(finished.stderr.last(), Some(&counts(HONEST + invalid, 0)));
    let obeyed = finished.stdout.iter().find(|line| line.contains(char::is_control));
    assert_eq!(obeyed, None, "control characters are shown, not obeyed");
}
