//! Relay and gateway: what goes through them, what they drop, how they end, and what they do about
//! peers that stop, vanish or were never there.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use zmq::{Context, Socket};

use crate::harness::{
    DEADLINE, Notifications, Process, Site, field, free_endpoint, run, skipped, wait_until,
};

const ANY: &str = "tcp://127.0.0.1:*";

/// A relay on ports of its own: the process, where it receives, and where it publishes.
pub(crate) fn start_relay(site: &Site, arguments: &[&str]) -> (Process, String, String) {
    let mut all = [&["relay", "--inbound", ANY, "--outbound", ANY], arguments].concat();
    if !site.has("/relay/receipts") {
        all.extend(["--receipts", ANY]);
    }
    let (relay, ready) = site.start(&all);
    (relay, field(&ready, "inbound"), field(&ready, "outbound"))
}

pub(crate) fn milliseconds(time: Duration) -> i32 {
    i32::try_from(time.as_millis()).unwrap()
}

/// A publisher, not yet connected, that drops nothing by itself.
pub(crate) fn publisher() -> Socket {
    // XPUB is told when somebody subscribes, which PUB is not.
    let publisher = Context::new().socket(zmq::XPUB).unwrap();
    publisher.set_sndhwm(0).unwrap();
    publisher.set_linger(0).unwrap();
    publisher.set_rcvtimeo(milliseconds(DEADLINE)).unwrap();
    publisher.set_xpub_verbose(true).unwrap();
    publisher
}

/// A publisher that fedhub listens to.
pub(crate) fn publisher_to(inbound: &str) -> Socket {
    let publisher = publisher();
    publisher.connect(inbound).unwrap();
    assert_eq!(publisher.recv_bytes(0).unwrap(), [1], "a subscription to everything");
    publisher
}

/// A subscriber to everything, neither bound nor connected yet, that has room for all tests send.
pub(crate) fn subscriber() -> Socket {
    let subscriber = Context::new().socket(zmq::SUB).unwrap();
    subscriber.set_subscribe(b"").unwrap();
    subscriber.set_rcvhwm(0).unwrap();
    subscriber.set_rcvtimeo(milliseconds(DEADLINE)).unwrap();
    subscriber
}

/// A subscriber that gets what `publisher` sends through whatever is in between.
pub(crate) fn subscriber_to(outbound: &str, publisher: &Socket) -> Socket {
    let subscriber = subscriber();
    subscriber.connect(outbound).unwrap();
    wait_until("the subscriber is connected", || {
        send(publisher, &[b"greeting", b""]);
        subscriber.poll(zmq::POLLIN, 20).unwrap() > 0
    });
    send(publisher, &[b"greeted", b""]);
    while receive(&subscriber)[0] != b"greeted" {}
    subscriber
}

pub(crate) fn send(publisher: &Socket, frames: &[&[u8]]) {
    publisher.send_multipart(frames, 0).unwrap();
}

/// The next message; the test fails when none comes.
#[track_caller]
pub(crate) fn receive(subscriber: &Socket) -> Vec<Vec<u8>> {
    subscriber.recv_multipart(0).unwrap_or_else(|error| panic!("no message came: {error}"))
}

/// A tail that has shown a message, and so is connected.
fn tail_of(outbound: &str, publisher: &Socket, site: &Site) -> Process {
    let arguments = ["tail", "--no-validate", "-o", "raw", "--endpoint", outbound];
    let tail = Process::spawn("tail", &mut site.fedhub(&arguments));
    wait_until("the tail shows a message", || {
        send(publisher, &[b"greeting", b"hello"]);
        !tail.stdout().is_empty()
    });
    tail
}

/// Sends a kilobyte again and again until the log says that a subscriber fell behind.
fn overwhelm(publisher: &Socket, process: &Process) {
    let body = [b'x'; 1024];
    let behind = |process: &Process| {
        process.wait_for("a state", |lines| {
            Some(lines.stderr.iter().any(|line| line.contains("fell behind")))
        })
    };
    wait_until("the log says that a subscriber fell behind", || {
        (0..500).for_each(|_| send(publisher, &[b"load", &body]));
        behind(process)
    });
}

