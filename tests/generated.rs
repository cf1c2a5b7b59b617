//! What packages ship beside the binary is committed, and is what the binary writes today.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::harness::{Site, run, skipped};

/// What `generate` writes below each of these is all there is.
const FOLDERS: [&str; 2] = ["man", "completions"];
const FILES: [&str; 1] = ["packaging/fedhub.toml"];
/// Except these, which are written by hand.
const BY_HAND: [&str; 3] = ["man/fedhub-filter.7", "man/fedhub-rules.5", "man/fedhub-wire.7"];

/// The files below some folders, by name.
fn files(root: &Path) -> BTreeMap<PathBuf, String> {
    let listed = FOLDERS.iter().flat_map(|folder| {
        let entries = std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
        entries.map(|entry| Path::new(folder).join(entry.file_name())).collect::<Vec<_>>()
    });
    let named = listed.chain(FILES.iter().map(PathBuf::from));
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(root.join(&path)).ok()?;
        Some((path, text))
    };
    named.filter_map(read).collect()
}

fn generated() -> TempDir {
    let folder = TempDir::new().unwrap();
    let site = Site::new(serde_json::json!({}));
    run(&mut site.fedhub(&["generate", folder.path().to_str().unwrap()])).expect(0);
    folder
}

#[test]
fn what_is_committed_is_what_the_binary_writes() {
    let folder = generated();
    let (fresh, committed) =
        (files(folder.path()), files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")));
    assert!(fresh.len() > 10, "{:?}", fresh.keys());
    let by_hand = |name: &&PathBuf| BY_HAND.iter().any(|page| name.as_path() == Path::new(page));
    let names = fresh.keys().chain(committed.keys().filter(|name| !by_hand(name)));
    let mut stale: Vec<_> = names.filter(|name| fresh.get(*name) != committed.get(*name)).collect();
    stale.sort();
    stale.dedup();
    assert!(stale.is_empty(), "stale, run `make generate`: {stale:#?}");
}

#[test]
fn man_has_no_complaints() {
    let exists = |program| {
        let output = Command::new(program).arg("--version").output();
        output.is_ok_and(|output| output.status.success())
    };
    if !exists("man") || !exists("groff") {
        skipped("manual pages; that needs man and groff");
        return;
    }
    let folder = generated();
    let pages: Vec<_> = files(folder.path())
        .into_keys()
        .filter(|path| path.starts_with("man"))
        .map(|path| folder.path().join(path))
        .chain(
            BY_HAND.iter().map(|page| Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page)),
        )
        .collect();
    let mut man = Command::new("man");
    man.args(["--warnings", "--encoding=UTF-8", "--local-file"]).args(pages);
    man.env("LC_ALL", "C.UTF-8").env("MANROFFSEQ", "").env("MANWIDTH", "80");
    let output = man.stdin(Stdio::null()).output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaints.is_empty(), "{complaints}");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("SYNOPSIS") && text.contains("--really-pretty"));
}

#[test]
fn shells_can_read_the_completions() {
    let folder = generated();
    for (shell, file) in [("bash", "fedhub.bash"), ("zsh", "_fedhub"), ("fish", "fedhub.fish")] {
        let path = folder.path().join("completions").join(file);
        match Command::new(shell).arg("-n").arg(&path).output() {
            Ok(output) => {
                let complaints = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success() && complaints.is_empty(), "{shell}: {complaints}");
            }
            Err(_) => skipped(&format!("the completions of {shell}, which is not here")),
        }
    }
}
