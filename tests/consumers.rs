//! What consumers of a hub do with messages: programs, web servers and other relays.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::harness::{Process, free_endpoint, run, wait_until};
use crate::hub::{Bed, body, publish};
use crate::relay::{start_relay, subscriber};

/// Appends each line to a file, says who it is in another, and complains on stderr.
const WRITER: &str = r#"
import os, sys, time
with open(sys.argv[1] + ".pid", "w") as file:
    file.write(str(os.getpid()))
sys.stderr.write("hello \x1b[2J\n" + "x" * 5000 + "\n")
sys.stderr.flush()
with open(sys.argv[1], "a") as file:
    for line in sys.stdin:
        file.write(line)
        file.flush()
        time.sleep(float(sys.argv[2]))
        print("ok", flush=True)
"#;

/// A hub with that program, which takes so many seconds for each message.
fn writer(seconds: &str) -> Bed {
    let mut bed = Bed::new(json!({}));
    let command = bed.script("writer.py", WRITER, &["got", seconds]);
    bed.site.set(json!({"consumers": {"writer": {
        "type": "exec", "command": command, "retry": 0.05, "attempts": 20,
    }}}));
    bed
}

fn pid(bed: &Bed) -> Option<i32> {
    bed.lines("got.pid").first()?.parse().ok()
}

fn is_running(pid: i32) -> bool {
    // A zombie has no command line.
    let line = std::fs::read(Path::new("/proc").join(pid.to_string()).join("cmdline"));
    line.is_ok_and(|line| !line.is_empty())
}

fn id(line: &str) -> String {
    let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line:.200}"));
    value["msg_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_program_gets_each_message_as_tail_prints_it_and_is_heard_in_the_log() {
    let bed = writer("0");
    let (hub, publisher) = bed.start();
    let bodies: Vec<String> = (0..300).map(|n| body(n, false)).collect();
    bodies.iter().for_each(|body| publish(&publisher, body));
    wait_until("all are there", || bed.lines("got").len() >= bodies.len());
    assert_eq!(bed.lines("got"), bodies);
    let program = pid(&bed).unwrap();
    let done = hub.stop().expect(0);
    assert!(!is_running(program), "it ends with the hub");
    assert!(done.stderr.iter().any(|line| line.ends_with("hello \\u{1b}[2J")), "{done:#?}");
    let long = done.stderr.iter().find(|line| line.contains("xxxx")).unwrap();
    assert!((1000..3000).contains(&long.len()), "{long}");
}

#[test]
fn a_program_that_is_killed_misses_nothing() {
    let bed = writer("0.0005");
    let (hub, publisher) = bed.start();
    (0..3000).for_each(|n| publish(&publisher, &body(n, false)));
    for round in 1..=5 {
        wait_until("some more are there", || bed.lines("got").len() > round * 400);
        kill(Pid::from_raw(pid(&bed).unwrap()), Signal::SIGKILL).unwrap();
    }
    let got = || -> HashSet<String> {
        // A line that was cut by a kill is no message.
        let whole = |line: &String| serde_json::from_str::<Value>(line).is_ok();
        bed.lines("got").iter().filter(|line| whole(line)).map(|line| id(line)).collect()
    };
    wait_until("all are there", || got().len() >= 3000);
    wait_until("none is left behind", || bed.quarantine().is_empty());
    // It learns of the hub's death by its closed input.
    let program = pid(&bed).unwrap();
    hub.signal(Signal::SIGKILL);
    wait_until("the program has ended", || !is_running(program));
}

/// A web server that says what a test wants of each request.
struct Server {
    url: String,
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answer: impl Fn(usize) -> &'static str + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&bodies);
        std::thread::spawn(move || {
            let mut count = 0;
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                while let Some(body) = read_body(&mut stream) {
                    let answer = answer(count);
                    count += 1;
                    if answer.starts_with('2') {
                        taken.lock().unwrap().push(body);
                    }
                    let text = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
                    stream.get_mut().write_all(text.as_bytes()).unwrap();
                }
            }
        });
        Self { url, bodies }
    }

    fn taken(&self) -> Vec<String> {
        self.bodies.lock().unwrap().clone()
    }
}

