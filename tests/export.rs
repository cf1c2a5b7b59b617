//! `fedhub export`: what comes out is what is in the archive, whoever is killed meanwhile; and it goes in
//! again as it was.

use std::path::Path;

use fedhub::message::Message;
use fedhub::meta::Meta;
use fedhub::recording::Reader;
use fedhub::store::{self, Archived, Query, Walk};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::harness::{DEADLINE, Process, Site, run, wait_until};

const BEGIN: i64 = 1_700_000_000;

/// A site whose archive has these messages.
pub(crate) fn site(messages: &[Archived]) -> Site {
    let mut site = Site::new(json!({}));
    let url = format!("sqlite:{}", site.path("archive.db").display());
    site.set(json!({"archive": {"url": url}}));
    let mut store = store::create(&url).unwrap();
    messages.chunks(1000).for_each(|some| drop(store.append(some).unwrap()));
    site
}

/// All messages of an archive, as they came.
pub(crate) fn all(url: &str) -> Vec<Archived> {
    let mut store = store::open(url).unwrap();
    let mut walk = Walk::new(0, store.newest().unwrap());
    let mut found = Vec::new();
    loop {
        let page = walk.next(&mut *store, &Query::default()).unwrap();
        if page.is_empty() {
            return found;
        }
        found.extend(page);
    }
}

/// What must be the same of a message after it has moved.
pub(crate) fn kept(one: &Archived) -> (String, String, Vec<u8>, i64, i64, String) {
    let (frame, body) = one.message.clone().into_frames();
    (one.msg_id.clone(), frame, body, one.time, one.received, one.verdict.clone())
}

fn archived(n: i64, verdict: &str, frame: &str, body: impl Into<Vec<u8>>) -> Archived {
    let received = (BEGIN + n) * 1_000_000 + 123;
    Archived::new(Message::new(frame, body), received, verdict, Meta::embedded())
}

