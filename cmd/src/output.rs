//! What goes to stdout, and input that is read line by line.

pub(crate) mod format;
pub(crate) mod json;
pub(crate) mod progress;

pub(crate) use fedhub::escape;

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Stdin, stdin};
use std::path::Path;

use anyhow::Context;
use fedhub::Error;

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