/// The process that listens on a port, as the kernel has it.
fn listener_of(endpoint: &str) -> u32 {
    let port: u16 = endpoint.rsplit(':').next().unwrap().parse().unwrap();
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let entry = table.lines().find(|line| line.contains(&format!(":{port:04X} 00000000:0000 0A")));
    let inode = entry.and_then(|line| line.split_whitespace().nth(9)).unwrap();
    let socket = format!("socket:[{inode}]");
    let holds = |pid: &u32| {
        let files = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        let mut targets = files.filter_map(|file| std::fs::read_link(file.path()).ok());
        targets.any(|target| target.as_os_str() == socket.as_str())
    };
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.into_iter().find(holds).unwrap()
}

/// Resident memory of a process, in kilobytes.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn frames_go_through_byte_for_byte() {
    let site = Site::new(json!({}));
    let (relay, inbound, outbound) = start_relay(&site, &[]);
    let publisher = publisher_to(&inbound);
    let subscriber = subscriber_to(&outbound, &publisher);
    let large: Vec<u8> = (0..5 * 1024 * 1024_u32).map(|n| (n % 251) as u8).collect();
    let bodies: [&[u8]; 6] =
        [b"", b"\xff\xfe\0\n\r", b"not json", b"{ \"a\" : 1E3 }\n", b"\0", &large];
    for topic in ["", "org.example", "żółw\n\u{1b}"] {
        for body in bodies {
            send(&publisher, &[topic.as_bytes(), body]);
            let received = receive(&subscriber);
            let same = received == [topic.as_bytes(), body];
            assert!(same, "topic {topic:?}, {} bytes, {} frames", body.len(), received.len());
        }
    }
    // The form of old publishers: one frame, divided by the first NUL.
    send(&publisher, &[b"old.topic\0body\0rest"]);
    assert_eq!(receive(&subscriber), [&b"old.topic"[..], b"body\0rest"]);
    relay.stop().expect(0);
}

#[test]
fn malformed_messages_are_dropped_and_counted_by_reason() {
    let site = Site::new(json!({ "max_message_size": 1000 }));
    let (relay, inbound, outbound) = start_relay(&site, &[]);
    let publisher = publisher_to(&inbound);
    let subscriber = subscriber_to(&outbound, &publisher);
    send(&publisher, &[b"one frame"]);
    send(&publisher, &[b"three", b"{}", b"x"]);
    send(&publisher, &[b"\xff", b"{}"]);
    for _ in 0..3 {
        send(&publisher, &[b"t", &[b'x'; 1000]]);
    }
    send(&publisher, &[b"t", b"honest"]);
    assert_eq!(receive(&subscriber), [&b"t"[..], b"honest"]);
    let log = relay.stop().expect(0).stderr;
    let expected = "frame-count 2, oversize 3, topic-not-utf8 1";
    assert!(log.last().unwrap().contains(expected), "{log:#?}");
}

#[test]
fn a_second_relay_says_who_holds_the_port() {
    let site = Site::new(json!({}));
    let (relay, inbound, outbound) = start_relay(&site, &[]);
    let pid = listener_of(&inbound);
    for (inbound, outbound) in [(inbound.as_str(), ANY), (ANY, outbound.as_str())] {
        let mut second = site.fedhub(&["relay", "--inbound", inbound, "--outbound", outbound]);
        let log = run(&mut second).expect(69).stderr.join("\n");
        assert!(log.contains(&format!("(process {pid})")), "{log}");
        assert!(log.contains(if inbound == ANY { outbound } else { inbound }), "{log}");
        assert!(!log.contains("ready"), "{log}");
    }
    relay.stop().expect(0);
}

