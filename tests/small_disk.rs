//! A file system of a few megabytes that only one program sees, for tests in which a disk is full.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;

use crate::harness::{Process, Site, skipped, wait_until};

/// Whether this user may mount; says that `what` is not tested if not.
pub(crate) fn may_mount(what: &str) -> bool {
    let mount = ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"];
    let done = Command::new(mount[0]).args(&mount[1..]).output();
    let may = done.is_ok_and(|output| output.status.success());
    if !may {
        skipped(&format!("{what}, which needs the right to mount"));
    }
    may
}

/// The same command with other words before it.
pub(crate) fn behind(wrapper: &[&str], site: &Site, command: &Command) -> Command {
    let mut wrapped = Command::new(wrapper[0]);
    wrapped.args(&wrapper[1..]).arg(command.get_program()).args(command.get_args());
    wrapped.current_dir(site.path(".")).env("HOME", site.path("."));
    wrapped
}

/// Starts a program for which a folder is a file system of so many megabytes.
pub(crate) fn start(site: &Site, name: &str, command: &Command, disk: &Path, size: u32) -> Process {
    let mount = format!(r#"mount -t tmpfs -o size={size}m tmpfs "$0" && exec "$@""#);
    let disk = disk.to_str().unwrap();
    let mut command = behind(&["unshare", "-m", "sh", "-c", &mount, disk], site, command);
    let process = Process::spawn(name, &mut command);
    process.wait_for_line("ready");
    process
}

/// Copies a database of SQLite as a crash of the program at this moment would leave it. SQLite itself
/// cannot open it: it resolves the link that leads there.
pub(crate) fn copy(process: &Process, from: &Path, to: &Path) {
    process.signal(Signal::SIGSTOP);
    let tasks = Path::new("/").join("proc").join(process.id().to_string()).join("task");
    wait_until("the program stands still", || {
        std::fs::read_dir(&tasks).unwrap().flatten().all(|task| {
            let state = std::fs::read_to_string(task.path().join("stat"));
            state.is_ok_and(|state| state.contains(") T "))
        })
    });
    let with = |path: &Path, ending: &str| PathBuf::from(format!("{}{ending}", path.display()));
    // What is not there need not be removed, and there may be no WAL.
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(with(to, ending));
    }
    for ending in ["", "-wal"] {
        let _ = std::fs::copy(with(&seen_by(process, from), ending), with(to, ending));
    }
    process.signal(Signal::SIGCONT);
}

/// A path as this program sees it.
fn seen_by(process: &Process, path: &Path) -> PathBuf {
    let root = Path::new("/").join("proc").join(process.id().to_string()).join("root");
    root.join(path.strip_prefix("/").unwrap())
}

/// Fills the file system until nothing fits any more; the file that does it, to be removed.
pub(crate) fn fill(process: &Process, disk: &Path) -> PathBuf {
    let ballast = seen_by(process, &disk.join("ballast"));
    let mut file = File::create(&ballast).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    ballast
}
