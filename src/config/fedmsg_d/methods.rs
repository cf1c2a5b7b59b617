//! The methods of lists, sets and dicts; those of texts are in [`texts`].

use std::rc::Rc;

use super::builtins;
use super::eval::{Arguments, Evaluator, at, position};
use super::heap::Id;
use super::value::{Entry, Outcome, Value, unknown};

mod texts;

/// `receiver.name(arguments)`
pub(super) fn call(
    run: &mut Evaluator<'_>,
    receiver: &Value,
    name: &str,
    arguments: Arguments,
) -> Outcome {
    match receiver {
        Value::List(_) | Value::Dict(_) | Value::Set(_) if changes(receiver, name) => {
            run.change_with(receiver, name, arguments)
        }
        Value::Str(text) => texts::call(run, text, name, &arguments),
        _ => {
            let values = match arguments.known() {
                Ok(values) => values,
                Err(why) => {
                    run.blur_all(&arguments, &why);
                    return Err(why);
                }
            };
            let result = match receiver {
                _ if !arguments.named.is_empty() => None,
                Value::Dict(id) => of_dict(run, *id, name, values),
                Value::List(_) | Value::Tuple(_) => of_sequence(run, receiver, name, values),
                Value::Set(_) => of_set(run, receiver, name, values),
                _ => None,
            };
            result.unwrap_or_else(|| {
                let why = unknown(format!("`{name}()` of a {}", receiver.type_name()));
                run.blur_all(&arguments, &at(why.clone(), run.line));
                run.heap.blur(receiver, &at(why.clone(), run.line));
                Err(why)
            })
        }
    }
}

/// Whether the method changes its receiver.
fn changes(receiver: &Value, name: &str) -> bool {
    let methods: &[&str] = match receiver {
        Value::List(_) => {
            &["append", "extend", "insert", "remove", "pop", "sort", "reverse", "clear"]
        }
        Value::Dict(_) => &["update", "setdefault", "pop", "clear"],
        _ => &["add", "update", "discard", "remove", "clear"],
    };
    methods.contains(&name)
}

impl Evaluator<'_> {
    /// A method that changes its receiver, with these arguments.
    pub(super) fn change(&mut self, receiver: &Value, name: &str, values: Vec<Value>) -> Outcome {
        self.change_with(receiver, name, Arguments { positional: values, ..Arguments::default() })
    }

    /// When the change cannot be followed, nothing is known of the receiver any more.
    fn change_with(&mut self, receiver: &Value, name: &str, arguments: Arguments) -> Outcome {
        // What is stored may be unknown, and `update` can tell which entries it sets.
        let lenient = matches!(name, "append" | "insert" | "setdefault")
            || (name == "update" && matches!(receiver, Value::Dict(_)));
        let by_name = !arguments.named.is_empty() && name != "update";
        let changed = match (&self.unsure, arguments.known().map(|_| ())) {
            _ if by_name => Err(unknown(format!("this use of `{name}()`"))),
            (Some(why), _) if !lenient => Err(why.clone()),
            (_, Err(why)) if !lenient => Err(why),
            _ => match receiver {
                Value::List(id) => change_list(self, *id, name, &arguments.positional),
                Value::Dict(id) => change_dict(self, *id, name, arguments),
                Value::Set(id) => change_set(self, *id, name, &arguments.positional),
                other => Err(unknown(format!("`{name}()` of a {}", other.type_name()))),
            },
        };
        changed.map_err(|why| {
            let why = at(why, self.line);
            self.heap.blur(receiver, &why);
            why
        })
    }
}

