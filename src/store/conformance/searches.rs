//! Texts: how they are kept, and what a search in them finds, with and without an index.

use super::*;

pub(super) fn contains_is_literal(store: &mut dyn Store) {
    let texts_ = [
        r#"{"a":"Caf\u00c9 au lait"}"#,
        r#"{"a":"50% off_x"}"#,
        r#"{"a":"say \"hi\" \\ there"}"#,
        r#"{"a":"café noir","b":[1,2]}"#,
    ];
    let batch: Vec<_> = texts_
        .iter()
        .enumerate()
        .map(|(n, msg)| {
            let message = message(&format!("id-{n}"), "a.b.c.d", msg);
            Archived::new(message, START + n as i64, "valid", Meta::embedded())
        })
        .collect();
    store.append(&batch).unwrap();
    for (wanted, found) in [
        (&["café"][..], &["id-0", "id-3"][..]),
        (&["CAFÉ AU"], &["id-0"]),
        (&["50% O"], &["id-1"]),
        (&["5_%"], &[]),
        (&["0%"], &["id-1"]),
        (&["say \"hi\" \\"], &["id-2"]),
        (&["\"b\": [1, 2]"], &["id-3"]),
        (&["noir", "off_"], &["id-1", "id-3"]),
        (&["id-"], &[]),
    ] {
        let query = Query { contains: texts(wanted), ..Query::default() };
        let page = store.query(&query, Order::Oldest, None, 0, 10).unwrap();
        assert_eq!(ids(&page), found, "{wanted:?}");
    }
}

pub(super) fn hostile_texts_are_kept(store: &mut dyn Store) {
    let bodies = [
        r#"{"msg_id":"nul\u0000","topic":"a.b.c.d","msg":{"t":"x\u0000y"}}"#,
        r#"{"msg_id":"lone","topic":"a.b.c.d","msg":{"t":"\ud800"}}"#,
        r#"{"msg_id":"nan","topic":"a.b.c.d","timestamp":NaN,"msg":[NaN,1e999]}"#,
        r#"{"msg_id":"list","topic":"a.b.c.\u0000","msg":["d"]}"#,
        "[1,2]",
        "{",
        "",
        "\0\u{1}",
    ];
    let mut batch: Vec<_> = bodies
        .iter()
        .map(|body| Archived::new(Message::new("f\0", *body), START, "valid", Meta::embedded()))
        .collect();
    let bytes = Message::new("f", b"\xff\xfe\0".as_slice());
    batch.push(Archived::new(bytes, START, "valid", Meta::embedded()));
    let mut early = entry(0, "early", &[], &[]);
    early.time = 1;
    batch.push(early);
    assert!(store.append(&batch).unwrap().iter().all(|outcome| *outcome == Outcome::New));
    for one in &batch {
        let found = store.get(&one.msg_id).unwrap().unwrap();
        assert_eq!(found.message.body(), one.message.body());
        assert_eq!(found.message.topic(), one.message.topic());
    }
    assert!(store.get("nul\0").unwrap().is_some());
    let query = Query { users: texts(&["a\0b"]), contains: texts(&["x\0"]), ..Query::default() };
    assert!(store.query(&query, Order::Newest, None, 0, 5).unwrap().is_empty());
}

pub(super) fn an_index_of_texts_comes_and_goes(store: &mut dyn Store) {
    let entries = |first: i64| -> Vec<_> {
        let one = |n: i64| {
            let text = if n % 100 == 7 { "a Needle" } else { "hay" };
            let body = message(&format!("id-{n}"), "a.b.c.d", &format!(r#"{{"t":"{text}"}}"#));
            Archived::new(body, START + n, "valid", Meta::embedded())
        };
        (first..first + 600).map(one).collect()
    };
    let query = Query { contains: texts(&["NEEDLE"]), ..Query::default() };
    let found = |store: &mut dyn Store, count: usize| {
        assert_eq!(store.query(&query, Order::Newest, None, 0, 100).unwrap().len(), count);
        assert_eq!(store.count(&query, Total::Exact).unwrap(), Some(count as u64));
    };
    store.append(&entries(0)).unwrap();
    found(store, 6);
    // Messages come between two steps, and after the last one.
    store.index_texts(true).unwrap();
    store.append(&entries(600)).unwrap();
    found(store, 12);
    while !store.index_texts(true).unwrap() {
        found(store, 12);
    }
    assert!(store.is_indexed(&query).unwrap());
    store.append(&entries(1200)).unwrap();
    found(store, 18);
    store.append(&entries(1800)).unwrap();
    // Most messages have it: looking at them in their order is better.
    let hay = Query { contains: texts(&["hay"]), ..Query::default() };
    assert!(!store.is_indexed(&hay).unwrap());
    assert_eq!(store.query(&hay, Order::Oldest, None, 0, 3).unwrap().len(), 3);
    while !store.index_texts(false).unwrap() {}
    assert!(!store.is_indexed(&query).unwrap());
    store.append(&entries(2400)).unwrap();
    found(store, 30);
    assert!(store.index_texts(false).unwrap());
}

/// What is found with the index and what is found without it, for texts of all kinds.
pub(super) fn an_index_of_texts_finds_the_same(store: &mut dyn Store) {
    let mut seed = 7_u64;
    let mut next = |count: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % count
    };
    let letters = [
        "a", "A", "b", "ß", "É", "é", "İ", "ǅ", "\"", "\\", "%", "_", " ", "☃", "𝒳", "-", "\n",
        "*", "'",
    ];
    let mut text =
        |length: usize| -> String { (0..length).map(|_| letters[next(letters.len())]).collect() };
    let batch: Vec<_> = (0..100)
        .map(|n| {
            let msg = serde_json::json!({ "t": text(12) }).to_string();
            let body = message(&format!("id-{n}"), "a.b.c.d", &msg);
            Archived::new(body, START + n, "valid", Meta::embedded())
        })
        .collect();
    store.append(&batch).unwrap();
    let queries: Vec<_> = (0..80)
        .map(|n| {
            let wanted = (0..1 + n % 2).map(|_| text(2 + n % 4)).collect();
            let since = (n % 3 == 0).then_some(START + 30);
            Query { since, contains: wanted, ..Query::default() }
        })
        .collect();
    let answers = |store: &mut dyn Store| -> Vec<_> {
        let answer = |query: &Query| {
            let found = store.query(query, Order::Newest, None, 0, 1000).unwrap();
            let count = store.count(query, Total::Exact).unwrap().unwrap();
            assert_eq!(found.len() as u64, count, "{query:?}");
            found.into_iter().map(|one| one.msg_id).collect::<Vec<_>>()
        };
        queries.iter().map(answer).collect()
    };
    while !store.index_texts(false).unwrap() {}
    let without = answers(store);
    assert!(without.iter().filter(|found| !found.is_empty()).count() > 10);
    while !store.index_texts(true).unwrap() {}
    let with = answers(store);
    for (at, query) in queries.iter().enumerate() {
        assert_eq!(with[at], without[at], "{query:?}");
        let fits = |one: &&Archived| {
            query.since.is_none_or(|since| one.time >= since) && one.contains_any(&query.contains)
        };
        assert_eq!(without[at].len(), batch.iter().filter(fits).count(), "{query:?}");
    }
}
