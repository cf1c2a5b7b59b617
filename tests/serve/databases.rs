//! Where the archive comes from: the bus itself by way of nommer, and PostgreSQL, also when it goes away.

use serde_json::{Value, json};

use super::stream::Follower;
use super::{Served, append, ids, message, messages};
use crate::harness::{Site, field, free_endpoint, run, wait_until};
use crate::postgres::Server;

#[test]
fn what_is_published_is_on_the_page() {
    let receipts = free_endpoint();
    let mut site = Site::new(json!({
        "relay_inbound": [free_endpoint()],
        "relay_outbound": [free_endpoint()],
        "sign_messages": false,
        "validate_signatures": false,
    }));
    site.set(json!({
        "relay": {"journal": site.path("relay.db"), "receipts": [receipts]},
        "archive": {"url": format!("sqlite:{}", site.path("archive.db").display()), "journal": site.path("nommer.db")},
        "serve": {"listen": "127.0.0.1:0"},
    }));
    let _relay = site.start(&["relay"]).0;
    let nommer = site.start(&["nommer"]).0;
    nommer.wait_for_line("all is ready now");
    // There is an archive before there is a message.
    let (process, ready) = site.start(&["serve"]);
    let mut publish = site.fedhub(&["logger", "--durable", "--message", "hello archive"]);
    let id = run(&mut publish).expect(0).stdout.remove(0);
    let url = site.setting("/archive/url").to_owned();
    let served =
        Served { address: format!("http://{}", field(&ready, "http")), process, site, url };
    wait_until("it is archived", || served.ask(&format!("/id?id={id}"), &[]).status == 200);
    let found = served.get("/raw?category=logger&contains=HELLO");
    assert_eq!(ids(&found, "raw_messages", "msg_id"), std::slice::from_ref(&id));
    assert!(served.page("/").contains("hello archive"));
}

fn on_postgresql(count: i64) -> Option<(Served, Server)> {
    let server = Server::start()?;
    let url = server.database("archive");
    append(&mut *fedhub::store::create(&url).unwrap(), &messages(count));
    Some((Served::of(Site::new(json!({})), url), server))
}

#[test]
fn postgresql_is_served_alike() {
    let Some((served, _server)) = on_postgresql(120) else { return };
    let found = served.get("/raw?user=user1&rows_per_page=10&page=9");
    assert_eq!((&found["total"], &found["count"]), (&json!(40), &json!(0)));
    for (query, count) in [
        ("contains=NUMBER%2011", 11),
        ("topic=*.git.*&body.arch=x86_64&limit=7", 7),
        ("where=.msg.n%20%3C%2010", 10),
        ("limit=1000&not_user=user0", 80),
    ] {
        let page = served.get(&format!("/v3/messages?{query}"));
        assert_eq!((&page["count"], &page["complete"]), (&json!(count), &json!(true)), "{query}");
    }
    assert_eq!(served.get("/v3/counts?by=none&bucket=1d")["counts"][0]["count"], 107);
    assert_eq!(served.get("/v3/topics")["topics"].as_array().unwrap().len(), 4);
    assert_eq!(served.get("/raw?user=%C3%A9%27%3B--")["total"], 0);
    let mut follower = Follower::new(&served, "after=0", None);
    assert_eq!(follower.take(120), Vec::from_iter(0..120));
    served.append(&[message(120)]);
    assert_eq!(follower.take(1), [120]);
}

#[test]
fn while_postgresql_is_away_it_says_so_and_streams_wait() {
    let Some((served, mut server)) = on_postgresql(10) else { return };
    let mut follower = Follower::new(&served, "after=0", None);
    assert_eq!(follower.take(10), Vec::from_iter(0..10));
    assert_eq!(served.get("/messagecount"), json!({"messagecount": 10}));
    server.stop();
    wait_until("it is not ready", || served.ask("/healthz/ready", &[]).status == 503);
    for path in ["/raw", "/id?id=1", "/messagecount", "/charts/bar", "/v3/messages", "/v3/counts"] {
        let answer = served.ask(path, &[]);
        assert_eq!(
            (answer.status, answer.json()["error"].clone()),
            (503, json!("unavailable")),
            "{path}"
        );
        assert!(!answer.header("retry-after").is_empty());
        let secret: Value = json!(served.url);
        assert!(!answer.body.contains(secret.as_str().unwrap()) && !answer.body.contains("SELECT"));
    }
    assert_eq!(served.get("/healthz/live")["status"], 200);
    server.run();
    wait_until("it is ready again", || served.ask("/healthz/ready", &[]).status == 200);
    served.append(&[message(10)]);
    assert_eq!(follower.take(1), [10]);
}
