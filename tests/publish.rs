//! `POST /publish`: messages by HTTP, with a receipt.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{DEADLINE, Process, Site, field, run, wait_until};
use crate::health::exposition::metrics;
use crate::health::{ask, get};
use crate::relay::subscriber;

pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A relay that takes messages by HTTP.
pub(crate) struct Relay {
    pub(crate) site: Site,
    process: Process,
    pub(crate) http: String,
    outbound: String,
}

pub(crate) fn start(settings: Value, journal: bool) -> Relay {
    let site = Site::new(settings);
    let command = relay(&site, journal);
    started(site, command)
}

/// The command of a relay whose tokens are those of the test.
fn relay(site: &Site, journal: bool) -> Command {
    let tokens = site.path("tokens");
    std::fs::write(&tokens, format!("# name and token\nwiki {TOKEN}\n")).unwrap();
    std::fs::set_permissions(&tokens, std::fs::Permissions::from_mode(0o600)).unwrap();
    let any = "tcp://127.0.0.1:*";
    let mut command = site.fedhub(&["relay", "--inbound", any, "--outbound", any]);
    command.args(["--receipts", any, "--http", "127.0.0.1:0", "--publish-tokens", "tokens"]);
    if journal {
        command.args(["--journal", "relay.db"]);
    }
    command
}

fn started(site: Site, mut command: Command) -> Relay {
    let process = Process::spawn("relay", &mut command);
    let ready = process.wait_for_line("relay ready");
    let http = field(&process.wait_for_line("serving health pages"), "http");
    let outbound = field(&ready, "outbound");
    Relay { site, process, http, outbound }
}

impl Relay {
    /// Sends a request as it is; gives the status, the headers and the answer.
    fn send(&self, request: &[u8]) -> (u16, String, Value) {
        let mut stream = TcpStream::connect(&self.http).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.write_all(request).unwrap();
        answer(&mut stream)
    }

    fn post(&self, token: &str, body: &str) -> (u16, String, Value) {
        let length = body.len();
        self.send(format!("{}Content-Length: {length}\r\n\r\n{body}", head(token)).as_bytes())
    }

    /// How many requests had this answer.
    fn answered(&self, code: u16) -> f64 {
        let all = metrics(&ask(&self.http, "GET", "/metrics").2);
        let label = format!("code=\"{code}\"");
        let name = "fedhub_publish_requests_total";
        let found = all.iter().find(|(key, _)| key.starts_with(name) && key.contains(&label));
        found.map_or(0.0, |(_, value)| *value)
    }
}

fn head(token: &str) -> String {
    format!(
        "POST /publish HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\
         Authorization: Bearer {token}\r\n"
    )
}

fn answer(stream: &mut TcpStream) -> (u16, String, Value) {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_ascii_lowercase(), serde_json::from_str(body).unwrap_or(Value::Null))
}

