//! The real datagrepper 1.1.0 beside fedhub: the same messages, the same requests, the same answers.
//! Where they differ on purpose, the difference has a name here.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::{BEGIN, Served};
use crate::harness::{peer_datagrepper, script};
use crate::postgres::Server;

/// The real datagrepper, asked through a pipe.
struct Datagrepper {
    child: Child,
    answers: Box<dyn BufRead>,
}

impl Datagrepper {
    fn start(python: &std::path::Path, database: &str, messages: &std::path::Path) -> Self {
        let mut child = Command::new(python)
            .arg(script("datagrepper_real.py"))
            .arg(database)
            .arg(messages)
            // It takes the clock of its own zone for UTC.
            .env("TZ", "UTC")
            .env("PYTHONWARNINGS", "ignore")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let answers = Box::new(BufReader::new(child.stdout.take().unwrap()));
        let mut started = Self { child, answers };
        assert_eq!(started.line(), "ready");
        started
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn ask(&mut self, path: &str) -> (u64, Value) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{path}").unwrap();
        let answer: Value = serde_json::from_str(&self.line()).unwrap();
        (answer["status"].as_u64().unwrap(), answer["body"].clone())
    }
}

impl Drop for Datagrepper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What is stored in both.
fn envelopes() -> Vec<Value> {
    let envelope = |n: i64| {
        let mut one = super::message(n);
        one["msg"]["unicode"] = json!("Łódź ☃");
        one["msg"]["nested"] =
            json!({"float": 1.5, "big": 12_345_678_901_234_i64, "list": [null, true, {}]});
        if n % 4 == 1 {
            one["msg"]["update"] =
                json!({"builds": [{"nvr": format!("pkg{}-1-1", n % 3)}], "user": {"name": "bob"}});
            one["msg"]["comment"] = json!({"user": {"name": "carol"}, "text": "ok"});
        }
        one
    };
    (0..120).map(envelope).collect()
}

/// Names of differences that are meant, and what they are about.
///
/// - `stored-by`: `source_name` and `source_version` name the archive that stored the message.
/// - `as-received`: `i`, `crypto`, `signature` and `certificate` are those of the message; the original
///   stores 0 and null.
/// - `agents`: the filter of the next datagrepper is among the arguments already.
/// - `headers`: asked for `meta`, the original adds `sent-at` to the headers of a message that has none.
/// - `rules`: what `meta` says comes from fedhub's rules, and there from schemas that are not installed.
fn without_differences(mut answer: Value) -> Value {
    let clean = |one: &mut Value| {
        if let Some(one) = one.as_object_mut() {
            for name in ["source_name", "source_version", "i", "crypto", "signature", "certificate"]
            {
                one.remove(name);
            }
            if one.contains_key("meta")
                && let Some(headers) = one.get_mut("headers").and_then(Value::as_object_mut)
            {
                headers.remove("sent-at");
            }
            if let Some(meta) = one.get_mut("meta").and_then(Value::as_object_mut) {
                meta.iter_mut()
                    .filter(|(name, _)| *name != "WARNING")
                    .for_each(|(_, said)| *said = Value::Null);
            }
        }
    };
    clean(&mut answer);
    if let Some(messages) = answer.get_mut("raw_messages").and_then(Value::as_array_mut) {
        messages.iter_mut().for_each(clean);
    }
    if let Some(arguments) = answer.get_mut("arguments").and_then(Value::as_object_mut) {
        arguments.remove("agents");
        arguments.remove("not_agents");
    }
    answer
}

fn both() -> Option<(Served, Datagrepper, Server)> {
    let python = peer_datagrepper()?;
    let server = Server::start()?;
    let served = Served::new(&envelopes());
    // The facts are fedhub's, so that both have the same.
    let mut lines = String::new();
    for page in [1, 2] {
        let found = served.get(&format!("/raw?order=asc&rows_per_page=100&page={page}"));
        for one in found["raw_messages"].as_array().unwrap() {
            let line = json!({
                "msg_id": one["msg_id"], "topic": one["topic"], "timestamp": one["timestamp"],
                "msg": one["msg"], "headers": one["headers"], "agent": one["agent_name"],
                "users": one["users"], "packages": one["packages"],
            });
            lines += &format!("{line}\n");
        }
    }
    let file = served.site.path("messages.jsonl");
    std::fs::write(&file, lines).unwrap();
    let original = Datagrepper::start(&python, &server.database("datanommer"), &file);
    Some((served, original, server))
}

