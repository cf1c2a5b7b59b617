//! Servers that take, refuse, hang and ask for patience.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};

use super::*;
use crate::roles::fixtures::{self, record};

const DEADLINE: Duration = Duration::from_secs(60);

/// A request as it came.
struct Seen {
    connection: usize,
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    }
}

/// A server that gives these answers, one to each request, and none after the last.
struct Server {
    url: String,
    seen: Receiver<Seen>,
}

impl Server {
    fn start(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook?a=b", listener.local_addr().unwrap());
        let mut answers: Vec<String> = answers.iter().rev().map(|text| (*text).into()).collect();
        let (sender, seen) = sync_channel(100);
        std::thread::spawn(move || {
            for connection in 0.. {
                let Ok((mut stream, _)) = listener.accept() else { return };
                while let Some(request) = read_request(&mut stream, connection) {
                    let _ = sender.send(request);
                    let Some(answer) = answers.pop() else {
                        std::thread::sleep(DEADLINE);
                        return;
                    };
                    stream.write_all(answer.as_bytes()).unwrap();
                }
            }
        });
        Self { url, seen }
    }

    fn next(&self) -> Seen {
        self.seen.recv_timeout(DEADLINE).unwrap()
    }
}

fn read_request(stream: &mut TcpStream, connection: usize) -> Option<Seen> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut seen = Seen { connection, line, headers, body: Vec::new() };
    seen.body.resize(seen.header("content-length").parse().ok()?, 0);
    reader.read_exact(&mut seen.body).ok()?;
    Some(seen)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

fn build(settings: &str) -> Result<Box<dyn Consumer>> {
    fixtures::build(&KIND, settings)
}

fn to(url: &str) -> Box<dyn Consumer> {
    build(&format!("url = \"{url}\"")).unwrap()
}

fn deliver(consumer: &mut Box<dyn Consumer>, records: &[Record]) -> Delivered {
    consumer.deliver(records, &Ending::default())
}

