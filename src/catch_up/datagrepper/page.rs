//! One page of datagrepper's answer, checked against what was asked for.

use crate::canonical::{Value, parse};
use crate::datanommer::Original;
use crate::message::Message;

/// A page.
#[derive(Debug)]
pub(super) struct Page {
    /// Its messages, oldest first.
    pub(super) rows: Vec<Row>,
    /// How many messages all pages of the query have together.
    pub(super) total: u64,
}

/// A message and its time.
#[derive(Debug)]
pub(super) struct Row {
    /// Its unix second.
    pub(super) second: i64,
    /// The message as it was signed.
    pub(super) message: Message,
}

impl Page {
    /// Reads an answer to a query for the messages from the second `from` on and before `until`.
    pub(super) fn read(text: &[u8], from: i64, until: i64) -> Result<Self, String> {
        let answer = parse(text).map_err(|error| format!("not JSON: {error}"))?;
        let Value::Object(mut answer) = answer else {
            return Err("not a JSON object".into());
        };
        let total = answer.get("total").and_then(Value::as_i64);
        let total = total.and_then(|total| u64::try_from(total).ok());
        let total = total.ok_or("no total, which counts the messages")?;
        let Some(Value::Array(messages)) = answer.remove("raw_messages") else {
            return Err("no raw_messages".into());
        };
        let rows: Vec<_> = messages.into_iter().map(row).collect::<Result<_, _>>()?;
        if let Some(row) = rows.iter().find(|row| row.second < from || row.second >= until) {
            let second = row.second;
            return Err(format!("a message of {second}, and was asked for {from} to {until}"));
        }
        if !rows.is_sorted_by_key(|row| row.second) {
            return Err("the messages are not in the order of their time".into());
        }
        Ok(Self { rows, total })
    }
}

fn row(value: Value) -> Result<Row, String> {
    let Original { message, time, .. } = Original::read(value)?;
    let second = time.ok_or("a message without timestamp")?.div_euclid(1_000_000);
    Ok(Row { second, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(i64, String)>, String> {
        let page = Page::read(text.as_bytes(), 100, 200)?;
        assert_eq!(page.total, 7);
        let show =
            |row: &Row| (row.second, String::from_utf8(row.message.body().to_vec()).unwrap());
        Ok(page.rows.iter().map(show).collect())
    }

    #[test]
    fn messages_are_restored() {
        let rows = read(
            r#"{"raw_messages": [{"i": 1, "msg": {"n": 1.0}, "msg_id": "a", "topic": "t",
            "timestamp": 100.9, "certificate": null, "signature": null, "crypto": null,
            "headers": {}, "source_name": "datanommer", "source_version": "1.5.0",
            "agent_name": "x", "username": "x", "users": [], "packages": ["p"]},
            {"topic": "t", "timestamp": 199}], "total": 7, "pages": 1, "count": 2}"#,
        );
        let restored =
            r#"{"i":1,"msg":{"n":1.0},"msg_id":"a","timestamp":100,"topic":"t","username":"x"}"#;
        let plain = r#"{"timestamp":199,"topic":"t"}"#;
        assert_eq!(rows.unwrap(), [(100, restored.to_owned()), (199, plain.to_owned())]);
    }

    #[test]
    fn what_was_not_asked_for_is_refused() {
        for (text, why) in [
            ("<html>", "not JSON"),
            ("[]", "not a JSON object"),
            (r#"{"raw_messages":[]}"#, "no total"),
            (r#"{"raw_messages":[],"total":-1}"#, "no total"),
            (r#"{"messages":[],"total":7}"#, "no raw_messages"),
            (r#"{"raw_messages":[1],"total":7}"#, "not an object"),
            (r#"{"raw_messages":[{"topic":"t"}],"total":7}"#, "without timestamp"),
            (
                r#"{"raw_messages":[{"topic":"t","timestamp":1e300}],"total":7}"#,
                "without timestamp",
            ),
            (r#"{"raw_messages":[{"timestamp":100}],"total":7}"#, "without topic"),
            (r#"{"raw_messages":[{"topic":"t","timestamp":99}],"total":7}"#, "was asked for"),
            (r#"{"raw_messages":[{"topic":"t","timestamp":200}],"total":7}"#, "was asked for"),
            (
                r#"{"raw_messages":[{"topic":"t","timestamp":150},{"topic":"t","timestamp":149}],"total":7}"#,
                "order",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
