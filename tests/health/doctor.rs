//! `fedhub doctor`: it finds what is seeded, and nothing on a site in order.

use std::os::unix::fs::PermissionsExt;

use fedhub::crypto::authority::{Authority, Options};
use serde_json::{Value, json};

use super::check::journal;
use super::get;
use crate::harness::{Process, Site, field, host, run, wait_until};

const DAY: i64 = 86_400;

fn unix_now() -> i64 {
    fedhub::journal::now() / 1_000_000
}

/// A site in order, and its relay. Its journal has grown by a little for an hour.
fn site(messages: impl Iterator<Item = (i64, i64, usize)>) -> (Site, Process, String) {
    let mut site = Site::new(json!({"heartbeat_interval": 0.5}));
    site.issue("pki", &["relay"]);
    let path = site.path("relay.db");
    journal(&path, messages);
    site.set(json!({"certnames": {format!("relay.{}", host()): "relay"}}));
    let any = "tcp://127.0.0.1:*";
    let journal = path.display().to_string();
    let start = ["relay", "--inbound", any, "--outbound", any, "--journal", &journal];
    let (relay, ready) = site.start(
        &[
            &start[..],
            &["--set", "relay.http=127.0.0.1:0", "--set", "relay.receipts=tcp://127.0.0.1:*"],
        ]
        .concat(),
    );
    let http = field(&relay.wait_for_line("serving health pages"), "http");
    wait_until("the relay is ready", || get(&http, "/readyz").0 == 200);
    site.set(json!({
        "relay_inbound": field(&ready, "inbound"),
        "endpoints": {"relay_outbound": [field(&ready, "outbound")]},
        "relay": {"journal": path, "http": http},
    }));
    (site, relay, http)
}

fn calm() -> impl Iterator<Item = (i64, i64, usize)> {
    (0..200).rev().map(|n| (n * 18, 0, 100))
}

/// What it finds, by code, and its exit code.
fn doctor(site: &Site) -> (i32, Vec<Value>) {
    let finished = run(&mut site.fedhub(&["doctor", "-o", "ndjson", "--timeout", "20"]));
    let findings = finished.stdout.iter().filter(|line| !line.is_empty());
    let findings = findings.map(|line| serde_json::from_str(line).unwrap()).collect();
    (finished.code.unwrap(), findings)
}

#[track_caller]
fn finds(site: &Site, code: &str, severity: &str, text: &str, command: &str) {
    let (exit, findings) = doctor(site);
    let found = findings.iter().find(|finding| finding["code"] == code);
    let found = found.unwrap_or_else(|| panic!("no {code} in {findings:#?}"));
    assert_eq!(found["severity"], severity, "{found}");
    assert!(found["text"].as_str().unwrap().contains(text), "{found}");
    assert!(found["command"].as_str().unwrap().starts_with(command), "{found}");
    assert_eq!(exit, i32::from(severity == "error"), "{findings:#?}");
}

#[test]
fn nothing_is_found_on_a_site_in_order() {
    let (site, _relay, _) = site(calm());
    assert_eq!(doctor(&site), (0, vec![]));
    let human = run(&mut site.fedhub(&["doctor", "-o", "human"])).expect(0).stdout;
    assert_eq!(human.join("\n").trim(), "nothing needs attention");
}

#[test]
fn credentials_that_run_out_are_found_in_time() {
    let (site, _relay, _) = site(calm());
    let (now, authority) = (unix_now(), Authority::open(&site.path("pki")).unwrap());
    let renew = "fedhub certs issue --force --dir ";
    let issue = |days, now| {
        let options = Options { days, force: true, ..Options::default() };
        authority.issue(&["relay".into()], &options, now).unwrap();
    };
    issue(25, now);
    finds(&site, "FH0103", "note", "runs out within 30 days", renew);
    issue(10, now);
    finds(&site, "FH0103", "warning", "runs out within 14 days", renew);
    issue(1, now - DAY / 2);
    finds(&site, "FH0103", "error", "runs out within a day: 0.5 days left", renew);
    issue(1, now - 3 * DAY);
    finds(&site, "FH0103", "error", "has run out on ", renew);
    issue(300, now);
    let key = site.path("pki/relay.key");
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
    finds(&site, "FH0104", "error", "its mode is 644", "chmod o= ");
    std::fs::remove_file(&key).unwrap();
    finds(&site, "FH0105", "error", "cannot read ", renew);
    issue(300, now);
    authority.renew_crl(Some(1), false, now - 3 * DAY).unwrap();
    finds(&site, "FH0102", "error", "has run out on ", "fedhub certs crl --dir ");
}

#[test]
fn a_disk_that_will_be_full_is_found() {
    let (mut site, _relay, http) = site((0..200).rev().map(|n| (n * 18, 0, 50_000)));
    let path = site.path("relay.db");
    site.set(json!({
        "relay": {"journal": path, "http": http},
        "journal": {"max_size": 0, "max_age": 0},
    }));
    let (_, findings) = doctor(&site);
    let found = findings.iter().find(|finding| finding["code"] == "FH0203").unwrap();
    assert!(found["text"].as_str().unwrap().contains("fills its disk in "), "{found}");
    assert!(found["command"].as_str().unwrap().contains("journal.max_size"), "{found}");
    assert_eq!(findings.len(), 1, "{findings:#?}");
}

#[test]
fn a_clock_that_is_wrong_is_found() {
    let (site, _relay, _) = site((0..200).rev().map(|n| (n * 18, -3600, 100)));
    finds(&site, "FH0404", "error", " s or more after they came", "timedatectl");
}

#[test]
fn what_is_down_and_what_contradicts_itself_is_found() {
    let (mut site, relay, http) = site(calm());
    relay.stop().expect(0);
    let path = site.path("relay.db");
    site.set(json!({"relay": {"journal": path, "http": http}, "gateway": {"journal": path}}));
    let finished = run(&mut site.fedhub(&["doctor", "-o", "ndjson", "--timeout", "1"])).expect(1);
    let findings: Vec<Value> =
        finished.stdout.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let mut codes: Vec<_> = findings.iter().map(|finding| finding["code"].clone()).collect();
    codes.dedup();
    assert_eq!(codes, ["FH0302", "FH0401", "FH0502", "FH0300"], "{findings:#?}");
}
