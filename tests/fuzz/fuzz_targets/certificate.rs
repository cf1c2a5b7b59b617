//! No certificate harms the reader, and none that was changed is traced back to the CA as somebody
//! else's.
#![no_main]

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use fedhub::canonical::Object;
use fedhub::crypto::Verifier;
use fedhub::crypto::authority::{Authority, Options};
use fedhub::crypto::trust::Anchors;
use fedhub::crypto::x509::{certificate_from_pem, rsa_key, signed_with_sha1};
use libfuzzer_sys::fuzz_target;
use openssl::base64::encode_block;
use openssl::pkey::Public;
use openssl::rsa::Rsa;

/// A CA, its key, and a certificate it issued.
struct Issued {
    anchors: Anchors,
    ca_key: Rsa<Public>,
    der: Vec<u8>,
}

static ISSUED: LazyLock<Issued> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    let options = Options::default();
    let authority = Authority::create(dir.path(), "CA", &options, now).unwrap();
    authority.issue(&["service".into()], &options, now).unwrap();
    let read = |name| std::fs::read(dir.path().join(name)).unwrap();
    let anchors = Anchors::from_pem(&read("ca.crt"), Some(&read("crl.pem"))).ok().unwrap();
    let ca_key = rsa_key(&certificate_from_pem(&read("ca.crt")).unwrap()).unwrap();
    let der = certificate_from_pem(&read("service.crt")).unwrap().to_der().unwrap();
    Issued { anchors, ca_key, der }
});

fuzz_target!(|input: &[u8]| {
    // The first two bytes say where in a good certificate the others are put.
    let [high, low, patch @ ..] = input else { return };
    let mut der = ISSUED.der.clone();
    let at = usize::from(u16::from_be_bytes([*high, *low])) % der.len();
    let end = (at + patch.len()).min(der.len());
    der.splice(at..end, patch.iter().copied());

    signed_with_sha1(&der, &ISSUED.ca_key);
    let text = encode_block(&der);
    let pem = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
    if let Some(certificate) = certificate_from_pem(pem.as_bytes())
        && let Ok(leaf) = ISSUED.anchors.trace(&certificate)
    {
        assert_eq!(leaf.name.as_deref(), Some("service"));
    }
    let certificate = encode_block(pem.as_bytes());
    let message = Object::from_iter([("certificate", &*certificate), ("signature", &*text)]);
    Verifier::signature_only().verify_envelope(&message, 0);
    // The input as it is, in the place of every file and field.
    let _ = Anchors::from_pem(input, Some(input));
    let text = String::from_utf8_lossy(input);
    let message = Object::from_iter([("certificate", &*text), ("signature", &*text)]);
    Verifier::signature_only().verify_envelope(&message, 0);
});
