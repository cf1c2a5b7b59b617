//! `fedhub archive`: what is missing, damaged or miscounted is found, and nothing else.

use std::sync::Arc;

use fedhub::config::Config;
use fedhub::crypto::Signer;
use fedhub::journal::{self, Change, Entry, GapKey, GapReport, Journal, Options};
use fedhub::message::Message;
use fedhub::meta::Meta;
use fedhub::store::{self, Archived, Store};
use serde_json::{Value, json};

use crate::harness::{Finished, Site, run};
use crate::postgres::Server;

const BEGIN: i64 = 1_700_000_000;

/// A site with signed messages, all of them in a journal and in the archive at `url`.
struct Bed {
    site: Site,
    url: String,
    messages: Vec<Archived>,
    journal: Journal,
}

impl Bed {
    fn new(url: Option<String>) -> Self {
        let mut site = Site::new(json!({}));
        let url = url.unwrap_or_else(|| format!("sqlite:{}", site.path("archive.db").display()));
        site.set(json!({"archive": {"url": url, "journal": site.path("nommer.db")}}));
        site.issue("pki", &["shell"]);
        let signer = Signer::from_dir(&site.path("pki"), "shell").unwrap();
        let journal = Options::new(site.path("nommer.db"), &Config::default());
        let journal = Journal::open(journal).unwrap();
        let messages = (0..30).map(|n| message(&signer, n)).collect();
        let bed = Self { site, url, messages, journal };
        for one in &bed.messages {
            bed.write(one);
        }
        bed.pass(30);
        bed.store().append(&bed.messages).unwrap();
        bed
    }

    fn write(&self, one: &Archived) {
        let (message, received) = (one.message.clone(), one.received);
        let entry = Entry { message, received, endpoint: Some(Arc::from("e")), verdict: "valid" };
        self.journal.append(entry).unwrap();
    }

    /// Puts the archive's cursor behind this message.
    fn pass(&self, position: i64) {
        let path = self.site.path("nommer.db");
        journal::Store::open(&path).unwrap().seek("archive", position).unwrap();
    }

    fn store(&self) -> Box<dyn Store> {
        store::create(&self.url).unwrap()
    }

    fn check(&self, arguments: &[&str]) -> (Finished, Vec<Value>) {
        let finished = run(self.site.fedhub(&["archive", "check"]).args(arguments));
        let parse = |line: &String| serde_json::from_str(line).unwrap();
        let lines = finished.stdout.iter().map(parse).collect();
        (finished, lines)
    }

    /// What is found of one check.
    fn found(&self, check: &str, arguments: &[&str]) -> Vec<Value> {
        let (finished, lines) = self.check(arguments);
        finished.expect(1);
        let wrong = |line: &Value| line["check"] == check && line["ok"] == json!(false);
        lines.into_iter().filter(wrong).collect()
    }

    /// Changes the file of SQLite behind the archive's back.
    fn spoil(&self, statement: &str) {
        let path = self.url.strip_prefix("sqlite:").unwrap();
        assert!(rusqlite::Connection::open(path).unwrap().execute(statement, []).unwrap() > 0);
    }
}

/// The message of a minute, signed.
fn message(signer: &Signer, n: i64) -> Archived {
    let topic = ["org.x.dev.git.a", "org.x.dev.wiki.b"][usize::from(n % 2 == 0)];
    // Certificates are of today.
    let now = journal::now() / 1_000_000 + n;
    let text = format!(
        r#"{{"i":{n},"msg":{{}},"msg_id":"{n}","timestamp":{},"topic":"{topic}","username":"u"}}"#,
        BEGIN + n * 60
    );
    let parsed = fedhub::canonical::parse(text.as_bytes()).unwrap();
    let fedhub::canonical::Value::Object(mut envelope) = parsed else { panic!() };
    signer.sign(&mut envelope).unwrap();
    let body = fedhub::canonical::to_vec(&envelope.into());
    Archived::new(Message::new(topic, body), now * 1_000_000, "valid", Meta::embedded())
}

fn all_is_well(bed: &Bed) {
    let (finished, lines) = bed.check(&[]);
    finished.expect(0);
    let checks: Vec<_> = lines.iter().map(|line| line["check"].as_str().unwrap()).collect();
    assert_eq!(checks, ["holes", "lost", "quarantine", "content", "counters"]);
    assert_eq!(lines[0]["what"], "30 messages of the journal are all there");
    assert_eq!(lines[3]["what"], "30 messages are as they were stored");
}

