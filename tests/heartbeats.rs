//! Heartbeats: they count exactly, are signed so that everybody believes them, come at once to whoever
//! subscribes, and go no further than one hop.

use serde_json::{Value, json};
use zmq::Socket;

use crate::harness::{Process, Site, field, free_endpoint, host, peer_python, run, wait_until};
use crate::journal::listed;
use crate::relay::{publisher_to, receive, send, start_relay, subscriber};

const TOPIC: &[u8] = b"org.fedoraproject.dev._heartbeat";

/// How many other messages come before the next heartbeat, and what it says.
fn next_heartbeat(subscriber: &Socket) -> (u64, Value) {
    let mut others = 0;
    loop {
        let frames = receive(subscriber);
        if frames[0] == TOPIC {
            let envelope: Value = serde_json::from_slice(&frames[1]).unwrap();
            return (others, envelope["msg"].clone());
        }
        others += 1;
    }
}

#[test]
fn they_count_what_was_published_to_the_message() {
    for journal in [true, false] {
        let mut site = Site::new(json!({ "heartbeat_interval": 0.05, "sign_messages": false }));
        if journal {
            let path = site.path("journal.db");
            site.set(json!({ "relay": { "journal": path } }));
        }
        let (relay, inbound, outbound) = start_relay(&site, &[]);
        let publisher = publisher_to(&inbound);
        let subscriber = subscriber();
        subscriber.connect(&outbound).unwrap();
        let (_, first) = next_heartbeat(&subscriber);
        assert_eq!(first["stream"], format!("relay.{}", host()));
        assert_eq!((&first["published"], &first["interval_ms"]), (&json!(0), &json!(50)));
        let mut published = 0;
        for round in 1..=20 {
            (0..50).for_each(|n| send(&publisher, &[b"t", format!("{round} {n}").as_bytes()]));
            while published < round * 50 {
                let (others, heartbeat) = next_heartbeat(&subscriber);
                published += others;
                assert_eq!(heartbeat["published"], published);
                assert_eq!(heartbeat["instance"], first["instance"]);
                match journal {
                    // Each of them is new, so both count alike.
                    true => assert_eq!(heartbeat["seq"], published),
                    false => assert_eq!(heartbeat["seq"], Value::Null),
                }
            }
        }
        if journal {
            assert!(listed(&site, &[]).iter().all(|row| row["topic"] == "t"), "none is kept");
        }
        let log = relay.stop().expect(0).stderr;
        assert!(log.last().unwrap().contains("1000 messages forwarded"), "{log:#?}");
    }
}

#[test]
fn another_life_goes_on_in_the_same_journal() {
    let mut site = Site::new(json!({ "heartbeat_interval": 3600, "sign_messages": false }));
    let path = site.path("journal.db");
    site.set(json!({ "relay": { "journal": path } }));
    let mut lives = Vec::new();
    for _ in 0..2 {
        let (relay, inbound, outbound) = start_relay(&site, &[]);
        let subscriber = subscriber();
        subscriber.connect(&outbound).unwrap();
        lives.push(next_heartbeat(&subscriber).1);
        let publisher = publisher_to(&inbound);
        (0..5).for_each(|n| send(&publisher, &[b"t", n.to_string().as_bytes()]));
        (0..5).for_each(|_| drop(receive(&subscriber)));
        relay.stop().expect(0);
    }
    assert_eq!(lives[0]["epoch"], lives[1]["epoch"]);
    assert_ne!(lives[0]["instance"], lives[1]["instance"]);
    let counts = lives.iter().map(|life| (&life["published"], &life["seq"]));
    assert!(counts.eq([(&json!(0), &json!(0)), (&json!(0), &json!(5))]), "{lives:#?}");
}

