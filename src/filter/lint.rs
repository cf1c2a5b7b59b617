//! What is probably not meant: filters that match always or never, and names that nothing has.

use std::collections::HashSet;
use std::sync::Arc;

use super::pattern::TopicPattern;
use super::spec::{nearest, term};
use super::subject::Subject;
use super::{Filter, Spec, clause};
use crate::Result;
use crate::message::Message;
use crate::meta::{Meta, Rules};

/// Something about a filter that is probably not meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What sort of thing, for programs.
    pub name: &'static str,
    /// What it is, with the part of the filter in shorthand.
    pub text: String,
}

/// What every message may have.
const FIELDS: [&str; 12] = [
    "topic",
    "msg",
    "msg_id",
    "timestamp",
    "username",
    "i",
    "headers",
    "crypto",
    "signature",
    "certificate",
    "source_name",
    "source_version",
];

/// Looks at a filter; fails if it cannot be compiled.
pub fn lint(spec: &Spec, meta: &Arc<Meta>) -> Result<Vec<Finding>> {
    Filter::new(spec, || Ok(Arc::clone(meta)))?;
    let rules = meta.rules();
    let mut findings = Findings(Vec::new());
    findings.shape(spec);
    findings.contradictions(spec);
    findings.topics(spec, rules);
    findings.categories(spec, rules);
    for text in &spec.expressions {
        findings.expression(text)?;
    }
    Ok(findings.0)
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, name: &'static str, text: String) {
        self.0.push(Finding { name, text });
    }

    /// What is seen from which lists there are.
    fn shape(&mut self, spec: &Spec) {
        let lists = spec.lists();
        let mut used = lists.iter().filter(|(_, _, values)| !values.is_empty()).peekable();
        if used.peek().is_none() {
            self.add("always-true", "it asks for nothing, so every message matches".into());
        } else if used.all(|(_, not, _)| *not) {
            let text = "it only leaves out; every other message matches";
            self.add("all-negative", text.into());
        }
        for (kind, not, values) in lists {
            let mut seen = HashSet::new();
            for value in values.iter().filter(|value| !seen.insert(*value)) {
                self.add("repeated", format!("{} is there twice", term(kind, not, value)));
            }
        }
    }

    /// What is wanted and left out at the same time.
    fn contradictions(&mut self, spec: &Spec) {
        for (kind, wanted, unwanted) in [
            ("topic", &spec.topic, &spec.not_topic),
            ("category", &spec.category, &spec.not_category),
            ("user", &spec.user, &spec.not_user),
            ("package", &spec.package, &spec.not_package),
        ] {
            let both: Vec<_> = wanted.iter().filter(|value| unwanted.contains(value)).collect();
            for value in &both {
                let (yes, no) = (term(kind, false, value), term(kind, true, value));
                self.add("contradiction", format!("{yes} cannot match because of {no}"));
            }
            if !both.is_empty() && both.len() == wanted.len() {
                let text = format!("each {kind} that is asked for is left out as well");
                self.add("always-false", text);
            }
        }
    }

    fn topics(&mut self, spec: &Spec, rules: &Rules) {
        let is_everything =
            |text: &&String| matches!(text.as_str(), "" | "*" | "**" | "~" | "~.*" | "~.+" | "~^");
        if let Some(text) = spec.topic.iter().find(is_everything) {
            let text = term("topic", false, text);
            self.add("always-true", format!("{text} is every topic, so no topic is refused"));
        }
        if let Some(text) = spec.not_topic.iter().find(is_everything) {
            let text = term("topic", true, text);
            self.add("always-false", format!("{text} leaves out every topic"));
        }
        for text in spec.topic.iter().chain(&spec.not_topic) {
            let first = text.split('.').next().unwrap_or_default();
            if text.ends_with('.') && rules.categories().any(|known| known == first) {
                let text =
                    format!("{text} is the beginning of whole topics; did you mean {text}*?");
                self.add("whole-topic", text);
            }
        }
        let families: Option<Vec<&str>> = spec.topic.iter().map(|text| family(text)).collect();
        let fits = |families: &Vec<&str>| {
            families.iter().any(|family| spec.category.iter().any(|name| name == family))
        };
        if families.is_some_and(|found| !found.is_empty() && !fits(&found))
            && !spec.category.is_empty()
        {
            let text = "no topic that is asked for is of a category that is asked for";
            self.add("always-false", text.into());
        }
    }

    /// Categories that no rule knows.
    fn categories(&mut self, spec: &Spec, rules: &Rules) {
        let named = spec.category.iter().chain(&spec.not_category).map(String::as_str);
        let topics = spec.topic.iter().chain(&spec.not_topic).filter_map(|text| family(text));
        for name in named.chain(topics) {
            if rules.categories().any(|known| known == name) {
                continue;
            }
            let near = hint(name, rules.categories());
            self.add("unknown-category", format!("no rule knows the category {name}{near}"));
        }
    }

    fn expression(&mut self, text: &str) -> Result<()> {
        let shown = term(super::spec::WHERE, false, text);
        let bare = without_strings(text);
        if is_constant(&bare) {
            let message = Message::new("", "null");
            let value = Subject::new(&message, None).evaluate(&clause::compile(text)?);
            let name = if value == Ok(true) { "always-true" } else { "always-false" };
            self.add(name, format!("{shown} does not look at the message"));
        }
        if assigns(&bare) {
            let text = format!("{shown} changes a value, which is always true; == compares");
            self.add("always-true", text);
        }
        let start = bare.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
        if let Some(rest) = start.strip_prefix('.') {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let field = rest.split(|c| !is_name(c)).next().unwrap_or_default();
            if !field.is_empty() && !FIELDS.contains(&field) {
                let near = hint(field, FIELDS.into_iter());
                self.add("unknown-field", format!("{shown}: no message has .{field}{near}"));
            }
        }
        Ok(())
    }
}

