//! From a datagrepper: the real one, and fedhub's own.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{expect, import, site};
use crate::export::{all, kept};
use crate::harness::{Process, peer_datagrepper, script};
use crate::postgres::Server;
use crate::serve::Served;

const BEGIN: i64 = 1_700_000_000;

fn messages() -> Vec<Value> {
    let message = |n: i64| {
        json!({
            "msg_id": format!("w-{n}"), "topic": "org.fedoraproject.prod.git.receive",
            // More than a page of them in one second.
            "timestamp": BEGIN + if n < 130 { n * 40_000 } else { 129 * 40_000 },
            "msg": {"n": n, "text": "Łódź"}, "headers": {"x": n}, "agent": "alice",
            "users": ["alice"], "packages": [],
        })
    };
    (0..260).map(message).collect()
}

fn datagrepper(python: &Path, server: &Server, file: &Path) -> (Process, String) {
    let lines: String = messages().iter().map(|one| format!("{one}\n")).collect();
    std::fs::write(file, lines).unwrap();
    let mut command = Command::new(python);
    command.arg(script("datagrepper_real.py")).arg(server.database("datanommer"));
    command.arg(file).arg("--http").env("TZ", "UTC").env("PYTHONWARNINGS", "ignore");
    let process = Process::spawn("datagrepper", &mut command);
    let address = process.wait_for_line("http://127.0.0.1:");
    (process, address.trim().to_owned())
}

#[test]
fn the_real_one_by_both_its_apis() {
    let (Some(python), Some(server)) = (peer_datagrepper(), Server::start()) else { return };
    let site = site();
    let (_process, address) = datagrepper(&python, &server, &site.path("messages"));
    for api in ["", "/v2/search"] {
        let url = format!("sqlite:{}", site.path(&format!("a{}.db", api.len())).display());
        let from = format!("{address}{api}");
        let state = site.path(&format!("state{}", api.len())).display().to_string();
        let until = (BEGIN + 130 * 40_000).to_string();
        let arguments =
            [&from, "--archive", &url, "--resume", &state, "--until", &until, "--rate", "0"];
        expect(import(&site, &arguments), [260, 0, 0, 0]);
        let found = all(&url);
        assert_eq!(found.len(), 260);
        for one in &found {
            let body: Value = serde_json::from_slice(one.message.body()).unwrap();
            let n = usize::try_from(body["msg"]["n"].as_i64().unwrap()).unwrap();
            let sent = &messages()[n];
            for member in ["msg_id", "topic", "msg", "timestamp"] {
                assert_eq!(body[member], sent[member], "{body}");
            }
            assert_eq!(body["headers"]["x"], sent["headers"]["x"]);
        }
        // Once more: nothing is read that was read.
        expect(import(&site, &arguments), [0, 0, 0, 0]);
    }
    let (since, until) = ((BEGIN + 80_000).to_string(), (BEGIN + 160_000).to_string());
    let some = import(&site, &[&address, "--since", &since, "--until", &until]);
    expect(some, [2, 0, 0, 0]);
}

#[test]
fn fedhubs_own() {
    let envelope = |one: Value| {
        let mut one = one;
        for name in ["agent", "users", "packages"] {
            one.as_object_mut().unwrap().remove(name);
        }
        one
    };
    let envelopes: Vec<_> = messages().into_iter().map(envelope).collect();
    let served = Served::new(&envelopes);
    let site = site();
    let until = (BEGIN + 130 * 40_000).to_string();
    let arguments = [&served.address, "--until", &until, "--rate", "0"];
    expect(import(&site, &arguments), [260, 0, 0, 0]);
    let times = |url: &str| {
        let mut kept: Vec<_> =
            all(url).iter().map(kept).map(|(id, _, _, time, ..)| (id, time)).collect();
        kept.sort();
        kept
    };
    assert_eq!(times(site.setting("/archive/url")), times(&served.url));
    let nobody = import(&site, &["http://127.0.0.1:1/", "--patience", "0"]).expect(75);
    assert!(nobody.stderr.last().unwrap().contains("127.0.0.1:1"), "{nobody:?}");
}
