//! fedhub and the Python fedmsg 1.1.7 stand in for each other, part by part, and judge messages
//! alike.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Process, Site, field, free_endpoint, host, peer_python, run, wait_until};

/// What JSON encoders disagree about: a signature survives only when both sides spell it alike.
const AWKWARD: &str = r#"{"B":1,"a":[1e22,1E16,123456789012345678901,0.10,-0.0,1e-7,NaN,1e400],"z":1.0,"u":"é😀\u007f/","lone":"\ud83d","ﬀ":1,"😀":2,"deep":{"b":[],"a":{"y":null,"x":true}}}"#;

/// A site with a relay's addresses where everything is signed and judged, and the Python of the
/// real fedmsg; None where that is not installed.
fn site() -> Option<(Site, PathBuf)> {
    let python = peer_python()?;
    let site = Site::new(json!({
        "endpoints": {"relay_outbound": [free_endpoint()]},
        "relay_inbound": [free_endpoint()],
        "sign_messages": true,
        "validate_signatures": true,
        "certnames": {
            format!("shell.{}", host()): "shell",
            format!("revoked.{}", host()): "revoked",
            "service.host": "service",
        },
        "routing_policy": {
            "org.fedoraproject.dev.logger.allowed": ["shell"],
            "org.fedoraproject.dev.logger.reserved": ["service"],
        },
    }));
    site.issue("pki", &["shell", "service", "revoked"]);
    site.issue("elsewhere", &["shell"]);
    run(&mut site.fedhub(&["certs", "revoke", "revoked"])).expect(0);
    Some((site, python))
}

fn fedmsg_relay(site: &Site, python: &Path) -> Process {
    let mut relay = Process::spawn("fedmsg-relay", &mut site.fedmsg(python, "fedmsg-relay", &[]));
    for setting in ["/relay_inbound/0", "/endpoints/relay_outbound/0"] {
        let address = site.setting(setting).replace("tcp://", "");
        wait_until(&format!("fedmsg-relay listens at {address}"), || {
            assert!(relay.is_running());
            TcpStream::connect(&address).is_ok()
        });
    }
    relay
}

fn fedmsg_tail(site: &Site, python: &Path) -> Process {
    Process::spawn("fedmsg-tail", &mut site.fedmsg(python, "fedmsg-tail", &["--validate"]))
}

fn fedhub_tail(site: &Site) -> Process {
    Process::spawn("tail", &mut site.fedhub(&["tail", "--validate", "-o", "ndjson"]))
}

/// Whether a line is a message that a tail shows. fedmsg-tail logs its complaints to the same place,
/// with the message they are about.
fn is_message(line: &str) -> bool {
    line.starts_with('{') || line.contains("[fedmsg.commands ")
}

fn shows(tail: &Process, text: &str) -> bool {
    tail.stdout().iter().any(|line| is_message(line) && line.contains(text))
}

fn wait_for_message(tail: &Process, text: &str) -> String {
    tail.wait_for(&format!("a message with {text}"), |lines| {
        lines.stdout.iter().find(|line| is_message(line) && line.contains(text)).cloned()
    })
}

/// Sends greetings until every reader has shown one: nothing else tells when a subscriber of the
/// Python fedmsg is connected.
fn greet(readers: &[&Process], mut send: impl FnMut()) {
    wait_until("every reader is connected", || {
        send();
        readers.iter().all(|reader| shows(reader, "greeting"))
    });
}

#[test]
fn python_logger_to_fedhub_relay_to_python_tail() {
    let Some((site, python)) = site() else { return };
    let (_relay, _) = site.start(&["relay"]);
    let tail = fedmsg_tail(&site, &python);
    let log = |arguments: &[&str]| {
        run(&mut site.fedmsg(&python, "fedmsg-logger", arguments)).expect(0);
    };
    greet(&[&tail], || log(&["--message", "greeting"]));

    log(&["--topic", "allowed", "--json-input", "--message", AWKWARD]);
    let line = wait_for_message(&tail, "dev.logger.allowed");
    for part in ["1e+22", "123456789012345678901", "0.1,", "-0.0", "nan", "inf", "é😀"] {
        assert!(line.contains(part), "{part} is missing in {line}");
    }
}