fn change_list(run: &mut Evaluator<'_>, id: Id, name: &str, values: &[Value]) -> Outcome {
    let length = run.heap.list(id).len();
    match (name, values) {
        ("append", [value]) => {
            let value = run.settle(value.clone());
            run.heap.spend(1)?;
            run.heap.list_mut(id).push(value);
        }
        ("extend", [items]) => {
            let items = run.heap.items(items)?;
            run.heap.list_mut(id).extend(items);
        }
        ("insert", [index, value]) => {
            let from_end =
                |index: i128| if index < 0 { index.saturating_add(length as i128) } else { index };
            let at = from_end(index.int()?).clamp(0, length as i128);
            let value = run.settle(value.clone());
            run.heap.spend(1 + length)?;
            run.heap.list_mut(id).insert(usize::try_from(at).unwrap_or(length), value);
        }
        ("remove", [value]) => {
            for at in 0..length {
                let item = run.heap.list(id)[at].clone();
                if run.heap.equal(&item, value)? {
                    run.heap.list_mut(id).remove(at);
                    return Ok(Value::None);
                }
            }
            return Err(unknown("removing what is not in the list"));
        }
        ("pop", []) => return pop(run, id, -1),
        ("pop", [index]) => return pop(run, id, index.int()?),
        ("sort", []) => {
            let items = run.heap.list(id).clone();
            *run.heap.list_mut(id) = builtins::sort(run, items, false)?;
        }
        ("reverse", []) => {
            run.heap.spend(length)?;
            run.heap.list_mut(id).reverse();
        }
        ("clear", []) => run.heap.list_mut(id).clear(),
        _ => return Err(unknown(format!("this use of `{name}()`"))),
    }
    Ok(Value::None)
}

fn pop(run: &mut Evaluator<'_>, id: Id, index: i128) -> Outcome {
    let length = run.heap.list(id).len();
    run.heap.spend(1 + length)?;
    let at = position(index, length)?;
    Ok(run.heap.list_mut(id).remove(at))
}

fn change_dict(run: &mut Evaluator<'_>, id: Id, name: &str, arguments: Arguments) -> Outcome {
    let dict = Value::Dict(id);
    match (name, &*arguments.positional) {
        ("update", _) => {
            builtins::fill(run, &dict, arguments)?;
            Ok(Value::None)
        }
        ("setdefault", [key]) => set_default(run, id, key, &Value::None),
        ("setdefault", [key, default]) => set_default(run, id, key, default),
        ("pop", [key]) => taken(run, id, key)?.ok_or_else(|| unknown("there is no such key")),
        ("pop", [key, default]) => Ok(taken(run, id, key)?.unwrap_or_else(|| default.clone())),
        ("clear", []) => {
            *run.heap.dict_mut(id) = Default::default();
            Ok(Value::None)
        }
        _ => Err(unknown(format!("this use of `{name}()`"))),
    }
}

fn set_default(run: &mut Evaluator<'_>, id: Id, key: &Value, default: &Value) -> Outcome {
    let hashed = run.heap.key(key)?;
    if let Some(entry) = run.heap.dict(id).get(&hashed) {
        return entry.value.clone().known();
    }
    if let Some(why) = run.heap.dict(id).missing.first() {
        return Err(why.clone());
    }
    let value = run.settle(default.clone());
    run.set_item(&Value::Dict(id), key.clone(), value.clone(), run.line)?;
    value.known()
}

/// Takes a key out of the dict; `None` when it is surely not there.
fn taken(run: &mut Evaluator<'_>, id: Id, key: &Value) -> Outcome<Option<Value>> {
    let hashed = run.heap.key(key)?;
    match (run.heap.dict_mut(id).remove(&hashed), run.heap.dict(id).missing.first()) {
        (Some(entry), _) => Ok(Some(entry.value)),
        (None, Some(why)) => Err(why.clone()),
        (None, None) => Ok(None),
    }
}

