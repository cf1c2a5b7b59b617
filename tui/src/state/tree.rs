//! A JSON value as lines that can be folded.

use std::collections::HashSet;
use std::fmt::Write;

use fedhub::canonical::{Text, Value, to_vec};
use fedhub::colorizer::{self, Layout, Pieces};

use super::detail::{Piece, Row};
use crate::text;
use crate::theme::Role;

/// How many lines a value may have; more are not shown.
const MOST_LINES: usize = 20_000;
/// How much of a text is shown, in characters.
const LONGEST: usize = 4096;
/// From how many lines on deeper levels begin folded.
const MANY_LINES: usize = 300;
/// Which levels then stay open.
const OPEN_LEVELS: usize = 2;
/// Deeper levels are not indented further.
const DEEPEST_INDENT: usize = 12;

/// One step from a value into it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// A member of an object.
    Key(String),
    /// An item of a list.
    Index(usize),
}

/// Where a value is in a message.
pub type Path = Vec<Step>;

/// Which branches are folded, for all messages.
#[derive(Debug, Default)]
pub struct Folds {
    /// Those that are not as they begin.
    turned: HashSet<Path>,
    /// Whether all begin folded or open, once somebody asked for that.
    all: Option<bool>,
}

impl Folds {
    /// Turns one.
    pub fn turn(&mut self, path: &Path) {
        if !self.turned.remove(path) {
            self.turned.insert(path.clone());
        }
    }

    /// Folds or opens all.
    pub fn set_all(&mut self, folded: bool) {
        self.turned.clear();
        self.all = Some(folded);
    }

    fn folded(&self, path: &Path, many: bool) -> bool {
        let begins = self.all.unwrap_or(many && path.len() >= OPEN_LEVELS) && !path.is_empty();
        begins != self.turned.contains(path)
    }
}

/// The lines of a value.
pub fn lines(value: &Value, folds: &Folds) -> Vec<Row> {
    let many = exceeds(value, &mut MANY_LINES.clone());
    let mut writer = Writer { rows: Vec::new(), folds, many, path: Vec::new() };
    // The outermost braces say nothing, and what the message is about comes first.
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| place(&key.to_string_lossy()));
            members.into_iter().for_each(|(key, member)| writer.member(key, member));
        }
        other => writer.members(other),
    }
    if writer.rows.len() >= MOST_LINES {
        writer.rows.push(Row::plain(vec![(Role::Dim, "… and more".to_owned())]));
    }
    writer.rows
}

/// Where a field of a message stands: its content first, its credentials last.
fn place(key: &str) -> usize {
    const ORDER: [&str; 5] = ["msg", "", "crypto", "signature", "certificate"];
    ORDER.iter().position(|known| *known == key).unwrap_or(1)
}

/// Whether a value has more lines than are left.
fn exceeds(value: &Value, left: &mut usize) -> bool {
    if *left == 0 {
        return true;
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter().any(|item| exceeds(item, left)),
        Value::Object(members) => members.iter().any(|(_, member)| exceeds(member, left)),
        _ => false,
    }
}

struct Writer<'a> {
    rows: Vec<Row>,
    folds: &'a Folds,
    many: bool,
    path: Path,
}

impl Writer<'_> {
    fn members(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(key, member)| self.member(key, member));
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let name = (Role::Punctuation, format!("[{index}]"));
                    self.line(Step::Index(index), name, item);
                }
            }
            scalar => self.rows.push(Row::plain(vec![self::scalar(scalar)])),
        }
    }

    fn member(&mut self, key: &Text, value: &Value) {
        let name = cut(&key.to_string_lossy());
        self.line(Step::Key(name.clone()), (Role::Field, name), value);
    }

    fn line(&mut self, step: Step, name: Piece, value: &Value) {
        if self.rows.len() >= MOST_LINES {
            return;
        }
        let indent = "  ".repeat(self.path.len().min(DEEPEST_INDENT));
        self.path.push(step);
        let count = match value {
            Value::Array(items) => Some((items.len(), "[", "]")),
            Value::Object(members) => Some((members.len(), "{", "}")),
            _ => None,
        };
        let folded =
            count.is_some_and(|(count, ..)| count > 0 && self.folds.folded(&self.path, self.many));
        let sign = match count {
            Some((1.., ..)) if folded => "▸ ",
            Some((1.., ..)) => "▾ ",
            _ => "  ",
        };
        let mut pieces = vec![(Role::Punctuation, indent + sign), name];
        match count {
            Some((0, open, close)) => pieces.push((Role::Punctuation, format!(" {open}{close}"))),
            Some((count, open, close)) if folded => {
                pieces.push((Role::Punctuation, format!(" {open}{count}{close}")));
            }
            Some(_) => {}
            None => pieces.extend([(Role::Text, "  ".to_owned()), scalar(value)]),
        }
        let foldable = count.is_some_and(|(count, ..)| count > 0);
        self.rows.push(Row {
            pieces,
            path: Some(self.path.clone()),
            folded: foldable.then_some(folded),
            clause: None,
        });
        if foldable && !folded {
            self.members(value);
        }
        self.path.pop();
    }
}

