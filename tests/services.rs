//! The units of systemd: what they promise, and what of it the programs keep.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::harness::{Notifications, Process, Site, free_port, has, host, run, skipped};

/// How open to attack a service may be, in tenths.
const EXPOSURE: &str = "--threshold=20";

fn packaging() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging")
}

/// The services, by the unit files there are.
fn services() -> Vec<String> {
    let entries = std::fs::read_dir(packaging().join("systemd")).unwrap().flatten();
    let names = entries.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".service")).collect()
}

#[test]
fn each_service_has_a_unit_and_a_page_in_section_8() {
    let pages = std::fs::read_dir(packaging().join("../man")).unwrap().flatten();
    let pages = pages.map(|entry| entry.file_name().into_string().unwrap());
    let mut daemons: Vec<_> =
        pages.filter_map(|name| Some(format!("{}.service", name.strip_suffix(".8")?))).collect();
    let mut units = services();
    daemons.sort();
    units.sort();
    assert_eq!(daemons, units);
    assert!(daemons.len() >= 5);
}

#[test]
fn units_are_valid_and_closed() {
    if !has("systemd-analyze") {
        return skipped("the units; that needs systemd-analyze");
    }
    // Where the program is installed as packages do it.
    let root = TempDir::new().unwrap();
    let mut install = Command::new("make");
    install.arg("install-built").arg(format!("DESTDIR={}", root.path().display()));
    install.arg("PREFIX=/usr").arg(format!("FEDHUB={}", env!("CARGO_BIN_EXE_fedhub")));
    run(install.current_dir(packaging().join(".."))).expect(0);
    let units = root.path().join("usr/lib/systemd/system");
    for service in services() {
        let mut security = Command::new("systemd-analyze");
        security.args(["security", "--offline=true", EXPOSURE]).arg(units.join(&service));
        run(&mut security).expect(0);
    }
    let all = std::fs::read_dir(&units).unwrap().flatten().map(|entry| entry.path());
    let mut verify = Command::new("systemd-analyze");
    verify.args(["verify", "--man=no", "--recursive-errors=no"]);
    // The program of the tests stands for the installed one, which is not there.
    for unit in all.filter(|path| path.is_file()) {
        let text = std::fs::read_to_string(&unit).unwrap();
        let program = root.path().join("usr/bin/fedhub").display().to_string();
        std::fs::write(&unit, text.replace("/usr/bin/fedhub", &program)).unwrap();
        verify.arg(unit);
    }
    let common = units.join("fedhub-.service.d/10-common.conf");
    let text = std::fs::read_to_string(&common).unwrap();
    let program = root.path().join("usr/bin/fedhub").display().to_string();
    std::fs::write(&common, text.replace("/usr/bin/fedhub", &program)).unwrap();
    let verified = run(&mut verify).expect(0);
    let ours = |line: &&String| line.contains("fedhub");
    assert_eq!(verified.stderr.iter().find(ours), None, "{verified:#?}");
}

/// A command that is started by a service manager's sockets when somebody connects to one of them.
fn activated(ports: &[u16], fedhub: &Command) -> Command {
    let mut command = Command::new("systemd-socket-activate");
    ports.iter().for_each(|port| {
        command.arg("--listen").arg(format!("127.0.0.1:{port}"));
    });
    for (name, value) in fedhub.get_envs() {
        if let Some(value) = value {
            command.arg("--setenv").arg(format!("{}={}", name.display(), value.display()));
        }
    }
    command.current_dir(fedhub.get_current_dir().unwrap());
    command.arg(fedhub.get_program()).args(fedhub.get_args());
    command
}

#[test]
fn a_relay_takes_the_sockets_of_the_service_manager() {
    if !has("systemd-socket-activate") {
        return skipped("sockets of the service manager; that needs systemd-socket-activate");
    }
    let [inbound, receipts, outbound] = [free_port(), free_port(), free_port()];
    let address = |port| format!("tcp://127.0.0.1:{port}");
    let site = Site::new(json!({
        "relay_inbound": [address(inbound)],
        "relay_outbound": [address(outbound)],
        "relay": {"receipts": [address(receipts)], "journal": "relay.db"},
        "sign_messages": false,
        "publish_timeout": 30.0,
    }));
    let relay =
        Process::spawn("relay", &mut activated(&[inbound, receipts], &site.fedhub(&["relay"])));
    relay.wait_for_line("Listening on");
    // It is started by this very publisher.
    let publish = ["logger", "--durable", "--message", "early"];
    run(&mut site.fedhub(&publish)).expect(0);
    run(&mut site.fedhub(&["logger", "--message", "late"])).expect(0);
    relay.wait_for_line("ready");
    relay.stop().expect(0);
    let list = run(&mut site.fedhub(&["journal", "ls", "--journal", "relay.db"])).expect(0);
    assert_eq!(list.stdout.len(), 2, "{list:#?}");
}

#[test]
fn a_socket_at_none_of_its_addresses_is_refused() {
    if !has("systemd-socket-activate") {
        return skipped("sockets of the service manager; that needs systemd-socket-activate");
    }
    let site = Site::new(json!({
        "relay_inbound": ["tcp://127.0.0.1:0"],
        "relay_outbound": ["tcp://127.0.0.1:0"],
        "sign_messages": false,
    }));
    let port = free_port();
    let relay = Process::spawn("relay", &mut activated(&[port], &site.fedhub(&["relay"])));
    relay.wait_for_line("Listening on");
    drop(std::net::TcpStream::connect(("127.0.0.1", port)).unwrap());
    relay.wait_for_line("none of ours");
    relay.finish().expect(78);
}

#[test]
fn keys_come_from_the_credentials_of_the_service() {
    let name = format!("shell-{}", host());
    let site = Site::new(json!({
        "relay_inbound": ["tcp://127.0.0.1:0"],
        "relay_outbound": ["tcp://127.0.0.1:0"],
        "certnames": {"signing_relay": name},
        "ssldir": "nowhere",
    }));
    site.issue("pki", &[&name]);
    let credentials = site.path("credentials");
    std::fs::create_dir(&credentials).unwrap();
    for ending in ["key", "crt"] {
        let from = site.path(&format!("pki/{name}.{ending}"));
        // As systemd names the files of a directory given as `keys`.
        std::fs::rename(from, credentials.join(format!("keys_{name}.{ending}"))).unwrap();
    }
    let sign = ["relay", "--sign", "--log-format", "json"];
    run(&mut site.fedhub(&sign)).expect(78);
    let mut relay = site.fedhub(&sign);
    relay.env("CREDENTIALS_DIRECTORY", &credentials);
    let notifications = Notifications::of(&mut relay, Duration::from_millis(500));
    let relay = Process::spawn("relay", &mut relay);
    notifications.wait_for("READY=1");
    notifications.wait_for("WATCHDOG=1");
    let ready = relay.wait_for_line("relay ready");
    let logged: serde_json::Value = serde_json::from_str(&ready).unwrap();
    assert_eq!(logged["fields"]["message"], "relay ready");
    relay.stop().expect(0);
}
