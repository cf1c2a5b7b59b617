//! Subversion and Mercurial.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Server, field, has};
use crate::harness::run;

fn lines(added: u64, deleted: u64) -> Value {
    json!({"additions": added, "deletions": deleted, "lines": added + deleted})
}

fn install(server: &Server, kind: &str, path: &Path) {
    let path = path.to_str().unwrap();
    run(&mut server.site.fedhub(&["hook", "install", kind, path])).expect(0);
}

/// A Subversion repository with the hook, and a work tree of it.
fn subversion(server: &Server) -> (PathBuf, PathBuf) {
    let (repo, work) = (server.path("srv").join("docs"), server.path("work"));
    let here = server.path(".");
    server.run("svnadmin", &here, &["create", repo.to_str().unwrap()]);
    install(server, "svn", &repo);
    // Subversion runs hooks with these variables only.
    let variables = format!(
        "[default]\nFEDHUB_CONFIG = {}\nPATH = {}\n",
        server.path("fedhub.toml").display(),
        std::env::var("PATH").unwrap()
    );
    std::fs::write(repo.join("conf/hooks-env"), variables).unwrap();
    let url = format!("file://{}", repo.display());
    server.run("svn", &here, &["checkout", "-q", &url, "work"]);
    (repo, work)
}

#[test]
fn revisions_of_subversion_are_announced() {
    if !has("svn") || !has("svnadmin") || !has("svnlook") {
        return;
    }
    let mut server = Server::new(&json!({}));
    let (repo, work) = subversion(&server);
    std::fs::create_dir_all(work.join("trunk")).unwrap();
    std::fs::create_dir_all(work.join("branches/f40")).unwrap();
    std::fs::write(work.join("trunk/a \"q\" \u{e9}"), "a\nb\n").unwrap();
    std::fs::write(work.join("trunk/binary"), b"a\0\xff\n").unwrap();
    server.run("svn", &work, &["add", "-q", "--force", "."]);
    let commit = |server: &Server, message: &str| {
        server.run("svn", &work, &["commit", "-q", "--username", "mira", "-m", message]);
        server.run("svn", &work, &["update", "-q"]);
    };
    commit(&server, "Begin\n\nb\u{f6}dy");
    let first = server.commits(1).remove(0);
    assert_eq!(server.taken()[0]["topic"], "org.fedoraproject.dev.svn.receive");
    let expected = json!({
        "agent": "mira", "username": "mira", "name": "mira", "email": "", "rev": "1",
        "branch": "", "repo": "docs", "path": repo.canonicalize().unwrap(), "seen": false,
        "summary": "Begin", "message": "Begin\n\nb\u{f6}dy",
        "stats": {
            "files": {"trunk/a \"q\" \u{e9}": lines(2, 0), "trunk/binary": lines(0, 0)},
            "total": {"additions": 2, "deletions": 0, "lines": 2, "files": 2},
        },
    });
    assert_eq!(first, expected);
    // Content that looks like a diff, in one branch; then a file that goes.
    std::fs::write(work.join("branches/f40/c"), "--- x\n+++ y\n@@ -1 +1 @@\nno end").unwrap();
    server.run("svn", &work, &["add", "-q", "branches/f40/c"]);
    server.run("svn", &work, &["propset", "-q", "p", "Added: z\n+++ z", "branches/f40/c"]);
    commit(&server, "two");
    std::fs::write(work.join("branches/f40/c"), "--- x\n").unwrap();
    commit(&server, "three");
    server.run("svn", &work, &["delete", "-q", "branches/f40/c"]);
    commit(&server, "four");
    let commits = server.commits(3);
    let files = |n: usize| &commits[n]["stats"]["files"];
    assert_eq!(files(0), &json!({"branches/f40/c": lines(4, 0)}));
    assert_eq!(files(1), &json!({"branches/f40/c": lines(0, 3)}));
    assert_eq!(files(2), &json!({"branches/f40/c": lines(0, 1)}));
    assert_eq!(field(&commits, "branch"), ["f40", "f40", "f40"]);
}

#[test]
fn changesets_of_mercurial_are_announced() {
    if !has("hg") {
        return;
    }
    let mut server = Server::new(&json!({"max_commits": 3}));
    let (repo, work) = (server.path("srv").join("tools"), server.path("work"));
    let here = server.path(".");
    server.run("hg", &here, &["init", repo.to_str().unwrap()]);
    std::fs::write(repo.join(".hg/hgrc"), "[ui]\nverbose = no").unwrap();
    install(&server, "hg", &repo);
    install(&server, "hg", &repo);
    server.run("hg", &here, &["clone", "-q", repo.to_str().unwrap(), "work"]);
    let commit = |server: &Server, message: &str| {
        server.run("hg", &work, &["addremove", "-q"]);
        server.run("hg", &work, &["commit", "-u", "Mira <mira@example.org>", "-m", message]);
    };
    std::fs::write(work.join("a b"), "a\nb\n").unwrap();
    std::fs::write(work.join("binary"), b"a\0\n").unwrap();
    std::fs::write(work.join("minus"), "--- x\n+++ y\n").unwrap();
    commit(&server, "Begin\n\nbody \u{e9}");
    std::fs::write(work.join("a b"), "a\nc\nd\n").unwrap();
    std::fs::remove_file(work.join("minus")).unwrap();
    server.run("hg", &work, &["branch", "-q", "f40"]);
    commit(&server, "two");
    server.run("hg", &work, &["push", "-q", "--new-branch"]);
    let commits = server.commits(2);
    assert_eq!(server.taken()[0]["topic"], "org.fedoraproject.dev.hg.receive");
    let rev = server.run("hg", &work, &["log", "-r", "0", "-T", "{node}"]).stdout.remove(0);
    let expected = json!({
        "agent": "pusher", "username": "pusher", "name": "Mira", "email": "mira@example.org",
        "branch": "default", "rev": rev, "repo": "tools", "path": repo.canonicalize().unwrap(),
        "seen": false, "summary": "Begin", "message": "Begin\n\nbody \u{e9}",
        "stats": {
            "files": {"a b": lines(2, 0), "binary": lines(0, 0), "minus": lines(2, 0)},
            "total": {"additions": 4, "deletions": 0, "lines": 4, "files": 3},
        },
    });
    assert_eq!(commits[0], expected);
    let files = json!({"a b": lines(2, 1), "minus": lines(0, 2)});
    assert_eq!((&commits[1]["branch"], &commits[1]["stats"]["files"]), (&json!("f40"), &files));
    // More than are announced.
    for n in 0..5 {
        std::fs::write(work.join("a b"), n.to_string()).unwrap();
        commit(&server, &format!("more {n}"));
    }
    server.run("hg", &work, &["push", "-q"]);
    let commits = server.commits(3);
    assert_eq!(field(&commits, "summary"), ["more 2", "more 3", "more 4"]);
    assert_eq!(commits[2]["left_out"], json!({"commits": 2}));
    // Out again, with what else was there.
    let path = repo.to_str().unwrap();
    run(&mut server.site.fedhub(&["hook", "install", "hg", path, "--uninstall"])).expect(0);
    let left = std::fs::read_to_string(repo.join(".hg/hgrc")).unwrap();
    assert_eq!(left, "[ui]\nverbose = no\n");
}
