//! Certificates and lists that run out, and keys that others can read.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use fedhub::crypto::Signer;
use fedhub::crypto::dated::{Dated, What};

use super::{Findings, Severity};
use crate::app::App;
use crate::commands::check::dated;

pub(super) fn look(app: &App, findings: &mut Findings) -> anyhow::Result<()> {
    let config = app.config()?;
    let dir = config.ssldir.display();
    if !config.validate_signatures {
        let why = "CA and revocation list are not looked at: validate_signatures is off";
        findings.add("FH0100", Severity::Skipped, why, "fedhub config explain validate_signatures");
    } else if config.crl_location.is_none() {
        let why = "there is no revocation list: a stolen key stays valid";
        findings.add("FH0106", Severity::Note, why, "fedhub config explain crl_location");
    }
    for Dated { what, name, days_left } in dated(app)? {
        let (code, command) = match what {
            What::Ca if days_left.is_err() => {
                ("FH0101", "fedhub config explain ca_cert_location".to_owned())
            }
            What::Ca => (
                "FH0101",
                format!(
                    "fedhub certs init --dir NEW, and add its ca.crt to {}",
                    config.ca_location()
                ),
            ),
            What::Crl => ("FH0102", format!("fedhub certs crl --dir {dir}")),
            What::Own => ("FH0103", format!("fedhub certs issue --force --dir {dir} {name}")),
        };
        let subject = format!("{} {name}", what.name());
        match days_left {
            Err(why) => {
                findings.add(code, Severity::Error, format!("{subject}: {why}"), command);
            }
            Ok(days) => {
                if let Some((severity, within)) = urgency(what, days) {
                    let text = format!("{subject} runs out within {within}: {days:.1} days left");
                    findings.add(code, severity, text, command);
                }
            }
        }
        if what == What::Own {
            look_at_key(&config.ssldir, &name, findings);
        }
    }
    let authority = config.ssldir.join("ca.key");
    if authority.exists() {
        look_at_mode(&authority, findings);
    }
    Ok(())
}

/// How soon something has to be renewed. Lists are renewed by a timer, and live only for weeks.
fn urgency(what: What, days: f64) -> Option<(Severity, &'static str)> {
    let list = what == What::Crl;
    match days {
        ..=1.0 => Some((Severity::Error, "a day")),
        ..=7.0 => Some((Severity::Warning, "7 days")),
        ..=14.0 if !list => Some((Severity::Warning, "14 days")),
        ..=30.0 if !list => Some((Severity::Note, "30 days")),
        _ => None,
    }
}

fn look_at_key(dir: &Path, name: &str, findings: &mut Findings) {
    let path = dir.join(format!("{name}.key"));
    let shown = path.display();
    let command = format!("fedhub certs issue --force --dir {} {name}", dir.display());
    match std::fs::File::open(&path) {
        Ok(_) => {
            look_at_mode(&path, findings);
            if let Err(error) = Signer::from_dir(dir, name) {
                findings.add("FH0105", Severity::Error, error.to_string(), command);
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            let text = format!("{shown} is not looked at: this user may not read it");
            findings.add("FH0100", Severity::Skipped, text, "sudo fedhub doctor");
        }
        Err(error) => {
            let text = format!("cannot read {shown}: {error}");
            findings.add("FH0105", Severity::Error, text, command);
        }
    }
}

/// A key that any user can read is nobody's secret.
fn look_at_mode(path: &Path, findings: &mut Findings) {
    let Ok(metadata) = path.metadata() else { return };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o007 != 0 {
        let shown = path.display();
        let text = format!("{shown} can be used by every user of this host: its mode is {mode:o}");
        findings.add("FH0104", Severity::Error, text, format!("chmod o= {shown}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_the_end_the_worse() {
        let severities = |what| {
            [0.9, 6.9, 13.9, 29.9, 30.1]
                .map(|days| urgency(what, days).map(|(severity, _)| severity))
        };
        let [error, warning, note] = [Severity::Error, Severity::Warning, Severity::Note].map(Some);
        assert_eq!(severities(What::Own), [error, warning, warning, note, None]);
        assert_eq!(severities(What::Crl), [error, warning, None, None, None]);
    }
}
