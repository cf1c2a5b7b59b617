//! A small certificate authority. Its directory is the one fedmsg calls `ssldir`.
//!
//! `ca.crt`, `ca.key` and `crl.pem` are the authority's, `NAME.crt` and `NAME.key` a publisher's.
//! There is no index beside them that could disagree with them: issued are the certificates the
//! authority signed, revoked are the entries of its list.
//!
//! Files are written whole or not at all, and one process at a time changes them.

mod build;
mod files;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use openssl::bn::BigNum;
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private, Public};
use openssl::x509::{X509, X509Crl, X509Revoked};

use self::build::{DAY, hex, make_certificate, next_crl, revocation, revoked, unix};
use self::files::{PRIVATE, PUBLIC, lock, read, refuse_existing, write};
use crate::{Error, Result, error::Kind};

/// What a new certificate is like, apart from its name.
#[derive(Debug, Clone)]
pub struct Options {
    /// The O of its subject.
    pub organization: Option<String>,
    /// How many days it is valid.
    pub days: u16,
    /// The size of its RSA key.
    pub bits: u32,
    /// Whether files that exist are replaced.
    pub force: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { organization: None, days: 825, bits: 2048, force: false }
    }
}

impl Options {
    fn check(&self) -> Result<()> {
        let organization = self.organization.as_deref();
        organization.map_or(Ok(()), |text| check_text("organization", text))
    }
}

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

/// A certificate authority and its directory.
#[derive(Debug)]
pub struct Authority {
    dir: PathBuf,
    certificate: X509,
    public_key: PKey<Public>,
}

impl Authority {
    /// Makes a new authority called `name` in `dir`, with an empty revocation list.
    pub fn create(dir: &Path, name: &str, options: &Options, now: i64) -> Result<Self> {
        check_text("name of the authority", name)?;
        options.check()?;
        let (key, certificate) =
            make_certificate(name, options, None, now).map_err(openssl_failed)?;
        fs::create_dir_all(dir)
            .map_err(|error| Error::io(format!("cannot create {}", dir.display()), error))?;
        let _lock = lock(dir)?;
        if !options.force {
            for file in ["ca.crt", "ca.key", "crl.pem"] {
                refuse_existing(&dir.join(file))?;
            }
        }
        write_pair(dir, "ca", &key, &certificate)?;
        let authority = Self::open(dir)?;
        authority.write_crl(&key, None, Vec::new(), None, now)?;
        Ok(authority)
    }

    /// The authority that lives in `dir`. Its private key is not read before it is needed.
    pub fn open(dir: &Path) -> Result<Self> {
        let path = dir.join("ca.crt");
        let certificate = read_certificate(&path).map_err(|error| match error.kind() {
            Kind::NoInput => {
                let message = format!("no certificate authority in {}", dir.display());
                let hint = format!("make one: fedhub certs init --dir {}", dir.display());
                Error::new(Kind::NoInput, message).hint(hint)
            }
            _ => error,
        })?;
        let public_key = certificate.public_key().map_err(holds_no("public key", &path))?;
        let dir = dir.to_owned();
        Ok(Self { dir, certificate, public_key })
    }

    /// Issues a certificate and a private key for each name: all of them, or if one of the files
    /// exists and may not be replaced, none. Replacing a certificate does not revoke it.
    pub fn issue(&self, names: &[String], options: &Options, now: i64) -> Result<()> {
        names.iter().try_for_each(|name| check_name(name))?;
        options.check()?;
        let ca_key = self.private_key()?;
        if unix(self.certificate.not_after()).is_none_or(|expires| expires <= now) {
            let message = format!("the authority in {} has expired", self.dir.display());
            let dir = self.dir.display();
            return Err(Error::new(Kind::Config, message).hint(format!(
                "begin anew: fedhub certs init --force --dir {dir}, then issue all certificates again"
            )));
        }
        let mut pairs = BTreeMap::new();
        for name in names {
            let issuer = Some((&*self.certificate, &ca_key));
            let (key, certificate) =
                make_certificate(name, options, issuer, now).map_err(openssl_failed)?;
            // Readers would take it for self-signed.
            if same_subject(&certificate, &self.certificate) {
                let message = format!("{name} is the name of the authority itself");
                return Err(Error::new(Kind::Usage, message).hint("choose another name"));
            }
            pairs.insert(name, (key, certificate));
        }
        let _lock = lock(&self.dir)?;
        if !options.force {
            for name in pairs.keys() {
                refuse_existing(&self.certificate_path(name))?;
                refuse_existing(&self.dir.join(format!("{name}.key")))?;
            }
        }
        pairs.iter().try_for_each(|(name, (key, certificate))| {
            write_pair(&self.dir, name, key, certificate)
        })
    }

