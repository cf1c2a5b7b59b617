//! What `/v3` searches for beyond what the archive's indices know: topics with `*` anywhere, fields of
//! the message, and expressions of jq.

use std::sync::Arc;

use fedhub::canonical::Value;
use fedhub::filter::{Filter, Spec};
use fedhub::meta::Meta;
use fedhub::store::search::{MAX_TOPICS, topics};
use fedhub::store::{Archived, Query};

use super::answer::Failure;
use super::parameters::{Parameters, Refusal};
use super::pool::Session;
use super::search;

/// All conditions of a request but its range of time.
pub(crate) struct Conditions {
    query: Query,
    /// Fields that must have a value: paths into the message.
    fields: Vec<(String, String)>,
    /// Expressions that must hold.
    expressions: Option<Filter>,
}

impl Conditions {
    /// Reads filters, `where`, and the fields `body.PATH` and `header.NAME`.
    pub(crate) fn read(given: &mut Parameters, rules: &Arc<Meta>) -> Result<Self, Refusal> {
        let query = search::filters(given);
        let body =
            given.below("body.").into_iter().map(|(path, value)| (format!("msg.{path}"), value));
        let headers = given.below("header.").into_iter();
        let headers = headers.map(|(name, value)| (format!("headers.{name}"), value));
        let fields = body.chain(headers).collect();
        let spec = Spec { expressions: given.all("where"), ..Spec::default() };
        let expressions = match spec.expressions.is_empty() {
            true => None,
            false => {
                let filter = Filter::new(&spec, || Ok(Arc::clone(rules)));
                let hint = r#"an expression of jq, such as .msg.owner == "alice""#;
                let filter = filter.map_err(|error| {
                    Refusal::new("where", error.explained(), error.next_step().unwrap_or(hint))
                })?;
                Some(filter)
            }
        };
        Ok(Self { query, fields, expressions })
    }

    /// Whether the archive can decide all of it.
    pub(crate) fn are_indexed(&self) -> bool {
        self.fields.is_empty() && self.expressions.is_none()
    }

    /// What the archive is asked for. `None`: no topic fits.
    pub(crate) fn query(&self, session: &mut Session) -> Result<Option<Query>, Failure> {
        let mut query = self.query.clone();
        for (list, name) in [(&mut query.topics, "topic"), (&mut query.not_topics, "not_topic")] {
            if !list.iter().any(|topic| needs_list(topic)) {
                continue;
            }
            let fits = |topic: &str| list.iter().any(|glob| glob_matches(glob, topic));
            let Some(fitting) = topics(session.store()?, fits)? else {
                let why = format!("it stands for more than {MAX_TOPICS} topics");
                return Err(Refusal::new(name, why, "name more of the topic").into());
            };
            if fitting.is_empty() && name == "topic" {
                return Ok(None);
            }
            *list = fitting;
        }
        Ok(Some(query))
    }

    /// Whether a message of the archive's answer fits what the archive cannot decide.
    pub(crate) fn admit(&self, one: &Archived) -> bool {
        let fits = |(path, wanted): &(String, String)| {
            let value = one.message.value().ok().and_then(|value| value.at(path));
            value.is_some_and(|value| says(value, wanted))
        };
        self.fields.iter().all(fits)
            && self.expressions.as_ref().is_none_or(|filter| filter.decide(&one.message).matches)
    }

    /// Whether [`Self::fit`] takes next to no time: it need not read the message.
    pub(crate) fn are_quick(&self) -> bool {
        self.are_indexed() && self.query.contains.is_empty()
    }

    /// Whether they ask for nothing.
    pub(crate) fn are_empty(&self) -> bool {
        self.are_indexed() && self.query == Query::default()
    }

