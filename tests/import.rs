//! `fedhub import`: what others kept is in the archive as they had it, once, also when it is killed.

mod databases;
mod web;

use fedhub::canonical::{Object, Value as Json, parse, to_vec};
use fedhub::crypto::Signer;
use fedhub::store;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::export::all;
use crate::harness::{Finished, Process, Site, run, wait_until};

/// A site with an archive to be made.
fn site() -> Site {
    let mut site = Site::new(json!({}));
    let url = format!("sqlite:{}", site.path("archive.db").display());
    site.set(json!({"archive": {"url": url}}));
    site
}

fn import(site: &Site, arguments: &[&str]) -> Finished {
    run(site.fedhub(&["import"]).args(arguments))
}

/// Fails the test unless the last line says so many were imported, known, quarantined and rejected.
#[track_caller]
fn expect(finished: Finished, counts: [u64; 4]) -> Finished {
    let [imported, known, quarantined, rejected] = counts;
    let expected = format!(
        "imported {imported}, known {known}, quarantined {quarantined}, rejected {rejected}"
    );
    let code = if rejected > 0 { 65 } else { 0 };
    let finished = finished.expect(code);
    assert_eq!(finished.stderr.last(), Some(&expected), "{finished:#?}");
    finished
}

fn file(site: &Site, name: &str, lines: &[impl AsRef<str>]) -> String {
    let text: String = lines.iter().map(|line| format!("{}\n", line.as_ref())).collect();
    let path = site.path(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// An envelope, signed by the site's `shell`.
fn signed(site: &Site, n: i64) -> Json {
    let signer = Signer::from_dir(&site.path("pki"), "shell").unwrap();
    let text = format!(
        r#"{{"i":{n},"msg":{{"log":"caf\u00e9 {n}","x":1.50}},"msg_id":"2026-{n}","timestamp":{},
        "topic":"org.fedoraproject.dev.logger.log","username":"alice"}}"#,
        std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()
    );
    let Json::Object(mut envelope) = parse(text.as_bytes()).unwrap() else { panic!() };
    signer.sign(&mut envelope).unwrap();
    envelope.into()
}

fn line(envelope: &Json) -> String {
    String::from_utf8(to_vec(envelope)).unwrap()
}

fn verdicts(site: &Site) -> Vec<String> {
    all(site.setting("/archive/url")).into_iter().map(|one| one.verdict).collect()
}

#[test]
fn lines_of_others_are_read_and_what_is_none_is_rejected() {
    let site = site();
    let lines = [
        // As datagrepper has them: its first API, its second, and a page.
        r#"{"certificate":null,"headers":{},"i":1,"msg":{"log":"a"},"msg_id":"1","source_name":"datanommer","source_version":"0.9.1","timestamp":1400000000.0,"topic":"org.fedoraproject.prod.logger.log","username":"alice","users":["alice","zoe"],"packages":["p"]}"#,
        r#"{"body":{"b":1},"headers":{"sent-at":"2026-11-14T00:26:54.407135+00:00"},"id":"2","priority":0,"queue":null,"topic":"t"}"#,
        "",
        r#"{"raw_messages":[{"msg":3,"msg_id":"3","topic":"t","timestamp":5}],"total":1}"#,
        "{",
        r#"{"topic":"t"}"#,
        r#"{"received":7,"topic":"t","base64":"?"}"#,
        // The same id with other content, and the same again.
        r#"{"msg":4,"msg_id":"3","topic":"t","timestamp":5}"#,
        r#"{"msg":3,"msg_id":"3","topic":"t","timestamp":5}"#,
    ];
    let dump = file(&site, "dump", &lines);
    let dry = import(&site, &[&dump, "--dry-run"]);
    assert_eq!(expect(dry, [5, 0, 0, 3]).code, Some(65));
    assert!(!site.path("archive.db").exists(), "a rehearsal changes nothing");
    let rejects = site.path("rejects");
    let done = import(&site, &[&dump, "--rejects", &rejects.display().to_string()]);
    expect(done, [3, 1, 1, 3]);
    let rejected = std::fs::read_to_string(rejects).unwrap();
    let rejected: Vec<Value> =
        rejected.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rejected[0]["content"], "{");
    assert_eq!(rejected[1]["at"], format!("{dump}:6"));
    assert!(rejected[2]["reason"].as_str().unwrap().contains("base64"));
    // Without a file they are named.
    let named = expect(import(&site, &[&dump]), [0, 4, 1, 3]);
    assert!(named.stderr.iter().any(|line| line.contains(":5 is no message: not JSON")));

    let found = all(site.setting("/archive/url"));
    let first = &found[0];
    assert_eq!(
        first.message.body(),
        br#"{"i":1,"msg":{"log":"a"},"msg_id":"1","timestamp":1400000000,"topic":"org.fedoraproject.prod.logger.log","username":"alice"}"#
    );
    assert_eq!((first.time, first.received), (1_400_000_000_000_000, 1_400_000_000_000_000));
    assert_eq!(first.facts.users, ["alice", "zoe"]);
    assert_eq!(first.facts.packages, ["p"]);
    assert_eq!(found[1].time, 1_794_616_014_407_135);
    let mut store = store::open(site.setting("/archive/url")).unwrap();
    assert_eq!(store.quarantined(0, 10).unwrap().len(), 1);
}