#[test]
fn holes_are_found_by_the_hour_and_what_is_lost_is_told() {
    let bed = Bed::new(None);
    all_is_well(&bed);
    let signer = Signer::from_dir(&bed.site.path("pki"), "shell").unwrap();
    // What is behind the cursor is on its way.
    let more: Vec<_> = (30..35).map(|n| message(&signer, n)).collect();
    more.iter().for_each(|one| bed.write(one));
    bed.check(&[]).0.expect(0);
    bed.pass(35);
    let holes = bed.found("holes", &[]);
    let missing: u64 = holes.iter().map(|hole| hole["missing"].as_u64().unwrap()).sum();
    assert_eq!((missing, &holes[0]["first"]), (5, &json!("30")));
    bed.check(&["--until", "2020-01-01T00:00:00Z"]).0.expect(0);
    bed.store().append(&more).unwrap();
    bed.check(&[]).0.expect(0);

    let key = GapKey { endpoint: "e".into(), stream: "s".into(), epoch: "p".into(), first: 5 };
    let mut gap = GapReport {
        key,
        last: 9,
        numbered: true,
        missed: 3,
        recovered: 1,
        lost: 0,
        closed: false,
        note: None,
    };
    bed.journal.commit(Change::Gap(gap.clone())).unwrap();
    let open = bed.found("lost", &[]);
    assert_eq!((&open[0]["missed"], &open[0]["closed"]), (&json!(3), &Value::Null));
    (gap.lost, gap.closed) = (2, true);
    bed.journal.commit(Change::Gap(gap)).unwrap();
    assert_eq!(bed.found("lost", &[])[0]["lost"], 2);
}

#[test]
fn what_is_damaged_forged_or_miscounted_is_found() {
    let bed = Bed::new(None);
    bed.spoil("UPDATE total SET count = count + 1 WHERE kind = 'topic' AND name LIKE '%git%'");
    bed.spoil("DELETE FROM daily WHERE kind = 'all'");
    let counters = bed.found("counters", &[]);
    assert_eq!(
        (&counters[0]["name"], &counters[0]["counted"], &counters[0]["there"]),
        (&json!("org.x.dev.git.a"), &json!(16), &json!(15))
    );
    assert_eq!((&counters[1]["kind"], &counters[1]["counted"]), (&json!("all"), &json!(0)));

    bed.spoil("UPDATE message SET body = CAST('{\"msg_id\":\"3\"}' AS BLOB) WHERE msg_id = '3'");
    let damaged = bed.found("content", &[]);
    assert_eq!((&damaged[0]["msg_id"], &damaged[0]["reason"]), (&json!("3"), &json!("damaged")));
    assert_eq!(damaged[1]["wrong"], 1);
    // One that says it is valid, and nobody signed.
    let body = r#"{"msg_id":"forged","topic":"t","msg":{}}"#;
    let received = journal::now();
    let forged = Archived::new(Message::new("t", body), received, "valid", Meta::embedded());
    bed.store().append(&[forged]).unwrap();
    assert_eq!(bed.found("content", &[])[1]["reason"], "unsigned");
    // Chosen at random among 31, two of which are wrong.
    let sampled = bed.found("content", &["--sample", "2000"]);
    let last = sampled.last().unwrap();
    assert_eq!(last["checked"], 2000);
    assert!(last["wrong"].as_u64().unwrap() > 0, "{last}");

    bed.store().quarantine(&bed.messages[0], "because").unwrap();
    let quarantine = bed.found("quarantine", &[]);
    assert_eq!((&quarantine[0]["reason"], &quarantine[0]["count"]), (&json!("because"), &json!(1)));
    run(bed.site.fedhub(&["archive", "check"]).args(["--journal", "none"])).expect(66);
}

#[test]
fn postgresql_is_checked_alike_and_info_says_what_there_is() {
    let info = |bed: &Bed| -> Value {
        let finished = run(&mut bed.site.fedhub(&["archive", "info"])).expect(0);
        serde_json::from_str(&finished.stdout[0]).unwrap()
    };
    let bed = Bed::new(None);
    let said = info(&bed);
    assert_eq!((&said["messages"], &said["topics"]), (&json!(30), &json!(2)));
    assert_eq!(said["oldest"], "2023-11-14T22:13:20Z");
    assert!(said["bytes"].as_u64().unwrap() > 10_000);
    let human = run(&mut bed.site.fedhub(&["archive", "info", "-o", "human"])).expect(0);
    assert_eq!(human.stdout[0], "messages    30 on 2 topics");

    let Some(server) = Server::start() else { return };
    let bed = Bed::new(Some(server.database("archive")));
    all_is_well(&bed);
    let said = info(&bed);
    assert_eq!((&said["messages"], &said["newest"]), (&json!(30), &json!("2023-11-14T22:42:20Z")));
    let partitions = said["partitions"].as_array().unwrap();
    assert!(partitions.iter().any(|one| one["name"] == "message_2023_11"), "{said}");
    assert!(server.psql("archive", "DELETE FROM total WHERE kind = 'category'"));
    assert_eq!(bed.found("counters", &[]).len(), 2);
}
