//! Undoing what datagrepper does to the messages it stores, so that their signatures fit again.

use crate::canonical::{Int, Object, Text, Value};

/// What no message on the bus has.
const ADDED: [&str; 6] =
    ["source_name", "source_version", "agent_name", "users", "packages", "meta"];
/// What not every message on the bus has.
const OPTIONAL: [&str; 5] = ["msg_id", "username", "crypto", "signature", "certificate"];

/// Removes the fields datagrepper adds and makes the timestamp an integer again.
///
/// It adds `source_name` and `source_version`, and `headers` even where there were none; newer ones
/// add what they found out about users and packages, and null for each field there was not. It turns
/// the integer timestamp into a float. A message without both source fields is left alone.
pub fn restore(message: &mut Object) {
    if message.get("source_name").is_none() || message.get("source_version").is_none() {
        return;
    }
    for added in ADDED {
        message.remove(added);
    }
    for field in OPTIONAL {
        if message.get(field) == Some(&Value::Null) {
            message.remove(field);
        }
    }
    if message.get("headers").is_some_and(is_empty) {
        message.remove("headers");
    }
    if let Some(Value::Float(seconds)) = message.get("timestamp")
        && seconds.is_finite()
    {
        // Adding zero turns -0.0 into 0.0, whose digits have no sign.
        let digits = format!("{:.0}", seconds.trunc() + 0.0);
        let int = digits.parse().map_or_else(|_| Int::Big(digits.into()), Int::Small);
        message.insert("timestamp", Value::Int(int));
    }
}

/// Whether a value counts as absent: null, zero, false, or without content.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) | Value::Int(Int::Small(0)) => true,
        Value::Float(number) => *number == 0.0,
        Value::Str(text) => *text == Text::default(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::parse;

    #[test]
    fn only_messages_from_datagrepper_change() {
        for (before, after) in [
            (
                r#"{"headers":{},"source_name":"d","source_version":"1","timestamp":1.0}"#,
                r#"{"timestamp":1}"#,
            ),
            (
                r#"{"headers":{"a":1},"source_name":"d","source_version":"1","timestamp":-0.5}"#,
                r#"{"headers":{"a":1},"timestamp":0}"#,
            ),
            (
                r#"{"crypto":null,"msg":null,"source_name":"d","source_version":"1","users":[]}"#,
                r#"{"msg":null}"#,
            ),
            (r#"{"source_name":"d","timestamp":1.0}"#, r#"{"source_name":"d","timestamp":1.0}"#),
        ] {
            let Value::Object(mut message) = parse(before.as_bytes()).unwrap() else { panic!() };
            restore(&mut message);
            assert_eq!(format!("{:?}", Value::Object(message)), after);
        }
    }
}
