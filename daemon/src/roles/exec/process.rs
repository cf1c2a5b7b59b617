//! A program that runs for a consumer: in a process group of its own, with pipes that never block, and
//! with what it says on stderr in the log.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use fedhub::escape;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

/// How long a program may take to end, first by itself and then after SIGTERM.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is looked at meanwhile.
const GLANCE: Duration = Duration::from_millis(5);
/// How many bytes of a line are logged.
const MAX_LINE: usize = 2000;
/// How many lines are logged in a second; the others are counted.
const LINES_PER_SECOND: u32 = 50;

/// A running program.
pub(super) struct Process {
    child: Child,
    /// Its standard input; `None` when it was closed.
    pub(super) input: Option<File>,
    /// Its standard output.
    pub(super) output: File,
    errors: Errors,
}

/// How many bytes may be in the pipe to a program.
const PIPE: i32 = 1024 * 1024;

impl Process {
    /// Starts a program for the consumer of this name.
    pub(super) fn start(consumer: &str, command: &mut Command) -> io::Result<Self> {
        use std::os::unix::process::CommandExt;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.process_group(0).spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(input), Some(output), Some(errors)) = pipes else {
            return Err(io::Error::other("a pipe is missing"));
        };
        let input = unblocked(input.into())?;
        // Fewer turns for each message. The system may refuse it; then it stays as it is.
        let _ = fcntl(&input, FcntlArg::F_SETPIPE_SZ(PIPE));
        let output = unblocked(output.into())?;
        let errors = Errors::follow(consumer, unblocked(errors.into())?)?;
        Ok(Self { child, input: Some(input), output, errors })
    }

    /// Waits until it can be written to (if `write`), it has written, or the time is up.
    pub(super) fn wait(&self, write: bool, time: Duration) {
        let mut fds = vec![PollFd::new(self.output.as_fd(), PollFlags::POLLIN)];
        if let Some(input) = self.input.as_ref().filter(|_| write) {
            fds.push(PollFd::new(input.as_fd(), PollFlags::POLLOUT));
        }
        // Interrupted by a signal: whoever waits looks again.
        let _ = poll(&mut fds, PollTimeout::try_from(time).unwrap_or(PollTimeout::MAX));
    }

    /// Whether it has ended. Its id stays taken until [`Process::end`].
    pub(super) fn has_ended(&self) -> bool {
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        !matches!(waitid(Id::Pid(self.group()), flags), Ok(WaitStatus::StillAlive))
    }

    /// Ends it: closes its input, waits, asks, and at last forces it and whatever it has started.
    pub(super) fn end(mut self) -> Ended {
        self.input = None;
        if !self.ends_within(PATIENCE) {
            self.signal(Signal::SIGTERM);
            self.ends_within(PATIENCE);
        }
        self.kill()
    }

    /// Forces it to end, and whatever it has started.
    pub(super) fn kill(self) -> Ended {
        self.signal(Signal::SIGKILL);
        self.reap()
    }

    /// Takes leave of a program that has ended; what it has started may go on.
    pub(super) fn reap(mut self) -> Ended {
        let status = self.child.wait();
        let code = status.as_ref().ok().and_then(|status| status.code());
        let how = match status {
            Ok(status) => status.to_string(),
            Err(error) => format!("unknown status: {error}"),
        };
        Ended { code, how, first_line: self.errors.close() }
    }

    fn ends_within(&self, time: Duration) -> bool {
        let begin = Instant::now();
        while !self.has_ended() {
            if begin.elapsed() > time {
                return false;
            }
            std::thread::sleep(GLANCE);
        }
        true
    }

    fn signal(&self, signal: Signal) {
        // It fails only when nobody is left, which is as well.
        let _ = killpg(self.group(), signal);
    }

    fn group(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }
}

/// How a program ended.
pub(super) struct Ended {
    /// Its exit code, unless a signal ended it.
    pub(super) code: Option<i32>,
    /// Exit code or signal in words.
    pub(super) how: String,
    /// The first line it wrote to stderr.
    pub(super) first_line: String,
}

