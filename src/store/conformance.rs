//! What every archive does, whatever its database: one suite for all of them.

mod searches;

use std::time::Duration;

use super::archived::DAY;
use super::*;
use crate::meta::Meta;

/// The first of the messages' days.
const START: i64 = 19_000 * DAY;
const MINUTE: i64 = 60_000_000;

/// Runs the suite. `fresh` gives an empty archive each time.
pub(super) fn run(fresh: &mut dyn FnMut() -> Box<dyn Store>) {
    let tests: [fn(&mut dyn Store); 17] = [
        bytes_come_back,
        the_same_is_kept_once,
        what_is_valid_displaces_what_nobody_checked,
        what_is_valid_confirms_the_same_unchecked,
        names_find_messages,
        pages_follow_each_other,
        lists_and_exclusions,
        searches::contains_is_literal,
        totals_are_right,
        groups_are_right,
        facts_are_found_anew,
        searches::hostile_texts_are_kept,
        pages_are_bounded_by_bytes,
        searches::an_index_of_texts_comes_and_goes,
        searches::an_index_of_texts_finds_the_same,
        what_is_known_and_counted_can_be_looked_at,
        notes_are_kept,
    ];
    for test in tests {
        test(&mut *fresh());
    }
}

/// An archive with an index of texts from the beginning.
pub(super) fn indexed(mut store: Box<dyn Store>) -> Box<dyn Store> {
    while !store.index_texts(true).unwrap() {}
    store
}

