//! Lines counted as `git show --numstat` counts them, in histories made by chance.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::{Server, field};
use crate::harness::Process;

/// A history: each commit changes some files in some way, and some are merges.
fn history(rng: &mut fastrand::Rng, commits: usize) -> Vec<u8> {
    let names = ["a", "b c", "d\"e", "f\\ng", "h/i", "h/j k", "\u{e9}", "l"];
    let mut stream = Vec::new();
    for n in 1..=commits {
        let head = format!(
            "commit refs/heads/main\nmark :{n}\ncommitter A <a@b> {} +0000\ndata 1\n.\n",
            1_700_000_000 + n
        );
        stream.extend(head.into_bytes());
        if n > 1 {
            stream.extend(format!("from :{}\n", n - 1).into_bytes());
        }
        if n > 3 && rng.u8(..5) == 0 {
            stream.extend(format!("merge :{}\n", rng.usize(1..n - 1)).into_bytes());
        }
        for _ in 0..rng.usize(0..4) {
            let name = names[rng.usize(..names.len())].replace('"', "\\\"");
            match rng.u8(..6) {
                0 => stream.extend(format!("D \"{name}\"\n").into_bytes()),
                1 => {
                    let other = names[rng.usize(..4)].replace('"', "\\\"");
                    stream.extend(format!("M 120000 inline \"{name}\"\ndata 1\nx\n").into_bytes());
                    stream.extend(format!("C \"{name}\" \"{other}\"\n").into_bytes());
                }
                2 => stream
                    .extend(format!("M 160000 {:040x} \"{name}\"\n", rng.u64(1..)).into_bytes()),
                kind => {
                    let mut text = Vec::new();
                    for _ in 0..rng.usize(0..30) {
                        text.extend(rng.usize(..4).to_string().into_bytes());
                        text.push(b'\n');
                    }
                    match kind {
                        3 => text.push(0),
                        4 => text.extend(b"no newline at the end"),
                        _ => {}
                    }
                    let mode = if rng.bool() { "100644" } else { "100755" };
                    stream.extend(
                        format!("M {mode} inline \"{name}\"\ndata {}\n", text.len()).into_bytes(),
                    );
                    stream.extend(text);
                    stream.push(b'\n');
                }
            }
        }
    }
    stream
}

/// What git says of a commit: files, and all together.
fn shown(server: &Server, work: &Path, rev: &str) -> Value {
    let parents = server.git(work, &["show", "-s", "--format=%P", rev]);
    let output = match parents.split(' ').collect::<Vec<_>>()[..] {
        [first, _] => server.git(work, &["diff", "--numstat", "-z", "--no-renames", first, rev]),
        _ => server.git(work, &["show", "--numstat", "-z", "--no-renames", "--format=", rev]),
    };
    let (mut files, mut total) = (BTreeMap::new(), [0; 2]);
    for line in output.split('\0').filter(|line| !line.is_empty()) {
        let parts: Vec<_> = line.splitn(3, '\t').collect();
        let [added, deleted] = [parts[0], parts[1]].map(|n| n.parse::<u64>().unwrap_or(0));
        total = [total[0] + added, total[1] + deleted];
        let lines = json!({"additions": added, "deletions": deleted, "lines": added + deleted});
        files.insert(parts[2], lines);
    }
    let [added, deleted] = total;
    json!({"files": files, "total": {
        "additions": added, "deletions": deleted, "lines": added + deleted, "files": files.len(),
    }})
}

#[test]
fn lines_are_counted_as_git_counts_them() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut server = Server::new(&json!({}));
    let (_, work) = server.repository("chance");
    let stream = history(&mut rng, 120);
    let mut import = server.command("git", &work, &["fast-import", "--quiet", "--force"]);
    Process::spawn_with_input("git", &mut import, &stream).finish().expect(0);
    let revs = server.git(&work, &["rev-list", "main"]);
    server.git(&work, &["push", "-q", "origin", "main"]);
    let commits = server.commits(revs.lines().count());
    let mut known: Vec<_> =
        field(&commits, "rev").into_iter().map(|rev| rev.as_str().unwrap()).collect();
    for commit in &commits {
        let rev = commit["rev"].as_str().unwrap();
        assert_eq!(commit["stats"], shown(&server, &work, rev), "seed {seed}, commit {rev}");
    }
    known.sort_unstable();
    let mut expected: Vec<_> = revs.lines().collect();
    expected.sort_unstable();
    assert_eq!(known, expected);
}
