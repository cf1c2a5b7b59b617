//! Messages that mean no good: they break no column, and nothing of them is a control character.

use fedhub::daemons::{Consumer, Told};
use fedhub::escape::is_harmful;
use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

use super::{drawn, press, push, state};
use crate::feed::News;
use crate::feed::daemons::Seen;

/// Texts that terminals stumble over.
fn texts() -> Vec<String> {
    vec![
        "\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{90}q".into(),
        "\u{202e}turned\u{202c} \u{2066}around\u{2069} \u{200f}".into(),
        "שלום עולם مرحبا بالعالم".into(),
        "日本語のとても長い要約です".repeat(20),
        format!("e{}", "\u{301}".repeat(5000)),
        "👩\u{200d}👩\u{200d}👧 ❤\u{fe0f} 🇩🇪 \u{1f3f4}\u{e0067}\u{e007f}".into(),
        "\u{0}\u{1}\u{7f}\u{80}\u{ad}\u{feff}\r\n\t".into(),
        "x".repeat(1 << 20),
        "\u{fdfd}\u{12031}\u{a66e}".repeat(50),
    ]
}

/// A JSON string of a text.
fn json(text: &str) -> String {
    let value = fedhub::canonical::Value::from(text);
    String::from_utf8(fedhub::canonical::to_vec(&value)).unwrap()
}

fn check(screen: &Buffer) {
    for cell in &screen.content {
        let symbol = cell.symbol();
        assert!(!symbol.chars().any(is_harmful), "{symbol:?}");
        assert!(symbol.width() <= 2, "{symbol:?}");
        assert!(symbol.chars().count() <= 5, "{symbol:?}");
    }
}

#[test]
fn nothing_in_a_message_moves_the_cursor_or_a_column() {
    for text in texts() {
        let mut state = state(3);
        let quoted = json(&text);
        let body = format!(
            r#"{{"topic": {quoted}, "username": {quoted}, "msg_id": {quoted}, "signature": {quoted}, "certificate": {quoted}, "msg": {{"log": {quoted}, {quoted}: [{quoted}]}}}}"#
        );
        push(&mut state, "org.example.prod.logger.log", body.into_bytes());
        push(&mut state, &text, format!("not JSON: {text}").into_bytes());
        for keys in ["", "k", "enter", "]", "]", "]", "]", "[ [ [ [ l l l", "? esc : tab"] {
            press(&mut state, keys);
            for (width, height) in [(60, 15), (140, 40)] {
                check(&drawn(&mut state, width, height));
            }
        }
    }
}

#[test]
fn columns_begin_where_they_began() {
    for text in texts() {
        let mut state = state(0);
        let quoted = json(&text);
        let body =
            format!(r#"{{"topic": "org.example.prod.logger.log", "msg": {{"log": {quoted}}}}}"#);
        push(&mut state, "org.example.prod.logger.log", body.into_bytes());
        push(&mut state, "org.example.prod.logger.log", br#"{"msg": {"log": "plain"}}"#.to_vec());
        push(&mut state, &format!("org.example.prod.{text}"), b"{}".to_vec());
        let screen = drawn(&mut state, 80, 24);
        // Time, sign and topic of each, and the space before the summary.
        for y in 2..5 {
            assert_eq!(screen[(9, y)].symbol(), " ", "{text:.20?}");
            assert!(!screen[(12, y)].symbol().is_empty());
            assert_eq!(screen[(32, y)].symbol(), " ", "{text:.20?}");
        }
    }
}

#[test]
fn deep_and_long_values_are_drawn() {
    let mut state = state(0);
    let deep = format!("{{\"msg\":{}1{}}}", "[".repeat(900), "]".repeat(900));
    push(&mut state, "a.b.c.deep", deep.into_bytes());
    let long = format!("{{\"msg\":[{}1]}}", "1,".repeat(500_000));
    push(&mut state, "a.b.c.long", long.into_bytes());
    for keys in ["enter", "Z", "G", "] ] ]", "G", "esc k enter", "[ [ [ Z G"] {
        press(&mut state, keys);
        check(&drawn(&mut state, 80, 24));
    }
}

#[test]
fn no_name_of_a_topic_or_a_daemon_moves_anything() {
    for text in texts() {
        let mut state = state(3);
        push(&mut state, &format!("org.example.prod.{text}.{text}"), b"{}".to_vec());
        push(&mut state, &text, b"{}".to_vec());
        let consumer = Consumer { name: text.clone(), ..Consumer::default() };
        let told = Told { problems: vec![text.clone()], consumers: vec![consumer] };
        for said in [Ok(told), Err(text.clone())] {
            let (role, door) = (text.clone(), text.clone());
            state.take(News::Seen(Seen::Daemon { role, door, time: 0, said }));
            for keys in ["2", "Z j j j", "+", "-", "enter", "2 tab", "tab", "3", "j j", "G"] {
                press(&mut state, keys);
                for (width, height) in [(60, 15), (140, 40)] {
                    check(&drawn(&mut state, width, height));
                }
            }
            press(&mut state, "F");
        }
    }
}