#[test]
fn an_answer_says_that_the_message_is_kept_and_published() {
    let relay = start(json!({}), true);
    let (status, head, receipt) =
        relay.post(TOKEN, r#"{"topic": "wiki.edit", "msg": {"title": "A"}}"#);
    assert_eq!(
        (status, &receipt["ok"], &receipt["seq"]),
        (200, &json!(true), &json!(1)),
        "{receipt}"
    );
    assert!(head.contains("content-type: application/json"), "{head}");
    assert_eq!(receipt["topic"], "org.fedoraproject.dev.wiki.edit");
    assert!(receipt["stream"].as_str().unwrap().starts_with("relay."), "{receipt}");
    let whole = r#"{"topic":"org.fedoraproject.dev.a.b","msg":{"n": 1.0},"msg_id":"2026-x","timestamp":1794616014,"i":1}"#;
    let (status, _, second) = relay.post(TOKEN, whole);
    assert_eq!((status, &second["msg_id"]), (200, &json!("2026-x")), "{second}");
    let mut ls = relay.site.fedhub(&["journal", "ls", "-o", "ndjson", "--journal", "relay.db"]);
    let kept: Vec<Value> = run(&mut ls)
        .expect(0)
        .stdout
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(kept.len(), 2);
    assert!(kept[0].to_string().contains(receipt["msg_id"].as_str().unwrap()), "{}", kept[0]);
    wait_until("both are counted", || relay.answered(200) == 2.0);
    let subscriber = subscriber();
    subscriber.connect(&relay.outbound).unwrap();
    wait_until("one is published", || {
        let next = r#"{"topic": "wiki.edit", "msg": 2}"#;
        assert!(matches!(relay.post(TOKEN, next).0, 200 | 429));
        subscriber.recv_multipart(zmq::DONTWAIT).is_ok()
    });
    relay.process.stop().expect(0);
}

#[test]
fn what_a_signing_relay_takes_is_signed() {
    let site = Site::new(json!({"certnames": {"signing_relay": "relay"}}));
    site.issue("pki", &["relay"]);
    let mut command = relay(&site, true);
    command.arg("--sign");
    let relay = started(site, command);
    let (status, _, receipt) = relay.post(TOKEN, r#"{"topic": "wiki.edit", "msg": "\u00e9"}"#);
    assert_eq!(status, 200, "{receipt}");
    let mut show =
        relay.site.fedhub(&["journal", "show", "--journal", "relay.db", "1", "-o", "ndjson"]);
    let shown = run(&mut show).expect(0).stdout.join("\n");
    let mut verify = relay.site.fedhub(&["verify", "-"]);
    let said =
        Process::spawn_with_input("verify", &mut verify, shown.as_bytes()).finish().expect(0);
    assert!(said.stdout[0].contains("relay"), "{said:?}");
}

#[test]
fn what_is_refused_says_why_and_what_to_do() {
    let relay = start(json!({"relay": {"publish_size": 1000, "publish_rate": 1000.0}}), true);
    let good = r#"{"topic": "a.b", "msg": 1}"#;
    for (token, body, expected) in [
        ("", good, 401),
        ("wrong", good, 401),
        (&TOKEN[1..], good, 401),
        (TOKEN, "{", 400),
        (TOKEN, r#"{"topic": "a.b"}"#, 400),
        (TOKEN, r#"{"topic": "a.b", "msg": 1, "user": "x"}"#, 400),
        (TOKEN, r#"{"topic": "_heartbeat", "msg": 1}"#, 400),
        (TOKEN, &" ".repeat(1001), 413),
        (TOKEN, &"[".repeat(1000), 400),
    ] {
        let (status, head, answer) = relay.post(token, body);
        assert_eq!(status, expected, "{token} {body:.40}: {answer}");
        let said = |name: &str| answer[name].as_str().is_some_and(|text| !text.is_empty());
        assert!(answer["ok"] == false && said("error") && said("hint"), "{answer}");
        assert_eq!(status == 401, head.contains("www-authenticate: bearer"), "{head}");
    }
    // A length that is not said is found out.
    let chunk = format!(
        "{}Transfer-Encoding: chunked\r\n\r\n7d0\r\n{}\r\n0\r\n\r\n",
        head(TOKEN),
        "x".repeat(2000)
    );
    assert_eq!(relay.send(chunk.as_bytes()).0, 413);
    wait_until("strangers are counted", || relay.answered(401) == 3.0);
    assert_eq!(ask(&relay.http, "GET", "/publish").0, 405);
    assert_eq!(relay.post(TOKEN, good).0, 200);
}

#[test]
fn more_than_a_token_may_send_has_to_wait() {
    let relay = start(json!({"relay": {"publish_rate": 0.001}}), true);
    let good = r#"{"topic": "a.b", "msg": 1}"#;
    assert_eq!(relay.post(TOKEN, good).0, 200);
    let (status, head, answer) = relay.post(TOKEN, good);
    assert_eq!(status, 429, "{answer}");
    assert!(head.contains("retry-after: 1"), "{head}");
    // Strangers do not use up what others may send.
    assert_eq!(relay.post("wrong", good).0, 401);
}

#[test]
fn without_tokens_there_is_no_such_page_and_wrong_ones_are_said_at_the_start() {
    let site = Site::new(json!({}));
    let any = "tcp://127.0.0.1:*";
    let start = ["relay", "--inbound", any, "--outbound", any, "--http", "127.0.0.1:0"];
    let (process, _) = site.start(&start);
    let http = field(&process.wait_for_line("serving health pages"), "http");
    assert_eq!(ask(&http, "POST", "/publish").0, 404);
    drop(process);
    let tokens = site.path("tokens");
    let refused = |mode: u32, text: &str, more: &[&str]| {
        std::fs::write(&tokens, text).unwrap();
        std::fs::set_permissions(&tokens, std::fs::Permissions::from_mode(mode)).unwrap();
        let mut command = site.fedhub(&start[..5]);
        run(command.args(["--publish-tokens", "tokens"]).args(more))
    };
    let http = ["--http", "127.0.0.1:0"];
    let open = refused(0o644, &format!("a {TOKEN}\n"), &http).expect(77).stderr.join("\n");
    assert!(open.contains("chmod 600"), "{open}");
    refused(0o600, "", &http).expect(78);
    refused(0o600, "a short\n", &http).expect(78);
    refused(0o600, &format!("a {TOKEN}\n"), &[]).expect(78);
    let mut absent = site.fedhub(&start);
    run(absent.args(["--publish-tokens", "absent"])).expect(66);
}

#[test]
fn a_credential_of_the_service_manager_is_a_file_of_tokens() {
    let site = Site::new(json!({}));
    std::fs::create_dir(site.path("credentials")).unwrap();
    let mut command = relay(&site, true);
    std::fs::rename(site.path("tokens"), site.path("credentials/publish-tokens")).unwrap();
    let args: Vec<_> = command.get_args().map(|arg| arg.to_owned()).collect();
    command = site.fedhub(&[]);
    // The first two name the settings file, which is there already.
    command.args(args[2..].iter().filter(|arg| *arg != "--publish-tokens" && *arg != "tokens"));
    command.env("CREDENTIALS_DIRECTORY", site.path("credentials"));
    let relay = started(site, command);
    assert_eq!(relay.post(TOKEN, r#"{"topic": "a.b", "msg": 1}"#).0, 200);
}

#[test]
fn without_a_journal_or_room_for_it_nothing_is_taken() {
    let none = start(json!({}), false);
    let good = r#"{"topic": "a.b", "msg": 1}"#;
    let (status, _, answer) = none.post(TOKEN, good);
    assert_eq!(status, 503);
    assert!(answer["hint"].as_str().unwrap().contains("relay.journal"), "{answer}");
    drop(none);

    let relay = start(json!({}), true);
    assert_eq!(relay.post(TOKEN, good).0, 200);
    let pid = relay.process.id().to_string();
    let limit = |size: &str| {
        run(Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={size}")])).expect(0);
    };
    limit("1:");
    let (status, head, answer) = relay.post(TOKEN, good);
    assert_eq!(status, 503, "{answer}");
    assert!(head.contains("retry-after: 1") && answer["error"].is_string(), "{head} {answer}");
    limit("unlimited:");
    wait_until("the journal works again", || relay.post(TOKEN, good).0 == 200);
}

#[test]
fn who_sends_slowly_keeps_nobody_from_publishing() {
    let relay = start(json!({"relay": {"publish_rate": 1000.0}}), true);
    let begin = |token: &str| {
        let mut stream = TcpStream::connect(&relay.http).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        write!(stream, "{}Content-Length: 100\r\n\r\n{{", head(token)).unwrap();
        stream
    };
    // Strangers are not waited for at all.
    let mut strangers: Vec<_> = (0..100).map(|_| begin("stranger")).collect();
    assert_eq!(get(&relay.http, "/healthz").0, 200);
    assert!(strangers.iter_mut().all(|stream| answer(stream).0 == 401));
    // Those who may publish have to be done in time.
    let mut slow: Vec<_> = (0..70).map(|_| begin(TOKEN)).collect();
    assert_eq!(relay.post(TOKEN, r#"{"topic": "a.b", "msg": 1}"#).0, 200);
    assert_eq!(answer(&mut slow[0]).0, 408);
}
