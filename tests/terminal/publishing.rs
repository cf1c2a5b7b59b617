//! logger and announce, and the programs' old names.

use super::*;

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

/// What arrives where publishers of this site send to.
fn instead_of_relay(site: &Site) -> Inbox {
    bound_inbox(site.setting("/relay_inbound/0"))
}

/// The messages a subscriber gets.
struct Inbox(Receiver<Vec<Vec<u8>>>);

/// A bound subscriber. It subscribes only while somebody receives from it, so a thread does.
fn bound_inbox(endpoint: &str) -> Inbox {
    let subscriber = subscriber();
    subscriber.bind(endpoint).unwrap();
    subscriber.set_rcvtimeo(-1).unwrap();
    let (sender, receiver) = sync_channel(1000);
    std::thread::spawn(move || {
        while let Ok(frames) = subscriber.recv_multipart(0) {
            if sender.send(frames).is_err() {
                break;
            }
        }
    });
    Inbox(receiver)
}

impl Inbox {
    #[track_caller]
    fn next(&self) -> Vec<Vec<u8>> {
        self.0.recv_timeout(DEADLINE).expect("a message")
    }

    #[track_caller]
    fn next_body(&self) -> Value {
        serde_json::from_slice(&self.next()[1]).unwrap()
    }
}

fn unsigned_site() -> Site {
    Site::new(json!({ "relay_inbound": [free_endpoint()], "publish_timeout": 30.0 }))
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
    let script =
        "set -o pipefail; \"$@\" tail -o ndjson --count 3 --endpoint \"$ENDPOINT\" | \"$@\" verify";
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
    let texts = std::iter::repeat_with(|| {
        let body: Value = serde_json::from_slice(&receive(&relay_side)[1]).unwrap();
        body["msg"]["log"].as_str().unwrap().to_owned()
    });
    let numbers: Vec<String> = texts.filter(|text| text != "greeting").take(200).collect();
    assert_eq!(numbers, (0..200).map(|number| number.to_string()).collect::<Vec<_>>());
    relay.stop().expect(0);
}

#[test]
fn what_a_relay_did_not_take_does_not_count_as_sent() {
    let mut site = unsigned_site();
    site.set(json!({ "publish_timeout": 1.0 }));
    let inbound = site.setting("/relay_inbound/0").to_owned();
    let (relay, _, outbound) = start_relay(&site, &["--inbound", &inbound]);
    let shown = subscriber();
    shown.connect(&outbound).unwrap();
    wait_until("the subscriber is connected", || {
        logger(&site, &["--message", "greeting"], "").expect(0);
        shown.poll(zmq::POLLIN, 20).unwrap() > 0
    });
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = site.fedhub(&["logger"]);
    let mut child = command.stdin(reader).stderr(Stdio::null()).spawn().unwrap();
    drop(command);
    std::io::Write::write_all(&mut &writer, b"first\n").unwrap();
    while !String::from_utf8_lossy(&receive(&shown)[1]).contains("first") {}
    relay.signal(Signal::SIGSTOP);
    let line = format!("{}\n", "x".repeat(2000));
    // More than the sockets hold, less than the queue does. It may end before it has read all.
    let _ = std::io::Write::write_all(&mut &writer, line.repeat(9000).as_bytes());
    drop(writer);
    let mut status = None;
    wait_until("the logger has ended", || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    relay.signal(Signal::SIGCONT);
    relay.stop().expect(0);
    assert_eq!(status.unwrap().code(), Some(75));
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
        let body = inbound.next_body();
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
            let body = inbound.next_body();
            assert_eq!(body["msg"], document);
            assert_eq!(body["topic"], "org.fedoraproject.dev.git.receive");
        }
    }
    logger(&site, &["--json-input", "--message", "{\"c\": 1}"], "").expect(0);
    assert_eq!(inbound.next_body()["msg"], json!({"c": 1}));
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
    assert_eq!(inbound.next_body()["msg"]["log"], "the first to arrive");
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
        let body: Value = serde_json::from_slice(&receive(&inbound)[1]).unwrap();
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
    let relays = [&endpoints[0], &endpoints[1]].map(|endpoint| bound_inbox(endpoint));
    for number in 0..10 {
        logger(&site, &["--message", &number.to_string()], "").expect(0);
        for relay in &relays {
            assert_eq!(relay.next_body()["msg"]["log"], number.to_string());
        }
    }
}

#[test]
fn a_lone_surrogate_and_the_old_bytes_survive_signing() {
    let site = signing_site();
    let inbound = instead_of_relay(&site);
    let odd = r#"{"z": 1E400, "a": "\ud800", "n": 123456789012345678901234567890, "a": "\u007f"}"#;
    logger(&site, &["--json-input"], odd).expect(0);
    let body = inbound.next().remove(1);
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
    let body = inbound.next_body();
    assert_eq!(body["msg"], json!({ "message": "The wiki\nis down.", "link": link }));
    assert_eq!(body["topic"], "org.fedoraproject.dev.announce.announcement");
    announce(&["--message", "x"], "").expect(0);
    assert_eq!(inbound.next_body()["msg"], json!({ "message": "x", "link": null }));
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
        "--message",
        "old",
        "--modname",
        "git",
        "--topic",
        "x",
        "--cert-prefix",
        "shell",
        "--topic-prefix",
        "org.old",
        "--environment",
        "stg",
        "--io-threads",
        "1",
        "--post-init-sleep",
        "0.5",
        "--high-water-mark",
        "0",
        "--linger",
        "2000",
    ];
    run(&mut renamed(&site, "fedmsg-logger", &logger)).expect(0);
    let body = inbound.next_body();
    assert_eq!(
        (&body["msg"], &body["topic"]),
        (&json!({"log": "old"}), &json!("org.old.stg.git.x"))
    );
    let announce = ["--message", "old", "--link", "https://example.org"];
    run(&mut renamed(&site, "fedmsg-announce", &announce)).expect(0);
    assert_eq!(inbound.next_body()["msg"]["link"], "https://example.org");

    let (publisher, endpoint) = bound_publisher();
    let mut site = site;
    site.set(json!({ "endpoints": { "old.host": [endpoint] } }));
    for (arguments, expected) in [
        (&["--topic", "a.", "--no-validate", "--query", "msg.n"][..], "1"),
        (&["--topic=a.", "--no-validate", "--pretty", "--include", "^a", "--exclude", "^b"], "{"),
        (&["--no-validate", "--really-pretty"], "a.x"),
        (&["--no-validate", "--terse"], "a.x -- "),
        (&["--no-validate", "--users", "bob, carol", "--packages=bash,kernel"], "a.x"),
        // How long ZeroMQ may take for one operation, not when to end.
        (&["--no-validate", "--timeout", "0"], "a.x"),
    ] {
        let tail = Process::spawn("fedmsg-tail", &mut renamed(&site, "fedmsg-tail", arguments));
        wait_for_subscription(&publisher);
        let msg = json!({ "n": 1, "user": "carol", "package": "kernel" });
        let body = envelope("a.x", &msg);
        publisher.send_multipart([&b"a.x"[..], body.as_bytes()], 0).unwrap();
        tail.wait_for("the message", |lines| {
            lines.stdout.iter().any(|line| line.contains(expected)).then_some(())
        });
        tail.stop().expect(0);
        // The subscription's end.
        assert_eq!(publisher.recv_bytes(0).unwrap()[0], 0);
    }
}
