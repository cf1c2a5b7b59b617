//! fedhub's own interface: cursors, conditions, totals, budgets, lines of JSON, groups, its description.

use serde_json::{Value, json};

use super::{BEGIN, Served, ids, message, messages};

/// Follows the cursors; gives the ids, and how many pages there were.
fn walk(served: &Served, query: &str, mut between: impl FnMut(usize)) -> (Vec<String>, usize) {
    let (mut all, mut pages, mut after) = (Vec::new(), 0, String::new());
    loop {
        let page = served.get(&format!("/v3/messages?{query}{after}"));
        assert_eq!(page["complete"], true, "{page}");
        all.extend(ids(&page, "messages", "id"));
        pages += 1;
        if page["more"] == false {
            return (all, pages);
        }
        after = format!("&after={}", page["next"].as_str().unwrap());
        between(pages);
        assert!(pages < 1000);
    }
}

#[test]
fn cursors_give_every_message_once_while_more_arrive() {
    let served = Served::new(&messages(100));
    let mut next = 1000;
    let (all, pages) = walk(&served, "limit=7", |_| {
        served.append(&[message(next)]);
        next += 1;
    });
    let expected: Vec<_> = (0..100).rev().map(|n| format!("2026-{n:04}")).collect();
    assert_eq!((all, pages), (expected, 15));
    // The other way, what arrives meanwhile is found at the end.
    let (all, _) = walk(&served, "limit=50&order=asc", |page| {
        if page == 1 {
            served.append(&[message(2000)]);
        }
    });
    assert_eq!((all.len(), all.last().unwrap().as_str()), (115, "2026-2000"));
}

#[test]
fn conditions_beyond_the_indices_select() {
    let served = Served::new(&messages(60));
    let count = |query: &str| walk(&served, &format!("limit=9&{query}"), |_| {}).0.len();
    for (query, expected) in [
        ("topic=*.git.*", 15),
        ("topic=org.fedoraproject.prod.git.*", 15),
        ("topic=*.bodhi.*&topic=*.wiki.*", 30),
        ("not_topic=*.wiki.*", 45),
        ("topic=*.nothing.*", 0),
        ("body.arch=s390x", 30),
        ("body.n=7", 1),
        ("header.x-host=host3&body.arch=x86_64", 6),
        ("where=.msg.n%20%3C%2010", 10),
        ("where=.msg.n%20%3E%2050&user=user1", 3),
        ("contains=NUMBER%205", 11),
        ("contains=number&body.n=7", 1),
    ] {
        assert_eq!(count(query), expected, "{query}");
    }
    let start = BEGIN + 600;
    assert_eq!(count(&format!("start={start}&delta=60&contains=number")), 2);
}

#[test]
fn totals_and_what_rules_say_are_given_on_request() {
    let served = Served::new(&messages(20));
    let page = served.get("/v3/messages?limit=1");
    assert_eq!((&page["total"], &page["count"]), (&Value::Null, &json!(1)));
    let one = &page["messages"][0];
    assert_eq!(
        (&one["id"], &one["category"], &one["verdict"]),
        (&json!("2026-0019"), &json!("wiki"), &json!("valid"))
    );
    assert_eq!((&one["time"], &one["seq"]), (&json!("2023-11-14T22:32:20Z"), &json!(20)));
    assert_eq!(one["message"]["msg"]["n"], 19);
    assert_eq!(one.get("about"), None);
    assert_eq!(page["stream"], "20");
    let counted = served.get("/v3/messages?limit=1&total=exact&category=git&about=1");
    assert_eq!(counted["total"], 5);
    assert!(counted["messages"][0]["about"]["title"].is_string());
    assert_eq!(served.get("/v3/messages/2026-0003")["message"]["msg"]["n"], 3);
}

#[test]
fn a_budget_that_is_spent_gives_a_place_to_go_on() {
    let served = Served::new(&messages(60));
    let spent = served.get("/v3/messages?contains=message&budget=0.000001");
    assert_eq!((&spent["complete"], &spent["more"]), (&json!(false), &json!(true)), "{spent}");
    // Each answer goes further, however short its time.
    let next = spent["next"].as_str().map(|next| format!("&after={next}")).unwrap_or_default();
    let rest = served.get(&format!("/v3/messages?contains=message{next}"));
    assert_eq!(rest["complete"], true);
    let found = spent["count"].as_u64().unwrap() + rest["count"].as_u64().unwrap();
    assert_eq!(found, 60);
}

#[test]
fn a_text_is_found_once_in_each_message_of_a_long_time() {
    // 15 hours, and messages exactly where the archive is cut.
    let served = Served::new(&messages(900));
    for order in ["asc", "desc"] {
        let page = served.get(&format!("/v3/messages?contains=number&limit=1000&order={order}"));
        let mut all = ids(&page, "messages", "id");
        assert_eq!((all.len(), &page["more"]), (900, &json!(false)), "{order}");
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 900, "{order}");
        let (all, _) = walk(&served, &format!("contains=number&limit=100&order={order}"), |_| {});
        assert_eq!(all.len(), 900, "{order}");
    }
}

