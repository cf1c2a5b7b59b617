//! Answering at once: the hook starts itself anew, and waits only until that process says that the push is on
//! disk, and not for long. A disk, a repository or a relay that does not answer keeps nobody waiting.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write, stdout};
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fedhub::{Error, Result, escape};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::{dup2_stderr, dup2_stdout, setsid};

use super::push::Push;
use super::queue::Queue;
use super::work::Worker;
use super::{Event, How};
use crate::app::App;

/// How long the hook waits for the word that the push is kept.
const PATIENCE: Duration = Duration::from_millis(30);
/// What is said when it is.
const KEPT: &str = "kept";
/// The longest word that is listened to; it is written at once.
const MAX_WORD: usize = 4096;
/// A log that has grown so large begins anew.
const MAX_LOG: u64 = 1024 * 1024;

/// Starts the process that does the work; `keep` is for when there can be none.
pub(super) fn hand_over(keep: impl FnOnce() -> Result<()>) {
    let outcome = match start() {
        Ok(said) => said,
        // Out of processes, most likely. The next push, or `fedhub hook run`, does the rest.
        Err(_) => keep().err().map(|error| error.to_string()),
    };
    if let Some(problem) = outcome {
        tracing::warn!("{}", escape::text(&problem));
    }
}

/// Gives what the pusher should know.
fn start() -> std::io::Result<Option<String>> {
    // The push is on stdin, so that process reads it. Whoever pushes waits until stderr is closed.
    let mut child = Command::new(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .arg("--detached")
        .stdin(Stdio::inherit())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut word = [0; MAX_WORD];
    let mut length = 0;
    if let Some(mut said) = child.stdout.take() {
        let mut fds = [PollFd::new(said.as_fd(), PollFlags::POLLIN)];
        let begin = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(begin.elapsed());
            let time = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
            match poll(&mut fds, time) {
                Err(nix::errno::Errno::EINTR) => {}
                // It goes on by itself, and logs what goes wrong.
                Ok(0) | Err(_) => return Ok(None),
                Ok(_) => break,
            }
        }
        // Not to the end: that process may have to wait before it lets go of its output.
        length = said.read(&mut word)?;
    }
    Ok(match String::from_utf8_lossy(&word[..length]).trim() {
        KEPT => None,
        "" => Some("the push is not announced: the hook ended without a word".into()),
        problem => Some(problem.to_owned()),
    })
}

/// The other process: keeps the push, says so, and publishes.
pub(super) fn work(app: &App, event: &Event, how: &How) {
    // Whoever pushed may hang up. It fails for the leader of a group, which nobody made us.
    let _ = setsid();
    let kept = keep(app, event, how);
    let word = match &kept {
        Ok(_) => KEPT.to_owned(),
        Err(error) => format!("the push is not announced: {}", error.explained()),
    };
    // Nobody may be listening any more.
    let _ = writeln!(stdout(), "{word}");
    if let Err(error) = let_go(kept.as_ref().ok()) {
        tracing::error!("{error}");
    }
    match kept {
        Ok(queue) => Worker::new(app, &how.place, queue).run_all(),
        Err(error) => tracing::error!("{}", error.explained()),
    }
}

/// Puts the push into the queue, if it is to be announced.
pub(super) fn keep(app: &App, event: &Event, how: &How) -> Result<Queue> {
    let config = app.config()?;
    let queue = Queue::open(&how.place, config)?;
    let push = Push::of(event, how, config)?;
    if !push.is_empty() {
        queue.put(&push)?;
    }
    Ok(queue)
}

/// Lets whoever waits for our output go; what is logged goes to a file from now on.
fn let_go(queue: Option<&Queue>) -> Result<()> {
    let nowhere = |error| Error::io("cannot let go of the output", error);
    let null = OpenOptions::new().write(true).open("/dev/null").map_err(nowhere)?;
    dup2_stdout(&null).map_err(|error| nowhere(error.into()))?;
    let Some(queue) = queue else { return Ok(()) };
    let path = queue.log();
    let failed = |error| Error::io(format!("cannot write to {}", path.display()), error);
    let log: File = OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
    if log.metadata().map_err(failed)?.len() > MAX_LOG {
        log.set_len(0).map_err(failed)?;
    }
    dup2_stderr(&log).map_err(|error| failed(error.into()))
}
