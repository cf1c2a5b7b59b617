//! Filters on the real binary: what tail, the journal's commands and consumers of a hub select, and
//! what `fedhub filter` says of filters.

use std::path::Path;

use fedhub::journal::{Change, Entry, GapKey, GapReport, Journal, Options, Retention, now};
use fedhub::message::Message;
use serde_json::{Value, json};
use zmq::Socket;

use crate::harness::{Finished, Process, Site, field, run, wait_until};
use crate::health::{ask, exposition};
use crate::hub::Bed;
use crate::relay::{publisher_to, receive, start_relay, subscriber_to};
use crate::terminal::{bound_publisher, wait_for_subscription};

/// A few messages: id, topic after the environment, and what it is about. No rule knows the family
/// `demo`, so the usual places say who and what it is about.
pub(crate) fn messages() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("1", "demo.made", json!({"user": "alice", "package": "kernel", "n": 1})),
        ("2", "demo.made", json!({"user": "bob", "package": "kernel", "n": 2})),
        ("3", "demo.lost", json!({"user": "alice", "package": "bash", "n": 3})),
        ("4", "other.made", json!({"user": "carol", "package": "vim", "n": {"deep": 4}})),
        (
            "5",
            "demo.made",
            json!({"user": "alice", "package": "vim", "n": 5, "url": "https://example.org/5"}),
        ),
    ]
}

pub(crate) fn topic(short: &str) -> String {
    format!("org.fedoraproject.dev.{short}")
}

pub(crate) fn body(id: &str, short: &str, msg: &Value) -> String {
    let time = 1_700_000_000;
    json!({"msg_id": id, "topic": topic(short), "i": 1, "timestamp": time, "username": "daemon", "msg": msg})
        .to_string()
}

/// A site whose journal has these messages.
fn journaled() -> Site {
    let mut site = Site::new(json!({"validate_signatures": false}));
    let path = site.path("hub.db");
    fill(&path);
    site.set(json!({"hub": {"journal": path}}));
    site
}

fn journal(path: &Path) -> Journal {
    let retention = Retention { max_age: std::time::Duration::ZERO, max_size: 0 };
    Journal::open(Options { path: path.to_owned(), retention }).unwrap()
}

fn fill(path: &Path) {
    let journal = journal(path);
    let entry = |(id, short, msg): (&str, &str, Value)| Entry {
        message: Message::new(topic(short), body(id, short, &msg)),
        received: now(),
        endpoint: None,
        verdict: "unchecked",
    };
    journal.append_batch(messages().into_iter().map(entry).collect()).unwrap();
}

/// The values of a field in lines of JSON.
fn each(lines: &[String], name: &str) -> Vec<String> {
    let value = |line: &String| serde_json::from_str::<Value>(line).unwrap()[name].clone();
    lines.iter().map(|line| value(line).as_str().unwrap().to_owned()).collect()
}

/// The ids of what a command prints.
pub(crate) fn ids(finished: &Finished) -> String {
    each(&finished.stdout, "msg_id").join("")
}

fn publish_all(publisher: &Socket) {
    for (id, short, msg) in messages() {
        publisher.send_multipart([&topic(short), &body(id, short, &msg)], 0).unwrap();
    }
}

