//! The methods of texts.

use std::rc::Rc;

use super::super::eval::{Arguments, Evaluator, at};
use super::super::format;
use super::super::value::{Outcome, Value, unknown};

/// Each character of a text may be compared with each of these.
const MAX_STRIPPED: usize = 100;

/// `text.name(arguments)`
pub(super) fn call(
    run: &mut Evaluator<'_>,
    text: &Rc<str>,
    name: &str,
    arguments: &Arguments,
) -> Outcome {
    let result = arguments.known().and_then(|values| {
        let length: usize =
            values.iter().map(|value| value.str().map_or(0, |text| text.len())).sum();
        run.heap.spend_text(text.len() + length)?;
        match (name, values) {
            ("format", _) => format::braces(&mut run.heap, text, arguments).map(Value::text),
            _ if !arguments.named.is_empty() => Err(unknown("named arguments here")),
            ("join", [parts]) => join(run, text, parts),
            ("split" | "rsplit", values) => split(run, text, name, values),
            ("partition" | "rpartition", [separator]) => {
                partition(run, text, name, &separator.str()?)
            }
            ("replace", [from, to]) => replace(run, text, &from.str()?, &to.str()?),
            ("startswith" | "endswith", [affix]) => {
                affixed(run, text, name, affix).map(Value::Bool)
            }
            (_, values) => simple(text, name, values),
        }
    });
    // A list passed to what is not followed may come back changed.
    result.map_err(|why| {
        let why = at(why, run.line);
        run.blur_all(arguments, &why);
        why
    })
}

/// Methods that only look at the text.
fn simple(text: &str, name: &str, values: &[Value]) -> Outcome {
    let number = |count: usize| Ok(Value::Int(count as i128));
    match (name, values) {
        // Beyond ASCII, Python and Rust may know different versions of Unicode.
        ("lower" | "upper" | "title" | "capitalize" | "isdigit" | "isalpha", _)
            if !text.is_ascii() =>
        {
            Err(unknown(format!("`{name}()` of a text that is not ASCII")))
        }
        ("lower", []) => Ok(Value::text(text.to_ascii_lowercase())),
        ("upper", []) => Ok(Value::text(text.to_ascii_uppercase())),
        ("capitalize", []) => {
            let (first, rest) = text.split_at(text.len().min(1));
            Ok(Value::text(first.to_ascii_uppercase() + &rest.to_ascii_lowercase()))
        }
        ("isdigit", []) => {
            Ok(Value::Bool(!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())))
        }
        ("isalpha", []) => {
            Ok(Value::Bool(!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic())))
        }
        ("strip" | "lstrip" | "rstrip", []) => Ok(strip(text, name, is_space)),
        ("strip" | "lstrip" | "rstrip", [set]) => {
            let set = set.str()?;
            if set.len() > MAX_STRIPPED {
                return Err(unknown("stripping this many characters"));
            }
            Ok(strip(text, name, |c| set.contains(c)))
        }
        ("count", [part]) => match part.str()? {
            part if part.is_empty() => number(text.chars().count() + 1),
            part => number(text.matches(&*part).count()),
        },
        ("find", [part]) => match text.find(&*part.str()?) {
            Some(at) => number(text[..at].chars().count()),
            None => Ok(Value::Int(-1)),
        },
        _ => Err(unknown(format!("this use of `{name}()` of a str"))),
    }
}

/// What Python strips and splits at.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\x1c'..='\x1f')
}

fn strip(text: &str, name: &str, unwanted: impl Fn(char) -> bool + Copy) -> Value {
    let mut kept = text;
    if name != "rstrip" {
        kept = kept.trim_start_matches(unwanted);
    }
    if name != "lstrip" {
        kept = kept.trim_end_matches(unwanted);
    }
    Value::text(kept)
}

fn listed<'a>(run: &mut Evaluator<'_>, parts: impl Iterator<Item = &'a str>) -> Outcome {
    let mut items = Vec::new();
    for part in parts {
        run.heap.spend_text(part.len())?;
        items.push(Value::text(part));
    }
    run.heap.new_list(items)
}

fn join(run: &mut Evaluator<'_>, separator: &str, parts: &Value) -> Outcome {
    let mut joined = String::new();
    for (at, part) in run.heap.items(parts)?.iter().enumerate() {
        let part = part.str()?;
        run.heap.spend_text(part.len() + separator.len())?;
        if at > 0 {
            joined.push_str(separator);
        }
        joined.push_str(&part);
    }
    Ok(Value::text(joined))
}

fn split(run: &mut Evaluator<'_>, text: &str, name: &str, values: &[Value]) -> Outcome {
    let (separator, limit) = match values {
        [] | [Value::None] => (None, -1),
        [separator] => (Some(separator.str()?), -1),
        [Value::None, limit] => (None, limit.int()?),
        [separator, limit] => (Some(separator.str()?), limit.int()?),
        _ => return Err(unknown("this use of `split()`")),
    };
    // Without a limit both ways cut alike.
    let limit = usize::try_from(limit).ok().map_or(usize::MAX, |limit| limit.saturating_add(1));
    match separator {
        None if limit == usize::MAX => {
            listed(run, text.split(is_space).filter(|part| !part.is_empty()))
        }
        None => Err(unknown("a limited split at spaces")),
        Some(separator) if separator.is_empty() => Err(unknown("a split at nothing")),
        Some(separator) if name == "split" => listed(run, text.splitn(limit, &*separator)),
        Some(separator) => {
            let mut parts: Vec<_> = text.rsplitn(limit, &*separator).collect();
            parts.reverse();
            listed(run, parts.into_iter())
        }
    }
}

fn partition(run: &mut Evaluator<'_>, text: &str, name: &str, separator: &str) -> Outcome {
    if separator.is_empty() {
        return Err(unknown("a partition at nothing"));
    }
    let parts = if name == "partition" {
        text.split_once(separator).map_or([text, "", ""], |(a, b)| [a, separator, b])
    } else {
        text.rsplit_once(separator).map_or(["", "", text], |(a, b)| [a, separator, b])
    };
    run.heap.new_tuple(parts.map(Value::text).to_vec())
}

fn replace(run: &mut Evaluator<'_>, text: &str, from: &str, to: &str) -> Outcome {
    let times = if from.is_empty() { text.len() + 1 } else { text.matches(from).count() };
    run.heap.spend_text(times.saturating_mul(to.len()))?;
    Ok(Value::text(text.replace(from, to)))
}

/// `startswith` and `endswith`, of one text or of any in a tuple.
fn affixed(run: &mut Evaluator<'_>, text: &str, name: &str, affix: &Value) -> Outcome<bool> {
    if let Value::Tuple(_) = affix {
        for one in run.heap.items(affix)? {
            let one = one.str()?;
            run.heap.spend_text(one.len())?;
            if if name == "startswith" { text.starts_with(&*one) } else { text.ends_with(&*one) } {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    let affix = affix.str()?;
    Ok(if name == "startswith" { text.starts_with(&*affix) } else { text.ends_with(&*affix) })
}
