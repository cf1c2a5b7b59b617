//! What people type: tail here, logger and announce in [`publishing`].

mod publishing;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use zmq::Socket;

use crate::harness::{
    DEADLINE, Finished, Process, Site, free_endpoint, host, run, skipped, wait_until,
};
use crate::relay::{publisher, receive, start_relay, subscriber};

/// A bound publisher and where it is.
pub(crate) fn bound_publisher() -> (Socket, String) {
    let publisher = publisher();
    publisher.bind("tcp://127.0.0.1:*").unwrap();
    let endpoint = publisher.get_last_endpoint().unwrap().unwrap();
    (publisher, endpoint)
}

/// Takes a subscription: from then on what is sent arrives.
pub(crate) fn wait_for_subscription(publisher: &Socket) {
    assert_eq!(publisher.recv_bytes(0).unwrap()[0], 1, "a subscription");
}

/// A message as publishers write it, without a signature.
fn envelope(topic: &str, msg: &Value) -> String {
    json!({
        "certificate": "Zm9v", "i": 1, "msg": msg, "msg_id": "2026-1", "signature": "Zm9v",
        "timestamp": 1_700_000_000, "topic": topic, "username": "alice",
    })
    .to_string()
}

/// Runs a tail that ends after `count` messages, and sends it these bodies.
fn tail(arguments: &[&str], count: usize, messages: &[(&str, String)]) -> Finished {
    let site = Site::new(json!({}));
    let (publisher, endpoint) = bound_publisher();
    let count = count.to_string();
    let fixed = ["tail", "--no-validate", "--endpoint", &endpoint, "--count", &count];
    let tail = Process::spawn("tail", site.fedhub(&fixed).args(arguments));
    wait_for_subscription(&publisher);
    for (topic, body) in messages {
        publisher.send_multipart([topic.as_bytes(), body.as_bytes()], 0).unwrap();
    }
    tail.finish()
}

/// The topics that a tail with these arguments shows.
#[track_caller]
fn shown(arguments: &[&str], expected: &[&str]) {
    let topics =
        ["a.dev.git.receive", "a.dev.git.push", "b.dev.git.push", "a.dev._heartbeat", "a.dev.wiki"];
    let messages = topics.map(|topic| (topic, envelope(topic, &json!({}))));
    let format = ["-o", "template={{topic}}"];
    let finished = tail(&[arguments, &format].concat(), expected.len(), &messages).expect(0);
    assert_eq!(finished.stdout, expected, "{arguments:?}");
}

#[test]
fn tail_shows_what_was_asked_for() {
    shown(&[], &["a.dev.git.receive", "a.dev.git.push", "b.dev.git.push", "a.dev.wiki"]);
    shown(&["a.dev.git."], &["a.dev.git.receive", "a.dev.git.push"]);
    shown(&["*.dev.git.push"], &["a.dev.git.push", "b.dev.git.push"]);
    shown(&["--include", "push$|wiki"], &["a.dev.git.push", "b.dev.git.push", "a.dev.wiki"]);
    shown(&["a.dev", "--exclude", "git"], &["a.dev._heartbeat", "a.dev.wiki"]);
    shown(&["--include", "git", "--exclude", "receive"], &["a.dev.git.push", "b.dev.git.push"]);
}

#[test]
fn several_topics_are_a_union() {
    let site = Site::new(json!({}));
    let (publisher, endpoint) = bound_publisher();
    let arguments = ["tail", "--no-validate", "--endpoint", &endpoint, "a.", "c.", "--count", "2"];
    let tail = Process::spawn("tail", &mut site.fedhub(&arguments));
    wait_for_subscription(&publisher);
    wait_for_subscription(&publisher);
    for topic in ["a.x", "b.x", "c.x"] {
        publisher.send_multipart([topic.as_bytes(), b"{}"], 0).unwrap();
    }
    let finished = tail.finish().expect(0);
    assert!(finished.stderr.last().unwrap().starts_with("seen 2, shown 2,"), "{finished:#?}");
}