/// Which messages these words and options select.
pub(crate) const SELECTIONS: [(&[&str], &str); 22] = [
    (&[], "12345"),
    (&["demo.*"], "1235"),
    (&["demo.lost"], "3"),
    (&["org.fedoraproject.dev.demo."], "1235"),
    (&["~made$"], "1245"),
    (&["demo.*", "user=alice"], "135"),
    (&["demo.* user=alice package!=bash"], "15"),
    (&["user=alice", "user=bob", "package=kernel"], "12"),
    (&["user=alice .msg.n > 2"], "35"),
    (&["category=other"], "4"),
    (&["--category", "other,nothing"], "4"),
    (&["--not-topic", "demo.made"], "34"),
    (&["--users", "bob, carol"], "24"),
    (&["--packages", "kernel,bash", "--users", "alice"], "13"),
    (&["--user", "alice", "--user", "bob", "--package", "kernel"], "12"),
    (&["--not-user", "alice", "--not-package", "vim"], "2"),
    (&["--not-category", "demo"], "4"),
    (&["--filter", "demo.* user=bob"], "2"),
    (&["--where", ".msg.n == 2", "--where", ".msg.n == 3"], "23"),
    (&["--where", ".msg.n == 2 or .msg.n == 3", "--user", "bob"], "2"),
    (&["--where", ".msg.n.deep == 4"], "4"),
    (&["--where", "$words[1] == \"lost\""], "3"),
];

#[test]
fn tail_shows_of_the_journal_what_matches() {
    let site = journaled();
    for (arguments, expected) in SELECTIONS {
        let tail = ["tail", "--since", "-1h", "--until", "2100-01-01T00:00:00Z"];
        let shown = run(site.fedhub(&tail).args(arguments)).expect(0);
        assert_eq!(ids(&shown), expected, "{arguments:?} {shown:#?}");
    }
    let last = ["tail", "--last", "2", "--until", "2100-01-01T00:00:00Z", "user=alice"];
    assert_eq!(ids(&run(&mut site.fedhub(&last)).expect(0)), "35");
}

#[test]
fn tail_shows_live_what_matches() {
    for (arguments, expected) in
        SELECTIONS.into_iter().filter(|(_, expected)| expected.ends_with('5'))
    {
        let site = Site::new(json!({}));
        let (publisher, endpoint) = bound_publisher();
        let count = expected.len().to_string();
        let fixed = ["tail", "--no-validate", "--endpoint", &endpoint, "--count", &count];
        let tail = Process::spawn("tail", site.fedhub(&fixed).args(arguments));
        wait_for_subscription(&publisher);
        publish_all(&publisher);
        assert_eq!(ids(&tail.finish().expect(0)), expected, "{arguments:?}");
    }
}

#[test]
fn every_command_selects_the_same() {
    let site = journaled();
    for (arguments, expected) in SELECTIONS {
        let found = run(site.fedhub(&["filter", "test", "--samples", "9"]).args(arguments));
        let line: Value = serde_json::from_str(&found.stdout[0]).unwrap();
        assert_eq!((found.code, line["messages"].as_u64()), (Some(0), Some(5)), "{found:#?}");
        assert_eq!(line["matches"], expected.len(), "{arguments:?}");
        let samples: Vec<_> = line["samples"].as_array().unwrap().iter().collect();
        let found: Vec<_> = samples.iter().map(|one| one["msg_id"].as_str().unwrap()).collect();
        assert_eq!(found.join(""), expected, "{arguments:?}");

        // Only words that are options, since these commands have other arguments.
        let text = arguments.join(" ");
        let options = match arguments {
            [first, ..] if first.starts_with("--") => arguments.to_vec(),
            _ => vec!["--filter", &text],
        };
        let listed = run(site.fedhub(&["journal", "ls"]).args(&options)).expect(0);
        assert_eq!(ids(&listed), expected, "{arguments:?}");
        let dry = ["replay", "--since", "-1h", "--dry-run", "-o", "ndjson"];
        let replay = run(site.fedhub(&dry).args(&options)).expect(0);
        let line: Value = serde_json::from_str(&replay.stdout[0]).unwrap();
        assert_eq!(line["messages"], expected.len(), "{arguments:?}");
    }
    let record = ["record", "some.rec", "--since", "-1h", "demo.*", "package=kernel"];
    let recorded = run(&mut site.fedhub(&record)).expect(0);
    assert_eq!(recorded.stderr.last().unwrap(), "recorded 2, malformed 0");
    let (_relay, inbound, outbound) = start_relay(&site, &[]);
    let subscriber = subscriber_to(&outbound, &publisher_to(&inbound));
    let play = ["play", "some.rec", "user=bob", "--to", &inbound, "--pace", "1000/s"];
    let played = run(&mut site.fedhub(&play)).expect(0);
    assert!(played.stdout[0].contains("\"sent\":1"), "{played:#?}");
    let frames = receive(&subscriber);
    assert!(String::from_utf8_lossy(&frames[1]).contains("bob"));
}

