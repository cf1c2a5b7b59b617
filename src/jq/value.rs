//! The values that expressions work on.
//!
//! jaq comes with values of its own; these differ in three ways. Every copy and every new value is
//! paid for (see [`super::budget`]), so an expression can be stopped anywhere. Nesting is limited,
//! since values are dropped, compared and printed by recursion. And objects are sorted by key as
//! those of [`canonical`] are, which needs no hashing.

use std::cmp::Ordering;
use std::fmt;
use std::rc::Rc;

use crate::canonical::{self, Int};

use super::budget::{self, Stop};

/// How deep a value may nest; documents may have [`canonical::MAX_DEPTH`].
const MAX_DEPTH: u16 = 1100;

/// What a value needs beside its text.
const SIZE: usize = size_of::<Val>();

/// One value. `Clone` is cheap and counted.
#[derive(Debug)]
pub(super) enum Val {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// The digits of an integer that needs more than 64 bits.
    Big(Rc<str>),
    Str(Rc<str>),
    Arr(Rc<Arr>),
    Obj(Rc<Obj>),
}

/// An array, and how deep it nests.
#[derive(Debug, Clone, Default)]
pub(super) struct Arr {
    pub(super) items: Vec<Val>,
    pub(super) depth: u16,
}

/// An object: members sorted by key, each key once; and how deep it nests.
#[derive(Debug, Clone, Default)]
pub(super) struct Obj {
    pub(super) members: Vec<(Rc<str>, Val)>,
    pub(super) depth: u16,
}

impl Clone for Val {
    fn clone(&self) -> Self {
        budget::spend(0);
        match self {
            Val::Null => Val::Null,
            Val::Bool(flag) => Val::Bool(*flag),
            Val::Int(number) => Val::Int(*number),
            Val::Float(number) => Val::Float(*number),
            Val::Big(digits) => Val::Big(digits.clone()),
            Val::Str(text) => Val::Str(text.clone()),
            Val::Arr(array) => Val::Arr(array.clone()),
            Val::Obj(object) => Val::Obj(object.clone()),
        }
    }
}

impl Val {
    /// A new string, paid for.
    pub(super) fn string(text: &str) -> Self {
        budget::spend(text.len());
        Val::Str(text.into())
    }

    /// A new array, paid for.
    pub(super) fn array(items: Vec<Val>) -> Self {
        budget::spend(items.len().saturating_mul(SIZE));
        let depth = above(items.iter());
        Val::Arr(Rc::new(Arr { items, depth }))
    }

    /// A new object, paid for, of members in any order: of a repeated key the last counts.
    pub(super) fn object(mut members: Vec<(Rc<str>, Val)>) -> Self {
        budget::spend(members.len().saturating_mul(2 * SIZE));
        if !members.is_sorted_by(|(a, _), (b, _)| a < b) {
            members.reverse();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            members.dedup_by(|(later, _), (first, _)| later == first);
        }
        let depth = above(members.iter().map(|(_, value)| value));
        Val::Obj(Rc::new(Obj { members, depth }))
    }

    /// How deep it nests.
    pub(super) fn depth(&self) -> u16 {
        match self {
            Val::Arr(array) => array.depth,
            Val::Obj(object) => object.depth,
            _ => 0,
        }
    }