#[test]
fn each_format_shows_the_same_message() {
    let body = "{ \"msg\" : {\"n\": 1.50, \"text\": \"żółw\\u001b[31m\"},\n \"topic\": \"a.dev.x\", \
                \"username\": \"alice\", \"timestamp\": 1700000000 }";
    let one_line = body.replace('\n', " ");
    let lines =
        |arguments: &[&str]| tail(arguments, 1, &[("a.dev.x", body.to_owned())]).expect(0).stdout;
    // Piped, as here, it is NDJSON; the bytes are those that came.
    for arguments in [&[][..], &["-o", "ndjson"], &["-o", "raw"]] {
        assert_eq!(lines(arguments), [one_line.as_str()], "{arguments:?}");
    }
    let json: Value = serde_json::from_str(&lines(&["-o", "json"]).join("\n")).unwrap();
    let yaml = lines(&["-o", "yaml"]);
    assert_eq!(yaml[0], "---");
    let yaml: Value = serde_yaml_ng::from_str(&yaml.join("\n")).unwrap();
    assert_eq!(json, serde_json::from_str::<Value>(body).unwrap());
    assert_eq!(yaml, json);
    let human = lines(&["-o", "human"]);
    assert_eq!(human.len(), 1);
    for part in ["a.dev.x", "alice", "żółw\\u001b[31m"] {
        assert!(human[0].contains(part), "no {part} in {human:?}");
    }
    let template = "template={{topic}} by {{username}}: {{msg.text}}{{missing}}";
    assert_eq!(lines(&["-o", template]), ["a.dev.x by alice: żółw\\u{1b}[31m"]);
}

#[test]
fn a_raw_tail_shows_what_is_no_json() {
    let finished = tail(&["-o", "raw"], 1, &[("a", "not json".into())]).expect(0);
    assert_eq!(finished.stdout, ["not json"]);
}

#[test]
fn a_query_prints_the_value_and_skips_messages_without_it() {
    let bodies = [
        json!({"commit": {"repo": "kernel"}}),
        json!({}),
        json!({"commit": {"repo": ["a", 1.5]}}),
        json!({"commit": {"repo": "two\nlines\u{1b}"}}),
        json!({"commit": {"repo": null}}),
    ];
    let messages = bodies.map(|msg| ("a", envelope("a", &msg)));
    let finished = tail(&["--query", "msg.commit.repo"], 4, &messages).expect(0);
    assert_eq!(finished.stdout, ["kernel", "[\"a\",1.5]", "two\\nlines\\u{1b}", "null"]);
}

#[test]
fn pretty_is_indented_and_without_credentials() {
    let message = [("a", envelope("a", &json!({"name": "żółw\u{1b}"})))];
    let finished = tail(&["--pretty"], 1, &message).expect(0);
    let text = finished.stdout.join("\n");
    assert!(finished.stdout.len() > 3 && text.contains("żółw"), "{text}");
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value.get("msg"), Some(&json!({"name": "żółw\u{1b}"})));
    assert_eq!((value.get("signature"), value.get("certificate")), (None, None));

    let colored = tail(&["--really-pretty"], 1, &message).expect(0).stdout.join("\n");
    assert!(colored.contains("\u{1b}[32m"), "{colored}");
    assert!(!colored.contains("\"signature\""), "{colored}");
}

#[test]
fn a_timeout_that_ends_before_the_count_is_a_no() {
    let site = Site::new(json!({}));
    let (_publisher, endpoint) = bound_publisher();
    let tail = |arguments: &[&str]| {
        let begin = Instant::now();
        let fixed = ["tail", "--no-validate", "--endpoint", &endpoint, "--timeout", "0.3"];
        let finished = run(site.fedhub(&fixed).args(arguments));
        assert!(begin.elapsed() >= Duration::from_millis(300));
        assert_eq!(finished.stderr.last().unwrap(), "seen 0, shown 0, invalid 0, malformed 0");
        finished.code
    };
    assert_eq!(tail(&["--count", "1"]), Some(1));
    assert_eq!(tail(&[]), Some(0));
}

#[test]
fn a_signal_is_the_ordinary_end_of_watching() {
    let site = Site::new(json!({}));
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let (publisher, endpoint) = bound_publisher();
        let mut command = site.fedhub(&["tail", "--no-validate", "--endpoint", &endpoint]);
        let tail = Process::spawn("tail", &mut command);
        wait_for_subscription(&publisher);
        publisher.send_multipart([&b"a"[..], b"{\"n\":1}"], 0).unwrap();
        publisher.send_multipart([&b"a"[..], b"nothing"], 0).unwrap();
        publisher.send_multipart([&b"a"[..], b"{\"n\":2}"], 0).unwrap();
        tail.wait_for_line("{\"n\":2}");
        tail.signal(signal);
        let finished = tail.finish().expect(0);
        let last = finished.stderr.last().unwrap();
        assert_eq!(last, "seen 3, shown 2, invalid 0, malformed 1");
    }
}

