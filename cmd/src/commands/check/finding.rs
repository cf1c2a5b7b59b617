//! What a check found, and how it is told: to people, to programs, to Nagios and to Prometheus.

use std::fmt::Write;

use clap::ValueEnum;
use fedhub::error::exit;
use fedhub::escape;
use fedhub_daemon::metrics::Families;
use serde_json::{Map, Value, json};

/// How findings look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// A line each.
    #[default]
    Text,
    /// One JSON object.
    Json,
    /// One line with performance data; the exit code is 0 ok, 1 warning, 2 critical, 3 unknown.
    Nagios,
    /// Metrics for the textfile collector.
    Prometheus,
}

/// How something is; a worse state counts as more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// As it should be.
    Ok,
    /// It needs attention.
    Warning,
    /// It could not be looked at.
    Unknown,
    /// It does not work, or soon will not.
    Critical,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Warning => "warning",
            State::Unknown => "unknown",
            State::Critical => "critical",
        }
    }

    /// Its number, as Nagios has it.
    fn number(self) -> u8 {
        match self {
            State::Ok => 0,
            State::Warning => 1,
            State::Critical => 2,
            State::Unknown => 3,
        }
    }
}

/// From where on a number is bad.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Thresholds {
    pub(crate) warning: f64,
    pub(crate) critical: f64,
}

impl Thresholds {
    /// For a number that should stay low.
    pub(crate) fn above(self, value: f64) -> State {
        match value {
            _ if value >= self.critical => State::Critical,
            _ if value >= self.warning => State::Warning,
            _ => State::Ok,
        }
    }

    /// For a number that should stay high.
    pub(crate) fn below(self, value: f64) -> State {
        match value {
            _ if value < self.critical => State::Critical,
            _ if value < self.warning => State::Warning,
            _ => State::Ok,
        }
    }
}

/// A number that was measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// Its name, with its unit.
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    /// Nagios' unit: `s`, `B`, `%` or none.
    pub(crate) unit: &'static str,
}

/// What a check found about one thing.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    /// The check.
    pub(crate) check: &'static str,
    /// What was looked at.
    pub(crate) subject: String,
    pub(crate) state: State,
    /// How it is, for people.
    pub(crate) text: String,
    pub(crate) measured: Vec<Measured>,
}

