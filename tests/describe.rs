//! What `fedhub describe` and the rules say about messages.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use fedhub::canonical;
use fedhub::jq::Accounts;
use fedhub::meta::{Meta, Rules, Subject, Wanted};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::harness::{Finished, Process, Site, corpus, run};

/// How the corpus calls a fact, and how fedhub does.
const FACTS: [(&str, &str); 8] = [
    ("title", "title"),
    ("link", "link"),
    ("icon", "icon"),
    ("secondary_icon", "secondary_icon"),
    ("usernames", "users"),
    ("packages", "packages"),
    ("objects", "objects"),
    ("agent", "agent"),
];

fn describe(site: &Site, arguments: &[&str], messages: &[String]) -> Finished {
    let mut command = site.fedhub(&[&["describe"], arguments].concat());
    Process::spawn_with_input("describe", &mut command, messages.join("\n").as_bytes()).finish()
}

/// The account map that the corpus was described with, as its README has it: `nick→account, …`.
fn accounts(corpus: &Path) -> Value {
    let text = fs::read_to_string(corpus.join("README.md")).unwrap();
    let line = text.lines().find(|line| line.starts_with("Account map")).unwrap();
    let pairs = line.split([' ', ',', ';']).filter_map(|word| word.split_once('→'));
    let accounts: BTreeMap<_, _> = pairs.collect();
    assert!(!accounts.is_empty(), "{line}");
    json!(accounts)
}

/// The corpus states what the original says of its messages, some of them with an account map.
#[test]
fn the_facts_of_the_corpus_are_found() {
    let Some(corpus) = corpus() else { return };
    let site = Site::new(json!({}));
    let map = site.path("accounts.json");
    fs::write(&map, accounts(&corpus).to_string()).unwrap();
    let mut cases = Vec::new();
    for name in ["messages.jsonl", "more-messages.jsonl"] {
        let text = fs::read_to_string(corpus.join(name)).unwrap();
        cases.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
    }
    let mapped = |case: &Value| case.pointer("/flags/fas_map").is_some();
    let (mut right, mut stated) = (0, 0);
    // For each family and fact: how many are right, of how many.
    let mut score: BTreeMap<(String, &str), (u32, u32)> = BTreeMap::new();
    for with_map in [false, true] {
        let cases: Vec<_> = cases.iter().filter(|case| mapped(case) == with_map).collect();
        let messages: Vec<_> = cases.iter().map(|case| case["msg"].to_string()).collect();
        let arguments = if with_map { &["--accounts", map.to_str().unwrap()][..] } else { &[] };
        let described = describe(&site, arguments, &messages).expect(0);
        assert_eq!(described.stdout.len(), cases.len());
        for (case, line) in cases.iter().zip(&described.stdout) {
            let found: Value = serde_json::from_str(line).unwrap();
            let family = found["category"].as_str().unwrap().to_owned();
            for (theirs, ours) in FACTS {
                if let Some(expected) = case["expect"].get(theirs) {
                    let cell = score.entry((family.clone(), ours)).or_default();
                    let fits = *expected == found[ours];
                    *cell = (cell.0 + u32::from(fits), cell.1 + 1);
                    (right, stated) = (right + u32::from(fits), stated + 1);
                    if !fits {
                        println!("{}: {ours}: {expected}, found {}", case["id"], found[ours]);
                    }
                }
            }
        }
    }
    for ((family, fact), (right, stated)) in &score {
        println!("{family:20} {fact:15} {right:4} of {stated}");
    }
    println!("all facts: {right} of {stated}");
    assert!(stated > 3000, "the corpus has lost its facts");
    assert!(f64::from(right) >= 0.99 * f64::from(stated), "{right} of {stated} facts");
}

