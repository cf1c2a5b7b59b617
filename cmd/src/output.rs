//! What goes to stdout, and input that is read line by line.

pub(crate) mod format;
pub(crate) mod progress;

pub(crate) use fedhub::escape;

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Stdin, stdin, stdout};
use std::os::fd::AsFd;
use std::path::Path;

use anyhow::Context;
use fedhub::Error;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// No line of input may be longer; a longer one is cut, and then refused by the parser.
const MAX_LINE: u64 = fedhub::canonical::MAX_BYTES as u64 + 1;

/// A file named on the command line, or stdin for none or `-`.
pub(crate) fn open(file: Option<&Path>) -> anyhow::Result<Box<dyn BufRead>> {
    match file {
        None => Ok(from_stdin(stdin())),
        Some(path) if path == Path::new("-") => Ok(from_stdin(stdin())),
        Some(path) => {
            let file = File::open(path)
                .map_err(|error| Error::io(format!("cannot open {}", path.display()), error))?;
            Ok(Box::new(BufReader::new(file)))
        }
    }
}

fn from_stdin(stdin: Stdin) -> Box<dyn BufRead> {
    Box::new(BufReader::new(stdin))
}

/// Whether stdout is a pipe that nobody reads any more.
pub(crate) fn reader_is_gone() -> bool {
    let out = stdout();
    let mut fds = [PollFd::new(out.as_fd(), PollFlags::empty())];
    // What cannot be asked is taken to be there: writing will tell.
    poll(&mut fds, PollTimeout::ZERO).is_ok()
        && fds[0].revents().is_some_and(|events| events.contains(PollFlags::POLLERR))
}

/// Reads the next line without its newline into `line`; says whether there was one.
pub(crate) fn read_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> anyhow::Result<bool> {
    line.clear();
    let read = input.take(MAX_LINE).read_until(b'\n', line).context("cannot read the input")?;
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() as u64 == MAX_LINE {
        skip_line(input)?;
    }
    Ok(read > 0)
}

fn skip_line(input: &mut dyn BufRead) -> anyhow::Result<()> {
    loop {
        let buffer = input.fill_buf().context("cannot read the input")?;
        let (used, ended) = match buffer.iter().position(|&byte| byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(used);
        if ended {
            return Ok(());
        }
    }
}
