//! Faults from outside, real ones: kills, errors of the disk, a full disk. strace makes the first two,
//! a small tmpfs the third. What they are done to is this test program itself: a test starts it again to
//! run that test alone, which then finds itself to be the child.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use super::store::tests::entry;
use super::{Journal, Options, Retention, Span, Store};

const DIR: &str = "FEDHUB_JOURNAL_FAULTS";
const LONG: Duration = Duration::from_secs(60);
/// How soon somebody who wants a receipt must be refused, and how soon it must work again.
const REFUSED: Duration = Duration::from_secs(1);
const RECOVERED: Duration = Duration::from_secs(5);

fn journal_in(dir: &Path) -> PathBuf {
    dir.join("journal")
}

fn open(dir: &Path) -> Journal {
    let retention = Retention { max_age: Duration::ZERO, max_size: 0 };
    Journal::open(Options { path: journal_in(dir), retention }).unwrap()
}

fn bodies(dir: &Path) -> Vec<String> {
    let records = Store::open(&journal_in(dir)).unwrap().read(0, Span::default()).unwrap();
    let text = |body: &[u8]| String::from_utf8(body.to_vec()).unwrap();
    records.iter().map(|record| text(record.message.body())).collect()
}

/// A body that fills several pages, so that a torn one is seen.
fn body(name: &str) -> String {
    format!("{name} {}", "x".repeat(10_000))
}

/// Where a child works; none when it is not one.
fn child_dir() -> Option<PathBuf> {
    std::env::var_os(DIR).map(PathBuf::from)
}

fn say(line: &str) {
    // In one write, so that strace shows it in one line.
    std::io::stdout().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// This test program, to run this test as a child, behind `wrapper`.
fn child(wrapper: &[&str], name: &str, dir: &Path) -> Command {
    let program = std::env::current_exe().unwrap();
    let program = program.to_str().unwrap();
    let name = format!("journal::faults::{name}");
    let words = [wrapper, &[program, "--exact", &name, "--nocapture"]].concat();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).env(DIR, dir);
    command
}

