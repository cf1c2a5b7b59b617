//! One loaded set of CA certificates and revocation lists, and what it says of a certificate.

use std::ops::RangeInclusive;

use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Public};
use openssl::rsa::Rsa;
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::X509VerifyFlags;
use openssl::x509::{CrlStatus, X509, X509Crl, X509NameRef, X509StoreContext, X509VerifyResult};

use crate::crypto::x509::{common_name, rsa_key, signed_with_sha1, unix_seconds};
use crate::crypto::{Reason, Verdict};

/// OpenSSL's code for a certificate whose signature does not verify, which is also what hosts that
/// forbid SHA-1 say of every certificate signed with it.
const CERT_SIGNATURE_FAILURE: i32 = 7;

/// CA certificates and, if revocation is checked, their lists.
pub struct Anchors {
    authorities: Vec<Authority>,
    lists: Option<Vec<RevocationList>>,
    store: X509Store,
}

struct Authority {
    certificate: X509,
    key: PKey<Public>,
    valid: RangeInclusive<i64>,
}

struct RevocationList {
    crl: X509Crl,
    valid: RangeInclusive<i64>,
}

/// A certificate that a CA of ours issued and did not revoke. Its dates are still to be checked,
/// with every message.
#[derive(Debug)]
pub struct Leaf {
    /// The key that signs.
    pub key: Rsa<Public>,
    /// The first common name in the subject.
    pub name: Option<String>,
    /// When certificate and CA are valid, in unix seconds.
    valid: RangeInclusive<i64>,
    /// When the revocation list is valid.
    list_valid: Option<RangeInclusive<i64>>,
}

/// When a CA certificate or a revocation list is valid, in unix seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dates {
    /// Whether it is a list.
    pub list: bool,
    /// The common name of the CA.
    pub name: String,
    /// When it is valid.
    pub valid: RangeInclusive<i64>,
}

impl Leaf {
    /// A certificate taken as it is: nobody vouches for it, and its dates do not count.
    pub fn untraced(certificate: &X509) -> Result<Self, Verdict> {
        let key = rsa_key(certificate).ok_or_else(|| {
            Verdict::refused(Reason::BadSignature, "the certificate's key is not RSA")
        })?;
        let name = common_name(certificate.subject_name());
        Ok(Self { key, name, valid: i64::MIN..=i64::MAX, list_valid: None })
    }

    /// Whether it may be used at this time, in unix seconds.
    pub fn check_dates(&self, now: i64) -> Result<(), Reason> {
        if now < *self.valid.start() {
            return Err(Reason::NotYetValid);
        }
        if now > *self.valid.end() {
            return Err(Reason::Expired);
        }
        match &self.list_valid {
            Some(valid) if !valid.contains(&now) => Err(Reason::CrlExpired),
            _ => Ok(()),
        }
    }
}

impl Anchors {
    /// Reads one or more CA certificates and, unless revocation is not checked, one or more lists.
    pub fn from_pem(ca: &[u8], crl: Option<&[u8]>) -> Result<Self, Verdict> {
        let bad_ca = |error| Verdict::refused(Reason::CaUnavailable, format!("CA: {error}"));
        let certificates = X509::stack_from_pem(ca).map_err(bad_ca)?;
        if certificates.is_empty() {
            return Err(Verdict::refused(
                Reason::CaUnavailable,
                "there is no certificate in the CA",
            ));
        }
        let store = build_store(&certificates).map_err(bad_ca)?;
        let authorities = certificates.into_iter().map(|certificate| {
            let key = certificate.public_key().map_err(bad_ca)?;
            let valid = validity(&certificate)
                .ok_or_else(|| Verdict::refused(Reason::CaUnavailable, "the CA has no dates"))?;
            Ok(Authority { certificate, key, valid })
        });
        let authorities = authorities.collect::<Result<_, Verdict>>()?;
        let lists = crl.map(read_lists).transpose()?;
        Ok(Self { authorities, lists, store })
    }

    /// When CA certificates and lists are valid; of several lists of one CA the current one.
    pub fn dates(&self) -> Vec<Dates> {
        let named = |list, name: &X509NameRef, valid: &RangeInclusive<i64>| {
            let name = common_name(name).unwrap_or_default();
            Dates { list, name, valid: valid.clone() }
        };
        let mut all: Vec<Dates> = Vec::new();
        for ca in &self.authorities {
            all.push(named(false, ca.certificate.subject_name(), &ca.valid));
            let lists = self.lists.iter().flatten().filter(|list| list.is_from(ca));
            if let Some(list) = lists.max_by_key(|list| *list.valid.end()) {
                all.push(named(true, list.crl.issuer_name(), &list.valid));
            }
        }
        all
    }

    /// Traces a certificate back to a CA and looks it up in the CA's revocation list.
    pub fn trace(&self, certificate: &X509) -> Result<Leaf, Verdict> {
        let mut leaf = Leaf::untraced(certificate)?;
        let refuse = |leaf: Leaf, reason, detail: String| {
            Err(Verdict { reason, signer: leaf.name, detail: Some(detail) })
        };
        if self.issuer_of(certificate).is_none() {
            return refuse(leaf, Reason::UnknownCa, "no configured CA issued it".into());
        }
        if let Err(why) = self.check_chain(certificate) {
            return refuse(leaf, Reason::UnknownCa, why);
        }
        let Some(valid) = validity(certificate) else {
            return refuse(leaf, Reason::Malformed, "the certificate has no dates".into());
        };
        leaf.valid = valid;
        match self.check_issuers(certificate, &mut leaf) {
            Ok(()) => Ok(leaf),
            Err((reason, why)) => refuse(leaf, reason, why.into()),
        }
    }

