//! Functions of jq that jaq leaves to its own values, or that can be had faster or safer.

use std::rc::Rc;

use jaq_core::native::{Fun, bome, run, unary, v};
use jaq_core::{Error, RunPtr, ValR};
use memchr::memmem;

use crate::canonical;
use crate::jq::value::Val;
use crate::jq::{Data, budget};

pub(super) fn natives() -> impl Iterator<Item = Fun<Data>> {
    let none: [(&'static str, RunPtr<Data>); 6] = [
        ("length", |cv| bome(length(&cv.1))),
        ("tojson", |cv| bome(Ok(Val::string(&cv.1.to_json())))),
        ("fromjson", |cv| bome(from_json(&cv.1))),
        ("tonumber", |cv| bome(to_number(cv.1))),
        ("toboolean", |cv| bome(to_boolean(cv.1))),
        ("flatten", |cv| bome(flatten(&cv.1, &Val::Int(i64::MAX)))),
    ];
    let one: [(&'static str, RunPtr<Data>); 8] = [
        ("has", |cv| unary(cv, |value, key| Ok(value.get(&key)?.is_some().into()))),
        ("contains", |cv| unary(cv, |value, part| Ok(contains(&value, &part).into()))),
        ("indices", |cv| unary(cv, |value, part| Ok(Val::array(indices(&value, &part)?)))),
        ("index", |cv| unary(cv, |value, part| Ok(at(indices(&value, &part)?.first())))),
        ("rindex", |cv| unary(cv, |value, part| Ok(at(indices(&value, &part)?.last())))),
        ("join", |cv| unary(cv, |value, with| join(&value, &with))),
        ("flatten", |cv| unary(cv, |value, depth| flatten(&value, &depth))),
        ("getpath", |cv| unary(cv, get_path)),
    ];
    let none = none.into_iter().map(|(name, f)| run::<Data>((name, v(0), f)));
    none.chain(one.into_iter().map(|(name, f)| run::<Data>((name, v(1), f))))
}

fn length(value: &Val) -> ValR<Val> {
    match value {
        Val::Null => Ok(Val::Int(0)),
        Val::Bool(_) => Err(Error::str(format_args!("{value} has no length"))),
        Val::Int(number) => {
            Ok(number.checked_abs().map_or(Val::Float(-(*number as f64)), Val::Int))
        }
        Val::Float(number) => Ok(Val::Float(number.abs())),
        Val::Big(digits) => Ok(Val::Big(digits.trim_start_matches('-').into())),
        Val::Str(text) => {
            budget::work(text.len());
            Ok(text.chars().count().into())
        }
        Val::Arr(array) => Ok(array.items.len().into()),
        Val::Obj(object) => Ok(object.members.len().into()),
    }
}

fn text(value: &Val) -> ValR<&str, Val> {
    let text = value.as_str().ok_or_else(|| Error::typ(value.clone(), "string"))?;
    budget::work(text.len());
    Ok(text)
}

fn items(value: &Val) -> ValR<&[Val], Val> {
    match value {
        Val::Arr(array) => Ok(&array.items),
        _ => Err(Error::typ(value.clone(), "array")),
    }
}

fn from_json(value: &Val) -> ValR<Val> {
    let text = text(value)?;
    budget::spend(text.len().saturating_mul(4));
    let parsed = canonical::parse(text.as_bytes());
    parsed.map(|value| Val::from(&value)).map_err(|error| Error::str(error.reason))
}

fn to_number(value: Val) -> ValR<Val> {
    if value.number().is_some() {
        return Ok(value);
    }
    let digits = text(&value)?;
    let number = digits.parse().map(Val::Int).or_else(|_| digits.parse().map(Val::Float));
    number.map_err(|_| Error::str(format_args!("{value} is no number")))
}

fn to_boolean(value: Val) -> ValR<Val> {
    match &value {
        Val::Bool(_) => Ok(value),
        Val::Str(text) if &**text == "true" => Ok(Val::Bool(true)),
        Val::Str(text) if &**text == "false" => Ok(Val::Bool(false)),
        _ => Err(Error::str(format_args!("{value} is no boolean"))),
    }
}

fn contains(value: &Val, part: &Val) -> bool {
    match (value, part) {
        (Val::Str(value), Val::Str(part)) => {
            budget::work(value.len());
            memmem::find(value.as_bytes(), part.as_bytes()).is_some()
        }
        (Val::Arr(value), Val::Arr(part)) => {
            part.items.iter().all(|part| value.items.iter().any(|item| contains(item, part)))
        }
        (Val::Obj(value), Val::Obj(part)) => part
            .members
            .iter()
            .all(|(key, part)| value.get(key).is_some_and(|value| contains(value, part))),
        _ => value == part,
    }
}

/// Where `part` is found: in a text counted in characters, in an array as an item or as a run of
/// items.
fn indices(value: &Val, part: &Val) -> ValR<Vec<Val>, Val> {
    Ok(match (value, part) {
        (Val::Null, _) => Vec::new(),
        (Val::Str(value), Val::Str(part)) => {
            let (mut chars, mut last) = (0, 0);
            overlapping(value, part)
                .map(|at| {
                    chars += value[last..at].chars().count();
                    last = at;
                    Val::from(chars)
                })
                .collect()
        }
        (Val::Arr(_), Val::Arr(part)) if part.items.is_empty() => Vec::new(),
        (Val::Arr(value), Val::Arr(part)) => {
            let windows = value.items.windows(part.items.len()).enumerate();
            windows.filter(|(_, window)| *window == part.items).map(|(at, _)| at.into()).collect()
        }
        (Val::Arr(value), part) => {
            let found = value.items.iter().enumerate().filter(|(_, item)| *item == part);
            found.map(|(at, _)| at.into()).collect()
        }
        _ => return Err(Error::index(value.clone(), part.clone())),
    })
}

/// All places of `part`, also those that overlap.
fn overlapping(value: &str, part: &str) -> impl Iterator<Item = usize> {
    let finder = (!part.is_empty()).then(|| memmem::Finder::new(part.as_bytes()).into_owned());
    let step = part.chars().next().map_or(1, char::len_utf8);
    let mut from = 0;
    std::iter::from_fn(move || {
        budget::spend(0);
        let found = finder.as_ref()?.find(&value.as_bytes()[from..]);
        budget::work(found.unwrap_or(value.len() - from));
        let at = from + found?;
        from = at + step;
        Some(at)
    })
}

fn at(found: Option<&Val>) -> Val {
    found.cloned().unwrap_or(Val::Null)
}

/// Items as text, with something between; nulls are empty.
fn join(value: &Val, with: &Val) -> ValR<Val> {
    let with = text(with)?;
    let mut out = String::new();
    for (at, item) in items(value)?.iter().enumerate() {
        if at > 0 {
            budget::spend(with.len());
            out.push_str(with);
        }
        match item {
            Val::Null => {}
            Val::Str(text) => {
                budget::spend(text.len());
                out.push_str(text);
            }
            Val::Bool(_) | Val::Int(_) | Val::Float(_) | Val::Big(_) => {
                out.push_str(&item.to_json())
            }
            _ => return Err(Error::typ(item.clone(), "string")),
        }
    }
    Ok(Val::Str(Rc::from(out)))
}

/// Arrays inside become part of their array, down to a depth.
fn flatten(value: &Val, depth: &Val) -> ValR<Val> {
    fn collect(items: &[Val], depth: i64, out: &mut Vec<Val>) {
        for item in items {
            match item {
                Val::Arr(inner) if depth > 0 => collect(&inner.items, depth - 1, out),
                _ => out.push(item.clone()),
            }
        }
    }
    let Val::Int(depth) = depth else {
        return Err(Error::typ(depth.clone(), "number"));
    };
    let mut out = Vec::new();
    collect(items(value)?, *depth, &mut out);
    Ok(Val::array(out))
}

fn get_path(value: Val, path: Val) -> ValR<Val> {
    items(&path)?.iter().try_fold(value, jaq_core::ValT::index)
}
