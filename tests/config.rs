//! Settings: where they come from, in which order, and what is said of wrong ones.
//!
//! `configs/good` and `configs/bad` hold one file a case. A `.toml` file is given with `--config`, a
//! `.py` file with `FEDMSG_CONFIG`. A bad one names in its first line the words that the error must
//! have, divided by `|`; a good one may name lines that `config show` must have.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::harness::{Finished, Process, Site, run};

fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/configs").join(folder);
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 3, "{paths:?}");
    paths
}

/// The words in a case's first line.
fn words(case: &Path) -> Vec<String> {
    let text = String::from_utf8_lossy(&std::fs::read(case).unwrap()).into_owned();
    let first = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default().to_owned();
    let words = first.strip_prefix('#').unwrap_or_default();
    words.split(" | ").map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
}

/// fedhub in a folder of its own, with no settings but those given.
struct Place(Site);

impl Place {
    fn new() -> Self {
        Self(Site::new(json!({})))
    }

    fn fedhub(&self, arguments: &[&str]) -> Command {
        let isolated = self.0.fedhub(&[]);
        let mut command = Command::new(isolated.get_program());
        for (name, value) in isolated.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        // Keeps the files of the machine out of it.
        command.env("FEDMSG_CONFIG", self.write("nothing.py", "config = {}\n"));
        command.current_dir(self.0.path(".")).args(arguments);
        command
    }

    /// fedhub with the settings of a case.
    fn with(&self, case: &Path, arguments: &[&str]) -> Command {
        let mut command = self.fedhub(&[]);
        if case.extension().is_some_and(|ending| ending == "py") {
            command.env("FEDMSG_CONFIG", case);
        } else {
            command.arg("--config").arg(case);
        }
        command.args(arguments);
        command
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }
}

