//! Durable publishing: receipts, and the spool while the relay is away.

use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::harness::{Finished, Process, Site, free_endpoint, run};
use crate::relay::start_relay;

/// A relay's receipts socket that does what a test says: it answers a request for each body that
/// `accept` takes with a receipt, and refuses the others with this code.
pub(crate) struct Receipts {
    pub(crate) taken: Arc<Mutex<Vec<Value>>>,
    end: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Receipts {
    pub(crate) fn start(
        endpoint: &str,
        code: u8,
        accept: impl Fn(&Value) -> bool + Send + 'static,
    ) -> Self {
        let socket = zmq::Context::new().socket(zmq::ROUTER).unwrap();
        socket.set_linger(0).unwrap();
        socket.bind(endpoint).unwrap();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let end = Arc::new(AtomicBool::new(false));
        let (list, ended) = (Arc::clone(&taken), Arc::clone(&end));
        let thread = std::thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                if socket.poll(zmq::POLLIN, 20) != Ok(1) {
                    continue;
                }
                let mut frames = socket.recv_multipart(0).unwrap();
                let body: Value = serde_json::from_slice(&frames.pop().unwrap()).unwrap();
                let topic = frames.pop().unwrap();
                assert_eq!(body["topic"].as_str().unwrap().as_bytes(), topic);
                let answer = if accept(&body) {
                    let mut list = list.lock().unwrap();
                    // One that comes again is known.
                    if !list.contains(&body) {
                        list.push(body.clone());
                    }
                    json!({"ok": true, "msg_id": body["msg_id"], "seq": list.len(), "stream": "relay.h"})
                } else {
                    json!({"ok": false, "code": code, "error": "no \u{1b}[2J room", "hint": "make room"})
                };
                frames.push(answer.to_string().into_bytes());
                socket.send_multipart(frames, 0).unwrap();
            }
        });
        Self { taken, end, thread: Some(thread) }
    }

    /// What the messages with receipts say.
    fn logs(&self) -> Vec<String> {
        let taken = self.taken.lock().unwrap();
        taken.iter().map(|body| body["msg"]["log"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Receipts {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        let outcome = self.thread.take().unwrap().join();
        assert!(outcome.is_ok() || std::thread::panicking());
    }
}

fn site() -> (Site, String) {
    let receipts = free_endpoint();
    let site = Site::new(json!({
        "sign_messages": false, "publish_timeout": 20.0, "relay": {"receipts": receipts},
    }));
    (site, receipts)
}

fn logger(site: &Site, arguments: &[&str], lines: &str) -> Finished {
    let mut command = site.fedhub(&[&["logger"], arguments].concat());
    Process::spawn_with_input("logger", &mut command, lines.as_bytes()).finish()
}

fn numbers(count: usize) -> String {
    (0..count).map(|n| format!("{n}\n")).collect()
}

fn spool(site: &Site, action: &str) -> Finished {
    run(&mut site.fedhub(&["spool", action, "spool"]))
}

fn listed(site: &Site) -> Vec<Value> {
    let lines = spool(site, "ls").expect(0).stdout;
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_durable_message_has_a_receipt_and_its_id_is_printed() {
    let (site, endpoint) = site();
    let relay = Receipts::start(&endpoint, 75, |_| true);
    let printed = logger(&site, &["--durable"], &numbers(20)).expect(0).stdout;
    assert_eq!(relay.logs(), (0..20).map(|n| n.to_string()).collect::<Vec<_>>());
    let taken = relay.taken.lock().unwrap();
    assert!(printed.iter().eq(taken.iter().map(|body| body["msg_id"].as_str().unwrap())));
    drop(taken);
    let done = run(&mut site.fedhub(&["announce", "--message", "out", "--durable"])).expect(0);
    assert_eq!(relay.taken.lock().unwrap()[20]["msg_id"], done.stdout[0]);
}

#[test]
fn without_a_receipt_the_exit_code_says_so() {
    let (mut site, endpoint) = site();
    let relay = Receipts::start(&endpoint, 75, |_| false);
    let refused = logger(&site, &["--durable", "--message", "x"], "").expect(75);
    assert!(refused.stdout.is_empty(), "{refused:#?}");
    let text = refused.stderr.join("\n");
    assert!(text.contains("no \\u{1b}[2J room") && text.contains("try: make room"), "{text}");
    drop(relay);
    site.set(json!({"publish_timeout": 0.2}));
    let away = logger(&site, &["--durable", "--message", "x"], "").expect(75);
    let text = away.stderr.join("\n");
    assert!(text.contains(&endpoint) && text.contains("try: "), "{text}");
}

#[test]
fn what_no_relay_takes_waits_in_the_spool_and_is_sent_in_order() {
    let (site, endpoint) = site();
    let printed = logger(&site, &["--spool", "spool"], &numbers(300)).expect(0);
    let text = printed.stderr.join("\n");
    assert!(text.contains("300 spooled") && text.contains("spool flush spool"), "{text}");
    let ids: Vec<_> =
        listed(&site).iter().map(|row| row["msg_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, printed.stdout);
    // A relay that takes some and then has no room.
    let relay = Receipts::start(&endpoint, 75, |body| body["msg"]["log"].as_str() < Some("270"));
    let stopped = spool(&site, "flush").expect(75);
    let text = stopped.stderr.join("\n");
    assert!(text.contains("messages are left") && text.contains("make room"), "{text}");
    let mut taken = relay.logs();
    assert_eq!(listed(&site).len() + sent(&stopped), 300);
    drop(relay);
    let relay = Receipts::start(&endpoint, 75, |_| true);
    let rest = spool(&site, "flush").expect(0);
    assert_eq!(sent(&stopped) + sent(&rest), 300);
    assert!(listed(&site).is_empty());
    let numbers: Vec<u32> = relay.logs().iter().map(|log| log.parse().unwrap()).collect();
    assert!(numbers.is_sorted() && numbers.last() == Some(&299), "{numbers:?}");
    taken.extend(relay.logs());
    let taken: std::collections::HashSet<_> = taken.into_iter().collect();
    assert_eq!(taken.len(), 300, "each was taken by one of them");
}

fn sent(flushed: &Finished) -> usize {
    flushed.stdout[0].strip_suffix(" sent").unwrap().parse().unwrap()
}

#[test]
fn a_relay_that_hangs_or_refuses_fills_the_spool() {
    let (site, endpoint) = site();
    let silent = TcpListener::bind(endpoint.strip_prefix("tcp://").unwrap()).unwrap();
    let done = logger(&site, &["--spool", "spool", "--message", "a"], "").expect(0);
    assert!(done.stderr.iter().any(|line| line.contains("goes to the spool")), "{done:#?}");
    drop(silent);
    let relay = Receipts::start(&endpoint, 75, |_| false);
    logger(&site, &["--spool", "spool", "--message", "b"], "").expect(0);
    drop(relay);
    // What no relay will ever take must not be kept: its publisher has to know.
    let relay = Receipts::start(&endpoint, 65, |_| false);
    logger(&site, &["--durable", "--message", "c"], "").expect(65);
    drop(relay);
    assert_eq!(listed(&site).len(), 2);
}

#[test]
fn damaged_and_refused_messages_do_not_hold_up_the_others() {
    let (site, endpoint) = site();
    logger(&site, &["--spool", "spool"], &numbers(5)).expect(0);
    let rows = listed(&site);
    let file = |n: usize| site.path("spool").join(rows[n]["file"].as_str().unwrap());
    let content = std::fs::read(file(1)).unwrap();
    std::fs::write(file(1), &content[..content.len() - 1]).unwrap();
    let relay = Receipts::start(&endpoint, 65, |body| body["msg"]["log"] != "3");
    let flushed = spool(&site, "flush").expect(65);
    assert_eq!(relay.logs(), ["0", "2", "4"]);
    let text = flushed.stderr.join("\n");
    for n in [1, 3] {
        assert!(text.contains(&format!("{}.bad", rows[n]["file"].as_str().unwrap())), "{text}");
    }
    assert!(listed(&site).iter().all(|row| row["set_aside"] == true));
    spool(&site, "flush").expect(0);
    run(&mut site.fedhub(&["spool", "flush", "elsewhere"])).expect(66);
    run(&mut site.fedhub(&["spool", "flush"])).expect(78);
}

#[test]
fn a_receipt_means_that_the_message_survives_the_relay() {
    let (site, _) = site();
    let journal = site.path("relay.db");
    let kept = || -> Vec<String> {
        let mut ls = site.fedhub(&["journal", "ls", "-o", "ndjson", "--journal"]);
        let lines = run(ls.arg(&journal)).expect(0).stdout;
        let rows = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
        rows.map(|row| row["msg_id"].as_str().unwrap().to_owned()).collect()
    };
    let mut printed = logger(&site, &["--spool", "spool"], &numbers(20)).expect(0).stdout;
    let (relay, ..) = start_relay(&site, &["--journal", journal.to_str().unwrap()]);
    spool(&site, "flush").expect(0);
    printed.extend(logger(&site, &["--durable"], &numbers(20)).expect(0).stdout);
    relay.signal(Signal::SIGKILL);
    assert_eq!(kept(), printed);
    relay.finish();
    logger(&site, &["--spool", "spool", "--message", "x"], "").expect(0);
    assert_eq!(listed(&site).len(), 1);
}
