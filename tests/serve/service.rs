//! The service: sockets, compression, methods, limits, its end, and an archive that is away.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use serde_json::{Value, json};

use super::{Served, agent, messages};
use crate::harness::{DEADLINE, Process, Site, field, run, skipped};

/// Sends exactly this, and gives all that comes back.
fn raw(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn answers_are_compressed_for_who_can_read_it() {
    let served = Served::new(&messages(60));
    let ask = |more: &str| {
        let request = format!(
            "GET /raw?rows_per_page=60 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}\r\n"
        );
        raw(&served.address, &request)
    };
    let (plain, packed) = (ask(""), ask("Accept-Encoding: gzip\r\n"));
    assert!(packed.to_lowercase().contains("content-encoding: gzip"), "{packed}");
    assert!(packed.len() * 3 < plain.len(), "{} {}", packed.len(), plain.len());
}

#[test]
fn only_reading_is_possible() {
    let served = Served::new(&messages(1));
    for method in ["POST", "PUT", "DELETE"] {
        let request = format!(
            "{method} /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        let answer = raw(&served.address, &request);
        assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
        assert!(answer.contains("\"error\":\"method_not_allowed\""), "{answer}");
    }
    let head = raw(&served.address, "HEAD /raw HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
    let ask =
        "OPTIONS /raw HTTP/1.1\r\nHost: x\r\nOrigin: https://a.org\r\nConnection: close\r\n\r\n";
    let told = raw(&served.address, ask).to_lowercase();
    assert!(
        told.starts_with("http/1.1 204 ") && told.contains("access-control-allow-methods: get"),
        "{told}"
    );
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(100_000));
    assert!(raw(&served.address, &long).starts_with("HTTP/1.1 431 "));
    let many = format!(
        "GET /raw?{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "a=1&".repeat(1500)
    );
    assert!(raw(&served.address, &many).starts_with("HTTP/1.1 400 "));
}

#[test]
fn requests_are_logged_in_one_line_each() {
    let served = Served::new(&messages(1));
    served.get("/raw?user=%0Aforged");
    let line = served.process.wait_for_line("/raw?user=%0Aforged");
    assert_eq!((field(&line, "method"), field(&line, "status")), ("GET".into(), "200".into()));
}

#[test]
fn an_answer_that_has_begun_is_finished() {
    let served = Served::new(&messages(800));
    let path = format!("{}/v3/messages", served.address);
    let mut answer = agent().get(path).header("accept", "application/x-ndjson").call().unwrap();
    let Served { process, site, .. } = served;
    process.signal(nix::sys::signal::Signal::SIGTERM);
    process.wait_for_line("SIGTERM received");
    let text = answer.body_mut().with_config().limit(1 << 30).read_to_string().unwrap();
    assert_eq!(text.lines().count(), 800);
    process.finish().expect(0);
    drop(site);
}

#[test]
fn it_takes_the_socket_of_the_service_manager() {
    if Command::new("python3").arg("--version").output().is_err() {
        return skipped("a socket from the service manager, which needs python3");
    }
    let site = Site::new(json!({}));
    let url = format!("sqlite:{}", site.path("archive.db").display());
    fedhub::store::create(&url).unwrap();
    let hand_over = "import os, socket, sys\n\
        given = socket.socket(); given.bind(('127.0.0.1', 0)); given.listen()\n\
        print(given.getsockname()[1], flush=True)\n\
        os.dup2(given.fileno(), 3); os.set_inheritable(3, True)\n\
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')\n\
        os.execv(sys.argv[1], sys.argv[1:])\n";
    let fedhub = site.fedhub(&["serve", "--listen", "127.0.0.1:1", "--archive", &url]);
    let mut command = Command::new("python3");
    command.args(["-c", hand_over]).arg(fedhub.get_program()).args(fedhub.get_args());
    command.current_dir(site.path("")).env("HOME", site.path(""));
    let process = Process::spawn("serve", &mut command);
    let ready = process.wait_for_line("ready");
    let port = process.stdout()[0].clone();
    assert_eq!(field(&ready, "http"), format!("127.0.0.1:{port}"));
    let answer = agent().get(format!("http://127.0.0.1:{port}/messagecount")).call();
    let count: Value =
        serde_json::from_str(&answer.unwrap().body_mut().read_to_string().unwrap()).unwrap();
    assert_eq!(count["messagecount"], 0);
    process.stop().expect(0);
}

#[test]
fn what_is_wrong_at_the_start_is_said() {
    let site = Site::new(json!({}));
    let none = format!("sqlite:{}", site.path("none.db").display());
    run(&mut site.fedhub(&["serve", "--listen", "127.0.0.1:0", "--archive", &none])).expect(66);
    run(&mut site.fedhub(&["serve", "--listen", "127.0.0.1:0", "--archive", "mysql://x"]))
        .expect(78);
    let there = format!("sqlite:{}", site.path("archive.db").display());
    fedhub::store::create(&there).unwrap();
    run(&mut site.fedhub(&["serve", "--listen", "nonsense", "--archive", &there])).expect(78);
    let mut wrong = site.fedhub(&["serve", "--archive", &there, "--set", "serve.connections=0"]);
    run(&mut wrong).expect(78);
}

#[test]
fn an_archive_that_is_spoilt_is_not_ready_and_says_no_secrets() {
    let served = Served::new(&messages(3));
    std::fs::write(served.site.path("archive.db"), vec![b'x'; 65536]).unwrap();
    let _ = std::fs::remove_file(served.site.path("archive.db-wal"));
    // The connection may have what it needs for some pages in memory.
    for path in ["/raw?user=a", "/healthz/ready", "/v3/topics", "/messagecount"] {
        let answer = served.ask(path, &[]);
        if answer.status != 200 {
            assert!([500, 503].contains(&answer.status), "{path}");
            assert!(
                !answer.body.contains("archive.db") && !answer.body.contains("SELECT"),
                "{}",
                answer.body
            );
        }
    }
    assert_eq!(served.get("/healthz/live")["status"], 200);
}

#[test]
fn pages_are_bounded_by_bytes() {
    let long = |n: i64| {
        let mut one = super::message(n);
        one["msg"]["text"] = "x".repeat(2_000_000).into();
        one
    };
    let served = Served::new(&(0..20).map(long).collect::<Vec<_>>());
    // The pages of /v3 say that they are cut, and where to go on.
    let (mut found, mut after, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = served.get(&format!("/v3/messages?order=asc&limit=100{after}"));
        found.extend(super::ids(&page, "messages", "id"));
        pages += 1;
        let expected = if page["more"] == true { json!("bytes") } else { Value::Null };
        assert_eq!((&page["limited_by"], &page["complete"]), (&expected, &json!(true)));
        if expected.is_null() {
            break;
        }
        after = format!("&after={}", page["next"].as_str().unwrap());
    }
    let all: Vec<_> = (0..20).map(|n| format!("2026-{n:04}")).collect();
    assert_eq!((found, pages), (all, 3));
    let lines = served.ask("/v3/messages?order=asc", &[("accept", "application/x-ndjson")]);
    assert_eq!(lines.body.lines().count(), 20);
    // Those of datagrepper cannot be cut.
    let refused = served.ask("/raw?rows_per_page=100", &[]);
    let said = refused.json();
    assert_eq!((refused.status, &said["parameter"]), (400, &json!("rows_per_page")));
    let most = said["hint"].as_str().unwrap().split(' ').next().unwrap();
    let page = served.get(&format!("/raw?rows_per_page={most}"));
    assert_eq!((&page["total"], page["count"].to_string().as_str()), (&json!(20), most));
}

#[test]
fn a_search_that_takes_too_long_is_refused_with_a_way_out() {
    let site = Site::new(json!({"serve": {"timeout": 0.05}}));
    let url = format!("sqlite:{}", site.path("archive.db").display());
    let many: Vec<_> = messages(6000)
        .into_iter()
        .map(|mut one| {
            one["msg"]["text"] = "needless ".repeat(300).into();
            one
        })
        .collect();
    super::append(&mut *fedhub::store::create(&url).unwrap(), &many);
    let served = Served::of(site, url);
    // Each message must be parsed to see that it has no such text.
    let refused = served.ask("/raw?contains=needless%20text", &[]);
    let said = refused.json();
    assert_eq!((refused.status, &said["parameter"]), (400, &json!("contains")), "{said}");
    assert!(said["hint"].as_str().unwrap().contains("/v3/messages"));
    let part = served.get("/v3/messages?contains=needless%20text");
    assert_eq!(
        (&part["complete"], &part["limited_by"], &part["count"]),
        (&json!(false), &json!("time"), &json!(0))
    );
    assert!(part["next"].is_string());
}