/// The category of what a topic pattern selects, if it has one.
fn family(text: &str) -> Option<&str> {
    let whole = match TopicPattern::new(text).ok()? {
        TopicPattern::Regex(_) => return None,
        TopicPattern::Whole(_) => true,
        TopicPattern::Either(_) => false,
    };
    let mut words = text.split('.').skip(if whole { 3 } else { 0 });
    let first = words.next()?;
    // The last word of a pattern may be a part of one.
    let is_complete = words.next().is_some();
    (is_complete && !first.is_empty() && !first.contains('*')).then_some(first)
}

/// What was probably meant.
fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(name, known).map_or_else(String::new, |near| format!("; did you mean {near}?"))
}

/// jq with each string replaced by an empty one.
fn without_strings(text: &str) -> String {
    let (mut bare, mut inside) = (String::new(), false);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                inside = !inside;
                bare.push('"');
            }
            '\\' if inside => {
                // What is in "\(.a)" is looked at as well.
                if characters.next() == Some('(') {
                    bare.push('.');
                }
            }
            _ if inside => {}
            other => bare.push(other),
        }
    }
    bare
}

/// Whether only literals and operators are there.
fn is_constant(bare: &str) -> bool {
    let mut words = bare.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let literal = |word: &str| {
        word.chars().all(|c| c.is_ascii_digit())
            || matches!(word, "true" | "false" | "null" | "and" | "or" | "not")
    };
    !bare.contains(['.', '$']) && words.all(literal)
}

/// Whether there is an `=` that is no comparison.
fn assigns(bare: &str) -> bool {
    let bytes = bare.as_bytes();
    bytes.iter().enumerate().any(|(index, byte)| {
        let before = index.checked_sub(1).and_then(|before| bytes.get(before)).copied();
        let compares = matches!(before, Some(b'=' | b'!' | b'<' | b'>'));
        *byte == b'=' && !compares && bytes.get(index + 1) != Some(&b'=')
    })
}
