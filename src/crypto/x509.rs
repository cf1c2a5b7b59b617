//! Certificates and RSA signatures over SHA-1, on any host.
//!
//! Hosts with a strict policy (Fedora, RHEL) refuse SHA-1 signatures in OpenSSL's signing calls.
//! The raw RSA operation with the digest's encoding put in front by hand gives the same bytes and
//! names no digest to OpenSSL, so that is how both directions are done here.

use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::{Private, Public};
use openssl::rsa::{Padding, Rsa, RsaRef};
use openssl::sha::Sha1;
use openssl::x509::{X509, X509NameRef};

/// DER of the `DigestInfo` that PKCS#1 puts before a SHA-1 digest (RFC 8017, section 9.2).
const SHA1_PREFIX: [u8; 15] =
    [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 0x05, 0x00, 0x04, 0x14];

fn digest_info(text: &[u8]) -> [u8; 35] {
    let mut info = [0; 35];
    info[..15].copy_from_slice(&SHA1_PREFIX);
    // The plain hash, not one fetched by name: it is faster and asks no policy.
    let mut hash = Sha1::new();
    hash.update(text);
    info[15..].copy_from_slice(&hash.finish());
    info
}

/// The RSA PKCS#1 v1.5 signature of `text` over SHA-1.
pub fn sign_sha1(key: &RsaRef<Private>, text: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let mut signature = vec![0; key.size() as usize];
    let length = key.private_encrypt(&digest_info(text), &mut signature, Padding::PKCS1)?;
    signature.truncate(length);
    Ok(signature)
}

/// Whether `signature` is that of `text` by the owner of `key`.
pub fn verify_sha1(key: &RsaRef<Public>, text: &[u8], signature: &[u8]) -> bool {
    let size = key.size() as usize;
    // The raw operation would accept a signature whose leading zeros were cut off.
    if signature.len() != size {
        return false;
    }
    let mut recovered = vec![0; size];
    match key.public_decrypt(signature, &mut recovered, Padding::PKCS1) {
        Ok(length) => recovered[..length] == digest_info(text),
        Err(_) => false,
    }
}

/// Reads the first certificate of a PEM text.
///
/// Encrypted blocks are refused before OpenSSL sees them: it would ask for the passphrase at the
/// terminal, and this text may come from the bus.
pub fn certificate_from_pem(pem: &[u8]) -> Option<X509> {
    if memchr::memmem::find(pem, b"Proc-Type").is_some() {
        return None;
    }
    X509::from_pem(pem).ok()
}

/// The certificate's RSA key, if it has one.
pub fn rsa_key(certificate: &X509) -> Option<Rsa<Public>> {
    certificate.public_key().ok()?.rsa().ok()
}

/// The first common name of a subject or issuer.
pub fn common_name(name: &X509NameRef) -> Option<String> {
    let entry = name.entries_by_nid(Nid::COMMONNAME).next()?;
    entry.data().to_string().ok()
}

/// A certificate's time in unix seconds.
pub fn unix_seconds(time: &Asn1TimeRef) -> Option<i64> {
    let epoch = Asn1Time::from_unix(0).ok()?;
    let since = epoch.diff(time).ok()?;
    Some(i64::from(since.days) * 86_400 + i64::from(since.secs))
}

/// Whether `der`, a certificate or revocation list, carries an RSA signature over SHA-1 by the owner
/// of `issuer_key`, checked without naming SHA-1 to OpenSSL.
pub fn signed_with_sha1(der: &[u8], issuer_key: &RsaRef<Public>) -> bool {
    // Both are a SEQUENCE of what is signed, the algorithm, and the signature as a BIT STRING
    // (RFC 5280, sections 4.1 and 5.1).
    let parts = der_element(der).and_then(|(outer, _)| {
        let (signed, rest) = der_element(outer.content)?;
        let (algorithm, rest) = der_element(rest)?;
        let (signature, _) = der_element(rest)?;
        Some((signed.whole, algorithm.content, signature.content.strip_prefix(&[0])?))
    });
    parts.is_some_and(|(signed, algorithm, signature)| {
        algorithm.starts_with(&SHA1_WITH_RSA) && verify_sha1(issuer_key, signed, signature)
    })
}

/// DER of the object identifier `sha1WithRSAEncryption`.
const SHA1_WITH_RSA: [u8; 11] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x05];

struct DerElement<'a> {
    whole: &'a [u8],
    content: &'a [u8],
}

