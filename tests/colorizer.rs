//! What a hub does for busmon: coloured copies of messages, and counts in memcached.

use std::path::Path;

use serde_json::{Value, json};
use zmq::Socket;

use crate::harness::{Process, Site, free_endpoint, free_port, host, peer_python, run, wait_until};
use crate::hub::{Bed, body, publish};
use crate::memcached::Server;
use crate::relay::receive;

const TOPIC: &str = "org.fedoraproject.dev.busmon.colorized-messages";

/// A relay, and a hub that listens to it and has these consumers.
fn bus(consumers: &Value) -> (Site, Process, Process) {
    let mut site = Site::new(json!({
        "endpoints": {"relay_outbound": [free_endpoint()]},
        "relay_inbound": [free_endpoint()],
        "sign_messages": true,
        "validate_signatures": true,
        "certnames": {
            format!("shell.{}", host()): "shell",
            format!("busmon.{}", host()): "busmon",
        },
    }));
    site.issue("pki", &["shell", "busmon"]);
    site.set(json!({
        "hub": {"journal": site.path("hub.db"), "http": format!("127.0.0.1:{}", free_port())},
        "consumers": consumers,
    }));
    let (relay, _) = site.start(&["relay"]);
    let (hub, _) = site.start(&["hub"]);
    (site, relay, hub)
}

/// Publishes until the hub hears it.
fn wait_for_hub(site: &Site, copies: &Socket) -> Value {
    copies.set_rcvtimeo(200).unwrap();
    let mut found = None;
    wait_until("a coloured copy", || {
        run(&mut site.fedhub(&["logger", "--topic", "greeting", "--message", "hello"])).expect(0);
        let Ok(frames) = copies.recv_multipart(0) else { return false };
        found = Some(serde_json::from_slice(&frames[1]).unwrap());
        true
    });
    copies.set_rcvtimeo(60_000).unwrap();
    found.unwrap()
}

/// A subscriber of the relay.
fn subscriber(site: &Site, topic: &str) -> Socket {
    let subscriber = zmq::Context::new().socket(zmq::SUB).unwrap();
    subscriber.set_subscribe(topic.as_bytes()).unwrap();
    subscriber.set_rcvhwm(0).unwrap();
    subscriber.connect(site.setting("/endpoints/relay_outbound/0")).unwrap();
    subscriber
}

/// How often a consumer left out messages for a reason, as its metrics say.
fn left_out(site: &Site, consumer: &str, reason: &str) -> u64 {
    let address = format!("http://{}/metrics", site.setting("/hub/http"));
    let text = ureq::get(&address).call().unwrap().body_mut().read_to_string().unwrap();
    let labels = format!(
        "fedhub_consumer_left_out_total{{task=\"hub\",consumer=\"{consumer}\",reason=\"{reason}\"}}"
    );
    let line = text.lines().find_map(|line| line.strip_prefix(&labels));
    line.map_or(0, |value| value.trim().parse::<f64>().unwrap() as u64)
}

#[test]
fn coloured_copies_are_messages_of_html_that_python_believes() {
    let (site, _relay, _hub) = bus(&json!({"colours": {"type": "colorizer", "rate": 1000.0}}));
    let copies = subscriber(&site, TOPIC);
    let copy = wait_for_hub(&site, &copies);
    let html = copy["msg"].as_str().unwrap();
    assert!(
        html.starts_with("<div class=\"highlight\"><pre><span class=\"p\">{</span>\n"),
        "{html}"
    );
    assert!(html.contains("<span class=\"s2\">&quot;hello&quot;</span>"), "{html}");
    assert!(!html.contains("signature") && !html.contains("certificate"), "{html}");
    assert_eq!(copy["topic"], TOPIC);

    let hostile =
        r#"{"log":"</pre><script>alert(1)</script>&'\u001b[2J","n":[1,-2.5e10,null,true,{}]}"#;
    let log = ["logger", "--topic", "hostile", "--json-input", "--message", hostile];
    run(&mut site.fedhub(&log)).expect(0);
    let hostile = std::iter::from_fn(|| Some(copy_text(&copies)))
        .find(|html| html.contains("hostile"))
        .unwrap();
    assert!(!hostile.contains("<script") && hostile.contains("&lt;script&gt;"), "{hostile}");

    let Some(python) = peer_python() else { return };
    let mut tail = site.fedmsg(&python, "fedmsg-tail", &["--validate", "--topic", TOPIC]);
    let tail = Process::spawn("fedmsg-tail", &mut tail);
    wait_until("the Python fedmsg shows a copy", || {
        run(&mut site.fedhub(&["logger", "--message", "for python"])).expect(0);
        tail.stdout().iter().any(|line| line.contains(TOPIC) && line.contains("for python"))
    });
    compare(&site, &python, &copies);
}