#[test]
fn a_signing_relay_signs_afresh() {
    let site = Site::new(json!({ "certnames": { "signing_relay": "relay.example.org" } }));
    site.issue("pki", &["relay.example.org"]);
    let (relay, inbound, outbound) = start_relay(&site, &["--sign"]);
    let publisher = publisher_to(&inbound);
    let subscriber = subscriber();
    subscriber.connect(&outbound).unwrap();
    let mine = json!({"i": 1, "msg": {"a": 1.0}, "msg_id": "2026-1", "timestamp": 1, "topic": "t"});
    wait_until("the subscriber is connected", || {
        send(&publisher, &[b"greeting", mine.to_string().as_bytes()]);
        subscriber.poll(zmq::POLLIN, 20).unwrap() > 0
    });
    let mut foreign = mine.clone();
    let theirs = json!({"signature": "Zm9yZ2Vk", "certificate": "Zm9yZ2Vk", "crypto": "gpg"});
    foreign.as_object_mut().unwrap().extend(theirs.as_object().unwrap().clone());
    for body in [foreign.to_string(), "{".into(), "[1, {\"b\": 2}]".into()] {
        send(&publisher, &[b"t", body.as_bytes()]);
    }
    let next = || {
        let bodies = std::iter::repeat_with(|| receive(&subscriber));
        let body = bodies.into_iter().find(|frames| frames[0] == b"t").unwrap().remove(1);
        String::from_utf8(body).unwrap()
    };
    let (stripped, wrapped) = (next(), next());
    let value: Value = serde_json::from_str(&stripped).unwrap();
    assert_eq!((&value["msg"], &value["crypto"]), (&json!({"a": 1.0}), &json!("x509")));
    assert!(!stripped.contains("Zm9yZ2Vk\""), "{stripped}");
    let value: Value = serde_json::from_str(&wrapped).unwrap();
    assert_eq!((&value["msg"], &value["topic"]), (&json!([1, {"b": 2}]), &json!("t")));

    let mut verify = site.fedhub(&["verify", "--signed-by", "relay.example.org"]);
    let input = format!("{stripped}\n{wrapped}\n");
    let verdicts = Process::spawn_with_input("verify", &mut verify, input.as_bytes()).finish();
    assert_eq!(verdicts.expect(0).stdout.len(), 2);
    let log = relay.stop().expect(0).stderr;
    assert!(log.last().unwrap().contains("not-json 1"), "{log:#?}");
}

#[test]
fn a_signing_relay_without_a_key_does_not_start() {
    let mut site = Site::new(json!({}));
    let sign = ["relay", "--sign", "--inbound", ANY, "--outbound", ANY];
    let log = run(&mut site.fedhub(&sign)).expect(78).stderr.join("\n");
    assert!(log.contains("signing_relay"), "{log}");
    site.set(json!({ "certnames": { "signing_relay": "absent" } }));
    let log = run(&mut site.fedhub(&sign)).expect(78).stderr.join("\n");
    assert!(log.contains("absent.key"), "{log}");
}

#[test]
fn what_was_queued_when_the_signal_came_still_arrives() {
    // Several times, because what is tested is a race.
    for signal in [Signal::SIGTERM, Signal::SIGINT].repeat(5) {
        let site = Site::new(json!({}));
        let (relay, inbound, outbound) = start_relay(&site, &[]);
        let publisher = publisher_to(&inbound);
        let subscriber = subscriber_to(&outbound, &publisher);
        let count = 3000;
        // While the relay stands still all of them wait in its socket's buffer.
        relay.signal(Signal::SIGSTOP);
        for number in 0..count {
            send(&publisher, &[b"t", number.to_string().as_bytes()]);
        }
        publisher.set_linger(milliseconds(DEADLINE)).unwrap();
        // Returns when everything is with the kernel.
        drop(publisher);
        let begin = Instant::now();
        relay.signal(signal);
        relay.signal(Signal::SIGCONT);
        relay.finish().expect(0);
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
        for number in 0..count {
            assert!(subscriber.poll(zmq::POLLIN, 10_000).unwrap() > 0, "{number} was lost");
            assert_eq!(receive(&subscriber)[1], number.to_string().as_bytes(), "{signal}");
        }
    }
}

