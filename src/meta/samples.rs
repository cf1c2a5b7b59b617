//! The samples in rule files: messages, and the facts expected of them.

use serde::Serialize;
use serde_json::Value;

use crate::canonical;
use crate::jq::Limits;

use super::Subject;
use super::facts::{Fact, Facts, Wanted};
use super::file::Sample;
use super::rules::{Rule, Rules, Source};

/// What came of testing all samples.
#[derive(Debug, Default)]
pub struct Tested {
    /// How many samples there are.
    pub samples: usize,
    /// How many facts they state.
    pub facts: usize,
    /// The facts that are otherwise.
    pub differences: Vec<Difference>,
}

/// A fact of a sample that is not what it should be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The rule file.
    pub file: String,
    /// The line where the sample begins.
    pub line: usize,
    /// Which fact.
    pub fact: String,
    /// What the sample states.
    pub expected: Value,
    /// What the rules say.
    pub found: Value,
}

impl Rules {
    /// Describes every sample and compares.
    pub fn test(&self) -> Tested {
        let mut tested = Tested::default();
        for (number, source) in self.files.iter().enumerate() {
            for sample in &source.file.samples {
                tested.samples += 1;
                let at = sample.span().start;
                let sample = sample.get_ref();
                tested.facts += sample.expect.len();
                match self.describe(sample) {
                    Ok((facts, rule)) => {
                        if let Some(rule) = rule.filter(|rule| rule.file != number) {
                            let (other, line) = self.place(rule);
                            let other = Value::String(format!("{other}:{line}"));
                            tested.add(source, at, "the rule", "one of this file".into(), other);
                        }
                        for (name, expected) in &sample.expect {
                            let expected = stated(expected);
                            let found = value(&facts, name);
                            if found != expected {
                                tested.add(source, at, name, expected, found);
                            }
                        }
                    }
                    Err(error) => {
                        tested.add(source, at, "message", "JSON".into(), error.reason.into());
                    }
                }
            }
        }
        tested
    }

    /// What is said about a sample, and by which rule.
    pub(super) fn describe(
        &self,
        sample: &Sample,
    ) -> Result<(Facts, Option<&Rule>), canonical::Error> {
        let message = canonical::parse(sample.message.trim().as_bytes())?;
        let subject = Subject::new(&message);
        Ok(self.facts(&subject, Wanted::Long, &Limits::default(), &sample.accounts))
    }

    /// Where a rule begins.
    pub(super) fn place(&self, rule: &Rule) -> (String, usize) {
        let (source, written) = self.written(rule);
        source.place(written.span().start)
    }
}

impl Tested {
    fn add(&mut self, source: &Source, at: usize, fact: &str, expected: Value, found: Value) {
        let (file, line) = source.place(at);
        self.differences.push(Difference { file, line, fact: fact.to_owned(), expected, found });
    }
}

/// A fact as JSON; a text that says so if there is no such fact.
fn value(facts: &Facts, name: &str) -> Value {
    if Fact::ALL.iter().all(|fact| fact.name() != name) {
        return "(there is no such fact)".into();
    }
    let facts = serde_json::to_value(facts).unwrap_or_default();
    facts.get(name).cloned().unwrap_or_default()
}

/// A stated fact; lists are compared sorted.
fn stated(value: &toml::Value) -> Value {
    match value {
        toml::Value::Array(items) => {
            let mut items: Vec<_> = items.iter().map(stated).collect();
            items.sort_by_cached_key(|item| (item.is_string(), item.as_i64(), item.to_string()));
            items.into()
        }
        other => serde_json::to_value(other).unwrap_or_default(),
    }
}