    /// The text, if it is a string.
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Val::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one; large integers lose digits.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Val::Int(number) => Some(*number as f64),
            Val::Float(number) => Some(*number),
            Val::Big(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// What jq takes for true: anything but null and false.
    pub(super) fn is_true(&self) -> bool {
        !matches!(self, Val::Null | Val::Bool(false))
    }

    /// Pays for all of it, each part as often as it is in there: a few shared parts can make up
    /// something that is endless when written out.
    pub(super) fn weigh(&self) {
        match self {
            Val::Str(text) | Val::Big(text) => budget::spend(text.len()),
            Val::Arr(array) => array.items.iter().for_each(Val::weigh),
            Val::Obj(object) => object.members.iter().for_each(|(key, value)| {
                budget::spend(key.len());
                value.weigh();
            }),
            Val::Null | Val::Bool(_) | Val::Int(_) | Val::Float(_) => budget::spend(0),
        }
    }

    /// Its JSON, paid for.
    pub(super) fn to_json(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        budget::spend(out.capacity() / 64);
        match self {
            Val::Null => out.push_str("null"),
            Val::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Val::Int(number) => out.push_str(&number.to_string()),
            Val::Float(number) if number.is_nan() => out.push_str("null"),
            Val::Float(number) if number.is_infinite() => {
                out.push_str(if *number > 0.0 {
                    "1.7976931348623157e308"
                } else {
                    "-1.7976931348623157e308"
                });
            }
            Val::Float(number) => out.push_str(&format!("{number:?}")),
            Val::Big(digits) => out.push_str(digits),
            Val::Str(text) => write_text(text, out),
            Val::Arr(array) => {
                out.push('[');
                for (at, item) in array.items.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Val::Obj(object) => {
                out.push('{');
                for (at, (key, value)) in object.members.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    write_text(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    budget::spend(text.len());
    // Writing a string as JSON cannot fail.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// The depth of a value that has these inside.
pub(super) fn above<'a>(inside: impl Iterator<Item = &'a Val>) -> u16 {
    let depth = inside.map(Val::depth).max().unwrap_or(0) + 1;
    if depth > MAX_DEPTH {
        budget::stop(Stop::Depth);
    }
    depth
}

impl Obj {
    pub(super) fn find(&self, key: &str) -> Result<usize, usize> {
        self.members.binary_search_by(|(k, _)| (**k).cmp(key))
    }

    pub(super) fn get(&self, key: &str) -> Option<&Val> {
        self.find(key).ok().map(|at| &self.members[at].1)
    }

    pub(super) fn insert(&mut self, key: Rc<str>, value: Val) {
        self.depth = self.depth.max(above([&value].into_iter()));
        match self.find(&key) {
            Ok(at) => self.members[at].1 = value,
            Err(at) => {
                budget::spend(2 * SIZE + self.members.len() - at);
                self.members.insert(at, (key, value));
            }
        }
    }
}

impl From<&canonical::Value> for Val {
    fn from(value: &canonical::Value) -> Self {
        use canonical::Value;
        match value {
            Value::Null => Val::Null,
            Value::Bool(flag) => Val::Bool(*flag),
            Value::Int(Int::Small(number)) => Val::Int(*number),
            Value::Int(Int::Big(digits)) => Val::Big(digits.as_ref().into()),
            Value::Float(number) => Val::Float(*number),
            Value::Str(text) => Val::Str(text.to_string_lossy().as_ref().into()),
            Value::Array(items) => Val::array(items.iter().map(Val::from).collect()),
            Value::Object(object) => Val::object(
                object
                    .iter()
                    .map(|(key, value)| (key.to_string_lossy().as_ref().into(), Val::from(value)))
                    .collect(),
            ),
        }
    }
}

impl From<&Val> for canonical::Value {
    fn from(value: &Val) -> Self {
        use canonical::Value;
        match value {
            Val::Null => Value::Null,
            Val::Bool(flag) => Value::Bool(*flag),
            Val::Int(number) => Value::Int(Int::Small(*number)),
            Val::Float(number) => Value::Float(*number),
            Val::Big(digits) => Value::Int(Int::Big(digits.as_ref().into())),
            Val::Str(text) => Value::from(text.as_ref()),
            Val::Arr(array) => Value::Array(array.items.iter().map(Value::from).collect()),
            Val::Obj(object) => Value::Object(
                object.members.iter().map(|(key, value)| (key, Value::from(value))).collect(),
            ),
        }
    }
}

/// jq's order: null, booleans, numbers, strings, arrays, objects. NaN is below all numbers.
impl Ord for Val {
    fn cmp(&self, other: &Self) -> Ordering {
        budget::spend(0);
        match (self, other) {
            (Val::Bool(a), Val::Bool(b)) => a.cmp(b),
            (Val::Int(a), Val::Int(b)) => a.cmp(b),
            (Val::Str(a), Val::Str(b)) => {
                budget::work(a.len().min(b.len()));
                a.cmp(b)
            }
            (Val::Arr(a), Val::Arr(b)) => a.items.cmp(&b.items),
            (Val::Obj(a), Val::Obj(b)) => {
                let keys = |object: &Obj| object.members.len();
                let (left, right) = (a.members.iter(), b.members.iter());
                if keys(a) == 0 || keys(b) == 0 {
                    return keys(a).cmp(&keys(b));
                }
                let by_key = left.clone().map(|(k, _)| k).cmp(right.clone().map(|(k, _)| k));
                by_key.then_with(|| left.map(|(_, v)| v).cmp(right.map(|(_, v)| v)))
            }
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => a
                    .partial_cmp(&b)
                    .unwrap_or_else(|| (!a.is_nan()).cmp(&!b.is_nan()))
                    .then_with(|| self.precise().cmp(&other.precise())),
                _ => self.rank().cmp(&other.rank()),
            },
        }
    }
}

impl Val {
    /// Tells numbers apart that are the same as floats: sorting needs an order without exceptions.
    fn precise(&self) -> (i128, &str) {
        match self {
            Val::Int(number) => (i128::from(*number), ""),
            Val::Float(number) => (*number as i128, ""),
            Val::Big(digits) => (digits.parse().unwrap_or(i128::MAX), digits),
            _ => (0, ""),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Val::Null => 0,
            Val::Bool(_) => 1,
            Val::Int(_) | Val::Float(_) | Val::Big(_) => 2,
            Val::Str(_) => 3,
            Val::Arr(_) => 4,
            Val::Obj(_) => 5,
        }
    }
}

impl PartialOrd for Val {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Val {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Val {}

/// Its JSON.
impl fmt::Display for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}
