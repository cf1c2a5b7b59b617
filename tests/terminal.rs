//! What people type: tail, logger, announce, and the programs' old names.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use zmq::Socket;

use crate::harness::{
    Finished, Process, Site, free_endpoint, host, run, skipped, wait_until,
};
use crate::relay::{publisher, receive, start_relay, subscriber};

/// A bound publisher and where it is.
fn bound_publisher() -> (Socket, String) {
    let publisher = publisher();
    publisher.bind("tcp://127.0.0.1:*").unwrap();
    let endpoint = publisher.get_last_endpoint().unwrap().unwrap();
    (publisher, endpoint)
}

/// Takes a subscription: from then on what is sent arrives.
fn wait_for_subscription(publisher: &Socket) {
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
    let lines = |arguments: &[&str]| {
        tail(arguments, 1, &[("a.dev.x", body.to_owned())]).expect(0).stdout
    };
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
        assert_eq!(
            finished.stderr.last().unwrap(),
            "seen 0, shown 0, invalid 0, malformed 0"
        );
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
    wait_until("the pipeline has ended", || {
        publisher.send_multipart([&b"a"[..], b"{}"], 0).unwrap();
        !pipeline.is_running()
    });
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

/// A site whose logger signs, with its relay.
fn signing_site() -> Site {
    let mut site = Site::new(json!({
        "sign_messages": true,
        "certnames": { format!("shell.{}", host()): "shell" },
    }));
    site.issue("pki", &["shell"]);
    site.set(json!({ "relay_inbound": [free_endpoint()], "publish_timeout": 30.0 }));
    site
}

/// A subscriber where publishers of this site send to.
fn instead_of_relay(site: &Site) -> Socket {
    let inbound = subscriber();
    inbound.bind(site.setting("/relay_inbound/0")).unwrap();
    inbound
}

fn unsigned_site() -> Site {
    Site::new(json!({ "relay_inbound": [free_endpoint()], "publish_timeout": 30.0 }))
}

fn next_body(subscriber: &Socket) -> Value {
    serde_json::from_slice(&receive(subscriber)[1]).unwrap()
}

fn logger(site: &Site, arguments: &[&str], input: &str) -> Finished {
    let mut command = site.fedhub(&["logger"]);
    Process::spawn_with_input("logger", command.args(arguments), input.as_bytes()).finish()
}

#[test]
fn tail_into_verify() {
    let site = signing_site();
    let (_relay, outbound) = {
        let inbound = site.setting("/relay_inbound/0").to_owned();
        let (relay, _, outbound) = start_relay(&site, &["--inbound", &inbound]);
        (relay, outbound)
    };
    let fedhub = site.fedhub(&[]);
    let mut shell = Command::new("bash");
    let script = "set -o pipefail; \"$@\" tail -o ndjson --count 3 --endpoint \"$ENDPOINT\" | \"$@\" verify";
    shell.args(["-c", script, "bash"]).arg(fedhub.get_program()).args(fedhub.get_args());
    shell.env("ENDPOINT", &outbound).env("HOME", site.path(".")).current_dir(site.path("."));
    let mut pipeline = Process::spawn("tail | verify", &mut shell);
    wait_until("the pipeline has ended", || {
        logger(&site, &["--message", "żółw \u{1b}"], "").expect(0);
        !pipeline.is_running()
    });
    let finished = pipeline.finish().expect(0);
    assert_eq!(finished.stdout.len(), 3);
    assert!(finished.stdout.iter().all(|line| line.contains("\"valid\":true")), "{finished:#?}");
}

#[test]
fn nobody_listening_is_try_again() {
    let site = Site::new(json!({ "relay_inbound": [free_endpoint()], "publish_timeout": 0.3 }));
    for command in [&["logger", "--message", "x"][..], &["announce", "--message", "x"]] {
        let begin = Instant::now();
        let finished = run(&mut site.fedhub(command)).expect(75);
        let log = finished.stderr.join("\n");
        assert!(log.contains(site.setting("/relay_inbound/0")), "where: {log}");
        assert!(log.contains("nothing was sent"), "{log}");
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    }
}

#[test]
fn two_hundred_loggers_in_a_row_all_arrive() {
    let site = unsigned_site();
    let inbound = site.setting("/relay_inbound/0").to_owned();
    let (relay, _, outbound) = start_relay(&site, &["--inbound", &inbound]);
    let relay_side = subscriber();
    relay_side.connect(&outbound).unwrap();
    wait_until("the subscriber is connected", || {
        logger(&site, &["--message", "greeting"], "").expect(0);
        relay_side.poll(zmq::POLLIN, 20).unwrap() > 0
    });
    for number in 0..200 {
        logger(&site, &["--message", &number.to_string()], "").expect(0);
    }
    let bodies = std::iter::repeat_with(|| next_body(&relay_side));
    let bodies = bodies.map(|body| body["msg"]["log"].as_str().unwrap().to_owned());
    let numbers: Vec<String> = bodies.filter(|text| text != "greeting").take(200).collect();
    assert_eq!(numbers, (0..200).map(|number| number.to_string()).collect::<Vec<_>>());
    relay.stop().expect(0);
}

#[test]
fn signing_without_a_usable_key_is_a_wrong_configuration() {
    let shell = format!("shell.{}", host());
    let mut site = Site::new(json!({ "sign_messages": true }));
    let refused = |site: &Site, word: &str| {
        let log = logger(site, &["--message", "x"], "").expect(78).stderr.join("\n");
        assert!(log.contains(word), "no {word} in {log}");
    };
    refused(&site, &shell);
    site.set(json!({ "certnames": { shell: "shell" } }));
    refused(&site, "shell.key");
    std::fs::create_dir_all(site.path("pki")).unwrap();
    std::fs::write(site.path("pki/shell.key"), "not a key").unwrap();
    refused(&site, "shell.key");
    site.issue("other", &["shell"]);
    std::fs::copy(site.path("other/shell.key"), site.path("pki/shell.key")).unwrap();
    refused(&site, "shell.crt");
}

#[test]
fn unsigned_messages_go_out_with_one_warning() {
    let site = unsigned_site();
    let inbound = instead_of_relay(&site);
    let finished = logger(&site, &[], "one\n  two  \nthrée").expect(0);
    let warnings = finished.stderr.iter().filter(|line| line.contains("unsigned")).count();
    assert_eq!((warnings, finished.stderr.len()), (1, 1), "{finished:#?}");
    for (number, text) in ["one", "two", "thrée"].into_iter().enumerate() {
        let body = next_body(&inbound);
        assert_eq!(body["msg"], json!({ "log": text }));
        assert_eq!(body["i"], json!(number + 1));
        assert_eq!(body["topic"], "org.fedoraproject.dev.logger.log");
        assert_eq!(body.get("signature"), None);
    }
}

#[test]
fn json_is_one_document_or_one_on_each_line() {
    let site = unsigned_site();
    let inbound = instead_of_relay(&site);
    let topic = ["--json-input", "--modname", "git", "--topic", "receive"];
    for (input, documents) in [
        ("{\"a\":\n 1.0}\n", vec![json!({"a": 1.0})]),
        ("{\"a\": 1}\n\n{\"b\": [null]}\n", vec![json!({"a": 1}), json!({"b": [null]})]),
    ] {
        logger(&site, &topic, input).expect(0);
        for document in documents {
            let body = next_body(&inbound);
            assert_eq!(body["msg"], document);
            assert_eq!(body["topic"], "org.fedoraproject.dev.git.receive");
        }
    }
    logger(&site, &["--json-input", "--message", "{\"c\": 1}"], "").expect(0);
    assert_eq!(next_body(&inbound)["msg"], json!({"c": 1}));
}

#[test]
fn bad_json_is_named_by_line_and_column_and_nothing_is_sent() {
    let site = unsigned_site();
    let inbound = instead_of_relay(&site);
    for (input, place) in [
        ("{\"a\": 1}\n{]\n", "line 2 column 2"),
        ("{\"a\": 1}\n{\"b\": 1}\n{\"c\": 01}\n", "line 3 column 8"),
        ("{\n \"a\": x\n}\n", "line 2 column 7"),
        ("", "line 1 column 1"),
        ("{\"a\": 1} {\"b\": 2}\n", "line 1 column 10"),
    ] {
        let finished = logger(&site, &["--json-input"], input).expect(65);
        let log = finished.stderr.join("\n");
        assert!(log.contains(place) && log.contains("nothing was sent"), "{place}: {log}");
    }
    logger(&site, &["--message", "the first to arrive"], "").expect(0);
    assert_eq!(next_body(&inbound)["msg"]["log"], "the first to arrive");
}

#[test]
fn a_message_too_large_for_the_bus_is_refused_and_not_lost() {
    let site = Site::new(json!({
        "relay_inbound": [free_endpoint()], "publish_timeout": 30.0, "max_message_size": 10_000,
    }));
    let _inbound = instead_of_relay(&site);
    let finished = logger(&site, &["--message", &"x".repeat(20_000)], "");
    let finished = finished.expect(65);
    assert!(finished.stderr.join("\n").contains("max_message_size"), "{finished:#?}");
}

#[test]
fn a_name_binds_its_first_free_endpoint() {
    let endpoints = [free_endpoint(), free_endpoint()];
    let site = Site::new(json!({
        "endpoints": { "app.here": endpoints }, "publish_timeout": 30.0,
    }));
    let name = ["logger", "--name", "app.here"];
    let mut spawned = Vec::new();
    for endpoint in &endpoints {
        let inbound = subscriber();
        inbound.connect(endpoint).unwrap();
        // It lives as long as its input is open.
        let mut command = site.fedhub(&name);
        let (reader, writer) = std::io::pipe().unwrap();
        let mut child =
            command.stdin(reader).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        drop(command);
        std::io::Write::write_all(&mut &writer, b"hello\n").unwrap();
        let body = next_body(&inbound);
        assert!(child.try_wait().unwrap().is_none(), "it waits for more input");
        assert_eq!(body["msg"]["log"], "hello", "{endpoint}");
        spawned.push((child, writer));
    }
    let third = logger(&site, &["--name", "app.here", "--message", "x"], "").expect(69);
    let log = third.stderr.join("\n");
    assert!(endpoints.iter().all(|endpoint| log.contains(endpoint.rsplit(':').next().unwrap())));
    for (mut child, writer) in spawned {
        drop(writer);
        assert!(child.wait().unwrap().success());
    }
    let log = logger(&site, &["--name", "app.nowhere", "--message", "x"], "").expect(78).stderr;
    assert!(log.join("\n").contains("app.nowhere"), "{log:#?}");
}

#[test]
fn every_relay_that_is_there_gets_each_message() {
    let endpoints = [free_endpoint(), free_endpoint(), free_endpoint()];
    let site = Site::new(json!({ "relay_inbound": endpoints, "publish_timeout": 30.0 }));
    // Nobody is at the third.
    let relays = [&endpoints[0], &endpoints[1]].map(|endpoint| {
        let relay = subscriber();
        relay.bind(endpoint).unwrap();
        relay
    });
    for number in 0..10 {
        logger(&site, &["--message", &number.to_string()], "").expect(0);
        for relay in &relays {
            assert_eq!(next_body(relay)["msg"]["log"], number.to_string());
        }
    }
}

#[test]
fn a_lone_surrogate_and_the_old_bytes_survive_signing() {
    let site = signing_site();
    let inbound = instead_of_relay(&site);
    let odd = r#"{"z": 1E400, "a": "\ud800", "n": 123456789012345678901234567890, "a": "\u007f"}"#;
    logger(&site, &["--json-input"], odd).expect(0);
    let body = receive(&inbound).remove(1);
    let mut verify = site.fedhub(&["verify"]);
    Process::spawn_with_input("verify", &mut verify, &body).finish().expect(0);
}

#[test]
fn announcements_have_a_text_and_a_link() {
    let site = unsigned_site();
    let inbound = instead_of_relay(&site);
    let link = "https://example.org/outage";
    let announce = |arguments: &[&str], input: &str| {
        let mut command = site.fedhub(&["announce"]);
        Process::spawn_with_input("announce", command.args(arguments), input.as_bytes()).finish()
    };
    announce(&["--link", link], "The wiki\nis down.\n").expect(0);
    let body = next_body(&inbound);
    assert_eq!(body["msg"], json!({ "message": "The wiki\nis down.", "link": link }));
    assert_eq!(body["topic"], "org.fedoraproject.dev.announce.announcement");
    announce(&["--message", "x"], "").expect(0);
    assert_eq!(next_body(&inbound)["msg"], json!({ "message": "x", "link": null }));
    announce(&[], "").expect(65);
}

/// The binary under an old name.
fn renamed(site: &Site, name: &str, arguments: &[&str]) -> Command {
    let link: PathBuf = site.path(name);
    if !link.exists() {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_fedhub"), &link).unwrap();
    }
    // A site's command, with its surroundings but another program.
    let isolated = site.fedhub(&[]);
    let mut command = Command::new(link);
    for (variable, value) in isolated.get_envs() {
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        };
    }
    command.current_dir(site.path("."));
    command.arg("--config-filename").arg(site.fedmsg_d()).args(arguments);
    command
}