#[test]
fn bad_settings_are_refused_with_the_words_they_name() {
    let place = Place::new();
    let mut wrong = String::new();
    for case in cases("bad") {
        let expected = words(&case);
        let finished = run(&mut place.with(&case, &["config", "check"]));
        let text = finished.stderr.join("\n");
        let says = !expected.is_empty() && expected.iter().all(|word| text.contains(word));
        if finished.code != Some(78) || !says || !finished.stdout.is_empty() {
            wrong += &format!("{}: expected {expected:?}: {finished:#?}\n", case.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_daemon_refuses_them_too() {
    let place = Place::new();
    for case in cases("bad") {
        let finished = run(&mut place.with(&case, &["relay"]));
        assert_eq!(finished.code, Some(78), "{}: {finished:#?}", case.display());
    }
}

#[test]
fn good_settings_are_used_and_can_be_shown_and_read_again() {
    let place = Place::new();
    for case in cases("good") {
        let shown = run(&mut place.with(&case, &["config", "show"])).expect(0).stdout;
        for line in words(&case) {
            assert!(shown.contains(&line), "{}: no {line:?} in {shown:#?}", case.display());
        }
        let copy = place.write("copy.toml", &shown.join("\n"));
        let again = run(&mut place.with(&copy, &["config", "show"])).expect(0).stdout;
        assert_eq!(again, shown, "{}", case.display());
        run(&mut place.with(&case, &["config", "check"])).expect(0);
    }
}

/// The value a key has in what `config show` prints.
fn shown(finished: Finished, key: &str) -> String {
    let lines = finished.expect(0).stdout;
    let line = lines.iter().find_map(|line| line.strip_prefix(&format!("{key} = ")));
    line.unwrap_or_else(|| panic!("no {key} in {lines:#?}")).to_owned()
}

#[test]
fn the_stronger_source_wins() {
    let place = Place::new();
    let python = place.write("fedmsg.d/a.py", "config = dict(environment='python', name='kept')\n");
    let file = place.write("named.toml", "environment = 'file'\n");
    place.write(".config/fedhub/user.toml", "environment = 'user'\n");
    let environment = |file: Option<&Path>, variable: bool, flag: bool| {
        let command = |action: &[&str]| {
            let mut command = place.fedhub(&[]);
            command.env("FEDMSG_CONFIG", &python);
            if let Some(file) = file {
                command.arg("--config").arg(file);
            }
            if variable {
                command.env("FEDHUB_ENVIRONMENT", "variable");
            }
            if flag {
                command.args(["--set", "environment=flag"]);
            }
            command.args(["config"]).args(action);
            run(&mut command)
        };
        assert_eq!(shown(command(&["show"]), "name"), "\"kept\"");
        assert_eq!(command(&["show", "name"]).expect(0).stdout, ["kept"]);
        assert!(command(&["show", "cert_prefix"]).expect(1).stdout.is_empty());
        let explained = command(&["explain", "environment"]).expect(0).stdout.join("\n");
        (shown(command(&["show"]), "environment"), explained)
    };
    let (value, explained) = environment(None, false, false);
    assert_eq!(value, "\"user\"");
    assert!(explained.contains("a.py:1"), "{explained}");
    for (variable, flag, value, origin) in [
        (false, false, "\"file\"", "named.toml:1"),
        (true, false, "\"variable\"", "$FEDHUB_ENVIRONMENT"),
        (true, true, "\"flag\"", "--set environment"),
    ] {
        let (got, explained) = environment(Some(&file), variable, flag);
        assert_eq!(got, value);
        // All of them are named, the strongest first.
        let places: Vec<_> =
            explained.lines().filter(|line| line.trim().starts_with("set in")).collect();
        assert!(places[0].contains(origin) && places[0].contains(value), "{explained}");
        assert!(places.last().unwrap().contains("a.py:1"), "{explained}");
        assert!(!explained.contains("user.toml"), "--config stands in for the user's: {explained}");
    }
}

#[test]
fn variables_and_flags_are_checked_like_files() {
    let place = Place::new();
    for (name, value, word) in [
        ("FEDHUB_GATEWAY_PORT", "many", "FEDHUB_GATEWAY_PORT"),
        ("FEDHUB_RELAY_INBOUND", "tcp://h", "FEDHUB_RELAY_INBOUND"),
        ("FEDHUB_VALIDATE_SIGNATURES", "perhaps", "FEDHUB_VALIDATE_SIGNATURES"),
    ] {
        let mut command = place.fedhub(&["config", "show"]);
        let log = run(command.env(name, value)).expect(78).stderr.join("\n");
        assert!(log.contains(word), "{name}: {log}");
    }
    for (setting, code, word) in [
        ("gateway.port=many", 78, "--set gateway.port"),
        ("gateway.prot=1", 2, "did you mean `gateway.port`?"),
        ("high_water=1", 2, "did you mean `high_water_mark`?"),
        ("gateway.port", 2, "KEY=VALUE"),
        ("relay_inbound=tcp://h", 78, "--set relay_inbound"),
    ] {
        let finished = run(&mut place.fedhub(&["--set", setting, "config", "show"])).expect(code);
        let log = finished.stderr.join("\n");
        assert!(log.contains(word), "{setting}: {log}");
    }
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let place = Place::new();
    let missing = place.0.path("missing");
    for name in ["missing", "fedmsg.d"] {
        let path = place.0.path(name).display().to_string();
        let finished = run(&mut place.fedhub(&["--config", &path, "config", "show"]));
        assert!(matches!(finished.code, Some(66 | 74 | 78)), "{finished:#?}");
        assert!(finished.stderr.join("\n").contains(&path), "{finished:#?}");
    }
    let mut command = place.fedhub(&["config", "show"]);
    let finished = run(command.env("FEDMSG_CONFIG", &missing));
    assert!(matches!(finished.code, Some(66 | 78)), "{finished:#?}");
    assert!(finished.stderr.join("\n").contains("missing"), "{finished:#?}");
    run(&mut place.fedhub(&["config", "import", missing.to_str().unwrap()])).expect(66);
}

#[test]
fn explain_knows_every_key_and_the_nearest_to_a_wrong_one() {
    let place = Place::new();
    let listed = run(&mut place.fedhub(&["config", "explain"])).expect(0).stdout;
    assert!(listed.len() > 30);
    for key in listed.iter().map(|line| line.split_whitespace().next().unwrap()) {
        let text = run(&mut place.fedhub(&["config", "explain", key])).expect(0).stdout.join("\n");
        let variable = format!("FEDHUB_{}", key.replace('.', "_").to_uppercase());
        assert!(text.contains("built-in") && text.contains(&variable), "{text}");
    }
    let log = run(&mut place.fedhub(&["config", "explain", "topic_prefx"])).expect(2).stderr;
    assert!(log.join("\n").contains("topic_prefix"), "{log:#?}");
}

#[test]
fn check_names_the_files_that_are_missing() {
    let place = Place::new();
    let file = place.write("a.toml", "ssldir = 'none'\ncertnames = { 'shell.here' = 'shell' }\n");
    let finished = run(&mut place.with(&file, &["config", "check"]));
    let log = finished.stderr.join("\n");
    for word in ["none/shell.key", "none/shell.crt", "none/ca.crt"] {
        assert!(log.contains(word), "no {word} in {log}");
    }
}

#[test]
fn import_prints_settings_that_mean_the_same() {
    let place = Place::new();
    let python = "import socket\n\
                  hostname = socket.gethostname().split('.', 1)[0]\n\
                  config = dict(\n\
                  \x20   environment='stg',\n\
                  \x20   endpoints={'app.%s' % hostname: ['tcp://127.0.0.1:%i' % n for n in range(4001, 4003)]},\n\
                  \x20   irc=[dict(network='irc.example.org')],\n\
                  )\n";
    let file = place.write("theirs/a.py", python);
    let folder = file.parent().unwrap().to_str().unwrap().to_owned();
    let imported = run(&mut place.fedhub(&["config", "import", &folder])).expect(0);
    let text = imported.stdout.join("\n");
    assert!(text.contains("# not used by fedhub:") && text.contains("irc.example.org"), "{text}");
    let toml = place.write("imported.toml", &text);
    let of_toml = run(&mut place.with(&toml, &["config", "show"])).expect(0).stdout;
    let of_python = run(&mut place.with(&file, &["config", "show"])).expect(0).stdout;
    assert_eq!(of_toml, of_python);
    assert!(of_toml.join("\n").contains("tcp://127.0.0.1:4002"), "{of_toml:#?}");
}

#[test]
fn what_import_cannot_read_is_named_and_never_guessed() {
    let place = Place::new();
    let python =
        "config = dict(\n    environment='prod',\n    name=open('/etc/hostname').read(),\n)\n";
    let file = place.write("theirs/a.py", python);
    let folder = file.parent().unwrap().to_str().unwrap().to_owned();
    let imported = run(&mut place.fedhub(&["config", "import", &folder])).expect(65);
    let log = imported.stderr.join("\n");
    assert!(log.contains("a.py:3") && log.contains("open('/etc/hostname')"), "{log}");
    assert!(!imported.stdout.join("\n").contains("name ="), "{imported:#?}");
}

#[test]
fn the_sample_file_is_a_good_one() {
    let place = Place::new();
    let sample = run(&mut place.fedhub(&["config", "sample"])).expect(0).stdout.join("\n");
    let file = place.write("sample.toml", &sample);
    let built_in = run(&mut place.fedhub(&["config", "show"])).expect(0).stdout;
    assert_eq!(run(&mut place.with(&file, &["config", "show"])).expect(0).stdout, built_in);
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let place = Place::new();
    let fedhub = place.fedhub(&["config", "explain"]);
    let mut shell = Command::new("bash");
    shell.args(["-c", "\"$@\" | true; exit ${PIPESTATUS[0]}", "bash"]);
    shell.arg(fedhub.get_program()).args(fedhub.get_args()).env("HOME", place.0.path("."));
    let finished = Process::spawn("explain | true", &mut shell).finish().expect(0);
    assert!(finished.stderr.is_empty(), "{finished:#?}");
}