    /// Whether a message fits all of it.
    pub(crate) fn fit(&self, one: &Archived) -> bool {
        let topic = |globs: &[String]| globs.iter().any(|glob| glob_matches(glob, &one.topic));
        let names =
            |wanted: &[String], has: &[String]| wanted.iter().any(|name| has.contains(name));
        let word = |wanted: &[String], has: Option<&str>| {
            wanted.iter().any(|name| Some(name.as_str()) == has)
        };
        let (query, facts) = (&self.query, &one.facts);
        let (agent, category) = (facts.agent.as_deref(), Some(facts.category.as_str()));
        (query.topics.is_empty() || topic(&query.topics))
            && (query.categories.is_empty() || word(&query.categories, category))
            && (query.users.is_empty() || names(&query.users, &facts.users))
            && (query.packages.is_empty() || names(&query.packages, &facts.packages))
            && (query.agents.is_empty() || word(&query.agents, agent))
            && !topic(&query.not_topics)
            && !word(&query.not_categories, category)
            && !names(&query.not_users, &facts.users)
            && !names(&query.not_packages, &facts.packages)
            && !word(&query.not_agents, agent)
            && (query.contains.is_empty() || one.contains_any(&query.contains))
            && self.admit(one)
    }
}

/// Whether a value is what was written: a text, or a number or word as JSON has it.
fn says(value: &Value, wanted: &str) -> bool {
    match value {
        Value::Str(text) => text.as_str() == Some(wanted),
        Value::Array(items) => items.iter().any(|item| says(item, wanted)),
        Value::Object(_) => false,
        plain => fedhub::canonical::to_vec(plain) == wanted.as_bytes(),
    }
}

/// Whether the list of topics is needed: the archive itself knows `prefix.*`.
fn needs_list(topic: &str) -> bool {
    topic.strip_suffix(".*").unwrap_or(topic).contains('*')
}

/// Whether a topic fits one with `*`, which stands for anything.
pub(crate) fn glob_matches(glob: &str, topic: &str) -> bool {
    let mut parts = glob.split('*');
    let Some(mut rest) = topic.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use fedhub::message::Message;

    use super::*;

    fn conditions(query: &str) -> Result<Conditions, Refusal> {
        let rules = Arc::new(Meta::load(None, Default::default()).unwrap());
        Conditions::read(&mut Parameters::parse(query).unwrap(), &rules)
    }

    fn archived() -> Archived {
        let body = r#"{"topic":"org.x.prod.git.receive","msg_id":"1","username":"alice",
            "headers":{"x":"y"},"msg":{"n":7,"flag":true,"list":["a","b"],"info":{"arch":"s390x"},
            "text":"Café"}}"#;
        Archived::new(Message::new("org.x.prod.git.receive", body), 0, "valid", Meta::embedded())
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (glob, topic, expected) in [
            ("a.b", "a.b", true),
            ("a.b", "a.b.c", false),
            ("a.*", "a.b.c", true),
            ("a.*", "a", false),
            ("*.git.*", "org.x.git.receive", true),
            ("org.*.git.*", "org.x.prod.git.y", true),
            ("org.*.receive", "org.x.receive.end", false),
            ("*", "", true),
            ("a*a", "a", false),
            ("a*b*c", "abc", true),
            ("a*b*b", "ab", false),
        ] {
            assert_eq!(glob_matches(glob, topic), expected, "{glob} {topic}");
        }
        assert!(!needs_list("a.b") && !needs_list("a.*"));
        assert!(needs_list("a.*.b") && needs_list("*.b.*") && needs_list("a*"));
    }

    #[test]
    fn every_condition_can_refuse() {
        for (query, expected) in [
            ("", true),
            ("topic=org.*.receive&category=git&category=x&not_user=bob", true),
            ("body.n=7&body.flag=true&body.list=b&body.info.arch=s390x&header.x=y", true),
            ("body.n=8", false),
            ("body.info=s390x", false),
            ("header.x=z", false),
            ("contains=CAF%C3%89", true),
            ("contains=nothing", false),
            ("topic=org.x.prod.bodhi.*", false),
            ("not_topic=org.x.prod.git.*", false),
            ("category=bodhi", false),
            ("not_category=git", false),
            ("user=nobody", false),
            ("package=nothing", false),
            ("agent=nobody", false),
            ("where=.msg.n%20%3D%3D%207", true),
            ("where=.msg.n%20%3D%3D%208", false),
        ] {
            assert_eq!(conditions(query).unwrap().fit(&archived()), expected, "{query}");
        }
    }

    #[test]
    fn a_wrong_expression_is_refused_with_a_reason() {
        let refusal = conditions("where=.msg%20%7C%7C").err().unwrap();
        assert_eq!(refusal.parameter, "where");
        assert!(conditions("where=input").is_err());
    }
}
