//! Who may say what: fedmsg's routing policy.

use std::collections::HashMap;

use crate::canonical::{Object, Value};

/// Which signers may use which topics. Topics are compared literally; there are no patterns.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// For each topic the common names that may sign it.
    pub routing: HashMap<String, Vec<String>>,
    /// Whether a topic without an entry is refused.
    pub nitpicky: bool,
    /// When set, only this common name may have signed, whatever the rest says.
    pub signed_by: Option<String>,
}

impl Policy {
    /// Whether `signer` may send `message`; if not, the reason as text.
    pub fn permits(&self, message: &Object, signer: &str) -> Result<(), String> {
        let topic = message.get("topic");
        if matches!(topic, Some(Value::Array(_) | Value::Object(_))) {
            return Err("the topic is a list or an object".into());
        }
        if let Some(wanted) = &self.signed_by {
            return match topic {
                None => Err("there is no topic".into()),
                Some(_) if signer == wanted => Ok(()),
                Some(_) => Err(format!("signed by {signer:?}, not by {wanted:?}")),
            };
        }
        match topic.and_then(Value::as_str).and_then(|topic| self.routing.get(topic)) {
            Some(signers) if signers.iter().any(|name| name == signer) => Ok(()),
            Some(_) => Err(format!("{signer:?} may not sign this topic")),
            None if self.nitpicky => Err("the policy has no entry for this topic".into()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::parse;

    #[test]
    fn entries_are_literal_and_missing_ones_matter_only_when_nitpicky() {
        let routing = HashMap::from([
            ("git.receive".to_owned(), vec!["git".to_owned()]),
            ("git.*".to_owned(), vec!["shell".to_owned()]),
            ("nobody".to_owned(), vec![]),
        ]);
        let lax = Policy { routing, ..Policy::default() };
        let nitpicky = Policy { nitpicky: true, ..lax.clone() };
        for (body, signer, by_lax, by_nitpicky) in [
            (r#"{"topic":"git.receive"}"#, "git", true, true),
            (r#"{"topic":"git.receive"}"#, "shell", false, false),
            (r#"{"topic":"git.branch"}"#, "shell", true, false),
            (r#"{"topic":"git.*"}"#, "shell", true, true),
            (r#"{"topic":"nobody"}"#, "git", false, false),
            (r#"{"topic":7}"#, "git", true, false),
            (r#"{}"#, "git", true, false),
            (r#"{"topic":["git.receive"]}"#, "git", false, false),
        ] {
            let message = parse(body.as_bytes()).unwrap();
            let message = message.as_object().unwrap();
            assert_eq!(lax.permits(message, signer).is_ok(), by_lax, "{body} {signer}");
            assert_eq!(nitpicky.permits(message, signer).is_ok(), by_nitpicky, "{body} {signer}");
        }
    }

    #[test]
    fn a_wanted_signer_overrides_the_policy() {
        let routing = HashMap::from([("t".to_owned(), vec!["other".to_owned()])]);
        let policy = Policy { routing, nitpicky: true, signed_by: Some("me".into()) };
        let permits = |body: &str, signer| {
            policy.permits(parse(body.as_bytes()).unwrap().as_object().unwrap(), signer).is_ok()
        };
        assert!(permits(r#"{"topic":"t"}"#, "me"));
        assert!(permits(r#"{"topic":"u"}"#, "me"));
        assert!(!permits(r#"{"topic":"t"}"#, "other"));
        assert!(!permits("{}", "me"));
    }
}
