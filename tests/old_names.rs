//! The programs of fedmsg: those that are other names of fedhub, and those that are not.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::harness::run;

/// What fedmsg ships.
const ORIGINALS: [&str; 13] = [
    "fedmsg-announce",
    "fedmsg-check",
    "fedmsg-collectd",
    "fedmsg-config",
    "fedmsg-dg-replay",
    "fedmsg-gateway",
    "fedmsg-hub",
    "fedmsg-irc",
    "fedmsg-logger",
    "fedmsg-relay",
    "fedmsg-signing-relay",
    "fedmsg-tail",
    "fedmsg-trigger",
];

#[test]
fn each_program_of_fedmsg_is_a_link_that_works_or_said_to_be_gone() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let root = TempDir::new().unwrap();
    let mut install = Command::new("make");
    install.args(["install-built", "PREFIX=/usr"]).current_dir(&project);
    install.arg(format!("DESTDIR={}", root.path().display()));
    run(install.arg(format!("FEDHUB={}", env!("CARGO_BIN_EXE_fedhub")))).expect(0);
    let bin = root.path().join("usr/bin");
    let entries = std::fs::read_dir(&bin).unwrap().flatten();
    let installed: BTreeSet<_> =
        entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    for name in &installed {
        let help = run(Command::new(bin.join(name)).arg("--help")).expect(0);
        let said = help.stderr.join("\n");
        assert_eq!(said.contains(&format!("{name} is now: fedhub ")), name.starts_with("fedmsg-"));
        assert!(!name.starts_with("fedmsg-") || ORIGINALS.contains(&name.as_str()), "{name}");
    }
    for page in ["README.md", "man/fedhub.1"] {
        let text = std::fs::read_to_string(project.join(page)).unwrap().replace("\\-", "-");
        for name in ORIGINALS.iter().filter(|name| !installed.contains(**name)) {
            assert!(text.contains(name), "{page} does not say what there is instead of {name}");
        }
    }
}
