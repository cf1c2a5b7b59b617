//! The views beside the stream, on a real bus, a real hub and a real archive.

use fedhub::message::Message;
use fedhub::meta::Meta;
use fedhub::store::{self, Archived};
use serde_json::json;

use super::{TOPIC, Terminal, publish};
use crate::harness::{free_port, wait_until};
use crate::hub::{self, Bed};
use crate::terminal::{bound_publisher, wait_for_subscription};

/// Takes every message but those that are bad.
const CONSUMER: &str = r#"
import json, sys
for line in sys.stdin:
    bad = json.loads(line)["msg"].get("bad")
    print('{"ok": false, "error": "it is bad"}' if bad else "ok", flush=True)
"#;

/// The line of the screen that has these words.
fn line_with(terminal: &Terminal, words: &[&str]) -> Option<String> {
    let screen = terminal.screen();
    let mut lines = screen.lines();
    lines.find(|line| words.iter().all(|word| line.contains(word))).map(str::to_owned)
}

#[track_caller]
fn wait_for_line(terminal: &Terminal, words: &[&str]) {
    wait_until(&format!("a line with {words:?}"), || line_with(terminal, words).is_some());
}

#[test]
fn topics_are_counted_and_lead_to_their_messages() {
    let Some(terminal) = Terminal::open("topics", 80, 24) else { return };
    let (publisher, endpoint) = bound_publisher();
    terminal.busmon(&format!("--endpoint {endpoint} --no-validate"));
    terminal.wait_for("Waiting for messages");
    wait_for_subscription(&publisher);
    for number in 0..30 {
        publish(&publisher, TOPIC, &format!("message {number}"));
        publish(&publisher, "org.fedoraproject.dev.\u{1b}[41mred\u{202e}.x", "hostile");
    }
    publish(&publisher, "org.fedoraproject.dev.git.receive", "a push");
    terminal.keys(&["2"]);
    wait_for_line(&terminal, &["▾ org.fedoraproject.dev", " 61 "]);
    wait_for_line(&terminal, &["▸ logger", " 30 "]);
    wait_for_line(&terminal, &["▸ \\u{1b}[41mred\\u{202e}", " 30 "]);
    // Down to git, which stands before logger.
    terminal.keys(&["j", "j"]);
    wait_for_line(&terminal, &["▌", "git"]);
    terminal.keys(&["Enter"]);
    terminal.wait_for("1 of 61");
    terminal.wait_for("filter git.*");
    // The panels that have no room beside each other.
    terminal.tmux(&["resize-window", "-x", "60", "-y", "15"]);
    terminal.keys(&["2"]);
    wait_for_line(&terminal, &["▸ logger", " 30 "]);
    terminal.keys(&["Tab"]);
    wait_for_line(&terminal, &["logger.log", "█"]);
    terminal.keys(&["Tab"]);
    terminal.wait_for("minutes ago");
    terminal.keys(&["q"]);
    terminal.expect_given_back();
}

#[test]
fn consumers_are_seen_with_what_waits_and_what_was_put_aside() {
    let Some(mut terminal) = Terminal::open("consumers", 110, 30) else { return };
    let mut bed = Bed::new(json!({}));
    let http = format!("127.0.0.1:{}", free_port());
    let command = bed.script("consumer.py", CONSUMER, &[]);
    bed.site.set(json!({
        "hub": {"journal": bed.site.path("hub.db"), "http": http},
        "consumers": {"writer": {"type": "exec", "command": command, "attempts": 1}},
    }));
    terminal.site.set(json!({
        "endpoints": {"test": [bed.site.setting("/endpoints/test/0")]},
        "hub": {"journal": bed.site.path("hub.db"), "http": http},
        "relay": {"http": "127.0.0.1:1"},
        "validate_signatures": false,
    }));
    let (hub, publisher) = bed.start();
    terminal.busmon("");
    terminal.keys(&["3"]);
    wait_for_line(&terminal, &["✓ test", "connected"]);
    wait_for_line(&terminal, &["✗ relay", "no answer"]);
    wait_for_line(&terminal, &["✓ hub", "ready"]);
    wait_for_line(&terminal, &["✓ writer", "at work"]);
    (0..5).for_each(|number| hub::publish(&publisher, &hub::body(number, number == 3)));
    // One failure, and one message in quarantine.
    wait_for_line(&terminal, &["! writer", "at work", " 0 ", "1"]);
    terminal.wait_for("lag 0");
    terminal.wait_for("0 gaps");
    // What is away says so, and nothing else waits for it.
    drop(hub);
    wait_for_line(&terminal, &["✗ hub", "no answer"]);
    wait_for_line(&terminal, &["writer", "not asked"]);
    terminal.keys(&["1"]);
    terminal.wait_for("FOLLOWING");
}

#[test]
fn the_archive_is_asked_with_the_filter_and_gone_through() {
    let Some(mut terminal) = Terminal::open("archive", 80, 24) else { return };
    let url = format!("sqlite:{}", terminal.site.path("archive.db").display());
    terminal.site.set(json!({"archive": {"url": url}}));
    terminal.busmon("--endpoint tcp://127.0.0.1:1 --no-validate");
    terminal.wait_for("Waiting for messages");
    // First there is none, and then there is.
    terminal.keys(&["4"]);
    terminal.wait_for("FAILED");
    terminal.wait_for("fedhub nommer");
    let message = |number: i64| {
        let topic = ["logger.log", "git.receive"][number as usize % 2];
        let topic = format!("org.fedoraproject.dev.{topic}");
        let time = 1_793_880_271 + number * 60;
        let body = json!({"i": 1, "msg": {"log": format!("entry {number}.")}, "timestamp": time,
            "msg_id": format!("2026-{number}"), "topic": topic, "username": "alice"});
        let message = Message::new(topic, body.to_string());
        Archived::new(message, time * 1_000_000, "valid", Meta::embedded())
    };
    let messages: Vec<_> = (0..500).map(message).collect();
    store::create(&url).unwrap().append(&messages).unwrap();
    terminal.keys(&["C-r"]);
    terminal.wait_for("of 500 messages");
    terminal.wait_for("entry 498.");
    // To the oldest, page by page.
    wait_until("the oldest is there", || {
        terminal.keys(&["G"]);
        terminal.screen().contains("FOUND  500 of 500") && terminal.screen().contains("entry 0.")
    });
    terminal.keys(&["Enter"]);
    terminal.wait_for("▾ msg");
    terminal.keys(&["Escape"]);
    terminal.keys(&["f"]);
    terminal.keys(&["-l", "logger.*"]);
    terminal.keys(&["Enter"]);
    terminal.wait_for("of 250 messages");
    terminal.keys(&["-l", ":since 1793909071"]);
    terminal.keys(&["Enter"]);
    terminal.wait_for("FOUND  10 of 10 messages");
    terminal.keys(&["u"]);
    terminal.keys(&["-l", "nonsense"]);
    terminal.keys(&["Enter"]);
    terminal.wait_for("write it as");
    terminal.keys(&["C-u"]);
    terminal.keys(&["-l", "1793909671"]);
    terminal.keys(&["Enter"]);
    terminal.wait_for("FOUND  5 of 5 messages");
    terminal.tmux(&["resize-window", "-x", "60", "-y", "15"]);
    terminal.wait_for("5 of 5");
    terminal.keys(&["q"]);
    terminal.expect_given_back();
}
