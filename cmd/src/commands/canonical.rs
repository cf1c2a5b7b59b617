//! `fedhub canonical`: the exact text that is signed.

use std::io::{BufWriter, Write, stderr, stdout};
use std::path::PathBuf;

use fedhub::canonical::{parse, to_vec};
use fedhub::error::exit;

use crate::app::App;
use crate::output;

/// Print the canonical text of JSON documents, one on each line.
///
/// It is what Python prints with sorted keys and without spaces, and what fedmsg signs. A line that
/// is refused is named on stderr, and the exit code is then 65.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  echo '{\"b\": 1E22, \"a\": \"é\"}' | fedhub canonical
  fedhub canonical messages.ndjson")]
pub(crate) struct Args {
    /// The file to read; - or none for stdin.
    file: Option<PathBuf>,
}

pub(crate) fn run(args: Args, _app: &App) -> anyhow::Result<u8> {
    let mut input = output::open(args.file.as_deref())?;
    let mut out = BufWriter::new(stdout().lock());
    let mut line = Vec::new();
    let mut number = 0;
    let mut code = exit::OK;
    while output::read_line(&mut *input, &mut line)? {
        number += 1;
        match parse(&line) {
            Ok(value) => {
                out.write_all(&to_vec(&value))?;
                out.write_all(b"\n")?;
            }
            Err(error) => {
                let (column, reason) = (error.column, error.reason);
                // If stderr is gone the exit code still says so.
                let _ = writeln!(stderr().lock(), "line {number} column {column}: {reason}");
                code = exit::DATA;
            }
        }
    }
    out.flush()?;
    Ok(code)
}
