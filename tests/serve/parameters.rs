//! Every parameter and every field of datagrepper's interface has an effect here, or is in its place.

use serde_json::{Value, json};

use super::{BEGIN, Served, ids, messages};

/// The names of an object's members, sorted.
fn names(value: &Value) -> Vec<&str> {
    let mut names: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[test]
fn answers_have_every_field() {
    let served = Served::new(&messages(3));
    let mut one = vec![
        "i",
        "msg_id",
        "topic",
        "timestamp",
        "certificate",
        "signature",
        "agent_name",
        "username",
        "crypto",
        "msg",
        "headers",
        "source_name",
        "source_version",
        "users",
        "packages",
    ];
    let mut two = vec!["body", "headers", "id", "priority", "queue", "topic"];
    let mut page = vec!["raw_messages", "total", "pages", "count", "arguments"];
    let mut arguments = vec![
        "start",
        "delta",
        "end",
        "users",
        "packages",
        "categories",
        "topics",
        "agents",
        "contains",
        "not_users",
        "not_packages",
        "not_categories",
        "not_topics",
        "not_agents",
        "page",
        "rows_per_page",
        "order",
        "meta",
    ];
    for list in [&mut one, &mut two, &mut page, &mut arguments] {
        list.sort_unstable();
    }
    let found = served.get("/raw");
    assert_eq!(names(&found), page);
    assert_eq!(names(&found["arguments"]), arguments);
    assert_eq!(names(&found["raw_messages"][0]), one);
    assert_eq!(names(&served.get("/id?id=2026-0001")), one);
    let found = served.get("/v2/search");
    assert_eq!((names(&found), names(&found["raw_messages"][0])), (page, two.clone()));
    assert_eq!(names(&served.get("/v2/id?id=2026-0001")), two);
    let defaults = &found["arguments"];
    for (name, value) in [
        ("start", Value::Null),
        ("delta", Value::Null),
        ("end", Value::Null),
        ("page", json!(1)),
        ("rows_per_page", json!(25)),
        ("order", json!("desc")),
        ("users", json!([])),
        ("meta", json!([])),
    ] {
        assert_eq!(defaults[name], value, "{name}");
    }
}

#[test]
fn every_filter_selects_and_is_named_in_the_answer() {
    let served = Served::new(&messages(12));
    let topic = "org.fedoraproject.prod.git.receive";
    let (second, sixth) = (BEGIN + 60, BEGIN + 300);
    for (query, argument, said, count) in [
        ("user=user1", "users", json!(["user1"]), 4),
        ("package=pkg1", "packages", json!(["pkg1"]), 3),
        ("category=git", "categories", json!(["git"]), 3),
        (&format!("topic={topic}"), "topics", json!([topic]), 3),
        ("agent=user1", "agents", json!(["user1"]), 4),
        ("contains=number%203", "contains", json!(["number 3"]), 1),
        ("not_user=user1", "not_users", json!(["user1"]), 8),
        ("not_package=pkg1", "not_packages", json!(["pkg1"]), 9),
        ("not_category=git", "not_categories", json!(["git"]), 9),
        (&format!("not_topic={topic}"), "not_topics", json!([topic]), 9),
        ("not_agent=user1", "not_agents", json!(["user1"]), 8),
        (&format!("start={second}&end={sixth}"), "start", json!(second as f64), 5),
        (&format!("start={second}&end={sixth}"), "end", json!(sixth as f64), 5),
        (&format!("end={sixth}&delta=60"), "delta", json!(60.0), 2),
        ("rows_per_page=5&page=3", "page", json!(3), 12),
        ("rows_per_page=5", "rows_per_page", json!(5), 12),
        ("order=asc", "order", json!("asc"), 12),
        ("meta=summary&meta=date", "meta", json!(["summary", "date"]), 12),
    ] {
        for page in ["/raw", "/v2/search"] {
            let found = served.get(&format!("{page}?{query}"));
            assert_eq!(found["arguments"][argument], said, "{page}?{query}");
            assert_eq!(found["total"], count, "{page}?{query}");
        }
    }
    let page = served.get("/raw?rows_per_page=5&page=3&order=asc");
    assert_eq!(ids(&page, "raw_messages", "msg_id"), ["2026-0010", "2026-0011"]);
}

#[test]
fn every_meta_is_given() {
    let served = Served::new(&messages(4));
    let wanted = [
        "summary",
        "text",
        "url",
        "app_icon",
        "agent_avatar",
        "usernames",
        "packages",
        "containers",
        "modules",
        "flatpaks",
        "date",
        "subtitle",
        "link",
        "icon",
    ];
    let query: String = wanted.iter().map(|name| format!("&meta={name}")).collect();
    for path in ["/id?id=2026-0001", "/v2/id?id=2026-0001"] {
        let found = served.get(&format!("{path}{query}"));
        let meta = &found["meta"];
        for name in wanted {
            assert!(meta.get(name).is_some(), "{path}: {name} in {meta}");
        }
        assert_eq!((&meta["usernames"], &meta["packages"]), (&json!(["user1"]), &json!(["pkg1"])));
        for none in ["containers", "modules", "flatpaks"] {
            assert_eq!(meta[none], json!([]), "{none}");
        }
        assert!(meta["summary"].is_string() && meta["date"].is_string(), "{meta}");
        assert_eq!((&meta["subtitle"], &meta["link"]), (&meta["summary"], &meta["url"]));
        assert_eq!(
            (&meta["icon"], meta["WARNING"].as_array().unwrap().len()),
            (&meta["app_icon"], 3)
        );
    }
}

#[test]
fn pages_for_people_have_sizes_and_a_frame_or_none() {
    let served = Served::new(&messages(4));
    for (size, icons, links, json) in [
        ("small", false, false, false),
        ("medium", true, false, false),
        ("large", true, true, false),
        ("extra-large", true, true, true),
    ] {
        for path in ["/raw?chrome=true", "/id?id=2026-0001&chrome=false", "/v2/search?user=user1"] {
            let page = served.page(&format!("{path}&size={size}"));
            let has = |class: &str| page.contains(&format!("class=\"{class}\""));
            assert_eq!((has("icons"), has("links")), (icons, links), "{path} {size}");
            assert_eq!(page.contains("<pre class=\"json\""), json, "{path} {size}");
            assert!(page.contains(&format!("class=\"card {size}\"")), "{path} {size}");
        }
    }
    assert_eq!(served.page("/raw"), served.page("/raw?size=large"));
    assert!(served.page("/raw?chrome=yes").contains("<form"));
    let bare = served.page("/raw?chrome=no");
    assert!(!bare.contains("<html") && !bare.contains("<form") && bare.contains("<ol"));
    // is_raw changes nothing, as there; a callback is more than a page.
    assert_eq!(served.get("/id?id=2026-0001&is_raw=true"), served.get("/id?id=2026-0001"));
    let called = served.ask("/v2/id?id=2026-0001&callback=cb", &[("accept", "text/html")]);
    assert!(called.body.starts_with("cb({"), "{}", called.body);
}

#[test]
fn every_parameter_of_charts_changes_the_chart() {
    let served = Served::new(&messages(60));
    let range = format!("start={BEGIN}&end={}", BEGIN + 3600);
    let draw = |more: &str| served.ask(&format!("/charts/line?{range}{more}"), &[]).body;
    let plain = draw("");
    for changed in [
        "&user=user1",
        "&not_category=git",
        "&N=5",
        "&title=Other",
        "&width=500",
        "&height=500",
        "&style=dark",
        "&interpolation=cubic",
        "&human_readable=false",
        "&logarithmic=true",
        "&show_x_labels=false",
        "&show_y_labels=false",
        "&show_dots=false",
        "&fill=true",
        "&category=git&category=wiki&split_on=categories",
        "&topic=org.fedoraproject.prod.git.receive&split_on=topics",
        "&package=pkg1&package=pkg2&split_on=packages",
        "&agent=user1&agent=user2&split_on=agents",
    ] {
        let drawn = draw(changed);
        assert!(drawn.starts_with("<svg ") && drawn != plain, "{changed}: {drawn}");
    }
    assert!(draw("&title=Other").contains(">Other</text>"));
    assert!(draw("&width=500&height=300").contains("viewBox=\"0 0 500 300\""));
}
