//! Every example of the manual pages and of the README is run, as it stands there, on a bus.

mod examples;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::harness::{Process, has, host, run, skipped};
use examples::Example;

/// What an example that is interrupted may end with, beside the signal itself: with all it was to do, before
/// that, or as shells say that a signal ended it.
const INTERRUPTED: [i32; 3] = [0, 130, 143];

/// Programs of examples that need not be there.
const STAND_INS: [&str; 5] = ["sponge", "systemctl", "make", "ssh", "datanommer-dump"];

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Where examples are run.
struct Stage {
    folder: TempDir,
    hold: Process,
}

impl Stage {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let mut hold = Command::new("unshare");
        hold.args(["--map-root-user", "--mount", "--net"])
            .arg(project().join("tests/manual/stage"));
        let hold = Process::spawn("stage", hold.arg(folder.path()));
        hold.wait_for_line("up");
        let stage = Self { folder, hold };
        let programs = stage.path("programs");
        std::fs::create_dir(&programs).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_fedhub"), programs.join("fedhub")).unwrap();
        let reads = STAND_INS.map(|name| (name, "[ -t 0 ] || cat >/dev/null"));
        // What it would take out of its input matters to no example.
        for (name, text) in reads.into_iter().chain([("jq", "cat")]) {
            let place = programs.join(name);
            std::fs::write(&place, format!("#!/bin/sh\n{text}\n")).unwrap();
            run(Command::new("chmod").arg("755").arg(place)).expect(0);
        }
        stage
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program to be run there.
    fn command(&self, program: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--user", "--preserve-credentials", "--mount", "--net", "--target"]);
        command.arg(self.hold.id().to_string());
        // With another mount namespace the directory would be the root of it.
        command.arg(format!("--wd={}", self.path("work").display())).args(program);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let places = [self.path("programs")].into_iter().chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(places).unwrap());
        command.env("HOME", self.path("home")).env_remove("XDG_DATA_HOME");
        command
    }

    /// Something for bash to do there, for a minute at most; signals reach everything it has started.
    fn bash(&self, text: &str) -> Command {
        self.command(&["timeout", "--kill-after=20", "60", "bash", "-o", "pipefail", "-c", text])
    }

    #[track_caller]
    fn prepare(&self, text: &str) -> Vec<String> {
        run(&mut self.bash(text)).expect(0).stdout
    }
}

/// What the examples take for granted: a CA, settings, a bus with its services, messages of every kind
/// they ask for, and the files they name.
fn bus(stage: &Stage) -> Vec<Process> {
    for folder in ["work/rules.d", "home/.config/fedhub"] {
        std::fs::create_dir_all(stage.path(folder)).unwrap();
    }
    let host = host();
    let settings = format!(
        r#"
environment = "prod"
publish_timeout = 20.0
ssldir = "/etc/pki/fedmsg"
crl_location = "/etc/pki/fedmsg/crl.pem"
[certnames]
"shell.{host}" = "shell"
"announce.{host}" = "shell"
"relay.{host}" = "shell"
"gateway.{host}" = "shell"
signing_relay = "shell"
[relay]
journal = "/var/lib/fedhub/relay.db"
replay = "tcp://127.0.0.1:9911"
http = "127.0.0.1:9921"
[hub]
journal = "/var/lib/fedhub/hub.db"
http = "127.0.0.1:9923"
monitoring = "ipc:///var/run/fedmsg/monitoring-fedmsg-hub.socket"
from = "-1h"
[archive]
url = "sqlite:/var/lib/fedhub/archive.db"
journal = "/var/lib/fedhub/nommer.db"
[consumers.mirror]
type = "exec"
command = ["false"]
each = true
attempts = 1
retry = 0.0
[consumers.irc]
type = "exec"
command = ["true"]
each = true
[consumers.mail]
type = "exec"
command = ["true"]
each = true
"#
    );
    let rules = example_file("fedhub-rules.5", "doc = ");
    std::fs::write(stage.path("work/rules.d/lantern.toml"), rules).unwrap();
    std::fs::write(stage.path("site.toml"), settings).unwrap();
    let site = stage.path("site.toml");
    stage.prepare(&format!(
        "mkdir -p /run/fedmsg /etc/fedhub /etc/fedmsg.d /var/lib/fedhub /var/lib/node_exporter /var/spool/fedhub /etc/pki
         cp {} /etc/fedhub/site.toml
         echo 'config = dict(environment=\"prod\")' >/etc/fedmsg.d/base.py
         echo started >/var/log/app.log; echo Out >outage.txt; echo >accounts.toml
         fedhub certs init --dir /etc/pki/fedmsg && fedhub certs issue --dir /etc/pki/fedmsg shell
         mkdir -p /srv/svn/docs/hooks /srv/hg/tools/.hg && echo 5 >/srv/svn/docs/format
         git init -q --bare /srv/git/rpms/kernel.git
         echo wiki 0123456789abcdef0123456789abcdef >publish.tokens && chmod 600 publish.tokens
         cp /etc/pki/fedmsg/ca.crt /etc/pki/fedmsg/crl.pem . && echo '{{\"routing_policy\": {{}}}}' >policy.json",
        site.display()
    ));
    let running = ["relay", "gateway", "hub", "nommer", "serve"].map(|service| {
        let process = Process::spawn(service, &mut stage.command(&["fedhub", service]));
        process.wait_for_line("ready");
        process
    });
    stage.prepare(PUBLISH);
    stage.prepare(
        "fedhub tail --since -1h --count 4 -o ndjson >messages.ndjson && cp messages.ndjson archived.ndjson && cp messages.ndjson old.ndjson
         fedhub record --since -1h --count 2 morning.rec && cp morning.rec git.rec
         cp /var/lib/fedhub/relay.db bus.db
         fedhub logger --spool /var/spool/fedhub --message spooled
         until fedhub quarantine ls >/dev/null; do sleep 0.1; done",
    );
    let archive = rusqlite::Connection::open(stage.path("var/lib/fedhub/archive.db")).unwrap();
    archive.execute("VACUUM INTO ?1", [stage.path("spare.db").to_str()]).unwrap();
    running.into()
}

