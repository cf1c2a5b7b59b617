//! What filters say of messages.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn filter(text: &str) -> Filter {
    let rules = || Meta::load(None, BTreeMap::new()).map(Arc::new);
    Filter::new(&Filter::parse(&[text]).unwrap(), rules).unwrap()
}

fn message(topic: &str, msg: &str) -> Message {
    let topic = format!("org.example.prod.{topic}");
    let body = format!(r#"{{"topic": "{topic}", "i": 3, "msg": {msg}}}"#);
    Message::new(topic, body)
}

/// A message of no known family, about these.
fn about(user: &str, package: &str) -> Message {
    message("demo.thing", &format!(r#"{{"user": "{user}", "package": "{package}"}}"#))
}

#[test]
fn values_of_a_list_are_alternatives_and_lists_come_together() {
    let message = about("alice", "kernel");
    for (text, expected) in [
        ("", true),
        ("user=alice", true),
        ("user=bob", false),
        ("user=bob user=alice", true),
        ("user=alice package=kernel", true),
        ("user=alice package=bash", false),
        ("user=alice package=bash package=kernel", true),
        ("demo.* user=alice", true),
        ("git.* user=alice", false),
        ("git.* demo.* user=alice", true),
        ("category=demo", true),
        ("category=git", false),
        ("category!=git", true),
        ("category!=git category!=demo", false),
        ("user!=alice", false),
        ("user!=bob", true),
        ("user=alice package!=kernel", false),
        ("topic!=demo.*", false),
        ("topic!=~thing$", false),
        ("topic!=git.*", true),
        (r#".msg.user == "alice""#, true),
        (r#".msg.user == "bob""#, false),
        (r#"user=alice .msg.package == "bash""#, false),
        (r#"user=bob .msg.user == "alice""#, false),
        (r#"where='.msg.user == "bob"' where='.i == 3'"#, true),
        (r#"$topic == "demo.thing" and $words[0] == "demo""#, true),
        (".msg.nothing", false),
        (".msg | .user, .nothing", true),
        (".msg.nothing, .msg.user", true),
        ("empty", false),
    ] {
        assert_eq!(filter(text).decide(&message).matches, expected, "{text}");
    }
}

/// Else a message could hide from those it should not come to.
#[test]
fn who_is_not_known_is_not_left_out_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let rules = "doc = 'it takes long'\n[[rule]]\ntopic = 'demo.**'\n\
                 users = '[range(1e12)] | [\"alice\"]'\n";
    std::fs::write(dir.path().join("demo.toml"), rules).unwrap();
    let meta = || Meta::load(Some(dir.path()), BTreeMap::new()).map(Arc::new);
    for text in ["user!=alice", "user!=bob", "package!=kernel", "user=alice"] {
        let filter = Filter::new(&Filter::parse(&[text]).unwrap(), meta).unwrap();
        assert!(!filter.decide(&about("alice", "kernel")).matches, "{text}");
        assert_eq!(filter.failures().map(|(_, count)| count).sum::<u64>(), 1, "{text}");
    }
}

#[test]
fn topics_alone_take_no_json() {
    let filter =
        filter("bodhi.* org.example.prod.git. ~wiki category=bodhi topic!=bodhi.buildroot");
    assert!(filter.is_about_topics());
    for (topic, expected) in
        [("bodhi.update", true), ("git.receive", false), ("bodhi.buildroot_override.tag", false)]
    {
        let message = message(topic, "{}");
        assert_eq!(filter.decide(&message).matches, expected, "{topic}");
        assert!(!message.is_parsed());
        assert_eq!(filter.admits_topic(message.topic()), expected);
    }
    // The other clauses are not asked either when the topic decides.
    let message = message("git.receive", "{}");
    assert!(!super::tests::filter("bodhi.* user=alice .msg.x").decide(&message).matches);
    assert!(!message.is_parsed());
}

#[test]
fn it_is_known_which_clause_decided() {
    let filter = filter(r#"demo.* user=bob user=carol package=kernel .msg.user == "alice""#);
    let message = about("alice", "kernel");
    assert_eq!(filter.decide(&message), Decision { matches: false, refused_by: Some(1) });
    let verdicts = filter.explain(&message);
    let shown: Vec<_> =
        verdicts.iter().map(|one| (one.clause.as_str(), one.holds, one.found.join(","))).collect();
    let expected = [
        ("demo.*", true, "org.example.prod.demo.thing"),
        ("user=bob user=carol", false, "alice"),
        ("package=kernel", true, "kernel"),
        (r#"where='.msg.user == "alice"'"#, true, "true"),
    ];
    let expected: Vec<_> =
        expected.map(|(clause, holds, found)| (clause, holds, found.to_owned())).to_vec();
    assert_eq!(shown, expected);
    assert_eq!(super::tests::filter("user=alice").decide(&message).refused_by, None);
}

#[test]
fn an_expression_without_an_answer_is_no_match_and_counted() {
    let count = |filter: &Filter, reason: Reason| {
        filter.failures().find(|(one, _)| *one == reason).map(|(_, count)| count).unwrap()
    };
    let failing = filter(".msg.user.name");
    assert!(!failing.decide(&about("alice", "kernel")).matches);
    assert!(!failing.decide(&about("bob", "kernel")).matches);
    assert_eq!(count(&failing, Reason::Failed), 2);
    // Another one may still match.
    let one_of_two = filter("where=.msg.user.name where='.i == 3'");
    assert!(one_of_two.decide(&about("alice", "kernel")).matches);

    let not_json = Message::new("org.example.prod.demo.thing", "no json");
    assert!(!failing.decide(&not_json).matches);
    assert_eq!(count(&failing, Reason::NotJson), 1);
    assert!(!filter("user=alice").decide(&not_json).matches);
    assert!(filter("user!=alice").decide(&not_json).matches);
}

#[test]
fn what_takes_too_much_is_stopped_and_counted() {
    let many: Vec<String> = (0..4000).map(|n| n.to_string()).collect();
    let message = message("demo.thing", &format!("[{}]", many.join(",")));
    let slow = filter("[.msg[] as $a | .msg[] as $b | select($a + $b < 0)] | length > 0");
    let begin = std::time::Instant::now();
    assert!(!slow.decide(&message).matches);
    assert!(begin.elapsed() < std::time::Duration::from_secs(10), "{:?}", begin.elapsed());
    let counted: u64 = slow.failures().map(|(_, count)| count).sum();
    assert_eq!(counted, 1, "{:?}", slow.failures().collect::<Vec<_>>());
}

#[test]
fn subscriptions_are_as_narrow_as_the_topics() {
    for (text, expected) in [
        ("", &[""][..]),
        ("user=alice", &[""]),
        ("org.x.prod.git. org.x.prod.bodhi.*", &["org.x.prod.bodhi.", "org.x.prod.git."]),
        ("org.x.prod.git.receive org.x.prod.git.", &["org.x.prod.git."]),
        ("org.x.prod.git. bodhi.*", &[""]),
        ("topic!=org.x.", &[""]),
        ("~^org", &[""]),
    ] {
        assert_eq!(filter(text).subscriptions(), expected, "{text}");
    }
}

#[test]
fn too_much_of_a_filter_is_refused() {
    let refused = |spec: Spec| {
        let error = Filter::new(&spec, || Meta::load(None, BTreeMap::new()).map(Arc::new));
        let error = error.map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
        error.to_string()
    };
    let many = |value: &str, count| vec![value.to_owned(); count];
    let users = Spec { user: many("alice", MAX_VALUES + 1), ..Spec::default() };
    assert!(refused(users).contains("1000 values"));
    let expressions = Spec { expressions: many(".a", MAX_COSTLY + 1), ..Spec::default() };
    assert!(refused(expressions).contains("32 expressions"));
    let regexes = Spec { topic: many("~a", MAX_COSTLY + 1), ..Spec::default() };
    assert!(refused(regexes).contains("32 expressions"));
    let long = Spec { package: many(&"x".repeat(MAX_VALUE + 1), 1), ..Spec::default() };
    assert!(refused(long).contains("4097 bytes"));
}

#[test]
fn a_wrong_expression_is_shown_with_its_place() {
    let wrong = |text: &str| {
        let spec = Filter::parse(&[text]).unwrap();
        let error = Filter::new(&spec, || Meta::load(None, BTreeMap::new()).map(Arc::new));
        let error = error.map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage, "{error}");
        format!("{error} {}", error.next_step().unwrap_or_default())
    };
    let shown = wrong(".msg.user | starts_with(\"a\")");
    assert!(shown.contains("column 13") && shown.contains("startswith"), "{shown}");
    assert!(wrong(".msg.user ==").contains("column"), "{}", wrong(".msg.user =="));
    assert!(wrong("~(").contains("~("));
    for dangerous in ["where=halt", "where=env.HOME", "where=repeat(.)", "where=def f: f; f"] {
        assert!(!wrong(dangerous).is_empty());
    }
}

#[test]
fn what_is_probably_not_meant_is_found() {
    let meta = Arc::new(Meta::load(None, BTreeMap::new()).unwrap());
    let found = |text: &str| -> Vec<&str> {
        let spec = Filter::parse(&[text]).unwrap();
        lint(&spec, &meta).unwrap().iter().map(|finding| finding.name).collect()
    };
    for (text, expected) in [
        ("", &["always-true"][..]),
        ("user!=alice", &["all-negative"]),
        ("user=alice user!=alice", &["contradiction", "always-false"]),
        ("user=alice user=bob user!=alice", &["contradiction"]),
        ("user=alice user=alice", &["repeated"]),
        ("bodhi.* category=git", &["always-false"]),
        ("bodhi.* category=bodhi", &[]),
        ("topic=* user=alice", &["always-true"]),
        ("~.* user=alice", &["always-true"]),
        ("user=alice topic!=~.*", &["always-false"]),
        ("category=bohdi", &["unknown-category"]),
        ("bohdi.*", &["unknown-category"]),
        ("bodhi.", &["whole-topic"]),
        ("org.fedoraproject.prod.bodhi.*", &[]),
        ("where=true", &["always-true"]),
        ("where='1 == 2'", &["always-false"]),
        ("where='\"a\" == \"a\"'", &["always-true"]),
        (r#".msg.user = "alice""#, &["always-true"]),
        (r#".msg.user == "a = b""#, &[]),
        (".mgs.user", &["unknown-field"]),
        (".msg.a >= 1 and .msg.b != 2", &[]),
        ("user=alice package=kernel", &[]),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
    for (text, near) in [("bohdi.*", "bodhi"), (".mgs.user", "msg")] {
        let finding = &lint(&Filter::parse(&[text]).unwrap(), &meta).unwrap()[0];
        assert!(finding.text.ends_with(&format!("did you mean {near}?")), "{finding:?}");
    }
}

proptest! {
    #[test]
    fn any_message_is_decided(
        topic in "(org\\.example\\.prod\\.)?[a-z.]{0,20}",
        body in prop_oneof![r#"[\[\]{}:,"a-z0-9. ]{0,40}"#, r#"\{"msg": ("[^"\\]{0,9}"|[0-9]{1,9}|\[1, "x"\]|\{"a": \{\}\})\}"#],
    ) {
        let message = Message::new(topic, body);
        for filter in each_kind() {
            let decision = filter.decide(&message);
            let verdicts = filter.explain(&message);
            let refused_by = verdicts.iter().position(|verdict| !verdict.holds);
            prop_assert_eq!(decision, Decision { matches: refused_by.is_none(), refused_by });
            prop_assert!(filter.admits_topic(message.topic()) || !decision.matches);
            let prefixes = filter.subscriptions();
            let subscribed = prefixes.iter().any(|prefix| message.topic().starts_with(prefix));
            prop_assert!(subscribed || !decision.matches);
        }
    }
}

/// Filters of every kind, made once.
fn each_kind() -> &'static [Filter] {
    static FILTERS: std::sync::LazyLock<Vec<Filter>> = std::sync::LazyLock::new(|| {
        let texts = [
            "",
            "a.* org.example.*.b. ~x$",
            "org.example.prod.a",
            "category=a topic!=~b",
            "user=x",
            "user!=x package!=y",
            "where=.msg.a where='.msg | length > 1'",
            ".msg[0] == 1 or ($words | length) > 2",
        ];
        texts.map(filter).into()
    });
    &FILTERS
}

#[test]
fn nothing_is_asked_for_by_an_empty_name() {
    let nobody = || Spec { user: vec![String::new()], ..Spec::default() };
    let nothing = || Spec { not_topic: vec![String::new()], ..Spec::default() };
    for spec in [nobody(), nothing()] {
        assert!(Filter::new(&spec, || unreachable!()).is_err(), "{spec}");
    }
    let all = Spec { topic: vec![String::new()], ..Spec::default() };
    assert!(Filter::new(&all, || unreachable!()).unwrap().decide(&about("a", "b")).matches);
}
