//! What happens to a push when something around the hook does not work.

use std::collections::HashSet;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use super::{Server, commit, field, many};
use crate::harness::{Finished, Process, run, wait_until};

/// The files of a directory whose names end so; none while it is not there.
fn files(dir: &Path, end: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.to_string_lossy().ends_with(end)).collect()
}

fn queue(server: &Server) -> PathBuf {
    server.path("spool").join(format!("pushes-{}", nix::unistd::getuid()))
}

fn hook_run(server: &Server, arguments: &[&str]) -> Finished {
    run(server.site.fedhub(&["hook", "run"]).args(arguments))
}

/// A git that gets stuck in `git log` while the file `stuck` is there, and leaves the id of who called it.
fn stuck_git(server: &Server) -> PathBuf {
    let dir = server.path("bin");
    std::fs::create_dir(&dir).unwrap();
    let real = run(Command::new("sh").args(["-c", "command -v git"])).stdout.remove(0);
    let (stuck, caller) = (server.path("stuck"), server.path("caller"));
    let script = format!(
        "#!/bin/sh\ncase \" $* \" in *' log '*) if [ -e '{0}' ]; then\n\
         echo $PPID > '{1}.new'; mv '{1}.new' '{1}'; exec sleep 600; fi;; esac\nexec '{real}' \"$@\"\n",
        stuck.display(),
        caller.display(),
    );
    std::fs::write(dir.join("git"), script).unwrap();
    std::fs::set_permissions(dir.join("git"), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(stuck, "").unwrap();
    dir
}

/// Runs the hook as git does, with this folder first in PATH. (git itself has its own there.)
fn call_hook(server: &Server, bare: &Path, bin: &Path, input: &str) -> Finished {
    let mut command = server.command("hooks/post-receive", bare, &[]);
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{path}", bin.display())).env("GIT_DIR", ".");
    Process::spawn_with_input("hook", &mut command, input.as_bytes()).finish()
}

#[test]
fn while_the_relay_hangs_messages_go_to_the_spool_and_then_to_it() {
    let mut server = Server::new(&json!({}));
    let (_, work) = server.repository("a");
    server.relay = None;
    let silent = TcpListener::bind(server.endpoint.strip_prefix("tcp://").unwrap()).unwrap();
    many(&server, &work, 150, 1);
    // It does not wait for the relay: nobody ever answers.
    server.git(&work, &["push", "-q", "origin", "many"]);
    wait_until("the messages are in the spool", || {
        files(&server.path("spool"), ".msg").len() == 150
    });
    wait_until("the push is done with", || {
        files(&queue(&server), "")
            .iter()
            .all(|file| file.ends_with("lock") || file.ends_with("hook.log"))
    });
    let log = std::fs::read_to_string(queue(&server).join("hook.log")).unwrap();
    assert!(log.contains("go to the spool"), "{log}");
    drop(silent);
    server.start_relay();
    server.git(&work, &["checkout", "-q", "many"]);
    commit(&server, &work, "b", "", "next");
    server.git(&work, &["push", "-q", "origin", "many"]);
    let commits = server.commits(151);
    assert_eq!(commits[0]["summary"], "next");
    let expected: Vec<Value> = (0..150).map(|n| json!(format!("commit {n}"))).collect();
    assert!(field(&commits[1..], "summary").into_iter().eq(&expected));
    wait_until("the spool is empty", || files(&server.path("spool"), ".msg").is_empty());
}

#[test]
fn a_push_outlives_the_process_that_worked_on_it() {
    let mut server = Server::new(&json!({}));
    let (bare, work) = server.repository("a");
    let bin = stuck_git(&server);
    std::fs::remove_file(bare.join("hooks/post-receive")).unwrap();
    many(&server, &work, 20, 1);
    server.git(&work, &["push", "-q", "origin", "many"]);
    let head = server.git(&work, &["rev-parse", "many"]);
    let hook = ["hook", "install", "git", bare.to_str().unwrap()];
    run(&mut server.site.fedhub(&hook)).expect(0);
    let input = format!("{} {head} refs/heads/many\n", "0".repeat(40));
    // git does not end, so the hook ends before it.
    let done = call_hook(&server, &bare, &bin, &input).expect(0);
    assert!(done.stderr.is_empty(), "{done:#?}");
    wait_until("git is stuck", || server.path("caller").exists());
    let caller: i32 =
        std::fs::read_to_string(server.path("caller")).unwrap().trim().parse().unwrap();
    hook_run(&server, &[]).expect(75);
    let begun = files(&queue(&server), ".begun").remove(0);
    let push = std::fs::read(&begun).unwrap();
    kill(Pid::from_raw(caller), Signal::SIGKILL).unwrap();
    std::fs::remove_file(server.path("stuck")).unwrap();
    wait_until("nobody works on the queue", || hook_run(&server, &[]).code == Some(0));
    assert_eq!(field(&server.commits(20), "rev")[19], &head);
    // As if it had been killed later: what is published again is the same to the byte.
    std::fs::write(begun, push).unwrap();
    let done = hook_run(&server, &[]).expect(0);
    assert_eq!((done.stdout[0].as_str(), server.taken().len()), ("20 published", 20));
}

#[test]
fn what_cannot_be_read_is_set_aside_and_does_not_hold_up_others() {
    let mut server = Server::new(&json!({}));
    let (bare, work) = server.repository("a");
    let bin = stuck_git(&server);
    let rev = commit(&server, &work, "a", "", "one");
    server.git(&work, &["push", "-q", "origin", "main:other"]);
    server.commits(1);
    let input = format!("{} {rev} refs/heads/main\n", "0".repeat(40));
    let spool = server.path("spool");
    // A busy machine needs longer than this for what is to work.
    server.site.set(json!({"hook": {"spool": spool, "timeout": 1.0}}));
    call_hook(&server, &bare, &bin, &input).expect(0);
    wait_until("it is set aside", || files(&queue(&server), ".bad").len() == 1);
    server.site.set(json!({"hook": {"spool": spool}}));
    let log = || std::fs::read_to_string(queue(&server).join("hook.log")).unwrap();
    wait_until("the log says why", || log().contains("hook.timeout"));
    // One whose commits are gone, and one that is damaged.
    let gone = format!("{} {} refs/heads/gone\n", "0".repeat(40), "1".repeat(40));
    call_hook(&server, &bare, &bin, &gone).expect(0);
    wait_until("it is set aside", || files(&queue(&server), ".bad").len() == 2);
    std::fs::write(queue(&server).join("1-x.push"), "{").unwrap();
    commit(&server, &work, "a", "2", "two");
    server.git(&work, &["push", "-q", "origin", "main"]);
    assert_eq!(server.commits(1)[0]["summary"], "two");
    assert_eq!(files(&queue(&server), ".bad").len(), 3);
    std::fs::remove_file(server.path("stuck")).unwrap();
    let text = hook_run(&server, &["--failed"]).expect(65).stderr.join("\n");
    assert!(text.contains("2 pushes were set aside"), "{text}");
    assert_eq!(server.commits(1)[0]["rev"], rev);
}

#[test]
fn one_that_ends_its_process_twice_is_not_tried_again() {
    let server = Server::new(&json!({}));
    let dir = queue(&server);
    hook_run(&server, &[]).expect(0);
    std::fs::write(dir.join("1-x.again"), "{}").unwrap();
    let text = hook_run(&server, &[]).expect(65).stderr.join("\n");
    assert!(text.contains("ended the process twice"), "{text}");
    assert_eq!(files(&dir, ".bad").len(), 1);
}

#[test]
fn a_push_that_cannot_be_kept_is_not_refused_and_its_pusher_is_told() {
    let mut server = Server::new(&json!({}));
    let (bare, work) = server.repository("a");
    std::fs::write(server.path("file"), "").unwrap();
    let spool = server.path("file");
    server.site.set(json!({"hook": {"spool": spool}}));
    let rev = commit(&server, &work, "a", "", "one");
    let done = server.run("git", &work, &["push", "-q", "origin", "main"]);
    assert_eq!(server.git(&bare, &["rev-parse", "main"]), rev);
    // On a busy machine the hook does not wait for the word.
    let said = done.stderr.join("\n");
    assert!(said.is_empty() || said.contains("the push is not announced"), "{said}");
    // The word itself, from the process that gives it.
    let input = format!("{} {rev} refs/heads/main\n", "0".repeat(40));
    let mut word = server.site.fedhub(&["hook", "git", "--detached"]);
    word.env("GIT_DIR", &bare);
    let told = Process::spawn_with_input("hook", &mut word, input.as_bytes()).finish().expect(0);
    assert!(told.stdout[0].contains("the push is not announced"), "{told:#?}");
    let spool = server.path("spool");
    server.site.set(json!({"hook": {"spool": spool}}));
    let mut wrong = server.site.fedhub(&["hook", "git", "--detached"]);
    let told = Process::spawn_with_input("hook", &mut wrong, b"hello\n").finish().expect(0);
    assert!(told.stdout[0].contains("not what git tells a hook"), "{told:#?}");
}

#[test]
fn pushes_at_the_same_time_are_all_announced_once() {
    let mut server = Server::new(&json!({}));
    let (_, work) = server.repository("a");
    commit(&server, &work, "a", "", "base");
    server.git(&work, &["push", "-q", "origin", "main"]);
    server.commits(1);
    for n in 0..12 {
        server.git(&work, &["checkout", "-q", "-b", &format!("b{n}"), "main"]);
        commit(&server, &work, "a", &n.to_string(), &format!("branch {n}"));
    }
    thread::scope(|scope| {
        for n in 0..12 {
            let (server, work) = (&server, &work);
            let branch = format!("b{n}");
            let mut push = server.command("git", work, &["push", "-q", "origin", &branch]);
            scope.spawn(move || run(&mut push).expect(0));
        }
    });
    let commits = server.commits(12);
    let branches: HashSet<_> =
        commits.iter().map(|commit| commit["branch"].as_str().unwrap()).collect();
    assert_eq!(branches.len(), 12);
    assert!(commits.iter().all(|commit| commit["seen"] == false), "{commits:#?}");
}
