//! Every view in every size, and one screen in every theme.

use std::fmt::Write;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use tracing::Level;

use fedhub::canonical::{Object, Value, to_vec};
use fedhub::crypto::Signer;
use fedhub::crypto::authority::{Authority, Options};
use fedhub::meta::Meta;

use super::{BEGIN, compare, drawn, log_line, press, push, state, text};
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
    for keys in ["", "enter", "enter ?", ": tab"] {
        let state = with_keys(30, keys);
        for (width, height) in [(1, 1), (19, 5), (20, 5), (33, 7), (60, 15), (300, 100)] {
            drawn(&mut state(), width, height);
        }
    }
}
