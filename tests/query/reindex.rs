//! `fedhub reindex`: facts anew, beside others who write, and after a kill.

use std::sync::atomic::{AtomicBool, Ordering};

use fedhub::store::{Dimension, Query, Total};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::{Bed, message, write_rule};
use crate::chaos::long;
use crate::harness::Process;

/// Rules by which `demo` is about somebody else.
fn change_rules(bed: &mut Bed) {
    let dir = bed.site.path("rules.d");
    write_rule(&dir, r#"["new-\(.msg.n % 2)"]"#);
    bed.site.set(json!({"rules_dir": dir}));
}

/// What counters say of a user, which must be what is found.
fn about(bed: &Bed, user: &str) -> u64 {
    let mut store = bed.store();
    let query = Query { users: vec![user.to_owned()], ..Query::default() };
    let counted = store.count(&query, Total::Exact).unwrap().unwrap();
    let day = Some(std::time::Duration::from_secs(86_400));
    let found: u64 =
        store.counts(&query, Dimension::All, day, 10).unwrap().iter().map(|one| one.count).sum();
    assert_eq!(counted, found, "{user}");
    counted
}

fn round(mut bed: Bed) {
    bed.append((0..100).map(message));
    change_rules(&mut bed);
    let dry = bed.run(&["reindex", "--dry-run"]).expect(0);
    assert_eq!(dry.stdout.len(), 50);
    let line: Value = serde_json::from_str(&dry.stdout[0]).unwrap();
    assert_eq!((&line["msg_id"], &line["before"]["users"]), (&json!("id-0"), &json!(["user0"])));
    assert_eq!(line["after"]["users"], json!(["new-0"]));
    assert!(dry.stderr.join("").contains("50 of 100 messages would change"), "{dry:?}");
    assert_eq!(about(&bed, "new-0"), 0);

    let since = (super::BEGIN + 60 * 60).to_string();
    let done = bed.json(&["reindex", "--since", &since]);
    assert_eq!(done, [json!({"messages": 40, "changed": 20})]);
    assert_eq!(about(&bed, "new-0"), 20);
    let done = bed.json(&["reindex"]);
    assert_eq!(done, [json!({"messages": 100, "changed": 30})]);
    assert_eq!((about(&bed, "new-0"), about(&bed, "user0")), (50, 17));
    let found = bed.json(&["query", "user=new-0", "--last", "1"]);
    assert_eq!(found[0]["msg_id"], "id-98");
    assert_eq!(
        bed.run(&["reindex", "-o", "human"]).expect(0).stdout,
        ["0 of 100 messages changed"]
    );
}

#[test]
fn facts_in_a_file_are_found_anew() {
    round(Bed::new());
}

#[test]
fn facts_in_postgresql_are_found_anew() {
    let Some(bed) = Bed::on_postgresql() else { return };
    round(bed);
}

#[test]
fn after_a_kill_it_goes_on_and_others_may_write_meanwhile() {
    // What is optimized is faster, and must not be done before it is killed.
    let before = if long() { 6000 } else { 2500 };
    let mut bed = Bed::new();
    bed.append((0..before).map(message));
    change_rules(&mut bed);
    let ended = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut next = before;
            while !ended.load(Ordering::Relaxed) {
                bed.append([message(next)]);
                next += 1;
            }
            next
        });
        let reindex = Process::spawn("reindex", &mut bed.site.fedhub(&["reindex"]));
        crate::harness::wait_until("it has come some way", || {
            bed.store().note("reindex").unwrap().is_some_and(|note| !note.is_empty())
        });
        reindex.signal(Signal::SIGKILL);
        assert_eq!(reindex.finish().code, None, "it was done before it could be killed");
        let rest = bed.json(&["reindex"]);
        let looked_at = rest[0]["messages"].as_i64().unwrap();
        ended.store(true, Ordering::Relaxed);
        let written = writer.join().unwrap();
        assert!(looked_at + 500 <= written, "it began anew: {looked_at} of {written}");
        written
    });
    assert!(written > before, "nothing was written meanwhile");
    // What was written by the old rules since has to be looked at too.
    bed.json(&["reindex"]);
    let demo = u64::try_from(written.div_euclid(2) + written % 2).unwrap();
    assert_eq!(about(&bed, "new-0"), demo);
    let other = |rest: i64| (0..written).filter(|n| n % 2 == 1 && n % 3 == rest).count() as u64;
    for rest in 0..3 {
        assert_eq!(about(&bed, &format!("user{rest}")), other(rest));
    }
    let mut store = bed.store();
    let all = store.count(&Query::default(), Total::Exact).unwrap();
    assert_eq!(all, Some(u64::try_from(written).unwrap()));
}