fn message(id: &str, topic: &str, msg: &str) -> Message {
    let body = format!(r#"{{"msg_id":"{id}","topic":"{topic}","msg":{msg}}}"#);
    Message::new(topic, body)
}

/// A message of this minute.
fn entry(minute: i64, id: &str, users: &[&str], packages: &[&str]) -> Archived {
    let topic = ["org.x.prod.git.receive", "org.x.prod.git.branch", "org.x.prod.copr.end"];
    let topic = topic[usize::try_from(minute).unwrap() % 3];
    let mut one = Archived::new(
        message(id, topic, r#"{"n":1}"#),
        START + minute * MINUTE,
        "valid",
        Meta::embedded(),
    );
    one.facts.users = users.iter().map(|&name| name.into()).collect();
    one.facts.packages = packages.iter().map(|&name| name.into()).collect();
    one.facts.agent = users.first().map(|&name| name.into());
    one
}

/// 300 messages, 10 minutes apart: over two days. Each ninth on the time of the one before.
fn filled(store: &mut dyn Store) -> Vec<Archived> {
    let messages: Vec<_> = (0..300)
        .map(|n| {
            let user = format!("u{}", n % 7);
            let users = if n % 5 == 0 { vec!["all", &user] } else { vec![user.as_str()] };
            let package = format!("p{}", n % 11);
            let mut one = entry(n * 10, &format!("id-{n}"), &users, &[&package]);
            one.time -= if n % 9 == 8 { 10 * MINUTE } else { 0 };
            one
        })
        .collect();
    for batch in messages.chunks(70) {
        assert!(store.append(batch).unwrap().iter().all(|outcome| *outcome == Outcome::New));
    }
    messages
}

fn ids(found: &[Archived]) -> Vec<&str> {
    found.iter().map(|one| one.msg_id.as_str()).collect()
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.into()).collect()
}

/// What should come: the messages that fit, in order.
fn expected(all: &[Archived], order: Order, fits: impl Fn(&Archived) -> bool) -> Vec<&str> {
    let mut found: Vec<_> = all.iter().enumerate().filter(|(_, one)| fits(one)).collect();
    found.sort_by_key(|(number, one)| match order {
        Order::Arrival => (0, *number),
        Order::Newest | Order::Oldest => (one.time, *number),
    });
    if order == Order::Newest {
        found.reverse();
    }
    found.into_iter().map(|(_, one)| one.msg_id.as_str()).collect()
}

fn bytes_come_back(store: &mut dyn Store) {
    let body = b"{ \"msg_id\" :\t\"1\", \"topic\": \"a.b.c.d\", \"timestamp\": 1600000000.5,\"x\":\"\xff\" }\n";
    let one =
        Archived::new(Message::new("frame", body.as_slice()), START, "valid", Meta::embedded());
    assert_eq!(store.append(&[one]).unwrap(), [Outcome::New]);
    let nice = br#"{ "msg_id" : "1", "topic": "a.b.c.d", "timestamp": 1600000000.5, "n": 1E3 }"#;
    let two =
        Archived::new(Message::new("frame", nice.as_slice()), START, "valid", Meta::embedded());
    assert_eq!(store.append(std::slice::from_ref(&two)).unwrap(), [Outcome::New]);
    let found = store.get("1").unwrap().unwrap();
    assert_eq!((found.message.topic(), found.message.body()), ("frame", nice.as_slice()));
    assert_eq!((found.topic.as_str(), found.time), ("a.b.c.d", 1_600_000_000_500_000));
    assert_eq!((found.received, found.verdict.as_str()), (START, "valid"));
    assert_eq!((found.digest, &found.facts), (two.digest, &two.facts));
    assert!(store.get("2").unwrap().is_none());
    assert_eq!(store.query(&Query::default(), Order::Oldest, None, 0, 9).unwrap().len(), 2);
}

fn the_same_is_kept_once(store: &mut dyn Store) {
    let real = entry(0, "1", &["a"], &["p"]);
    let respelt = Archived { message: message("1", &real.topic, r#"{ "n" : 1 }"#), ..real.clone() };
    let unchecked = Archived { verdict: "unchecked".into(), digest: [9; 32], ..real.clone() };
    let mut other = entry(0, "1", &["b"], &["p"]);
    (other.message, other.digest) = (message("1", &other.topic, r#"{"n":2}"#), [7; 32]);
    let mut long = entry(0, "2", &[], &[]);
    long.topic = "t".repeat(5000);
    use Outcome::{Conflict, Duplicate, New, Unfit};
    let batch = [real, respelt, unchecked, other, long];
    assert_eq!(store.append(&batch).unwrap(), [New, Duplicate, Duplicate, Conflict, Unfit]);
    assert_eq!(store.append(&batch).unwrap(), [Duplicate, Duplicate, Duplicate, Conflict, Unfit]);
    assert_eq!(store.count(&Query::default(), Total::Exact).unwrap(), Some(1));
    assert_eq!(store.get("1").unwrap().unwrap().facts.users, ["a"]);
    store.quarantine(&batch[0], "because\0").unwrap();
    let aside = store.quarantined(0, 10).unwrap();
    let seen: Vec<_> = aside.iter().map(|one| (one.msg_id.as_str(), one.reason.as_str())).collect();
    assert_eq!(seen[0], ("1", "another message has its msg_id"));
    assert_eq!(seen[1], ("2", "its topic has 5000 bytes"));
    assert_eq!(seen[2], ("1", "because\u{fffd}"));
    assert_eq!(aside[0].message.body(), batch[3].message.body());
    assert_eq!(store.quarantined(aside[1].id, 10).unwrap().len(), 1);
    let of_one = store.quarantined_as("1", 10).unwrap();
    assert_eq!(of_one.iter().map(|one| one.id).collect::<Vec<_>>(), [aside[0].id, aside[2].id]);
    assert_eq!(store.quarantined_as("1", 1).unwrap().len(), 1);
    assert!(store.quarantined_as("3", 10).unwrap().is_empty());
}

fn notes_are_kept(store: &mut dyn Store) {
    assert_eq!(store.note("a").unwrap(), None);
    store.set_note("a", "one").unwrap();
    store.set_note("b", "other").unwrap();
    store.set_note("a", "two").unwrap();
    assert_eq!(store.note("a").unwrap().as_deref(), Some("two"));
    assert_eq!(store.first_since(0).unwrap(), None);
    let all = filled(store);
    let numbered = store.query(&Query::default(), Order::Arrival, None, 0, 1000).unwrap();
    let expected = numbered.iter().filter(|one| one.time >= all[200].time).map(|one| one.id).min();
    assert_eq!(store.first_since(all[200].time).unwrap(), expected);
    assert_eq!(store.first_since(i64::MAX).unwrap(), None);
}

/// Nobody has checked this message; the same with `valid` is the real one.
fn claimed(id: &str, msg: &str, user: &str, verdict: &str) -> Archived {
    let topic = "org.x.prod.git.receive";
    let mut one = Archived::new(message(id, topic, msg), START, verdict, Meta::embedded());
    one.facts.users = texts(&[user]);
    one
}

fn what_is_valid_displaces_what_nobody_checked(store: &mut dyn Store) {
    use Outcome::{Conflict, Duplicate, New};
    let forged = claimed("1", r#"{"n":1}"#, "forger", "unchecked");
    let real = claimed("1", r#"{"n":2}"#, "owner", "valid");
    let other = claimed("1", r#"{"n":3}"#, "other", "valid");
    let bystander = claimed("2", r#"{"n":1}"#, "forger", "unchecked");
    store.append(&[forged.clone(), bystander]).unwrap();
    let batch = [real.clone(), real.clone(), other, forged.clone()];
    assert_eq!(store.append(&batch).unwrap(), [New, Duplicate, Conflict, Conflict]);
    assert_eq!(store.append(&batch).unwrap(), [Duplicate, Duplicate, Conflict, Conflict]);
    let found = store.get("1").unwrap().unwrap();
    assert_eq!((found.message.body(), found.verdict.as_str()), (real.message.body(), "valid"));
    let aside = store.quarantined(0, 10).unwrap();
    let bodies: Vec<_> = aside.iter().map(|one| one.message.body()).collect();
    assert_eq!(bodies, [forged.message.body(), batch[2].message.body()]);
    assert!(aside[0].reason.contains("valid signature"), "{}", aside[0].reason);
    let count = |store: &mut dyn Store, users: &[&str]| {
        let query = Query { users: texts(users), ..Query::default() };
        let rows = store.query(&query, Order::Newest, None, 0, 10).unwrap().len();
        assert_eq!(store.count(&query, Total::Exact).unwrap(), Some(rows as u64), "{users:?}");
        rows
    };
    assert_eq!([&[][..], &["forger"], &["owner"]].map(|users| count(store, users)), [2, 1, 1]);
    assert_eq!(store.topics().unwrap()[0].count, 2);
    // Within one batch it is the same.
    let batch = [claimed("3", "{}", "a", "unchecked"), claimed("3", "[]", "b", "valid")];
    assert_eq!(store.append(&batch).unwrap(), [New, New]);
    assert_eq!([&[][..], &["a"], &["b"]].map(|users| count(store, users)), [3, 0, 1]);
}

fn what_is_valid_confirms_the_same_unchecked(store: &mut dyn Store) {
    let unchecked = claimed("1", r#"{"n":1}"#, "a", "unchecked");
    let respelt = Message::new(
        "org.x.prod.git.receive",
        &br#"{ "msg_id": "1", "topic": "org.x.prod.git.receive", "msg": {"n": 1} }"#[..],
    );
    let valid = Archived::new(respelt, START + 1, "valid", Meta::embedded());
    store.append(&[unchecked]).unwrap();
    let before = store.get("1").unwrap().unwrap();
    assert_eq!(store.append(std::slice::from_ref(&valid)).unwrap(), [Outcome::Duplicate]);
    let found = store.get("1").unwrap().unwrap();
    assert_eq!((found.id, found.time), (before.id, before.time));
    assert_eq!((found.verdict.as_str(), found.digest), ("valid", valid.digest));
    assert_eq!(found.message.body(), valid.message.body());
    assert_eq!(found.message.topic(), valid.message.topic());
    assert!(store.quarantined(0, 1).unwrap().is_empty());
}

fn names_find_messages(store: &mut dyn Store) {
    let all = filled(store);
    type Fits = fn(&Archived) -> bool;
    let cases: Vec<(Query, Fits)> = vec![
        (Query::default(), |_| true),
        (Query { users: texts(&["u3"]), ..Query::default() }, |m| {
            m.facts.users.contains(&"u3".into())
        }),
        (Query { users: texts(&["all", "u0"]), ..Query::default() }, |m| {
            m.facts.users.iter().any(|user| user == "all" || user == "u0")
        }),
        (Query { packages: texts(&["p10"]), ..Query::default() }, |m| m.facts.packages == ["p10"]),
        (Query { agents: texts(&["all"]), ..Query::default() }, |m| {
            m.facts.agent.as_deref() == Some("all")
        }),
        (Query { categories: texts(&["git"]), ..Query::default() }, |m| m.facts.category == "git"),
        (Query { topics: texts(&["org.x.prod.copr.end"]), ..Query::default() }, |m| {
            m.topic.contains("copr")
        }),
        (Query { topics: texts(&["org.x.prod.git.*"]), ..Query::default() }, |m| {
            m.topic.contains("git")
        }),
        (Query { topics: texts(&["org.x.none.*"]), ..Query::default() }, |_| false),
        (Query { users: texts(&["nobody"]), ..Query::default() }, |_| false),
        (Query { users: texts(&["u1"]), categories: texts(&["copr"]), ..Query::default() }, |m| {
            m.facts.users.contains(&"u1".into()) && m.facts.category == "copr"
        }),
        (
            Query {
                since: Some(START + 100 * MINUTE),
                until: Some(START + 200 * MINUTE),
                ..Query::default()
            },
            |m| (START + 100 * MINUTE..=START + 200 * MINUTE).contains(&m.time),
        ),
        (
            Query { users: texts(&["u1"]), since: Some(START + 100 * MINUTE), ..Query::default() },
            |m| m.facts.users.contains(&"u1".into()) && m.time >= START + 100 * MINUTE,
        ),
    ];
    for (query, fits) in cases {
        for order in [Order::Newest, Order::Oldest, Order::Arrival] {
            let found = store.query(&query, order, None, 0, 1000).unwrap();
            assert_eq!(ids(&found), expected(&all, order, fits), "{query:?} {order:?}");
        }
        let count = store.count(&query, Total::Exact).unwrap().unwrap();
        assert_eq!(count, expected(&all, Order::Oldest, fits).len() as u64, "{query:?}");
        let estimate = store.count(&query, Total::Estimate).unwrap().unwrap();
        assert!(estimate >= count, "{query:?}: {estimate} for {count}");
    }
    assert_eq!(store.count(&Query::default(), Total::None).unwrap(), None);
}

fn pages_follow_each_other(store: &mut dyn Store) {
    assert_eq!(store.newest().unwrap(), 0);
    filled(store);
    let query = Query { users: texts(&["all", "u2"]), ..Query::default() };
    let last = store.query(&Query::default(), Order::Arrival, None, 299, 1).unwrap();
    assert_eq!(store.newest().unwrap(), last[0].id);
    for order in [Order::Newest, Order::Oldest, Order::Arrival] {
        let whole = store.query(&query, order, None, 0, 1000).unwrap();
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let page = store.query(&query, order, after, 0, 7).unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.position());
            paged.extend(page);
        }
        assert_eq!(ids(&paged), ids(&whole), "{order:?}");
        let middle = store.query(&query, order, None, 20, 5).unwrap();
        assert_eq!(ids(&middle), ids(&whole)[20..25], "{order:?}");
        assert!(store.query(&query, order, None, 5000, 5).unwrap().is_empty());
    }
}

fn lists_and_exclusions(store: &mut dyn Store) {
    let all = filled(store);
    type Fits = fn(&Archived) -> bool;
    let cases: Vec<(Query, Fits)> = vec![
        (Query { not_users: texts(&["all", "u1"]), ..Query::default() }, |m| {
            !m.facts.users.iter().any(|user| user == "all" || user == "u1")
        }),
        (Query { not_packages: texts(&["p1"]), ..Query::default() }, |m| {
            m.facts.packages != ["p1"]
        }),
        (Query { not_categories: texts(&["git"]), ..Query::default() }, |m| {
            m.facts.category != "git"
        }),
        (Query { not_topics: texts(&["org.x.prod.git.*"]), ..Query::default() }, |m| {
            !m.topic.contains("git")
        }),
        (Query { not_agents: texts(&["all"]), ..Query::default() }, |m| {
            m.facts.agent.as_deref() != Some("all")
        }),
        (
            Query { users: texts(&["u1", "u2"]), not_users: texts(&["all"]), ..Query::default() },
            |m| {
                m.facts.users.iter().any(|u| u == "u1" || u == "u2")
                    && !m.facts.users.contains(&"all".into())
            },
        ),
    ];
    for (query, fits) in cases {
        let found = store.query(&query, Order::Newest, None, 0, 1000).unwrap();
        assert_eq!(ids(&found), expected(&all, Order::Newest, fits), "{query:?}");
        let count = store.count(&query, Total::Exact).unwrap().unwrap();
        assert_eq!(count, found.len() as u64, "{query:?}");
    }
    let many: Vec<String> = (0..200).map(|n| format!("u{n}")).collect();
    let query = Query { users: many, ..Query::default() };
    assert_eq!(store.query(&query, Order::Newest, None, 0, 1000).unwrap().len(), 300);
}

fn totals_are_right(store: &mut dyn Store) {
    let all = filled(store);
    let spans = [
        (None, None),
        (Some(START), Some(START + 2 * DAY - 1)),
        (Some(START + 1), Some(START + 2 * DAY)),
        (Some(START + 7 * MINUTE), Some(START + DAY + 77 * MINUTE)),
        (Some(START + DAY / 2), None),
        (None, Some(START + DAY + DAY / 2)),
        (Some(START + 5), Some(START + 4)),
    ];
    let base = Query::default();
    let queries = [
        base.clone(),
        Query { categories: texts(&["git", "git"]), ..base.clone() },
        Query { topics: texts(&["org.x.prod.git.*", "org.x.prod.git.branch"]), ..base.clone() },
        Query { agents: texts(&["all", "u1"]), ..base.clone() },
        Query { users: texts(&["all", "u1"]), ..base.clone() },
        Query { packages: texts(&["p3"]), ..base },
    ];
    for (since, until) in spans {
        for query in &queries {
            let query = Query { since, until, ..query.clone() };
            let found = store.query(&query, Order::Newest, None, 0, 1000).unwrap().len();
            let count = store.count(&query, Total::Exact).unwrap();
            assert_eq!(count, Some(found as u64), "{query:?}");
            assert!(store.count(&query, Total::Estimate).unwrap() >= count, "{query:?}");
        }
    }
    let topics = store.topics().unwrap();
    assert_eq!(topics.len(), 3);
    assert_eq!(topics.iter().map(|topic| topic.count).sum::<u64>(), 300);
    assert!(topics.is_sorted_by(|a, b| a.topic < b.topic));
    let first = all.iter().filter(|one| one.topic == topics[0].topic).map(|one| one.time).min();
    assert_eq!(Some(topics[0].first), first);
}

fn groups_are_right(store: &mut dyn Store) {
    filled(store);
    let hour = Some(Duration::from_secs(3600));
    let day = Some(Duration::from_secs(86_400));
    let git = Query { categories: texts(&["git"]), ..Query::default() };
    let night = Query { since: Some(START + 3 * MINUTE), ..Query::default() };
    let days = Query { since: Some(START), until: Some(START + DAY - 1), ..Query::default() };
    for query in [Query::default(), git, night, days] {
        let fitting = store.query(&query, Order::Oldest, None, 0, 1000).unwrap();
        for by in [
            Dimension::All,
            Dimension::Topic,
            Dimension::Category,
            Dimension::User,
            Dimension::Package,
            Dimension::Agent,
        ] {
            for bucket in [None, hour, day] {
                let groups = store.counts(&query, by, bucket, 4).unwrap();
                assert_eq!(groups, counted(&fitting, by, bucket, 4), "{query:?} {by:?} {bucket:?}");
            }
        }
    }
    let nothing = Query { users: texts(&["nobody"]), ..Query::default() };
    assert!(store.counts(&nothing, Dimension::User, hour, 5).unwrap().is_empty());
}

/// Counts messages the simple way.
fn counted(all: &[Archived], by: Dimension, bucket: Option<Duration>, limit: usize) -> Vec<Count> {
    let names = |one: &Archived| match by {
        Dimension::All => vec![String::new()],
        Dimension::Topic => vec![one.topic.clone()],
        Dimension::Category => vec![one.facts.category.clone()],
        Dimension::User => one.facts.users.clone(),
        Dimension::Package => one.facts.packages.clone(),
        Dimension::Agent => one.facts.agent.clone().into_iter().collect(),
    };
    let group = |bucket: Option<i64>, among: Option<&[Count]>| {
        let mut groups = std::collections::BTreeMap::new();
        for one in all {
            for name in names(one) {
                if among.is_none_or(|among| among.iter().any(|count| count.name == name)) {
                    let begins = bucket.map(|bucket| one.time / bucket * bucket);
                    *groups.entry((begins, name)).or_insert(0) += 1;
                }
            }
        }
        let counts =
            groups.into_iter().map(|((bucket, name), count)| Count { bucket, name, count });
        let mut counts: Vec<_> = counts.collect();
        counts.sort_by(|a, b| {
            (a.bucket, std::cmp::Reverse(a.count), &a.name).cmp(&(
                b.bucket,
                std::cmp::Reverse(b.count),
                &b.name,
            ))
        });
        counts
    };
    let mut largest = group(None, None);
    largest.truncate(limit);
    match bucket {
        None => largest,
        Some(bucket) => group(Some(bucket.as_micros() as i64), Some(&largest)),
    }
}

fn facts_are_found_anew(store: &mut dyn Store) {
    let all = filled(store);
    let mut facts = |message: &Message| Facts {
        category: if message.topic().contains("copr") { "copr".into() } else { "scm".into() },
        agent: None,
        users: vec![format!("user-{}", message.msg_id().unwrap())],
        packages: vec!["p1".into(), "p2x".into()],
    };
    let (mut position, mut rounds) = (0, 0);
    loop {
        let step = store.reindex(position, 64, &mut facts).unwrap();
        if step.messages == 0 {
            break;
        }
        assert_eq!(step.changed, step.messages);
        (position, rounds) = (step.last, rounds + 1);
    }
    assert_eq!(rounds, 5);
    let again = store.reindex(0, 1000, &mut facts).unwrap();
    assert_eq!((again.last, again.messages, again.changed), (position, 300, 0));
    let of = |store: &mut dyn Store, query: Query| {
        let found = store.query(&query, Order::Newest, None, 0, 1000).unwrap().len() as u64;
        assert_eq!(store.count(&query, Total::Exact).unwrap(), Some(found), "{query:?}");
        found
    };
    let base = Query::default;
    assert_eq!(of(store, Query { users: texts(&["u1"]), ..base() }), 0);
    assert_eq!(of(store, Query { users: texts(&["user-id-7"]), ..base() }), 1);
    assert_eq!(of(store, Query { packages: texts(&["p1"]), ..base() }), 300);
    assert_eq!(of(store, Query { packages: texts(&["p2"]), ..base() }), 0);
    assert_eq!(of(store, Query { categories: texts(&["git"]), ..base() }), 0);
    assert_eq!(of(store, Query { categories: texts(&["scm"]), ..base() }), 200);
    assert_eq!(of(store, Query { agents: texts(&["all"]), ..base() }), 0);
    assert_eq!(of(store, base()), 300);
    let by_category = store.counts(&base(), Dimension::Category, None, 9).unwrap();
    assert_eq!(by_category.len(), 2);
    let found = store.get("id-7").unwrap().unwrap();
    assert_eq!(found.facts.users, ["user-id-7"]);
    assert_eq!(found.message.body(), all[7].message.body());
}

fn pages_are_bounded_by_bytes(store: &mut dyn Store) {
    let all = filled(store);
    let size = all[0].message.body().len() as u64;
    let wanted = Wanted {
        order: Order::Newest,
        after: None,
        offset: 3,
        limit: 40,
        bytes: size * 7,
        total: true,
    };
    let base = Query::default();
    let user = Query { users: texts(&["all", "u1"]), ..base.clone() };
    let text = Query { contains: texts(&["\"N\": 1"]), ..base.clone() };
    let nothing = Query { contains: texts(&["no such text"]), ..base.clone() };
    for query in [base, user, text, nothing] {
        let whole = store.query(&query, Order::Newest, None, 3, 40).unwrap();
        let total = store.count(&query, Total::Exact).unwrap();
        for (bytes, cut) in [(u64::MAX, false), (size * 7, true), (0, true)] {
            let page = store.page(&query, Wanted { bytes, ..wanted }).unwrap();
            let cut = cut && !whole.is_empty();
            assert_eq!((page.cut, page.total), (cut, total), "{query:?} {bytes}");
            let fitting = if cut { page.messages.len() } else { whole.len() };
            assert_eq!(ids(&page.messages), ids(&whole[..fitting]), "{query:?} {bytes}");
            // Only the last one may be too much. The first has no other before it.
            assert!(!cut || (bytes / size).abs_diff(fitting as u64) <= 1, "{fitting}");
        }
        for offset in [0, 290, 1000] {
            let page = store.page(&query, Wanted { offset, bytes: 1 << 30, ..wanted }).unwrap();
            assert_eq!(page.total, total, "{query:?} {offset}");
        }
    }
    let after = Some(Position { time: 0, id: 21 });
    let wanted =
        Wanted { order: Order::Arrival, after, offset: 0, bytes: 1, total: false, ..wanted };
    let page = store.page(&Query::default(), wanted).unwrap();
    assert_eq!((ids(&page.messages), page.cut, page.total), (vec!["id-21"], true, None));
}

fn what_is_known_and_counted_can_be_looked_at(store: &mut dyn Store) {
    assert_eq!(store.miscounts(9).unwrap(), []);
    let messages = filled(store);
    let mut other = messages[0].clone();
    other.msg_id = "aside".into();
    store.quarantine(&other, "because").unwrap();
    let ids = ["id-0", "id-299", "aside", "id-300", "", "\0"].map(str::to_owned);
    let known = store.known(&ids).unwrap();
    assert_eq!(known, HashSet::from(["id-0", "id-299", "aside"].map(str::to_owned)));
    assert!(store.known(&[]).unwrap().is_empty());
    assert_eq!(store.miscounts(9).unwrap(), []);
    store.reindex(0, 100, &mut |_| Facts::default()).unwrap();
    assert_eq!(store.miscounts(9).unwrap(), []);
    let about = store.about().unwrap();
    assert!(about.version > 0 && about.bytes > 0, "{about:?}");

    let mut walk = Walk::new(0, store.newest().unwrap() - 1);
    let mut ids = Vec::new();
    loop {
        let page = walk.next(store, &Query::default()).unwrap();
        if page.is_empty() {
            break;
        }
        ids.extend(page.into_iter().map(|one| one.msg_id));
    }
    assert_eq!(ids.len(), messages.len() - 1);
    assert_eq!(ids.first(), Some(&messages[0].msg_id));
}
