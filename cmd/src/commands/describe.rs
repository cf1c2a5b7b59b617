//! `fedhub describe`: what messages are about.

use std::io::{BufWriter, Write, stderr, stdout};
use std::path::{Path, PathBuf};

use fedhub::canonical::parse;
use fedhub::error::exit;
use fedhub::jq::Accounts;
use fedhub::meta::{Description, Meta, Rules, Subject, Wanted};
use fedhub::{Error, Kind, Result};

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

pub(crate) fn run(args: Args, _app: &App) -> anyhow::Result<u8> {
    let accounts = match &args.accounts {
        Some(path) => read_accounts(path)?,
        None => Accounts::new(),
    };
    let rules = match &args.rules {
        Some(dir) => Rules::only(dir)?,
        None => Rules::embedded()?,
    };
    let meta = Meta::new(rules, accounts);
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
                serde_json::to_writer(&mut out, &Description::new(&message, &subject, &facts))?;
                out.write_all(b"\n")?;
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

/// Reads a map of accounts.
pub(crate) fn read_accounts(path: &Path) -> Result<Accounts> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::io(format!("cannot read {}", path.display()), error))?;
    let refuse = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::new(Kind::Config, format!("{}: not a map of accounts", path.display()))
            .because(error)
            .hint("it looks like \"name@example.org\" = \"account\"")
    };
    if path.extension().is_some_and(|ending| ending == "json") {
        serde_json::from_str(&text).map_err(|error| refuse(error.into()))
    } else {
        toml::from_str(&text).map_err(|error| refuse(error.into()))
    }
}