fn change_set(run: &mut Evaluator<'_>, id: Id, name: &str, values: &[Value]) -> Outcome {
    match (name, values) {
        ("add", [value]) => add(run, id, value)?,
        ("update", [items]) => {
            for item in run.heap.items(items)? {
                add(run, id, &item)?;
            }
        }
        ("discard" | "remove", [value]) => {
            if taken(run, id, value)?.is_none() && name == "remove" {
                return Err(unknown("removing what is not in the set"));
            }
        }
        ("clear", []) => *run.heap.dict_mut(id) = Default::default(),
        _ => return Err(unknown(format!("this use of `{name}()`"))),
    }
    Ok(Value::None)
}

fn add(run: &mut Evaluator<'_>, id: Id, value: &Value) -> Outcome<()> {
    let key = run.heap.key(value)?;
    if run.heap.dict(id).get(&key).is_none() {
        let entry = Entry { key: value.clone(), value: Value::None, line: 0 };
        run.heap.dict_mut(id).set(key, entry);
    }
    Ok(())
}

fn of_dict(run: &mut Evaluator<'_>, id: Id, name: &str, values: &[Value]) -> Option<Outcome> {
    Some(match (name, values) {
        ("get", [key]) => get(run, id, key, &Value::None),
        ("get", [key, default]) => get(run, id, key, default),
        ("keys", []) => listed(run, id, |_, entry| Ok(entry.key)),
        ("values", []) => listed(run, id, |_, entry| Ok(entry.value)),
        ("items", []) => {
            listed(run, id, |run, entry| run.heap.new_tuple(vec![entry.key, entry.value]))
        }
        ("copy", []) => {
            let copy = run.heap.dict(id).clone();
            run.heap.new_dict(copy).map(Value::Dict)
        }
        _ => return None,
    })
}

fn get(run: &mut Evaluator<'_>, id: Id, key: &Value, default: &Value) -> Outcome {
    let hashed = run.heap.key(key)?;
    let dict = run.heap.dict(id);
    match (dict.get(&hashed), dict.missing.first()) {
        (Some(entry), _) => entry.value.clone().known(),
        (None, Some(why)) => Err(Rc::clone(why)),
        (None, None) => Ok(default.clone()),
    }
}

/// A list of something of each entry.
fn listed(
    run: &mut Evaluator<'_>,
    id: Id,
    part: impl Fn(&mut Evaluator<'_>, Entry) -> Outcome,
) -> Outcome {
    let mut items = Vec::new();
    for entry in run.heap.entries(id)? {
        items.push(part(run, entry)?);
    }
    run.heap.new_list(items)
}

fn of_sequence(
    run: &mut Evaluator<'_>,
    receiver: &Value,
    name: &str,
    values: &[Value],
) -> Option<Outcome> {
    let items = match run.heap.items(receiver) {
        Ok(items) => items,
        Err(why) => return Some(Err(why)),
    };
    Some(match (name, values) {
        ("copy", []) if matches!(receiver, Value::List(_)) => run.heap.new_list(items),
        ("count", [value]) => places(run, &items, value).map(|at| Value::Int(at.len() as i128)),
        ("index", [value]) => places(run, &items, value).and_then(|places| {
            let first = places.first().ok_or_else(|| unknown("what is not in the list"))?;
            Ok(Value::Int(*first as i128))
        }),
        _ => return None,
    })
}

/// Where in the items the value is.
fn places(run: &mut Evaluator<'_>, items: &[Value], value: &Value) -> Outcome<Vec<usize>> {
    let mut places = Vec::new();
    for (at, item) in items.iter().enumerate() {
        if run.heap.equal(item, value)? {
            places.push(at);
        }
    }
    Ok(places)
}

fn of_set(
    run: &mut Evaluator<'_>,
    receiver: &Value,
    name: &str,
    values: &[Value],
) -> Option<Outcome> {
    Some(match (name, values) {
        ("copy", []) => run.heap.items(receiver).and_then(|items| run.heap.new_set(items)),
        ("union", [other]) => run.heap.items(receiver).and_then(|mut items| {
            items.extend(run.heap.items(other)?);
            run.heap.new_set(items)
        }),
        _ => return None,
    })
}
