//! What holds for every message: nothing in it gets out as it came.

use proptest::prelude::*;

use super::*;
use crate::canonical::{Value, parse, to_vec};
use crate::escape::is_harmful;
use crate::meta::{Facts, Meta, Subject, Wanted};

fn value(json: &str) -> Value {
    parse(json.as_bytes()).unwrap()
}

fn ansi(json_text: &str, layout: Layout) -> String {
    let mut out = Ansi::plain();
    json(&value(json_text), layout, &mut out);
    out.text
}

fn html(json_text: &str) -> String {
    let mut out = Html::like_the_original();
    json(&value(json_text), Layout::INDENTED, &mut out);
    out.finish()
}

fn facts(title: &str, summary: &str, users: &[&str], packages: &[&str]) -> Facts {
    let null = value("null");
    let mut facts = Meta::embedded().facts(&Subject::with_topic(&null, ""), Wanted::Line);
    facts.title = title.to_owned();
    facts.summary = summary.to_owned();
    facts.users = users.iter().map(|&name| name.into()).collect();
    facts.packages = packages.iter().map(|&name| name.into()).collect();
    facts
}

#[test]
fn people_see_letters_and_never_control_characters() {
    let text = r#"{"a":["\u00e9\u001b\u202e",1.0],"b":{},"c":NaN}"#;
    assert_eq!(ansi(text, Layout::LINE), r#"{"a":["é\u001b\u202e",1.0],"b":{},"c":NaN}"#);
    let expected = "{\n  \"a\": [\n    \"\\u00e9\\u001b\\u202e\",\n    1.0\n  ],\n  \"b\": {},\n  \"c\": NaN\n}";
    assert_eq!(ansi(text, Layout { ascii: true, ..Layout::INDENTED }), expected);
}

#[test]
fn colour_is_reset_after_each_piece() {
    let mut out = Ansi::colored();
    json(&value(r#"{"a":1}"#), Layout::LINE, &mut out);
    assert_eq!(out.text, "{\x1b[34m\"a\"\x1b[0m:\x1b[36m1\x1b[0m}");
}

#[test]
fn html_has_the_classes_of_the_original() {
    let expected = "<span class=\"p\">{</span>\n  \
        <span class=\"s2\">&quot;a&quot;</span><span class=\"o\">:</span> <span class=\"p\">[</span>\n    \
        <span class=\"mi\">1</span><span class=\"p\">,</span>\n    \
        <span class=\"o\">-</span><span class=\"mf\">2.5</span><span class=\"p\">,</span>\n    \
        <span class=\"kc\">null</span>\n  \
        <span class=\"p\">],</span>\n  \
        <span class=\"s2\">&quot;b&quot;</span><span class=\"o\">:</span> \
        <span class=\"s2\">&quot;&lt;i&gt;&amp;&#39;&quot;</span>\n<span class=\"p\">}</span>";
    assert_eq!(html(r#"{"a":[1,-2.5,null],"b":"<i>&'"}"#), expected);
    let mut with_keys = Html::with_keys();
    json(&value(r#"{"a":"b"}"#), Layout::LINE, &mut with_keys);
    assert!(with_keys.finish().contains("<span class=\"nt\">&quot;a&quot;</span>"));
}

#[test]
fn a_fragment_is_the_message_without_credentials() {
    let message = value(r#"{"certificate":"Zm","msg":{},"signature":"Zm"}"#);
    let (fragment, whole) = fragment(message.as_object().unwrap());
    assert_eq!(
        fragment,
        "<div class=\"highlight\"><pre><span class=\"p\">{</span>\n  <span class=\"s2\">&quot;msg&quot;</span>\
         <span class=\"o\">:</span> <span class=\"p\">{}</span>\n<span class=\"p\">}</span>\n</pre></div>"
    );
    assert!(whole);
}

#[test]
fn what_is_too_long_is_left_out_and_that_is_said() {
    let long = format!("[\"{}\", 2]", "x".repeat(1000));
    let mut out = Ansi::plain();
    assert!(!json(&value(&long), Layout { most: 100, ..Layout::INDENTED }, &mut out));
    assert_eq!(out.text.chars().count(), 101);
    let mut out = Ansi::plain();
    let exactly = Layout { most: 10, ..Layout::LINE };
    assert!(json(&value(r#"[1,"abcde"]"#), Layout { most: 11, ..exactly }, &mut out));
    assert!(!json(&value(r#"[1,"abcde"]"#), exactly, &mut Ansi::plain()));
    let deep = "[".repeat(900) + &"]".repeat(900);
    assert!(ansi(&deep, Layout::INDENTED).len() < 130_000);
}

#[test]
fn a_line_names_time_verdict_topic_and_summary() {
    let about = facts("git.receive", "alice pushed to guake (f44)", &["alice"], &["guake"]);
    let topic = "org.x.prod.git.receive";
    let pieces = line(&Line { time: "12:00:00", mark: Mark::Valid, topic, facts: &about });
    let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
    assert_eq!(text, "12:00:00 ok org.x.prod.git.receive alice pushed to guake (f44)");
    let kinds: Vec<_> = pieces
        .iter()
        .filter(|piece| piece.kind != Kind::Plain)
        .map(|piece| (piece.text.as_str(), piece.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            ("12:00:00", Kind::Time),
            ("ok", Kind::Good),
            ("org.x.prod.", Kind::Prefix),
            ("git.receive", Kind::Topic(Family::of(topic))),
            ("alice", Kind::User),
            ("guake", Kind::Package),
        ]
    );
    assert_eq!(mark(Mark::named("bad-signature")).text, "!!");
    assert_eq!(mark(Mark::named("unchecked")).text, "--");
}

#[test]
fn names_are_found_between_brackets_and_at_the_end() {
    let found = |summary: &str| {
        let pieces = summary_of(summary, &["al.ice", "bob"]);
        let whole: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(whole, summary);
        let users = pieces.into_iter().filter(|piece| piece.kind == Kind::User);
        users.map(|piece| piece.text).collect::<Vec<_>>()
    };
    assert_eq!(found("(al.ice) and 'bob', bobby, bob."), ["al.ice", "bob", "bob"]);
    assert_eq!(found("nobody ... ()"), [""; 0]);
    assert_eq!(found(""), [""; 0]);
}

fn summary_of(text: &str, users: &[&str]) -> Vec<Piece> {
    summary(&facts("t", text, users, &[]))
}

#[test]
fn lines_are_cut_to_the_width() {
    let shown = |width: usize| {
        let mut pieces = vec![
            Piece::new(Kind::Time, "abc"),
            Piece::new(Kind::Plain, "de"),
            Piece::new(Kind::Plain, "fg"),
        ];
        cut(&mut pieces, width);
        pieces.into_iter().map(|piece| piece.text).collect::<String>()
    };
    assert_eq!(
        [9, 7, 6, 5, 4, 3, 1, 0].map(shown),
        ["abcdefg", "abcdefg", "abcde…", "abcd…", "abc…", "ab…", "…", ""]
    );
}

/// Any JSON, with what could do harm in it more often than chance would have it.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        proptest::collection::vec(
            prop_oneof![
                Just("\x1b[2J"),
                Just("</span>"),
                Just("<script>"),
                Just("\u{9b}31m"),
                Just("\u{202e}"),
                Just("\r\n"),
                Just("\"'&"),
                Just("日本"),
                Just("e\u{301}")
            ],
            0..4
        )
        .prop_map(|parts| parts.concat()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::Float),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            proptest::collection::vec((text.clone(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The text without the codes that colour it.
fn without_codes(text: &str) -> String {
    let codes = regex::Regex::new("\x1b\\[[0-9]{1,2}m").unwrap();
    codes.replace_all(text, "").into_owned()
}

/// The text of HTML; fails unless every span is closed and nothing else is a tag.
fn text_of(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    let mut open = false;
    while let Some(at) = rest.find(['<', '>', '&', '"', '\'']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let entities =
            [("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("&quot;", "\""), ("&#39;", "'")];
        if let Some(after) = rest.strip_prefix("</span>") {
            assert!(std::mem::take(&mut open), "closed twice: {html}");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("<span class=\"") {
            assert!(!std::mem::replace(&mut open, true), "opened twice: {html}");
            let (class, after) = after.split_once("\">").unwrap();
            assert!(class.chars().all(|c| c.is_ascii_alphanumeric() || c == ' '), "{class}");
            rest = after;
        } else {
            let entity = entities.iter().find(|(entity, _)| rest.starts_with(entity));
            let (entity, character) = entity.unwrap_or_else(|| panic!("not escaped: {html}"));
            text.push_str(character);
            rest = &rest[entity.len()..];
        }
    }
    assert!(!open, "not closed: {html}");
    text + rest
}

proptest! {
    #[test]
    fn terminals_get_no_control_characters_but_colours(value in any_json(), most in 0usize..200) {
        for layout in [Layout::LINE, Layout::INDENTED, Layout { most, ..Layout::INDENTED }] {
            let mut out = Ansi::colored();
            json(&value, layout, &mut out);
            let plain = without_codes(&out.text);
            let harmful = plain.chars().find(|c| *c != '\n' && is_harmful(*c));
            prop_assert_eq!(harmful, None, "{}", plain);
        }
    }

    #[test]
    fn html_is_escaped_and_balanced_wherever_it_is_cut(value in any_json(), most in 0usize..200) {
        for layout in [Layout::INDENTED, Layout { most, ..Layout::INDENTED }] {
            let mut out = Html::with_keys();
            let whole = json(&value, layout, &mut out);
            let text = text_of(&out.finish());
            prop_assert!(text.chars().all(|c| c == '\n' || !is_harmful(c)));
            // What is shown is the message.
            if whole {
                prop_assert_eq!(to_vec(&parse(text.as_bytes()).unwrap()), to_vec(&value));
            }
        }
    }

    #[test]
    fn each_output_shows_the_same_text(value in any_json()) {
        let (mut terminal, mut page, mut pieces) =
            (Ansi::colored(), Html::like_the_original(), Pieces::default());
        json(&value, Layout::INDENTED, &mut terminal);
        json(&value, Layout::INDENTED, &mut page);
        json(&value, Layout::INDENTED, &mut pieces);
        let text = without_codes(&terminal.text);
        prop_assert_eq!(&text_of(&page.finish()), &text);
        let line = |line: &Vec<Piece>| line.iter().map(|piece| piece.text.as_str()).collect::<String>();
        prop_assert_eq!(pieces.0.iter().map(line).collect::<Vec<_>>().join("\n"), text);
    }

    #[test]
    fn lines_are_harmless_whatever_they_say(
        topic: String, time: String, text in "(?s).{0,60}", user: String, width in 0usize..80
    ) {
        let about = facts("t", &format!("{text} {user}"), &[&user], &[&topic]);
        let mut pieces = line(&Line { time: &time, mark: Mark::Unchecked, topic: &topic, facts: &about });
        cut(&mut pieces, width);
        let (mut terminal, mut page) = (Ansi::colored(), Html::with_keys());
        write(&pieces, &mut terminal);
        write(&pieces, &mut page);
        let plain = without_codes(&terminal.text);
        prop_assert!(!plain.chars().any(is_harmful), "{}", plain);
        prop_assert!(plain.chars().count() <= width);
        prop_assert_eq!(text_of(&page.finish()), plain);
    }
}