#[test]
fn fedhub_logger_to_python_relay_to_fedhub_tail() {
    let Some((site, python)) = site() else { return };
    let _relay = fedmsg_relay(&site, &python);
    let tail = fedhub_tail(&site);
    let log = |arguments: &[&str]| {
        run(site.fedhub(&["logger"]).args(arguments)).expect(0);
    };
    greet(&[&tail], || log(&["--message", "greeting"]));

    log(&["--topic", "allowed", "--json-input", "--message", AWKWARD]);
    let line = wait_for_message(&tail, "dev.logger.allowed");
    assert!(line.contains("\": "), "that relay has not written the JSON anew: {line}");
    assert_eq!(verdicts(&site, &[&line])[0]["valid"], json!(true));
}

#[test]
fn fedhub_logger_to_fedhub_relay_to_both_tails() {
    let Some((site, python)) = site() else { return };
    let (_relay, _) = site.start(&["relay"]);
    let tails = [fedmsg_tail(&site, &python), fedhub_tail(&site)];
    let log = |arguments: &[&str]| {
        run(site.fedhub(&["logger"]).args(arguments)).expect(0);
    };
    greet(&[&tails[0], &tails[1]], || log(&["--message", "greeting"]));

    log(&["--topic", "reserved", "--message", "against the policy"]);
    log(&["--cert-prefix", "revoked", "--message", "revoked"]);
    log(&["--topic", "allowed", "--json-input", "--message", AWKWARD]);
    for tail in &tails {
        wait_for_message(tail, "dev.logger.allowed");
        assert!(!shows(tail, "against the policy"));
        assert!(!shows(tail, "revoked"));
    }
}

#[test]
fn python_publisher_to_fedhub_gateway_to_python_subscriber() {
    let Some((mut site, python)) = site() else { return };
    site.set(json!({ "endpoints": {"service.host": [free_endpoint()]} }));
    let mut publish = site.python(&python, "publish.py");
    let publisher = Process::spawn("publish.py", publish.arg(site.fedmsg_d()).arg("service.host"));
    publisher.wait_for_line("publishing");
    let (_gateway, ready) = site.start(&["gateway"]);

    site.set(json!({ "endpoints": {"gateway": [field(&ready, "outbound")]} }));
    let tail = fedmsg_tail(&site, &python);
    let numbers = tail.wait_for("20 messages", |lines| {
        let shown = lines.stdout.iter().filter(|line| is_message(line));
        let all: Vec<u64> = shown.filter_map(|line| number(line)).collect();
        (all.len() >= 20).then_some(all)
    });
    assert_eq!(numbers, (numbers[0]..).take(numbers.len()).collect::<Vec<_>>(), "one is missing");
}

/// The 17 of `{'n': 17}`.
fn number(line: &str) -> Option<u64> {
    line.split_once("{'n': ")?.1.split_once('}')?.0.parse().ok()
}

#[test]
fn both_judge_alike() {
    let Some((site, python)) = site() else { return };
    let cases = cases(&site, &python);
    let lines: Vec<&str> = cases.iter().map(|case| case.line.as_str()).collect();
    let file = site.path("messages");
    std::fs::write(&file, lines.join("\n")).unwrap();

    let mut validate = site.python(&python, "validate.py");
    let theirs = run(validate.arg(site.fedmsg_d()).arg(&file)).expect(0).stdout;
    let ours = verdicts(&site, &lines);
    assert_eq!((theirs.len(), ours.len()), (cases.len(), cases.len()));
    for ((case, theirs), ours) in cases.iter().zip(theirs).zip(ours) {
        assert_eq!(theirs, case.valid().to_string(), "fedmsg on {case:?}");
        assert_eq!(ours["valid"], json!(case.valid()), "fedhub on {case:?}: {ours}");
        assert_eq!(ours["reason"], json!(case.reason), "fedhub on {case:?}");
    }
}

#[test]
fn both_tails_show_the_same() {
    let Some((mut site, python)) = site() else { return };
    let publisher = zmq::Context::new().socket(zmq::PUB).unwrap();
    publisher.set_linger(0).unwrap();
    publisher.bind("tcp://127.0.0.1:*").unwrap();
    let endpoint = publisher.get_last_endpoint().unwrap().unwrap();
    site.set(json!({ "endpoints": {"test.host": [endpoint]} }));
    let cases = cases(&site, &python);
    let send = |line: &str| {
        let message: Value = serde_json::from_str(line).unwrap();
        let topic = message["topic"].as_str().unwrap();
        publisher.send_multipart([topic, line], 0).unwrap();
    };

    let tails = [fedmsg_tail(&site, &python), fedhub_tail(&site)];
    let ends = sign(&site, &python, &[order("greeting"), order("the end")]);
    greet(&[&tails[0], &tails[1]], || {
        send(&ends[0]);
        thread::sleep(Duration::from_millis(50));
    });
    for case in &cases {
        send(&case.line);
    }
    send(&ends[1]);
    for tail in &tails {
        wait_for_message(tail, "<the end>");
        for case in &cases {
            assert_eq!(shows(tail, &format!("<{}>", case.what)), case.valid(), "{case:?}");
        }
    }
}

