//! `fedhub filter lint`: mistakes in filters.

use std::io::{Write, stdout};

use fedhub::error::exit;
use fedhub::filter::lint;
use serde_json::json;

use crate::app::App;
use crate::commands::journal::Output;
use crate::filter::FilterArgs;
use crate::output::escape;

/// Find what is probably not meant: filters that match always or never, that only leave out, or that
/// name categories and fields that no message has.
///
/// Exit 1 if something is found.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The filter; several arguments are put together.
    #[arg(value_name = "FILTER", add = crate::complete::topics())]
    words: Vec<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    filter: FilterArgs,
}

pub(super) fn run(args: &Args, app: &App) -> anyhow::Result<u8> {
    let findings = lint(&args.filter.spec(&args.words)?, &app.meta()?)?;
    let mut out = stdout().lock();
    for finding in &findings {
        if args.output.human() {
            writeln!(out, "{}: {}", finding.name, escape::text(&finding.text))?;
        } else {
            writeln!(out, "{}", json!({"finding": finding.name, "text": finding.text}))?;
        }
    }
    Ok(if findings.is_empty() { exit::OK } else { exit::NEGATIVE })
}
