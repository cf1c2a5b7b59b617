//! The archive over HTTP: `fedhub serve`, asked as programs and people ask it.

mod contract;
mod databases;
mod hostile;
mod openapi;
mod parameters;
mod service;
mod stream;
mod v3;

use fedhub::message::Message;
use fedhub::meta::Meta;
use fedhub::store::{self, Archived, Outcome, Store};
use serde_json::{Value, json};

use crate::harness::{DEADLINE, Process, Site, field};

/// When the first message was published, in unix seconds.
pub(crate) const BEGIN: i64 = 1_700_000_000;
const TOPICS: [&str; 4] =
    ["git.receive", "bodhi.update.comment", "buildsys.build.state.change", "wiki.article.edit"];

/// An archive in a file, and a fedhub that serves it.
pub(crate) struct Served {
    pub(crate) site: Site,
    pub(crate) process: Process,
    pub(crate) address: String,
    pub(crate) url: String,
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: ureq::http::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

impl Served {
    /// One that serves these messages.
    pub(crate) fn new(messages: &[Value]) -> Self {
        let site = Site::new(json!({}));
        let url = format!("sqlite:{}", site.path("archive.db").display());
        append(&mut *store::create(&url).unwrap(), messages);
        Self::of(site, url)
    }

    /// One that serves the archive at `url`.
    pub(crate) fn of(site: Site, url: String) -> Self {
        let (process, ready) = site.start(&["serve", "--listen", "127.0.0.1:0", "--archive", &url]);
        let address = format!("http://{}", field(&ready, "http"));
        Self { site, process, address, url }
    }

    /// Adds messages while it is served.
    pub(crate) fn append(&self, messages: &[Value]) {
        append(&mut *store::open(&self.url).unwrap(), messages);
    }

    pub(crate) fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let agent = agent();
        let mut request = agent.get(format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut answer = request.call().unwrap();
        let body = answer.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap();
        Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// The JSON of a page that is there.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = self.ask(path, &[]);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    /// The page as a browser gets it.
    #[track_caller]
    pub(crate) fn page(&self, path: &str) -> String {
        let answer = self.ask(path, &[("accept", "text/html,application/xml;q=0.9,*/*;q=0.8")]);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        answer.body
    }
}

pub(crate) fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder();
    let config = config.http_status_as_error(false).proxy(None).timeout_global(Some(DEADLINE));
    config.build().new_agent()
}

fn append(archive: &mut dyn Store, messages: &[Value]) {
    let archived = |envelope: &Value| {
        let topic = envelope["topic"].as_str().unwrap();
        let arrival = envelope["timestamp"].as_f64().map_or(BEGIN, |seconds| seconds as i64);
        let message = Message::new(topic, envelope.to_string());
        let received = (arrival + 1) * 1_000_000;
        let mut one = Archived::new(message, received, "valid", Meta::embedded());
        // What rules find out is tested elsewhere.
        one.facts.agent = envelope["username"].as_str().map(str::to_owned);
        one.facts.users = one.facts.agent.iter().cloned().collect();
        one.facts.packages =
            envelope["i"].as_i64().map(|n| format!("pkg{}", n % 4)).into_iter().collect();
        one
    };
    let messages: Vec<_> = messages.iter().map(archived).collect();
    for batch in messages.chunks(100) {
        let outcomes = archive.append(batch).unwrap();
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::New), "{outcomes:?}");
    }
}

/// Message `n`: one each minute.
pub(crate) fn message(n: i64) -> Value {
    let topic = TOPICS[usize::try_from(n % 4).unwrap()];
    let arch = if n % 2 == 0 { "x86_64" } else { "s390x" };
    json!({
        "msg_id": format!("2026-{n:04}"),
        "topic": format!("org.fedoraproject.prod.{topic}"),
        "timestamp": BEGIN + n * 60,
        "i": n,
        "username": format!("user{}", n % 3),
        "headers": {"x-host": format!("host{}", n % 5)},
        "msg": {"n": n, "text": format!("Message number {n}"), "arch": arch},
    })
}