#[test]
fn the_old_program_names_take_the_old_options() {
    let site = unsigned_site();
    let inbound = instead_of_relay(&site);
    let logger = [
        "--message", "old", "--modname", "git", "--topic", "x", "--cert-prefix", "shell",
        "--topic-prefix", "org.old", "--environment", "stg", "--io-threads", "1",
        "--post-init-sleep", "0.5", "--high-water-mark", "0", "--linger", "2000",
    ];
    run(&mut renamed(&site, "fedmsg-logger", &logger)).expect(0);
    let body = next_body(&inbound);
    assert_eq!((&body["msg"], &body["topic"]), (&json!({"log": "old"}), &json!("org.old.stg.git.x")));
    let announce = ["--message", "old", "--link", "https://example.org"];
    run(&mut renamed(&site, "fedmsg-announce", &announce)).expect(0);
    assert_eq!(next_body(&inbound)["msg"]["link"], "https://example.org");

    let (publisher, endpoint) = bound_publisher();
    let mut site = site;
    site.set(json!({ "endpoints": { "old.host": [endpoint] } }));
    for (arguments, expected) in [
        (&["--topic", "a.", "--no-validate", "--query", "msg.n"][..], "1"),
        (&["--topic=a.", "--no-validate", "--pretty", "--include", "^a", "--exclude", "^b"], "{"),
        (&["--no-validate", "--really-pretty", "--terse"], "a.x"),
        (&["--no-validate", "--gource"], "a.x"),
        (&["--no-validate", "--users", "alice"], "a.x"),
        (&["--no-validate", "--packages", "kernel"], "a.x"),
    ] {
        let tail = Process::spawn("fedmsg-tail", &mut renamed(&site, "fedmsg-tail", arguments));
        wait_for_subscription(&publisher);
        let body = envelope("a.x", &json!({ "n": 1 }));
        publisher.send_multipart([&b"a.x"[..], body.as_bytes()], 0).unwrap();
        tail.wait_for("the message", |lines| {
            lines.stdout.iter().any(|line| line.contains(expected)).then_some(())
        });
        tail.stop().expect(0);
        // The subscription's end.
        assert_eq!(publisher.recv_bytes(0).unwrap()[0], 0);
    }
}
