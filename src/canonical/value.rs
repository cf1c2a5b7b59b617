//! The values a bus document is made of. They hold what JSON in Python can hold, which is more than
//! `serde_json` can: integers of any size, `NaN`, lone surrogates.

use std::borrow::Cow;
use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use smallvec::SmallVec;

/// One JSON value.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number written without fraction and exponent.
    Int(Int),
    /// Any other number, `NaN` and the infinities included.
    Float(f64),
    /// A string.
    Str(Text),
    /// `[…]`
    Array(Vec<Value>),
    /// `{…}`
    Object(Object),
}

/// An integer of any size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Int {
    /// One that fits 64 bits.
    Small(i64),
    /// The decimal digits, with a leading `-` if negative, of one that does not.
    Big(Box<str>),
}

/// A string as Python has it: Unicode that may contain lone surrogates. Kept as WTF-8, whose byte
/// order is the order of code points.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text(Bytes);

/// Keys and most values are short; those need no allocation.
pub(super) type Bytes = SmallVec<[u8; 16]>;

impl Text {
    /// From bytes the parser has made: valid WTF-8.
    pub(super) fn from_wtf8(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// The WTF-8 bytes; UTF-8 unless there are lone surrogates.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text, unless it has lone surrogates.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The text, with each byte of a lone surrogate replaced by U+FFFD.
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Bytes::from_slice(text.as_bytes()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Bytes::from_vec(text.into_bytes()))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string_lossy())
    }
}

/// The members of an object, sorted by key, each key once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(Vec<(Text, Value)>);

impl Object {
    /// An object without members.
    pub fn new() -> Self {
        Self::default()
    }

    /// From members as they were written: of a repeated key the last one counts.
    pub(super) fn from_members(mut members: Vec<(Text, Value)>) -> Self {
        if !members.is_sorted_by(|(a, _), (b, _)| a < b) {
            members.reverse();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            members.dedup_by(|(later, _), (first, _)| later == first);
        }
        Self(members)
    }

    fn find(&self, key: &[u8]) -> Result<usize, usize> {
        self.0.binary_search_by(|(k, _)| k.as_bytes().cmp(key))
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.find(key.as_bytes()).ok().map(|at| &self.0[at].1)
    }

    /// The text of `key`, if it is a string without lone surrogates.
    pub fn get_str(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_str)
    }

    /// Sets `key`, and returns what it was before.
    pub fn insert(&mut self, key: &str, value: impl Into<Value>) -> Option<Value> {
        match self.find(key.as_bytes()) {
            Ok(at) => Some(std::mem::replace(&mut self.0[at].1, value.into())),
            Err(at) => {
                self.0.insert(at, (key.into(), value.into()));
                None
            }
        }
    }

    /// Removes `key`, and returns its value.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.find(key.as_bytes()).ok().map(|at| self.0.remove(at).1)
    }

    /// The members in key order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Text, &Value)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Value {
    /// The text, if it is a string without lone surrogates.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(text) => text.as_str(),
            _ => None,
        }
    }

    /// The number, if it is an integer of 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Int(Int::Small(number)) => Some(*number),
            _ => None,
        }
    }

    /// The members, if it is an object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The value at a dotted path (`a.b.0`): keys of objects, indexes of arrays.
    pub fn at(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(self, |value, step| match value {
            Value::Object(object) => object.get(step),
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&super::to_vec(self)))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Str(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Str(text.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(Int::Small(number))
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Value::Object(object)
    }
}

impl<K: AsRef<str>, V: Into<Value>> FromIterator<(K, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(members: I) -> Self {
        Self::from_members(
            members.into_iter().map(|(key, value)| (key.as_ref().into(), value.into())).collect(),
        )
    }
}

/// For YAML and templates. What these formats cannot hold is approximated: lone surrogates become
/// U+FFFD, integers above 128 bits become their digits as text.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(flag) => serializer.serialize_bool(*flag),
            Value::Int(Int::Small(number)) => serializer.serialize_i64(*number),
            Value::Int(Int::Big(digits)) => match (digits.parse::<u64>(), digits.parse::<i128>()) {
                (Ok(number), _) => serializer.serialize_u64(number),
                (_, Ok(number)) => serializer.serialize_i128(number),
                _ => serializer.serialize_str(digits),
            },
            Value::Float(number) => serializer.serialize_f64(*number),
            Value::Str(text) => serializer.serialize_str(&text.to_string_lossy()),
            Value::Array(items) => serializer.collect_seq(items),
            Value::Object(object) => {
                let mut map = serializer.serialize_map(Some(object.len()))?;
                for (key, value) in object.iter() {
                    map.serialize_entry(&key.to_string_lossy(), value)?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_repeated_key_the_last_counts() {
        let members = vec![("b", 1), ("a", 2), ("b", 3), ("a", 4)];
        let object = Object::from_members(
            members.into_iter().map(|(k, v)| (k.into(), Value::from(v))).collect(),
        );
        assert_eq!(format!("{:?}", Value::from(object)), r#"{"a":4,"b":3}"#);
    }

    #[test]
    fn members_are_set_found_and_removed() {
        let mut object = Object::new();
        assert_eq!(object.insert("k", 1), None);
        assert_eq!(object.insert("k", 2), Some(Value::from(1)));
        assert_eq!(object.get("k"), Some(&Value::from(2)));
        assert_eq!(object.remove("k"), Some(Value::from(2)));
        assert!(object.is_empty());
    }

    #[test]
    fn paths_reach_into_objects_and_arrays() {
        let value = super::super::parse(br#"{"msg":{"files":[{"n":"x"}]}}"#).unwrap();
        assert_eq!(value.at("msg.files.0.n").and_then(Value::as_str), Some("x"));
        assert_eq!(value.at("msg.files.1"), None);
        assert_eq!(value.at("msg.files.n"), None);
    }
}
