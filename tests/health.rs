//! What daemons say of themselves: health pages, metrics, readiness, and the state for fedmsg-check.

mod check;
mod doctor;
pub(crate) mod exposition;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{
    DEADLINE, Notifications, Process, Site, field, free_endpoint, peer_python, run, wait_until,
};
use crate::relay::publisher_to;
use exposition::metrics;

/// Asks for a page; gives status, headers and body.
pub(crate) fn ask(address: &str, method: &str, path: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_ascii_lowercase(), body.to_owned())
}

pub(crate) fn get(address: &str, path: &str) -> (u16, Value) {
    let (status, _, body) = ask(address, "GET", path);
    (status, serde_json::from_str(&body).unwrap())
}

/// Starts a relay with a health page: the process, its inbound address, and that of the page.
fn relay(site: &Site) -> (Process, String, String) {
    let any = "tcp://127.0.0.1:*";
    let start = ["relay", "--inbound", any, "--outbound", any, "--set", "relay.http=127.0.0.1:0"];
    let (relay, ready) = site.start(&start);
    let http = field(&relay.wait_for_line("serving health pages"), "http");
    (relay, field(&ready, "inbound"), http)
}

#[test]
fn health_pages_say_how_a_relay_is() {
    let site = Site::new(json!({}));
    let (relay, inbound, http) = relay(&site);
    assert_eq!(get(&http, "/healthz"), (200, json!({"alive": true, "problems": []})));
    wait_until("the relay is ready", || get(&http, "/readyz").0 == 200);
    let (_, page) = get(&http, "/readyz");
    assert_eq!((&page["ready"], &page["problems"]), (&json!(true), &json!([])));
    assert_eq!(page["tasks"]["relay"]["alive"], true);

    let publisher = publisher_to(&inbound);
    (0..10).for_each(|_| publisher.send_multipart(["topic", "{}"], 0).unwrap());
    let count = || {
        let (status, head, body) = ask(&http, "GET", "/metrics");
        assert_eq!(status, 200);
        assert!(head.contains("content-type: application/openmetrics-text"), "{head}");
        metrics(&body)
    };
    wait_until("all messages are counted", || {
        count().get(r#"fedhub_task_messages_total{task="relay"}"#) == Some(&10.0)
    });
    let all = count();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(all[&format!(r#"fedhub_build_info{{version="{version}"}}"#)], 1.0);
    assert_eq!(all["fedhub_ready{}"], 1.0);
    assert!(all["process_open_fds{}"] < all["process_max_fds{}"]);
    assert!(all["process_resident_memory_bytes{}"] > 1e6);
    assert!(all["fedhub_start_time_seconds{}"] > 1.7e9);

    let (status, head, body) = ask(&http, "HEAD", "/readyz");
    assert_eq!((status, body.as_str()), (200, ""), "{head}");
    assert_eq!(ask(&http, "POST", "/readyz").0, 405);
    assert_eq!(ask(&http, "GET", "/").0, 404);
    assert_eq!(ask(&http, "GET", &format!("/{}", "x".repeat(100_000))).0, 431);
    relay.stop().expect(0);
    assert!(TcpStream::connect(&http).is_err());
}

#[test]
fn a_page_that_cannot_be_served_ends_the_daemon_before_it_is_ready() {
    let site = Site::new(json!({}));
    let (_first, _, http) = relay(&site);
    let any = "tcp://127.0.0.1:*";
    let mut command = site.fedhub(&["relay", "--inbound", any, "--outbound", any]);
    command.args(["--set", &format!("relay.http={http}")]);
    let told = Notifications::of(&mut command, Duration::from_secs(1));
    let log = run(&mut command).expect(69).stderr.join("\n");
    assert!(log.contains(&format!("{http}: the port is held by fedhub (process ")), "{log}");
    assert!(told.is_empty());
    for (address, code) in [("127.0.0.1:http", 78), ("nonsense", 78)] {
        let mut command = site.fedhub(&["relay", "--inbound", any, "--outbound", any]);
        run(command.args(["--set", &format!("relay.http={address}")])).expect(code);
    }
}

#[test]
fn many_who_say_nothing_do_not_keep_the_pages_from_others() {
    let site = Site::new(json!({}));
    let (_relay, _, http) = relay(&site);
    let idle: Vec<_> = (0..80).map(|_| TcpStream::connect(&http).unwrap()).collect();
    assert_eq!(get(&http, "/healthz").0, 200);
    drop(idle);
}

/// A hub that keeps what `publisher` sends, under this limit of blocks for the size of files.
fn hub(site: &Site, blocks: &str) -> Command {
    let fedhub = site.fedhub(&["hub", "--set", "hub.http=127.0.0.1:0"]);
    // It is told by an error, as it is when a disk is full, and not by a signal.
    let script = format!("trap '' XFSZ; ulimit -S -f {blocks}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).arg(fedhub.get_program()).args(fedhub.get_args());
    for (name, value) in fedhub.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.current_dir(site.path("."));
    command
}

fn bound_publisher(endpoint: &str) -> zmq::Socket {
    let publisher = crate::relay::publisher();
    publisher.bind(endpoint).unwrap();
    publisher
}

#[test]
fn a_journal_that_cannot_be_written_is_why_a_hub_is_not_ready() {
    let endpoint = free_endpoint();
    let mut site = Site::new(json!({"validate_signatures": false}));
    let journal = site.path("hub.db");
    site.set(json!({"endpoints": {"test": [endpoint]}, "hub": {"journal": journal}}));
    let publisher = bound_publisher(&endpoint);
    let hub = Process::spawn("hub", &mut hub(&site, "1000"));
    let http = field(&hub.wait_for_line("serving health pages"), "http");
    wait_until("the hub is ready", || get(&http, "/readyz").0 == 200);

    let body = |n| format!(r#"{{"msg_id":"{n}","msg":"{}"}}"#, "x".repeat(50_000));
    let mut n = 0;
    wait_until("the hub is not ready", || {
        publisher.send_multipart(["topic", &body(n)], 0).unwrap();
        n += 1;
        get(&http, "/readyz").0 == 503
    });
    let (_, page) = get(&http, "/readyz");
    assert!(page["problems"].to_string().contains("journal"), "{page}");
    // It would be no better after a new start.
    assert_eq!(get(&http, "/healthz").0, 200);
    hub.wait_for_line("not ready");
    let (_, _, text) = ask(&http, "GET", "/metrics");
    assert_eq!(metrics(&text)["fedhub_ready{}"], 0.0);

    let pid = hub.id().to_string();
    run(Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited"])).expect(0);
    wait_until("the hub is ready again", || get(&http, "/readyz").0 == 200);
    hub.wait_for_line("all is ready again");
}

#[test]
fn ready_is_said_when_a_hub_is_connected_and_not_before() {
    let endpoint = free_endpoint();
    let mut site = Site::new(json!({"validate_signatures": false}));
    let journal = site.path("hub.db");
    site.set(json!({"endpoints": {"test": [endpoint]}, "hub": {"journal": journal}}));
    let mut command = site.fedhub(&["hub", "--set", "hub.http=127.0.0.1:0"]);
    let told = Notifications::of(&mut command, Duration::from_millis(50));
    let hub = Process::spawn("hub", &mut command);
    hub.wait_for_line("waiting: hub: no publisher is connected");
    let http = field(&hub.wait_for_line("serving health pages"), "http");
    wait_until("the reason is shown", || {
        let (status, page) = get(&http, "/readyz");
        status == 503 && page["problems"].to_string().contains("publisher")
    });
    assert_eq!(get(&http, "/healthz").0, 200);
    let before = told.wait_for("WATCHDOG=1");
    assert!(before.iter().all(|state| state != "READY=1"), "{before:?}");
    assert!(before.iter().any(|state| state.starts_with("STATUS=waiting: ")), "{before:?}");
    let _publisher = bound_publisher(&endpoint);
    told.wait_for("READY=1");
    assert_eq!(get(&http, "/readyz").0, 200);
    hub.wait_for_line("all is ready now");
}

/// Names the monitoring socket in the settings of the Python fedmsg; fedhub has a name of its own.
fn let_python_publish_its_state(site: &Site, endpoint: &str) {
    let mut settings = std::fs::read_to_string(site.fedmsg_d()).unwrap();
    settings += &format!("config['moksha.monitoring.socket'] = '{endpoint}'\n");
    std::fs::write(site.fedmsg_d(), settings).unwrap();
}

#[test]
fn fedmsg_check_reads_the_state_of_a_relay() {
    let Some(python) = peer_python() else { return };
    let site = Site::new(json!({}));
    let endpoint = free_endpoint();
    let set = format!("relay.monitoring={endpoint}");
    let any = "tcp://127.0.0.1:*";
    let (_relay, ready) =
        site.start(&["relay", "--inbound", any, "--outbound", any, "--set", &set]);
    let_python_publish_its_state(&site, &endpoint);
    let check = |arguments: &[&str]| {
        // It has no option for its settings, and reads the working directory.
        let mut command = Command::new(python.with_file_name("fedmsg-check"));
        command.current_dir(site.path(".")).env("HOME", site.path("."));
        run(command.args(["--timeout", "30"]).args(arguments))
    };
    check(&["--consumer", "RelayConsumer", "--producer", "MonitoringProducer"]).expect(0);
    let missing = check(&["--consumer", "NobodyConsumer"]).expect(1).stderr.join("\n");
    assert!(missing.contains("\"NobodyConsumer\" is not active!"), "{missing}");

    let publisher = publisher_to(&field(&ready, "inbound"));
    publisher.send_multipart(["topic", "{}"], 0).unwrap();
    let shown = check(&[]).expect(0).stdout.join("\n");
    let state: Value = serde_json::from_str(&shown[shown.find('{').unwrap()..]).unwrap();
    let consumer = state["consumers"][0].as_object().unwrap();
    let keys: Vec<_> = consumer.keys().map(String::as_str).collect();
    let mut expected = [
        "name",
        "module",
        "topic",
        "initialized",
        "exceptions",
        "jsonify",
        "backlog",
        "headcount_out",
        "headcount_in",
        "times",
    ];
    expected.sort_unstable();
    assert_eq!(keys, expected);
}