#[test]
fn a_second_signal_ends_a_tail_whose_reader_stands_still() {
    let site = Site::new(json!({}));
    let (publisher, endpoint) = bound_publisher();
    let mut command = site.fedhub(&["tail", "--no-validate", "-o", "raw", "--endpoint", &endpoint]);
    // Nobody reads this pipe.
    let mut tail = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    wait_for_subscription(&publisher);
    let pid = Pid::from_raw(tail.id().cast_signed());
    let body = [b'x'; 100_000];
    for _ in 0..50 {
        publisher.send_multipart([&b"a"[..], &body], 0).unwrap();
    }
    wait_until("the tail waits for its reader", || {
        let waits = std::fs::read_to_string(format!("/proc/{pid}/wchan")).unwrap_or_default();
        let stack = std::fs::read_to_string(format!("/proc/{pid}/syscall")).unwrap_or_default();
        // System call 1 is write.
        waits.contains("pipe") || stack.starts_with("1 ")
    });
    kill(pid, Signal::SIGINT).unwrap();
    let begin = Instant::now();
    let mut ended = false;
    while !ended && begin.elapsed() < Duration::from_secs(10) {
        // The second, third… as often as an impatient user presses it.
        let _ = kill(pid, Signal::SIGINT);
        ended = tail.try_wait().unwrap().is_some();
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = tail.kill();
    let _ = tail.wait();
    assert!(ended, "only SIGKILL ends it");
}

#[test]
fn a_reader_that_leaves_ends_it_quietly() {
    let site = Site::new(json!({}));
    let (publisher, endpoint) = bound_publisher();
    let mut shell = Command::new("bash");
    let fedhub = site.fedhub(&["tail", "--no-validate", "--endpoint", &endpoint]);
    shell.args(["-c", "\"$@\" | head -1; exit ${PIPESTATUS[0]}", "bash"]);
    shell.arg(fedhub.get_program()).args(fedhub.get_args()).env("HOME", site.path("."));
    let mut pipeline = Process::spawn("tail | head -1", &mut shell);
    wait_for_subscription(&publisher);
    // No further message is needed for that.
    publisher.send_multipart([&b"a"[..], b"{}"], 0).unwrap();
    wait_until("the pipeline has ended", || !pipeline.is_running());
    let finished = pipeline.finish().expect(0);
    assert_eq!(finished.stdout, ["{}"]);
    assert_eq!(finished.stderr.len(), 1, "{finished:#?}");
}

#[test]
fn an_unusable_option_is_a_wrong_command_line() {
    let site = Site::new(json!({}));
    for wrong in [
        &["--include", "("][..],
        &["-o", "xml"],
        &["-o", "template={{"],
        &["--timeout", "soon"],
        &["--timeout", "-1"],
        &["--count", "-1"],
        &["--pretty", "-o", "raw"],
    ] {
        let finished = run(site.fedhub(&["tail"]).args(wrong));
        assert_eq!(finished.code, Some(2), "{wrong:?}: {finished:#?}");
    }
    for endpoint in ["127.0.0.1:4001", "tcp://h", "tcp://h:port", "udp://h:1", ""] {
        for program in [&["tail", "--no-validate", "--timeout", "0.1"][..], &["gateway"]] {
            let finished = run(site.fedhub(program).args(["--endpoint", endpoint]));
            let log = finished.stderr.join("\n");
            let wrong = matches!(finished.code, Some(2 | 78));
            assert!(wrong && log.contains("tcp://HOST:PORT"), "{program:?} {endpoint}: {log}");
        }
    }
}

#[test]
fn without_a_ca_validation_says_why_nothing_is_valid() {
    let site = Site::new(json!({}));
    let (publisher, endpoint) = bound_publisher();
    let mut command = site.fedhub(&["tail", "--validate", "--endpoint", &endpoint]);
    let tail = Process::spawn("tail", &mut command);
    let line = tail.wait_for_line("ca-unavailable");
    assert!(line.contains("pki/ca.crt"), "{line}");
    wait_for_subscription(&publisher);
    publisher.send_multipart([&b"a"[..], envelope("a", &json!({})).as_bytes()], 0).unwrap();
    tail.wait_for_line("invalid message: ca-unavailable");
    let finished = tail.stop().expect(0);
    assert_eq!(finished.stderr.last().unwrap(), "seen 1, shown 0, invalid 1, malformed 0");
}

#[test]
fn one_endpoint_that_is_not_there_leaves_the_others() {
    let site = Site::new(json!({ "zmq_reconnect_ivl": 10, "zmq_reconnect_ivl_max": 10 }));
    let (publisher, endpoint) = bound_publisher();
    let bad = "tcp://no-such-host.invalid:4001";
    let arguments = ["tail", "--no-validate", "--endpoint", bad, "--endpoint", &endpoint];
    let tail = Process::spawn("tail", &mut site.fedhub(&arguments));
    wait_for_subscription(&publisher);
    publisher.send_multipart([&b"a"[..], b"{\"n\":1}"], 0).unwrap();
    tail.wait_for_line("{\"n\":1}");
    tail.wait_for_line(bad);
    let log = tail.stop().expect(0).stderr;
    assert_eq!(log.iter().filter(|line| line.contains(bad)).count(), 1, "{log:#?}");
}

/// Runs fedhub on a terminal; None where there is no program to make one.
fn on_a_terminal(site: &Site, arguments: &[&str], environment: &[(&str, &str)]) -> Option<Process> {
    let fedhub = site.fedhub(arguments);
    let mut words = vec![fedhub.get_program().to_str().unwrap().to_owned()];
    words.extend(fedhub.get_args().map(|word| format!("'{}'", word.to_str().unwrap())));
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &words.join(" "), "/dev/null"]);
    script.env("HOME", site.path(".")).env("TERM", "xterm").env_remove("NO_COLOR");
    script.envs(environment.iter().copied()).current_dir(site.path("."));
    let exists = Command::new("script").arg("--version").stdout(Stdio::null()).status().is_ok();
    if !exists {
        skipped("tail on a terminal; that needs script of util-linux");
        return None;
    }
    Some(Process::spawn("tail on a terminal", &mut script))
}

