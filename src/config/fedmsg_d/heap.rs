//! Where lists and dicts live, and the budget of work: both bounded, so that no file can hang
//! fedhub or fill its memory.

use std::cmp::Ordering;
use std::rc::Rc;

use super::value::{Dict, Entry, Key, Outcome, Unknown, Value, unknown};

/// How much work one file may cause; a large real one needs about a hundredth.
const MAX_STEPS: usize = 500_000;
/// How deep values may be nested. TOML readers commonly stop at 80.
const MAX_NESTING: usize = 60;

/// The place of a list or dict in the heap.
pub(super) type Id = usize;

#[derive(Default)]
pub(super) struct Heap {
    /// Lists and tuples.
    lists: Vec<Vec<Value>>,
    /// Dicts and sets.
    dicts: Vec<Dict>,
    steps: usize,
}

impl Heap {
    /// Takes `steps` from the budget. Once it is used up, every further call fails.
    pub(super) fn spend(&mut self, steps: usize) -> Outcome<()> {
        self.steps = self.steps.saturating_add(steps);
        if self.exhausted() { Err(unknown("more work than a configuration needs")) } else { Ok(()) }
    }

    /// The steps for handling a text of this length.
    pub(super) fn spend_text(&mut self, bytes: usize) -> Outcome<()> {
        self.spend(1 + bytes / 64)
    }

    pub(super) fn exhausted(&self) -> bool {
        self.steps > MAX_STEPS
    }

    pub(super) fn list(&self, id: Id) -> &Vec<Value> {
        &self.lists[id]
    }

    pub(super) fn list_mut(&mut self, id: Id) -> &mut Vec<Value> {
        &mut self.lists[id]
    }

    pub(super) fn dict(&self, id: Id) -> &Dict {
        &self.dicts[id]
    }

    pub(super) fn dict_mut(&mut self, id: Id) -> &mut Dict {
        &mut self.dicts[id]
    }

    fn store(&mut self, items: Vec<Value>) -> Outcome<Id> {
        self.spend(1 + items.len())?;
        self.lists.push(items);
        Ok(self.lists.len() - 1)
    }

    pub(super) fn new_list(&mut self, items: Vec<Value>) -> Outcome {
        self.store(items).map(Value::List)
    }

    pub(super) fn new_tuple(&mut self, items: Vec<Value>) -> Outcome {
        self.store(items).map(Value::Tuple)
    }

    pub(super) fn new_dict(&mut self, dict: Dict) -> Outcome<Id> {
        self.spend(1 + dict.cost())?;
        self.dicts.push(dict);
        Ok(self.dicts.len() - 1)
    }

    pub(super) fn new_set(&mut self, items: Vec<Value>) -> Outcome {
        let mut set = Dict::default();
        for item in items {
            let key = self.key(&item)?;
            if set.get(&key).is_none() {
                set.set(key, Entry { key: item, value: Value::None, line: 0 });
            }
        }
        self.new_dict(set).map(Value::Set)
    }

    /// The dict's entries, all of which must be known.
    pub(super) fn entries(&mut self, id: Id) -> Outcome<Vec<Entry>> {
        self.spend(1 + self.dicts[id].cost())?;
        match self.dicts[id].missing.first() {
            Some(why) => Err(why.clone()),
            None => Ok(self.dicts[id].entries().cloned().collect()),
        }
    }

    /// What a `for` over the value sees.
    pub(super) fn items(&mut self, value: &Value) -> Outcome<Vec<Value>> {
        match value {
            Value::List(id) | Value::Tuple(id) => {
                self.spend(1 + self.lists[*id].len())?;
                Ok(self.lists[*id].clone())
            }
            Value::Dict(id) => Ok(self.entries(*id)?.into_iter().map(|entry| entry.key).collect()),
            Value::Set(id) => {
                // Python leaves the order open.
                let items: Vec<_> = self.entries(*id)?.into_iter().map(|entry| entry.key).collect();
                self.sort(&items)
            }
            Value::Str(text) => {
                self.spend(1 + text.len())?;
                Ok(text.chars().map(|c| Value::text(c.to_string())).collect())
            }
            Value::Unknown(why) => Err(why.clone()),
            other => Err(unknown(format!("a {} cannot be iterated", other.type_name()))),
        }
    }