    /// Puts certificates on the revocation list, by name (the file that is here now) or by serial
    /// number in hexadecimal, and returns their serial numbers. The list stays good for as many
    /// days as before; what is on it already stays as it is.
    pub fn revoke(&self, names: &[String], serials: &[String], now: i64) -> Result<Vec<String>> {
        let key = self.private_key()?;
        let _lock = lock(&self.dir)?;
        let by_name = names.iter().map(|name| self.issued_serial(name));
        let wanted: Vec<String> = by_name
            .chain(serials.iter().map(|serial| parse_serial(serial)))
            .collect::<Result<_>>()?;
        let crl = self.crl()?;
        let mut present = revoked(&crl);
        let mut new = Vec::new();
        for serial in &wanted {
            if present.insert(serial.clone(), Some(now)).is_none() {
                new.push(revocation(serial, now).map_err(openssl_failed)?);
            }
        }
        if !new.is_empty() {
            self.write_crl(&key, Some(&crl), new, None, now)?;
        }
        Ok(wanted)
    }

    /// Signs the revocation list anew: same entries, next number, new dates. It is good for
    /// `days`, or as long as the present one. `force` begins an empty list if there is none that
    /// can be read; that makes every revoked certificate valid again.
    pub fn renew_crl(&self, days: Option<u16>, force: bool, now: i64) -> Result<()> {
        let key = self.private_key()?;
        let _lock = lock(&self.dir)?;
        let present = match self.crl() {
            Ok(crl) => Some(crl),
            Err(error) if force && matches!(error.kind(), Kind::NoInput | Kind::Data) => None,
            Err(error) => return Err(error),
        };
        self.write_crl(&key, present.as_ref(), Vec::new(), days, now)
    }

    /// What there is in the directory, and how it stands at `now`.
    pub fn list(&self, now: i64) -> Result<Listing> {
        let (mut crl, mut revoked) = (Entry::new(Some("crl")), BTreeMap::new());
        match self.crl() {
            Ok(list) => {
                revoked = build::revoked(&list);
                let next_update = list.next_update().and_then(unix);
                crl.date(unix(list.last_update()), next_update, 7, now);
            }
            Err(error) if error.kind() == Kind::NoInput => crl.state = State::Missing,
            Err(error) => return Err(error),
        }
        let mut certificates = Vec::new();
        for name in self.names()? {
            certificates.push(self.entry(&name, &revoked, now));
        }
        for entry in &certificates {
            if let (State::Revoked, Some(serial)) = (entry.state, &entry.serial) {
                revoked.remove(serial);
            }
        }
        certificates.extend(revoked.into_iter().map(|(serial, date)| Entry {
            serial: Some(serial),
            revoked: date,
            state: State::Revoked,
            ..Entry::new(None)
        }));
        Ok(Listing { ca: Entry::of("ca", &self.certificate, now), crl, certificates })
    }

    fn entry(&self, name: &str, revoked: &BTreeMap<String, Option<i64>>, now: i64) -> Entry {
        let Ok(certificate) = read_certificate(&self.certificate_path(name)) else {
            return Entry::new(Some(name));
        };
        let mut entry = Entry::of(name, &certificate, now);
        if !self.signed(&certificate) {
            entry.state = State::Foreign;
        } else if let Some(date) = entry.serial.as_ref().and_then(|serial| revoked.get(serial)) {
            entry.revoked = *date;
            entry.state = State::Revoked;
        }
        entry
    }