#[test]
fn gaps_are_those_that_concern_what_matches() {
    let mut site = Site::new(json!({"validate_signatures": false}));
    let path = site.path("hub.db");
    let endpoints = ["tcp://one:1", "tcp://two:2"];
    {
        let journal = journal(&path);
        for (endpoint, (id, short, msg)) in endpoints.into_iter().zip(messages()) {
            let message = Message::new(topic(short), body(id, short, &msg));
            let endpoint = Some(endpoint.into());
            let entry = Entry { message, received: now(), endpoint, verdict: "unchecked" };
            journal.append_batch(vec![entry]).unwrap();
        }
        for endpoint in endpoints {
            let key = GapKey {
                endpoint: endpoint.into(),
                stream: endpoint.into(),
                epoch: "e".into(),
                first: 1,
            };
            let (last, missed, closed) = (1, 1, true);
            let (numbered, recovered, lost, note) = (true, 1, 0, None);
            let gap = GapReport { key, last, numbered, missed, recovered, lost, closed, note };
            journal.commit(Change::Gap(gap)).unwrap();
        }
    }
    site.set(json!({"hub": {"journal": path}}));
    for (filter, expected) in [
        (&[][..], &endpoints[..]),
        (&["user=alice"], &endpoints[..1]),
        (&["--user", "bob"], &endpoints[1..]),
        (&["package=kernel"], &endpoints[..]),
        (&["user=carol"], &[]),
    ] {
        let listed = run(site.fedhub(&["gaps"]).args(filter)).expect(0).stdout;
        assert_eq!(each(&listed, "endpoint"), expected, "{filter:?}");
    }
}

#[test]
fn topics_select_without_looking_into_messages() {
    let site = Site::new(json!({}));
    let (publisher, endpoint) = bound_publisher();
    let arguments =
        ["tail", "--no-validate", "-o", "raw", "--count", "1", "--endpoint", &endpoint, "demo.*"];
    let tail = Process::spawn("tail", &mut site.fedhub(&arguments));
    wait_for_subscription(&publisher);
    publisher.send_multipart([topic("other.x").as_str(), "no json either"], 0).unwrap();
    publisher.send_multipart([topic("demo.x").as_str(), "no json"], 0).unwrap();
    assert_eq!(tail.finish().expect(0).stdout, ["no json"]);
}

