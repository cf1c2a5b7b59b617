//! What a file may use from outside: Python's own functions, `socket`, `os.path`, `os.environ`.
//! All of it is computed from [`super::Host`]; nothing here asks the machine.

use std::rc::Rc;

use super::Host;
use super::eval::{Arguments, Evaluator, at};
use super::format;
use super::value::{Dict, Outcome, Value, unknown};

mod paths;

const BUILTINS: &[&str] = &[
    "abs",
    "all",
    "any",
    "bool",
    "dict",
    "enumerate",
    "float",
    "frozenset",
    "int",
    "len",
    "list",
    "max",
    "min",
    "print",
    "range",
    "repr",
    "reversed",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
    "zip",
];

/// A longer dotted path is no module anybody has.
const MAX_PATH: usize = 200;

/// Whether Python itself defines the name, and it is understood here.
pub(super) fn is_builtin(name: &str) -> bool {
    BUILTINS.contains(&name)
}

/// What `import path` and `from … import …` bind.
pub(super) fn imported(path: &Rc<str>) -> Value {
    match path.rsplit_once('.') {
        Some((module, name)) => attribute(module, name).unwrap_or_else(Value::Unknown),
        None => Value::Outside(path.clone()),
    }
}

/// `path.name`
pub(super) fn attribute(path: &str, name: &str) -> Outcome {
    if path.len() + name.len() > MAX_PATH {
        return Err(unknown("a name this long"));
    }
    let full = format!("{path}.{name}");
    Ok(match &*full {
        "os.sep" | "os.path.sep" => Value::text("/"),
        "os.extsep" | "os.path.extsep" | "os.curdir" | "os.path.curdir" => Value::text("."),
        "os.pardir" | "os.path.pardir" => Value::text(".."),
        "os.pathsep" | "os.path.pathsep" => Value::text(":"),
        "os.linesep" => Value::text("\n"),
        _ => Value::Outside(full.into()),
    })
}

/// `os.environ[key]`
pub(super) fn item(host: &Host, path: &str, key: &Value) -> Outcome {
    variable(host, path, key)?.ok_or_else(|| unknown("this environment variable is not set"))
}

/// The environment variable, if it is set; `path` must be that of the environment.
pub(super) fn variable(host: &Host, path: &str, name: &Value) -> Outcome<Option<Value>> {
    match path {
        "os.environ" => {
            let env = host.env.as_ref().ok_or_else(|| unknown("the environment is not read"))?;
            Ok(env.get(&*name.str()?).map(|value| Value::text(&**value)))
        }
        _ => Err(unknown(format!("what is in `{path}`"))),
    }
}

/// `path(arguments)`
pub(super) fn call(run: &mut Evaluator<'_>, path: &str, arguments: Arguments) -> Outcome {
    let short = path.strip_prefix("builtins.").unwrap_or(path);
    match short {
        // Its arguments may hold unknown values: they go where the dict goes.
        "dict" | "collections.OrderedDict" => return dict(run, arguments),
        "print" => return Ok(Value::None),
        _ => {}
    }
    let unread = |run: &mut Evaluator<'_>, arguments: &Arguments| {
        let why = at(unknown(format!("`{short}()` is not run")), run.line);
        run.blur_all(arguments, &why);
        Err(unknown(&*why.reason))
    };
    let values = match arguments.known() {
        Ok(values) => values,
        Err(why) => {
            run.blur_all(&arguments, &why);
            return Err(why);
        }
    };
    let found = match short.strip_prefix("os.path.").or(short.strip_prefix("posixpath.")) {
        _ if path.starts_with("builtins.") => builtin(run, short, &arguments),
        _ if !arguments.named.is_empty() => None,
        Some(name) => paths::call(run.host, name, values),
        None => host_fact(run.host, short, values),
    };
    found.unwrap_or_else(|| unread(run, &arguments))
}

/// What is known of the machine; `None` for anything else.
fn host_fact(host: &Host, path: &str, values: &[Value]) -> Option<Outcome> {
    Some(match (path, values) {
        ("socket.gethostname" | "platform.node", []) if host.hostname.is_empty() => {
            Err(unknown("the name of this host"))
        }
        ("socket.gethostname" | "platform.node", []) => Ok(Value::text(&*host.hostname)),
        ("socket.getfqdn", []) => match &host.fqdn {
            Some(fqdn) => Ok(Value::text(&**fqdn)),
            None => Err(unknown("the full name of this host")),
        },
        ("os.getenv" | "os.environ.get", [name]) => {
            variable(host, "os.environ", name).map(|value| value.unwrap_or(Value::None))
        }
        ("os.getenv" | "os.environ.get", [name, default]) => {
            variable(host, "os.environ", name).map(|value| value.unwrap_or(default.clone()))
        }
        _ => return None,
    })
}

