//! What a request has to say: something to put into a message, or a whole message.

use std::sync::{Mutex, PoisonError};

use fedhub::canonical::{Object, Value, parse};
use fedhub::config::Config;
use fedhub::envelope::Author;
use fedhub::{Error, Kind, Result};

/// No topic is longer.
const MAX_TOPIC: usize = 1000;
/// What is in a request that is not a whole message.
const KEYS: [&str; 2] = ["topic", "msg"];

/// How requests become messages.
pub(super) struct Format {
    config: Config,
    /// Prefix and environment, with dots.
    prefix: String,
    /// The last one; its messages are numbered.
    author: Mutex<Option<(String, Author)>>,
}

impl Format {
    pub(super) fn new(config: &Config) -> Self {
        let prefix = format!("{}.{}.", config.topic_prefix, config.environment);
        Self { config: config.clone(), prefix, author: Mutex::default() }
    }

    /// The frames for a request of the publisher of this name.
    pub(super) fn frames(&self, body: &[u8], name: &str) -> Result<(String, Vec<u8>)> {
        let wrong = |why: &str| Error::new(Kind::Data, why.to_owned());
        let value = parse(body)
            .map_err(|error| Error::new(Kind::Data, "the request is not JSON").because(error))?;
        let Value::Object(mut request) = value else {
            return Err(wrong("the request is not an object"));
        };
        let topic =
            request.get_str("topic").ok_or_else(|| wrong("topic is missing, or no text"))?;
        let topic = topic.to_owned();
        check(&topic)?;
        // What has a name or a signature of its own is a message already.
        if request.get("msg_id").is_some() || request.get("signature").is_some() {
            whole(&request)?;
            return Ok((topic, body.to_vec()));
        }
        let msg = request.remove("msg").ok_or_else(|| wrong("msg is missing"))?;
        let other = request.iter().map(|(key, _)| key.to_string_lossy().into_owned());
        if let Some(other) = other.into_iter().find(|key| !KEYS.contains(&key.as_str())) {
            let hint = "what is to be published is inside of msg";
            return Err(wrong(&format!("the key {other:?} means nothing here")).hint(hint));
        }
        let short = topic.strip_prefix(&self.prefix).unwrap_or(&topic);
        let mut last = self.author.lock().unwrap_or_else(PoisonError::into_inner);
        let author = match &mut *last {
            Some((known, author)) if known == name => author,
            other => &mut other.insert((name.to_owned(), Author::new(&self.config, name))).1,
        };
        author.write(short, msg, None)
    }
}

/// Whether others on the bus will take it for a message.
fn whole(message: &Object) -> Result<()> {
    for key in ["msg", "timestamp"] {
        if message.get(key).is_none() {
            let why = format!("a message with its own msg_id or signature has a {key}");
            return Err(Error::new(Kind::Data, why).hint("or send only topic and msg"));
        }
    }
    Ok(())
}

fn check(topic: &str) -> Result<()> {
    let good = topic.split('.').all(|word| !word.is_empty())
        && !topic.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    if good && topic.len() <= MAX_TOPIC {
        return Ok(());
    }
    Err(Error::new(Kind::Data, "a topic is words with dots between them")
        .hint(r#"such as "wiki.article.edit""#))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(request: &str) -> Result<(String, serde_json::Value)> {
        let format = Format::new(&Config::default());
        let (topic, body) = format.frames(request.as_bytes(), "wiki")?;
        Ok((topic, serde_json::from_slice(&body).unwrap()))
    }

    #[test]
    fn topic_and_msg_become_a_message() {
        for topic in ["wiki.edit", "org.fedoraproject.dev.wiki.edit"] {
            let request = format!(r#"{{"topic": "{topic}", "msg": {{"title": "A"}}}}"#);
            let (topic, body) = frames(&request).unwrap();
            assert_eq!(topic, "org.fedoraproject.dev.wiki.edit");
            assert_eq!(body["topic"], topic);
            assert_eq!(body["msg"]["title"], "A");
            assert_eq!((&body["username"], &body["i"]), (&"wiki".into(), &1.into()));
            assert!(body["msg_id"].is_string() && body["timestamp"].is_i64());
        }
        assert_eq!(
            frames(r#"{"topic": "a", "msg": null}"#).unwrap().1["msg"],
            serde_json::Value::Null
        );
    }

    #[test]
    fn a_whole_message_stays_as_it_is() {
        let format = Format::new(&Config::default());
        let text = r#"{"timestamp": 1.50, "msg":{}, "topic":"com.example.a", "msg_id":"2026-1" }"#;
        let (topic, body) = format.frames(text.as_bytes(), "wiki").unwrap();
        assert_eq!((topic.as_str(), body.as_slice()), ("com.example.a", text.as_bytes()));
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in [
            "",
            "[]",
            "null",
            "{",
            r#"{"msg": {}}"#,
            r#"{"topic": 1, "msg": {}}"#,
            r#"{"topic": "a"}"#,
            r#"{"topic": "a b", "msg": 1}"#,
            r#"{"topic": "a..b", "msg": 1}"#,
            r#"{"topic": "", "msg": 1}"#,
            r#"{"topic": "a", "msg": 1, "message": 2}"#,
            r#"{"topic": "a", "msg_id": "x", "msg": 1}"#,
            r#"{"topic": "a", "signature": "x", "timestamp": 1}"#,
            r#"{"topic": "a\n", "msg": 1}"#,
        ] {
            assert_eq!(frames(wrong).unwrap_err().kind(), Kind::Data, "{wrong}");
        }
        let long = format!(r#"{{"topic": "{}", "msg": 1}}"#, "a".repeat(MAX_TOPIC + 1));
        assert!(frames(&long).is_err());
    }
}