#[test]
fn all_of_it_comes_as_lines() {
    let served = Served::new(&messages(450));
    let lines = |query: &str| -> Vec<Value> {
        let path = format!("/v3/messages?{query}");
        let answer = served.ask(&path, &[("accept", "application/x-ndjson")]);
        assert_eq!(answer.header("content-type"), "application/x-ndjson");
        answer.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let all = lines("order=asc");
    assert_eq!(all.len(), 450);
    assert!(all.iter().zip(0..).all(|(one, n): (_, i64)| one["message"]["i"] == n));
    // Who lost the connection goes on behind the last line.
    let cursor = all[399]["cursor"].as_str().unwrap();
    assert_eq!(lines(&format!("order=asc&after={cursor}")).len(), 50);
    assert_eq!(lines("limit=250").len(), 250);
    assert_eq!(lines("topic=*.nothing.*").len(), 0);
    assert_eq!(served.ask("/v3/messages?limit=1001", &[]).status, 400);
}

#[test]
fn topics_and_groups_are_counted() {
    let served = Served::new(&messages(60));
    let topics = served.get("/v3/topics");
    let topics = topics["topics"].as_array().unwrap();
    assert_eq!(topics.len(), 4);
    let git =
        topics.iter().find(|one| one["topic"] == "org.fedoraproject.prod.git.receive").unwrap();
    assert_eq!((&git["count"], &git["first"]), (&json!(15), &json!("2023-11-14T22:13:20Z")));
    assert_eq!(git["last"], "2023-11-14T23:09:20Z");
    assert_eq!(served.get("/v3/topics?topic=*.wiki.*")["topics"].as_array().unwrap().len(), 1);

    let by_user = served.get("/v3/counts?by=user");
    let sum: u64 = by_user["counts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["count"].as_u64().unwrap())
        .sum();
    assert_eq!(sum, 60);
    let hourly = served.get("/v3/counts?by=none&bucket=1h");
    let counts: Vec<_> = hourly["counts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["time"].clone(), one["count"].clone()))
        .collect();
    assert_eq!(
        counts,
        [(json!("2023-11-14T22:00:00Z"), json!(47)), (json!("2023-11-14T23:00:00Z"), json!(13)),]
    );
    assert_eq!(
        served.get("/v3/counts?by=topic&category=git")["counts"],
        json!([{"name": "org.fedoraproject.prod.git.receive", "count": 15}])
    );
    assert_eq!(served.ask("/v3/counts?where=.msg", &[]).status, 400);
}

#[test]
fn answers_that_have_not_changed_are_not_sent_again() {
    let served = Served::new(&messages(3));
    for path in [
        "/id?id=2026-0001",
        "/v2/id?id=2026-0001",
        "/v3/messages/2026-0001",
        "/v3/messages?limit=2",
    ] {
        let first = served.ask(path, &[]);
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{path}");
        let again = served.ask(path, &[("if-none-match", &tag)]);
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{path}");
        assert_eq!(again.header("etag"), tag);
    }
    assert!(served.ask("/id?id=2026-0001", &[]).header("cache-control").contains("max-age"));
}

#[test]
fn the_description_names_every_page_and_every_page_is_there() {
    let served = Served::new(&messages(3));
    let described = served.get("/v3/openapi.json");
    for (path, page) in described["paths"].as_object().unwrap() {
        let path = path.replace("{id}", "2026-0001").replace("{kind}", "bar");
        if path == "/v3/stream" {
            continue;
        }
        // With every parameter's own default, or the first word it may be, nothing is wrong.
        let mut query = String::new();
        for parameter in page["get"]["parameters"].as_array().unwrap() {
            let parameter = match parameter["$ref"].as_str() {
                Some(name) => described.pointer(name.trim_start_matches('#')).unwrap(),
                None => parameter,
            };
            let schema = &parameter["schema"];
            let schema = if schema["items"].is_object() { &schema["items"] } else { schema };
            let value =
                match (&schema["default"], &schema["enum"][0], parameter["name"].as_str().unwrap())
                {
                    (Value::Null, Value::Null, "id") => "2026-0001".to_owned(),
                    (Value::Null, Value::Null, _) => continue,
                    (Value::Null, Value::String(word), _) => word.clone(),
                    (Value::String(word), ..) => word.replace(' ', "%20"),
                    (other, ..) => other.to_string(),
                };
            let name = parameter["name"].as_str().unwrap();
            query += &format!("{name}={value}&");
        }
        let answer = served.ask(&format!("{path}?{query}strict=1"), &[]);
        assert_eq!(answer.status, 200, "{path}?{query}: {}", answer.body);
        let kind = answer.header("content-type").split(';').next().unwrap().to_owned();
        assert!(page["get"]["responses"]["200"]["content"].get(&kind).is_some(), "{path}: {kind}");
    }
}
