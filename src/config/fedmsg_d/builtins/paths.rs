//! `os.path` as functions of text alone: no file is looked at.

use super::super::Host;
use super::super::value::{Outcome, Value, unknown};

/// `os.path.name(values)`; `None` when that is not understood.
pub(super) fn call(host: &Host, name: &str, values: &[Value]) -> Option<Outcome> {
    let texts: Result<Vec<_>, _> = values.iter().map(Value::str).collect();
    let texts = match texts {
        Ok(texts) => texts,
        Err(why) => return Some(Err(why)),
    };
    let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
    let path = match (name, &*texts) {
        ("join", [first, rest @ ..]) => Ok(join(first, rest)),
        ("expanduser", [path]) => expand_user(host, path),
        ("dirname", [path]) => Ok(dirname(path).to_owned()),
        ("basename", [path]) => Ok(basename(path).to_owned()),
        ("normpath", [path]) => Ok(normal(path)),
        ("abspath", [path]) if path.starts_with('/') => Ok(normal(path)),
        ("abspath", [_]) => Err(unknown("the working directory is not read")),
        _ => return None,
    };
    Some(path.map(Value::text))
}

fn join(first: &str, rest: &[&str]) -> String {
    let mut path = first.to_owned();
    for part in rest {
        if part.starts_with('/') {
            path.clear();
        } else if !path.is_empty() && !path.ends_with('/') {
            path.push('/');
        }
        path.push_str(part);
    }
    path
}

fn expand_user(host: &Host, path: &str) -> Outcome<String> {
    let Some(rest) = path.strip_prefix('~') else { return Ok(path.to_owned()) };
    if !rest.is_empty() && !rest.starts_with('/') {
        return Err(unknown("the home directory of another user"));
    }
    let home = host.home.as_ref().and_then(|home| home.to_str());
    let home = home.ok_or_else(|| unknown("the home directory of this user"))?;
    let path = format!("{}{rest}", home.trim_end_matches('/'));
    Ok(if path.is_empty() { "/".to_owned() } else { path })
}

/// What is before the last `/`, without the slashes at its end.
fn dirname(path: &str) -> &str {
    let head = &path[..path.len() - basename(path).len()];
    let trimmed = head.trim_end_matches('/');
    if trimmed.is_empty() { head } else { trimmed }
}

fn basename(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Without `.`, `..` and doubled slashes, where that needs no look at the disk.
fn normal(path: &str) -> String {
    // Exactly two slashes at the start mean something else than one, in POSIX.
    let root = match path.len() - path.trim_start_matches('/').len() {
        0 => "",
        2 => "//",
        _ => "/",
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if !root.is_empty() => {}
            part => parts.push(part),
        }
    }
    let path = format!("{root}{}", parts.join("/"));
    if path.is_empty() { ".".to_owned() } else { path }
}
