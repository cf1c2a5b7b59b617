//! A host whose policy forbids SHA-1 signatures can sign and verify all the same. Such a host is made
//! up here: a preloaded library makes the calls fail that fail there.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use super::{check_vectors, judge, reason, reasons, signed, site};
use crate::harness::{
    Finished, Process, Site, corpus, free_endpoint, host, run, script, skipped, wait_until,
};

/// Compiles the library; None where there is no compiler.
fn policy_library(site: &Site) -> Option<PathBuf> {
    let library = site.path("no_sha1.so");
    let mut compile = Command::new("cc");
    compile.args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"]).arg(&library);
    match compile.arg(script("no_sha1.c")).output() {
        Err(_) => {
            skipped("hosts that forbid SHA-1; there is no C compiler to make one up");
            None
        }
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(library)
        }
    }
}

/// Runs `openssl` in the site's folder.
fn openssl(site: &Site, policy: Option<&PathBuf>, arguments: &str) -> Finished {
    let mut command = Command::new("openssl");
    command.current_dir(site.path("")).args(arguments.split(' '));
    match policy {
        Some(library) => command.env("LD_PRELOAD", library),
        // Where the host itself forbids it, as Fedora does, this allows it to the tests.
        None => command.env("OPENSSL_ENABLE_SHA1_SIGNATURES", "1"),
    };
    run(&mut command)
}

/// Makes `old.key` and `old.crt`, a certificate that the CA signed with SHA-1, and `old.pem`, a
/// revocation list likewise.
fn sign_with_sha1(site: &Site) {
    let config = "[ca]\ndefault_ca = it\n[it]\ndatabase = index\ndefault_md = sha1\n";
    fs::write(site.path("ca.cnf"), config).unwrap();
    fs::write(site.path("index"), "").unwrap();
    for arguments in [
        "req -new -newkey rsa:2048 -nodes -subj /CN=old -keyout old.key -out old.csr",
        "x509 -req -in old.csr -CA pki/ca.crt -CAkey pki/ca.key -set_serial 7 -sha1 -out old.crt",
        "ca -gencrl -config ca.cnf -keyfile pki/ca.key -cert pki/ca.crt -crldays 9 -out old.pem",
    ] {
        openssl(site, None, arguments).expect(0);
    }
}

#[test]
fn the_policy_made_up_here_is_one() {
    let site = site(&["shell"]);
    let Some(library) = policy_library(&site) else { return };
    sign_with_sha1(&site);
    let fails_only_with_it = |arguments: &str| {
        assert_ne!(openssl(&site, Some(&library), arguments).code, Some(0), "{arguments}");
        openssl(&site, None, arguments).expect(0);
    };
    fails_only_with_it("dgst -sha1 -sign old.key -out signature old.csr");
    fails_only_with_it("dgst -sha1 -prverify old.key -signature signature old.csr");
    fails_only_with_it("verify -CAfile pki/ca.crt old.crt");
    fails_only_with_it("verify -crl_check -CAfile pki/ca.crt -CRLfile old.pem pki/shell.crt");
    openssl(&site, Some(&library), "dgst -sha256 -sign old.key -out signature old.csr").expect(0);
}

#[test]
fn vectors_of_the_corpus_are_judged_alike() {
    let Some(corpus) = corpus() else { return };
    let site = Site::new(json!({}));
    let Some(library) = policy_library(&site) else { return };
    let folder = corpus.join("crypto");
    check_vectors(&site, &folder, &folder.join("policy.json"), |command| {
        command.env("LD_PRELOAD", &library);
    });
}

#[test]
fn certificates_and_lists_signed_with_sha1_are_accepted() {
    let site = site(&["shell"]);
    let Some(library) = policy_library(&site) else { return };
    sign_with_sha1(&site);
    let lines =
        [signed(&site.path(""), "old", "topic"), signed(&site.path("pki"), "shell", "topic")];
    for list in [["--crl", "pki/crl.pem"], ["--crl", "old.pem"]] {
        assert_eq!(reasons(&site, &list, &lines), ["valid"; 2], "without the policy");
        let mut command = site.fedhub(&["verify"]);
        let (finished, verdicts) = judge(command.args(list).env("LD_PRELOAD", &library), &lines);
        assert_eq!(verdicts.iter().map(reason).collect::<Vec<_>>(), ["valid"; 2], "{finished:#?}");
    }
    // The way around the policy must not be one around the signature.
    site.issue("other", &["shell"]);
    let mut command = site.fedhub(&["verify", "--ca", "other/ca.crt"]);
    let (_, verdicts) = judge(command.env("LD_PRELOAD", &library), &lines);
    assert_eq!(verdicts.iter().map(reason).collect::<Vec<_>>(), ["unknown-ca"; 2]);
}

#[test]
fn logger_signs_and_tail_verifies() {
    let mut site = site(&["shell"]);
    let Some(library) = policy_library(&site) else { return };
    site.set(json!({
        "endpoints": {"relay_outbound": [free_endpoint()]},
        "relay_inbound": [free_endpoint()],
        "sign_messages": true,
        "certnames": {format!("shell.{}", host()): "shell"},
    }));
    let command = |arguments: &[&str]| {
        let mut command = site.fedhub(arguments);
        command.env("LD_PRELOAD", &library);
        command
    };
    let (_relay, _) = site.start(&["relay"]);
    let tail = Process::spawn("tail", &mut command(&["tail", "--validate", "-o", "ndjson"]));
    // The first may be sent before the tail is connected.
    wait_until("tail has shown a message", || {
        run(&mut command(&["logger", "--message", "hello"])).expect(0);
        !tail.stdout().is_empty()
    });
    // Nor is it a signature that only such hosts take for one.
    assert_eq!(reasons(&site, &[], &tail.stdout()), vec!["valid"; tail.stdout().len()]);
}