#[test]
fn a_consumer_gets_what_matches_and_its_cursor_moves_past_the_rest() {
    const WRITER: &str = r#"
import json, sys
with open(sys.argv[1], "a") as file:
    for line in sys.stdin:
        file.write(json.loads(line)["msg_id"])
        file.flush()
        print("ok", flush=True)
"#;
    let mut bed = Bed::new(json!({}));
    let command = bed.script("writer.py", WRITER, &["got"]);
    let journal = bed.site.path("hub.db");
    bed.site.set(json!({
        "hub": {"journal": journal, "http": "127.0.0.1:0"},
        "consumers": {"some": {
            "type": "exec", "command": command,
            "filter": ["demo.* user=alice user=bob", "where='.msg.n < 3' where='.msg.n.deep == 4'"],
        }},
    }));
    let (hub, publisher) = bed.start();
    let http = field(&hub.wait_for_line("serving health pages"), "http");
    publish_all(&publisher);
    wait_until("the cursor is behind the last message", || {
        let cursors = run(&mut bed.site.fedhub(&["journal", "cursors"])).expect(0).stdout;
        cursors.iter().any(|line| line.contains("\"position\":5"))
    });
    assert_eq!(bed.lines("got"), ["12"]);
    let counted = |name: &str, more: &str| {
        let metrics = exposition::metrics(&ask(&http, "GET", "/metrics").2);
        let labels = format!("{name}{{task=\"hub\",consumer=\"some\"{more}}}");
        metrics.get(&labels).copied().unwrap_or_else(|| panic!("no {labels} in {metrics:#?}"))
    };
    // The pages are a moment behind.
    wait_until("three are counted", || counted("fedhub_filter_skipped_total", "") >= 3.0);
    assert_eq!(counted("fedhub_filter_skipped_total", ""), 3.0);
    // `.n.deep` of a number fails in messages 3 and 5; the first two match before it is asked, and of
    // the fourth the topic says enough.
    assert_eq!(counted("fedhub_filter_failures_total", ",reason=\"failed\""), 2.0);
    assert_eq!(counted("fedhub_filter_failures_total", ",reason=\"too-slow\""), 0.0);
    assert_eq!(counted("fedhub_consumer_received_total", ""), 2.0);
    let log = hub.stop().expect(0).stderr;
    let named = log.iter().filter(|line| line.contains(".msg.n.deep == 4")).count();
    assert_eq!(named, 1, "{log:#?}");
}

#[test]
fn an_expression_that_takes_too_long_stops_neither_its_consumer_nor_the_hub() {
    let mut bed = Bed::new(json!({}));
    let journal = bed.site.path("hub.db");
    let slow = "where='[.msg.n[] as $a | .msg.n[] as $b | select($a + $b < 0)] | length > 0'";
    bed.site.set(json!({
        "hub": {"journal": journal, "http": "127.0.0.1:0"},
        "consumers": {"some": {"type": "exec", "command": ["cat"], "filter": slow}},
    }));
    let (hub, publisher) = bed.start();
    let http = field(&hub.wait_for_line("serving health pages"), "http");
    let numbers: Vec<u32> = (0..20_000).collect();
    for id in ["1", "2", "3"] {
        let body = body(id, "demo.made", &json!({"n": numbers}));
        publisher.send_multipart([&topic("demo.made"), &body], 0).unwrap();
    }
    wait_until("all three are counted", || {
        let metrics = exposition::metrics(&ask(&http, "GET", "/metrics").2);
        let stopped = |reason: &str| {
            let name = "fedhub_filter_failures_total";
            let labels = format!("{name}{{task=\"hub\",consumer=\"some\",reason=\"{reason}\"}}");
            metrics.get(&labels).copied().unwrap_or_default()
        };
        stopped("too-slow") + stopped("too-large") >= 3.0
    });
    wait_until("the cursor is behind the last message", || {
        let cursors = run(&mut bed.site.fedhub(&["journal", "cursors"])).expect(0).stdout;
        cursors.iter().any(|line| line.contains("\"position\":3"))
    });
    hub.stop().expect(0);
}

#[test]
fn a_hub_with_a_wrong_filter_does_not_start() {
    let mut bed = Bed::new(json!({}));
    for (filter, why) in [
        (json!("usr=alice"), "there is no usr="),
        (json!([".msg.n | lenght == 3"]), "lenght"),
        (json!(3), "a filter such as"),
    ] {
        bed.site.set(json!({"consumers": {"some": {
            "type": "exec", "command": ["true"], "filter": filter,
        }}}));
        let finished = run(&mut bed.site.fedhub(&["hub"]));
        let log = finished.stderr.join("\n");
        assert_eq!(finished.code, Some(78), "{log}");
        assert!(log.contains("consumer") && log.contains(why), "{log}");
    }
}