#[test]
fn whoever_subscribes_gets_one_at_once() {
    let site = Site::new(json!({ "heartbeat_interval": 3600, "sign_messages": false }));
    let (relay, _, outbound) = start_relay(&site, &[]);
    // The second has the same subscription as the first.
    let subscribers = [subscriber(), subscriber()];
    for subscriber in &subscribers {
        subscriber.connect(&outbound).unwrap();
        next_heartbeat(subscriber);
    }
    relay.stop().expect(0);
}

#[test]
fn a_gateway_sends_its_own_and_not_those_of_the_relay() {
    let site = Site::new(json!({ "heartbeat_interval": 0.05, "sign_messages": false }));
    let (relay, inbound, outbound) = start_relay(&site, &[]);
    let (gateway, ready) = site.start(&["gateway", "--endpoint", &outbound]);
    let publisher = publisher_to(&inbound);
    let subscriber = subscriber();
    subscriber.connect(&field(&ready, "outbound")).unwrap();
    let mut others = 0;
    wait_until("twenty messages came through", || {
        send(&publisher, &[b"t", b"through both"]);
        let (more, heartbeat) = next_heartbeat(&subscriber);
        assert_eq!(heartbeat["stream"], format!("gateway.{}", host()));
        others += more;
        others >= 20
    });
    gateway.stop().expect(0);
    relay.stop().expect(0);
}

#[test]
fn without_a_key_there_are_none() {
    let mut site = Site::new(json!({ "heartbeat_interval": 0.05 }));
    let (relay, ..) = start_relay(&site, &[]);
    let log = relay.stop().expect(0).stderr;
    let about = log.iter().filter(|line| line.contains("sends no heartbeats"));
    assert_eq!(about.count(), 1, "{log:#?}");
    let certnames = json!({ format!("relay.{}", host()): "absent" });
    site.set(json!({ "sign_messages": true, "certnames": certnames }));
    let any = "tcp://127.0.0.1:*";
    let relay = run(&mut site.fedhub(&["relay", "--inbound", any, "--outbound", any]));
    assert!(relay.expect(78).stderr.join("\n").contains("absent.key"));
}

#[test]
fn the_python_fedmsg_believes_them_and_hides_them() {
    let Some(python) = peer_python() else { return };
    let site = Site::new(json!({
        "endpoints": {"relay_outbound": [free_endpoint()]},
        "relay_inbound": [free_endpoint()],
        "heartbeat_interval": 0.05,
        "sign_messages": true,
        "validate_signatures": true,
        "certnames": {
            format!("relay.{}", host()): "relay",
            format!("shell.{}", host()): "shell",
        },
    }));
    site.issue("pki", &["relay", "shell"]);
    let (relay, _) = site.start(&["relay"]);
    let subscriber = subscriber();
    subscriber.connect(site.setting("/endpoints/relay_outbound/0")).unwrap();
    let bodies = (0..3).map(|_| receive(&subscriber).remove(1)).collect::<Vec<_>>().join(&b'\n');
    let file = site.path("heartbeats");
    std::fs::write(&file, bodies).unwrap();
    let mut validate = site.python(&python, "validate.py");
    let verdicts = run(validate.arg(site.fedmsg_d()).arg(&file)).expect(0).stdout;
    assert_eq!(verdicts, ["true"; 3]);
    run(site.fedhub(&["verify", "--signed-by", "relay"]).arg(&file)).expect(0);

    let mut tail = site.fedmsg(&python, "fedmsg-tail", &["--validate"]);
    let tail = Process::spawn("fedmsg-tail", &mut tail);
    wait_until("fedmsg-tail shows a message", || {
        run(&mut site.fedhub(&["logger", "--message", "greeting"])).expect(0);
        tail.stdout().iter().any(|line| line.contains("greeting"))
    });
    // Among what it shows are its own log lines.
    let shown = tail.stdout();
    let mut messages = shown.iter().filter(|line| line.contains("[fedmsg.commands "));
    assert!(messages.all(|line| !line.contains("_heartbeat")), "{shown:#?}");
    relay.stop().expect(0);
}