    /// The value as a dict key.
    pub(super) fn key(&mut self, value: &Value) -> Outcome<Key> {
        self.key_at(value, 0)
    }

    fn key_at(&mut self, value: &Value, depth: usize) -> Outcome<Key> {
        self.enter(depth)?;
        Ok(match value {
            Value::None => Key::None,
            Value::Bool(_) | Value::Int(_) => Key::Int(value.int()?),
            Value::Float(float) if float.fract() == 0.0 && float.abs() < 1e38 => {
                Key::Int(*float as i128)
            }
            Value::Float(float) => Key::Float(float.to_bits()),
            Value::Str(text) => {
                self.spend_text(text.len())?;
                Key::Str(text.clone())
            }
            Value::Tuple(id) => {
                let items = self.lists[*id].clone();
                let keys = items.iter().map(|item| self.key_at(item, depth + 1));
                Key::Tuple(keys.collect::<Outcome<_>>()?)
            }
            Value::Unknown(why) => return Err(why.clone()),
            other => return Err(unknown(format!("a {} as a key", other.type_name()))),
        })
    }

    /// Counts a step of a recursion over nested values.
    pub(super) fn enter(&mut self, depth: usize) -> Outcome<()> {
        self.spend(1)?;
        if depth > MAX_NESTING { Err(unknown("values nested too deeply")) } else { Ok(()) }
    }

    /// Whether Python takes the value for true.
    pub(super) fn truth(&self, value: &Value) -> Outcome<bool> {
        Ok(match value {
            Value::None => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Str(text) => !text.is_empty(),
            Value::List(id) | Value::Tuple(id) => !self.lists[*id].is_empty(),
            Value::Set(id) | Value::Dict(id) => {
                let dict = &self.dicts[*id];
                match dict.missing.first() {
                    Some(why) if dict.len() == 0 => return Err(why.clone()),
                    _ => dict.len() > 0,
                }
            }
            // `os.environ` and the like may well be empty.
            Value::Outside(path) => return Err(unknown(format!("`{path}` as a condition"))),
            Value::Function(_) => true,
            Value::Unknown(why) => return Err(why.clone()),
        })
    }

    /// `a == b`
    pub(super) fn equal(&mut self, a: &Value, b: &Value) -> Outcome<bool> {
        self.equal_at(a, b, 0)
    }

    fn equal_at(&mut self, a: &Value, b: &Value, depth: usize) -> Outcome<bool> {
        self.enter(depth)?;
        Ok(match (a, b) {
            (Value::Unknown(why), _) | (_, Value::Unknown(why)) => return Err(why.clone()),
            (Value::None, Value::None) => true,
            (Value::Str(a), Value::Str(b)) => {
                self.spend_text(a.len().min(b.len()))?;
                a == b
            }
            (Value::List(a), Value::List(b)) | (Value::Tuple(a), Value::Tuple(b)) => {
                if self.lists[*a].len() != self.lists[*b].len() {
                    return Ok(false);
                }
                let (a, b) = (self.lists[*a].clone(), self.lists[*b].clone());
                self.spend(a.len())?;
                for (a, b) in a.iter().zip(&b) {
                    if !self.equal_at(a, b, depth + 1)? {
                        return Ok(false);
                    }
                }
                true
            }
            (Value::Dict(a), Value::Dict(b)) | (Value::Set(a), Value::Set(b)) => {
                self.equal_dicts(*a, *b, depth)?
            }
            (Value::Outside(_) | Value::Function(_), _)
            | (_, Value::Outside(_) | Value::Function(_)) => {
                return Err(unknown("a comparison with a function or module"));
            }
            _ => number_order(a, b).is_some_and(|order| order == Some(Ordering::Equal)),
        })
    }