fn read_body(stream: &mut impl BufRead) -> Option<String> {
    let (mut length, mut line) = (0, String::new());
    while stream.read_line(&mut line).ok()? > 0 && line != "\r\n" {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        line.clear();
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    (length > 0).then(|| String::from_utf8(body).unwrap())
}

#[test]
fn a_web_server_gets_each_message_once_whatever_it_answers_first() {
    let server = Server::start(|count| match count {
        3 => "503 Service Unavailable\r\nretry-after: 1",
        7 => "429 Too Many Requests\r\nretry-after: 0",
        9 => "500 Internal Server Error",
        _ => "200 OK",
    });
    let mut bed = Bed::new(json!({}));
    bed.site.set(json!({"consumers": {"hook": {
        "type": "webhook", "url": server.url, "retry": 0.05, "attempts": 3,
    }}}));
    let (hub, publisher) = bed.start();
    let bodies: Vec<String> = (0..50).map(|n| body(n, false)).collect();
    bodies.iter().for_each(|body| publish(&publisher, body));
    wait_until("all are there", || server.taken().len() >= bodies.len());
    let (mut got, mut expected) = (server.taken(), bodies);
    // The one that failed comes again, behind others.
    got.sort();
    expected.sort();
    assert_eq!(got, expected);
    assert!(bed.quarantine().is_empty());
    hub.stop().expect(0);
}

#[test]
fn who_is_gone_is_left_alone() {
    let server = Server::start(|count| if count < 2 { "200 OK" } else { "410 Gone" });
    let mut bed = Bed::new(json!({}));
    bed.site.set(json!({"consumers": {"hook": {"type": "webhook", "url": server.url}}}));
    let (hub, publisher) = bed.start();
    (0..20).for_each(|n| publish(&publisher, &body(n, false)));
    hub.wait_for_line("gets no more messages until the hub starts anew: the answer is 410 Gone");
    assert_eq!(server.taken().len(), 2);
    assert!(bed.quarantine().is_empty());
    hub.stop().expect(0);
}

#[test]
fn another_relay_gets_the_same_bytes() {
    let inbound = free_endpoint();
    let outbound = free_endpoint();
    let mut bed = Bed::new(json!({}));
    let arguments = ["relay", "--inbound", &inbound, "--outbound", &outbound, "--receipts"];
    let relay = || bed.site.start(&[&arguments[..], &["tcp://127.0.0.1:*"]].concat());
    let _relay = relay();
    let subscriber = subscriber();
    subscriber.connect(&outbound).unwrap();
    bed.site.set(json!({"consumers": {"onward": {"type": "relay", "endpoint": inbound}}}));
    let (hub, publisher) = bed.start();
    let odd = "{ \"msg_id\" :\t\"1\", \"n\": 1E3, \"\u{e9}\": \"\\u00e9\" }";
    // A new subscriber may miss what comes while it subscribes, but hears of the later ones.
    let mut got = HashSet::new();
    for n in 0.. {
        publish(&publisher, odd);
        publish(&publisher, &body(n, false));
        subscriber.set_rcvtimeo(50).unwrap();
        while let Ok(frames) = subscriber.recv_multipart(0) {
            assert_eq!(frames[0], b"org.fedoraproject.dev.test.hub");
            got.insert(String::from_utf8(frames[1].clone()).unwrap());
        }
        if got.len() > 2 {
            break;
        }
        assert!(n < 1000);
    }
    hub.stop().expect(0);
}

#[test]
fn another_relay_that_gives_receipts_gets_each_message_once_and_in_order_through_its_kills() {
    let receipts = free_endpoint();
    let mut bed = Bed::new(json!({}));
    let mirror = bed.site.path("mirror.db");
    let mirror = mirror.to_str().unwrap();
    bed.site.set(json!({"relay": {"receipts": [receipts]}, "consumers": {"onward": {
        "type": "relay", "endpoint": receipts, "durable": true, "timeout": 1.0, "retry": 0.05,
        "retry_max": 0.2,
    }}}));
    let start = || -> Process { start_relay(&bed.site, &["--journal", mirror]).0 };
    let listed = || -> Vec<String> {
        let journal = ["journal", "ls", "-o", "ndjson", "--journal", mirror];
        let lines = run(&mut bed.site.fedhub(&journal)).stdout;
        lines.iter().map(|line| id(line)).collect()
    };
    let mut relay = start();
    let (hub, publisher) = bed.start();
    let mut sent = 0;
    for round in 0..4 {
        for _ in 0..1000 {
            publish(&publisher, &body(sent, false));
            sent += 1;
        }
        wait_until("some of these are there", || listed().len() > round * 1000);
        relay.signal(Signal::SIGKILL);
        relay.finish();
        relay = start();
    }
    wait_until("all are there", || listed().len() >= sent);
    let expected: Vec<_> = (0..sent).map(|n| format!("2026-{n}")).collect();
    assert_eq!(listed(), expected);
    assert!(bed.quarantine().is_empty());
    hub.stop().expect(0);
    relay.stop().expect(0);
}