fn output(mut command: Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Whether strace can be used here.
fn strace() -> bool {
    let usable = output_of(&["strace", "-f", "-e", "trace=none", "true"]);
    if !usable {
        skipped("journal tests with strace, which is not here or not permitted");
    }
    usable
}

fn output_of(words: &[&str]) -> bool {
    Command::new(words[0]).args(&words[1..]).output().is_ok_and(|out| out.status.success())
}

fn skipped(what: &str) {
    // Past the test runner's capture.
    writeln!(std::io::stderr(), "skipped: {what}").unwrap();
}

/// The numbers a child got receipts for.
fn receipts(stdout: &[u8]) -> Vec<usize> {
    let text = String::from_utf8_lossy(stdout);
    let numbers = text.lines().filter_map(|line| line.split("receipt ").nth(1)?.parse().ok());
    numbers.collect()
}

fn append_one(dir: &Path) {
    let journal = open(dir);
    journal.append(entry("t", &body("new"))).unwrap();
    say("receipt 0");
    journal.close();
}

#[test]
fn a_kill_between_any_two_system_calls_of_an_append_loses_and_tears_nothing() {
    if let Some(dir) = child_dir() {
        return append_one(&dir);
    }
    if !strace() {
        return;
    }
    let original = tempfile::tempdir().unwrap();
    open(original.path()).append(entry("t", &body("old"))).unwrap();
    let mut kills = 0;
    // What changes files; between other calls a kill leaves the same behind.
    for call in ["pwrite64", "write", "fsync", "fdatasync", "ftruncate", "unlink"] {
        for nth in 1.. {
            let dir = tempfile::tempdir().unwrap();
            std::fs::copy(journal_in(original.path()), journal_in(dir.path())).unwrap();
            let inject = format!("inject={call}:signal=KILL:when={nth}");
            let strace = ["strace", "-f", "-o", "/dev/null", "-e", &inject];
            let name = "a_kill_between_any_two_system_calls_of_an_append_loses_and_tears_nothing";
            let done = output(child(&strace, name, dir.path()));
            let acknowledged = !receipts(&done.stdout).is_empty();
            let journal = open(dir.path());
            let found = bodies(dir.path());
            let both = [body("old"), body("new")];
            assert!(
                found == both || (found == both[..1] && !acknowledged),
                "killed at {call} {nth}: {} messages, receipt: {acknowledged}",
                found.len()
            );
            let findings = Store::open(&journal_in(dir.path())).unwrap().verify().unwrap();
            assert_eq!(findings.problems, Vec::<String>::new(), "killed at {call} {nth}");
            let next = journal.append(entry("t", "next")).unwrap();
            assert_eq!(next.seq as usize, found.len() + 1, "killed at {call} {nth}");
            if done.status.success() {
                break;
            }
            kills += 1;
        }
    }
    assert!(kills > 20, "only {kills} kills");
}

#[test]
fn a_torn_tail_is_never_taken_for_a_message() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).append(entry("t", &body("old"))).unwrap();
    let journal = open(dir.path());
    journal.append(entry("t", &body("new"))).unwrap();
    // As it is on disk while the process runs: the new message is in the WAL.
    let file = std::fs::read(journal_in(dir.path())).unwrap();
    let wal = std::fs::read(dir.path().join("journal-wal")).unwrap();
    let both = [body("old"), body("new")];
    let mut seen = [false, false];
    for cut in (0..wal.len()).step_by(211).chain([wal.len()]) {
        for garbage in [0, 4096] {
            let dir = tempfile::tempdir().unwrap();
            std::fs::write(journal_in(dir.path()), &file).unwrap();
            let torn = [&wal[..cut], &vec![0xa5; garbage]].concat();
            std::fs::write(dir.path().join("journal-wal"), torn).unwrap();
            let found = bodies(dir.path());
            assert!(found == both || found == both[..1], "cut at {cut}: {found:?}");
            assert!(found == both || cut < wal.len(), "all of it is there");
            seen[usize::from(found == both)] = true;
        }
    }
    assert_eq!(seen, [true, true]);
}

fn append_twenty_in_a_row(dir: &Path) {
    let journal = open(dir);
    let (mut row, deadline) = (0, Instant::now() + LONG);
    for n in 0.. {
        assert!(Instant::now() < deadline, "it does not recover");
        let start = Instant::now();
        match journal.append(entry("t", &body(&format!("{n}.")))) {
            Ok(_) => {
                row += 1;
                say(&format!("receipt {n}"));
            }
            Err(_) => {
                assert!(start.elapsed() < REFUSED, "refused after {:?}", start.elapsed());
                row = 0;
                say("refused");
            }
        }
        if row == 20 {
            return;
        }
    }
}

/// Runs a test as a child and returns its receipts and what it did to the WAL, as strace has it.
fn traced(test: &str, dir: &Path, inject: &[&str]) -> (Vec<usize>, Vec<String>) {
    // So that only messages are synced.
    open(dir).close();
    let log = dir.join("strace.log");
    let strace = ["strace", "-f", "-y", "-e", "trace=openat,pwrite64,fsync,fdatasync,write", "-o"];
    let wrapper = [&strace, &[log.to_str().unwrap()][..], inject].concat();
    let done = output(child(&wrapper, test, dir));
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
    let log = std::fs::read_to_string(log).unwrap();
    (receipts(&done.stdout), log.lines().map(str::to_owned).collect())
}

/// Fails unless each receipt comes after a sync that succeeded and came after all writes to the WAL.
fn expect_synced_receipts(log: &[String]) {
    let (mut written, mut synced, mut count) = (false, false, 0);
    for line in log {
        let wal = line.contains("journal-wal>");
        if line.contains("pwrite64(") && wal {
            written = true;
        } else if line.contains("sync") && (wal || line.contains("resumed")) {
            if line.ends_with("= 0") {
                (written, synced) = (false, true);
            }
        } else if line.contains("write(1<") && line.contains("receipt ") {
            assert!(synced && !written, "a receipt before it is on disk: {line}");
            synced = false;
            count += 1;
        }
    }
    assert!(count >= 20, "{count} receipts in the log");
}

