//! The values of a configuration file while it is evaluated.
//!
//! Lists, tuples, sets and dicts live in the [`Heap`] and values only point there: two names may
//! mean one list, as in Python, a list may even hold itself, and dropping never recurses.

use std::collections::HashMap;
use std::rc::Rc;

use super::heap::Id;
use super::syntax::Function;

/// A value, or the knowledge that it cannot be known.
#[derive(Debug, Clone)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(Rc<str>),
    List(Id),
    Tuple(Id),
    Set(Id),
    Dict(Id),
    /// Something defined outside the file, by its dotted path: a module, a function.
    Outside(Rc<str>),
    /// A function the file defines.
    Function(Rc<Function>),
    Unknown(Rc<Unknown>),
}

/// Why a value cannot be known.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unknown {
    /// Where; 0 until the evaluator fills it in.
    pub(super) line: usize,
    pub(super) reason: String,
    /// When the value was reached through a name: the name, and the line of the cause.
    pub(super) through: Option<(Rc<str>, usize)>,
}

impl Unknown {
    /// The reason in words.
    pub(super) fn text(&self) -> String {
        match &self.through {
            Some((name, line)) => format!("`{name}` is not known: {} (line {line})", self.reason),
            None => self.reason.clone(),
        }
    }
}

/// A reason short enough to be part of others.
pub(super) fn brief(reason: &str) -> String {
    reason.chars().take(200).collect()
}

/// A value, or why there is none.
pub(super) type Outcome<T = Value> = Result<T, Rc<Unknown>>;

/// The failure to know a value; the evaluator adds the line.
pub(super) fn unknown(reason: impl Into<String>) -> Rc<Unknown> {
    Rc::new(Unknown { line: 0, reason: brief(&reason.into()), through: None })
}

impl Value {
    pub(super) fn text(text: impl Into<Rc<str>>) -> Self {
        Value::Str(text.into())
    }

    /// What Python calls a value of this sort.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Value::None => "None",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Str(_) => "str",
            Value::List(_) => "list",
            Value::Tuple(_) => "tuple",
            Value::Set(_) => "set",
            Value::Dict(_) => "dict",
            Value::Outside(_) | Value::Function(_) => "function or module",
            Value::Unknown(_) => "value that is not known",
        }
    }

    /// The value, unless it is unknown.
    pub(super) fn known(self) -> Outcome {
        match self {
            Value::Unknown(why) => Err(why),
            value => Ok(value),
        }
    }

    /// A bool or an int, as an int.
    pub(super) fn as_int(&self) -> Option<i128> {
        match self {
            Value::Bool(value) => Some(i128::from(*value)),
            Value::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// Any number, as a float.
    pub(super) fn as_float(&self) -> Option<f64> {
        match self {
            Value::Float(value) => Some(*value),
            // Python rounds the same way, to the nearest float.
            _ => self.as_int().map(|int| int as f64),
        }
    }

    pub(super) fn str(&self) -> Outcome<Rc<str>> {
        match self {
            Value::Str(text) => Ok(text.clone()),
            Value::Unknown(why) => Err(why.clone()),
            other => Err(unknown(format!("a {} where a str is needed", other.type_name()))),
        }
    }

    pub(super) fn int(&self) -> Outcome<i128> {
        match self {
            Value::Unknown(why) => Err(why.clone()),
            other => other
                .as_int()
                .ok_or_else(|| unknown(format!("a {} where an int is needed", other.type_name()))),
        }
    }
}

/// What makes two dict keys the same key: `1`, `1.0` and `True` are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    None,
    Int(i128),
    /// A float that is no whole number, by its bits.
    Float(u64),
    Str(Rc<str>),
    Tuple(Vec<Key>),
}

/// A dict that keeps the order of its keys; also a set, whose values are `None`.
#[derive(Debug, Clone, Default)]
pub(super) struct Dict {
    /// Where in `entries` a key is.
    index: HashMap<Key, usize>,
    /// With a hole where a key was removed.
    entries: Vec<Option<Entry>>,
    /// Why there may be more entries than these.
    pub(super) missing: Vec<Rc<Unknown>>,
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: Value,
    pub(super) value: Value,
    /// Where the entry was set.
    pub(super) line: usize,
}

impl Dict {
    pub(super) fn get(&self, key: &Key) -> Option<&Entry> {
        self.index.get(key).and_then(|at| self.entries[*at].as_ref())
    }

    /// Sets a key; an existing one keeps its place.
    pub(super) fn set(&mut self, key: Key, entry: Entry) {
        let next = self.entries.len();
        let at = *self.index.entry(key).or_insert(next);
        if at == next {
            self.entries.push(Some(entry));
        } else {
            self.entries[at] = Some(entry);
        }
    }

    pub(super) fn remove(&mut self, key: &Key) -> Option<Entry> {
        self.index.remove(key).and_then(|at| self.entries[at].take())
    }

    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    /// How many steps it takes to look at every entry.
    pub(super) fn cost(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().flatten()
    }

    /// Nothing is known any more of what it holds.
    pub(super) fn blur(&mut self, why: &Rc<Unknown>) {
        for entry in self.entries.iter_mut().flatten() {
            entry.value = Value::Unknown(why.clone());
        }
        self.missing.push(why.clone());
    }
}