/// A value that is no list and no object.
fn scalar(value: &Value) -> Piece {
    let mut pieces = Pieces::default();
    let layout = Layout { most: LONGEST, ..Layout::LINE };
    let whole = colorizer::json(value, layout, &mut pieces);
    let mut shown = String::new();
    let mut role = Role::Text;
    for piece in pieces.0.into_iter().flatten() {
        role = piece.kind.into();
        shown += &piece.text;
    }
    if !whole {
        let all = value.as_str().map_or_else(|| json(value).len(), str::len);
        // Writing to memory does not fail.
        let _ = write!(shown, "… ({} bytes)", text::count(all as u64));
    }
    (role, shown)
}

fn json(value: &Value) -> String {
    String::from_utf8_lossy(&to_vec(value)).into_owned()
}

fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(LONGEST)].to_owned()
}

/// The filter that asks for this value, in jq: `.msg.branch == "f40"`. An item of a list may be any
/// of them.
pub fn clause(path: &Path, value: &Value, not: bool) -> Option<String> {
    if matches!(value, Value::Array(_) | Value::Object(_)) {
        return None;
    }
    let mut place = String::new();
    let mut of_list = false;
    for step in path {
        match step {
            Step::Key(key) if is_plain(key) => {
                let _ = write!(place, ".{key}");
            }
            Step::Key(key) => {
                let dot = if place.is_empty() { "." } else { "" };
                let _ = write!(place, "{dot}[{}]", json(&Value::from(key.as_str())));
            }
            Step::Index(_) => {
                place.push_str("[]");
                of_list = true;
            }
        }
    }
    if place.starts_with('[') {
        place.insert(0, '.');
    }
    let (sign, all) = if not { ("!=", "all") } else { ("==", "any") };
    let value = json(value);
    Some(match of_list {
        true => format!("{all}({place}; . {sign} {value})"),
        false => format!("{place} {sign} {value}"),
    })
}

fn is_plain(key: &str) -> bool {
    key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && key.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
}

/// The value at a path.
pub fn at<'a>(value: &'a Value, path: &[Step]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, step| match (value, step) {
        (Value::Object(members), Step::Key(key)) => members.get(key),
        (Value::Array(items), Step::Index(index)) => items.get(*index),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use fedhub::canonical::parse;

    use super::*;

    fn shown(text: &str, folds: &Folds) -> Vec<String> {
        let rows = lines(&parse(text.as_bytes()).unwrap(), folds);
        rows.iter().map(|row| row.pieces.iter().map(|(_, text)| text.as_str()).collect()).collect()
    }

    #[test]
    fn branches_fold_and_open() {
        let text = r#"{"a": {"b": [1, "x"], "c": {}}, "d": null}"#;
        let mut folds = Folds::default();
        let open = ["▾ a", "  ▾ b", "      [0]  1", "      [1]  \"x\"", "    c {}", "  d  null"];
        assert_eq!(shown(text, &folds), open);
        folds.turn(&vec![Step::Key("a".into()), Step::Key("b".into())]);
        assert_eq!(shown(text, &folds)[1], "  ▸ b [2]");
        folds.set_all(true);
        assert_eq!(shown(text, &folds), ["▸ a {2}", "  d  null"]);
        folds.turn(&vec![Step::Key("a".into())]);
        assert_eq!(shown(text, &folds), ["▾ a", "  ▸ b [2]", "    c {}", "  d  null"]);
    }

    #[test]
    fn much_begins_folded_and_ends_somewhere() {
        let list = vec!["{\"a\":{\"b\":{\"c\":1}}}"; 20_000].join(",");
        let rows = shown(&format!("{{\"l\":[{list}]}}"), &Folds::default());
        assert_eq!(rows[1], "  ▸ [0] {1}");
        let mut folds = Folds::default();
        folds.set_all(false);
        let rows = shown(&format!("{{\"l\":[{list}]}}"), &folds);
        assert_eq!((rows.len(), rows.last().unwrap().as_str()), (MOST_LINES + 1, "… and more"));
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(900), "]".repeat(900));
        assert!(shown(&deep, &folds).iter().all(|row| row.len() < 100));
    }

    #[test]
    fn clauses_are_what_filters_read() {
        let message = parse(br#"{"msg":{"b":"f\"40","odd key":[{"n":1}],"t":true}}"#).unwrap();
        let key = |name: &str| Step::Key(name.into());
        for (path, expected) in [
            (vec![key("msg"), key("b")], r#".msg.b == "f\"40""#),
            (vec![key("msg"), key("t")], ".msg.t == true"),
            (
                vec![key("msg"), key("odd key"), Step::Index(0), key("n")],
                r#"any(.msg["odd key"][].n; . == 1)"#,
            ),
        ] {
            let value = at(&message, &path).unwrap();
            assert_eq!(clause(&path, value, false).unwrap(), expected);
            let found = fedhub::jq::Program::compile(expected, &fedhub::filter::VARIABLES);
            assert!(found.is_ok(), "{expected}");
        }
        assert_eq!(clause(&vec![key("msg")], at(&message, &[key("msg")]).unwrap(), false), None);
    }
}
