//! Values as text: `str()`, `repr()`, `%`, `.format()` and the fields of f-strings.

use std::rc::Rc;

use super::eval::Arguments;
use super::heap::Heap;
use super::value::{Outcome, Value, unknown};

mod spec;

use spec::Spec;

/// `str(value)`
pub(super) fn text(heap: &mut Heap, value: &Value) -> Outcome<String> {
    Ok(match value {
        Value::None => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Int(int) => int.to_string(),
        Value::Float(value) => float(*value),
        Value::Str(text) => {
            heap.spend_text(text.len())?;
            text.to_string()
        }
        Value::Unknown(why) => return Err(why.clone()),
        other => return Err(unknown(format!("a {} as text", other.type_name()))),
    })
}

/// `repr(value)`
pub(super) fn repr(heap: &mut Heap, value: &Value) -> Outcome<String> {
    let Value::Str(text) = value else { return self::text(heap, value) };
    heap.spend_text(text.len())?;
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            c if c.is_ascii() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            _ => return Err(unknown("the repr() of a text that is not ASCII")),
        }
    }
    out.push(quote);
    Ok(out)
}

/// A float in the shortest form that reads back the same, laid out as Python does.
fn float(value: f64) -> String {
    if value.is_nan() {
        return "nan".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>().unwrap_or(0) {
        exponent @ (..-4 | 16..) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => format!("{value:?}"),
    }
}

/// `template % value`
pub(super) fn percent(heap: &mut Heap, template: &str, value: &Value) -> Outcome<String> {
    heap.spend_text(template.len())?;
    let mut arguments = match value {
        Value::Tuple(_) => heap.items(value)?,
        value => vec![value.clone()],
    }
    .into_iter();
    let mut used_keys = matches!(value, Value::Dict(_));
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let argument = if let Some(after) = rest.strip_prefix('(') {
            let (key, after) =
                after.split_once(')').ok_or_else(|| unknown("a `%(` without `)`"))?;
            rest = after;
            used_keys = true;
            Some(keyed(heap, value, key)?)
        } else {
            arguments.next()
        };
        let (spec, after) = Spec::percent(rest)?;
        rest = after;
        let argument = argument.ok_or_else(|| unknown("too few values for `%`"))?.known()?;
        out.push_str(&spec.render(heap, &argument)?);
    }
    if arguments.next().is_some() && !used_keys {
        return Err(unknown("too many values for `%`"));
    }
    out.push_str(rest);
    heap.spend_text(out.len())?;
    Ok(out)
}

fn keyed(heap: &mut Heap, value: &Value, key: &str) -> Outcome {
    let Value::Dict(id) = value else { return Err(unknown("`%(` without a dict")) };
    let hashed = heap.key(&Value::text(key))?;
    match heap.dict(*id).get(&hashed) {
        Some(entry) => entry.value.clone().known(),
        None => Err(unknown("there is no such key for `%(`")),
    }
}

/// `template.format(…)`
pub(super) fn braces(heap: &mut Heap, template: &str, arguments: &Arguments) -> Outcome<String> {
    heap.spend_text(template.len())?;
    let mut out = String::new();
    let mut rest = template;
    let mut next = 0;
    while let Some(at) = rest.find(['{', '}']) {
        let brace = &rest[at..=at];
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            out.push_str(brace);
            rest = after;
            continue;
        }
        let (inside, after) = match rest.split_once('}') {
            Some(split) if brace == "{" => split,
            _ => return Err(unknown("a single brace in a format")),
        };
        rest = after;
        let (name, spec) = inside.split_once(':').unwrap_or((inside, ""));
        let (name, conversion) = match name.split_once('!') {
            Some((name, "r")) => (name, Some('r')),
            Some((name, "s")) => (name, Some('s')),
            Some(_) => return Err(unknown("this conversion in a format")),
            None => (name, None),
        };
        let argument = argument(arguments, name, &mut next)?;
        out.push_str(&field(heap, &argument, conversion, spec)?);
    }
    out.push_str(rest);
    heap.spend_text(out.len())?;
    Ok(out)
}

/// The argument a field of `.format()` names; `next` counts those without a name.
fn argument(arguments: &Arguments, name: &str, next: &mut usize) -> Outcome {
    let position = if name.is_empty() {
        *next += 1;
        Some(*next - 1)
    } else {
        name.parse().ok()
    };
    let found = match position {
        Some(at) => arguments.positional.get(at),
        None => {
            arguments.named.iter().find(|(known, ..)| **known == *name).map(|(_, value, _)| value)
        }
    };
    found.cloned().ok_or_else(|| unknown("this field of a format"))?.known()
}

/// A field of `.format()` or of an f-string.
pub(super) fn field(
    heap: &mut Heap,
    value: &Value,
    conversion: Option<char>,
    spec: &str,
) -> Outcome<String> {
    let converted: Rc<str> = match conversion {
        Some('r') => repr(heap, value)?.into(),
        Some(_) => text(heap, value)?.into(),
        None if spec.is_empty() => return text(heap, value),
        None => return Spec::braces(spec)?.render(heap, value),
    };
    Spec::braces(spec)?.render(heap, &Value::Str(converted))
}
