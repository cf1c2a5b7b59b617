//! fedmsg's own configuration files: the stock ones of its packages are read as Python reads them,
//! and no file is ever run.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Finished, Site, peer_sources, run, skipped};

/// Packages with a `fedmsg.d` folder, and the keys in it that are no values of TOML.
const PACKAGES: [(&str, &[&str]); 4] = [
    ("datanommer-0.3.0", &[]),
    ("datanommer.models-0.9.1", &[]),
    ("fedmsg-1.1.7", &[]),
    ("statscache-0.0.4", &["statscache.consumer.epoch", "statscache.producer.frequency"]),
];

/// Runs the files of a folder and merges their `config`. Prints it without what is None, and the
/// keys whose values JSON does not have.
const TRUTH: &str = r#"
import json, pathlib, sys

def merge(into, new):
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value

def plain(value):
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items() if v is not None}
    return [plain(v) for v in value] if isinstance(value, (list, tuple)) else value

def is_json(value):
    try:
        return json.dumps(value) is not None
    except TypeError:
        return False

config = {}
for file in sorted(pathlib.Path(sys.argv[1]).glob('*.py')):
    names = {}
    exec(compile(file.read_bytes(), str(file), 'exec'), names)
    merge(config, names['config'])
config = plain(config)
print(json.dumps({
    'config': {key: value for key, value in config.items() if is_json(value)},
    'odd': sorted(key for key, value in config.items() if not is_json(value)),
}))
"#;

fn python() -> Option<Command> {
    let found = Command::new("python3").arg("--version").output().is_ok();
    if !found {
        skipped("comparison with Python; install python3");
    }
    found.then(|| Command::new("python3"))
}

/// `fedhub config import --all` of a folder, and its output as JSON.
fn import(site: &Site, folder: &Path) -> (Finished, Value) {
    let finished = run(site.fedhub(&["config", "import", "--all"]).arg(folder));
    let table: toml::Table = finished.stdout.join("\n").parse().unwrap();
    let config = serde_json::to_value(table).unwrap();
    (finished, config)
}

/// Compares what fedhub and Python make of a folder; `odd` are the keys fedhub cannot read.
fn compare(site: &Site, mut python: Command, folder: &Path, odd: &[&str]) {
    // The same surroundings as fedhub has.
    python.current_dir(site.path("")).env("HOME", site.path(""));
    let truth = run(python.args(["-c", TRUTH]).arg(folder)).expect(0).stdout.concat();
    let truth: Value = serde_json::from_str(&truth).unwrap();
    assert_eq!(truth["odd"], json!(odd));

    let (finished, config) = import(site, folder);
    assert_eq!(config, truth["config"], "{}", folder.display());
    let finished = finished.expect(if odd.is_empty() { 0 } else { 65 });
    assert_eq!(finished.stderr.len(), odd.len(), "{finished:#?}");
    for (line, key) in finished.stderr.iter().zip(odd) {
        assert!(line.contains(key) && line.contains(".py:"), "{key}: {line}");
    }
}

#[test]
fn stock_files_are_read_as_python_reads_them() {
    let (Some(sources), Some(_)) = (peer_sources(), python()) else { return };
    for (package, _) in PACKAGES {
        if !sources.join(package).exists() {
            return skipped(&format!("stock fedmsg.d files; {package} was not fetched"));
        }
    }
    let site = Site::new(json!({}));
    let together = site.path("together");
    std::fs::create_dir(&together).unwrap();
    let mut all_odd = Vec::new();
    for (package, odd) in PACKAGES {
        let folder = sources.join(package).join("fedmsg.d");
        compare(&site, python().unwrap(), &folder, odd);
        all_odd.extend(odd);
        for entry in std::fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{package}-{}", entry.file_name().display());
            std::fs::copy(entry.path(), together.join(name)).unwrap();
        }
    }
    // They set some of the same keys.
    compare(&site, python().unwrap(), &together, &all_odd);
}

#[test]
fn the_line_of_what_cannot_be_read_is_named() {
    let site = Site::new(json!({}));
    let folder = site.path("stats.d");
    std::fs::create_dir(&folder).unwrap();
    let source = "import datetime\nconfig = dict(\n    a=1,\n    b=datetime.date(2015, 8, 8),\n)\n";
    std::fs::write(folder.join("stats.py"), source).unwrap();
    let (finished, config) = import(&site, &folder);
    assert_eq!(config, json!({"a": 1}));
    let finished = finished.expect(65);
    let [line] = &finished.stderr[..] else { panic!("{finished:#?}") };
    let place = format!("{}:4:", folder.join("stats.py").display());
    assert!(line.starts_with(&place) && line.ends_with("b=datetime.date(2015, 8, 8),"), "{line}");
}

#[test]
fn no_file_is_run() {
    let site = Site::new(json!({}));
    let folder = site.path("evil.d");
    std::fs::create_dir(&folder).unwrap();
    let trace = site.path("trace");
    let source = format!(
        "import os\nopen({trace:?}, 'w')\nos.system('touch {trace}')\nconfig = {{\n\
         'a': 1,\n'b': __import__('os').system('touch {trace}')}}\n",
        trace = trace.display().to_string(),
    );
    std::fs::write(folder.join("evil.py"), source).unwrap();
    let (finished, config) = import(&site, &folder);
    assert_eq!(config, json!({"a": 1}));
    assert_eq!(finished.expect(65).stderr.len(), 3);
    assert!(!trace.exists());
}
