//! Hooks of version control, in real repositories.

mod faults;
mod install;
mod others;
mod stats;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::durable::Receipts;
use crate::harness::{Finished, Process, Site, free_endpoint, run, skipped, wait_until};

/// Whether a program is here; says what is not tested otherwise.
fn has(program: &str) -> bool {
    let asked = Command::new(program).arg("--version").stdout(Stdio::null()).status();
    let here = asked.is_ok_and(|status| status.success());
    if !here {
        skipped(&format!("hooks of {program} (install it)"));
    }
    here
}

/// A server: where its repositories are, and a relay that takes every message.
struct Server {
    site: Site,
    endpoint: String,
    relay: Option<Receipts>,
    /// How many messages were looked at.
    looked: usize,
}

impl Server {
    fn new(settings: &Value) -> Self {
        let endpoint = free_endpoint();
        let mut site = Site::new(json!({
            "sign_messages": false, "publish_timeout": 20.0, "relay": {"receipts": endpoint},
        }));
        let mut hook = json!({"spool": site.path("spool"), "root": site.path("srv")});
        hook.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        site.set(json!({"hook": hook}));
        std::fs::create_dir(site.path("srv")).unwrap();
        let mut server = Self { site, endpoint, relay: None, looked: 0 };
        server.start_relay();
        server
    }

    fn start_relay(&mut self) {
        self.relay = Some(Receipts::start(&self.endpoint, 75, |_| true));
        self.looked = 0;
    }

    fn path(&self, name: &str) -> PathBuf {
        self.site.path(name)
    }

    /// A command of a developer, or of the server for him.
    fn command(&self, program: &str, dir: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if ["FED", "GIT_", "HG", "XDG_"].iter().any(|prefix| name.starts_with(prefix)) {
                command.env_remove(name);
            }
        }
        command.env("FEDHUB_CONFIG", self.path("fedhub.toml")).env("HOME", self.path("."));
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GL_USER", "pusher").env("LC_ALL", "C.UTF-8");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Ada L\u{f6}w");
            command.env(format!("GIT_{role}_EMAIL"), "ada@example.org");
        }
        command.current_dir(dir).args(arguments);
        command
    }

    #[track_caller]
    fn run(&self, program: &str, dir: &Path, arguments: &[&str]) -> Finished {
        run(&mut self.command(program, dir, arguments)).expect(0)
    }

    #[track_caller]
    fn git(&self, dir: &Path, arguments: &[&str]) -> String {
        self.run("git", dir, arguments).stdout.join("\n")
    }

    /// A repository with the hook, and a work tree of it.
    fn repository(&self, name: &str) -> (PathBuf, PathBuf) {
        let (bare, work) = (self.path("srv").join(format!("{name}.git")), self.path("work"));
        self.git(&self.path("."), &["init", "-q", "--bare", bare.to_str().unwrap()]);
        run(&mut self.site.fedhub(&["hook", "install", "git", bare.to_str().unwrap()])).expect(0);
        self.git(&self.path("."), &["clone", "-q", bare.to_str().unwrap(), "work"]);
        self.git(&work, &["checkout", "-q", "-b", "main"]);
        (bare, work)
    }

    /// All that the relay has, in the order in which it came.
    fn taken(&self) -> Vec<Value> {
        self.relay.as_ref().unwrap().taken.lock().unwrap().clone()
    }

    /// Waits for so many commits more; nothing else may have come, as far as is known now.
    #[track_caller]
    fn commits(&mut self, count: usize) -> Vec<Value> {
        let expected = self.looked + count;
        wait_until(&format!("{expected} messages"), || self.taken().len() >= expected);
        let new = self.taken().split_off(self.looked);
        assert_eq!(new.len(), count, "{new:#?}");
        self.looked = expected;
        new.iter().map(|message| message["msg"]["commit"].clone()).collect()
    }
}

/// Changes a file and commits it; gives the commit.
fn commit(server: &Server, work: &Path, file: &str, text: &str, message: &str) -> String {
    std::fs::write(work.join(file), text).unwrap();
    server.git(work, &["add", "--all"]);
    server.git(work, &["commit", "-q", "--allow-empty", "-m", message]);
    server.git(work, &["rev-parse", "HEAD"])
}

