//! Writing messages: the envelope around what a publisher has to say.

use crate::Result;
use crate::canonical::{Object, Value, to_vec};
use crate::config::Config;
use crate::crypto::Signer;

/// What every message of one publisher has in common.
#[derive(Debug, Clone)]
pub struct Author {
    prefix: String,
    username: String,
    /// The number of the last message.
    count: i64,
}

impl Author {
    /// A publisher on the configured bus, under this user's name.
    pub fn new(config: &Config, username: impl Into<String>) -> Self {
        let prefix = format!("{}.{}", config.topic_prefix, config.environment);
        Self { prefix, username: username.into(), count: 0 }
    }

    /// The two frames of a message about `msg`, signed if there is a signer. `topic` is what follows
    /// prefix and environment, such as `git.receive`.
    pub fn write(
        &mut self,
        topic: &str,
        msg: Value,
        signer: Option<&Signer>,
    ) -> Result<(String, Vec<u8>)> {
        self.count += 1;
        let topic = format!("{}.{topic}", self.prefix);
        let now = jiff::Zoned::now();
        let mut envelope = Object::new();
        envelope.insert("i", self.count);
        envelope.insert("msg", msg);
        envelope.insert("msg_id", format!("{}-{}", now.year(), uuid::Uuid::new_v4()));
        envelope.insert("timestamp", now.timestamp().as_second());
        envelope.insert("topic", topic.as_str());
        envelope.insert("username", self.username.as_str());
        if let Some(signer) = signer {
            signer.sign(&mut envelope)?;
        }
        Ok((topic, to_vec(&envelope.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;

    #[test]
    fn envelopes_have_fedmsgs_fields() {
        let mut author = Author::new(&Config::default(), "alice");
        author.write("a.b", Value::Null, None).unwrap();
        let (topic, body) = author.write("git.receive", Value::from("text"), None).unwrap();
        assert_eq!(topic, "org.fedoraproject.dev.git.receive");
        let message = Message::new(topic.clone(), body);
        let envelope = message.envelope().unwrap();
        let keys: Vec<_> = envelope.iter().map(|(key, _)| key.to_string_lossy()).collect();
        assert_eq!(keys, ["i", "msg", "msg_id", "timestamp", "topic", "username"]);
        assert_eq!(envelope.get("i"), Some(&Value::from(2)));
        assert_eq!(envelope.get_str("topic"), Some(topic.as_str()));
        assert_eq!(envelope.get_str("msg_id").unwrap().len(), "2026-".len() + 36);
    }
}