#[test]
fn answers_are_those_of_the_real_datagrepper() {
    let Some((served, mut original, _server)) = both() else { return };
    let (from, until) = (BEGIN + 600, BEGIN + 3600);
    let range = format!("start={from}&end={until}");
    let requests = [
        "/raw".to_owned(),
        "/raw/".into(),
        "/v2/search".into(),
        "/raw?order=asc&rows_per_page=7&page=3".into(),
        "/v2/search?rows_per_page=100&page=2".into(),
        format!("/raw?{range}"),
        format!("/raw?{range}&delta=5"),
        format!("/raw?start={from}&delta=300"),
        format!("/raw?end={until}&delta=300.5"),
        "/raw?start=2023-11-14T22:30:00&end=2023-11-14%2023:00:00".into(),
        "/raw?start=2023-11-14T22:30:00Z&end=2023-11-15T00:00:00%2B01:00".into(),
        "/raw?user=user1".into(),
        "/raw?user=user1&user=user2&category=git".into(),
        "/raw?package=pkg1".into(),
        "/raw?category=bodhi&category=wiki&not_user=user0".into(),
        "/raw?topic=org.fedoraproject.prod.git.receive&not_category=wiki".into(),
        "/raw?not_topic=org.fedoraproject.prod.git.receive&not_package=pkg1".into(),
        "/raw?user=nobody".into(),
        "/raw?unknown=parameter".into(),
        "/raw?rows_per_page=3&meta=summary&meta=link&meta=icon&meta=subtitle&meta=usernames&meta=date".into(),
        "/v2/search?rows_per_page=3&meta=url&meta=text&meta=app_icon&meta=agent_avatar&meta=packages".into(),
        "/raw?chrome=maybe&size=small".into(),
        "/id?id=2026-0007".into(),
        "/v2/id?id=2026-0009".into(),
        "/id?id=2026-0009&meta=link".into(),
        "/messagecount".into(),
        "/healthz/live".into(),
        "/healthz/ready".into(),
    ];
    for path in requests {
        let (status, theirs) = original.ask(&path);
        let ours = served.ask(&path, &[]);
        assert_eq!((u64::from(ours.status), 200), (status, 200), "{path}: {}", ours.body);
        assert_eq!(without_differences(ours.json()), without_differences(theirs), "{path}");
    }
}

#[test]
fn defects_of_the_real_datagrepper_are_not_fedhubs() {
    let Some((served, mut original, _server)) = both() else { return };
    let end = BEGIN + 3600;
    let mut total = |path: &str| {
        let (status, theirs) = original.ask(path);
        let ours = served.ask(path, &[]);
        (status, theirs["total"].clone(), ours.status, ours.json()["total"].clone())
    };
    // total-past-the-end: it is that of the empty page.
    let (.., theirs, _, ours) = total("/raw?user=user1&rows_per_page=50&page=2");
    assert_eq!((theirs, ours), (json!(0), json!(40)));
    // end-alone: ignored.
    let (.., theirs, _, ours) = total(&format!("/raw?end={end}"));
    assert_eq!((theirs, ours), (json!(120), json!(11)));
    // no-limit: everything at once.
    let (status, _, ours, _) = total("/raw?rows_per_page=0");
    assert_eq!((status, ours), (200, 400));
    for (name, path) in [
        ("traceback", "/raw?page=abc"),
        ("traceback", "/raw?start=garbage"),
        ("traceback", "/raw?meta=nonsense"),
        ("negative-limit", "/raw?rows_per_page=-1"),
        ("NUL", "/raw?user=%00"),
        ("size", "/id?id=2026-0007&size=huge"),
    ] {
        let (status, _, ours, _) = total(path);
        assert_eq!((status, ours), (500, 400), "{name}: {path}");
    }
    // contains-range: it must be within eight months, with a category.
    let (status, _, ours, found) = total("/raw?contains=number");
    assert_eq!((status, ours, found), (400, 200, json!(120)));
    // errors-as-html: the original's 400 is a page.
    let (status, theirs) = original.ask("/raw?rows_per_page=101");
    assert!(status == 400 && theirs.is_string());
    assert_eq!(served.ask("/raw?rows_per_page=101", &[]).json()["parameter"], "rows_per_page");
}