/// Messages of all sorts.
fn sorts() -> Vec<Archived> {
    let ordinary = |n: i64| {
        let topic = ["org.x.prod.git.receive", "org.x.prod.logger.log"][usize::from(n % 3 == 0)];
        let body = format!(
            r#"{{ "msg_id": "{n}", "topic": "{topic}", "timestamp": {}, "msg": {{"n": {n}}}}}"#,
            BEGIN + n
        );
        archived(n, if n % 2 == 0 { "valid" } else { "unchecked" }, topic, body)
    };
    let mut messages: Vec<_> = (0..40).map(ordinary).collect();
    messages.push(archived(40, "unchecked", "another", r#"{"topic":"frame.differs","msg":"Ł\n"}"#));
    messages.push(archived(41, "unchecked", "no.json", &b"\xff\x00\n no utf-8"[..]));
    messages.push(archived(42, "unchecked", "empty", ""));
    messages
}

fn export(site: &Site, arguments: &[&str]) -> crate::harness::Finished {
    run(site.fedhub(&["export"]).args(arguments))
}

fn path(site: &Site, name: &str) -> String {
    site.path(name).display().to_string()
}

#[test]
fn what_comes_out_goes_in_again_byte_for_byte() {
    let site = site(&sorts());
    for name in ["all.ndjson", "all.ndjson.zst"] {
        let file = path(&site, name);
        let done = export(&site, &[&file]).expect(0);
        assert!(done.stderr.contains(&"exported 43".to_owned()), "{done:?}");
        let archive = format!("sqlite:{}", path(&site, &format!("{name}.db")));
        let mut import = site.fedhub(&["import", &file, "--archive", &archive]);
        let done = run(&mut import).expect(0);
        let said = "imported 43, known 0, quarantined 0, rejected 0";
        assert!(done.stderr.contains(&said.to_owned()), "{done:?}");
        let before: Vec<_> = all(site.setting("/archive/url")).iter().map(kept).collect();
        assert_eq!(all(&archive).iter().map(kept).collect::<Vec<_>>(), before);
        // Once more, nothing is new.
        let said = "imported 0, known 43, quarantined 0, rejected 0";
        assert!(run(&mut import).expect(0).stderr.contains(&said.to_owned()));
    }
    let recording = Reader::open(&site.path("all.ndjson")).unwrap();
    assert_eq!(recording.map(Result::unwrap).count(), 43);
}

#[test]
fn filters_and_times_choose_and_stdout_is_a_file_too() {
    let site = site(&sorts());
    let ids = |arguments: &[&str]| -> Vec<String> {
        let lines = export(&site, &[&["-"], arguments].concat()).expect(0).stdout;
        assert_eq!(lines[0], r#"{"fedhub-recording":1}"#);
        let id = |line: &String| {
            let line: Value = serde_json::from_str(line).unwrap();
            let body: Value = serde_json::from_str(line["body"].as_str().unwrap()).unwrap();
            body["msg_id"].as_str().unwrap().to_owned()
        };
        lines[1..].iter().map(id).collect()
    };
    assert_eq!(ids(&["logger.*"]).len(), 14);
    let (since, until) = ((BEGIN + 5).to_string(), (BEGIN + 8).to_string());
    let span = ["--since", &since, "--until", &until];
    assert_eq!(ids(&span), ["5", "6", "7", "8"]);
    assert_eq!(ids(&[&span[..], &["--where", ".msg.n == 7"]].concat()), ["7"]);
    let rows = export(&site, &["-", "--format", "csv", "logger.*"]).expect(0).stdout;
    assert_eq!(rows[0], "time,received,msg_id,topic,category,agent,users,packages,verdict,body");
    assert!(rows[1].starts_with("2023-11-14T22:13:20Z,2023-11-14T22:13:20.000123Z,0,org."));
    assert_eq!(rows.len(), 15);
}

#[test]
fn a_file_that_is_there_is_not_lost_by_mistake() {
    let site = site(&sorts());
    let file = path(&site, "all.csv");
    std::fs::write(&file, "precious").unwrap();
    for arguments in [&[&*file][..], &[&file, "--resume"]] {
        export(&site, arguments).expect(2);
        assert_eq!(std::fs::read(&file).unwrap(), b"precious");
    }
    export(&site, &[&file, "--force"]).expect(0);
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("time,"));
    std::fs::write(path(&site, "b.csv.part"), "half").unwrap();
    export(&site, &[&path(&site, "b.csv")]).expect(2);
    // What has no state is begun anew.
    export(&site, &[&path(&site, "b.csv"), "--resume"]).expect(0);
    assert_eq!(std::fs::read(path(&site, "b.csv")).unwrap(), std::fs::read(&file).unwrap());
    assert!(!site.path("b.csv.part").exists() && !site.path("b.csv.state").exists());
    export(&site, &["-", "--archive", "sqlite:none.db"]).expect(66);
}

/// Messages that take long to write.
fn much() -> Vec<Archived> {
    let filler = |n: i64| -> String {
        let mut random = fastrand::Rng::with_seed(n.unsigned_abs());
        (0..60_000).map(|_| random.alphanumeric()).collect()
    };
    let message = |n: i64| {
        let body = format!(r#"{{"msg_id":"{n}","topic":"t","msg":"{}"}}"#, filler(n));
        archived(n, "valid", "t", body)
    };
    (0..600).map(message).collect()
}

/// Exports, kills it as soon as there is something to go on with, and goes on, until it is done. Gives
/// how often it was killed, and its last state.
fn killed_again_and_again(site: &Site, file: &str) -> (u32, Value) {
    let state = format!("{file}.state");
    let (mut kills, mut last) = (0, Value::Null);
    loop {
        let before = std::fs::read(&state).ok();
        if let Some(before) = &before {
            last = serde_json::from_slice(before).unwrap();
        }
        let mut export = site.fedhub(&["export", file, "--resume", "--zstd"]);
        let mut process = Process::spawn("export", &mut export);
        wait_until("it has come further, or is done", || {
            let more = std::fs::read(&state).ok();
            !process.is_running() || (more.is_some() && more != before)
        });
        if !process.is_running() {
            process.finish().expect(0);
            return (kills, last);
        }
        process.signal(Signal::SIGKILL);
        process.finish();
        kills += 1;
        if !Path::new(&state).exists() {
            // It was done before it was killed.
            return (kills, last);
        }
        // As if more had been written than is known to be on disk.
        let part = format!("{file}.part");
        if Path::new(&part).exists() {
            let mut torn = std::fs::OpenOptions::new().append(true).open(part).unwrap();
            std::io::Write::write_all(&mut torn, b"torn").unwrap();
        }
    }
}

#[test]
fn after_a_kill_nothing_is_lost_or_twice() {
    let site = site(&much());
    let (at_once, in_pieces) = (path(&site, "at-once"), path(&site, "in-pieces"));
    export(&site, &[&at_once]).expect(0);
    let (kills, mut state) = killed_again_and_again(&site, &in_pieces);
    assert!(kills > 0, "it was never killed within {DEADLINE:?}");
    // Also when it is killed between its last two acts.
    state["bytes"] = json!(std::fs::metadata(&in_pieces).unwrap().len());
    state["progress"]["after"] = state["progress"]["through"].clone();
    std::fs::write(format!("{in_pieces}.state"), state.to_string()).unwrap();
    export(&site, &[&in_pieces, "--resume", "--zstd"]).expect(0);
    assert!(!site.path("in-pieces.state").exists());
    let unpacked = zstd::stream::decode_all(std::fs::File::open(&in_pieces).unwrap()).unwrap();
    assert!(unpacked == std::fs::read(&at_once).unwrap(), "they differ after {kills} kills");
}

#[test]
fn another_filter_does_not_go_on_with_the_same_file() {
    let site = site(&much());
    let file = path(&site, "all");
    let mut command = site.fedhub(&["export", &file]);
    let mut process = Process::spawn("export", &mut command);
    wait_until("something is written", || site.path("all.state").exists() || !process.is_running());
    process.signal(Signal::SIGKILL);
    process.finish();
    if site.path("all.state").exists() {
        let refused = export(&site, &[&file, "--resume", "git.*"]).expect(2);
        assert!(refused.stderr[0].contains("another filter"), "{refused:?}");
    }
    export(&site, &[&file, "--force", "git.*"]).expect(0);
}
