//! What is different in two messages, line by line.

use std::time::{Duration, Instant};

use fedhub::canonical::Value;
use fedhub::colorizer::{self, Layout, Pieces};
use fedhub::crypto::CREDENTIALS;
use fedhub::message::Message;
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline, group_diff_ops};

use super::{Piece, Row};
use crate::text::count;
use crate::theme::Role;

/// How many characters of a message are compared.
const MOST: usize = 256 * 1024;
/// How long looking for few differences may take. After that, more are shown than there are.
const PATIENCE: Duration = Duration::from_millis(30);
/// How many lines that are alike stand around a difference.
const AROUND: usize = 3;

/// A line of JSON.
struct Line {
    /// What is compared; a comma at the end says only that more follows.
    text: String,
    pieces: Vec<Piece>,
}

/// The lines that are different, with some around them.
pub(super) fn rows(old: &Message, new: &Message) -> Vec<Row> {
    let ((old, all_old), (new, all_new)) = (lines(old), lines(new));
    let texts = |lines: &[Line]| -> Vec<String> { lines.iter().map(|l| l.text.clone()).collect() };
    let deadline = Some(Instant::now() + PATIENCE);
    let ops = capture_diff_slices_deadline(Algorithm::Myers, &texts(&old), &texts(&new), deadline);
    let mut rows = Vec::new();
    let mut shown = 0;
    for op in group_diff_ops(ops, AROUND).into_iter().flatten() {
        alike(&mut rows, &new[shown..op.new_range().start.max(shown)]);
        shown = op.new_range().end;
        match op {
            DiffOp::Equal { new_index, len, .. } => {
                rows.extend(new[new_index..new_index + len].iter().map(kept));
            }
            _ => {
                let (gone, come) = (op.old_range(), op.new_range());
                rows.extend(old[gone].iter().map(|line| changed(Role::Bad, "- ", line)));
                rows.extend(new[come].iter().map(|line| changed(Role::Good, "+ ", line)));
            }
        }
    }
    if rows.is_empty() {
        rows.push(note("there is no difference"));
    } else {
        alike(&mut rows, &new[shown..]);
    }
    if !(all_old && all_new) {
        rows.push(note(&format!("only the first {} characters are compared", count(MOST as u64))));
    }
    rows
}

/// Lines that are left out, unless it is only one.
fn alike(rows: &mut Vec<Row>, lines: &[Line]) {
    match lines {
        [] => {}
        [line] => rows.push(kept(line)),
        _ => rows.push(note(&format!("… {} lines are the same", count(lines.len() as u64)))),
    }
}

fn note(text: &str) -> Row {
    Row::plain(vec![(Role::Dim, text.to_owned())])
}

fn kept(line: &Line) -> Row {
    let sign = (Role::Dim, "  ".to_owned());
    Row::plain(std::iter::once(sign).chain(line.pieces.iter().cloned()).collect())
}

fn changed(role: Role, sign: &str, line: &Line) -> Row {
    let text: String = line.pieces.iter().map(|(_, text)| text.as_str()).collect();
    Row::plain(vec![(role, sign.to_owned()), (role, text)])
}

/// The lines of a message without its credentials, which are always different; and whether these are all.
fn lines(message: &Message) -> (Vec<Line>, bool) {
    let mut pieces = Pieces::default();
    let whole = match message.value() {
        Ok(value) => {
            let layout = Layout { most: MOST, ..Layout::INDENTED };
            colorizer::json(&without_credentials(value), layout, &mut pieces)
        }
        // Escaped, it is one line.
        Err(_) => {
            let text = String::from_utf8_lossy(message.body());
            let text = &text[..text.floor_char_boundary(MOST)];
            pieces.0 = vec![vec![colorizer::Piece::new(colorizer::Kind::Plain, text)]];
            text.len() == message.body().len()
        }
    };
    let line = |pieces: Vec<colorizer::Piece>| {
        let pieces: Vec<Piece> =
            pieces.into_iter().map(|piece| (piece.kind.into(), piece.text)).collect();
        let text: String = pieces.iter().map(|(_, text)| text.as_str()).collect();
        Line { text: text.trim_end_matches(',').to_owned(), pieces }
    };
    (pieces.0.into_iter().map(line).collect(), whole)
}

fn without_credentials(value: &Value) -> Value {
    let mut value = value.clone();
    if let Value::Object(members) = &mut value {
        CREDENTIALS.iter().for_each(|name| drop(members.remove(name)));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(old: &str, new: &str) -> Vec<String> {
        let message = |body: &str| Message::new("a.b.c.d", body.to_owned());
        let rows = rows(&message(old), &message(new));
        let text = |row: &Row| row.pieces.iter().map(|(_, text)| text.as_str()).collect();
        rows.iter().map(text).collect()
    }

    #[test]
    fn lines_that_come_and_go_have_signs() {
        let old = r#"{"b": 1, "a": [1, 2], "signature": "x", "z": {"k": "old"}}"#;
        let new = r#"{"a": [1, 2, 3], "b": 1, "signature": "y", "z": {"k": "new"}}"#;
        assert_eq!(
            diff(old, new),
            [
                "  {",
                "    \"a\": [",
                "      1,",
                "      2,",
                "+     3",
                "    ],",
                "    \"b\": 1,",
                "    \"z\": {",
                "-     \"k\": \"old\"",
                "+     \"k\": \"new\"",
                "    }",
                "  }",
            ]
        );
        assert_eq!(diff(old, old), ["there is no difference"]);
    }

    #[test]
    fn what_is_the_same_far_away_is_counted() {
        let list: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let of = |x: u8| format!(r#"{{"l": [{}], "x": {x}}}"#, list.join(","));
        let rows = diff(&of(1), &of(2));
        assert_eq!(rows[0], "… 100 lines are the same");
        assert!(rows.contains(&"-   \"x\": 1".to_owned()) && rows.len() < 10, "{rows:?}");
    }

    #[test]
    fn hostile_and_long_messages_are_compared_too() {
        let rows = diff(r#"{"a": "\u001b[2J"}"#, "not JSON\n\u{1b}[2J");
        assert!(rows.iter().all(|row| !row.chars().any(fedhub::escape::is_harmful)), "{rows:?}");
        let long = |n: u8| format!(r#"{{"a": "{}", "b": {n}}}"#, "x".repeat(1 << 20));
        let rows = diff(&long(1), &long(2));
        assert!(rows.last().unwrap().starts_with("only the first"), "{rows:?}");
        let many = |n: usize| {
            let items: Vec<String> = (0..60_000).map(|i| (i % 97 * n).to_string()).collect();
            format!("[{}]", items.join(","))
        };
        let begin = Instant::now();
        diff(&many(1), &many(7));
        // It would take hours to find the fewest.
        assert!(begin.elapsed() < Duration::from_secs(20));
    }
}
