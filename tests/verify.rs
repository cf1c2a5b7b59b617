//! `fedhub verify` gives the verdicts that the Python fedmsg gives, and says why. That it does so on
//! what the Python fedmsg signs here and now is shown by the tests with the Python peer.

mod chain;
mod https;
mod reload;
mod sha1;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use fedhub::canonical::{Object, Value as Wire, to_vec};
use fedhub::crypto::Signer;
use fedhub::crypto::authority::{Authority, Options};
use serde_json::{Value, json};

use crate::harness::{DEADLINE, Finished, Process, Site, corpus, run};

const DAY: i64 = 86_400;

/// A site with a certificate authority in `pki` and certificates for `names`.
fn site(names: &[&str]) -> Site {
    let site = Site::new(json!({}));
    match names {
        [] => drop(run(&mut site.fedhub(&["certs", "init"])).expect(0)),
        names => site.issue("pki", names),
    }
    site
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// A message on `topic`, signed with `NAME.key` of `ssldir`.
fn signed(ssldir: &Path, name: &str, topic: &str) -> String {
    let signer = Signer::from_dir(ssldir, name).unwrap();
    let mut message = Object::from_iter([("topic", topic), ("msg_id", "2026-1")]);
    message.insert("i", 1);
    signer.sign(&mut message).unwrap();
    String::from_utf8(to_vec(&Wire::Object(message))).unwrap()
}

/// Runs `command`, a `fedhub verify`, on `lines`.
fn judge<T: AsRef<[u8]>>(command: &mut Command, lines: &[T]) -> (Finished, Vec<Value>) {
    let input: Vec<u8> = lines.iter().flat_map(|line| [line.as_ref(), b"\n"].concat()).collect();
    let finished = Process::spawn_with_input("verify", command, &input).finish();
    let verdicts = finished.stdout.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    (finished, verdicts)
}

/// The reasons that `fedhub verify ARGUMENTS` has for each of `lines`; its exit code must be right.
#[track_caller]
fn reasons<T: AsRef<[u8]>>(site: &Site, arguments: &[&str], lines: &[T]) -> Vec<String> {
    let (finished, verdicts) = judge(site.fedhub(&["verify"]).args(arguments), lines);
    let valid = verdicts.iter().all(|verdict| verdict["valid"] == json!(true));
    finished.expect(if valid { 0 } else { 1 });
    verdicts.iter().map(reason).collect()
}

/// A publisher, and a `fedhub tail --validate` that is connected to it.
fn tail(site: &Site) -> (zmq::Socket, Process) {
    let publisher = zmq::Context::new().socket(zmq::XPUB).unwrap();
    publisher.set_linger(0).unwrap();
    publisher.set_rcvtimeo(i32::try_from(DEADLINE.as_millis()).unwrap()).unwrap();
    publisher.bind("tcp://127.0.0.1:*").unwrap();
    let endpoint = publisher.get_last_endpoint().unwrap().unwrap();
    let arguments = ["tail", "--validate", "-o", "ndjson", "--endpoint", &endpoint];
    let tail = Process::spawn("tail", &mut site.fedhub(&arguments));
    assert_eq!(publisher.recv_bytes(0).unwrap(), [1], "a subscription to everything");
    (publisher, tail)
}

fn reason(verdict: &Value) -> String {
    verdict["reason"].as_str().unwrap().to_owned()
}

fn read(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn texts(cases: &[Value], field: &str) -> Vec<String> {
    cases.iter().map(|case| case[field].as_str().unwrap().to_owned()).collect()
}

/// Runs the vectors of the corpus through `fedhub verify`, with `policy` and in the surroundings that
/// `prepare` makes.
fn check_vectors(site: &Site, folder: &Path, policy: &Path, prepare: impl Fn(&mut Command)) {
    let cases = read(&folder.join("vectors.jsonl"));
    assert_eq!(cases.len(), 54);
    let mut groups: BTreeMap<Vec<PathBuf>, Vec<Value>> = BTreeMap::new();
    for case in cases {
        let file = |name: &Value| folder.join(name.as_str().unwrap());
        let mut arguments =
            vec!["--policy".into(), policy.into(), "--ca".into(), file(&case["ca"])];
        match &case["crl"] {
            Value::Null => arguments.push("--no-crl".into()),
            crl => arguments.extend(["--crl".into(), file(crl)]),
        }
        if case["nitpicky"] == json!(true) {
            arguments.push("--nitpicky".into());
        }
        if let Some(name) = case["signed_by"].as_str() {
            arguments.extend(["--signed-by".into(), name.into()]);
        }
        groups.entry(arguments).or_default().push(case);
    }
    for (arguments, cases) in groups {
        let mut command = site.fedhub(&["verify"]);
        prepare(command.args(&arguments));
        let (finished, verdicts) = judge(&mut command, &texts(&cases, "wire"));
        assert_eq!(verdicts.len(), cases.len(), "{finished:#?}");
        for (case, verdict) in cases.iter().zip(&verdicts) {
            assert_eq!(
                verdict["valid"], case["valid"],
                "{} {}: {verdict}",
                case["id"], case["why"]
            );
            let expected = expected_reasons(case);
            assert!(
                expected.contains(&&*reason(verdict)),
                "{} {}: {verdict}",
                case["id"],
                case["why"]
            );
        }
        let valid = cases.iter().all(|case| case["valid"] == json!(true));
        finished.expect(if valid { 0 } else { 1 });
    }
}

/// What may be said of a vector; the corpus itself knows only valid and not.
fn expected_reasons(case: &Value) -> &'static [&'static str] {
    match case["tag"].as_str().unwrap() {
        _ if case["valid"] == json!(true) => &["valid"],
        "rewired" => &["bad-signature", "unknown-ca"],
        "tampered" | "wrongalg" => &["bad-signature"],
        "malformed" => &["malformed", "unsigned", "unsupported-crypto", "bad-signature", "policy"],
        "chain" => &["unknown-ca", "revoked", "crl-expired"],
        "policy" => &["policy", "malformed"],
        other => panic!("a new sort of vector: {other}"),
    }
}

#[test]
fn vectors_of_the_corpus_with_the_policy_as_json_and_as_toml() {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("crypto");
    let site = Site::new(json!({}));
    let json = folder.join("policy.json");
    check_vectors(&site, &folder, &json, |_| ());

    let policy: Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    let toml = site.path("policy.toml");
    fs::write(&toml, toml::to_string(&policy).unwrap()).unwrap();
    check_vectors(&site, &folder, &toml, |_| ());
}

#[test]
fn production_messages_of_the_corpus() {
    let Some(corpus) = corpus() else { return };
    let site = Site::new(json!({}));
    let cases = read(&corpus.join("crypto/real-signed.jsonl"));
    assert_eq!(cases.len(), 25);
    let wire = texts(&cases, "wire");

    let mut command = site.fedhub(&["verify", "--datagrepper", "--signature-only"]);
    let (finished, verdicts) = judge(&mut command, &wire);
    finished.expect(0);
    for (case, verdict) in cases.iter().zip(&verdicts) {
        assert_eq!(verdict["reason"], json!("valid"), "{}", case["id"]);
        assert_eq!(verdict["signer"], case["cn"]);
        let message: Value = serde_json::from_str(case["wire"].as_str().unwrap()).unwrap();
        assert_eq!(
            (&verdict["msg_id"], &verdict["topic"]),
            (&message["msg_id"], &message["topic"])
        );
    }
    // Each option is needed.
    assert_eq!(reasons(&site, &["--signature-only"], &wire), ["bad-signature"; 25]);
    let ca = corpus.join("crypto/ca.crt").display().to_string();
    assert_eq!(reasons(&site, &["--datagrepper", "--ca", &ca], &wire), ["unknown-ca"; 25]);
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_judged() {
    let site = site(&["shell"]);
    let good = signed(&site.path("pki"), "shell", "org.example.log");
    let lines = [
        good.as_bytes(),
        b"{\"topic\": \"caf\xC3\xA9\", }",
        b"",
        b"[1]",
        b"{\"topic\": \"caf\xE9\"}",
        b"{\"topic\": \"unsigned\"}",
        good.as_bytes(),
    ];
    let (finished, verdicts) = judge(&mut site.fedhub(&["verify"]), &lines);
    let finished = finished.expect(65);
    assert_eq!(
        finished.stderr,
        [
            "line 2 column 19: expected a key in double quotes",
            "line 4 column 1: not a JSON object",
            "line 5 column 15: not UTF-8",
        ]
    );
    let reasons: Vec<String> = verdicts.iter().map(reason).collect();
    assert_eq!(reasons, ["valid", "unsigned", "valid"]);
    assert_eq!(
        finished.stdout[0],
        r#"{"msg_id":"2026-1","topic":"org.example.log","valid":true,"reason":"valid","signer":"shell"}"#
    );
    run(&mut site.fedhub(&["verify", "absent"])).expect(66);
}

#[test]
fn policy_signer_and_revocation_can_be_chosen() {
    let site = site(&["shell", "other", "revoked"]);
    run(&mut site.fedhub(&["certs", "revoke", "revoked"])).expect(0);
    let pki = site.path("pki");
    let lines = [
        signed(&pki, "shell", "named"),
        signed(&pki, "other", "named"),
        signed(&pki, "other", "free"),
        signed(&pki, "revoked", "free"),
    ];
    fs::write(site.path("policy.json"), r#"{"routing_policy": {"named": ["shell"]}}"#).unwrap();
    let with = |arguments: &[&str]| reasons(&site, arguments, &lines);
    let policy = ["--policy", "policy.json"];
    assert_eq!(with(&[]), ["valid", "valid", "valid", "revoked"]);
    assert_eq!(with(&policy), ["valid", "policy", "valid", "revoked"]);
    assert_eq!(with(&[&policy[..], &["--no-crl"]].concat()), ["valid", "policy", "valid", "valid"]);
    assert_eq!(
        with(&[&policy[..], &["--nitpicky"]].concat()),
        ["valid", "policy", "policy", "revoked"]
    );
    assert_eq!(
        with(&[&policy[..], &["--signed-by", "other"]].concat()),
        ["policy", "valid", "valid", "revoked"]
    );
    fs::write(site.path("policy.toml"), "routing_policy = 1").unwrap();
    for broken in ["policy.toml", "absent.json"] {
        let finished = run(&mut site.fedhub(&["verify", "--policy", broken]));
        assert!(matches!(finished.code, Some(66 | 78)), "{finished:#?}");
    }
}

#[test]
fn dates_of_certificates_and_lists_count() {
    let site = site(&["shell"]);
    let (pki, now) = (site.path("pki"), now());
    let short = Options { days: 1, ..Options::default() };
    let authority = Authority::open(&pki).unwrap();
    authority.issue(&["old".into()], &short, now - 3 * DAY).unwrap();
    authority.issue(&["new".into()], &short, now + 3 * DAY).unwrap();
    let lines = ["shell", "old", "new"].map(|name| signed(&pki, name, "topic"));
    assert_eq!(reasons(&site, &[], &lines), ["valid", "expired", "not-yet-valid"]);
    authority.renew_crl(Some(1), false, now - 3 * DAY).unwrap();
    assert_eq!(reasons(&site, &[], &lines), ["crl-expired", "expired", "not-yet-valid"]);

    let past = site.path("past");
    let authority = Authority::create(&past, "a CA of the past", &short, now - 3 * DAY).unwrap();
    authority.issue(&["shell".into()], &Options::default(), now - 3 * DAY).unwrap();
    let line = signed(&past, "shell", "topic");
    assert_eq!(reasons(&site, &["--ca", "past/ca.crt"], &[&line]), ["expired"]);
    assert_eq!(reasons(&site, &["--signature-only"], &[&line]), ["valid"]);
}

#[test]
fn without_ca_or_list_every_verdict_says_so() {
    let site = site(&["shell"]);
    site.issue("foreign", &["shell"]);
    let line = signed(&site.path("pki"), "shell", "topic");
    fs::write(site.path("garbage"), "-----BEGIN NONSENSE-----\n").unwrap();
    let lines = [line.clone(), line];
    let with = |arguments: &[&str]| reasons(&site, arguments, &lines);
    assert_eq!(with(&["--ca", "absent"]), ["ca-unavailable"; 2]);
    assert_eq!(with(&["--ca", "garbage"]), ["ca-unavailable"; 2]);
    assert_eq!(with(&["--crl", "absent"]), ["crl-unavailable"; 2]);
    assert_eq!(with(&["--crl", "garbage"]), ["crl-unavailable"; 2]);
    assert_eq!(with(&["--crl", "pki/ca.crt"]), ["crl-unavailable"; 2]);
    assert_eq!(with(&["--crl", "foreign/crl.pem"]), ["crl-mismatch"; 2]);
    assert_eq!(with(&["--ca", "foreign/ca.crt"]), ["unknown-ca"; 2]);
}

#[test]
fn tail_refuses_a_message_under_the_topic_of_another() {
    let site = site(&["shell"]);
    let line = signed(&site.path("pki"), "shell", "own");
    let (publisher, tail) = tail(&site);
    for topic in ["other", "own.more", "own"] {
        publisher.send_multipart([topic, &line], 0).unwrap();
    }
    tail.wait_for("a message", |lines| (!lines.stdout.is_empty()).then_some(()));
    let finished = tail.stop().expect(0);
    assert_eq!(finished.stdout, [line]);
    let refused = finished.stderr.iter().filter(|line| line.contains("topic-mismatch"));
    assert_eq!(refused.count(), 2, "{:#?}", finished.stderr);
}
