//! Screens compared with those of `golden/`; `UPDATE=1` writes them anew. What has changed there is
//! to be looked at before it is committed.

mod hostile;
mod keys;
mod past;
mod screens;
mod tasks;

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use fedhub::config::Config;
use fedhub::crypto::Verifier;
use fedhub::message::Message;
use fedhub::meta::Meta;
use fedhub::replay::Target;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{Event, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use unicode_width::UnicodeWidthStr;

use crate::feed::{Endpoint, Entry, Health, LogLine, News};
use crate::key::Key;
use crate::keymap::Keymap;
use crate::state::State;
use crate::state::about::Tools;
use crate::theme::Theme;
use crate::{input, view};

/// 2026-11-05 12:04:31 UTC.
const BEGIN: i64 = 1_793_880_271;

/// Messages as they are on a bus: topic after prefix and environment, who, and what.
const SAMPLES: [(&str, &str, &str); 8] = [
    (
        "git.receive",
        "git",
        r#"{"commit": {"branch": "f44", "repo": "kernel", "namespace": "rpms", "rev": "5e2a91", "summary": "Linux 6.19", "name": "Alice", "username": "alice", "email": "alice@example.org", "stats": {"files": {"kernel.spec": {"additions": 2, "deletions": 1, "lines": 3}}}}}"#,
    ),
    (
        "buildsys.build.state.change",
        "koji",
        r#"{"build_id": 2041, "name": "kernel", "version": "6.19", "release": "1.fc44", "instance": "primary", "old": null, "new": 0, "owner": "alice", "attribute": "state", "task_id": 77}"#,
    ),
    (
        "bodhi.update.comment",
        "bodhi",
        r#"{"comment": {"text": "Works for me", "karma": 1, "user": {"name": "bob"}, "author": "bob", "update": {"title": "kernel-6.19-1.fc44", "alias": "FEDORA-2026-1", "user": {"name": "alice"}}, "update_title": "kernel-6.19-1.fc44"}}"#,
    ),
    ("logger.log", "carol", r#"{"log": "nightly compose begins"}"#),
    (
        "wiki.article.edit",
        "wiki",
        r#"{"title": "日本語のページ", "user": "dörte", "url": "https://example.org/w", "summary": "", "minor_edit": false}"#,
    ),
    (
        "buildsys.build.state.change",
        "koji",
        r#"{"build_id": 2041, "name": "kernel", "version": "6.19", "release": "1.fc44", "instance": "primary", "old": 0, "new": 1, "owner": "alice", "attribute": "state", "task_id": 77}"#,
    ),
    ("logger.log", "mallory", r#"{"log": "\u001b[2J\u202e looks like the end"}"#),
    (
        "unheard.of",
        "dave",
        r#"{"list": [1, 2.5, null, {"deep": [[], {}]}], "empty": {}, "yes": true}"#,
    ),
];

/// A state with so many messages, the samples again and again.
fn state(count: usize) -> State {
    let mut state = State::new("tests", Keymap::default(), Theme::Terminal, TimeZone::UTC);
    // Reading the rules takes longer than most tests.
    static META: LazyLock<Arc<Meta>> =
        LazyLock::new(|| Arc::new(Meta::load(None, Default::default()).unwrap()));
    let meta = Arc::clone(&META);
    let verifier = Some(Verifier::signature_only());
    state.target = Some(relay());
    state.equip(Tools { meta, verifier });
    let endpoint = |name: &str, up| Endpoint {
        name: name.into(),
        address: format!("tcp://{name}.example.org:9940"),
        up,
        ..Endpoint::default()
    };
    let endpoints = vec![endpoint("hub", true), endpoint("mirror", false)];
    state.take(News::Health(Health { endpoints, missed: 3, fetched: 1 }));
    add(&mut state, count);
    state
}

/// A relay that is not there.
fn relay() -> Target {
    Target::new(&Config::default(), Some("tcp://relay.example.org:9941"), false)
}

/// Lets so many messages come.
fn add(state: &mut State, count: usize) {
    for _ in 0..count {
        let (topic, body) = message(state.received);
        push(state, &topic, body);
    }
}

/// The topic and the body of the message with this number.
fn message(number: u64) -> (String, Vec<u8>) {
    let (topic, user, msg) = SAMPLES[number as usize % SAMPLES.len()];
    let topic = format!("org.example.prod.{topic}");
    let signed = match number % 4 {
        2 => "",
        _ => r#""signature": "Zm9v", "certificate": "Zm9v", "crypto": "x509", "#,
    };
    let seconds = BEGIN + number as i64;
    let body = format!(
        r#"{{"i": {number}, "msg": {msg}, "msg_id": "2026-{number}", {signed}"timestamp": {seconds}, "topic": "{topic}", "username": "{user}"}}"#
    );
    (topic, body.into_bytes())
}

/// Lets a message come.
fn push(state: &mut State, topic: &str, body: Vec<u8>) {
    let number = state.received;
    let received = (BEGIN + number as i64) * 1_000_000;
    let message = Message::new(topic, body);
    let endpoint = Some("hub".to_owned());
    state.tick(received);
    state.take(News::Message(Arc::new(Entry { number, message, received, endpoint })));
}

fn log_line(level: tracing::Level, text: &str) -> News {
    News::Log(LogLine { time: BEGIN * 1_000_000, level, text: text.into() })
}

/// What is drawn once nothing is left to be found out.
fn drawn(state: &mut State, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    loop {
        let working = state.work();
        terminal.draw(|frame| view::draw(frame, state)).unwrap();
        if !working && !state.abouts.behind() {
            return terminal.backend().buffer().clone();
        }
    }
}

/// The characters of a screen, a line each, without spaces at the ends.
fn text(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    let line = |y| {
        let mut out = String::new();
        let mut x = 0;
        while x < area.width {
            let symbol = buffer[(x, y)].symbol();
            out.push_str(symbol);
            x += (symbol.width() as u16).max(1);
        }
        out.trim_end().to_owned()
    };
    (0..area.height).map(line).collect()
}

/// Types keys, given as text with spaces between; what is in quotes is typed as it is.
/// `click 3 5;` is the mouse at column and row, and so is `wheel 3 5;`, which turns up.
fn press(state: &mut State, keys: &str) {
    let mut rest = keys.trim_start();
    while !rest.is_empty() {
        if let Some((at, behind)) =
            rest.strip_prefix("click ").and_then(|rest| rest.split_once(';'))
        {
            mouse(state, MouseEventKind::Down(MouseButton::Left), at);
            rest = behind.trim_start();
        } else if let Some((at, behind)) =
            rest.strip_prefix("wheel ").and_then(|rest| rest.split_once(';'))
        {
            mouse(state, MouseEventKind::ScrollUp, at);
            rest = behind.trim_start();
        } else if let Some((typed, behind)) =
            rest.strip_prefix('"').and_then(|rest| rest.split_once('"'))
        {
            for character in typed.chars() {
                let key = if character == ' ' { "space".into() } else { character.to_string() };
                input::press(key.parse().unwrap(), state);
            }
            rest = behind.trim_start();
        } else {
            let (key, behind) = rest.split_once(' ').unwrap_or((rest, ""));
            input::press(key.parse::<Key>().unwrap(), state);
            rest = behind.trim_start();
        }
        // However fast this machine looks through messages.
        while state.work() {}
    }
}

/// Uses the mouse at a column and a row.
fn mouse(state: &mut State, kind: MouseEventKind, at: &str) {
    let (column, row) = at.split_once(' ').unwrap();
    let (column, row) = (column.parse().unwrap(), row.parse().unwrap());
    let event = MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
    input::handle(Event::Mouse(event), state);
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name)
}

/// Compares text with a file, or writes it.
#[track_caller]
fn compare(name: &str, actual: &str) {
    let path = golden(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, actual).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == actual,
        "{} is not what is drawn; UPDATE=1 writes it anew. Drawn is:\n{actual}",
        path.display()
    );
}
