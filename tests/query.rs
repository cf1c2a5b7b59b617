//! The archive from the command line: query, get, latest, stats and reindex, on both databases.

mod reindex;

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use fedhub::message::Message;
use fedhub::meta::Meta;
use fedhub::store::{self, Archived, Store};
use serde_json::{Value, json};

use crate::filter::{self, SELECTIONS};
use crate::harness::{Finished, Site, free_port, run, wait_until};
use crate::health::{ask, exposition};
use crate::postgres::Server;

/// When the first message was published, in unix seconds.
const BEGIN: i64 = 1_700_000_000;

/// An archive, and settings that name it.
pub(crate) struct Bed {
    pub(crate) site: Site,
    pub(crate) url: String,
    /// Ends with the test.
    _server: Option<Server>,
}

impl Bed {
    /// With an archive in a file.
    pub(crate) fn new() -> Self {
        let site = Site::new(json!({}));
        let url = format!("sqlite:{}", site.path("archive.db").display());
        Self::of(site, url, None)
    }

    /// The same in PostgreSQL; `None` where that is not installed.
    pub(crate) fn on_postgresql() -> Option<Self> {
        let server = Server::start()?;
        let url = server.database("archive");
        Some(Self::of(Site::new(json!({})), url, Some(server)))
    }

    fn of(mut site: Site, url: String, server: Option<Server>) -> Self {
        site.set(json!({"archive": {"url": url}}));
        store::create(&url).unwrap();
        Self { site, url, _server: server }
    }

    pub(crate) fn store(&self) -> Box<dyn Store> {
        store::open(&self.url).unwrap()
    }

    pub(crate) fn append(&self, bodies: impl IntoIterator<Item = (String, String)>) {
        let archived = |(topic, body): (String, String)| {
            let message = Message::new(topic, body);
            Archived::new(message, (BEGIN + 10_000_000) * 1_000_000, "valid", Meta::embedded())
        };
        let messages: Vec<_> = bodies.into_iter().map(archived).collect();
        for batch in messages.chunks(500) {
            self.store().append(batch).unwrap();
        }
    }

    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Finished {
        run(&mut self.site.fedhub(arguments))
    }