#[test]
fn signatures_are_verified_where_that_can_be_done() {
    let site = site();
    let envelopes = |site: &Site| -> Vec<String> {
        let spoilt = |mut envelope: Json| {
            let Json::Object(object) = &mut envelope else { panic!() };
            object.insert("i", 99);
            envelope
        };
        let plain: Object =
            [("msg_id", "plain"), ("topic", "t"), ("msg", "m")].into_iter().collect();
        vec![line(&signed(site, 1)), line(&spoilt(signed(site, 2))), line(&plain.into())]
    };
    site.issue("pki", &["shell"]);
    let dump = file(&site, "dump", &envelopes(&site));
    expect(import(&site, &[&dump]), [2, 0, 1, 0]);
    assert_eq!(verdicts(&site), ["valid", "unchecked"]);
    let mut store = store::open(site.setting("/archive/url")).unwrap();
    assert_eq!(store.quarantined(0, 10).unwrap()[0].reason, "its signature: bad-signature");

    let other = format!("sqlite:{}", site.path("other.db").display());
    expect(import(&site, &[&dump, "--no-verify", "--archive", &other]), [3, 0, 0, 0]);
    std::fs::remove_file(site.path("pki/ca.crt")).unwrap();
    let third = format!("sqlite:{}", site.path("third.db").display());
    let done = expect(import(&site, &[&dump, "--archive", &third]), [3, 0, 0, 0]);
    assert!(done.stderr[0].contains("there is no CA"), "{done:?}");
    for url in [&other, &third] {
        assert!(all(url).iter().all(|one| one.verdict == "unchecked"));
    }
}

#[test]
fn after_a_kill_it_goes_on_and_later_with_what_came_since() {
    let site = site();
    let message = |n: u32| format!(r#"{{"msg":{n},"msg_id":"{n}","topic":"t","timestamp":{n}}}"#);
    let mut lines: Vec<_> = (1..=20_000).map(message).collect();
    lines.insert(10_000, "no message".into());
    let dump = file(&site, "dump", &lines);
    let state = site.path("state");
    let arguments = ["import", &dump, "--resume", &state.display().to_string()].map(str::to_owned);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut kills = 0;
    let known = || std::fs::read_to_string(&state).unwrap_or_default();
    let finished = loop {
        let before = known();
        let mut process = Process::spawn("import", &mut site.fedhub(&arguments));
        wait_until("it has come further, or is done", || {
            !process.is_running() || known() != before
        });
        // One that is done would only say so; the next one begins anew.
        if !process.is_running() || known().contains("\"done\":true") {
            break process.finish();
        }
        process.signal(Signal::SIGKILL);
        let killed = process.finish();
        if killed.code.is_some() || known().contains("\"done\":true") {
            break killed;
        }
        kills += 1;
    };
    assert!(kills > 0);
    // Nobody can say what one would have answered that was killed at its very end.
    assert!(matches!(finished.code, None | Some(65)), "{finished:?}");
    let ids = || all(site.setting("/archive/url")).into_iter().map(|one| one.msg_id);
    assert!(ids().eq((1..=20_000).map(|n| n.to_string())), "after {kills} kills");

    lines.push(message(20_001));
    file(&site, "dump", &lines);
    expect(run(&mut site.fedhub(&arguments)), [1, 0, 0, 0]);
    assert_eq!(ids().count(), 20_001);
    let other = file(&site, "other", &lines);
    import(&site, &[&other, "--resume", &state.display().to_string()]).expect(2);
    import(&site, &["none"]).expect(66);
    import(&site, &[&other, "--since", "-1h"]).expect(2);
}
