//! Every view in every size, and one screen in every theme.

use std::fmt::Write;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use tracing::Level;

use fedhub::canonical::{Object, Value, to_vec};
use fedhub::crypto::Signer;
use fedhub::crypto::authority::{Authority, Options};
use fedhub::crypto::dated::{Dated, What};
use fedhub::daemons::{Consumer, Told};
use fedhub::journal::{Cursor, Gap, GapKey, GapReport, Lag};
use fedhub::message::Message;
use fedhub::meta::Meta;
use fedhub::store::Archived;

use super::{BEGIN, compare, drawn, log_line, message, press, push, state, text};
use crate::feed::News;
use crate::feed::daemons::{Kept, Seen};
use crate::query::{Answer, Found};
use crate::state::State;
use crate::state::about::Tools;
use crate::theme::Theme;

const SIZES: [(u16, u16); 3] = [(60, 15), (80, 24), (140, 40)];

/// Draws in all sizes and compares.
#[track_caller]
fn screens(name: &str, make: impl Fn() -> State) {
    let mut out = String::new();
    for (width, height) in SIZES {
        let _ = writeln!(out, "== {width}x{height}");
        let screen = drawn(&mut make(), width, height);
        for line in text(&screen) {
            let _ = writeln!(out, "|{line}");
        }
    }
    compare(&format!("{name}.txt"), &out);
}

fn with_keys(count: usize, keys: &'static str) -> impl Fn() -> State {
    move || {
        let mut state = state(count);
        // Pages and parts are known once they were drawn.
        drawn(&mut state, 80, 24);
        press(&mut state, keys);
        state
    }
}

