//! JSON for people: indented, coloured, with letters as they are.

use std::fmt::Write;

use super::pen::Pen;
use super::{Kind, Output, Piece};
use crate::canonical::{Text, Value, to_vec};
use crate::escape::is_harmful;

/// Deeper levels are not indented further, or depth would multiply the size of the output.
const DEEPEST_INDENT: usize = 32;
const INDENT: &str = "                                                                ";

/// How a value is laid out.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Members and items on lines of their own.
    pub indented: bool,
    /// Everything outside ASCII escaped, as on the wire.
    pub ascii: bool,
    /// So many characters are written at most, and the rest is left out.
    pub most: usize,
}

impl Layout {
    /// All of it on one line.
    pub const LINE: Self = Self { indented: false, ascii: false, most: usize::MAX };
    /// All of it over many lines.
    pub const INDENTED: Self = Self { indented: true, ..Self::LINE };
}

/// Writes a value; says whether all of it was written.
pub fn json(value: &Value, layout: Layout, out: &mut impl Output) -> bool {
    // One character more than fits tells that something is left out.
    let room = layout.most.saturating_add(1);
    let mut writer = Writer { pen: Pen::new(out, room), layout };
    writer.value(value, 0);
    writer.pen.room() > 0
}

/// The name of a member, in quotes.
pub fn key(name: &Text) -> Piece {
    Piece { text: quoted(name, false, usize::MAX), kind: Kind::Key }
}

/// A value on one line, as one piece: meant for what has no members or items.
pub fn scalar(value: &Value) -> Piece {
    let (kind, text) = single(value, false, usize::MAX);
    Piece { text, kind }
}

struct Writer<'a, O: Output> {
    pen: Pen<'a, O>,
    layout: Layout,
}

impl<O: Output> Writer<'_, O> {
    /// Recursion is safe: the parser nests no deeper than [`crate::canonical::MAX_DEPTH`].
    fn value(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Array(items) if !items.is_empty() => {
                self.pen.put(Kind::Punctuation, "[");
                for (index, item) in items.iter().enumerate() {
                    if !self.next(index, depth + 1) {
                        return;
                    }
                    self.value(item, depth + 1);
                }
                self.break_line(depth);
                self.pen.put(Kind::Punctuation, "]");
            }
            Value::Object(members) if !members.is_empty() => {
                self.pen.put(Kind::Punctuation, "{");
                for (index, (key, value)) in members.iter().enumerate() {
                    if !self.next(index, depth + 1) {
                        return;
                    }
                    let key = quoted(key, self.layout.ascii, self.pen.room());
                    self.pen.put(Kind::Key, &key);
                    self.pen.put(Kind::Punctuation, if self.layout.indented { ": " } else { ":" });
                    self.value(value, depth + 1);
                }
                self.break_line(depth);
                self.pen.put(Kind::Punctuation, "}");
            }
            single_value => {
                let (kind, text) = single(single_value, self.layout.ascii, self.pen.room());
                self.pen.put(kind, &text);
            }
        }
    }

    /// Goes to the next member or item; says whether there is room for it.
    fn next(&mut self, index: usize, depth: usize) -> bool {
        if index > 0 {
            self.pen.put(Kind::Punctuation, ",");
        }
        self.break_line(depth);
        self.pen.room() > 0
    }

    fn break_line(&mut self, depth: usize) {
        if self.layout.indented {
            self.pen.break_line(&INDENT[..2 * depth.min(DEEPEST_INDENT)]);
        }
    }
}

fn single(value: &Value, ascii: bool, most: usize) -> (Kind, String) {
    let plain = || String::from_utf8_lossy(&to_vec(value)).into_owned();
    match value {
        Value::Str(text) => (Kind::Text, quoted(text, ascii, most)),
        Value::Int(_) => (Kind::Number, plain()),
        Value::Float(number) if number.is_finite() => (Kind::Number, plain()),
        Value::Null | Value::Bool(_) | Value::Float(_) => (Kind::Word, plain()),
        Value::Array(_) | Value::Object(_) => (Kind::Punctuation, plain()),
    }
}

/// A text as JSON has it, of which no more than the first so many characters are needed.
fn quoted(text: &Text, ascii: bool, most: usize) -> String {
    let readable = text.as_str().filter(|_| !ascii);
    let Some(text) = readable else {
        // The canonical form is ASCII, and shows lone surrogates as they are.
        return String::from_utf8_lossy(&to_vec(&Value::Str(text.clone()))).into_owned();
    };
    let mut out = String::from("\"");
    for character in text.chars().take(most) {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ if is_harmful(character) => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}").expect("writing to memory does not fail");
                }
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}