#[test]
fn a_wrong_filter_is_a_wrong_command_line_that_says_where() {
    let site = journaled();
    for (arguments, parts) in [
        (
            &["tail", "demo.* usr=alice"][..],
            &["column 8", "there is no usr=", "did you mean user=?"][..],
        ),
        (&["tail", "--filter", "user='a"], &["column 6", "quote"]),
        (&["tail", "--where", ".msg.n | lenght > 3"], &["column 10", "lenght", "length"]),
        (&["tail", "--jq", ".msg ["], &["--jq", "column"]),
        (&["tail", "--topic", "~("], &["~("]),
        (&["tail", "--where", "halt"], &["halt"]),
        (&["tail", "--jq", ".", "-o", "yaml"], &["ndjson or raw"]),
        (&["tail", "--jq", ".", "--terse"], &["cannot be used with"]),
        (&["record", "x.rec", "pakage=x"], &["did you mean package=?"]),
        (&["replay", "--since", "-1h", "--where", ".a |"], &["column"]),
        (&["gaps", "usr=alice"], &["did you mean user=?"]),
        (&["journal", "ls", "--where", "input"], &["input"]),
        (&["filter", "test", ".msg.n =="], &["column"]),
        (&["filter", "why", "usr=alice", "1"], &["did you mean user=?"]),
        (&["filter", "lint", "repeat(.)"], &["repeat"]),
    ] {
        let finished = run(&mut site.fedhub(arguments));
        let log = finished.stderr.join("\n");
        assert_eq!(finished.code, Some(2), "{arguments:?}: {log}");
        for part in parts {
            assert!(log.contains(part), "{arguments:?}: no {part:?} in {log}");
        }
    }
    assert!(!site.path("x.rec").exists());
}