/// A program that cannot be started because of what it was to be given, and not of what it is.
pub(super) fn is_about_arguments(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ArgumentListTooLong | ErrorKind::InvalidInput)
}

/// Whether reading or writing just has to wait.
pub(super) fn would_block(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

fn unblocked(pipe: OwnedFd) -> io::Result<File> {
    let flags = fcntl(&pipe, FcntlArg::F_GETFL)?;
    let flags = OFlag::from_bits_retain(flags) | OFlag::O_NONBLOCK;
    fcntl(&pipe, FcntlArg::F_SETFL(flags))?;
    Ok(pipe.into())
}

/// A thread that logs what comes from stderr.
struct Errors {
    first_line: Arc<Mutex<String>>,
    ended: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Errors {
    fn follow(consumer: &str, pipe: File) -> io::Result<Self> {
        let first_line = Arc::new(Mutex::new(String::new()));
        let ended = Arc::new(AtomicBool::new(false));
        let log = Log {
            consumer: consumer.to_owned(),
            first_line: Arc::clone(&first_line),
            lines: 0,
            unlogged: 0,
            since: Instant::now(),
        };
        let end = Arc::clone(&ended);
        let thread = std::thread::Builder::new()
            .name("stderr".into())
            .spawn(move || log.follow(pipe, &end))?;
        Ok(Self { first_line, ended, thread })
    }

    /// Logs what is there and no more: somebody else may hold the other end of the pipe for ever.
    fn close(self) -> String {
        self.ended.store(true, Ordering::Relaxed);
        // It ends when it has nothing to read, so this is short; a panic there changes nothing here.
        let _ = self.thread.join();
        std::mem::take(&mut self.first_line.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Log {
    consumer: String,
    first_line: Arc<Mutex<String>>,
    lines: u32,
    unlogged: u64,
    since: Instant,
}

/// How many bytes are still read after the end.
const MAX_AFTER: usize = 64 * 1024;

impl Log {
    fn follow(mut self, mut pipe: File, ended: &AtomicBool) {
        let (mut line, mut buffer, mut after) = (Vec::new(), [0; 4096], 0);
        loop {
            match pipe.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    if ended.load(Ordering::Relaxed) {
                        // Whatever it has left behind may write for ever.
                        after += count;
                        if after > MAX_AFTER {
                            break;
                        }
                    }
                    for part in buffer[..count].split_inclusive(|&byte| byte == b'\n') {
                        let room = MAX_LINE.saturating_sub(line.len());
                        line.extend_from_slice(&part[..part.len().min(room)]);
                        if part.ends_with(b"\n") {
                            self.log(&line);
                            line.clear();
                        }
                    }
                }
                Err(error) if would_block(&error) => {
                    if ended.load(Ordering::Relaxed) {
                        break;
                    }
                    let mut fds = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
                    let _ = poll(&mut fds, PollTimeout::from(50_u8));
                }
                Err(_) => break,
            }
        }
        if !line.is_empty() {
            self.log(&line);
        }
        self.count();
    }

    fn log(&mut self, line: &[u8]) {
        let text = escape::text(String::from_utf8_lossy(line).trim_end());
        let mut first = self.first_line.lock().unwrap_or_else(PoisonError::into_inner);
        if first.is_empty() {
            first.clone_from(&text);
        }
        drop(first);
        if self.since.elapsed() >= Duration::from_secs(1) {
            self.count();
        }
        self.lines += 1;
        if self.lines <= LINES_PER_SECOND {
            tracing::info!("consumer {}: {text}", self.consumer);
        } else {
            self.unlogged += 1;
        }
    }

    /// Says what was not logged, and begins another second.
    fn count(&mut self) {
        if self.unlogged > 0 {
            tracing::warn!("consumer {}: {} lines were not logged", self.consumer, self.unlogged);
        }
        (self.lines, self.unlogged, self.since) = (0, 0, Instant::now());
    }
}
