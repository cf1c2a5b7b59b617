//! How long CA, revocation list and this host's own certificates are valid.

use std::collections::BTreeSet;

use super::Reason;
use super::trust::{Anchors, Trust};
use super::x509::{certificate_from_pem, unix_seconds};
use crate::config::Config;
use crate::when;

const DAY: f64 = 86_400.0;

/// Something that runs out.
#[derive(Debug, Clone, PartialEq)]
pub struct Dated {
    /// What it is.
    pub what: What,
    /// Its name.
    pub name: String,
    /// Days until it runs out, or why it cannot be used now.
    pub days_left: Result<f64, String>,
}

/// What runs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A certificate authority.
    Ca,
    /// A revocation list.
    Crl,
    /// A certificate that this host signs with.
    Own,
}

impl What {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            What::Ca => "CA",
            What::Crl => "revocation list",
            What::Own => "certificate",
        }
    }
}

/// Everything that runs out of what a host of this name uses; `trust` is the CA and its list, if signatures are
/// judged, and `now` the time in unix seconds.
pub fn dated(config: &Config, trust: Option<&mut Trust>, host: &str, now: i64) -> Vec<Dated> {
    let mut all = Vec::new();
    let mut anchors = None;
    match trust.map(Trust::anchors) {
        None => {}
        Some(Ok(loaded)) => {
            all.extend(loaded.dates().into_iter().map(|dates| Dated {
                what: if dates.list { What::Crl } else { What::Ca },
                name: dates.name,
                days_left: left(*dates.valid.start(), *dates.valid.end(), now),
            }));
            anchors = Some(loaded);
        }
        Some(Err(verdict)) => {
            let crl = verdict.reason == Reason::CrlUnavailable;
            let (what, name) = match &config.crl_location {
                Some(location) if crl => (What::Crl, location.clone()),
                _ => (What::Ca, config.ca_location()),
            };
            let why = verdict.detail.unwrap_or_else(|| verdict.reason.name().to_owned());
            all.push(Dated { what, name, days_left: Err(why) });
        }
    }
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
            Ok(pem) => own(&pem, anchors.as_deref(), now),
            Err(error) => Err(format!("cannot read {}: {error}", path.display())),
        };
        all.push(Dated { what: What::Own, name: name.clone(), days_left });
    }
    all
}

fn own(pem: &[u8], anchors: Option<&Anchors>, now: i64) -> Result<f64, String> {
    let certificate = certificate_from_pem(pem).ok_or("holds no certificate")?;
    if let Some(anchors) = anchors {
        anchors.trace(&certificate).map_err(|verdict| {
            let detail = verdict.detail.unwrap_or_default();
            format!("nobody will accept it: {}: {detail}", verdict.reason.name())
        })?;
    }
    let dates = [certificate.not_before(), certificate.not_after()].map(unix_seconds);
    match dates {
        [Some(begins), Some(ends)] => left(begins, ends, now),
        _ => Err("has no dates".into()),
    }
}

fn left(begins: i64, ends: i64, now: i64) -> Result<f64, String> {
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
    when::show(seconds.saturating_mul(1_000_000))
}
