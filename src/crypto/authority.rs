//! A small certificate authority. Its directory is the one fedmsg calls `ssldir`.
//!
//! `ca.crt`, `ca.key` and `crl.pem` are the authority's, `NAME.crt` and `NAME.key` a publisher's.
//! There is no index beside them that could disagree with them: issued are the certificates the
//! authority signed, revoked are the entries of its list.
//!
//! Files are written whole or not at all, and one process at a time changes them.

mod build;
mod files;
mod listing;
mod names;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private, Public};
use openssl::x509::{X509, X509Crl, X509Revoked};

use self::build::{hex, make_certificate, next_crl, revocation, revoked, unix};
use self::files::{PRIVATE, PUBLIC, lock, read, refuse_existing, write};
pub use self::listing::{Entry, Listing, State};
use self::names::{check_name, check_text, parse_serial};
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
