//! How certificates and the revocation list stand.

use openssl::x509::X509;

use super::build::{DAY, hex, unix};

/// How a certificate or revocation list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// In order.
    Valid,
    /// Valid for 30 days more at most (a revocation list: 7).
    ExpiresSoon,
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotYetValid,
    /// It is on the revocation list.
    Revoked,
    /// Somebody else signed it.
    Foreign,
    /// The file holds no certificate.
    Unreadable,
    /// There is no such file.
    Missing,
}

impl State {
    /// Its name, as it is in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Valid => "valid",
            State::ExpiresSoon => "expires-soon",
            State::Expired => "expired",
            State::NotYetValid => "not-yet-valid",
            State::Revoked => "revoked",
            State::Foreign => "foreign",
            State::Unreadable => "unreadable",
            State::Missing => "missing",
        }
    }
}

/// How one certificate or revocation list stands. Times are unix seconds.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The file name without its extension; none if only the revocation list knows it.
    pub name: Option<String>,
    /// The serial number as `openssl x509 -serial` prints it; a list has none.
    pub serial: Option<String>,
    /// The beginning of its validity.
    pub not_before: Option<i64>,
    /// The end of its validity.
    pub expires: Option<i64>,
    /// When it was revoked.
    pub revoked: Option<i64>,
    /// How it stands.
    pub state: State,
}

/// What [`Authority::list`] found.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The authority itself.
    pub ca: Entry,
    /// Its revocation list.
    pub crl: Entry,
    /// The certificates by name, then what was revoked and has no file any more.
    pub certificates: Vec<Entry>,
}

impl Entry {
    pub(super) fn new(name: Option<&str>) -> Self {
        Self {
            name: name.map(str::to_owned),
            serial: None,
            not_before: None,
            expires: None,
            revoked: None,
            state: State::Unreadable,
        }
    }

    /// What a certificate says of itself.
    pub(super) fn of(name: &str, certificate: &X509, now: i64) -> Self {
        let mut entry = Self::new(Some(name));
        entry.serial = hex(certificate.serial_number()).ok();
        let expires = unix(certificate.not_after());
        entry.date(unix(certificate.not_before()), expires, 30, now);
        entry
    }

    pub(super) fn date(
        &mut self,
        not_before: Option<i64>,
        expires: Option<i64>,
        soon: i64,
        now: i64,
    ) {
        (self.not_before, self.expires) = (not_before, expires);
        self.state = match (not_before, expires) {
            (_, Some(expires)) if expires <= now => State::Expired,
            (Some(not_before), _) if now < not_before => State::NotYetValid,
            (_, Some(expires)) if expires <= now + soon * DAY => State::ExpiresSoon,
            _ => State::Valid,
        };
    }

    /// Whole days until it expires, negative afterwards.
    pub fn days_left(&self, now: i64) -> Option<i64> {
        self.expires.map(|expires| (expires - now).div_euclid(DAY))
    }
}
