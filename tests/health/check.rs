//! `fedhub check`.

use std::path::Path;

use fedhub::config::Config;
use fedhub::journal::{Entry, Journal, Options, Store, UNCHECKED, now};
use fedhub::message::Message;
use serde_json::{Value, json};

use super::exposition::metrics;
use super::relay;
use crate::harness::{Site, free_endpoint, peer_python, run};

/// A journal with messages of `(age in seconds, written how many seconds before they came, size)`.
pub(super) fn journal(path: &Path, messages: impl Iterator<Item = (i64, i64, usize)>) {
    let config = Config::default();
    let mut options = Options::new(path.to_owned(), &config);
    options.retention.max_age = std::time::Duration::ZERO;
    options.retention.max_size = 0;
    let journal = Journal::open(options).unwrap();
    for (number, (age, delay, size)) in messages.enumerate() {
        let received = now() - age * 1_000_000;
        let written = received / 1_000_000 - delay;
        let filling = "x".repeat(size);
        let body = format!(r#"{{"msg_id":"{number}","msg":"{filling}","timestamp":{written}}}"#);
        let message = Message::new("org.fedoraproject.dev.test", body);
        journal.append(Entry { message, received, endpoint: None, verdict: UNCHECKED }).unwrap();
    }
    journal.close();
}

/// Runs a check in this format; gives its exit code and its text.
fn check(site: &Site, arguments: &[&str]) -> (i32, String) {
    let finished = run(site.fedhub(&["check", "--timeout", "20"]).args(arguments));
    (finished.code.unwrap(), finished.stdout.join("\n"))
}

#[test]
fn a_relay_that_is_up_is_found_and_one_that_is_down_too() {
    let mut site = Site::new(json!({"validate_signatures": false}));
    let (relay, inbound, http) = relay(&site);
    let shared = json!({"relay_inbound": inbound, "relay": {"http": http}});
    site.set(shared);
    let (code, text) = check(&site, &["hub"]);
    assert_eq!((code, text.as_str()), (0, "ok       hub relay: ready"));
    assert_eq!(check(&site, &["hub", "-q"]), (0, String::new()));
    let (code, text) = check(&site, &["conn"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.starts_with(&format!("ok       conn {inbound}: connected in ")), "{text}");
    let (code, text) = check(&site, &["consumer", "RelayConsumer"]);
    assert_eq!(code, 0, "{text}");
    let (code, text) = check(&site, &["consumer", "irc", "--format", "nagios"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.starts_with("FEDHUB CRITICAL - consumer irc: is not active"), "{text}");

    relay.stop().expect(0);
    for arguments in [["hub"], ["conn"]] {
        let quick = [&arguments[..], &["--timeout", "1", "--format", "json"]].concat();
        let finished = run(site.fedhub(&["check"]).args(&quick)).expect(1);
        let answer: Value = serde_json::from_str(&finished.stdout.join("")).unwrap();
        assert_eq!(answer["state"], "critical");
        assert!(answer["checks"][0]["text"].as_str().unwrap().contains("refused"), "{answer}");
    }
}

#[test]
fn lag_is_measured_in_messages_and_seconds() {
    let mut site = Site::new(json!({"validate_signatures": false}));
    let path = site.path("hub.db");
    site.set(json!({
        "hub": {"journal": path},
        "consumers": {"irc": {"type": "exec"}, "mail": {"type": "exec"}},
    }));
    journal(&path, (0..10).rev().map(|n| (n * 100, 0, 10)));
    let mut store = Store::open(&path).unwrap();
    store.seek("irc", 10).unwrap();
    store.seek("mail", 7).unwrap();
    store.seek("an old consumer", 1).unwrap();
    let (code, text) = check(&site, &["lag"]);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!((code, lines.len()), (1, 2), "{text}");
    assert_eq!(lines[0], "ok       lag irc: has dealt with everything");
    assert!(
        lines[1].starts_with("warning  lag mail: 3 messages behind, the oldest came 20"),
        "{text}"
    );
    let (code, text) = check(&site, &["lag", "mail", "--warning", "1000", "--critical", "2000"]);
    assert_eq!(code, 0, "{text}");
    let (code, text) = check(&site, &["lag", "mail", "--critical", "100", "--format", "nagios"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("| 'lag mail behind_messages'=3 'lag mail behind_seconds'=20"), "{text}");
    let (code, text) = check(&site, &["lag", "nobody", "--format", "nagios"]);
    assert_eq!(code, 3, "{text}");

    let finished = run(&mut site.fedhub(&["check", "lag", "--format", "prometheus"])).expect(1);
    let all = metrics(&(finished.stdout.join("\n") + "\n"));
    assert_eq!(all[r#"fedhub_check_behind_messages{check="lag",subject="mail"}"#], 3.0);
    assert_eq!(all[r#"fedhub_check_state{check="lag",subject="irc"}"#], 0.0);
}

#[test]
fn certificates_and_journals_are_checked_against_thresholds() {
    let mut site = Site::new(json!({}));
    site.issue("pki", &["shell"]);
    let host = crate::harness::host();
    site.set(json!({"certnames": {
        format!("shell.{host}"): "shell",
        "shell.another": "absent",
    }}));
    let (code, text) = check(&site, &["certs", "--format", "nagios"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.starts_with("FEDHUB OK - 3 checked | 'certs CA "), "{text}");
    assert!(text.contains("'certs certificate shell days_left'=825"), "{text}");
    assert_eq!(check(&site, &["certs", "--format", "nagios", "--warning", "1000"]).0, 1);
    assert_eq!(check(&site, &["certs", "--format", "nagios", "--critical", "1000"]).0, 2);
    run(&mut site.fedhub(&["certs", "revoke", "shell"])).expect(0);
    let (code, text) = check(&site, &["certs"]);
    assert!(code == 1 && text.contains("shell: nobody will accept it: revoked"), "{text}");

    let path = site.path("relay.db");
    site.set(json!({"relay": {"journal": path}}));
    let (code, text) = check(&site, &["journal", "--format", "nagios"]);
    assert!(code == 2 && text.contains("No such file"), "{text}");
    journal(&path, [(0, 0, 1)].into_iter());
    let (_, text) = check(&site, &["journal", "--warning", "0", "--critical", "0"]);
    assert!(text.starts_with("ok       journal relay "), "{text}");
    assert_eq!(check(&site, &["journal", "--format", "nagios", "--critical", "101"]).0, 2);
    std::fs::write(&path, "something else, and longer than the head of a database has to be")
        .unwrap();
    let (code, text) = check(&site, &["journal"]);
    assert!(code == 1 && text.starts_with("critical journal relay "), "{text}");
}

#[test]
fn nobody_to_ask_is_unknown_and_not_well() {
    let site = Site::new(json!({}));
    for command in ["hub", "consumer"] {
        let (code, text) = check(&site, &[command, "--format", "nagios"]);
        assert_eq!(code, 3, "{text}");
        assert!(text.starts_with("FEDHUB UNKNOWN - "), "{text}");
    }
    run(&mut site.fedhub(&["check", "certs", "--timeout", "-1"])).expect(2);
}

#[test]
fn the_state_of_a_python_relay_is_read() {
    let Some(python) = peer_python() else { return };
    let (inbound, outbound, monitoring) = (free_endpoint(), free_endpoint(), free_endpoint());
    let site = Site::new(json!({
        "validate_signatures": false,
        "relay_inbound": inbound,
        "endpoints": {"relay_outbound": [outbound]},
    }));
    super::let_python_publish_its_state(&site, &monitoring);
    let mut command = site.fedmsg(&python, "fedmsg-relay", &[]);
    let _relay = crate::harness::Process::spawn("fedmsg-relay", &mut command);
    let ask = |arguments: &[&str]| {
        let place = ["--timeout", "60", "--monitoring", &monitoring];
        check(&site, &[arguments, &place].concat())
    };
    let (code, text) = ask(&["consumer", "RelayConsumer"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.starts_with("ok       consumer RelayConsumer: at work"), "{text}");
    let (code, text) = ask(&["consumer", "NobodyConsumer", "--format", "nagios"]);
    assert_eq!(code, 2, "{text}");
}