/// Messages that the examples look for.
const PUBLISH: &str = r#"
publish() { fedhub logger --durable --json-input --modname "$1" --topic "$2"; }
echo '{"commit": {"username": "alice", "repo": "kernel", "branch": "f40", "rev": "a1"}}' | publish git receive
echo '{"user": "alice", "update": {"title": "bash-5-1.fc40"}, "agent": "alice"}' | publish bodhi update.comment
echo '{"arch": "", "branch": "rawhide"}' | publish compose rawhide.complete
for state in 1 3; do
    echo '{"new": '$state', "name": "kernel", "owner": "alice", "release": "1"}' | publish buildsys build.state.change
done
echo '{"arch": "s390x", "log": "segmentation fault"}' | publish abrt crash
"#;

/// The file in a page that begins with this line.
fn example_file(page: &str, first: &str) -> String {
    let text = std::fs::read_to_string(project().join("man").join(page)).unwrap();
    let start = text.find(&format!("\n{first}")).unwrap() + 1;
    let file = text[start..].split("\n.EE").next().unwrap();
    file.replace("\\&", "").replace("\\e", "\\").replace("\\-", "-") + "\n"
}

/// Ids and numbers in examples stand for those of messages that are there.
fn with_real_ids(command: &str, msg_id: &str) -> String {
    let serial = "$(fedhub certs list --dir pki -o ndjson | grep -m 1 shell | sed 's/.*\"serial\":\"//; s/\".*//')";
    let known = command.replace("2026-0b2e4f61-9d5c-4b8e-a9a4-1d9e5f6a7c33", msg_id);
    let known = known.replace("5F3A9C01D2E4", serial);
    // A place in the archive that is newer than all of it.
    let known = known.replace("1794616014000000_4711", "4102444800000000_4711");
    let known = known.replace("4711..4720", "1..2").replace(" 4711", " 1");
    known.replace("12 13", "1").replace("show 12", "show 2").replace("drop 12", "drop 2")
}