    /// The names that have a certificate file, in order.
    fn names(&self) -> Result<BTreeSet<String>> {
        let cannot = |error| Error::io(format!("cannot read {}", self.dir.display()), error);
        let mut names = BTreeSet::new();
        for file in fs::read_dir(&self.dir).map_err(cannot)? {
            let file = file.map_err(cannot)?.file_name();
            match file.to_str().and_then(|file| file.strip_suffix(".crt")) {
                Some(name) if name != "ca" => names.insert(name.to_owned()),
                _ => false,
            };
        }
        Ok(names)
    }

    fn certificate_path(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.crt"))
    }

    fn signed(&self, certificate: &X509) -> bool {
        certificate.verify(&self.public_key).unwrap_or(false)
    }

    /// The serial number of the certificate of `name`, if this authority issued it.
    fn issued_serial(&self, name: &str) -> Result<String> {
        check_name(name)?;
        let path = self.certificate_path(name);
        let certificate = read_certificate(&path)
            .map_err(|error| error.hint("see what there is: fedhub certs list"))?;
        if self.signed(&certificate) {
            return hex(certificate.serial_number()).map_err(openssl_failed);
        }
        let message = format!("{} was not issued by the ca.crt beside it", path.display());
        Err(Error::new(Kind::Data, message).hint("see all of them: fedhub certs list"))
    }

    fn private_key(&self) -> Result<PKey<Private>> {
        let path = self.dir.join("ca.key");
        // The callback keeps OpenSSL from asking for a passphrase on the terminal.
        let key = PKey::private_key_from_pem_callback(&read(&path)?, |_| Ok(0))
            .map_err(holds_no("private key without passphrase", &path))?;
        if key.public_eq(&self.public_key) {
            return Ok(key);
        }
        let message = format!("{} does not belong to the ca.crt beside it", path.display());
        Err(Error::new(Kind::Data, message).hint(format!(
            "restore the pair from a backup, or begin anew: fedhub certs init --force --dir {}",
            self.dir.display()
        )))
    }

    /// The present revocation list. Without it nobody knows what was revoked, so nothing here
    /// goes on without it unasked.
    fn crl(&self) -> Result<X509Crl> {
        let hint = format!(
            "restore it from a backup, or begin an empty one: fedhub certs crl --force --dir {}",
            self.dir.display()
        );
        let path = self.dir.join("crl.pem");
        let crl = read(&path)
            .and_then(|pem| X509Crl::from_pem(&pem).map_err(holds_no("revocation list", &path)))
            .map_err(|error| match error.kind() {
                Kind::NoInput | Kind::Data => error.hint(hint.as_str()),
                _ => error,
            })?;
        if crl.verify(&self.public_key).unwrap_or(false) {
            return Ok(crl);
        }
        let message = format!("{} is not signed by the ca.crt beside it", path.display());
        Err(Error::new(Kind::Data, message).hint(hint))
    }

    /// Writes the list that follows `present`, or the first one. The caller holds the lock.
    fn write_crl(
        &self,
        key: &PKey<Private>,
        present: Option<&X509Crl>,
        new: Vec<X509Revoked>,
        days: Option<u16>,
        now: i64,
    ) -> Result<()> {
        let pem = next_crl(&self.certificate, key, present, new, days, now)
            .and_then(|crl| crl.to_pem())
            .map_err(openssl_failed)?;
        write(&self.dir, "crl.pem", PUBLIC, &pem)
    }
}

