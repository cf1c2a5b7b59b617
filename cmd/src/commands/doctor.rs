//! `fedhub doctor`: what will go wrong, before it does, and what to do about it.

mod bus;
mod credentials;
mod daemons;
mod disk;
mod settings;

use std::io::{IsTerminal, Write, stdout};
use std::time::Duration;

use clap::ValueEnum;
use fedhub::error::exit;
use fedhub::escape;
use serde_json::json;

use crate::app::App;

/// Look at everything this host uses and say what needs attention, with the next command for each.
///
/// Certificates and lists that run out, disks that fill up, descriptors that run short, clocks that
/// are wrong, publishers without heartbeats, settings that contradict each other. The exit code is 1
/// when something is an error. What cannot be looked at is said too, and why.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Codes stay the same from release to release: FH01 credentials, FH02 disks, FH03 daemons, FH04 the
bus, FH05 settings. One that ends in 00 says that something could not be looked at.

Examples:
  fedhub doctor
  fedhub doctor -o ndjson | jq -r 'select(.severity == \"error\").command'")]
pub(crate) struct Args {
    /// How findings look; without it, human on a terminal and ndjson elsewhere.
    #[arg(short, long, value_enum, value_name = "FORMAT")]
    output: Option<Output>,
    /// How many seconds to listen to the bus for heartbeats, and to wait for answers.
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = super::check::parse_seconds)]
    timeout: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people.
    Human,
    /// A JSON object each.
    Ndjson,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    /// It does not work, or will not by tomorrow.
    Error,
    /// It needs attention within days.
    Warning,
    /// Good to know.
    Note,
    /// It could not be looked at.
    Skipped,
}

impl Severity {
    fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
            Severity::Skipped => "skipped",
        }
    }
}

/// Something that needs attention.
#[derive(Debug)]
struct Finding {
    code: &'static str,
    severity: Severity,
    text: String,
    /// The command to run next.
    command: String,
}

#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(
        &mut self,
        code: &'static str,
        severity: Severity,
        text: impl Into<String>,
        command: impl Into<String>,
    ) {
        let (text, command) = (text.into(), command.into());
        self.0.push(Finding { code, severity, text, command });
    }
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let mut findings = Findings::default();
    credentials::look(app, &mut findings)?;
    disk::look(app.config()?, &mut findings)?;
    daemons::look(app.config()?, args.timeout, &mut findings)?;
    bus::look(app.config()?, args.timeout, &mut findings)?;
    settings::look(app.loaded()?, &mut findings)?;
    let mut findings = findings.0;
    findings.sort_by_key(|finding| (finding.severity, finding.code));
    let human =
        args.output.map_or_else(|| stdout().is_terminal(), |output| output == Output::Human);
    let mut out = stdout().lock();
    for finding in &findings {
        writeln!(out, "{}", if human { for_people(finding) } else { for_programs(finding) })?;
    }
    if human {
        writeln!(out, "{}", summary(&findings))?;
    }
    let bad = findings.iter().any(|finding| finding.severity == Severity::Error);
    Ok(if bad { exit::NEGATIVE } else { exit::OK })
}

fn for_people(finding: &Finding) -> String {
    let (severity, code) = (finding.severity.name(), finding.code);
    let [text, command] = [&finding.text, &finding.command].map(|text| escape::text(text));
    format!("{severity:8} {code}  {text}\n{:17}{command}", "")
}

fn for_programs(finding: &Finding) -> String {
    json!({
        "code": finding.code,
        "severity": finding.severity.name(),
        "text": finding.text,
        "command": finding.command,
    })
    .to_string()
}

fn summary(findings: &[Finding]) -> String {
    let skipped = findings.iter().filter(|finding| finding.severity == Severity::Skipped).count();
    match (findings.len() - skipped, skipped) {
        (0, 0) => "nothing needs attention".into(),
        (0, skipped) => format!("nothing needs attention; could not be looked at: {skipped}"),
        (found, 0) => format!("needs attention: {found}"),
        (found, skipped) => format!("needs attention: {found}; could not be looked at: {skipped}"),
    }
}
