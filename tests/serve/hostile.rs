//! What comes from the bus is shown, and never obeyed.

use serde_json::{Value, json};

use super::{BEGIN, Served, message};

const SCRIPT: &str = "<script>alert(1)</script><img src=x onerror=alert(1)>";

/// A message with traps wherever text is shown.
fn trap() -> Value {
    json!({
        "msg_id": "2026-\"><b>&'",
        "topic": format!("org.fedoraproject.prod.logger.{SCRIPT}"),
        "timestamp": BEGIN,
        "username": SCRIPT,
        "headers": {SCRIPT: SCRIPT},
        "msg": {
            "log": format!("{SCRIPT} \u{1b}[2J \u{202e}evil \u{2028} \u{0}"),
            "url": "javascript:alert(1)",
            "link": "javascript:alert(1)",
            "</pre>": ["</span></pre>", {"deep": SCRIPT}],
        },
    })
}

/// An announcement, whose link is what the sender wants.
fn announcement(n: i64, link: &str) -> Value {
    let mut one = message(n);
    one["topic"] = json!("org.fedoraproject.prod.announce.announcement");
    one["msg"] = json!({"message": "look", "link": link});
    one
}

#[test]
fn pages_run_nothing_that_came_from_the_bus() {
    let served = Served::new(&[trap(), message(1), announcement(2, "javascript:alert(1)")]);
    let id = "2026-%22%3E%3Cb%3E%26%27";
    for path in [
        "/".to_owned(),
        "/raw?size=extra-large".into(),
        "/raw?size=small&chrome=false".into(),
        format!("/id?id={id}"),
        format!("/v2/id?id={id}&chrome=false&size=extra-large"),
        format!("/raw?user={}", "%3Cscript%3E%22%27"),
    ] {
        let page = served.page(&path);
        for trap in [
            "<script",
            "<img src=x",
            "<b>",
            "</pre><",
            "javascript:alert(1)\"",
            "\u{1b}",
            "\u{202e}",
        ] {
            assert!(!page.contains(trap), "{path} has {trap:?}:\n{page}");
        }
        assert!(!page.contains("href=\"javascript:"), "{path}");
    }
    let page = served.page(&format!("/id?id={id}"));
    assert!(page.contains("&lt;script&gt;"), "{page}");
    // Its own form comes back with what was typed, as text.
    let typed = served.page("/raw?user=%22%3E%3Cscript%3E");
    assert!(typed.contains("value=\"&quot;&gt;&lt;script&gt;\""), "{typed}");
}

#[test]
fn every_answer_says_what_may_be_done_with_it() {
    let served = Served::new(&[trap()]);
    for path in ["/", "/raw", "/id", "/charts/bar", "/static/style.css", "/nothing", "/v3/messages"]
    {
        for accept in ["application/json", "text/html"] {
            let answer = served.ask(path, &[("accept", accept)]);
            let policy = answer.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{path}: {policy}");
            assert!(!policy.contains("unsafe"));
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        }
    }
    // Asked for something strange, the type stays what the answer is.
    assert_eq!(
        served.ask("/raw", &[("accept", "image/png")]).header("content-type"),
        "application/json"
    );
    assert_eq!(served.ask("/raw", &[]).header("content-type"), "application/json");
}

#[test]
fn json_is_always_json_and_functions_are_only_named() {
    let mut odd = message(1).to_string();
    odd =
        odd.replace("\"Message number 1\"", "[NaN,Infinity,1e999,123456789012345678901234567890]");
    let served = Served::new(&[trap()]);
    {
        use fedhub::message::Message;
        use fedhub::meta::Meta;
        use fedhub::store::{self, Archived};
        let odd = [
            odd,
            "not JSON at all".into(),
            "[1]".into(),
            r#"{"msg_id":"s","msg":"\ud800"}"#.into(),
        ];
        let odd = odd.map(|body| {
            let message = Message::new("org.fedoraproject.prod.odd.one", body);
            Archived::new(message, BEGIN * 1_000_000, "valid", Meta::embedded())
        });
        store::open(&served.url).unwrap().append(&odd).unwrap();
    }
    for path in [
        "/raw",
        "/v2/search?meta=summary&meta=text&meta=date",
        "/v3/messages?about=1",
        "/v3/topics",
    ] {
        served.get(path);
    }
    assert_eq!(served.get("/raw")["total"], 5);
    served.page("/raw?size=extra-large");

    let called = served.ask("/raw?callback=app.show&contains=evil", &[("accept", "text/html")]);
    assert_eq!(called.header("content-type"), "application/javascript; charset=utf-8");
    let inner = called.body.strip_prefix("app.show(").and_then(|body| body.strip_suffix(");"));
    let found: Value = serde_json::from_str(inner.unwrap()).unwrap();
    assert_eq!(found["count"], 1);
    assert!(!called.body.contains('\u{2028}'));
    let one = served.ask("/id?id=s&callback=cb", &[]);
    assert!(one.body.starts_with("cb({") && one.body.ends_with("});"), "{}", one.body);
}
