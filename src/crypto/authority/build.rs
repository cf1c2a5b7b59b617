//! Building certificates and revocation lists, and reading what they say.

use std::collections::BTreeMap;

use openssl::asn1::{Asn1IntegerRef, Asn1Time, Asn1TimeRef};
use openssl::bn::{BigNum, MsbOption};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier,
};
use openssl::x509::{
    CrlNumber, X509, X509Builder, X509Crl, X509CrlBuilder, X509Name, X509Ref, X509Revoked,
    X509RevokedBuilder,
};

use super::Options;

pub(super) const DAY: i64 = 86_400;
/// Everything is dated this far back, for readers whose clock is behind.
pub(super) const CLOCK_SKEW: i64 = 300;
/// How long a revocation list is good for when nothing says otherwise.
const CRL_DAYS: u16 = 30;
/// A new key pair and its certificate: signed by `issuer`, or without one an authority's own.
pub(super) fn make_certificate(
    name: &str,
    options: &Options,
    issuer: Option<(&X509Ref, &PKey<Private>)>,
    now: i64,
) -> Result<(PKey<Private>, X509), ErrorStack> {
    let key = PKey::from_rsa(Rsa::generate(options.bits)?)?;
    let mut subject = X509Name::builder()?;
    if let Some(organization) = &options.organization {
        subject.append_entry_by_nid(Nid::ORGANIZATIONNAME, organization)?;
    }
    subject.append_entry_by_nid(Nid::COMMONNAME, name)?;
    let subject = subject.build();
    let mut serial = BigNum::new()?;
    serial.rand(127, MsbOption::ONE, false)?;
    let (ca, ca_key) = issuer.unzip();
    let mut expires = now + i64::from(options.days) * DAY;
    if let Some(end) = ca.and_then(|ca| unix(ca.not_after())) {
        // Beyond the end of its authority it would be refused all the same.
        expires = expires.min(end);
    }

    let mut certificate = X509::builder()?;
    certificate.set_version(2)?;
    certificate.set_serial_number(&*serial.to_asn1_integer()?)?;
    certificate.set_subject_name(&subject)?;
    certificate.set_issuer_name(ca.map_or(&subject, |ca| ca.subject_name()))?;
    certificate.set_pubkey(&key)?;
    certificate.set_not_before(&*Asn1Time::from_unix(now - CLOCK_SKEW)?)?;
    certificate.set_not_after(&*Asn1Time::from_unix(expires)?)?;
    let (mut constraints, mut usage) = (BasicConstraints::new(), KeyUsage::new());
    if ca.is_some() {
        usage.digital_signature();
        certificate.append_extension(ExtendedKeyUsage::new().client_auth().build()?)?;
    } else {
        constraints.ca().pathlen(0);
        usage.key_cert_sign().crl_sign();
    }
    certificate.append_extension(constraints.critical().build()?)?;
    certificate.append_extension(usage.critical().build()?)?;
    let subject_key = SubjectKeyIdentifier::new().build(&certificate.x509v3_context(ca, None))?;
    certificate.append_extension(subject_key)?;
    let authority_key = authority_key(ca.is_none()).build(&certificate.x509v3_context(ca, None))?;
    certificate.append_extension(authority_key)?;
    certificate.sign(ca_key.unwrap_or(&key), MessageDigest::sha256())?;
    Ok((key, certificate.build()))
}

/// The list that follows `present`, or the first one, with `new` entries at its end.
pub(super) fn next_crl(
    ca: &X509Ref,
    key: &PKey<Private>,
    present: Option<&X509Crl>,
    new: Vec<X509Revoked>,
    days: Option<u16>,
    now: i64,
) -> Result<X509Crl, ErrorStack> {
    let mut crl = X509CrlBuilder::new()?;
    let (mut number, mut period) = (BigNum::new()?, CRL_DAYS);
    if let Some(present) = present {
        if let Some((_, present)) = present.extension::<CrlNumber>()? {
            number = present.to_bn()?;
        }
        period = period_of(present).unwrap_or(CRL_DAYS);
        for entry in present.get_revoked().into_iter().flatten() {
            crl.add_revoked(entry.to_owned()?)?;
        }
    }
    for entry in new {
        crl.add_revoked(entry)?;
    }
    number.add_word(1)?;
    // The list of another tool may carry a number that `CrlNumber` would panic at.
    if number.is_negative() || number.num_bits() > 158 {
        number = BigNum::from_u32(1)?;
    }
    crl.set_issuer_name(ca.subject_name())?;
    crl.set_last_update(&*Asn1Time::from_unix(now - CLOCK_SKEW)?)?;
    let next_update = now + i64::from(days.unwrap_or(period)) * DAY;
    crl.set_next_update(&*Asn1Time::from_unix(next_update)?)?;
    // Only the issuer of this context counts.
    let owner = X509Builder::new()?;
    let context = owner.x509v3_context(Some(ca), None);
    crl.append_extension(authority_key(false).build(&context)?)?;
    crl.append_extension(CrlNumber::new(number)?.build()?)?;
    crl.sign(key, MessageDigest::sha256())?;
    crl.build()
}

/// The extension that names the signing key: by its identifier, or if an authority made by
/// another tool has none, by its issuer and serial number.
fn authority_key(self_signed: bool) -> AuthorityKeyIdentifier {
    let mut extension = AuthorityKeyIdentifier::new();
    // Unless told to, OpenSSL leaves the identifier out of a self-signed certificate.
    extension.keyid(self_signed).issuer(false);
    extension
}

pub(super) fn revocation(serial: &str, now: i64) -> Result<X509Revoked, ErrorStack> {
    let mut entry = X509RevokedBuilder::new()?;
    entry.set_serial_number(&*BigNum::from_hex_str(serial)?.to_asn1_integer()?)?;
    entry.set_revocation_date(&*Asn1Time::from_unix(now)?)?;
    Ok(entry.build())
}

/// The serial numbers on a list, and when they were put there.
pub(super) fn revoked(crl: &X509Crl) -> BTreeMap<String, Option<i64>> {
    let entries = crl.get_revoked().into_iter().flatten();
    entries
        .filter_map(|entry| Some((hex(entry.serial_number()).ok()?, unix(entry.revocation_date()))))
        .collect()
}

/// For how many days a list was made.
fn period_of(crl: &X509Crl) -> Option<u16> {
    let days = (unix(crl.next_update()?)? - unix(crl.last_update())?) / DAY;
    u16::try_from(days).ok().filter(|days| *days > 0)
}

pub(super) fn hex(serial: &Asn1IntegerRef) -> Result<String, ErrorStack> {
    Ok(serial.to_bn()?.to_hex_str()?.to_string())
}

pub(super) fn unix(time: &Asn1TimeRef) -> Option<i64> {
    let since = Asn1Time::from_unix(0).ok()?.diff(time).ok()?;
    Some(i64::from(since.days) * DAY + i64::from(since.secs))
}