#[test]
fn a_test_counts_and_shows_the_newest() {
    let site = journaled();
    let test = |arguments: &[&str]| run(site.fedhub(&["filter", "test"]).args(arguments));
    let found = test(&["user=alice", "--samples", "1", "--since", "-7d"]).expect(0);
    let line: Value = serde_json::from_str(&found.stdout[0]).unwrap();
    assert_eq!((&line["messages"], &line["matches"]), (&json!(5), &json!(3)));
    assert_eq!(each(&[line["samples"][0].to_string()], "topic"), [topic("demo.made")]);
    assert_eq!(line["samples"].as_array().unwrap().len(), 1);
    assert_eq!(line["samples"][0]["seq"], 5);

    let none = test(&["user=nobody"]).expect(1);
    assert!(none.stdout[0].contains("\"matches\":0"), "{none:#?}");
    assert!(
        test(&["--since", "2100-01-01T00:00:00Z"]).expect(1).stdout[0].contains("\"messages\":0")
    );
    let failing = test(&[".msg.n.deep"]).expect(0);
    assert!(failing.stdout[0].contains(r#""failures":{"failed":4}"#), "{failing:#?}");

    let told = test(&["user=alice", "-o", "human"]).expect(0).stdout;
    assert_eq!((told[0].as_str(), told.len()), ("3 of 5 messages match", 4));
    assert!(told[3].contains(&topic("demo.made")), "{told:?}");
}

#[test]
fn why_names_the_clause_that_decided() {
    let site = journaled();
    let why = |arguments: &[&str]| run(site.fedhub(&["filter", "why"]).args(arguments));
    let filter = "demo.* user=bob user=carol .msg.n < 9";
    let no = why(&[filter, "3"]).expect(1);
    let line: Value = serde_json::from_str(&no.stdout[0]).unwrap();
    assert_eq!((&line["matches"], &line["msg_id"]), (&json!(false), &json!("3")));
    assert_eq!(line["refused_by"], "user=bob user=carol");
    let clauses = line["clauses"].as_array().unwrap();
    let holds: Vec<_> = clauses.iter().map(|one| one["holds"].as_bool().unwrap()).collect();
    assert_eq!(holds, [true, false, true]);
    assert_eq!(clauses[1]["found"], json!(["alice"]));

    let yes = why(&[filter, "2"]).expect(0);
    let line: Value = serde_json::from_str(&yes.stdout[0]).unwrap();
    assert_eq!((&line["matches"], &line["refused_by"]), (&json!(true), &Value::Null));

    let told = why(&[filter, "3", "-o", "human"]).expect(1).stdout;
    assert_eq!(told.len(), 4);
    assert!(
        told[1].starts_with("no  user=bob user=carol") && told[1].ends_with("alice"),
        "{told:?}"
    );
    assert!(told[3].ends_with("does not match, because of user=bob user=carol"), "{told:?}");
    let options = ["demo.*", "--user", "bob", "--not-package", "vim", "5"];
    let line: Value = serde_json::from_str(&why(&options).expect(1).stdout[0]).unwrap();
    assert_eq!((&line["seq"], &line["refused_by"]), (&json!(5), &json!("user=bob")));
    why(&["--where", ".msg.n == 5", "5"]).expect(0);
    assert!(why(&["5"]).expect(2).stderr.join("").contains("name a filter"));
    assert!(why(&[filter, "2026-none"]).expect(66).stderr.join("").contains("2026-none"));
}

#[test]
fn lint_finds_what_is_not_meant() {
    let site = Site::new(json!({}));
    let lint = |arguments: &[&str]| run(site.fedhub(&["filter", "lint"]).args(arguments));
    assert!(lint(&["bodhi.* user=alice"]).expect(0).stdout.is_empty());
    for (arguments, finding) in [
        (&[][..], "always-true"),
        (&["--not-user", "alice"], "all-negative"),
        (&["user=alice", "--not-user", "alice"], "always-false"),
        (&["category=bohdi"], "unknown-category"),
        (&[".msg.user = \"alice\""], "always-true"),
        (&[".mgs.user"], "unknown-field"),
    ] {
        let found = each(&lint(arguments).expect(1).stdout, "finding");
        assert!(found.iter().any(|name| name == finding), "{arguments:?} {found:?}");
    }
    let told = lint(&["category=bohdi", "-o", "human"]).expect(1).stdout;
    assert!(told[0].contains("did you mean bodhi?"), "{told:?}");
}

#[test]
fn terse_lines_have_title_summary_and_link() {
    let site = journaled();
    let tail = ["tail", "--until", "2100-01-01T00:00:00Z", "--terse", "demo.*"];
    let lines = run(&mut site.fedhub(&tail)).expect(0).stdout;
    assert_eq!(lines.len(), 4);
    assert!(
        lines[3].contains("demo.made -- ") && lines[3].ends_with("https://example.org/5"),
        "{lines:?}"
    );
}

#[test]
fn jq_prints_the_values_of_each_message() {
    let site = journaled();
    let tail = |arguments: &[&str]| {
        let tail = ["tail", "--until", "2100-01-01T00:00:00Z"];
        run(site.fedhub(&tail).args(arguments)).expect(0)
    };
    let users = tail(&["--jq", ".msg.user"]).stdout;
    assert_eq!(users, ["alice", "bob", "alice", "carol", "alice"]);
    let users = tail(&["--jq", ".msg.user", "-o", "ndjson", "other.*"]).stdout;
    assert_eq!(users, ["\"carol\""]);
    let several = tail(&["--jq", "select(.msg.n == 2) | .msg.n, .msg.user, [.i]"]);
    assert_eq!(several.stdout, ["2", "bob", "[1]"]);
    assert_eq!(several.stderr.last().unwrap(), "seen 5, shown 1, invalid 0, malformed 0");
    let topics = tail(&["--jq", "$topic, $words[0]", "other.*"]);
    assert_eq!(topics.stdout, ["other.made", "other"]);
    let failing = tail(&["--jq", ".msg.n.deep"]);
    assert_eq!(failing.stdout, ["4"]);
    assert!(failing.stderr.iter().any(|line| line.contains("expression-failed 4")), "{failing:#?}");
}