#[test]
fn no_receipt_is_given_before_the_disk_has_the_message() {
    if let Some(dir) = child_dir() {
        return append_twenty_in_a_row(&dir);
    }
    if !strace() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let test = "no_receipt_is_given_before_the_disk_has_the_message";
    let (receipts, log) = traced(test, dir.path(), &[]);
    assert_eq!(receipts, (0..20).collect::<Vec<_>>());
    expect_synced_receipts(&log);
}

#[test]
fn after_an_error_of_fsync_the_file_is_opened_anew_and_nothing_unsaved_is_acknowledged() {
    if let Some(dir) = child_dir() {
        return append_twenty_in_a_row(&dir);
    }
    if !strace() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let inject = ["-e", "inject=fsync,fdatasync:error=EIO:when=5..9"];
    let test =
        "after_an_error_of_fsync_the_file_is_opened_anew_and_nothing_unsaved_is_acknowledged";
    let (receipts, log) = traced(test, dir.path(), &inject);
    expect_synced_receipts(&log);
    let mut failed = false;
    let mut failures = 0;
    for line in &log {
        if line.contains("EIO") {
            (failed, failures) = (true, failures + 1);
        } else if line.contains("openat(") && line.contains("journal-wal") {
            failed = false;
        } else if line.contains("pwrite64(") && line.contains("journal-wal>") {
            assert!(!failed, "written to the same file after an error: {line}");
        }
    }
    assert_eq!(failures, 5);
    let found = bodies(dir.path());
    for n in receipts {
        assert!(found.contains(&body(&format!("{n}."))), "message {n} has a receipt");
    }
}

fn fill_the_disk(dir: &Path) {
    let journal = open(dir);
    let mut acknowledged = vec![body("before")];
    journal.append(entry("t", &acknowledged[0])).unwrap();
    let ballast = dir.join("ballast");
    let mut file = std::fs::File::create(&ballast).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    drop(file);
    let mut refused = 0;
    for n in 0..1000 {
        let start = Instant::now();
        let text = body(&n.to_string());
        match journal.append(entry("t", &text)) {
            Ok(_) => acknowledged.push(text),
            Err(_) => {
                assert!(start.elapsed() < REFUSED, "refused after {:?}", start.elapsed());
                refused += 1;
            }
        }
        if refused == 5 {
            break;
        }
    }
    assert_eq!(refused, 5);
    assert!(journal.health().failing_since.is_some());
    std::fs::remove_file(&ballast).unwrap();
    let start = Instant::now();
    while journal.health().failing_since.is_some() {
        assert!(start.elapsed() < RECOVERED, "it does not recover");
        std::thread::sleep(Duration::from_millis(10));
    }
    acknowledged.push(body("after"));
    journal.append(entry("t", &body("after"))).unwrap();
    let found = bodies(dir);
    assert!(acknowledged.iter().all(|body| found.contains(body)));
    assert!(Store::open(&journal_in(dir)).unwrap().verify().unwrap().problems.is_empty());
    say("receipt 0");
}

#[test]
fn a_full_disk_gives_no_receipts_and_is_over_when_space_returns() {
    if let Some(dir) = child_dir() {
        return fill_the_disk(&dir);
    }
    if !output_of(&["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]) {
        skipped("a journal test on a full disk, which needs the right to mount");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mount = r#"mount -t tmpfs -o size=2m tmpfs "$0" && exec "$@""#;
    let wrapper = ["unshare", "-m", "sh", "-c", mount, dir.path().to_str().unwrap()];
    let name = "a_full_disk_gives_no_receipts_and_is_over_when_space_returns";
    let done = output(child(&wrapper, name, dir.path()));
    let said = String::from_utf8_lossy(&done.stdout);
    assert_eq!(receipts(&done.stdout), [0], "{said}{}", String::from_utf8_lossy(&done.stderr));
}