/// The first DER element, and what follows it.
fn der_element(der: &[u8]) -> Option<(DerElement<'_>, &[u8])> {
    let (header, length) = match *der.get(1)? {
        short @ 0..0x80 => (2, usize::from(short)),
        long => {
            let count = usize::from(long & 0x7F);
            let bytes = der.get(2..2 + count).filter(|_| count <= 4)?;
            (2 + count, bytes.iter().fold(0, |n, &byte| n << 8 | usize::from(byte)))
        }
    };
    let whole = der.get(..header + length)?;
    Some((DerElement { whole, content: &whole[header..] }, &der[header + length..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use openssl::hash::MessageDigest;
    use openssl::pkey::PKey;
    use openssl::sign::{Signer, Verifier};
    use openssl::x509::X509Name;

    fn key() -> Rsa<Private> {
        Rsa::generate(2048).unwrap()
    }

    fn public(key: &RsaRef<Private>) -> Rsa<Public> {
        Rsa::public_key_from_der(&key.public_key_to_der().unwrap()).unwrap()
    }

    #[test]
    fn signatures_are_those_of_openssls_own_calls() {
        let key = key();
        let pkey = PKey::from_rsa(key.clone()).unwrap();
        let mut signer = Signer::new(MessageDigest::sha1(), &pkey).unwrap();
        let theirs = signer.sign_oneshot_to_vec(b"text").unwrap();
        let ours = sign_sha1(&key, b"text").unwrap();
        assert_eq!(ours, theirs);
        let mut verifier = Verifier::new(MessageDigest::sha1(), &pkey).unwrap();
        assert!(verifier.verify_oneshot(&ours, b"text").unwrap());
        assert!(verify_sha1(&public(&key), b"text", &theirs));
    }

    #[test]
    fn other_texts_keys_digests_and_lengths_do_not_verify() {
        let signer = key();
        let signature = sign_sha1(&signer, b"text").unwrap();
        assert!(!verify_sha1(&public(&signer), b"texT", &signature));
        assert!(!verify_sha1(&public(&key()), b"text", &signature));
        assert!(!verify_sha1(&public(&signer), b"text", &signature[1..]));
        let mut padded = signature.clone();
        padded.insert(0, 0);
        assert!(!verify_sha1(&public(&signer), b"text", &padded));
        let pkey = PKey::from_rsa(signer.clone()).unwrap();
        let sha256 =
            Signer::new(MessageDigest::sha256(), &pkey).unwrap().sign_oneshot_to_vec(b"text");
        assert!(!verify_sha1(&public(&signer), b"text", &sha256.unwrap()));
    }

    fn self_signed(digest: MessageDigest) -> (X509, Rsa<Private>) {
        let key = key();
        let pkey = PKey::from_rsa(key.clone()).unwrap();
        let mut name = X509Name::builder().unwrap();
        name.append_entry_by_text("CN", "first").unwrap();
        name.append_entry_by_text("CN", "second").unwrap();
        let name = name.build();
        let mut builder = X509::builder().unwrap();
        builder.set_subject_name(&name).unwrap();
        builder.set_issuer_name(&name).unwrap();
        builder.set_pubkey(&pkey).unwrap();
        builder.set_not_before(&Asn1Time::from_unix(1_000_000_000).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_unix(5_000_000_000).unwrap()).unwrap();
        builder.sign(&pkey, digest).unwrap();
        (builder.build(), key)
    }

    #[test]
    fn certificates_signed_with_sha1_are_recognised() {
        let (certificate, issuer) = self_signed(MessageDigest::sha1());
        assert!(signed_with_sha1(&certificate.to_der().unwrap(), &public(&issuer)));
        assert!(!signed_with_sha1(&certificate.to_der().unwrap(), &public(&key())));
        let (certificate, issuer) = self_signed(MessageDigest::sha256());
        assert!(!signed_with_sha1(&certificate.to_der().unwrap(), &public(&issuer)));
    }

    #[test]
    fn the_first_name_counts_and_times_are_unix_seconds() {
        let (certificate, _) = self_signed(MessageDigest::sha256());
        assert_eq!(common_name(certificate.subject_name()).as_deref(), Some("first"));
        assert_eq!(unix_seconds(certificate.not_before()), Some(1_000_000_000));
        assert_eq!(unix_seconds(certificate.not_after()), Some(5_000_000_000));
    }

    #[test]
    fn encrypted_pem_is_refused_without_asking_for_a_passphrase() {
        let (certificate, _) = self_signed(MessageDigest::sha256());
        let pem = String::from_utf8(certificate.to_pem().unwrap()).unwrap();
        let header = "-----BEGIN CERTIFICATE-----\n";
        let hostile = pem.replace(
            header,
            &format!("{header}Proc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,0011223344556677\n\n"),
        );
        assert!(certificate_from_pem(hostile.as_bytes()).is_none());
        assert!(certificate_from_pem(format!("some text\n{pem}").as_bytes()).is_some());
    }
}