/// `dict(…)`, which keeps what it can of unknown arguments.
fn dict(run: &mut Evaluator<'_>, arguments: Arguments) -> Outcome {
    let dict = Value::Dict(run.heap.new_dict(Dict::default())?);
    fill(run, &dict, arguments)?;
    Ok(dict)
}

/// `dict.update(…)`
pub(super) fn fill(run: &mut Evaluator<'_>, dict: &Value, arguments: Arguments) -> Outcome<()> {
    if arguments.positional.len() > 1 {
        return Err(unknown("more than one argument for a dict"));
    }
    for other in &arguments.positional {
        let merged = run.merge(dict, other, run.line);
        if let Err(why) = merged {
            run.heap.blur(dict, &at(why, run.line));
        }
    }
    if let Some(why) = &arguments.missing {
        run.heap.blur(dict, why);
    }
    for (name, value, line) in arguments.named {
        let value = run.settle(value);
        run.set_item(dict, Value::Str(name), value, line)?;
    }
    Ok(())
}

/// A function of Python itself, with known arguments; `None` when used in a way not understood.
fn builtin(run: &mut Evaluator<'_>, name: &str, arguments: &Arguments) -> Option<Outcome> {
    let values = &*arguments.positional;
    let heap = &mut run.heap;
    if name == "sorted" {
        return sorted(run, arguments);
    }
    if name == "zip" && arguments.named.is_empty() {
        return Some(zip(run, values));
    }
    if !arguments.named.is_empty() {
        return None;
    }
    Some(match (name, values) {
        ("list", []) => heap.new_list(Vec::new()),
        ("list", [items]) => heap.items(items).and_then(|items| heap.new_list(items)),
        ("tuple", []) => heap.new_tuple(Vec::new()),
        ("tuple", [items]) => heap.items(items).and_then(|items| heap.new_tuple(items)),
        ("set" | "frozenset", []) => heap.new_set(Vec::new()),
        ("set" | "frozenset", [items]) => heap.items(items).and_then(|items| heap.new_set(items)),
        ("str", []) => Ok(Value::text("")),
        ("str", [value]) => format::text(heap, value).map(Value::text),
        ("repr", [value]) => format::repr(heap, value).map(Value::text),
        ("bool", [value]) => heap.truth(value).map(Value::Bool),
        ("int", [value]) => int(value),
        ("float", [value]) => float(value),
        ("abs", [Value::Float(value)]) => Ok(Value::Float(value.abs())),
        ("abs", [value]) => value.int().and_then(|int| {
            int.checked_abs().map(Value::Int).ok_or_else(|| unknown("an int this large"))
        }),
        ("len", [Value::Str(text)]) => {
            heap.spend_text(text.len()).map(|()| Value::Int(text.chars().count() as i128))
        }
        ("len", [items]) => heap.items(items).map(|items| Value::Int(items.len() as i128)),
        ("range", bounds @ ([_] | [_, _] | [_, _, _])) => range(run, bounds),
        ("enumerate", [items]) => enumerate(run, items, 0),
        ("enumerate", [items, start]) => start.int().and_then(|start| enumerate(run, items, start)),
        ("reversed", [items]) => heap.items(items).and_then(|mut items| {
            items.reverse();
            heap.new_list(items)
        }),
        ("any" | "all", [items]) => any_or_all(run, items, name == "any"),
        ("min" | "max", [items]) => heap.items(items).and_then(|items| extreme(run, &items, name)),
        ("min" | "max", items @ [_, _, ..]) => extreme(run, items, name),
        ("sum", [items]) => sum(run, items, Value::Int(0)),
        ("sum", [items, start]) => sum(run, items, start.clone()),
        _ => return None,
    })
}