impl Finding {
    pub(crate) fn new(
        check: &'static str,
        subject: impl Into<String>,
        state: State,
        text: impl Into<String>,
    ) -> Self {
        let (subject, text) = (subject.into(), text.into());
        Self { check, subject, state, text, measured: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: f64, unit: &'static str) -> Self {
        self.measured.push(Measured { name, value, unit });
        self
    }

    fn line(&self) -> String {
        escape::text(&format!("{} {}: {}", self.check, self.subject, self.text))
    }
}

/// The worst of all states.
fn worst(findings: &[Finding]) -> State {
    findings.iter().map(|finding| finding.state).max().unwrap_or(State::Unknown)
}

/// The exit code.
pub(crate) fn code(findings: &[Finding], format: Format) -> u8 {
    match (format, worst(findings)) {
        (Format::Nagios, state) => state.number(),
        (_, State::Ok) => exit::OK,
        _ => exit::NEGATIVE,
    }
}

/// The findings in a format. `quiet`: people are told only what is wrong.
pub(crate) fn render(findings: &[Finding], format: Format, quiet: bool) -> anyhow::Result<String> {
    Ok(match format {
        Format::Text => text(findings, quiet),
        Format::Json => format!("{}\n", json(findings)),
        Format::Nagios => nagios(findings),
        Format::Prometheus => prometheus(findings)?,
    })
}

fn text(findings: &[Finding], quiet: bool) -> String {
    let shown = findings.iter().filter(|finding| !quiet || finding.state != State::Ok);
    shown.map(|finding| format!("{:8} {}\n", finding.state.name(), finding.line())).collect()
}

fn json(findings: &[Finding]) -> Value {
    let checks = findings.iter().map(|finding| {
        let values: Map<_, _> = finding
            .measured
            .iter()
            .map(|measured| (measured.name.to_owned(), json!(measured.value)))
            .collect();
        json!({
            "check": finding.check,
            "subject": finding.subject,
            "state": finding.state.name(),
            "text": finding.text,
            "values": values,
        })
    });
    json!({"state": worst(findings).name(), "checks": checks.collect::<Vec<_>>()})
}

/// `FEDHUB STATE - what is wrong | 'label'=value`, on one line.
fn nagios(findings: &[Finding]) -> String {
    let state = worst(findings);
    let mut wrong: Vec<&Finding> =
        findings.iter().filter(|finding| finding.state != State::Ok).collect();
    wrong.sort_by_key(|finding| std::cmp::Reverse(finding.state));
    let mut line = format!("FEDHUB {} - ", state.name().to_uppercase());
    if wrong.is_empty() {
        write!(line, "{} checked", findings.len()).expect("writing to memory does not fail");
    } else {
        line += &wrong.iter().map(|finding| finding.line()).collect::<Vec<_>>().join("; ");
    }
    // What follows a bar is performance data.
    let mut line = line.replace('|', "/");
    let mut lead = " |";
    for finding in findings {
        for Measured { name, value, unit } in &finding.measured {
            // A label in quotes may have anything but those and an equals sign.
            let label = format!("{} {} {name}", finding.check, finding.subject);
            let label = escape::text(&label).replace(['\'', '=', '|'], "_");
            write!(line, "{lead} '{label}'={value}{unit}")
                .expect("writing to memory does not fail");
            lead = "";
        }
    }
    line + "\n"
}

fn prometheus(findings: &[Finding]) -> anyhow::Result<String> {
    let mut families = Families::default();
    for finding in findings {
        let labels =
            vec![("check", finding.check.to_owned()), ("subject", finding.subject.clone())];
        let state = f64::from(finding.state.number());
        let help = "How it is: 0 ok, 1 warning, 2 critical, 3 unknown.";
        families.add("fedhub_check_state", help, labels.clone(), state);
        for Measured { name, value, .. } in &finding.measured {
            let (name, help) = metric(name);
            families.add(name, help, labels.clone(), *value);
        }
    }
    let now = fedhub::journal::now() as f64 / 1e6;
    let help = "When the check was made, in unix seconds.";
    families.add("fedhub_check_time_seconds", help, vec![], now.floor());
    Ok(families.text()?)
}

/// The metric of a measured number.
fn metric(name: &str) -> (&'static str, &'static str) {
    match name {
        "connect_seconds" => ("fedhub_check_connect_seconds", "How long connecting took."),
        "behind_messages" => ("fedhub_check_behind_messages", "Messages before the consumer."),
        "behind_seconds" => ("fedhub_check_behind_seconds", "Age of the oldest of them."),
        "days_left" => ("fedhub_check_days_left", "Days until it runs out."),
        "size_bytes" => ("fedhub_check_size_bytes", "Bytes in use."),
        "free_bytes" => ("fedhub_check_free_bytes", "Bytes free on its file system."),
        "free_percent" => ("fedhub_check_free_percent", "The same, of all."),
        "backlog" => ("fedhub_check_backlog", "Messages that wait for the consumer."),
        _ => ("fedhub_check_value", "Another number."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings() -> Vec<Finding> {
        vec![
            Finding::new("conn", "tcp://a:1", State::Ok, "connected").with(
                "connect_seconds",
                0.5,
                "s",
            ),
            Finding::new("lag", "it's|x=\n", State::Warning, "a|b").with(
                "behind_messages",
                7.0,
                "",
            ),
        ]
    }

    #[test]
    fn nagios_gets_one_line_and_its_codes() {
        let mut findings = findings();
        assert_eq!(
            nagios(&findings),
            "FEDHUB WARNING - lag it's/x=\\n: a/b | 'conn tcp://a:1 connect_seconds'=0.5s \
             'lag it_s_x_\\n behind_messages'=7\n"
        );
        assert_eq!(code(&findings, Format::Nagios), 1);
        findings.push(Finding::new("hub", "h", State::Unknown, "?"));
        assert_eq!(code(&findings, Format::Nagios), 3);
        findings.push(Finding::new("hub", "h", State::Critical, "no"));
        assert_eq!(code(&findings, Format::Nagios), 2);
        assert!(nagios(&findings).starts_with("FEDHUB CRITICAL - hub h: no; hub h: ?; lag"));
        assert_eq!(nagios(&findings[..0]), "FEDHUB UNKNOWN - 0 checked\n");
        assert_eq!((code(&findings, Format::Text), code(&findings[..1], Format::Json)), (1, 0));
    }

    #[test]
    fn people_and_programs_get_the_same() {
        let findings = findings();
        let all = "ok       conn tcp://a:1: connected\nwarning  lag it's|x=\\n: a|b\n";
        assert_eq!(text(&findings, false), all);
        assert_eq!(text(&findings, true), all.lines().nth(1).unwrap().to_owned() + "\n");
        let json = json(&findings);
        assert_eq!(json["state"], "warning");
        assert_eq!(json["checks"][1]["values"]["behind_messages"], 7.0);
        let metrics = prometheus(&findings).unwrap();
        let line = "fedhub_check_behind_messages{check=\"lag\",subject=\"it's|x=\\n\"} 7.0";
        assert!(metrics.contains(line), "{metrics}");
    }

    #[test]
    fn thresholds_begin_where_they_say() {
        let thresholds = Thresholds { warning: 10.0, critical: 20.0 };
        let above = [9.9, 10.0, 20.0].map(|value| thresholds.above(value));
        assert_eq!(above, [State::Ok, State::Warning, State::Critical]);
        let thresholds = Thresholds { warning: 30.0, critical: 7.0 };
        let below = [30.0, 29.9, 6.9].map(|value| thresholds.below(value));
        assert_eq!(below, [State::Ok, State::Warning, State::Critical]);
    }
}
