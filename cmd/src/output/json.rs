//! JSON for people: indented, coloured, with letters as they are.

use std::fmt::Write;

use fedhub::canonical::{Text, Value, to_vec};

use super::escape::is_harmful;

const KEY: &str = "\x1b[34m";
const STRING: &str = "\x1b[32m";
const OTHER: &str = "\x1b[36m";
/// Deeper levels are not indented further, or depth would multiply the size of the output.
const DEEPEST_INDENT: usize = 32;
const RESET: &str = "\x1b[0m";

/// How a value is laid out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// Members and items on lines of their own.
    pub(crate) indented: bool,
    /// Colours for a terminal.
    pub(crate) color: bool,
    /// Everything outside ASCII escaped, as on the wire.
    pub(crate) ascii: bool,
}

/// The text of a value.
pub(crate) fn render(value: &Value, layout: Layout) -> String {
    let mut out = String::new();
    write_value(value, layout, 0, &mut out);
    out
}

fn write_value(value: &Value, layout: Layout, depth: usize, out: &mut String) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, layout, depth + 1, out);
                write_value(item, layout, depth + 1, out);
            }
            close(']', layout, depth, out);
        }
        Value::Object(members) if !members.is_empty() => {
            out.push('{');
            for (index, (key, value)) in members.iter().enumerate() {
                separate(index, layout, depth + 1, out);
                painted(KEY, layout, out, |out| write_text(key, layout, out));
                out.push_str(if layout.indented { ": " } else { ":" });
                write_value(value, layout, depth + 1, out);
            }
            close('}', layout, depth, out);
        }
        Value::Str(text) => painted(STRING, layout, out, |out| write_text(text, layout, out)),
        scalar => painted(OTHER, layout, out, |out| {
            out.push_str(&String::from_utf8_lossy(&to_vec(scalar)));
        }),
    }
}

fn painted(color: &str, layout: Layout, out: &mut String, write: impl FnOnce(&mut String)) {
    if layout.color {
        out.push_str(color);
    }
    write(out);
    if layout.color {
        out.push_str(RESET);
    }
}

fn separate(index: usize, layout: Layout, depth: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
    break_line(layout, depth, out);
}

fn close(bracket: char, layout: Layout, depth: usize, out: &mut String) {
    break_line(layout, depth, out);
    out.push(bracket);
}

fn break_line(layout: Layout, depth: usize, out: &mut String) {
    if layout.indented {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth.min(DEEPEST_INDENT)));
    }
}

fn write_text(text: &Text, layout: Layout, out: &mut String) {
    let readable = text.as_str().filter(|_| !layout.ascii);
    let Some(text) = readable else {
        // The canonical form is ASCII, and shows lone surrogates as they are.
        out.push_str(&String::from_utf8_lossy(&to_vec(&Value::Str(text.clone()))));
        return;
    };
    out.push('"');
    for character in text.chars() {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use fedhub::canonical::parse;

    const PLAIN: Layout = Layout { indented: false, color: false, ascii: false };

    #[test]
    fn people_see_letters_and_never_control_characters() {
        let value = parse(br#"{"a":["\u00e9\u001b\u202e",1.0],"b":{},"c":NaN}"#).unwrap();
        assert_eq!(render(&value, PLAIN), r#"{"a":["é\u001b\u202e",1.0],"b":{},"c":NaN}"#);
        let ascii = Layout { indented: true, ascii: true, ..PLAIN };
        let expected = "{\n  \"a\": [\n    \"\\u00e9\\u001b\\u202e\",\n    1.0\n  ],\n  \"b\": {},\n  \"c\": NaN\n}";
        assert_eq!(render(&value, ascii), expected);
    }

    #[test]
    fn colour_is_reset_after_each_piece() {
        let value = parse(br#"{"a":1}"#).unwrap();
        let colored = render(&value, Layout { color: true, ..PLAIN });
        assert_eq!(colored, "{\x1b[34m\"a\"\x1b[0m:\x1b[36m1\x1b[0m}");
    }
}