fn sorted(run: &mut Evaluator<'_>, arguments: &Arguments) -> Option<Outcome> {
    let ([items], named) = (&*arguments.positional, &*arguments.named) else { return None };
    let reverse = match named {
        [] => Ok(false),
        [(name, value, _)] if **name == *"reverse" => run.heap.truth(value),
        _ => return None,
    };
    let result = reverse.and_then(|reverse| {
        let items = run.heap.items(items)?;
        let sorted = sort(run, items, reverse)?;
        run.heap.new_list(sorted)
    });
    Some(result)
}

/// Sorted, stable in both directions.
pub(super) fn sort(
    run: &mut Evaluator<'_>,
    mut items: Vec<Value>,
    reverse: bool,
) -> Outcome<Vec<Value>> {
    if reverse {
        items.reverse();
    }
    let mut sorted = run.heap.sort(&items)?;
    if reverse {
        sorted.reverse();
    }
    Ok(sorted)
}

fn int(value: &Value) -> Outcome {
    let parsed = match value {
        Value::Str(text) => {
            let digits = text.trim();
            let plain = digits.strip_prefix(['+', '-']).unwrap_or(digits);
            if plain.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
        }
        Value::Float(float) if float.abs() < 1e38 => Some(*float as i128),
        other => other.as_int(),
    };
    parsed.map(Value::Int).ok_or_else(|| unknown("this as an int"))
}

fn float(value: &Value) -> Outcome {
    let parsed = match value {
        Value::Str(text) if !text.contains('_') => text.trim().parse().ok(),
        other => other.as_float(),
    };
    parsed.map(Value::Float).ok_or_else(|| unknown("this as a float"))
}

fn range(run: &mut Evaluator<'_>, bounds: &[Value]) -> Outcome {
    let bounds: Vec<i128> = bounds.iter().map(Value::int).collect::<Outcome<_>>()?;
    let (start, stop, step) = match *bounds {
        [stop] => (0, stop, 1),
        [start, stop] => (start, stop, 1),
        [start, stop, step] => (start, stop, step),
        _ => return Err(unknown("a range of this many bounds")),
    };
    if step == 0 {
        return Err(unknown("a range with step 0"));
    }
    let mut items = Vec::new();
    let mut at = start;
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        run.heap.spend(1)?;
        items.push(Value::Int(at));
        let Some(next) = at.checked_add(step) else { break };
        at = next;
    }
    run.heap.new_list(items)
}

fn enumerate(run: &mut Evaluator<'_>, items: &Value, start: i128) -> Outcome {
    let mut pairs = Vec::new();
    let mut number = start;
    for item in run.heap.items(items)? {
        pairs.push(run.heap.new_tuple(vec![Value::Int(number), item])?);
        number = number.saturating_add(1);
    }
    run.heap.new_list(pairs)
}

fn zip(run: &mut Evaluator<'_>, sources: &[Value]) -> Outcome {
    let mut columns = Vec::new();
    for source in sources {
        columns.push(run.heap.items(source)?);
    }
    let length = columns.iter().map(Vec::len).min().unwrap_or(0);
    let mut rows = Vec::new();
    for at in 0..length {
        let row = columns.iter().map(|column| column[at].clone()).collect();
        rows.push(run.heap.new_tuple(row)?);
    }
    run.heap.new_list(rows)
}

fn any_or_all(run: &mut Evaluator<'_>, items: &Value, stop: bool) -> Outcome {
    for item in run.heap.items(items)? {
        if run.heap.truth(&item)? == stop {
            return Ok(Value::Bool(stop));
        }
    }
    Ok(Value::Bool(!stop))
}

fn extreme(run: &mut Evaluator<'_>, items: &[Value], name: &str) -> Outcome {
    let sorted = sort(run, items.to_vec(), name == "max")?;
    sorted.into_iter().next().ok_or_else(|| unknown(format!("the {name} of nothing")))
}

fn sum(run: &mut Evaluator<'_>, items: &Value, start: Value) -> Outcome {
    let mut total = start;
    for item in run.heap.items(items)? {
        total = run.add(&total, &item)?;
    }
    Ok(total)
}

impl Arguments {
    /// The positional arguments, when all arguments are known.
    pub(super) fn known(&self) -> Outcome<&[Value]> {
        let named = self.named.iter().map(|(_, value, _)| value);
        let unknown = self.positional.iter().chain(named).find_map(|value| match value {
            Value::Unknown(why) => Some(why),
            _ => None,
        });
        match unknown.or(self.missing.as_ref()) {
            Some(why) => Err(Rc::clone(why)),
            None => Ok(&self.positional),
        }
    }
}