pub(crate) fn messages(count: i64) -> Vec<Value> {
    (0..count).map(message).collect()
}

pub(crate) fn ids(found: &Value, list: &str, id: &str) -> Vec<String> {
    let texts = found[list].as_array().unwrap().iter();
    texts.map(|one| one[id].as_str().unwrap().to_owned()).collect()
}

#[test]
fn datagreppers_pages_give_what_was_archived() {
    let served = Served::new(&messages(60));
    let all = served.get("/raw?rows_per_page=100");
    assert_eq!((&all["total"], &all["pages"], &all["count"]), (&json!(60), &json!(1), &json!(60)));
    let first = &all["raw_messages"][0];
    assert_eq!(first["msg_id"], "2026-0059");
    assert_eq!(first["timestamp"], json!((BEGIN + 59 * 60) as f64));
    assert_eq!(
        (&first["i"], &first["crypto"], &first["signature"]),
        (&json!(59), &Value::Null, &Value::Null)
    );
    assert_eq!(first["msg"]["text"], "Message number 59");
    assert_eq!(first["headers"]["x-host"], "host4");
    assert_eq!((&first["agent_name"], &first["users"]), (&json!("user2"), &json!(["user2"])));
    assert_eq!(first.get("meta"), None);

    let v2 = served.get("/v2/search/?rows_per_page=1");
    let one = &v2["raw_messages"][0];
    assert_eq!(
        (&one["id"], &one["priority"], &one["queue"]),
        (&json!("2026-0059"), &json!(0), &Value::Null)
    );
    assert_eq!(one["body"]["n"], 59);
    assert_eq!(one["headers"]["sent-at"], "2023-11-14T23:12:20+00:00");

    assert_eq!(served.get("/id?id=2026-0007")["msg"]["n"], 7);
    assert_eq!(
        served.get("/v2/id?id=2026-0007&meta=summary&meta=icon")["meta"]["WARNING"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(served.get("/messagecount"), json!({"messagecount": 60}));
    for health in ["/healthz/live", "/healthz/ready"] {
        assert_eq!(served.get(health), json!({"status": 200, "title": "OK"}));
    }
    assert!(
        served
            .ask("/widget.js?css=true", &[])
            .header("content-type")
            .starts_with("application/javascript")
    );
}

#[test]
fn filters_and_times_select() {
    let served = Served::new(&messages(60));
    let total = |query: &str| served.get(&format!("/raw?{query}"))["total"].as_u64().unwrap();
    let at = |n: i64| BEGIN + n * 60;
    for (query, count) in [
        ("user=user1".to_owned(), 20),
        ("user=user1&user=user2".into(), 40),
        ("user=user1&category=git".into(), 5),
        ("not_user=user1".into(), 40),
        ("not_category=git&not_category=wiki".into(), 30),
        ("topic=org.fedoraproject.prod.git.receive".into(), 15),
        ("not_topic=org.fedoraproject.prod.git.receive".into(), 45),
        ("agent=user0".into(), 20),
        (format!("start={}&end={}", at(10), at(20)), 11),
        (format!("start={}&delta=120", at(10)), 3),
        (format!("end={}&delta=120", at(10)), 3),
        (format!("end={}", at(20)), 11),
        (format!("start={}", at(50)), 10),
        ("start=2023-11-14T23:12:20&end=2023-11-14%2023:13:00".into(), 1),
        ("delta=-5".into(), 0),
        ("user=nobody".into(), 0),
    ] {
        assert_eq!(total(&query), count, "{query}");
    }
}

#[test]
fn totals_are_right_on_every_page_and_beyond() {
    let served = Served::new(&messages(60));
    for (page, count) in [(1, 10), (2, 10), (3, 0), (99, 0)] {
        let found = served.get(&format!("/raw?user=user1&rows_per_page=10&page={page}"));
        assert_eq!((&found["total"], &found["pages"]), (&json!(20), &json!(2)), "page {page}");
        assert_eq!(found["count"], count);
    }
    let oldest = served.get("/raw?order=asc&rows_per_page=2&page=2");
    assert_eq!(ids(&oldest, "raw_messages", "msg_id"), ["2026-0002", "2026-0003"]);
}

#[test]
fn contains_is_literal_and_knows_unicode_and_case() {
    let text = |n: i64, text: &str| {
        let mut one = message(n);
        one["msg"]["text"] = json!(text);
        one
    };
    let served = Served::new(&[
        text(0, "Café"),
        text(1, "50% off"),
        text(2, "500 off"),
        text(3, "ŻÓŁW \"x\""),
    ]);
    for (query, expected) in [
        ("caf%C3%A9", vec!["2026-0000"]),
        ("CAF%C3%89", vec!["2026-0000"]),
        ("50%25", vec!["2026-0001"]),
        ("50_", vec![]),
        ("%C5%BC%C3%B3%C5%82w%20%22x%22", vec!["2026-0003"]),
        ("off&contains=caf", vec!["2026-0000", "2026-0001", "2026-0002"]),
    ] {
        let found = served.get(&format!("/raw?order=asc&contains={query}"));
        assert_eq!(ids(&found, "raw_messages", "msg_id"), expected, "{query}");
        assert_eq!(found["total"], expected.len(), "{query}");
    }
}

#[test]
fn wrong_requests_are_told_what_is_wrong() {
    let served = Served::new(&messages(3));
    for (path, status, parameter) in [
        ("/raw?rows_per_page=0", 400, "rows_per_page"),
        ("/raw?page=abc", 400, "page"),
        ("/raw?start=garbage", 400, "start"),
        ("/raw?meta=nonsense", 400, "meta"),
        ("/raw?callback=alert(1)//", 400, "callback"),
        ("/raw?usr=a&strict=1", 400, "usr"),
        ("/v2/search?user=%00", 400, "user"),
        ("/id", 400, "id"),
        ("/id?id=1&size=x", 400, "size"),
        ("/charts/line?N=99", 400, "N"),
        ("/v3/messages?where=%7C", 400, "where"),
        ("/v3/messages?after=x", 400, "after"),
        ("/v3/counts?bucket=1", 400, "bucket"),
        ("/v3/stream?after=-1", 400, "after"),
        ("/id?id=none", 404, ""),
        ("/charts/nothing", 404, ""),
        ("/v3/messages/none", 404, ""),
        ("/topics", 404, ""),
    ] {
        let answer = served.ask(path, &[]);
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        let said = answer.json();
        assert_eq!(said["parameter"].as_str().unwrap_or_default(), parameter, "{path}");
        assert_eq!(said["hint"].is_string(), status == 400, "{path}");
        let page = served.ask(path, &[("accept", "text/html")]);
        assert_eq!(
            (page.status, page.header("content-type")),
            (status, "text/html; charset=utf-8")
        );
    }
}

#[test]
fn charts_are_drawn() {
    let served = Served::new(&messages(60));
    for kind in [
        "line",
        "stackedline",
        "xy",
        "bar",
        "horizontalbar",
        "stackedbar",
        "horizontalstackedbar",
        "funnel",
        "pyramid",
        "verticalpyramid",
        "dot",
        "gauge",
    ] {
        let range = format!("start={BEGIN}&end={}", BEGIN + 3600);
        let path = format!("/charts/{kind}?{range}&user=user1&user=user2&split_on=users&N=3");
        let answer = served.ask(&path, &[]);
        assert_eq!((answer.status, answer.header("content-type")), (200, "image/svg+xml"));
        assert!(answer.body.contains(">user1</text>") && answer.body.contains("</svg>"), "{kind}");
        if kind == "bar" {
            assert_eq!(answer.body.matches("<title>user1, ").count(), 3);
        }
    }
}