/// A message to be signed, which carries `<what>` as its text.
struct Order {
    what: &'static str,
    /// The folder of the certificate.
    pki: &'static str,
    certname: &'static str,
    topic: &'static str,
}

fn order(what: &'static str) -> Order {
    Order { what, pki: "pki", certname: "shell", topic: "allowed" }
}

/// Messages as the Python fedmsg signs them.
fn sign(site: &Site, python: &Path, orders: &[Order]) -> Vec<String> {
    let mut input = String::new();
    for (order, i) in orders.iter().zip(1..) {
        let message = json!({
            "i": i,
            "msg": {"text": format!("<{}>", order.what), "float": 1e22, "é": "\u{1f600}"},
            "msg_id": format!("2026-{i}"),
            "timestamp": 1_700_000_000 + i,
            "topic": format!("org.fedoraproject.dev.logger.{}", order.topic),
            "username": "somebody",
        });
        let pki = site.path(order.pki);
        let order = json!({"ssldir": pki, "certname": order.certname, "message": message});
        input += &format!("{order}\n");
    }
    let mut command = site.python(python, "sign.py");
    let signer = Process::spawn_with_input("sign.py", &mut command, input.as_bytes());
    let lines = signer.finish().expect(0).stdout;
    assert_eq!(lines.len(), orders.len());
    lines
}

/// A message and what both sides must say of it.
#[derive(Debug)]
struct Case {
    what: &'static str,
    line: String,
    /// fedhub's reason.
    reason: &'static str,
}

impl Case {
    fn valid(&self) -> bool {
        self.reason == "valid"
    }
}

type Change = fn(&mut Value);

/// A message for each way to be good or bad.
fn cases(site: &Site, python: &Path) -> Vec<Case> {
    let plan: [(Order, Change, &str); 13] = [
        (order("as signed"), |_| (), "valid"),
        (Order { topic: "free", ..order("a topic without a policy") }, |_| (), "valid"),
        (order("no crypto field"), |m| drop(remove(m, "crypto")), "bad-signature"),
        (Order { certname: "revoked", ..order("revoked") }, |_| (), "revoked"),
        (Order { pki: "elsewhere", ..order("unknown CA") }, |_| (), "unknown-ca"),
        (Order { topic: "reserved", ..order("not allowed to") }, |_| (), "policy"),
        (order("tampered"), |m| m["timestamp"] = json!(1), "bad-signature"),
        (order("a key added"), |m| m["seq_id"] = json!(1), "bad-signature"),
        (order("a float for an integer"), |m| m["i"] = json!(m["i"].as_f64()), "bad-signature"),
        (order("a short signature"), |m| m["signature"] = json!("AAAA"), "bad-signature"),
        (order("gpg"), |m| m["crypto"] = json!("gpg"), "unsupported-crypto"),
        (order("unheard of"), |m| m["crypto"] = json!("foo"), "unsupported-crypto"),
        (order("unsigned"), unsign, "unsigned"),
    ];
    let orders: Vec<Order> = plan.iter().map(|(order, ..)| Order { ..*order }).collect();
    let signed = sign(site, python, &orders);
    let mut cases = Vec::new();
    for ((order, change, reason), line) in plan.into_iter().zip(signed) {
        // Written anew by other rules than Python's, so only the value is the same.
        let mut message: Value = serde_json::from_str(&line).unwrap();
        change(&mut message);
        cases.push(Case { what: order.what, line: message.to_string(), reason });
    }
    cases
}

fn remove(message: &mut Value, key: &str) -> Option<Value> {
    message.as_object_mut().unwrap().remove(key)
}

fn unsign(message: &mut Value) {
    for key in ["signature", "certificate", "crypto"] {
        remove(message, key);
    }
}

/// What `fedhub verify` says of each line.
fn verdicts(site: &Site, lines: &[&str]) -> Vec<Value> {
    let file = site.path("to-verify");
    std::fs::write(&file, lines.join("\n")).unwrap();
    let finished = run(site.fedhub(&["verify"]).arg(&file));
    assert!(matches!(finished.code, Some(0 | 1)), "{finished:#?}");
    finished.stdout.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}