/// What bash has to do for an example: first what it takes for granted.
fn script(stage: &Stage, example: &Example, msg_id: &str) -> String {
    let command = with_real_ids(&example.command, msg_id);
    if !example.is_run() {
        let beginning = command.split(" --python").next().unwrap_or_default();
        return format!("{beginning} --help");
    }
    let apart = |prepare: &str| {
        let text = format!("{prepare}; {command}").replace('\'', "'\\''");
        format!("exec unshare --net --mount bash -o pipefail -c '{text}'")
    };
    if example.is_service() {
        // With ports and data of its own.
        let spare = stage.path("spare.db").display().to_string();
        apart(&format!(
            "ip link set lo up; mount -t tmpfs none /var/lib/fedhub; \
             cp {spare} /var/lib/fedhub/archive.db"
        ))
    } else if command.contains("fedhub certs") {
        let folder = if command.contains("--dir pki") { "pki" } else { "/etc/pki/fedmsg" };
        let has = |word: &str| command.contains(word);
        let init = if has("certs init") { "" } else { "fedhub certs init --dir $at" };
        let issue = if has("revoke") { "fedhub certs issue --dir $at shell.app01" } else { "" };
        apart(&format!(
            "cd $(mktemp --directory); mount -t tmpfs none /etc/pki; at={folder}; {init}\n{issue}\n:"
        ))
    } else if command.starts_with("fedhub record") {
        // It writes over nothing.
        format!("rm -f *.rec; {command}")
    } else if command.starts_with("fedhub export all.ndjson.zst") {
        format!("rm -f all.ndjson.zst; {command}")
    } else {
        command
    }
}

/// Runs one; gives what is wrong with it.
fn try_out(stage: &Stage, example: &Example, msg_id: &str) -> Option<String> {
    let mut command = match example.command.strip_prefix("make ") {
        // It must be a task that there is.
        Some(task) => {
            let mut make = Command::new("make");
            make.args(["--dry-run", task]).current_dir(project());
            make
        }
        None => stage.bash(&script(stage, example, msg_id)),
    };
    let process = Process::spawn(&example.command, &mut command);
    let interrupted = example.is_run() && example.goes_on();
    if interrupted {
        process.wait_until_it_speaks(Duration::from_secs(5));
        process.signal(Signal::SIGTERM);
    }
    let ended = process.finish();
    let good = match interrupted {
        true => ended.code.is_none_or(|code| INTERRUPTED.contains(&code)),
        false => ended.code == Some(example.exit_code()),
    };
    (!good).then(|| format!("{}: {}: {ended:?}", example.page, example.command))
}

#[test]
fn every_example_of_the_manual_and_the_readme_works() {
    for tool in ["unshare", "nsenter", "ip", "bash", "timeout", "curl"] {
        if !has(tool) {
            return skipped(&format!("the examples of the manual; that needs {tool}"));
        }
    }
    let allowed =
        Command::new("unshare").args(["--map-root-user", "--mount", "--net", "true"]).status();
    if !allowed.is_ok_and(|status| status.success()) {
        return skipped("the examples of the manual; namespaces are not allowed here");
    }
    let stage = Stage::new();
    let running = bus(&stage);
    let all = examples::all(&project());
    assert!(all.len() > 100, "{}", all.len());
    let msg_id = stage
        .prepare("until fedhub query git.receive --limit 1 --jq .msg_id; do sleep 0.1; done")
        .remove(0);
    // Somebody goes on publishing, for those who wait for a message.
    let publish = format!("while :; do {PUBLISH} done >/dev/null 2>&1");
    let publish = publish.replace("--durable", "");
    let publisher = Process::spawn("publisher", &mut stage.command(&["bash", "-c", &publish]));
    let wrong: Vec<_> =
        all.iter().filter_map(|example| try_out(&stage, example, &msg_id)).collect();
    drop((publisher, running));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_command_that_the_readme_lists_is_there() {
    let readme = std::fs::read_to_string(project().join("README.md")).unwrap();
    // In the first column of the table, such as "| `fedhub logger`, `announce` | publish …".
    let rows = readme.lines().filter(|line| line.starts_with("| `fedhub "));
    let mut listed: Vec<_> = rows
        .flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2))
        .map(|name| name.trim_start_matches("fedhub "))
        .collect();
    listed.sort_unstable();
    let help = run(Command::new(env!("CARGO_BIN_EXE_fedhub")).arg("--help")).expect(0).stdout;
    let commands = help.iter().skip_while(|line| *line != "Commands:").skip(1);
    let mut commands: Vec<_> = commands
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            line.strip_prefix("  ")?.split(' ').next().filter(|name| !name.is_empty())
        })
        .filter(|name| !["help", "generate"].contains(name))
        .collect();
    commands.sort_unstable();
    assert_eq!(listed, commands);
}