    /// The lines of JSON that a command prints.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let finished = self.run(arguments).expect(0);
        finished.stdout.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Message `n`: one each minute, of three users, four topics and five packages.
pub(crate) fn message(n: i64) -> (String, String) {
    let kind = ["made", "lost", "found", "sold"][usize::try_from(n % 4).unwrap()];
    let topic = filter::topic(&format!("{}.{kind}", if n % 2 == 0 { "demo" } else { "other" }));
    let (user, package) = (format!("user{}", n % 3), format!("package{}", n % 5));
    let msg = json!({"n": n, "user": user, "package": package, "text": format!("Numb\u{e9}r {n}")});
    let time = BEGIN + n * 60;
    let body =
        json!({"msg_id": format!("id-{n}"), "topic": topic, "i": 1, "timestamp": time, "msg": msg});
    (topic, body.to_string())
}

fn numbers(finished: &Finished) -> Vec<i64> {
    let number =
        |line: &String| serde_json::from_str::<Value>(line).unwrap()["msg"]["n"].as_i64().unwrap();
    finished.stdout.iter().map(number).collect()
}

fn cursor(finished: &Finished) -> Option<String> {
    let line = finished.stderr.iter().find(|line| line.contains("--after "))?;
    line.split("--after ").nth(1)?.split_whitespace().next().map(str::to_owned)
}

#[test]
fn query_selects_what_tail_selects() {
    let bed = Bed::new();
    let bodies = filter::messages();
    let bodies =
        bodies.iter().map(|(id, short, msg)| (filter::topic(short), filter::body(id, short, msg)));
    bed.append(bodies);
    for (arguments, expected) in SELECTIONS {
        let found = bed.run(&[&["query", "--order", "oldest"], arguments].concat()).expect(0);
        assert_eq!(filter::ids(&found), expected, "{arguments:?}");
        let count = bed.run(&[&["query", "--count"], arguments].concat()).expect(0);
        assert_eq!(count.stdout, [expected.len().to_string()], "{arguments:?}");
    }
    let none = bed.run(&["query", "user=nobody"]).expect(1);
    assert!(none.stdout.is_empty() && none.stderr.iter().all(String::is_empty), "{none:?}");
    bed.run(&["query", "nothing.*"]).expect(1);
    let none = bed.run(&["query", "--count", "nothing.*"]).expect(1);
    assert_eq!(none.stdout, ["0"]);
}

/// What the commands that only read do, on whatever database.
fn round(bed: &Bed) {
    bed.append((0..300).map(message));
    query_gives_pages(bed);
    get_gives_all_that_is_known(bed);
    latest_finds_the_newest(bed);
    stats_count(bed);
}

#[test]
fn a_file_is_read() {
    round(&Bed::new());
}

#[test]
fn postgresql_is_read() {
    let Some(bed) = Bed::on_postgresql() else { return };
    round(&bed);
}

fn query_gives_pages(bed: &Bed) {
    for order in ["newest", "oldest"] {
        let (mut all, mut after) = (Vec::new(), None::<String>);
        loop {
            let mut arguments = vec!["query", "user=user1", "--limit", "30", "--order", order];
            if let Some(after) = &after {
                arguments.extend(["--after", after]);
            }
            let page = bed.run(&arguments).expect(0);
            all.extend(numbers(&page));
            after = cursor(&page);
            if after.is_none() {
                break;
            }
        }
        let mut expected: Vec<_> = (0..300).filter(|n| n % 3 == 1).collect();
        if order == "newest" {
            expected.reverse();
        }
        assert_eq!(all, expected, "{order}");
    }
    let last = bed.run(&["query", "--last", "3", "package=package2"]).expect(0);
    assert_eq!(numbers(&last), [287, 292, 297]);
    let since = (BEGIN + 10 * 60).to_string();
    let until = (BEGIN + 12 * 60).to_string();
    let span = bed.run(&["query", "--since", &since, "--until", &until]).expect(0);
    assert_eq!(numbers(&span), [11, 10]);
    let text = bed.run(&["query", "--contains", "NUMB\u{c9}R 29"]).expect(0);
    assert_eq!(numbers(&text), [299, 298, 297, 296, 295, 294, 293, 292, 291, 290, 29]);
    let both = bed.run(&["query", "--contains", "numb\u{e9}r 29", "--where", ".msg.n < 100"]);
    assert_eq!(numbers(&both.expect(0)), [29]);
    let printed = |arguments: &[&str]| {
        bed.run(&[&["query", "--last", "1"], arguments].concat()).expect(0).stdout
    };
    assert_eq!(printed(&["-o", "template={{msg_id}}!"]), ["id-299!"]);
    assert_eq!(printed(&["--jq", ".msg.n, .msg.user"]), ["299", "user2"]);
    assert_eq!(printed(&["-o", "raw"]), [message(299).1]);
    assert!(printed(&["-o", "human"])[0].contains("ok org.fedoraproject.dev.other.sold"));
    assert_eq!(printed(&["-o", "json"])[0], "{");
    assert_eq!(bed.run(&["query", "--count=estimate"]).expect(0).stdout, ["300"]);
    bed.run(&["query", "--count=estimate", ".msg.n == 1"]).expect(2);
}

fn get_gives_all_that_is_known(bed: &Bed) {
    let found = bed.json(&["get", "id-7", "id-8"]);
    assert_eq!(found.len(), 2);
    let one = &found[0];
    assert_eq!((&one["id"], &one["verdict"]), (&json!("id-7"), &json!("valid")));
    assert_eq!((&one["users"], &one["packages"]), (&json!(["user1"]), &json!(["package2"])));
    assert_eq!((&one["message"]["msg"]["n"], &one["signer"]), (&json!(7), &Value::Null));
    let missing = bed.run(&["get", "id-7", "none", "id-9", "-o", "template={{id}}"]).expect(1);
    assert_eq!(missing.stdout, ["id-7", "id-9"]);
    assert!(missing.stderr.join("").contains("no message none"), "{missing:?}");
    let told = bed.run(&["get", "id-7", "-o", "human"]).expect(0).stdout.join("\n");
    for part in ["topic      org.fedoraproject.dev.other.sold", "verdict    valid", "user1"] {
        assert!(told.contains(part), "no {part} in {told}");
    }
    let quarantined = |body: &str| {
        let message = Message::new("a.b", body);
        Archived::new(message, BEGIN * 1_000_000, "valid", Meta::embedded())
    };
    let aside = quarantined(r#"{"msg_id":"bad","topic":"a.b"}"#);
    bed.store().quarantine(&aside, "too \u{1b}odd").unwrap();
    bed.append([("a.b".to_owned(), r#"{"msg_id":"id-7","topic":"a.b","other":1}"#.to_owned())]);
    let bad = bed.run(&["get", "bad"]).expect(1).stderr.join("\n");
    assert!(bad.contains("quarantine") && bad.contains("too \\u{1b}odd"), "{bad}");
    let twice = bed.run(&["get", "id-7"]).expect(0).stderr.join("\n");
    assert!(twice.contains("another message has its msg_id"), "{twice}");
}

fn latest_finds_the_newest(bed: &Bed) {
    let names = |arguments: &[&str]| -> Vec<(String, Value)> {
        let lines = bed.json(&[&["latest"], arguments].concat());
        let each =
            |line: Value| (line["name"].as_str().unwrap().to_owned(), line["msg_id"].clone());
        lines.into_iter().map(each).collect()
    };
    assert_eq!(names(&[]), [("all".to_owned(), json!("id-299"))]);
    let users = names(&["user=user1", "user=user0"]);
    assert_eq!(
        users,
        [("user1".to_owned(), json!("id-298")), ("user0".to_owned(), json!("id-297"))]
    );
    assert_eq!(names(&["demo.*", "user=user1"]), [("all".to_owned(), json!("id-298"))]);
    let topics = names(&["--by", "topic"]);
    assert_eq!(topics.len(), 4);
    assert_eq!(topics[0], (filter::topic("other.sold"), json!("id-299")));
    let of = names(&["--by", "package", "demo.*", ".msg.n < 10"]);
    assert_eq!(of.len(), 5);
    assert_eq!(of[0], ("package3".to_owned(), json!("id-8")));
    bed.run(&["latest", "--max-age", "100000d"]).expect(0);
    bed.run(&["latest", "--max-age", "1h"]).expect(1);
    let never = bed.run(&["latest", "user=user1", "user=nobody", "-o", "human"]).expect(1).stdout;
    assert!(never[0].contains("id-298") && never[1].trim() == "never  nobody", "{never:?}");
}

fn stats_count(bed: &Bed) {
    let counts = |arguments: &[&str]| -> Vec<(String, u64)> {
        let lines = bed.json(&[&["stats"], arguments].concat());
        let name = |line: &Value| {
            let of = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
            format!("{}{}", of("time"), of("name"))
        };
        lines.iter().map(|line| (name(line), line["count"].as_u64().unwrap())).collect()
    };
    let text = |pairs: &[(&str, u64)]| -> Vec<(String, u64)> {
        pairs.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    };
    assert_eq!(counts(&[]), text(&[("demo", 150), ("other", 150)]));
    assert_eq!(counts(&["--by", "user", "--limit", "1"]), text(&[("user0", 100)]));
    assert_eq!(
        counts(&["--by", "package", "user=user0", "--limit", "2"]),
        text(&[("package0", 20), ("package1", 20)])
    );
    // 22:13:20 is when it begins.
    let since = (BEGIN + 600).to_string();
    assert_eq!(
        counts(&["--per", "day", "--since", &since]),
        text(&[("2023-11-14T00:00:00Z", 107), ("2023-11-15T00:00:00Z", 193)])
    );
    let hours = counts(&["--per", "hour"]);
    assert_eq!(hours[0], ("2023-11-14T22:00:00Z".to_owned(), 47));
    assert_eq!(hours.iter().map(|(_, count)| count).sum::<u64>(), 300);
    let chart = bed.run(&["stats", "-o", "human", "--by", "user"]).expect(0).stdout;
    assert!(chart[0].starts_with("user0  100 █████"), "{chart:?}");
    assert_eq!(chart[3], "300 messages");
    bed.run(&["stats", "user=nobody"]).expect(1);
    bed.run(&["stats", ".msg.n == 1"]).expect(2);
}

#[test]
fn what_is_missing_or_away_is_said_with_what_to_do() {
    let mut site = Site::new(json!({}));
    for command in [&["query"][..], &["get", "1"], &["latest"], &["stats"], &["reindex"]] {
        let none = run(&mut site.fedhub(command)).expect(66);
        assert!(none.stderr.join("\n").contains("fedhub nommer"), "{none:?}");
    }
    site.set(json!({"archive": {"url": "mysql://host/x"}}));
    run(&mut site.fedhub(&["query"])).expect(78);
    let away = format!("postgresql://fedhub@127.0.0.1:{}/archive", free_port());
    let away = run(&mut site.fedhub(&["query", "--archive", &away])).expect(69);
    assert!(away.stderr.join("\n").contains("try:"), "{away:?}");
    // What is wrong with the command line comes first.
    run(&mut site.fedhub(&["query", "--where", ".msg ||"])).expect(2);
    run(&mut site.fedhub(&["query", "--after", "x"])).expect(2);
}

#[test]
fn raw_bytes_are_exact() {
    let bed = Bed::new();
    let odd = "{ \"msg_id\" :\n\t\"odd\", \"msg\": 1.50,\r\n \"x\": \"\\u00e9\" }\n\n";
    bed.append([("a.b".to_owned(), odd.to_owned()), ("a.b".to_owned(), "no json".to_owned())]);
    let output = bed.site.fedhub(&["get", "odd", "-o", "raw"]).output().unwrap();
    assert_eq!(output.stdout, odd.as_bytes());
    let found = bed.run(&["query", "-o", "ndjson"]).expect(0);
    assert_eq!(found.stdout.len(), 1);
    assert!(found.stderr.join("").contains("1 messages are no JSON"), "{found:?}");
    assert!(bed.run(&["query", "-o", "raw"]).expect(0).stdout.contains(&"no json".to_owned()));
}

#[test]
fn nothing_of_a_message_reaches_a_terminal_as_it_is() {
    let bed = Bed::new();
    let name = "\u{1b}[2J\u{9b}1m\u{202e}x";
    let body = json!({
        "msg_id": format!("id{name}"), "topic": filter::topic(&format!("demo.{name}")),
        "timestamp": BEGIN, "username": name, "msg": {"user": name, "package": name, "text": name},
    });
    bed.append([(format!("a.b.c.demo.{name}"), body.to_string())]);
    let id = format!("id{name}");
    for arguments in [
        &["query", "-o", "human"][..],
        &["get", &id, "-o", "human"],
        &["get", &id, "none\u{1b}"],
        &["latest", "--by", "topic", "-o", "human"],
        &["latest", "--by", "user", "-o", "ndjson"],
        &["stats", "--by", "user", "-o", "human"],
        &["stats", "--by", "package", "-o", "ndjson"],
        &["reindex", "--dry-run", "-o", "human"],
    ] {
        let finished = bed.run(arguments);
        let shown = [finished.stdout, finished.stderr].concat().join("");
        assert!(
            !shown.chars().any(|c| c.is_control() || c == '\u{202e}'),
            "{arguments:?}: {shown:?}"
        );
    }
}

#[test]
fn a_search_that_takes_too_long_says_where_to_go_on() {
    let bed = Bed::new();
    bed.append((0..2000).map(message));
    // What is optimized is faster.
    let time = if cfg!(debug_assertions) { "0.05" } else { "0.005" };
    let (mut found, mut after, mut stops) = (Vec::new(), None::<String>, 0);
    wait_until("all of it was searched", || {
        let mut arguments = vec!["query", "--timeout", time, "--where", ".msg.n % 500 == 3"];
        if let Some(after) = &after {
            arguments.extend(["--after", after]);
        }
        let part = bed.run(&arguments);
        found.extend(numbers(&part));
        if part.code == Some(75) {
            assert!(part.stderr.join("").contains("gave up after "), "{part:?}");
            stops += 1;
            after = cursor(&part).or(after.take());
            return false;
        }
        true
    });
    assert_eq!(found, [1503, 1003, 503, 3]);
    assert!(stops > 0, "it took no time");
    // Without a limit it takes its time.
    let all = bed.run(&["query", "--timeout", "0", "--where", ".msg.n % 500 == 3"]).expect(0);
    assert_eq!(numbers(&all), found);
}

#[test]
fn a_reader_that_leaves_ends_a_query_quietly() {
    let bed = Bed::new();
    bed.append((0..2000).map(message));
    let mut command = bed.site.fedhub(&["query"]);
    let mut query = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::with_capacity(1, query.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("id-1999"), "{line}");
    let output = query.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn ids_of_a_pipe_are_got() {
    let bed = Bed::new();
    bed.append((0..5).map(message));
    let ids = bed.run(&["query", "-o", "template={{msg_id}}"]).expect(0).stdout.join("\n");
    let mut get = bed.site.fedhub(&["get", "-"]);
    let got = crate::harness::Process::spawn_with_input("get", &mut get, ids.as_bytes());
    let got = got.finish().expect(0).stdout;
    let got: HashSet<_> = got
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(got, (0..5).map(|n| format!("id-{n}")).collect());
}

/// A rule for `demo` whose user is this expression.
pub(crate) fn write_rule(dir: &Path, users: &str) {
    std::fs::create_dir_all(dir).unwrap();
    let rule = format!(
        "doc = \"d\"\n[[rule]]\ntopic = \"demo.**\"\nsummary = '\"s\"'\nusers = '{users}'\n"
    );
    std::fs::write(dir.join("demo.toml"), rule).unwrap();
}

#[test]
fn failures_of_rules_are_counted() {
    let mut bed = Bed::new();
    bed.append((0..1).map(message));
    let dir = bed.site.path("rules.d");
    write_rule(&dir, "[.msg.n.x.y]");
    bed.site.set(json!({"rules_dir": dir}));
    let http = format!("127.0.0.1:{}", free_port());
    let (_serve, ready) = bed.site.start(&["serve", "--listen", "127.0.0.1:0", "--http", &http]);
    let failures = || {
        let metrics = exposition::metrics(&ask(&http, "GET", "/metrics").2);
        metrics.get("fedhub_rule_failures_total{task=\"serve\"}").copied()
    };
    wait_until("there is the metric", || failures() == Some(0.0));
    let address = crate::harness::field(&ready, "http");
    assert_eq!(ask(&address, "GET", "/v3/messages/id-0").0, 200);
    wait_until("it is counted", || failures().is_some_and(|count| count > 0.0));
}