fn field<'a>(commits: &'a [Value], name: &str) -> Vec<&'a Value> {
    commits.iter().map(|commit| &commit[name]).collect()
}

#[test]
fn a_commit_has_the_fields_of_the_original() {
    let mut server = Server::new(&json!({}));
    let (bare, work) = server.repository("rpms/kernel");
    let rev = commit(&server, &work, "kernel.spec", "a\nb\n", "Begin\n\nIt has to.\n");
    let pushed = server.git(&work, &["push", "-q", "origin", "main"]);
    assert_eq!(pushed, "");
    let commits = server.commits(1);
    let expected = json!({
        "agent": "pusher", "username": "pusher", "name": "Ada L\u{f6}w",
        "email": "ada@example.org", "branch": "main", "rev": rev, "repo": "kernel",
        "namespace": "rpms", "path": bare.canonicalize().unwrap(), "seen": false,
        "summary": "Begin", "message": "Begin\n\nIt has to.\n",
        "stats": {
            "files": {"kernel.spec": {"additions": 2, "deletions": 0, "lines": 2}},
            "total": {"additions": 2, "deletions": 0, "lines": 2, "files": 1},
        },
    });
    assert_eq!(commits[0], expected);
    let message = &server.taken()[0];
    assert_eq!(message["topic"], "org.fedoraproject.dev.git.receive");
    assert_eq!((&message["i"], &message["username"]), (&json!(1), &json!("pusher")));
    let names: Vec<_> = message.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["i", "msg", "msg_id", "timestamp", "topic", "username"]);
}

#[test]
fn branches_tags_deletions_and_merges_are_told_apart() {
    let mut server = Server::new(&json!({}));
    let (_, work) = server.repository("a");
    let push = |server: &Server, arguments: &[&str]| {
        let all = [&["push", "-q", "origin"], arguments].concat();
        let done = server.run("git", &work, &all);
        assert!(done.stderr.iter().all(|line| !line.contains("fedhub")), "{done:#?}");
    };
    let first = commit(&server, &work, "a", "1\n", "one");
    let second = commit(&server, &work, "a", "1\n2\n", "two");
    push(&server, &["main"]);
    let commits = server.commits(2);
    assert_eq!(field(&commits, "rev"), [&first, &second], "oldest first");

    // A branch with nothing of its own is announced by its head.
    server.git(&work, &["checkout", "-q", "-b", "f40"]);
    push(&server, &["f40"]);
    let commits = server.commits(1);
    assert_eq!((&commits[0]["rev"], &commits[0]["branch"]), (&json!(second), &json!("f40")));
    assert_eq!(commits[0]["seen"], true);

    // What is on another branch already is seen; what is not, is not.
    let third = commit(&server, &work, "b", "x\n", "three");
    push(&server, &["f40"]);
    server.git(&work, &["checkout", "-q", "main"]);
    server.git(&work, &["merge", "-q", "--ff-only", "f40"]);
    push(&server, &["main"]);
    let commits = server.commits(2);
    assert_eq!(field(&commits, "rev"), [&third, &third]);
    assert_eq!(field(&commits, "seen"), [&json!(false), &json!(true)]);
    assert_eq!(field(&commits, "branch"), ["f40", "main"]);

    // Two branches in one push.
    let fourth = commit(&server, &work, "b", "x\ny\n", "four");
    server.git(&work, &["branch", "-q", "-f", "f40", "main"]);
    push(&server, &["main", "f40", "main:refs/heads/new/er"]);
    let commits = server.commits(3);
    assert!(commits.iter().all(|commit| commit["rev"] == fourth));
    let seen = commits.iter().filter(|commit| commit["seen"] == true).count();
    assert_eq!(seen, 2, "{commits:#?}");

    // Tags and notes are not announced, nor is what is deleted.
    server.git(&work, &["tag", "light"]);
    server.git(&work, &["tag", "-a", "-m", "heavy", "heavy"]);
    server.git(&work, &["notes", "add", "-m", "note"]);
    push(&server, &["--tags", "refs/notes/commits", ":f40"]);

    // A merge: what came by it, then itself, counted against its first parent.
    server.git(&work, &["checkout", "-q", "-b", "side", "HEAD~1"]);
    let side = commit(&server, &work, "side", "s\n", "side");
    server.git(&work, &["checkout", "-q", "main"]);
    let own = commit(&server, &work, "own", "o\n", "own");
    server.git(&work, &["merge", "-q", "--no-ff", "-m", "merged", "side"]);
    let merge = server.git(&work, &["rev-parse", "HEAD"]);
    push(&server, &["main"]);
    let commits = server.commits(3);
    let mut revs: Vec<_> = commits.iter().map(|commit| commit["rev"].as_str().unwrap()).collect();
    assert_eq!(revs.pop(), Some(merge.as_str()));
    revs.sort_unstable();
    let mut expected = [side.as_str(), own.as_str()];
    expected.sort_unstable();
    assert_eq!(revs, expected);
    let files = json!({"side": {"additions": 1, "deletions": 0, "lines": 1}});
    assert_eq!(commits[2]["stats"]["files"], files);

    // Going back is no news; going elsewhere is what came instead.
    server.git(&work, &["reset", "-q", "--hard", "HEAD~1"]);
    push(&server, &["--force", "main"]);
    server.git(&work, &["reset", "-q", "--hard", "HEAD~1"]);
    let other = commit(&server, &work, "other", "", "other");
    push(&server, &["--force", "main"]);
    assert_eq!(field(&server.commits(1), "rev"), [&other]);
}

