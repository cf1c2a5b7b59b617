//! What a file defines as `config`, as a tree that can be merged into TOML tables.

use std::collections::HashSet;
use std::rc::Rc;

use super::eval::{Evaluator, at};
use super::heap::{Heap, Id};
use super::value::{Entry, Outcome, Unknown, Value, unknown};

/// A value of the configuration.
#[derive(Debug)]
pub(super) enum Tree {
    Leaf(toml::Value),
    Branch(Vec<(String, Tree)>),
    /// `None` or not known: what earlier files say is gone.
    Gone,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Note {
    pub(super) line: usize,
    pub(super) key: Option<String>,
    pub(super) reason: String,
}

/// What one file defines.
#[derive(Debug, Default)]
pub(super) struct Defined {
    /// Key, value, line.
    pub(super) entries: Vec<(String, Tree, usize)>,
    /// In the order of their lines.
    pub(super) notes: Vec<Note>,
}

/// What the evaluated file defines.
pub(super) fn defined(mut run: Evaluator<'_>) -> Defined {
    let config = run.names.get("config").map(|config| (config.value.clone(), config.line));
    let mut harvest = Harvest { heap: &mut run.heap, key: None, notes: Vec::new() };
    let mut entries = Vec::new();
    let failed = match config {
        None => Some((unknown("the file defines no `config`"), 1)),
        Some((Value::Dict(id), line)) => match harvest.config(id) {
            Ok(found) => {
                entries = found;
                None
            }
            Err(why) => Some((why, line)),
        },
        Some((Value::Unknown(why), line)) => Some((why, line)),
        Some((other, line)) => {
            Some((unknown(format!("`config` is a {}, not a dict", other.type_name())), line))
        }
    };
    let mut notes = harvest.notes;
    if run.heap.exhausted() {
        // What came before may be half done: a list that a loop fills, say.
        let reason = "the file needs more work than a configuration should; none of it is used";
        notes = vec![Note { line: run.line, key: None, reason: reason.into() }];
        return Defined { entries: Vec::new(), notes };
    }
    notes.extend(failed.map(|(why, line)| note(&at(why, line), None)));
    notes.extend(run.reports.iter().map(|why| note(why, None)));
    let mut seen = HashSet::new();
    notes.retain(|note| seen.insert(note.clone()));
    notes.sort();
    Defined { entries, notes }
}

fn note(why: &Rc<Unknown>, key: Option<String>) -> Note {
    Note { line: why.line, key, reason: why.text() }
}

struct Harvest<'a> {
    heap: &'a mut Heap,
    /// The top-level key we are under.
    key: Option<String>,
    notes: Vec<Note>,
}

impl Harvest<'_> {
    fn config(&mut self, id: Id) -> Outcome<Vec<(String, Tree, usize)>> {
        let mut trees = Vec::new();
        for (name, entry) in self.named(id)? {
            self.key = Some(name.clone());
            let tree = self.tree_or_note(&entry, 1);
            trees.push((name, tree, entry.line));
        }
        Ok(trees)
    }

    /// The entries whose keys can be keys in TOML; notes the others.
    fn named(&mut self, id: Id) -> Outcome<Vec<(String, Entry)>> {
        let dict = self.heap.dict(id);
        let cost = dict.cost() + dict.missing.len();
        let (entries, missing): (Vec<_>, Vec<_>) =
            (dict.entries().cloned().collect(), dict.missing.clone());
        self.heap.spend(1 + cost)?;
        for why in missing {
            self.notes.push(note(&why, self.key.clone()));
        }
        let mut named = Vec::new();
        let mut seen = HashSet::new();
        for entry in entries {
            let name = match &entry.key {
                Value::Str(text) => {
                    self.heap.spend_text(text.len())?;
                    Ok(text.to_string())
                }
                Value::Int(int) => Ok(int.to_string()),
                other => Err(format!("a {} as a key", other.type_name())),
            };
            let name = name.and_then(|name| {
                let first = seen.insert(name.clone());
                if first { Ok(name) } else { Err("two keys that are written alike".into()) }
            });
            match name {
                Ok(name) => named.push((name, entry)),
                Err(reason) => {
                    self.notes.push(Note { line: entry.line, key: self.key.clone(), reason });
                }
            }
        }
        Ok(named)
    }

    fn tree_or_note(&mut self, entry: &Entry, depth: usize) -> Tree {
        self.tree(&entry.value, depth).unwrap_or_else(|why| {
            self.notes.push(note(&at(why, entry.line), self.key.clone()));
            Tree::Gone
        })
    }

    fn tree(&mut self, value: &Value, depth: usize) -> Outcome<Tree> {
        self.heap.enter(depth)?;
        Ok(match value {
            Value::None => Tree::Gone,
            Value::Bool(value) => Tree::Leaf((*value).into()),
            Value::Int(int) => match i64::try_from(*int) {
                Ok(int) => Tree::Leaf(int.into()),
                Err(_) => return Err(unknown("an int too large for TOML")),
            },
            Value::Float(float) => Tree::Leaf((*float).into()),
            Value::Str(text) => {
                self.heap.spend_text(text.len())?;
                Tree::Leaf(toml::Value::String(text.to_string()))
            }
            Value::List(_) | Value::Tuple(_) | Value::Set(_) => {
                let mut items = Vec::new();
                for item in self.heap.items(value)? {
                    items.push(match self.tree(&item, depth + 1)? {
                        Tree::Leaf(value) => value,
                        Tree::Branch(entries) => toml::Value::Table(table(entries)),
                        Tree::Gone => return Err(unknown("TOML has no None in lists")),
                    });
                }
                Tree::Leaf(toml::Value::Array(items))
            }
            Value::Dict(id) => {
                let mut entries = Vec::new();
                for (name, entry) in self.named(*id)? {
                    self.heap.spend(1)?;
                    entries.push((name, self.tree_or_note(&entry, depth + 1)));
                }
                Tree::Branch(entries)
            }
            Value::Outside(path) => return Err(unknown(format!("`{path}` is not run"))),
            Value::Function(_) => return Err(unknown("a function")),
            Value::Unknown(why) => return Err(why.clone()),
        })
    }
}

/// Sets in `table` what `entries` hold: tables are merged, all else is replaced.
pub(super) fn merge(table: &mut toml::Table, entries: Vec<(String, Tree)>) {
    let mut gone = HashSet::new();
    for (name, tree) in entries {
        match (tree, table.get_mut(&name)) {
            (Tree::Gone, _) => {
                gone.insert(name);
            }
            (Tree::Branch(inner), Some(toml::Value::Table(old))) => merge(old, inner),
            (Tree::Branch(inner), _) => {
                table.insert(name, toml::Value::Table(self::table(inner)));
            }
            (Tree::Leaf(value), _) => {
                table.insert(name, value);
            }
        }
    }
    if !gone.is_empty() {
        table.retain(|name, _| !gone.contains(name));
    }
}

fn table(entries: Vec<(String, Tree)>) -> toml::Table {
    let mut table = toml::Table::new();
    merge(&mut table, entries);
    table
}