#[test]
fn the_embedded_rules_are_without_findings_and_their_samples_are_right() {
    let site = Site::new(json!({}));
    let tested = run(&mut site.fedhub(&["rules", "test", "--output", "human"])).expect(0);
    assert!(tested.stdout.last().unwrap().ends_with("0 wrong"), "{:?}", tested.stdout);
    let rules = Rules::embedded().unwrap();
    let grave = |text: &str| {
        text.contains(": jq") || text.contains("never reached") || text.contains("uses")
    };
    let found: Vec<_> = rules.check().into_iter().filter(|found| grave(&found.text)).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn check_and_test_see_what_is_wrong() {
    let site = Site::new(json!({}));
    let dir = site.path("rules");
    fs::create_dir(&dir).unwrap();
    let rules = r#"
doc = "A family with mistakes"
[let]
nobody = '1'
[[rule]]
topic = "bad.*"
summary = 'starts_with("x")'
[[rule]]
topic = "bad.one"
summary = '"never"'
[[sample]]
message = '{"topic": "org.example.prod.bad.one"}'
expect = { title = "wrong", users = ["b", "a"] }
"#;
    fs::write(dir.join("bad.toml"), rules).unwrap();
    let dir = dir.to_str().unwrap();
    let checked = run(&mut site.fedhub(&["rules", "check", "--rules", dir])).expect(1);
    let text = checked.stdout.join("\n");
    for part in [
        r#""line":7"#,
        "did you mean startswith?",
        "never reached",
        "nothing uses $nobody",
        "no sample is described by this rule",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let tested = run(&mut site.fedhub(&["rules", "test", "--rules", dir, "-o", "human"])).expect(1);
    assert_eq!(tested.stdout.last().unwrap(), "1 samples, 2 facts, 2 wrong");
    let shown = run(&mut site.fedhub(&["rules", "show", "bad.two", "--rules", dir])).expect(0);
    assert!(shown.stdout[0].contains("bad.toml:5"), "{:?}", shown.stdout);
}

#[test]
fn an_operators_files_add_to_the_rules_and_replace_them() {
    let mut site = Site::new(json!({}));
    let dir = site.path("rules.d");
    fs::create_dir(&dir).unwrap();
    let rule = |family: &str| {
        format!(
            "doc = \"d\"\n[[rule]]\ntopic = \"{family}.**\"\nsummary = '\"mine\"'\nusers = '[.u]'\n"
        )
    };
    fs::write(dir.join("lake.toml"), rule("lake")).unwrap();
    fs::write(dir.join("logger.toml"), rule("logger")).unwrap();
    fs::write(dir.join("accounts.json"), r#"{"a@example.org": "anna"}"#).unwrap();
    let accounts = dir.join("accounts.json");
    site.set(json!({"rules_dir": dir.to_str().unwrap(), "accounts": accounts.to_str().unwrap()}));
    let messages = ["lake.level", "logger.log", "announce.announcement"]
        .map(|topic| json!({"topic": format!("org.example.prod.{topic}"), "u": "u"}).to_string());
    let described = describe(&site, &[], &messages).expect(0);
    let summary = |line: &String| {
        serde_json::from_str::<Value>(line).unwrap()["summary"].as_str().unwrap().to_owned()
    };
    let summaries: Vec<_> = described.stdout.iter().map(summary).collect();
    assert_eq!(summaries[..2], ["mine", "mine"]);
    assert_ne!(summaries[2], "mine");
}

#[test]
fn hostile_names_are_bounded_and_their_control_characters_escaped() {
    let site = Site::new(json!({}));
    let long = "x".repeat(1024 * 1024);
    let hostile = "\u{1b}[31m\u{9b}2J\u{202e}\n";
    let messages = [long.as_str(), hostile].map(|name| {
        json!({"topic": "org.example.prod.factory.done", "msg": {"user": name, "package": name, "url": format!("http://{name}")}})
            .to_string()
    });
    let described = describe(&site, &[], &messages).expect(0);
    for line in &described.stdout {
        assert!(line.len() < 64 * 1024, "{} bytes", line.len());
        assert!(!line.chars().any(char::is_control), "{line}");
    }
    let cut = describe(&site, &[], &["{".to_owned()]).expect(65);
    assert!(cut.stderr[0].starts_with("line 1 column"), "{:?}", cut.stderr);
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[a-z-]{1,8}-[0-9.]{1,4}-[0-9]".prop_map(Value::from),
    ];
    // Names that rules look at.
    let key = prop::sample::select(vec![
        "msg",
        "user",
        "agent",
        "update",
        "comment",
        "commit",
        "build",
        "package",
        "packages",
        "repo",
        "name",
        "owner",
        "issue",
        "pullrequest",
        "project",
        "title",
        "nvr",
        "author",
        "topic",
        "username",
        "bug",
        "event",
        "body",
        "x",
    ]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|members| {
                Value::Object(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}

#[test]
fn no_rule_fails_badly_on_any_message() {
    let meta = Meta::new(Rules::embedded().unwrap(), Accounts::new());
    let topics = meta.rules().topics();
    assert!(topics.len() > 100);
    let config =
        ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(msg in anything(), topic in prop::sample::select(topics))| {
        let message = json!({"topic": format!("org.example.prod.{topic}"), "msg": msg});
        let message = canonical::parse(message.to_string().as_bytes()).unwrap();
        let subject = Subject::new(&message);
        let facts = meta.facts(&subject, Wanted::Long);
        prop_assert!(facts.title.len() < 5000);
        let names = meta.facts(&subject, Wanted::Names);
        prop_assert_eq!((&names.users, &names.packages), (&facts.users, &facts.packages));
    });
}