/// What Python makes of a signature; it knows nothing of ours.
fn python_signature(secret: &str, request: &Seen) -> Option<String> {
    let script = "import sys, hmac, hashlib, base64\n\
        secret, head = sys.argv[1:]\n\
        key = base64.b64decode(secret[len('whsec_'):])\n\
        text = head.encode() + sys.stdin.buffer.read()\n\
        print('v1,' + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode())";
    let head = format!("{}.{}.", request.header("webhook-id"), request.header("webhook-timestamp"));
    let mut python = Command::new("python3")
        .args(["-c", script, secret, &head])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    python.stdin.take()?.write_all(&request.body).ok()?;
    let output = python.wait_with_output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

#[test]
fn messages_are_posted_as_they_are_and_signed() {
    let secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2Vjb25kIHNlY3JldA=="];
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), secrets.join("\n")).unwrap();
    let done = answer("200 OK", "", "thanks");
    let server = Server::start(&[&done, &done, &answer("204 No Content", "", "")]);
    let settings = format!("url = \"{}\"\nsecret_file = {:?}", server.url, file.path());
    let mut consumer = build(&settings).unwrap();
    let batch = [
        record(7, "{ \"msg_id\" :\t\"2026-1\", \"n\": 1E3, \"\u{e9}\": 1 }\n"),
        record(8, r#"{"msg_id": "a\r\nevil: 1"}"#),
        record(9, r#"{"msg": {}}"#),
    ];
    assert_eq!(deliver(&mut consumer, &batch), Delivered::all(&batch));
    for (record, id) in batch.iter().zip(["2026-1", "8", "9"]) {
        let seen = server.next();
        assert_eq!(seen.line, "POST /hook?a=b HTTP/1.1\r\n");
        assert_eq!(seen.body, record.message.body());
        assert_eq!(seen.header("content-type"), "application/json");
        assert_eq!(seen.header("webhook-id"), id);
        assert_eq!(seen.connection, 0, "the connection is kept");
        let sent: i64 = seen.header("webhook-timestamp").parse().unwrap();
        assert!((journal::now() / 1_000_000 - sent).abs() < 60);
        let expected: Option<Vec<_>> =
            secrets.iter().map(|secret| python_signature(secret, &seen)).collect();
        let expected = expected.expect("python3 is here").join(" ");
        assert_eq!(seen.header("webhook-signature"), expected);
    }
}

#[test]
fn the_example_of_the_specification() {
    let secret = openssl::base64::decode_block("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", br#"{"test": 2432232314}"#);
    let signature = sign(&secret, id, "1614265330", body).unwrap();
    assert_eq!(signature, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn answers_say_what_becomes_of_a_message() {
    enum Outcome {
        Message,
        Away(Option<u64>),
        Gone,
    }
    use Outcome::{Away, Gone, Message};
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(7200));
    let past = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (status, retry_after, expected) in [
        ("400 Bad Request", "", Message),
        ("404 Not Found", "5", Message),
        ("500 Internal Server Error", "", Message),
        ("410 Gone", "", Gone),
        ("408 Request Timeout", "", Away(None)),
        ("425 Too Early", "", Away(None)),
        ("429 Too Many Requests", "17", Away(Some(17))),
        ("503 Service Unavailable", date.as_str(), Away(Some(3600))),
        ("503 Service Unavailable", "99999999999", Away(Some(3600))),
        ("503 Service Unavailable", past, Away(Some(0))),
        ("502 Bad Gateway", "soon", Away(None)),
        ("504 Gateway Timeout", "-1", Away(None)),
        ("307 Temporary Redirect", "", Away(None)),
    ] {
        let mut headers = "location: http://127.0.0.1:1/elsewhere\r\n".to_owned();
        if !retry_after.is_empty() {
            headers += &format!("retry-after: {retry_after}\r\n");
        }
        let server = Server::start(&[&answer(status, &headers, "no \x1b[2J\nmore")]);
        let outcome = deliver(&mut to(&server.url), &[record(1, "{}")]);
        assert_eq!(outcome.done, 0);
        let why = match (outcome.failure, expected) {
            (Some(Failure::Message(why)), Message) | (Some(Failure::Gone(why)), Gone) => why,
            (Some(Failure::Unavailable { why, retry_after }), Away(seconds)) => {
                assert_eq!(retry_after, seconds.map(Duration::from_secs), "{status}");
                why
            }
            (other, _) => panic!("{status}: {other:?}"),
        };
        assert_eq!(why, format!("the answer is {status}: no \\u{{1b}}[2J"));
    }
}

#[test]
fn who_does_not_answer_is_away() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let hangs = Server::start(&[]);
    let rude = Server::start(&["SSH-2.0\r\n"]);
    let plain = Server::start(&[]);
    for url in [
        format!("http://{nobody}/"),
        hangs.url.clone(),
        rude.url.clone(),
        // No TLS there, so there is no certificate.
        plain.url.replace("http:", "https:"),
    ] {
        let mut consumer = build(&format!("url = \"{url}\"\ntimeout = 0.3")).unwrap();
        let failure = deliver(&mut consumer, &[record(1, "{}")]).failure;
        assert!(matches!(failure, Some(Failure::Unavailable { .. })), "{url}: {failure:?}");
    }
}

#[test]
fn the_end_does_not_wait_for_an_answer() {
    let server = Server::start(&[&answer("200 OK", "", "")]);
    let mut consumer = to(&server.url);
    let ending = Ending::default();
    let end = ending.clone();
    let asking = std::thread::spawn(move || {
        server.next();
        server.next();
        end.ask();
    });
    let begin = Instant::now();
    let delivered = consumer.deliver(&[record(1, "1"), record(2, "2"), record(3, "3")], &ending);
    assert_eq!(delivered, Delivered { done: 1, failure: None });
    assert!(begin.elapsed() < Duration::from_secs(25), "the request may take 30 s");
    asking.join().unwrap();
}

#[test]
fn what_is_wrong_in_the_settings_is_said_at_the_start() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for url in ["", "ftp://example.org/", "example.org/hook", "http://"] {
        let error = build(&format!("url = {url:?}")).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Config, "{url}");
    }
    assert_eq!(build("").err().unwrap().kind(), ErrorKind::Config);
    for secret in ["", "whsec_", "secret", "whsec_!!", "whsec_YWJj\nsecret"] {
        std::fs::write(file.path(), secret).unwrap();
        let settings = format!("url = \"http://127.0.0.1:1/\"\nsecret_file = {:?}", file.path());
        assert_eq!(build(&settings).err().unwrap().kind(), ErrorKind::Config, "{secret}");
    }
}