#[test]
fn the_grace_period_bounds_the_end() {
    let site = Site::new(json!({ "grace_period": 0.5, "high_water_mark": 1000 }));
    let (relay, inbound, outbound) = start_relay(&site, &[]);
    let publisher = publisher_to(&inbound);
    let tail = tail_of(&outbound, &publisher, &site);
    tail.signal(Signal::SIGSTOP);
    overwhelm(&publisher, &relay);
    let begin = Instant::now();
    relay.stop().expect(0);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[test]
fn a_second_signal_ends_at_once() {
    let site = Site::new(json!({ "grace_period": 600.0, "high_water_mark": 1000 }));
    let (mut relay, inbound, outbound) = start_relay(&site, &[]);
    let publisher = publisher_to(&inbound);
    let tail = tail_of(&outbound, &publisher, &site);
    tail.signal(Signal::SIGSTOP);
    overwhelm(&publisher, &relay);
    relay.signal(Signal::SIGTERM);
    relay.wait_for_line("SIGTERM received");
    assert!(relay.is_running(), "the stopped subscriber holds the queue");
    relay.signal(Signal::SIGINT);
    let begin = Instant::now();
    let log = relay.finish().expect(130).stderr.join("\n");
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert!(log.contains("without sending what is left"), "{log}");
}

#[test]
fn the_service_manager_is_told() {
    let site = Site::new(json!({}));
    let (inbound, outbound) = (free_endpoint(), free_endpoint());
    let start = ["relay", "--inbound", &inbound, "--outbound", &outbound];
    let mut command = site.fedhub(&start);
    let told = Notifications::of(&mut command, Duration::from_millis(50));
    let relay = Process::spawn("relay", &mut command);
    let before = told.wait_for("READY=1");
    assert!(before.is_empty(), "{before:?} came before READY=1");
    for endpoint in [&inbound, &outbound] {
        let address = endpoint.strip_prefix("tcp://").unwrap();
        std::net::TcpStream::connect(address).expect("bound before READY=1");
    }
    for _ in 0..3 {
        told.wait_for("WATCHDOG=1");
    }
    // One that cannot bind was never ready.
    let mut second = site.fedhub(&start);
    let second_told = Notifications::of(&mut second, Duration::from_millis(50));
    run(&mut second).expect(69);
    assert!(second_told.is_empty());

    relay.signal(Signal::SIGTERM);
    told.wait_for("STOPPING=1");
    relay.finish().expect(0);
}

#[test]
fn a_gateway_tells_the_service_manager_too() {
    let site = Site::new(json!({}));
    let mut command = site.fedhub(&["gateway", "--endpoint", &free_endpoint()]);
    let told = Notifications::of(&mut command, Duration::from_millis(50));
    let gateway = Process::spawn("gateway", &mut command);
    told.wait_for("READY=1");
    told.wait_for("WATCHDOG=1");
    gateway.signal(Signal::SIGINT);
    told.wait_for("STOPPING=1");
    gateway.finish().expect(0);
}

#[test]
fn memory_stays_bounded_while_a_subscriber_stands_still() {
    let site = Site::new(json!({ "high_water_mark": 1000, "grace_period": 0.2 }));
    let (relay, inbound, outbound) = start_relay(&site, &[]);
    let publisher = publisher_to(&inbound);
    let pid = listener_of(&inbound);
    let tail = tail_of(&outbound, &publisher, &site);
    let subscriber = subscriber_to(&outbound, &publisher);
    tail.signal(Signal::SIGSTOP);
    let before = resident(pid);
    // 100 MB, in steps that the other subscriber keeps up with, so nothing else is lost.
    let body = vec![b'x'; 10_240];
    for _ in 0..100 {
        (0..100).for_each(|_| send(&publisher, &[b"load", &body]));
        for _ in 0..100 {
            assert_eq!(receive(&subscriber)[1].len(), body.len());
        }
    }
    let grown = resident(pid).saturating_sub(before);
    // A full queue of these is 10 MB.
    assert!(grown < 30_000, "{grown} kB more than before");
    let log = relay.stop().expect(0).stderr;
    let behind = log.iter().filter(|line| line.contains("a subscriber fell behind")).count();
    assert!((1..=4).contains(&behind), "said once and not per message: {log:#?}");
    // ZeroMQ does not say how many messages it dropped, or for whom.
    let invented = ["lost", "messages dropped", "dropped messages"];
    assert!(!log.iter().any(|line| invented.iter().any(|word| line.contains(word))), "{log:#?}");
}

#[test]
fn a_subscriber_that_stops_does_not_delay_another() {
    let site = Site::new(json!({ "high_water_mark": 1000, "grace_period": 0.2 }));
    let publisher = publisher();
    publisher.bind(ANY).unwrap();
    let endpoint = publisher.get_last_endpoint().unwrap().unwrap();
    let (gateway, ready) = site.start(&["gateway", "--endpoint", &endpoint]);
    let outbound = field(&ready, "outbound");
    let tail = tail_of(&outbound, &publisher, &site);
    let subscriber = subscriber_to(&outbound, &publisher);
    tail.signal(Signal::SIGSTOP);
    let body = [b'x'; 10_240];
    let mut slowest = Duration::ZERO;
    for _ in 0..60 {
        let begin = Instant::now();
        (0..100).for_each(|_| send(&publisher, &[b"load", &body]));
        (0..100).for_each(|_| assert_eq!(receive(&subscriber)[0], b"load"));
        slowest = slowest.max(begin.elapsed());
    }
    gateway.wait_for_line("fell behind");
    assert!(slowest < Duration::from_secs(3), "a hundred messages took {slowest:?}");
    gateway.stop().expect(0);
}

#[test]
fn a_client_that_subscribes_without_end_does_not_hold_up_the_others() {
    let site = Site::new(json!({ "grace_period": 30.0 }));
    let publisher = publisher();
    publisher.bind(ANY).unwrap();
    let endpoint = publisher.get_last_endpoint().unwrap().unwrap();
    let (gateway, ready) = site.start(&["gateway", "--endpoint", &endpoint]);
    let outbound = field(&ready, "outbound");
    let subscriber = subscriber_to(&outbound, &publisher);
    let (stop, stopped) = std::sync::mpsc::sync_channel::<()>(0);
    let client = std::thread::spawn(move || {
        let client = Context::new().socket(zmq::XSUB).unwrap();
        client.set_linger(0).unwrap();
        client.set_sndhwm(0).unwrap();
        client.connect(&outbound).unwrap();
        // Many, but not so many that the test needs much memory.
        for number in 0..1_500_000 {
            client.send(format!("\u{1}{number}").as_bytes(), 0).unwrap();
        }
        // The connection stays until then.
        let _ = stopped.recv();
    });
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(3) {
        send(&publisher, &[b"t", b"x"]);
        receive(&subscriber);
    }
    // It ends within the grace period too, or its exit code would be another.
    let finished = gateway.stop();
    drop(stop);
    client.join().unwrap();
    finished.expect(0);
}

#[test]
fn a_gateway_reconnects_and_says_so_once() {
    let site = Site::new(json!({ "zmq_reconnect_ivl": 10, "zmq_reconnect_ivl_max": 20 }));
    let endpoint = free_endpoint();
    let bound = |endpoint: &str| {
        let publisher = publisher();
        wait_until("the address is free", || publisher.bind(endpoint).is_ok());
        assert_eq!(publisher.recv_bytes(0).unwrap(), [1]);
        publisher
    };
    let (gateway, ready) = site.start(&["gateway", "--endpoint", &endpoint]);
    let outbound = field(&ready, "outbound");
    let first = bound(&endpoint);
    let subscriber = subscriber_to(&outbound, &first);
    drop(first);
    gateway.wait_for_line("lost the connection");
    // Many attempts fail meanwhile; this ends by its own clock.
    run(&mut site.fedhub(&["tail", "--timeout", "0.5", "--endpoint", &endpoint])).expect(0);
    let second = bound(&endpoint);
    send(&second, &[b"t", b"again"]);
    assert_eq!(receive(&subscriber), [&b"t"[..], b"again"]);
    let log = gateway.stop().expect(0).stderr;
    let about: Vec<_> = log
        .iter()
        .filter(|line| line.contains(" INFO connected to") || line.contains("WARN"))
        .collect();
    let kinds: Vec<_> = about
        .iter()
        .map(|line| {
            ["cannot connect", "connected", "lost"].iter().find(|kind| line.contains(**kind))
        })
        .map(|kind| *kind.unwrap())
        .collect();
    // The first attempt may come before the publisher is there.
    let news = kinds.strip_prefix(&["cannot connect"]).unwrap_or(&kinds);
    assert_eq!(news, ["connected", "lost", "connected"], "{about:#?}");
}

#[test]
fn a_peer_that_hangs_up_at_once_is_reported_once() {
    let site = Site::new(json!({ "zmq_reconnect_ivl": 10, "zmq_reconnect_ivl_max": 20 }));
    // As a port forwarder does when nobody is behind it.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("tcp://{}", listener.local_addr().unwrap());
    let (gateway, _) = site.start(&["gateway", "--endpoint", &endpoint]);
    for _ in 0..30 {
        drop(listener.accept().unwrap());
    }
    let log = gateway.stop().expect(0).stderr;
    let port = endpoint.rsplit(':').next().unwrap();
    let about = log.iter().filter(|line| line.contains(port) && !line.contains("ready"));
    assert!(about.count() <= 2, "{log:#?}");
}

#[test]
fn a_name_that_does_not_resolve_is_retried_and_said_once() {
    let site = Site::new(json!({ "zmq_reconnect_ivl": 10, "zmq_reconnect_ivl_max": 20 }));
    let publisher = publisher();
    publisher.bind(ANY).unwrap();
    let good = publisher.get_last_endpoint().unwrap().unwrap();
    let bad = "tcp://no-such-host.invalid:4001";
    let (mut gateway, ready) = site.start(&["gateway", "--endpoint", bad, "--endpoint", &good]);
    gateway.wait_for("a line about the name", |lines| {
        lines.stderr.iter().find(|line| line.contains(bad) && line.contains("WARN")).cloned()
    });
    let subscriber = subscriber_to(&field(&ready, "outbound"), &publisher);
    send(&publisher, &[b"t", b"flows"]);
    assert_eq!(receive(&subscriber), [&b"t"[..], b"flows"]);
    assert!(gateway.is_running());
    let log = gateway.stop().expect(0).stderr;
    let about = log.iter().filter(|line| line.contains(bad) && line.contains("WARN"));
    assert_eq!(about.count(), 1, "{log:#?}");
}

#[test]
fn a_name_server_that_does_not_answer_delays_nobody() {
    let site = Site::new(json!({}));
    let silent = "127.77.77.77";
    std::fs::write(site.path("resolv.conf"), format!("nameserver {silent}\n")).unwrap();
    let with_it = |program: &std::process::Command| {
        let mut unshare = std::process::Command::new("unshare");
        unshare.args(["--map-root-user", "--mount", "sh", "-c"]);
        unshare.arg("mount --bind resolv.conf /etc/resolv.conf && exec \"$@\"").arg("sh");
        unshare.arg(program.get_program()).args(program.get_args());
        unshare.env("HOME", site.path(".")).current_dir(site.path("."));
        unshare
    };
    let mut trial = with_it(&std::process::Command::new("true"));
    let name_server = std::net::UdpSocket::bind((silent, 53));
    if name_server.is_err() || !trial.output().is_ok_and(|output| output.status.success()) {
        skipped("a name server that does not answer; that needs unshare and its rights");
        return;
    }
    let publisher = publisher();
    publisher.bind(ANY).unwrap();
    let good = publisher.get_last_endpoint().unwrap().unwrap();
    let endpoints = ["--endpoint", "tcp://slow.example.org:4001", "--endpoint", &good];
    let gateway = site.fedhub(&[&["gateway"], &endpoints[..]].concat());
    let gateway = Process::spawn("gateway", &mut with_it(&gateway));
    let ready = gateway.wait_for_line("ready");
    let begin = Instant::now();
    let subscriber = subscriber_to(&field(&ready, "outbound"), &publisher);
    assert!(begin.elapsed() < Duration::from_secs(3), "connected after {:?}", begin.elapsed());
    gateway.stop().expect(0);
    drop(subscriber);
}