    fn equal_dicts(&mut self, a: Id, b: Id, depth: usize) -> Outcome<bool> {
        let entries = self.entries(a)?;
        if entries.len() != self.entries(b)?.len() {
            return Ok(false);
        }
        for entry in entries {
            let key = self.key(&entry.key)?;
            let Some(other) = self.dicts[b].get(&key).map(|entry| entry.value.clone()) else {
                return Ok(false);
            };
            if !self.equal_at(&entry.value, &other, depth + 1)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The order of two values; `None` when one is NaN, which is neither less nor greater.
    pub(super) fn order(&mut self, a: &Value, b: &Value) -> Outcome<Option<Ordering>> {
        self.order_at(a, b, 0)
    }

    fn order_at(&mut self, a: &Value, b: &Value, depth: usize) -> Outcome<Option<Ordering>> {
        self.enter(depth)?;
        match (a, b) {
            (Value::Unknown(why), _) | (_, Value::Unknown(why)) => Err(why.clone()),
            (Value::Str(a), Value::Str(b)) => {
                self.spend_text(a.len().min(b.len()))?;
                Ok(Some(a.cmp(b)))
            }
            (Value::List(a), Value::List(b)) | (Value::Tuple(a), Value::Tuple(b)) => {
                let (a, b) = (self.lists[*a].clone(), self.lists[*b].clone());
                self.spend(a.len() + b.len())?;
                for (a, b) in a.iter().zip(&b) {
                    if !self.equal_at(a, b, depth + 1)? {
                        return self.order_at(a, b, depth + 1);
                    }
                }
                Ok(Some(a.len().cmp(&b.len())))
            }
            _ => number_order(a, b).ok_or_else(|| {
                let (a, b) = (a.type_name(), b.type_name());
                unknown(format!("a {a} and a {b} have no order"))
            }),
        }
    }

    /// Sorts as Python's `sorted` does. A merge of our own: the one of `std` cannot stop when two
    /// values have no order.
    pub(super) fn sort(&mut self, items: &[Value]) -> Outcome<Vec<Value>> {
        if items.len() < 2 {
            return Ok(items.to_vec());
        }
        let (left, right) = items.split_at(items.len() / 2);
        let mut left = self.sort(left)?.into_iter().peekable();
        let mut right = self.sort(right)?.into_iter().peekable();
        let mut sorted = Vec::with_capacity(items.len());
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            let order = self.order(b, a)?.ok_or_else(|| unknown("NaN cannot be sorted"))?;
            sorted.extend(if order == Ordering::Less { right.next() } else { left.next() });
        }
        sorted.extend(left.chain(right));
        Ok(sorted)
    }

    /// Nothing is known any more of what the value holds.
    pub(super) fn blur(&mut self, value: &Value, why: &Rc<Unknown>) {
        match value {
            Value::List(id) => self.lists[*id].push(Value::Unknown(why.clone())),
            Value::Dict(id) | Value::Set(id) => {
                self.steps = self.steps.saturating_add(self.dicts[*id].cost());
                self.dicts[*id].blur(why);
            }
            _ => {}
        }
    }
}

/// The order of two numbers, exact even where a float cannot hold the int; the outer `None` when
/// they are not both numbers.
fn number_order(a: &Value, b: &Value) -> Option<Option<Ordering>> {
    let whole = |value: &Value| match value {
        Value::Float(float) if float.fract() == 0.0 && float.abs() < 1e38 => Some(*float as i128),
        other => other.as_int(),
    };
    let (x, y) = (a.as_float()?, b.as_float()?);
    Some(match (whole(a), whole(b)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => x.partial_cmp(&y),
    })
}