fn copy_text(copies: &Socket) -> String {
    let copy: Value = serde_json::from_slice(&receive(copies)[1]).unwrap();
    copy["msg"].as_str().unwrap().to_owned()
}

/// Sends a message and compares its copy with what Pygments makes of it.
fn compare(site: &Site, python: &Path, copies: &Socket) {
    let plain = subscriber(site, "org.fedoraproject.dev.logger.compared");
    let awkward =
        r#"{"a":[1,2.50,-3,-4.5e-7,1e22,true,false,null],"b":{"c":{},"d":[]},"e":"q\"'<&é"}"#;
    let mut message = None;
    plain.set_rcvtimeo(200).unwrap();
    wait_until("the message itself", || {
        let log = ["logger", "--topic", "compared", "--json-input", "--message", awkward];
        run(&mut site.fedhub(&log)).expect(0);
        message = plain.recv_multipart(0).ok();
        message.is_some()
    });
    let message: Value = serde_json::from_slice(&message.unwrap()[1]).unwrap();
    let id = message["msg_id"].as_str().unwrap();
    let html = std::iter::from_fn(|| Some(copy_text(copies))).find(|html| html.contains(id));
    let input = format!("{}\n", json!([message, html.unwrap()]));
    let mut script = site.python(python, "highlight.py");
    let compared = Process::spawn_with_input("highlight.py", &mut script, input.as_bytes());
    assert_eq!(compared.finish().expect(0).stdout, ["same"]);
}

#[test]
fn colourisers_never_colour_copies_their_own_or_another_s() {
    let (site, _relay, _hub) = bus(&json!({
        "one": {"type": "colorizer", "rate": 1000.0},
        "other": {"type": "colorizer", "rate": 1000.0},
    }));
    let copies = subscriber(&site, TOPIC);
    wait_for_hub(&site, &copies);
    for n in 0..20 {
        run(&mut site.fedhub(&["logger", "--message", &format!("number {n} ")])).expect(0);
    }
    run(&mut site.fedhub(&["logger", "--topic", "end", "--message", "the end"])).expect(0);
    // Each gives one copy of the last message, and has seen all copies of those before.
    let mut texts: Vec<String> = Vec::new();
    while texts.iter().filter(|text| text.contains("the end")).count() < 2 {
        texts.push(copy_text(&copies));
    }
    for n in 0..20 {
        let number = format!("number {n} ");
        let count = texts.iter().filter(|text| text.contains(&number)).count();
        assert_eq!(count, 2, "{number}");
    }
    assert!(texts.iter().all(|text| !text.contains("colorized-messages")));
    wait_until("both have left out the copies", || {
        ["one", "other"].iter().all(|name| left_out(&site, name, "colorized") >= 40)
    });
}

#[test]
fn what_is_beyond_the_rate_is_left_out_and_counted() {
    let (site, _relay, _hub) = bus(&json!({"colours": {"type": "colorizer", "rate": 0.001}}));
    let copies = subscriber(&site, TOPIC);
    wait_for_hub(&site, &copies);
    let before = left_out(&site, "colours", "rate");
    for _ in 0..10 {
        run(&mut site.fedhub(&["logger", "--message", "more"])).expect(0);
    }
    wait_until("they are left out", || left_out(&site, "colours", "rate") >= before + 10);
    copies.set_rcvtimeo(0).unwrap();
    assert!(copies.recv_multipart(0).is_err(), "no second copy");
}

#[test]
fn messages_are_counted_in_memcached_and_one_that_is_away_holds_up_nobody() {
    let Some(mut server) = Server::start() else { return };
    let mut bed = Bed::new(json!({"busmon": {"memcached": server.address()}}));
    let script = bed.script("count.py", "import sys\nfor line in sys.stdin:\n    open(sys.argv[1], 'a').write('x\\n')\n    print('ok', flush=True)\n", &["other"]);
    bed.site.set(json!({"consumers": {
        "counts": {"type": "stuffer", "retry": 0.05, "retry_max": 0.1},
        "other": {"type": "exec", "command": script},
    }}));
    let (hub, publisher) = bed.start();
    let total = |server: &Server| {
        let mut counts = fedhub::counts::Counts::at(&server.address()).unwrap();
        counts.read(fedhub::journal::now()).unwrap().iter().sum::<u64>()
    };
    for n in 0..50 {
        publish(&publisher, &body(n, false));
    }
    // Copies do not count.
    publisher.send_multipart([TOPIC, &body(50, false)], 0).unwrap();
    wait_until("they are counted", || total(&server) == 50);

    server.stop();
    for n in 51..61 {
        publish(&publisher, &body(n, false));
    }
    wait_until("the other has them", || bed.lines("other").len() == 61);
    hub.wait_for_line("consumer counts waits");
    server.run();
    wait_until("they are counted after all", || total(&server) == 10);
    hub.stop().expect(0);
}
