//! Several CAs and lists in one file, CAs below a CA, and whose list counts for whom.

use std::fs;
use std::process::Command;

use fedhub::canonical::{Object, Value as Wire, to_vec};
use fedhub::crypto::Signer;

use super::{reasons, signed, site};
use crate::harness::{Site, run};

/// Puts files one behind the other.
fn bundle(site: &Site, name: &str, parts: &[&str]) {
    let whole: Vec<u8> = parts.iter().flat_map(|part| fs::read(site.path(part)).unwrap()).collect();
    fs::write(site.path(name), whole).unwrap();
}

fn openssl(site: &Site, arguments: &str) {
    run(Command::new("openssl").current_dir(site.path("")).args(arguments.split(' '))).expect(0);
}

#[test]
fn a_file_may_hold_several_cas_and_lists() {
    let site = site(&["shell", "revoked"]);
    // A CA with the name of the first: so it is when a CA gets a new key.
    site.issue("next", &["shell"]);
    run(&mut site.fedhub(&["certs", "revoke", "revoked"])).expect(0);
    bundle(&site, "both.crt", &["pki/ca.crt", "next/ca.crt"]);
    bundle(&site, "both.pem", &["next/crl.pem", "pki/crl.pem"]);
    let lines = [("pki", "shell"), ("pki", "revoked"), ("next", "shell")]
        .map(|(folder, name)| signed(&site.path(folder), name, "topic"));
    let with = |ca: &str, crl: &str| reasons(&site, &["--ca", ca, "--crl", crl], &lines);
    assert_eq!(with("both.crt", "both.pem"), ["valid", "revoked", "valid"]);
    assert_eq!(with("both.crt", "pki/crl.pem"), ["valid", "revoked", "crl-mismatch"]);
    assert_eq!(with("next/ca.crt", "both.pem"), ["unknown-ca", "unknown-ca", "valid"]);
}

#[test]
fn the_certificate_of_the_ca_may_sign() {
    let site = site(&[]);
    let pki = site.path("pki");
    let signer = Signer::from_files(&pki.join("ca.key"), &pki.join("ca.crt")).unwrap();
    let mut message = Object::from_iter([("topic", "topic")]);
    signer.sign(&mut message).unwrap();
    assert_eq!(reasons(&site, &[], &[to_vec(&Wire::Object(message))]), ["valid"]);
}

#[test]
fn a_ca_below_a_ca_is_followed_up_to_the_root() {
    let site = site(&[]);
    fs::write(site.path("middle.ext"), "basicConstraints=critical,CA:TRUE\n").unwrap();
    fs::write(
        site.path("ca.cnf"),
        "[ca]\ndefault_ca = it\n[it]\ndatabase = index\ndefault_md = sha256\n",
    )
    .unwrap();
    fs::write(site.path("index"), "").unwrap();
    for step in [
        // A root of its own: those of `fedhub certs` allow no CA below them.
        "req -x509 -newkey rsa:2048 -nodes -subj /CN=root -keyout root.key -out root.crt",
        "req -new -newkey rsa:2048 -nodes -subj /CN=middle -keyout middle.key -out middle.csr",
        "x509 -req -in middle.csr -CA root.crt -CAkey root.key -set_serial 7 -extfile middle.ext -out middle.crt",
        "req -new -newkey rsa:2048 -nodes -subj /CN=leaf -keyout leaf.key -out leaf.csr",
        "x509 -req -in leaf.csr -CA middle.crt -CAkey middle.key -set_serial 8 -out leaf.crt",
        "ca -gencrl -config ca.cnf -keyfile root.key -cert root.crt -crldays 9 -out root.pem",
        "ca -gencrl -config ca.cnf -keyfile middle.key -cert middle.crt -crldays 9 -out middle.pem",
        "ca -config ca.cnf -keyfile root.key -cert root.crt -revoke middle.crt",
        "ca -gencrl -config ca.cnf -keyfile root.key -cert root.crt -crldays 9 -out revoked.pem",
    ] {
        openssl(&site, step);
    }
    bundle(&site, "ca.crt", &["root.crt", "middle.crt"]);
    bundle(&site, "good.pem", &["root.pem", "middle.pem"]);
    bundle(&site, "bad.pem", &["revoked.pem", "middle.pem"]);
    let line = signed(&site.path(""), "leaf", "topic");
    let with = |ca: &str, crl: &str| reasons(&site, &["--ca", ca, "--crl", crl], &[&line]);
    assert_eq!(with("ca.crt", "good.pem"), ["valid"]);
    assert_eq!(with("ca.crt", "bad.pem"), ["revoked"]);
    assert_eq!(with("ca.crt", "middle.pem"), ["crl-mismatch"]);
    assert_eq!(with("root.crt", "good.pem"), ["unknown-ca"]);
    assert_eq!(with("middle.crt", "good.pem"), ["unknown-ca"]);
}