#[test]
fn odd_names_messages_and_signatures_do_no_harm() {
    let mut server = Server::new(&json!({}));
    let (bare, work) = server.repository("odd");
    // Settings of a server that would change what git prints.
    for setting in [
        "log.showSignature=true",
        "diff.renames=copies",
        "core.quotePath=true",
        "log.decorate=full",
        "i18n.logOutputEncoding=ISO-8859-1",
        "diff.noprefix=true",
        "format.pretty=oneline",
        "log.diffMerges=off",
        "diff.context=0",
        "color.ui=always",
        "log.date=relative",
    ] {
        let (name, value) = setting.split_once('=').unwrap();
        server.git(&bare, &["config", name, value]);
    }
    let names: [&[u8]; 6] = [
        b"q\"uo'te",
        b"new\nline",
        b"tab\there",
        b"\xff\xfe",
        "\u{e9} \u{1f600}".as_bytes(),
        b"-rf",
    ];
    for name in names {
        use std::os::unix::ffi::OsStrExt;
        std::fs::write(work.join(std::ffi::OsStr::from_bytes(name)), "x\n").unwrap();
    }
    std::fs::write(work.join("binary"), b"\0\x01\x02").unwrap();
    server.git(&work, &["add", "--all"]);
    server.git(&work, &["commit", "-q", "-m", "names"]);
    // A message in another encoding that says so, one that does not, and none.
    let latin = |dir: &Path, settings: &[&str], text: &[u8]| {
        let mut arguments = settings.to_vec();
        arguments.extend(["commit", "-q", "--allow-empty", "--cleanup=verbatim", "-F", "-"]);
        let mut command = server.command("git", dir, &arguments);
        Process::spawn_with_input("git", &mut command, text).finish().expect(0);
    };
    latin(&work, &["-c", "i18n.commitEncoding=ISO-8859-1"], b"caf\xe9\n");
    latin(&work, &[], b"bytes\n\n\x01mark\n1\t1\tfile\n");
    server.git(&work, &["commit", "-q", "--allow-empty", "--allow-empty-message", "-m", ""]);
    // A signature as git keeps it, whose key nobody here has, and bytes that git would mend.
    let [tree, head] = ["HEAD^{tree}", "HEAD"].map(|name| server.git(&work, &["rev-parse", name]));
    let text = format!(
        "tree {tree}\nparent {head}\nauthor A <a@b> 1700000000 +0000\ncommitter A <a@b> 1700000000 +0000\n\
         gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----\n\nsigned "
    );
    let signed = [text.as_bytes(), b"\xff\xfe\n"].concat();
    let mut hash = server.command("git", &work, &["hash-object", "-t", "commit", "-w", "--stdin"]);
    let hashed = Process::spawn_with_input("git", &mut hash, &signed).finish().expect(0);
    server.git(&work, &["reset", "-q", "--hard", &hashed.stdout[0]]);
    server.git(&work, &["push", "-q", "origin", "main"]);

    let commits = server.commits(5);
    let files = commits[0]["stats"]["files"].as_object().unwrap();
    let mut keys: Vec<_> = files.keys().map(String::as_str).collect();
    keys.sort_unstable();
    let expected =
        ["-rf", "\\377\\376", "binary", "new\nline", "q\"uo'te", "tab\there", "\u{e9} \u{1f600}"];
    assert_eq!(keys, expected);
    assert_eq!(files["binary"], json!({"additions": 0, "deletions": 0, "lines": 0}));
    assert_eq!(commits[1]["message"], "caf\u{e9}\n");
    assert_eq!(commits[2]["message"], "bytes\n\n\u{1}mark\n1\t1\tfile\n");
    assert_eq!(commits[2]["stats"]["files"], json!({}));
    assert_eq!((&commits[3]["summary"], &commits[3]["message"]), (&json!(""), &json!("")));
    assert_eq!(commits[4]["summary"], "signed \u{fffd}\u{fffd}");
}

