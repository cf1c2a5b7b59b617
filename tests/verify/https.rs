//! CA and revocation list from https addresses: fetched, kept on disk, and used from there when the
//! server is away.

use std::fs::{self, File};
use std::process::Command;
use std::time::{Duration, SystemTime};

use serde_json::json;

use super::reload::Live;
use super::{judge, reason, signed, site};
use crate::harness::{Process, Site, run, script, skipped};

/// A site whose `pki` is served over https, with the server's certificate beside.
struct Served {
    site: Site,
    server: Option<Process>,
    url: String,
    /// Signed by a certificate of that `pki`.
    line: String,
}

/// None where there is no Python to serve it.
fn served() -> Option<Served> {
    let site = site(&["shell"]);
    let line = signed(&site.path("pki"), "shell", "topic");
    let make = [
        &["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"][..],
        &["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        &["-keyout", "server.key", "-out", "server.crt"],
    ];
    run(Command::new("openssl").current_dir(site.path("")).args(make.concat())).expect(0);
    if Command::new("python3").arg("--version").output().is_err() {
        skipped("CA and revocation list over https; there is no python3 to serve them");
        return None;
    }
    let mut served = Served { site, server: None, url: String::new(), line };
    served.start("pki");
    Some(served)
}

impl Served {
    /// Serves `folder`.
    fn start(&mut self, folder: &str) {
        let mut command = Command::new("python3");
        command.arg(script("https_server.py"));
        for name in ["server.crt", "server.key", folder] {
            command.arg(self.site.path(name));
        }
        let server = Process::spawn("https_server.py", &mut command);
        self.url = server.wait_for_line("https://");
        self.server = Some(server);
    }

    fn stop(&mut self) {
        self.server = None;
    }

    /// `fedhub verify` with CA and list from the server.
    fn verify(&self) -> Command {
        let mut command = self.site.fedhub(&["verify"]);
        command
            .args(["--ca", &format!("{}/ca.crt", self.url)])
            .args(["--crl", &format!("{}/crl.pem", self.url)])
            .env("SSL_CERT_FILE", self.site.path("server.crt"))
            .env("XDG_CACHE_HOME", self.site.path("cache"));
        command
    }

    /// What `command` says of the message, and what it complains about.
    fn reason(&self, command: &mut Command) -> (String, Vec<String>) {
        let (finished, verdicts) = judge(command, &[&self.line]);
        assert_eq!(verdicts.len(), 1, "{finished:#?}");
        (reason(&verdicts[0]), finished.stderr)
    }

    /// Makes the copies on disk this old.
    fn age_copies(&self, age: Duration) {
        for entry in fs::read_dir(self.site.path("cache/fedhub")).unwrap() {
            let file = File::options().write(true).open(entry.unwrap().path()).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
        }
    }
}

#[test]
fn copies_on_disk_serve_while_the_server_is_away() {
    let Some(mut served) = served() else { return };
    let (reason, complaints) = served.reason(&mut served.verify());
    assert_eq!((&*reason, complaints), ("valid", vec![]));
    served.stop();
    let (reason, complaints) = served.reason(&mut served.verify());
    assert_eq!((&*reason, complaints), ("valid", vec![]), "fresh copies are not fetched again");
    served.age_copies(Duration::from_secs(86_400));
    let (reason, _) = served.reason(&mut served.verify());
    assert_eq!(reason, "valid");
    fs::remove_dir_all(served.site.path("cache")).unwrap();
    let (reason, complaints) = served.reason(&mut served.verify());
    assert_eq!(reason, "ca-unavailable");
    assert!(complaints.iter().any(|line| line.contains(&served.url)), "{complaints:?}");
}

#[test]
fn a_new_list_on_the_server_is_used_by_a_process_that_runs() {
    let Some(mut served) = served() else { return };
    served.site.set(json!({"crl_cache_expiry": 10}));
    let (reason, _) = served.reason(&mut served.verify());
    assert_eq!(reason, "valid");
    run(&mut served.site.fedhub(&["certs", "revoke", "shell"])).expect(0);
    // It starts from the copy, which is good for two seconds more.
    served.age_copies(Duration::from_secs(8));
    let mut live = Live::start_as(&served.site, &mut served.verify());
    live.turns(&served.line, "valid", "revoked");
    live.finish();
}

#[test]
fn the_server_must_be_who_it_says_and_answer_with_pem() {
    let Some(mut served) = served() else { return };
    let mut stranger = served.verify();
    let (reason, _) = served.reason(stranger.env("SSL_CERT_FILE", served.site.path("pki/ca.crt")));
    assert_eq!(reason, "ca-unavailable");

    fs::create_dir(served.site.path("wrong")).unwrap();
    for name in ["ca.crt", "crl.pem"] {
        fs::write(served.site.path("wrong").join(name), "<html>under construction</html>").unwrap();
    }
    served.start("wrong");
    let (reason, complaints) = served.reason(&mut served.verify());
    assert_eq!(reason, "ca-unavailable");
    assert!(complaints.iter().any(|line| line.contains("not PEM")), "{complaints:?}");
    assert!(!served.site.path("cache/fedhub").exists(), "what is wrong is not kept");
}

#[test]
fn the_copy_of_one_address_is_not_taken_for_another() {
    let Some(mut served) = served() else { return };
    let (reason, _) = served.reason(&mut served.verify());
    assert_eq!(reason, "valid");
    served.site.issue("other", &["shell"]);
    served.start("other");
    let (reason, _) = served.reason(&mut served.verify());
    assert_eq!(reason, "unknown-ca");
}

#[test]
fn an_old_copy_is_renewed_before_it_is_used() {
    let Some(served) = served() else { return };
    let (reason, _) = served.reason(&mut served.verify());
    assert_eq!(reason, "valid");
    run(&mut served.site.fedhub(&["certs", "revoke", "shell"])).expect(0);
    served.age_copies(Duration::from_secs(86_400));
    let (reason, _) = served.reason(&mut served.verify());
    assert_eq!(reason, "revoked");
}

#[test]
fn http_is_refused() {
    let site = site(&["shell"]);
    for option in ["--ca", "--crl"] {
        let finished = run(&mut site.fedhub(&["verify", option, "http://127.0.0.1/ca.crt"]));
        let finished = finished.expect(78);
        assert!(finished.stderr.iter().any(|line| line.contains("https")), "{finished:#?}");
    }
}