#[test]
fn on_a_terminal_lines_are_coloured_and_nothing_from_the_bus_is_obeyed() {
    let hostile = "\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\r\n";
    let body = envelope("a\u{1b}[2J", &json!({ "text": hostile }));
    for (arguments, environment, colored) in [
        (&["-o", "human"][..], &[][..], true),
        (&[], &[], true),
        (&[], &[("NO_COLOR", "1")], false),
        (&["--color", "never"], &[], false),
        (&["-o", "ndjson"], &[], false),
        (&["-o", "raw"], &[], false),
        (&["-o", "yaml"], &[], false),
        (&["-o", "json"], &[], true),
        (&["--pretty"], &[], false),
        (&["--really-pretty"], &[], true),
        (&["-o", "template={{msg.text}}"], &[], false),
        (&["--query", "msg.text"], &[], false),
        (&["--terse"], &[], true),
        (&["--jq", ".msg.text, .topic"], &[], false),
        (&["--jq", ".", "-o", "ndjson"], &[], false),
    ] {
        let site = Site::new(json!({}));
        let (publisher, endpoint) = bound_publisher();
        let fixed = ["tail", "--no-validate", "--endpoint", &endpoint, "--count", "1"];
        let all = [&fixed, arguments].concat();
        let Some(tail) = on_a_terminal(&site, &all, environment) else { return };
        wait_for_subscription(&publisher);
        publisher.send_multipart(["a\u{1b}[2J".as_bytes(), body.as_bytes()], 0).unwrap();
        let text = tail.finish().expect(0).stdout.join("\n");
        assert_eq!(text.contains('\u{1b}'), colored, "{arguments:?} {environment:?} {text:?}");
        for sequence in ["\u{1b}[2J", "\u{1b}]", "\u{7}", "\u{9b}", "\u{202e}"] {
            assert!(!text.contains(sequence), "{arguments:?}: {sequence:?} in {text:?}");
        }
        if arguments.is_empty() {
            let first = text.lines().next().unwrap();
            assert!(!first.contains('{') || first.contains("a\\u{1b}[2J"), "for people: {first:?}");
        }
    }
}