#[test]
fn the_stream() {
    screens("stream", || state(100));
    screens("stream-empty", || state(0));
    screens("stream-bookmarks", with_keys(100, "m k k m k d M"));
    screens("stream-filtered", with_keys(100, r#"f "package=kernel git.*" enter"#));
    screens("stream-searched", with_keys(100, r#"/ "compose" enter"#));
}

#[test]
fn the_verdict_on_each_message_is_a_sign() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options::default();
    let authority = Authority::create(dir.path(), "tests", &options, BEGIN).unwrap();
    authority.issue(&["shell".into()], &options, BEGIN).unwrap();
    let signer = Signer::from_dir(dir.path(), "shell").unwrap();
    let topic = "org.example.prod.logger.log";
    let mut signed = Object::default();
    signed.insert("topic", topic);
    signed.insert("i", "to be signed");
    let mut state = state(0);
    let mut send =
        |object: &Object| push(&mut state, topic, to_vec(&Value::Object(object.clone())));
    send(&signed);
    signer.sign(&mut signed).unwrap();
    send(&signed);
    signed.insert("i", "changed since");
    send(&signed);
    let lines = text(&drawn(&mut state, 80, 24));
    let signs: Vec<char> = lines[2..5].iter().map(|line| line.chars().nth(10).unwrap()).collect();
    assert_eq!(signs, ['-', '✓', '✗'], "{lines:?}");
}

#[test]
fn only_what_is_shown_is_looked_into() {
    let mut state = state(500);
    assert_eq!(state.abouts.len(), 0);
    drawn(&mut state, 80, 24);
    assert_eq!(state.abouts.len(), 21);
    // Topics are enough for this filter, and what remains fits the screen.
    press(&mut state, r#"f "nobody.*" enter"#);
    drawn(&mut state, 80, 24);
    assert_eq!(state.abouts.len(), 21);
}

#[test]
fn the_message() {
    screens("message-tree", with_keys(8, "enter"));
    screens("message-facts", with_keys(1, "enter ]"));
    screens("message-signature", with_keys(2, "enter ] ]"));
    screens("message-raw", with_keys(4, "enter ] ] ]"));
    screens("message-diff", with_keys(8, "k k k k k k d j j j j d"));
    screens("message-why", with_keys(1, r#"f "user=alice" enter w"#));
}

#[test]
fn the_log() {
    screens("log", || {
        let mut state = with_keys(0, "5")();
        state.take(log_line(Level::INFO, "connected to hub"));
        state.take(log_line(Level::WARN, "ca-unavailable: a file \x1b[31m is missing"));
        state.take(log_line(Level::ERROR, "the feed ended"));
        state
    });
}

#[test]
fn a_filter_that_is_typed_before_the_rules_are_there_stays() {
    let mut state = state(20);
    press(&mut state, r#"f "git.*" enter"#);
    let meta = state.abouts.meta().cloned().unwrap();
    state.equip(Tools { meta, verifier: None });
    assert_eq!(state.stream.filter().map(|(text, _)| text), Some("git.*"));
}

#[test]
fn what_lies_over_the_views() {
    screens("help", with_keys(8, "?"));
    screens("help-message", with_keys(8, "enter ?"));
    screens("prompt", with_keys(8, r#"f "user=alice pack" tab"#));
    screens("replay-dry-run", || {
        let mut state = with_keys(40, "")();
        // Nothing is judged.
        let meta = Arc::new(Meta::load(None, Default::default()).unwrap());
        state.equip(Tools { meta, verifier: None });
        press(&mut state, r#"r ctrl-u "shown" enter"#);
        state
    });
    screens("prompt-wrong", with_keys(8, r#"f "usr=alice""#));
}

#[test]
fn a_screen_in_each_theme() {
    for theme in Theme::ALL {
        let mut state = with_keys(20, r#"/ "kernel" enter enter"#)();
        state.theme = theme;
        compare(&format!("theme-{}.txt", theme.name()), &styled(&drawn(&mut state, 80, 24)));
    }
}

/// The lines of a screen, and below each which style its characters have; the styles follow.
fn styled(buffer: &Buffer) -> String {
    let mut styles = Vec::new();
    let mut out = String::new();
    for (y, line) in text(buffer).iter().enumerate() {
        let codes: String = (0..buffer.area.width)
            .map(|x| {
                let cell = &buffer[(x, y as u16)];
                let style = (cell.fg, cell.bg, cell.modifier);
                let known = styles.iter().position(|known| *known == style);
                let at = known.unwrap_or_else(|| {
                    styles.push(style);
                    styles.len() - 1
                });
                char::from(b'a' + at as u8)
            })
            .collect();
        let _ = writeln!(out, "|{line}\n {codes}");
    }
    for (at, (fg, bg, modifier)) in styles.iter().enumerate() {
        let _ = writeln!(out, "{}: {fg} on {bg} {modifier:?}", char::from(b'a' + at as u8));
    }
    out
}

#[test]
fn mono_has_no_colour() {
    let mut state = with_keys(20, r#"/ "kernel" enter enter"#)();
    state.theme = Theme::Mono;
    let buffer = drawn(&mut state, 140, 40);
    assert!(buffer.content.iter().all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)));
    assert!(buffer.content.iter().any(|cell| cell.modifier.contains(Modifier::REVERSED)));
}

#[test]
fn any_size_is_drawn() {
    for keys in ["", "enter", "enter ?", ": tab", "2", "2 tab", "2 tab tab", "3", "4"] {
        let state = with_keys(30, keys);
        for (width, height) in [(1, 1), (19, 5), (20, 5), (33, 7), (60, 15), (300, 100)] {
            drawn(&mut state(), width, height);
        }
    }
}

#[test]
fn the_topics() {
    screens("topics", with_keys(100, "2"));
    screens("topics-branch", with_keys(100, "2 Z j j j j"));
    screens("topics-busiest", with_keys(100, "2 tab"));
    screens("topics-totals", with_keys(100, "2 tab tab"));
    screens("topics-empty", with_keys(0, "2"));
}

#[test]
fn the_consumers() {
    screens("consumers", watched("3"));
    screens("consumers-more", watched("3 j j j j j j"));
    screens("consumers-none", with_keys(0, "3"));
}

#[test]
fn the_archive() {
    screens("archive", archived("4"));
    screens("archive-message", archived("4 j j enter"));
    screens("archive-empty", || {
        let mut state = with_keys(0, "4 : \"since -1d\" enter")();
        state.tick(BEGIN * 1_000_000);
        let found = Ok(Found::Page { messages: Vec::new(), next: None });
        state.archive.take(Answer { question: 1, found });
        state
    });
    screens("archive-failed", || {
        let mut state = with_keys(0, "4")();
        state.tick(BEGIN * 1_000_000);
        let found = Err("cannot connect to db.example.org: connection refused\u{1b}[2J".into());
        state.archive.take(Answer { question: 1, found });
        state
    });
}

/// A state for which the archive has found something.
fn archived(keys: &'static str) -> impl Fn() -> State {
    move || {
        let mut state = state(0);
        press(&mut state, r#"f "package=kernel" enter 4"#);
        let now = (BEGIN + 86_400) * 1_000_000;
        state.tick(now);
        let message = |number: u64| {
            let (topic, body) = message(number);
            let received = (BEGIN + number as i64) * 1_000_000;
            let message = Message::new(topic, body);
            let one = Archived::new(message, received, "valid", Meta::embedded());
            Archived { id: number as i64 + 1, ..one }
        };
        let messages: Vec<_> = (0..50).rev().map(message).collect();
        let next = messages.last().map(Archived::position);
        let answer = |found| Answer { question: 1, found: Ok(found) };
        state.archive.take(answer(Found::Page { messages, next }));
        state.archive.take(answer(Found::Count(Some((1234, true)))));
        drawn(&mut state, 80, 24);
        press(&mut state, keys);
        state
    }
}

/// A host with a bit of everything.
fn watched(keys: &'static str) -> impl Fn() -> State {
    move || {
        let mut state = state(100);
        let consumer = |name: &str, initialized, backlog| Consumer {
            name: name.into(),
            initialized,
            backlog: Some(backlog),
            oldest: Some(if backlog > 0 { 75.0 } else { 0.0 }),
            done: Some(4711),
            failures: Some(u64::from(!initialized) * 12),
            quarantined: Some(0),
        };
        let time = state.now - 1_500_000;
        let trouble = "hub: consumer mail: cannot connect to mail.example.org: refused\u{1b}[2J";
        let hub = Told {
            problems: vec![trouble.into()],
            consumers: vec![consumer("irc", true, 0), consumer("mail", false, 1234)],
        };
        let daemon = |role: &str, said| {
            let door = "127.0.0.1:9923".into();
            News::Seen(Seen::Daemon { role: role.into(), door, time, said })
        };
        state.take(daemon("hub", Ok(hub)));
        state.take(daemon("relay", Ok(Told::default())));
        state.take(daemon("gateway", Err("connection refused".into())));
        let cursor = Cursor {
            name: "irc".into(),
            position: 815,
            moved: time,
            behind: 0,
            delivered: 800,
            lost: 0,
        };
        let key = GapKey {
            endpoint: "tcp://hub.example.org:9940".into(),
            stream: "relay.hub01".into(),
            epoch: "a".into(),
            first: 12,
        };
        let report = GapReport {
            key,
            last: 14,
            numbered: true,
            missed: 3,
            recovered: 1,
            lost: 0,
            closed: false,
            note: None,
        };
        let gaps = vec![Gap { id: 1, report, opened: time, closed: None }];
        let kept = Kept { cursors: vec![(cursor, Lag::default(), 2)], gaps, gap_count: 1 };
        state.take(News::Seen(Seen::Journal { role: "hub".into(), time, found: Ok(kept) }));
        let unreadable = Err("cannot open nommer.db: permission denied".into());
        state.take(News::Seen(Seen::Journal { role: "nommer".into(), time, found: unreadable }));
        let dated = |what, name: &str, days_left| Dated { what, name: name.into(), days_left };
        state.take(News::Seen(Seen::Dates(vec![
            dated(What::Ca, "Example CA", Ok(812.4)),
            dated(What::Crl, "Example CA", Ok(5.0)),
            dated(What::Own, "shell-host", Err("has run out on 2026-10-01T00:00:00Z".into())),
        ])));
        press(&mut state, keys);
        state
    }
}
