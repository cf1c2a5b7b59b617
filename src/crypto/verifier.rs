//! Judging signed messages.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;

use super::trust::{Anchors, Leaf};
use super::x509::{certificate_from_pem, verify_sha1};
use super::{CREDENTIALS, Policy, Reason, Trust, Verdict, base64};
use crate::canonical::{Object, Value, write_object_without};
use crate::message::Message;

/// How many certificates are remembered; a bus has as many as it has publishers.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(1024).expect("1024 is not zero");

/// Larger certificates are not remembered; a real one has 2 to 4 KiB.
const REMEMBERED_SIZE: usize = 64 * 1024;

/// Gives verdicts on messages.
///
/// Tracing a certificate costs ten times as much as checking a signature, so certificates are
/// remembered by their text until the CA or its list changes. Dates are checked every time.
pub struct Verifier {
    /// `None`: only signatures are checked.
    trust: Option<Trust>,
    anchors: Option<Arc<Anchors>>,
    policy: Policy,
    leaves: LruCache<Vec<u8>, Result<Arc<Leaf>, Verdict>>,
    /// The text being checked; kept to save allocations.
    text: Vec<u8>,
}

impl Verifier {
    /// A verifier that checks everything: signature, chain, dates, revocation and policy.
    pub fn new(trust: Trust, policy: Policy) -> Self {
        Self::with(Some(trust), policy)
    }

    /// A verifier that checks only whether signature, text and certificate fit each other.
    pub fn signature_only() -> Self {
        Self::with(None, Policy::default())
    }

    fn with(trust: Option<Trust>, policy: Policy) -> Self {
        let leaves = LruCache::new(REMEMBERED);
        Self { trust, anchors: None, policy, leaves, text: Vec::new() }
    }

    /// The verdict on a message from the bus at a time in unix seconds. Its topic must be the one it
    /// was sent under.
    pub fn verify(&mut self, message: &Message, now: i64) -> Verdict {
        let envelope = match message.value() {
            Ok(Value::Object(envelope)) => envelope,
            Ok(_) => return Verdict::refused(Reason::Malformed, "the body is not a JSON object"),
            Err(error) => return Verdict::refused(Reason::Malformed, error.to_string()),
        };
        let verdict = self.verify_envelope(envelope, now);
        if verdict.valid() && envelope.get_str("topic") != Some(message.topic()) {
            return Verdict {
                reason: Reason::TopicMismatch,
                detail: Some(format!("it was sent under the topic {:?}", message.topic())),
                ..verdict
            };
        }
        verdict
    }

    /// The verdict on an envelope at a time in unix seconds.
    pub fn verify_envelope(&mut self, envelope: &Object, now: i64) -> Verdict {
        self.judge(envelope, now).unwrap_or_else(|refusal| refusal)
    }

    fn judge(&mut self, envelope: &Object, now: i64) -> Result<Verdict, Verdict> {
        let (signature, certificate) = credentials(envelope)?;
        let leaf = self.leaf(certificate)?;
        let refuse = |reason, detail: Option<String>| {
            Err(Verdict { reason, signer: leaf.name.clone(), detail })
        };
        if let Err(reason) = leaf.check_dates(now) {
            return refuse(reason, None);
        }
        let Some(signature) = base64::decode(signature) else {
            return refuse(Reason::Malformed, Some("the signature is not base64".into()));
        };
        self.text.clear();
        write_object_without(envelope, &CREDENTIALS, &mut self.text);
        if !verify_sha1(&leaf.key, &self.text, &signature) {
            return refuse(Reason::BadSignature, None);
        }
        if self.trust.is_some() {
            let Some(name) = &leaf.name else {
                let detail = "the certificate has no common name";
                return refuse(Reason::Malformed, Some(detail.into()));
            };
            if let Err(why) = self.policy.permits(envelope, name) {
                return refuse(Reason::Policy, Some(why));
            }
        }
        Ok(Verdict { reason: Reason::Valid, signer: leaf.name.clone(), detail: None })
    }

    /// What is known of the certificate with this text, as it stands in the message.
    fn leaf(&mut self, certificate: &[u8]) -> Result<Arc<Leaf>, Verdict> {
        if let Some(trust) = &mut self.trust {
            let anchors = trust.anchors()?;
            let same = self.anchors.as_ref().is_some_and(|before| Arc::ptr_eq(before, &anchors));
            if !same {
                self.leaves.clear();
                self.anchors = Some(anchors);
            }
        }
        if let Some(known) = self.leaves.get(certificate) {
            return known.clone();
        }
        let found = self.trace(certificate).map(Arc::new);
        // Garbage costs little to refuse again, and must not displace what is worth remembering.
        let garbage = found.as_ref().is_err_and(|verdict| verdict.reason == Reason::Malformed);
        if !garbage && certificate.len() <= REMEMBERED_SIZE {
            self.leaves.put(certificate.to_vec(), found.clone());
        }
        found
    }

    fn trace(&self, certificate: &[u8]) -> Result<Leaf, Verdict> {
        let malformed = |detail| Verdict::refused(Reason::Malformed, detail);
        let pem = base64::decode(certificate)
            .ok_or_else(|| malformed("the certificate is not base64"))?;
        let certificate = certificate_from_pem(&pem)
            .ok_or_else(|| malformed("the certificate is not base64 of PEM"))?;
        match &self.anchors {
            Some(anchors) => anchors.trace(&certificate),
            None => Leaf::untraced(&certificate),
        }
    }
}

/// The texts of signature and certificate of a message signed with x509.
///
/// Old publishers did not say how they signed; a certificate without a `crypto` field means x509.
fn credentials(envelope: &Object) -> Result<(&[u8], &[u8]), Verdict> {
    let unsigned = || Verdict::refused(Reason::Unsigned, "there is no signature");
    match envelope.get("crypto") {
        Some(Value::Str(name)) if name.as_bytes() == b"x509" => {}
        Some(Value::Array(_) | Value::Object(_)) => {
            return Err(Verdict::refused(Reason::Malformed, "the crypto field is not text"));
        }
        Some(other) => {
            let detail = format!("the crypto field is {other:?}, not \"x509\"");
            return Err(Verdict::refused(Reason::UnsupportedCrypto, detail));
        }
        None if envelope.get("certificate").is_some() => {}
        None if envelope.get("signature").is_some() => {
            let detail = "a signature without certificate is not of x509";
            return Err(Verdict::refused(Reason::UnsupportedCrypto, detail));
        }
        None => return Err(unsigned()),
    }
    let text = |field| match envelope.get(field) {
        Some(Value::Str(text)) => Ok(text.as_bytes()),
        Some(_) => Err(Verdict::refused(Reason::Malformed, format!("the {field} is not text"))),
        None => Err(unsigned()),
    };
    Ok((text("signature")?, text("certificate")?))
}
