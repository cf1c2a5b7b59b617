//! How long CA, revocation list and this host's own certificates are valid.

use std::collections::BTreeSet;

use fedhub::crypto::trust::Anchors;
use fedhub::crypto::x509::{certificate_from_pem, unix_seconds};

use super::{Finding, Limits, State, Thresholds};
use crate::app::{App, now};

const DAY: f64 = 86_400.0;

/// Something that runs out.
pub(in crate::commands) struct Dated {
    pub(in crate::commands) what: What,
    /// Its name.
    pub(in crate::commands) name: String,
    /// Days until it runs out, or why it cannot be used now.
    pub(in crate::commands) days_left: Result<f64, String>,
}

/// What runs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) enum What {
    Ca,
    Crl,
    /// A certificate that this host signs with.
    Own,
}

impl What {
    pub(in crate::commands) fn name(self) -> &'static str {
        match self {
            What::Ca => "CA",
            What::Crl => "revocation list",
            What::Own => "certificate",
        }
    }
}

/// Everything this host uses that runs out.
pub(in crate::commands) fn dated(app: &App) -> anyhow::Result<Vec<Dated>> {
    let config = app.config()?;
    let mut all = Vec::new();
    let mut anchors = None;
    if config.validate_signatures {
        match app.trust(config)?.anchors() {
            Ok(loaded) => {
                all.extend(loaded.dates().into_iter().map(|dates| Dated {
                    what: if dates.list { What::Crl } else { What::Ca },
                    name: dates.name,
                    days_left: left(*dates.valid.start(), *dates.valid.end()),
                }));
                anchors = Some(loaded);
            }
            Err(verdict) => {
                let crl = verdict.reason == fedhub::crypto::Reason::CrlUnavailable;
                let (what, name) = match &config.crl_location {
                    Some(location) if crl => (What::Crl, location.clone()),
                    _ => (What::Ca, config.ca_location()),
                };
                let why = verdict.detail.unwrap_or_else(|| verdict.reason.name().to_owned());
                all.push(Dated { what, name, days_left: Err(why) });
            }
        }
    }
    let host = app.short_host();
    // Settings may be shared by many hosts; the certificates of others need not be here.
    let here = |service: &str| {
        service.split_once('.').is_none_or(|(_, of)| of.split('.').next() == Some(host))
    };
    let mut names: BTreeSet<(&String, bool)> = BTreeSet::new();
    names.extend(config.certnames.iter().map(|(service, name)| (name, here(service))));
    let mut seen = BTreeSet::new();
    // Backwards: a name that is ours by one entry and another host's by another is ours.
    for (name, ours) in names.into_iter().rev() {
        let path = config.ssldir.join(format!("{name}.crt"));
        if !seen.insert(name) || !ours && !path.exists() {
            continue;
        }
        let days_left = match std::fs::read(&path) {
            Ok(pem) => own(&pem, anchors.as_deref()),
            Err(error) => Err(format!("cannot read {}: {error}", path.display())),
        };
        all.push(Dated { what: What::Own, name: name.clone(), days_left });
    }
    Ok(all)
}

fn own(pem: &[u8], anchors: Option<&Anchors>) -> Result<f64, String> {
    let certificate = certificate_from_pem(pem).ok_or("holds no certificate")?;
    if let Some(anchors) = anchors {
        anchors.trace(&certificate).map_err(|verdict| {
            let detail = verdict.detail.unwrap_or_default();
            format!("nobody will accept it: {}: {detail}", verdict.reason.name())
        })?;
    }
    let dates = [certificate.not_before(), certificate.not_after()].map(unix_seconds);
    match dates {
        [Some(begins), Some(ends)] => left(begins, ends),
        _ => Err("has no dates".into()),
    }
}

fn left(begins: i64, ends: i64) -> Result<f64, String> {
    let now = now();
    if now < begins {
        return Err(format!("is not valid before {}", shown(begins)));
    }
    if now > ends {
        return Err(format!("has run out on {}", shown(ends)));
    }
    // A list without a next update never does.
    Ok((ends.saturating_sub(now)) as f64 / DAY)
}

fn shown(seconds: i64) -> String {
    crate::when::show(seconds.saturating_mul(1_000_000))
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
