//! How long CA, revocation list and this host's own certificates are valid.

use fedhub::crypto::dated::{self, Dated, What};

use super::{Finding, Limits, State, Thresholds};
use crate::app::{App, now};

/// Everything this host uses that runs out.
pub(in crate::commands) fn dated(app: &App) -> anyhow::Result<Vec<Dated>> {
    let config = app.config()?;
    let mut trust = config.validate_signatures.then(|| app.trust(config)).transpose()?;
    Ok(dated::dated(config, trust.as_mut(), app.short_host(), now()))
}

pub(super) fn check(limits: Limits<30, 7>, app: &App) -> anyhow::Result<Vec<Finding>> {
    // Lists are renewed more often.
    let lists = Limits::<7, 1> { warning: limits.warning, critical: limits.critical };
    let finding = |Dated { what, name, days_left }: Dated| {
        let thresholds: Thresholds = match what {
            What::Crl => lists.thresholds(),
            What::Ca | What::Own => limits.thresholds(),
        };
        let subject = format!("{} {name}", what.name());
        match days_left {
            Ok(days) => {
                let text = format!("valid for {days:.0} days");
                let days = (days * 10.0).round() / 10.0;
                Finding::new("certs", subject, thresholds.below(days), text).with(
                    "days_left",
                    days,
                    "",
                )
            }
            Err(why) => Finding::new("certs", subject, State::Critical, why),
        }
    };
    Ok(dated(app)?.into_iter().map(finding).collect())
}