impl Entry {
    fn new(name: Option<&str>) -> Self {
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
    fn of(name: &str, certificate: &X509, now: i64) -> Self {
        let mut entry = Self::new(Some(name));
        entry.serial = hex(certificate.serial_number()).ok();
        let expires = unix(certificate.not_after());
        entry.date(unix(certificate.not_before()), expires, 30, now);
        entry
    }

    fn date(&mut self, not_before: Option<i64>, expires: Option<i64>, soon: i64, now: i64) {
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

/// Refuses a name that cannot be both a file name and a common name.
fn check_name(name: &str) -> Result<()> {
    let why = if name.starts_with(['.', '-']) {
        "it begins with '.' or '-'"
    } else if name.contains('/') {
        "it becomes a file name and contains '/'"
    } else if !name.chars().all(|c| c.is_ascii_graphic()) {
        "it contains something else than visible ASCII characters"
    } else if name.eq_ignore_ascii_case("ca") {
        "ca.crt and ca.key are the authority's own"
    } else {
        return check_text("certificate name", name);
    };
    let message = format!("bad certificate name {name:?}: {why}");
    Err(Error::new(Kind::Usage, message).hint("use the service and the host, as in shell.app01"))
}

/// Refuses text that cannot stand in a subject.
fn check_text(what: &str, text: &str) -> Result<()> {
    let why = if text.is_empty() {
        "it is empty"
    } else if text.chars().count() > 64 {
        "X.520 allows 64 characters"
    } else if text.chars().any(char::is_control) {
        "it contains a control character"
    } else {
        return Ok(());
    };
    Err(Error::new(Kind::Usage, format!("bad {what} {text:?}: {why}")))
}

/// A serial number as typed (`0x`, colons and either case are fine) in our own spelling.
fn parse_serial(text: &str) -> Result<String> {
    let digits = text.strip_prefix("0x").unwrap_or(text).replace(':', "");
    // RFC 5280 allows 20 bytes.
    if (1..=40).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        let number = BigNum::from_hex_str(&digits).and_then(|number| number.to_hex_str());
        return Ok(number.map_err(openssl_failed)?.to_string());
    }
    let message = format!("bad serial number {text:?}: it is 1 to 40 hexadecimal digits");
    Err(Error::new(Kind::Usage, message).hint("see the serial numbers: fedhub certs list"))
}

fn same_subject(one: &X509, other: &X509) -> bool {
    let order = one.subject_name().try_cmp(other.subject_name());
    order.is_ok_and(|order| order.is_eq())
}

fn openssl_failed(error: ErrorStack) -> Error {
    Error::new(Kind::Bug, "OpenSSL refused to make a certificate or revocation list").because(error)
}

fn holds_no(what: &str, path: &Path) -> impl FnOnce(ErrorStack) -> Error {
    let message = format!("{} holds no {what}", path.display());
    |error| Error::new(Kind::Data, message).because(error)
}

fn read_certificate(path: &Path) -> Result<X509> {
    X509::from_pem(&read(path)?).map_err(holds_no("certificate", path))
}

fn write_pair(dir: &Path, name: &str, key: &PKey<Private>, certificate: &X509) -> Result<()> {
    let key = key.private_key_to_pem_pkcs8().map_err(openssl_failed)?;
    let certificate = certificate.to_pem().map_err(openssl_failed)?;
    write(dir, &format!("{name}.key"), PRIVATE, &key)?;
    write(dir, &format!("{name}.crt"), PUBLIC, &certificate)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use openssl::x509::CrlNumber;
    use tempfile::TempDir;

    use super::build::CLOCK_SKEW;
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn options(days: u16) -> Options {
        Options { days, ..Options::default() }
    }

    /// An authority for 100 days, and a certificate for each of `issue`.
    fn authority(issue: &[&str], days: u16) -> (TempDir, Authority) {
        let dir = TempDir::new().unwrap();
        let authority = Authority::create(dir.path(), "Test CA", &options(100), NOW).unwrap();
        let issued = authority.issue(&names(issue), &options(days), NOW);
        issued.unwrap();
        (dir, authority)
    }

    fn crl_number(authority: &Authority) -> String {
        let number = authority.crl().unwrap().extension::<CrlNumber>().unwrap();
        number.unwrap().1.to_bn().unwrap().to_string()
    }

    #[test]
    fn states_follow_the_clock() {
        let (_dir, authority) = authority(&["a"], 60);
        let cases = [
            (-1, State::NotYetValid, State::NotYetValid, State::NotYetValid),
            (0, State::Valid, State::Valid, State::Valid),
            (25, State::Valid, State::ExpiresSoon, State::Valid),
            (31, State::Valid, State::Expired, State::ExpiresSoon),
            (61, State::Valid, State::Expired, State::Expired),
            (71, State::ExpiresSoon, State::Expired, State::Expired),
            (100, State::Expired, State::Expired, State::Expired),
        ];
        for (days, ca, crl, leaf) in cases {
            let found = authority.list(NOW + days * DAY).unwrap();
            let states = (found.ca.state, found.crl.state, found.certificates[0].state);
            assert_eq!(states, (ca, crl, leaf), "after {days} days");
        }
    }

    #[test]
    fn dates_are_those_asked_for() {
        let (_dir, authority) = authority(&["short"], 60);
        authority.issue(&names(&["long"]), &options(825), NOW).unwrap();
        let found = authority.list(NOW).unwrap();
        let [long, short] = &found.certificates[..] else {
            unreachable!("two were issued: {found:?}")
        };
        assert_eq!(short.not_before, Some(NOW - CLOCK_SKEW));
        assert_eq!(short.expires, Some(NOW + 60 * DAY));
        assert_eq!(long.expires, found.ca.expires, "not beyond its authority");
        assert_eq!(short.days_left(NOW + 1), Some(59));
        assert_eq!(short.days_left(NOW + 60 * DAY + 1), Some(-1));
    }

    #[test]
    fn an_expired_authority_issues_nothing() {
        let (dir, authority) = authority(&[], 60);
        let issued = authority.issue(&names(&["a"]), &options(60), NOW + 100 * DAY);
        assert_eq!(issued.unwrap_err().kind(), Kind::Config);
        assert!(!dir.path().join("a.key").exists());
    }

    #[test]
    fn the_next_list_keeps_entries_and_period_and_counts_on() {
        let (_dir, authority) = authority(&["a", "b"], 60);
        authority.renew_crl(Some(90), false, NOW).unwrap();
        let serials = authority.revoke(&names(&["a", "a"]), &[], NOW + DAY).unwrap();
        authority.revoke(&names(&["a"]), &[], NOW + 2 * DAY).unwrap();
        assert_eq!(crl_number(&authority), "3", "nothing new, no new list");
        authority.renew_crl(None, false, NOW + 3 * DAY).unwrap();
        assert_eq!(crl_number(&authority), "4");
        let found = authority.list(NOW + 3 * DAY).unwrap();
        assert_eq!(found.crl.expires, Some(NOW + 93 * DAY));
        let states: Vec<_> = found.certificates.iter().map(|entry| entry.state).collect();
        assert_eq!(states, [State::Revoked, State::Valid]);
        assert_eq!(found.certificates[0].revoked, Some(NOW + DAY));
        assert_eq!(found.certificates[0].serial.as_ref(), serials.first());
        assert_eq!(authority.crl().unwrap().get_revoked().unwrap().len(), 1);
    }

    #[test]
    fn revocations_at_the_same_time_are_all_kept() {
        let (dir, _) = authority(&[], 60);
        std::thread::scope(|scope| {
            for serial in 10..30 {
                let authority = Authority::open(dir.path()).unwrap();
                scope.spawn(move || {
                    let serial = format!("{serial}");
                    authority.revoke(&[], &[serial], NOW).unwrap();
                });
            }
        });
        let found = Authority::open(dir.path()).unwrap().list(NOW).unwrap();
        assert_eq!(found.certificates.len(), 20);
    }

    #[test]
    fn a_lost_list_is_not_replaced_unasked() {
        let (dir, authority) = authority(&["a"], 60);
        fs::remove_file(dir.path().join("crl.pem")).unwrap();
        assert_eq!(authority.list(NOW).unwrap().crl.state, State::Missing);
        let revoked = authority.revoke(&names(&["a"]), &[], NOW);
        assert_eq!(revoked.unwrap_err().kind(), Kind::NoInput);
        assert!(authority.renew_crl(None, false, NOW).is_err());
        authority.renew_crl(None, true, NOW).unwrap();
        assert_eq!(authority.list(NOW).unwrap().crl.state, State::Valid);
    }

    #[test]
    fn serial_numbers_have_one_spelling() {
        for text in ["0x0A:bc", "abc", "0ABC"] {
            assert_eq!(parse_serial(text).unwrap(), "0ABC", "{text}");
        }
        for text in ["", "0x", "xyz", "-1", &"1".repeat(41)] {
            assert!(parse_serial(text).is_err(), "{text}");
        }
    }
}
