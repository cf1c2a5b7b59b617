//! The programs that read repositories: bounded in time, and in how much of what they print is held.

use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use fedhub::{Error, Kind, Result, escape};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// The longest piece of output that is held; more of it is not looked at.
const MAX_PIECE: usize = 256 * 1024;
/// How many bytes of lines are held together.
const MAX_LINES: usize = 16 * 1024 * 1024;
/// How much of what a program says on stderr is passed on.
const MAX_WORDS: u64 = 1000;
/// How often a program that has closed its output is looked at.
const GLANCE: Duration = Duration::from_millis(2);

/// A program with nothing in its surroundings that would change what it prints.
pub(super) fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    for (variable, _) in std::env::vars_os() {
        let text = variable.to_string_lossy();
        if ["GIT_", "HG", "SVN_"].iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(variable);
        }
    }
    command.env("LC_ALL", "C.UTF-8");
    command
}

/// Runs a program with `input`; `take` gets each piece of its output, without the byte `end` after it.
pub(super) fn pieces(
    command: &mut Command,
    input: Vec<u8>,
    end: u8,
    deadline: Instant,
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().map_err(|error| {
        Error::io(format!("cannot run {name}"), error).hint(format!("install {name}"))
    })?;
    let mut running = Running { child, name, deadline };
    let words = running.listen(input);
    let mut piece = Vec::new();
    running.read(|mut bytes| {
        while let Some(at) = bytes.iter().position(|&byte| byte == end) {
            hold(&mut piece, &bytes[..at]);
            take(&piece)?;
            piece.clear();
            bytes = &bytes[at + 1..];
        }
        hold(&mut piece, bytes);
        Ok(())
    })?;
    if !piece.is_empty() {
        take(&piece)?;
    }
    running.end(&words)
}

/// The lines that a program prints, up to a bound.
pub(super) fn lines(
    command: &mut Command,
    input: Vec<u8>,
    deadline: Instant,
) -> Result<Vec<String>> {
    let (mut lines, mut room) = (Vec::new(), MAX_LINES);
    pieces(command, input, b'\n', deadline, |line| {
        room = room.saturating_sub(line.len() + 1);
        if room == 0 {
            return Ok(());
        }
        lines.push(String::from_utf8_lossy(line).into_owned());
        Ok(())
    })?;
    Ok(lines)
}

fn hold(piece: &mut Vec<u8>, bytes: &[u8]) {
    let room = MAX_PIECE - piece.len();
    piece.extend_from_slice(&bytes[..bytes.len().min(room)]);
}

/// A program at work; it is killed when it is given up.
struct Running {
    child: Child,
    name: String,
    deadline: Instant,
}

impl Running {
    /// Gives the program its input, and what it says on stderr to whoever asks in the end.
    fn listen(&mut self, input: Vec<u8>) -> mpsc::Receiver<String> {
        let (sender, words) = mpsc::sync_channel(1);
        if let Some(mut stdin) = self.child.stdin.take() {
            // It need not read all of it.
            std::thread::spawn(move || drop(stdin.write_all(&input)));
        }
        if let Some(mut stderr) = self.child.stderr.take() {
            std::thread::spawn(move || {
                let mut said = Vec::new();
                // What cannot be read is not said.
                let _ = stderr.by_ref().take(MAX_WORDS).read_to_end(&mut said);
                let _ = std::io::copy(&mut stderr, &mut std::io::sink());
                let _ = sender.try_send(String::from_utf8_lossy(&said).trim().to_owned());
            });
        }
        words
    }

    fn read(&mut self, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let Some(mut output) = self.child.stdout.take() else { return Ok(()) };
        let mut buffer = [0; 64 * 1024];
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            let time = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
            let mut fds = [PollFd::new(output.as_fd(), PollFlags::POLLIN)];
            match poll(&mut fds, time) {
                Ok(0) if left.is_zero() => return Err(self.too_slow()),
                Ok(0) | Err(nix::errno::Errno::EINTR) => continue,
                _ => {}
            }
            let read = output
                .read(&mut buffer)
                .map_err(|error| Error::io(format!("cannot read from {}", self.name), error))?;
            if read == 0 {
                return Ok(());
            }
            take(&buffer[..read])?;
        }
    }

    fn end(mut self, words: &mpsc::Receiver<String>) -> Result<()> {
        let failed = |error| Error::io("cannot wait for a program", error);
        let status = loop {
            match self.child.try_wait().map_err(failed)? {
                Some(status) => break status,
                None if Instant::now() > self.deadline => return Err(self.too_slow()),
                None => std::thread::sleep(GLANCE),
            }
        };
        if status.success() {
            return Ok(());
        }
        let said = words.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
        Err(Error::new(
            Kind::Data,
            format!("{} failed: {status}: {}", self.name, escape::text(&said)),
        ))
    }

    fn too_slow(&self) -> Error {
        Error::new(Kind::Data, format!("{} took longer than hook.timeout", self.name))
            .hint("fedhub config explain hook.timeout")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended is not there any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, input: &[u8], seconds: f64) -> Result<Vec<String>> {
        let mut command = program("sh");
        let deadline = Instant::now() + Duration::from_secs_f64(seconds);
        lines(command.args(["-c", script]), input.to_vec(), deadline)
    }

    #[test]
    fn output_comes_in_pieces_whatever_is_on_stdin_and_stderr() {
        assert_eq!(shell("cat; printf end", b"a\n\nb\n", 60.0).unwrap(), ["a", "", "b", "end"]);
        // Input that is not read, and more words than a pipe holds.
        let much = vec![b'x'; 1 << 20];
        assert_eq!(shell("head -c 200000 /dev/zero >&2; echo", &much, 60.0).unwrap(), [""]);
        let long = shell("head -c 1000000 /dev/zero | tr '\\0' x; echo; echo next", b"", 60.0);
        let long = long.unwrap();
        assert_eq!((long[0].len(), long[1].as_str()), (MAX_PIECE, "next"));
    }

    #[test]
    fn failing_and_endless_programs_are_errors() {
        let error = shell("echo bad >&2; exit 3", b"", 60.0).unwrap_err();
        assert!(error.to_string().contains("exit status: 3: bad"), "{error}");
        for endless in ["sleep 600", "exec >&-; sleep 600", "while :; do echo; done"] {
            let error = shell(endless, b"", 0.2).unwrap_err();
            assert!(error.to_string().contains("hook.timeout"), "{error}");
        }
        let error = lines(&mut program("no-such-program"), vec![], Instant::now()).unwrap_err();
        assert_eq!(error.kind(), Kind::NoInput);
    }
}
