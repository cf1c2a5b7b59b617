//! Daemons that are not ready, and file descriptors that run short.

use std::time::Duration;

use fedhub::bus::Settings;
use fedhub::config::Config;
use fedhub::daemons::{Door, Way, get_page};
use nix::sys::resource::{Resource, getrlimit};

use super::{Findings, Severity};

/// Each connection takes one, and so does each file.
const FEW: u64 = 1024;
const FAIR_SHARE: f64 = 0.8;
const LARGE_SHARE: f64 = 0.95;

pub(super) fn look(
    config: &Config,
    timeout: Duration,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let own = getrlimit(Resource::RLIMIT_NOFILE).map_or(u64::MAX, |(soft, _)| soft);
    if own < FEW {
        let text = format!("programs started here may open only {own} files and connections");
        findings.add("FH0301", Severity::Warning, text, "ulimit -n 65536");
    }
    let doors = Door::all(config).into_iter();
    let doors: Vec<_> = doors.filter(|door| matches!(door.way, Way::Http(_))).collect();
    let settings = Settings::from(config);
    if doors.is_empty() {
        let why = "no daemon is asked how it is: none has a health page";
        findings.add("FH0300", Severity::Skipped, why, "fedhub config explain relay.http");
    }
    for door in doors {
        let problems = door.ask(&settings, timeout);
        let Door { role, way: Way::Http(address) } = door else { continue };
        for problem in problems.map_or_else(|why| vec![why], |told| told.problems) {
            let text = format!("the {role} is not ready: {problem}");
            findings.add("FH0302", Severity::Error, text, "fedhub check hub");
        }
        let Ok((_, metrics)) = get_page(&address, "metrics", timeout) else {
            let text =
                format!("the descriptors of the {role} are not looked at: it does not answer");
            findings.add(
                "FH0300",
                Severity::Skipped,
                text,
                format!("systemctl status fedhub-{role}"),
            );
            continue;
        };
        let used = value(&metrics, "process_open_fds").zip(value(&metrics, "process_max_fds"));
        if let Some((open, most)) = used.filter(|(open, most)| open / most > FAIR_SHARE) {
            let severity =
                if open / most > LARGE_SHARE { Severity::Error } else { Severity::Warning };
            let text = format!("the {role} has {open} of {most} files and connections open");
            let command = format!("systemctl edit fedhub-{role}, and set LimitNOFILE=");
            findings.add("FH0303", severity, text, command);
        }
    }
    Ok(())
}

/// The value of a metric without labels.
fn value(metrics: &str, name: &str) -> Option<f64> {
    let mut lines = metrics.lines().filter(|line| !line.starts_with('#'));
    let value = lines.find_map(|line| {
        let (series, value) = line.rsplit_once(' ')?;
        (series.split('{').next() == Some(name)).then_some(value)
    });
    value?.parse().ok()
}
