//! `fedhub certs` makes what fedmsg's `ssldir` holds, and OpenSSL agrees with what it says of it.
//! That the Python fedmsg does too is shown by the tests with the Python peer.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Finished, Site, run};

fn site() -> Site {
    Site::new(json!({}))
}

fn certs(site: &Site, arguments: &[&str]) -> Finished {
    run(site.fedhub(&["certs"]).args(arguments))
}

/// The rows that `fedhub certs` printed.
fn rows(finished: &Finished) -> Vec<Value> {
    finished.stdout.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The state of each name in `fedhub certs list`.
fn states(site: &Site) -> Vec<(String, String)> {
    let listed = certs(site, &["list"]).expect(0);
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    rows(&listed).iter().map(|row| (text(&row["name"]), text(&row["state"]))).collect()
}

fn openssl(site: &Site, arguments: &[&str]) -> Finished {
    run(Command::new("openssl").current_dir(site.path("pki")).args(arguments))
}

/// What `openssl verify` says of a certificate, with CA and revocation list.
fn verify(site: &Site, name: &str) -> Finished {
    let file = format!("{name}.crt");
    let lists = ["-CAfile", "ca.crt", "-CRLfile", "crl.pem", "-crl_check_all"];
    openssl(site, &[&["verify", "-x509_strict"], &lists[..], &[&file]].concat())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[track_caller]
fn stderr_has(finished: &Finished, text: &str) {
    assert!(finished.stderr.iter().any(|line| line.contains(text)), "{text}: {finished:#?}");
}

#[test]
fn ssldir_holds_what_fedmsg_expects() {
    let site = site();
    let made = certs(&site, &["init", "--name", "Example CA"]).expect(0);
    assert_eq!(rows(&made).len(), 2, "the authority and its list: {made:#?}");
    let issued = certs(&site, &["issue", "shell.app01", "--organization", "Example"]).expect(0);
    let serial = rows(&issued)[0]["serial"].as_str().unwrap().to_owned();

    let mut files: Vec<_> = fs::read_dir(site.path("pki"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["ca.crt", "ca.key", "crl.pem", "shell.app01.crt", "shell.app01.key"]);
    for name in ["ca", "shell.app01"] {
        let key = site.path(&format!("pki/{name}.key"));
        assert_eq!(mode(&key), 0o600, "{name}.key");
        assert!(fs::read_to_string(&key).unwrap().starts_with("-----BEGIN PRIVATE KEY-----"));
        assert_eq!(mode(&site.path(&format!("pki/{name}.crt"))) & 0o133, 0, "{name}.crt");
    }
    verify(&site, "ca").expect(0);
    verify(&site, "shell.app01").expect(0);
    let question = ["-noout", "-subject", "-serial", "-text", "-nameopt", "RFC2253"];
    let text = openssl(&site, &[&["x509", "-in", "shell.app01.crt"], &question[..]].concat());
    let text = text.expect(0).stdout.join("\n");
    for expected in [
        "subject=CN=shell.app01,O=Example",
        &format!("serial={serial}"),
        "Public-Key: (2048 bit)",
        "Signature Algorithm: sha256WithRSAEncryption",
        "CA:FALSE",
        "Digital Signature",
        "TLS Web Client Authentication",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
}

#[test]
fn nothing_is_overwritten_without_force() {
    let site = site();
    certs(&site, &["init"]).expect(0);
    certs(&site, &["issue", "b"]).expect(0);
    let files = ["ca.crt", "ca.key", "crl.pem", "b.crt", "b.key"];
    let content = || files.map(|file| fs::read(site.path("pki").join(file)).unwrap());
    let before = content();

    stderr_has(&certs(&site, &["init"]).expect(2), "ca.crt exists");
    let refused = certs(&site, &["issue", "a", "b"]).expect(2);
    stderr_has(&refused, "b.crt exists");
    stderr_has(&refused, "--force");
    assert!(!site.path("pki/a.crt").exists(), "all of them or none");
    fs::remove_file(site.path("pki/b.crt")).unwrap();
    stderr_has(&certs(&site, &["issue", "b"]).expect(2), "b.key exists");
    fs::write(site.path("pki/b.crt"), &before[3]).unwrap();
    assert_eq!(content(), before);

    let replaced = certs(&site, &["issue", "b", "--force"]).expect(0);
    stderr_has(&replaced, "certs revoke");
    verify(&site, "b").expect(0);
    certs(&site, &["init", "--force"]).expect(0);
    for (file, (old, new)) in files.iter().zip(before.iter().zip(&content())) {
        assert_ne!(old, new, "{file}");
    }
    assert_eq!(mode(&site.path("pki/ca.key")), 0o600);
    assert_eq!(states(&site)[2], ("b".into(), "foreign".into()));
    stderr_has(&certs(&site, &["revoke", "b"]).expect(65), "not issued");
}

#[test]
fn openssl_refuses_what_was_revoked() {
    let site = site();
    certs(&site, &["init"]).expect(0);
    certs(&site, &["issue", "kept", "lost"]).expect(0);
    let revoked = certs(&site, &["revoke", "lost"]).expect(0);
    assert_eq!(rows(&revoked)[0]["state"], "revoked");
    verify(&site, "kept").expect(0);
    stderr_has(&verify(&site, "lost").expect(2), "certificate revoked");
    stderr_has(&certs(&site, &["revoke", "lost"]).expect(0), "already revoked");

    certs(&site, &["crl", "--days", "60"]).expect(0);
    stderr_has(&verify(&site, "lost").expect(2), "certificate revoked");
    let number = openssl(&site, &["crl", "-in", "crl.pem", "-noout", "-crlnumber"]).expect(0);
    assert!(number.stdout[0].ends_with("03"), "init, revoke, crl: {number:#?}");

    let serial = rows(&certs(&site, &["list"]).expect(0))[2]["serial"].clone();
    certs(&site, &["revoke", "--serial", serial.as_str().unwrap()]).expect(0);
    verify(&site, "kept").expect(2);
    certs(&site, &["revoke", "nobody"]).expect(66);
    certs(&site, &["revoke", "--serial", "xyz"]).expect(2);
}

#[test]
fn list_tells_how_everything_stands() {
    let site = site();
    certs(&site, &["init"]).expect(0);
    certs(&site, &["issue", "valid", "revoked"]).expect(0);
    certs(&site, &["issue", "soon", "--days", "5"]).expect(0);
    certs(&site, &["revoke", "revoked", "--serial", "0ABC"]).expect(0);
    certs(&site, &["--dir", "other", "init"]).expect(0);
    certs(&site, &["--dir", "other", "issue", "foreign"]).expect(0);
    fs::copy(site.path("other/foreign.crt"), site.path("pki/foreign.crt")).unwrap();
    fs::write(site.path("pki/bad\u{1b}.crt"), "not a certificate").unwrap();

    let expected = [
        ("ca", "valid"),
        ("crl", "valid"),
        ("bad\u{1b}", "unreadable"),
        ("foreign", "foreign"),
        ("revoked", "revoked"),
        ("soon", "expires-soon"),
        ("valid", "valid"),
        ("-", "revoked"),
    ];
    assert_eq!(states(&site), expected.map(|(name, state)| (name.into(), state.into())));

    let json = certs(&site, &["list", "-o", "json"]).expect(0).stdout.join("");
    let json: Vec<Value> = serde_json::from_str(&json).unwrap();
    let ndjson = rows(&certs(&site, &["list", "-o", "ndjson"]).expect(0));
    // The days left are not compared: they may change between two calls.
    let fixed = |row: &Value| ["kind", "name", "serial", "expires"].map(|key| row[key].clone());
    assert!(json.iter().map(fixed).eq(ndjson.iter().map(fixed)), "{json:#?} {ndjson:#?}");
    let days = json[5]["days_left"].as_i64().unwrap();
    assert!((4..=5).contains(&days), "less than 5 days, unless it is still the same second");
    let expires = json[5]["expires"].as_str().unwrap().replace('T', " ");
    let dates = openssl(&site, &["x509", "-in", "soon.crt", "-noout", "-enddate"]).expect(0);
    let clock = &expires[11..19];
    assert!(dates.stdout[0].contains(clock), "{expires} is {dates:#?}");

    let table = certs(&site, &["list", "-o", "human"]).expect(0).stdout;
    assert_eq!(table.len(), 1 + expected.len());
    assert!(table[3].starts_with("bad\\u{1b}"), "shown, not obeyed: {table:#?}");

    certs(&site, &["crl", "--days", "3"]).expect(0);
    assert_eq!(states(&site)[1], ("crl".into(), "expires-soon".into()));
}

#[test]
fn bad_names_are_refused_with_the_reason() {
    let site = site();
    stderr_has(&certs(&site, &["issue", "a"]).expect(66), "certs init");
    certs(&site, &["init"]).expect(0);
    let long = "x".repeat(65);
    for (name, why) in [
        ("a/b", "'/'"),
        (".hidden", "begins with"),
        ("-option", "begins with"),
        ("ca", "authority's own"),
        ("", "empty"),
        ("two\nlines", "visible"),
        (long.as_str(), "64"),
    ] {
        stderr_has(&certs(&site, &["issue", "--", "fine", name]).expect(2), why);
    }
    assert!(!site.path("pki/fine.crt").exists(), "all of them or none");
    certs(&site, &["issue", &long[1..]]).expect(0);
    verify(&site, &long[1..]).expect(0);
    stderr_has(&certs(&site, &["--dir", "x", "init", "--name", &long]).expect(2), "64");
    certs(&site, &["--dir", "x", "init", "--name", "same"]).expect(0);
    stderr_has(&certs(&site, &["--dir", "x", "issue", "same"]).expect(2), "authority itself");
}

#[test]
fn a_damaged_directory_is_named() {
    let site = site();
    certs(&site, &["init"]).expect(0);
    certs(&site, &["--dir", "other", "init"]).expect(0);
    let key = fs::read(site.path("pki/ca.key")).unwrap();
    fs::copy(site.path("other/ca.key"), site.path("pki/ca.key")).unwrap();
    stderr_has(&certs(&site, &["issue", "a"]).expect(65), "ca.key does not belong");
    let encrypt = ["-aes128", "-passout", "pass:secret", "-out", "ca.key"];
    openssl(&site, &[&["pkey", "-in", "../other/ca.key"], &encrypt[..]].concat()).expect(0);
    stderr_has(&certs(&site, &["issue", "a"]).expect(65), "without passphrase");
    fs::write(site.path("pki/ca.key"), key).unwrap();

    fs::copy(site.path("other/crl.pem"), site.path("pki/crl.pem")).unwrap();
    stderr_has(&certs(&site, &["crl"]).expect(65), "not signed by");
    fs::write(site.path("pki/crl.pem"), "").unwrap();
    stderr_has(&certs(&site, &["crl"]).expect(65), "no revocation list");
    certs(&site, &["crl", "--force"]).expect(0);
    certs(&site, &["issue", "a"]).expect(0);
    verify(&site, "a").expect(0);
}
