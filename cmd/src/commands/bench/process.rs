//! The processes under test: started, measured through /proc, and killed when done with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

/// A directory that goes away with the value.
#[derive(Debug)]
pub(super) struct Scratch(TempDir);

impl Scratch {
    /// Makes a private directory among the temporary files.
    pub(super) fn new() -> Result<Self> {
        let dir = TempDir::with_prefix("fedhub-bench-").context("making a temporary directory")?;
        Ok(Self(dir))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}

/// A running process under test.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    stderr: PathBuf,
    // Dropped after the process is dead.
    _scratch: Scratch,
}

impl Process {
    /// Starts `command`, which does not outlive this process. Standard output is thrown away.
    pub(super) fn spawn(command: &Command, scratch: Scratch) -> Result<Self> {
        Self::spawn_in(command, scratch, Stdio::null(), Stdio::null())
    }

    /// The same with these as standard input and output.
    pub(super) fn spawn_in(
        command: &Command,
        scratch: Scratch,
        stdin: Stdio,
        stdout: Stdio,
    ) -> Result<Self> {
        let stderr = scratch.path().join("stderr");
        let mut guarded = Command::new(std::env::current_exe()?);
        guarded
            .args(["bench", "guarded"])
            .arg(command.get_program())
            .args(command.get_args())
            .current_dir(scratch.path())
            .stdin(stdin)
            .stdout(stdout)
            .stderr(fs::File::create(&stderr)?);
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => guarded.env(name, value),
                None => guarded.env_remove(name),
            };
        }
        let child = guarded.spawn().with_context(|| format!("starting {command:?}"))?;
        Ok(Self { child, stderr, _scratch: scratch })
    }

    /// Fails, with its last words, when the process has ended.
    pub(super) fn check(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("the process under test ended ({status}): {}", last_words(&self.stderr));
        }
        Ok(())
    }

    /// Waits until it has ended by itself.
    pub(super) fn wait(&mut self, patience: Duration) -> Result<()> {
        let end = Instant::now() + patience;
        while self.child.try_wait()?.is_none() {
            ensure!(Instant::now() < end, "the process under test does not end");
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// CPU time of all its threads so far.
    pub(super) fn cpu(&self) -> Result<Duration> {
        cpu_of_threads(&self.proc("task"))
    }

    /// Resident memory now, in bytes.
    pub(super) fn resident(&self) -> Result<u64> {
        self.status("VmRSS:")
    }

    /// The most resident memory it has had, in bytes.
    pub(super) fn peak(&self) -> Result<u64> {
        self.status("VmHWM:")
    }

    /// Bytes it has written to files and devices.
    pub(super) fn written(&self) -> Result<u64> {
        field(&self.proc("io"), "wchar:")
    }

    fn status(&self, name: &str) -> Result<u64> {
        Ok(field(&self.proc("status"), name)? * 1024)
    }

    fn proc(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.child.id()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The end of what a process wrote to a file, on one line.
pub(super) fn last_words(file: &Path) -> String {
    let text = fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    match lines.as_slice() {
        [] => "it said nothing".to_owned(),
        lines => lines[lines.len().saturating_sub(3)..].join(" / "),
    }
}

/// CPU time of the threads this process has now.
pub(super) fn own_cpu() -> Result<Duration> {
    cpu_of_threads(Path::new("/proc/self/task"))
}

/// CPU time of the threads that a process has now.
pub(super) fn cpu_of_process(id: i32) -> Result<Duration> {
    cpu_of_threads(&PathBuf::from(format!("/proc/{id}/task")))
}

fn cpu_of_threads(tasks: &Path) -> Result<Duration> {
    let mut total = Duration::ZERO;
    for task in fs::read_dir(tasks)? {
        let task = task?.path();
        match cpu_of(&task.join("schedstat")) {
            Ok(time) => total += time,
            // The thread has just ended.
            Err(_) if !task.exists() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(total)
}

/// CPU time of the calling thread so far.
pub(super) fn thread_cpu() -> Result<Duration> {
    cpu_of(Path::new("/proc/thread-self/schedstat"))
}

fn cpu_of(schedstat: &Path) -> Result<Duration> {
    let text = fs::read_to_string(schedstat)
        .with_context(|| format!("{} (is it Linux with schedstat?)", schedstat.display()))?;
    let nanos = text.split_whitespace().next().and_then(|word| word.parse().ok());
    Ok(Duration::from_nanos(nanos.context("unreadable schedstat")?))
}

/// The number after `name` in a file of /proc.
fn field(path: &Path, name: &str) -> Result<u64> {
    fs::read_to_string(path)?
        .lines()
        .find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
        .with_context(|| format!("no {name} in {}", path.display()))
}