/// Commits made at once, each with this many files.
fn many(server: &Server, work: &Path, commits: usize, files: usize) {
    let mut stream = String::new();
    for n in 0..commits {
        let message = format!("commit {n}");
        stream += &format!(
            "commit refs/heads/many\ncommitter A <a@b> {} +0000\ndata {}\n{message}\n",
            1_700_000_000 + n,
            message.len()
        );
        for file in 0..files {
            let text = n.to_string();
            stream += &format!("M 100644 inline f{file}\ndata {}\n{text}\n", text.len());
        }
    }
    let mut import = server.command("git", work, &["fast-import", "--quiet"]);
    Process::spawn_with_input("git", &mut import, stream.as_bytes()).finish().expect(0);
}

#[test]
fn large_pushes_are_announced_in_part_and_say_so() {
    let mut server = Server::new(&json!({"max_commits": 100, "max_files": 3}));
    let (_, work) = server.repository("large");
    many(&server, &work, 250, 5);
    server.git(&work, &["push", "-q", "origin", "many"]);
    let commits = server.commits(100);
    let summaries = field(&commits, "summary");
    assert_eq!((summaries[0], summaries[99]), (&json!("commit 150"), &json!("commit 249")));
    assert_eq!(commits[99]["left_out"], json!({"commits": 150, "files": 2}));
    assert_eq!(commits[98]["left_out"], json!({"files": 2}));
    let stats = &commits[0]["stats"];
    assert_eq!(stats["files"].as_object().unwrap().len(), 3);
    assert_eq!(stats["total"], json!({"additions": 5, "deletions": 5, "lines": 10, "files": 5}));

    // Of several branches each has its head announced.
    server.git(&work, &["checkout", "-q", "many"]);
    for n in 0..5 {
        server.git(&work, &["checkout", "-q", "-b", &format!("b{n}")]);
        commit(&server, &work, "f0", &format!("{n}"), &format!("branch {n}"));
    }
    server.site.set(json!({"hook": {
        "spool": server.path("spool"), "max_commits": 3,
    }}));
    server.git(&work, &["push", "-q", "--all", "origin"]);
    let commits = server.commits(3);
    assert_eq!(field(&commits, "branch"), ["b0", "b1", "b2"]);
    assert_eq!(commits[2]["left_out"]["branches"], 2);
}

#[test]
fn a_thousand_commits_arrive_each_once_and_in_order() {
    let mut server = Server::new(&json!({}));
    let (_, work) = server.repository("thousand");
    many(&server, &work, 1000, 1);
    server.git(&work, &["push", "-q", "origin", "many"]);
    let commits = server.commits(1000);
    let expected: Vec<Value> = (0..1000).map(|n| json!(format!("commit {n}"))).collect();
    assert!(field(&commits, "summary").into_iter().eq(&expected));
    assert_eq!(commits[999].get("left_out"), None);
}
