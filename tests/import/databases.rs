//! Databases that the real datanommer has filled, of both times.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{expect, import, line, signed, site};
use crate::export::all;
use crate::harness::{Process, peer_datagrepper, peer_datanommer, script};
use crate::postgres::Server;

/// Fills a database, and gives the rows as the original's models read them.
fn fill(python: &Path, database: &str, lines: &[String]) -> Vec<Value> {
    let mut command = Command::new(python);
    command.arg(script("fill_datanommer.py")).arg(database);
    command.env("TZ", "UTC").env("PYTHONWARNINGS", "ignore");
    let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let filled = Process::spawn_with_input("datanommer", &mut command, input.as_bytes());
    let rows = filled.finish().expect(0).stdout;
    assert_eq!(rows.len(), lines.len());
    rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
}

/// Compares what is in the archive with the original's rows, message by message.
fn compare(url: &str, rows: &[Value]) {
    let found = all(url);
    assert_eq!(found.len(), rows.len());
    for (one, row) in found.iter().zip(rows) {
        let body: Value = serde_json::from_slice(one.message.body()).unwrap();
        for member in ["msg_id", "topic", "msg", "i", "username", "crypto", "signature"] {
            assert_eq!(body.get(member).unwrap_or(&Value::Null), &row[member], "{member}: {body}");
        }
        let none = json!({});
        assert_eq!(body.get("headers").unwrap_or(&none), &row["headers"]);
        assert_eq!((&json!(one.msg_id), &json!(one.topic)), (&row["msg_id"], &row["topic"]));
        let time = row["timestamp"].as_f64().unwrap();
        assert_eq!(one.time, (time * 1e6).round() as i64, "{row}");
        let has = |names: &[String], known: &Value| {
            let known = known.as_array().unwrap();
            known.iter().all(|name| names.iter().any(|one| name == one))
        };
        assert!(has(&one.facts.users, &row["users"]), "{row}: {:?}", one.facts);
        assert!(has(&one.facts.packages, &row["packages"]), "{row}: {:?}", one.facts);
    }
}

#[test]
fn of_the_time_of_fedmsg() {
    let (Some(python), Some(server)) = (peer_datanommer(), Server::start()) else { return };
    let site = site();
    site.issue("pki", &["shell"]);
    let lines: Vec<_> = (0..200).map(|n| line(&signed(&site, n))).collect();
    let database = server.database("datanommer");
    let rows = fill(&python, &database, &lines);
    let state = site.path("state").display().to_string();
    expect(import(&site, &[&database, "--resume", &state]), [200, 0, 0, 0]);
    compare(site.setting("/archive/url"), &rows);
    let found = all(site.setting("/archive/url"));
    assert!(found.iter().all(|one| one.verdict == "valid"), "signatures hold");
    let whole: Vec<_> = found.iter().map(|one| one.message.body().to_vec()).collect();
    assert!(whole.iter().zip(&lines).all(|(body, line)| body == line.as_bytes()));

    // Later, what came since: and what is no JSON is rejected with its row.
    assert!(server.psql(
        "datanommer",
        "INSERT INTO messages (msg_id, i, topic, timestamp, category, _msg) VALUES
             ('odd', 1, 'org.x.dev.git.y', '2014-05-13 16:53:20.25', 'git',
              '{\"nul\":\"\\u0000\",\"half\":\"\\ud83d\",\"nan\":NaN}'),
             ('bad', 1, 'org.x.dev.git.y', '2014-05-13 16:53:20', 'git', '{'),
             (NULL, 1, 'org.x.dev.git.y', '2014-05-13 16:53:20', 'git', '{}')"
    ));
    let rejects = site.path("rejects");
    let done =
        import(&site, &[&database, "--resume", &state, "--rejects", rejects.to_str().unwrap()]);
    expect(done, [2, 0, 0, 1]);
    let rejected: Value =
        serde_json::from_slice(&std::fs::read(rejects).unwrap()).expect("one line");
    assert_eq!(rejected["at"], "row 202");
    let found = all(site.setting("/archive/url"));
    assert_eq!(
        found[200].message.body(),
        br#"{"i":1,"msg":{"half":"\ud83d","nan":NaN,"nul":"\u0000"},"msg_id":"odd","timestamp":1400000000.25,"topic":"org.x.dev.git.y"}"#
    );
    assert_eq!(found[200].time, 1_400_000_000_250_000);
}

#[test]
fn of_the_time_of_timescale() {
    let (Some(python), Some(server)) = (peer_datagrepper(), Server::start()) else { return };
    let site = site();
    let message = |n: i64| {
        let users = if n % 3 == 0 { json!(["bob", "carol", format!("u{n}")]) } else { json!([]) };
        json!({
            "id": format!("new-{n}"), "topic": "org.fedoraproject.prod.bodhi.update.request",
            "body": {"n": n, "text": "Łódź ☃", "list": [null, 1.5, {}]},
            "headers": {"sent-at": format!("2026-11-14T02:26:{:02}.{:06}+02:00", n % 60, n * 977)},
            "agent": if n % 2 == 0 { json!("bob") } else { Value::Null },
            "users": users, "packages": if n % 5 == 0 { json!(["kernel"]) } else { json!([]) },
        })
        .to_string()
    };
    let lines: Vec<_> = (0..150).map(message).collect();
    let database = server.database("datanommer");
    let rows = fill(&python, &database, &lines);
    // Into PostgreSQL as well.
    let archive = server.database("archive");
    for url in [site.setting("/archive/url"), &archive] {
        expect(import(&site, &[&database, "--archive", url]), [150, 0, 0, 0]);
        compare(url, &rows);
        expect(import(&site, &[&database, "--archive", url]), [0, 150, 0, 0]);
    }
    let refused = import(&site, &[&archive]).expect(65);
    assert!(refused.stderr[0].contains("no database of datanommer"), "{refused:?}");
}
