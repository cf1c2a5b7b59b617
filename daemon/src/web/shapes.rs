//! How a message looks to those who know datagrepper: fedmsg's envelope (`/raw`, `/id`) and that of
//! fedora-messaging (`/v2`), with what the rules say about it if that is asked for.

use std::borrow::Cow;

use fedhub::canonical::{Object, Value};
use fedhub::meta::{Facts, Meta, Wanted};
use fedhub::store::Archived;
use fedhub::store::shown::facts;
use serde::Serialize;
use serde_json::{Map, json};

use super::parameters::{Parameters, Refusal};
use super::time;

/// The facts that can be asked for, by datagrepper's names.
const METAS: [&str; 14] = [
    "summary",
    "text",
    "url",
    "app_icon",
    "agent_avatar",
    "usernames",
    "packages",
    "containers",
    "modules",
    "flatpaks",
    "date",
    "subtitle",
    "link",
    "icon",
];

/// Reads `meta`.
pub(crate) fn read_metas(given: &mut Parameters) -> Result<Vec<String>, Refusal> {
    let metas = given.all("meta");
    match metas.iter().find(|name| !METAS.contains(&name.as_str())) {
        Some(unknown) => {
            let hint = format!("one of {}", METAS.join(", "));
            Err(Refusal::new("meta", format!("{unknown:?} is not possible"), hint))
        }
        None => Ok(metas),
    }
}

/// Which envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    One,
    Two,
}

/// A message as it is answered.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Shape<'a> {
    One(Box<One<'a>>),
    Two(Two<'a>),
}

#[derive(Serialize)]
pub(crate) struct One<'a> {
    i: &'a Value,
    msg_id: &'a str,
    topic: &'a str,
    timestamp: f64,
    certificate: &'a Value,
    signature: &'a Value,
    agent_name: Option<&'a str>,
    username: Option<&'a str>,
    crypto: &'a Value,
    msg: &'a Value,
    headers: Cow<'a, Value>,
    source_name: &'static str,
    source_version: &'static str,
    users: &'a [String],
    packages: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Map<String, serde_json::Value>>,
}

#[derive(Serialize)]
pub(crate) struct Two<'a> {
    body: &'a Value,
    headers: Cow<'a, Value>,
    id: &'a str,
    priority: &'a Value,
    queue: Option<&'static str>,
    topic: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Map<String, serde_json::Value>>,
}

static NULL: Value = Value::Null;
static ZERO: Value = Value::Int(fedhub::canonical::Int::Small(0));

impl<'a> Shape<'a> {
    /// A message of the archive.
    pub(crate) fn of(one: &'a Archived, version: Version, metas: &[String], rules: &Meta) -> Self {
        let field = |name| one.message.envelope().and_then(|envelope| envelope.get(name));
        let msg = field("msg").or_else(|| one.message.value().ok()).unwrap_or(&NULL);
        let headers = match field("headers") {
            Some(headers @ Value::Object(_)) => Cow::Borrowed(headers),
            _ => Cow::Owned(Value::Object(Object::new())),
        };
        let meta = (!metas.is_empty()).then(|| metas_of(one, metas, rules));
        // Rules may not know who did it, where the message says whose it is.
        let who = one.facts.agent.as_deref();
        let who = who.or_else(|| field("username").and_then(Value::as_str));
        match version {
            Version::One => Shape::One(Box::new(One {
                i: field("i").unwrap_or(&ZERO),
                msg_id: &one.msg_id,
                topic: &one.topic,
                timestamp: one.time.div_euclid(1_000_000) as f64,
                certificate: field("certificate").unwrap_or(&NULL),
                signature: field("signature").unwrap_or(&NULL),
                agent_name: who,
                username: who,
                crypto: field("crypto").unwrap_or(&NULL),
                msg,
                headers,
                source_name: "fedhub",
                source_version: env!("CARGO_PKG_VERSION"),
                users: &one.facts.users,
                packages: &one.facts.packages,
                meta,
            })),
            Version::Two => Shape::Two(Two {
                body: msg,
                priority: field("headers")
                    .and_then(Value::as_object)
                    .and_then(|headers| headers.get("priority"))
                    .unwrap_or(&ZERO),
                headers: with_sent_at(headers, one.time),
                id: &one.msg_id,
                queue: None,
                topic: &one.topic,
                meta,
            }),
        }
    }
}

/// Messages of this envelope say in their headers when they were sent.
fn with_sent_at(headers: Cow<'_, Value>, micros: i64) -> Cow<'_, Value> {
    match headers.as_object() {
        Some(object) if object.get("sent-at").is_none() => {
            let mut object = object.clone();
            object.insert("sent-at", time::as_python(micros));
            Cow::Owned(Value::Object(object))
        }
        _ => headers,
    }
}

fn metas_of(one: &Archived, metas: &[String], rules: &Meta) -> Map<String, serde_json::Value> {
    let long = metas.iter().any(|name| name == "text");
    let facts = facts(one, if long { Wanted::Long } else { Wanted::All }, rules);
    let text = |of: fn(&Facts) -> Option<&str>| json!(facts.as_ref().and_then(of));
    let mut all = Map::new();
    let mut old = Vec::new();
    for name in metas {
        let value = match name.as_str() {
            "summary" | "subtitle" => text(|facts| Some(&facts.summary)),
            "text" => text(|facts| Some(facts.long.as_deref().unwrap_or(&facts.summary))),
            "url" | "link" => text(|facts| facts.link.as_deref().filter(|link| !link.is_empty())),
            "app_icon" | "icon" => text(|facts| facts.icon.as_deref()),
            "agent_avatar" => text(|facts| facts.secondary_icon.as_deref()),
            "usernames" => json!(one.facts.users),
            "packages" => json!(one.facts.packages),
            "date" => json!(time::ago(one.time, fedhub::journal::now())),
            // The bus of fedmsg has none of these.
            _ => json!([]),
        };
        let new = match name.as_str() {
            "subtitle" => "summary",
            "link" => "url",
            "icon" => "app_icon",
            _ => "",
        };
        if !new.is_empty() {
            old.push(json!(format!("Meta {name} is deprecated and has been replaced by {new}")));
        }
        all.insert(name.clone(), value);
    }
    if !old.is_empty() {
        all.insert("WARNING".into(), json!(old));
    }
    all
}