    /// The CA that issued a certificate: it has the issuer's name, and made the signature. After a
    /// change of keys two CAs may have the same name.
    fn issuer_of(&self, certificate: &X509) -> Option<&Authority> {
        self.authorities.iter().find(|ca| {
            ca.certificate.issued(certificate) == X509VerifyResult::OK && ca.signed(certificate)
        })
    }

    /// Follows a certificate up to the root: narrows the time it is valid, and looks each one up in
    /// its issuer's list.
    fn check_issuers(
        &self,
        certificate: &X509,
        leaf: &mut Leaf,
    ) -> Result<(), (Reason, &'static str)> {
        let mut subject = certificate;
        // A chain is no longer than the CAs there are.
        for _ in 0..=self.authorities.len() {
            let Some(issuer) = self.issuer_of(subject) else { break };
            leaf.valid = narrowed(&leaf.valid, &issuer.valid);
            if let Some(lists) = &self.lists {
                // Of several lists of one CA the one that runs out last is the current one.
                let own = lists.iter().filter(|list| list.is_from(issuer));
                let Some(list) = own.max_by_key(|list| *list.valid.end()) else {
                    let why = "the revocation list is not from the CA that issued the certificate";
                    return Err((Reason::CrlMismatch, why));
                };
                if list.revokes(subject) {
                    return Err((Reason::Revoked, "the certificate is revoked"));
                }
                let before = leaf.list_valid.take().unwrap_or_else(|| list.valid.clone());
                leaf.list_valid = Some(narrowed(&before, &list.valid));
            }
            // The root has issued itself; its own list may name it too, which was just looked at.
            if std::ptr::eq(subject, &issuer.certificate) {
                break;
            }
            subject = &issuer.certificate;
        }
        Ok(())
    }

    fn check_chain(&self, certificate: &X509) -> Result<(), String> {
        let outcome = Stack::new().and_then(|no_others| {
            X509StoreContext::new()?.init(&self.store, certificate, &no_others, |context| {
                context.verify_cert()?;
                Ok(context.error())
            })
        });
        match outcome {
            Ok(X509VerifyResult::OK) => Ok(()),
            // Its signature was checked another way already, see `issuer_of`.
            Ok(result) if result.as_raw() == CERT_SIGNATURE_FAILURE => Ok(()),
            Ok(result) => Err(result.error_string().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn narrowed(a: &RangeInclusive<i64>, b: &RangeInclusive<i64>) -> RangeInclusive<i64> {
    *a.start().max(b.start())..=*a.end().min(b.end())
}

impl Authority {
    fn signed(&self, certificate: &X509) -> bool {
        certificate.verify(&self.key).unwrap_or(false)
            || certificate.to_der().is_ok_and(|der| self.signed_with_sha1(&der))
    }

    fn signed_with_sha1(&self, der: &[u8]) -> bool {
        self.key.rsa().is_ok_and(|key| signed_with_sha1(der, &key))
    }
}

impl RevocationList {
    fn is_from(&self, issuer: &Authority) -> bool {
        let subject = issuer.certificate.subject_name();
        let same_name = self.crl.issuer_name().try_cmp(subject).is_ok_and(|order| order.is_eq());
        same_name
            && (self.crl.verify(&issuer.key).unwrap_or(false)
                || self.crl.to_der().is_ok_and(|der| issuer.signed_with_sha1(&der)))
    }

    fn revokes(&self, certificate: &X509) -> bool {
        matches!(self.crl.get_by_cert(certificate), CrlStatus::Revoked(_))
    }
}

/// Dates are left to [`Leaf::check_dates`], so that a verified certificate can be kept.
fn build_store(certificates: &[X509]) -> Result<X509Store, ErrorStack> {
    let mut builder = X509StoreBuilder::new()?;
    builder.set_flags(X509VerifyFlags::NO_CHECK_TIME)?;
    for certificate in certificates {
        builder.add_cert(certificate.clone())?;
    }
    Ok(builder.build())
}

fn validity(certificate: &X509) -> Option<RangeInclusive<i64>> {
    Some(unix_seconds(certificate.not_before())?..=unix_seconds(certificate.not_after())?)
}

fn read_lists(pem: &[u8]) -> Result<Vec<RevocationList>, Verdict> {
    let refuse = |why: String| Verdict::refused(Reason::CrlUnavailable, why);
    const BEGIN: &[u8] = b"-----BEGIN X509 CRL-----";
    let mut starts: Vec<usize> = memchr::memmem::find_iter(pem, BEGIN).collect();
    if starts.is_empty() {
        return Err(refuse("there is no revocation list in the file".into()));
    }
    starts.push(pem.len());
    let list = |range: &[usize]| {
        let crl = X509Crl::from_pem(&pem[range[0]..range[1]])
            .map_err(|error| refuse(format!("revocation list: {error}")))?;
        let begins = unix_seconds(crl.last_update());
        // A list without a next update never runs out.
        let ends = crl.next_update().map_or(Some(i64::MAX), unix_seconds);
        let (Some(begins), Some(ends)) = (begins, ends) else {
            return Err(refuse("the revocation list has no dates".into()));
        };
        Ok(RevocationList { crl, valid: begins..=ends })
    };
    starts.windows(2).map(list).collect()
}
