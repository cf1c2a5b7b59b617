//! Signing messages, and judging signed ones.
//!
//! fedmsg signs the canonical text of a message without its `signature` and `certificate`, with RSA
//! PKCS#1 v1.5 over SHA-1, and sends the certificate along as base64 of PEM text. [`Signer`] makes
//! such messages; [`Verifier`] gives a [`Verdict`] on them.
//!
//! - [`x509`]: RSA over SHA-1 without naming SHA-1 to OpenSSL, and certificates read safely
//! - [`trust`]: the CA and its revocation list, reloaded when they change
//! - [`policy`]: who may say what
//! - [`dated`]: what runs out, and when
//! - [`authority`]: a certificate authority of one's own
//! - [`datagrepper`]: undoing what an archive did to a message

pub mod authority;
mod base64;
pub mod datagrepper;
pub mod dated;
pub mod policy;
mod signer;
pub mod trust;
mod verifier;
pub mod x509;

pub use policy::Policy;
pub use signer::Signer;
pub use trust::{Location, Trust};
pub use verifier::Verifier;

/// Why a message is accepted or refused. The names are part of the output of `fedhub verify` and do
/// not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Everything asked for holds.
    Valid,
    /// There is no signature.
    Unsigned,
    /// The signature is not that of this text by the key in the certificate.
    BadSignature,
    /// No configured CA issued the certificate.
    UnknownCa,
    /// The CA revoked the certificate.
    Revoked,
    /// The certificate, or the CA's own, has run out.
    Expired,
    /// The certificate's time has not begun.
    NotYetValid,
    /// The revocation list has run out, so nothing can be said about revocation.
    CrlExpired,
    /// The revocation list is not one of the CA that issued the certificate.
    CrlMismatch,
    /// The CA's certificate cannot be loaded.
    CaUnavailable,
    /// The revocation list cannot be loaded.
    CrlUnavailable,
    /// The routing policy does not let this signer use this topic.
    Policy,
    /// Fields are missing, have the wrong type or cannot be decoded.
    Malformed,
    /// The message is signed in a way that is not accepted here.
    UnsupportedCrypto,
    /// The topic in the body is not the topic it was sent under.
    TopicMismatch,
}

impl Reason {
    /// Every reason with its name and meaning, for the manual.
    pub const ALL: [(Reason, &'static str, &'static str); 15] = [
        (Reason::Valid, "valid", "everything asked for holds"),
        (Reason::Unsigned, "unsigned", "there is no signature"),
        (Reason::BadSignature, "bad-signature", "the signature does not fit text and certificate"),
        (Reason::UnknownCa, "unknown-ca", "no configured CA issued the certificate"),
        (Reason::Revoked, "revoked", "the CA revoked the certificate"),
        (Reason::Expired, "expired", "the certificate or its CA has run out"),
        (Reason::NotYetValid, "not-yet-valid", "the certificate's time has not begun"),
        (Reason::CrlExpired, "crl-expired", "the revocation list has run out"),
        (Reason::CrlMismatch, "crl-mismatch", "the revocation list is not the issuing CA's"),
        (Reason::CaUnavailable, "ca-unavailable", "the CA certificate cannot be loaded"),
        (Reason::CrlUnavailable, "crl-unavailable", "the revocation list cannot be loaded"),
        (Reason::Policy, "policy", "the routing policy forbids this signer this topic"),
        (Reason::Malformed, "malformed", "a field is missing, of the wrong type or undecodable"),
        (Reason::UnsupportedCrypto, "unsupported-crypto", "not signed with x509"),
        (Reason::TopicMismatch, "topic-mismatch", "the body's topic is not the frame's"),
    ];

    /// The name used in output.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(reason, ..)| *reason == self).map_or("", |(_, name, _)| name)
    }
}

/// What a [`Verifier`] says of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Why it is valid or not.
    pub reason: Reason,
    /// The common name in the certificate. Unless the verdict is valid or `policy`, it is only what
    /// the message claims.
    pub signer: Option<String>,
    /// More about the reason, for people.
    pub detail: Option<String>,
}

impl Verdict {
    /// Whether the message may be believed.
    pub fn valid(&self) -> bool {
        self.reason == Reason::Valid
    }

    fn refused(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, signer: None, detail: Some(detail.into()) }
    }
}

/// The fields of a message that are not part of what is signed.
pub const CREDENTIALS: [&str; 2] = ["signature", "certificate"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_name_of_its_own() {
        let names: std::collections::HashSet<_> = Reason::ALL.iter().map(|(_, n, _)| n).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        assert_eq!(Reason::TopicMismatch.name(), "topic-mismatch");
    }
}
