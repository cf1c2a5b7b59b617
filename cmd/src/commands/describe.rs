//! `fedhub describe`: what messages are about.

use std::io::{BufWriter, Write, stderr, stdout};
use std::path::{Path, PathBuf};

use fedhub::Result;
use fedhub::canonical::parse;
use fedhub::error::exit;
use fedhub::meta::{Description, Meta, Rules, Subject, Wanted, read_accounts};

use crate::app::App;
use crate::output;

/// Say what messages are about: title, summary, link, icons, people and packages.
///
/// Reads one message on each line and prints one line of JSON for each, with lists sorted. The rules
/// are those of the binary and of the directory `rules_dir`. A line that is no JSON is named on
/// stderr, and the exit code is then 65.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub tail -o ndjson --count 10 | fedhub describe
  fedhub describe messages.ndjson --accounts accounts.toml
  fedhub describe messages.ndjson --rules ./rules.d")]
pub(crate) struct Args {
    /// The file to read; - or none for stdin.
    file: Option<PathBuf>,
    /// A TOML or JSON file of account names by e-mail address or nickname
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
    /// Use the rule files of this directory and no others
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let accounts = args.accounts.as_deref().or(app.config()?.accounts.as_deref());
    let accounts = accounts.map(read_accounts).transpose()?.unwrap_or_default();
    let meta = Meta::new(rules(args.rules.as_deref(), app)?, accounts);
    let mut input = output::open(args.file.as_deref())?;
    let mut out = BufWriter::new(stdout().lock());
    let (mut line, mut number, mut code) = (Vec::new(), 0, exit::OK);
    while output::read_line(&mut *input, &mut line)? {
        number += 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        match parse(&line) {
            Ok(message) => {
                let subject = Subject::new(&message);
                let facts = meta.facts(&subject, Wanted::All);
                let text = serde_json::to_string(&Description::new(&message, &subject, &facts))?;
                // No character of a message may do anything to a terminal.
                writeln!(out, "{}", output::escape::json(&text))?;
                // Messages may come from a pipe, minutes apart.
                out.flush()?;
            }
            Err(error) => {
                let (column, reason) = (error.column, error.reason);
                // If stderr is gone the exit code still says so.
                let _ = writeln!(stderr().lock(), "line {number} column {column}: {reason}");
                code = exit::DATA;
            }
        }
    }
    Ok(code)
}

/// The rules of a directory and no others, or those that the settings have.
pub(crate) fn rules(dir: Option<&Path>, app: &App) -> Result<Rules> {
    match dir {
        Some(dir) => Rules::only(dir),
        None => Rules::load(Some(&app.config()?.rules_dir)),
    }
}
