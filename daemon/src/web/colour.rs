//! JSON for people: indented, with colours, as HTML. Everything in it is escaped here.

use fedhub::canonical::{Object, Value, to_vec};
use fedhub::escape;

/// When so much is written, the rest is left out.
const MAX: usize = 512 * 1024;
/// What lies deeper is written without indentation.
const MAX_DEPTH: usize = 40;

/// The value as HTML, and whether all of it is there.
pub(crate) fn html(value: &Value) -> (String, bool) {
    let mut out = String::new();
    write(value, 0, &mut out);
    let whole = out.len() < MAX;
    (out, whole)
}

fn write(value: &Value, depth: usize, out: &mut String) {
    if out.len() >= MAX {
        return;
    }
    match value {
        Value::Object(members) if !members.is_empty() && depth < MAX_DEPTH => {
            write_members(members, depth, out);
        }
        Value::Array(items) if !items.is_empty() && depth < MAX_DEPTH => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                line(number, depth + 1, out);
                write(item, depth + 1, out);
            }
            line(0, depth, out);
            out.push(']');
        }
        Value::Str(text) => span("s", &quoted(&text.to_string_lossy()), out),
        Value::Int(_) | Value::Float(_) => span("n", &plain(value), out),
        Value::Null | Value::Bool(_) => span("w", &plain(value), out),
        nested => push(&plain(nested), out),
    }
}

fn write_members(members: &Object, depth: usize, out: &mut String) {
    out.push('{');
    for (number, (key, value)) in members.iter().enumerate() {
        line(number, depth + 1, out);
        span("k", &quoted(&key.to_string_lossy()), out);
        out.push_str(": ");
        write(value, depth + 1, out);
    }
    line(0, depth, out);
    out.push('}');
}

fn line(number: usize, depth: usize, out: &mut String) {
    if number > 0 {
        out.push(',');
    }
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

fn plain(value: &Value) -> String {
    String::from_utf8_lossy(&to_vec(value)).into_owned()
}

/// The text as JSON has it, with what could turn text around written out.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if escape::is_harmful(c) => {
                let mut units = [0; 2];
                let units = c.encode_utf16(&mut units);
                quoted.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

fn span(class: &str, text: &str, out: &mut String) {
    out.push_str("<span class=\"");
    out.push_str(class);
    out.push_str("\">");
    push(text, out);
    out.push_str("</span>");
}

fn push(text: &str, out: &mut String) {
    for c in text.chars() {
        // A single long text is cut too.
        if out.len() >= MAX {
            return;
        }
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &str) -> (String, bool) {
        html(&fedhub::canonical::parse(json.as_bytes()).unwrap())
    }

    #[test]
    fn what_comes_from_the_bus_is_escaped() {
        let (text, whole) = written(r#"{"<b>":"</span><script>","x":"\u202e\u001b\"\ud800"}"#);
        assert!(whole);
        assert!(!text.contains("<b>") && !text.contains("<script>"), "{text}");
        assert!(text.contains("&lt;/span&gt;&lt;script&gt;"), "{text}");
        assert!(text.contains("\\u202e\\u001b\\&quot;"), "{text}");
    }

    #[test]
    fn it_is_indented_and_coloured() {
        let (text, _) = written(r#"{"a":[1,null],"b":{}}"#);
        let words = text.replace("<span class=\"k\">", "").replace("<span class=\"n\">", "");
        let words = words.replace("<span class=\"w\">", "").replace("</span>", "");
        let expected = "{\n  &quot;a&quot;: [\n    1,\n    null\n  ],\n  &quot;b&quot;: {}\n}";
        assert_eq!(words, expected);
    }

    #[test]
    fn deep_and_long_values_are_bounded() {
        let deep = "[".repeat(900) + &"]".repeat(900);
        assert!(written(&deep).0.len() < 20_000);
        let (text, whole) = written(&format!("[\"{}\"]", "<".repeat(MAX)));
        assert!(!whole && text.len() < 5 * MAX);
    }
}
