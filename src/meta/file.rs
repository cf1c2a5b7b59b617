//! The format of rule files.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use toml::Spanned;

use crate::error::{Error, Kind, Result};
use crate::jq::Accounts;

use super::facts::Fact;
use super::pattern::Pattern;

/// A jq expression, and where it stands in its file.
pub(super) type Text = Spanned<String>;

/// A rule file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    /// What family it is about, in a line.
    pub(super) doc: String,
    /// Definitions in jq for all its expressions.
    #[serde(default)]
    pub(super) defs: Option<Text>,
    /// Values that all its rules may use.
    #[serde(default, rename = "let")]
    pub(super) bindings: Bindings,
    /// Expressions of all rules that have no such of their own.
    #[serde(default)]
    pub(super) all: Expressions,
    #[serde(default, rename = "rule")]
    pub(super) rules: Vec<Spanned<Rule>>,
    #[serde(default, rename = "sample")]
    pub(super) samples: Vec<Spanned<Sample>>,
}

/// What is said about the messages of some topics.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) topic: Topics,
    pub(super) when: Option<Text>,
    #[serde(default, rename = "let")]
    pub(super) bindings: Bindings,
    title: Option<Text>,
    summary: Option<Text>,
    link: Option<Text>,
    icon: Option<Text>,
    secondary_icon: Option<Text>,
    users: Option<Text>,
    packages: Option<Text>,
    objects: Option<Text>,
    agent: Option<Text>,
    long: Option<Text>,
}

/// An expression for each fact.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Expressions {
    title: Option<Text>,
    summary: Option<Text>,
    link: Option<Text>,
    icon: Option<Text>,
    secondary_icon: Option<Text>,
    users: Option<Text>,
    packages: Option<Text>,
    objects: Option<Text>,
    agent: Option<Text>,
    long: Option<Text>,
}

/// A message and what is to be said about it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sample {
    pub(super) message: String,
    #[serde(default)]
    pub(super) accounts: Accounts,
    pub(super) expect: BTreeMap<String, toml::Value>,
}

/// The patterns of a rule: one, or a list.
#[derive(Debug)]
pub(super) struct Topics(pub(super) Vec<Pattern>);

impl<'de> Deserialize<'de> for Topics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            One(String),
            Many(Vec<String>),
        }
        let patterns = match Written::deserialize(deserializer)? {
            Written::One(text) => vec![text],
            Written::Many(texts) => texts,
        };
        let wrong = |text: &str, why| serde::de::Error::custom(format!("topic {text:?}: {why}"));
        let parse = |text: &String| Pattern::parse(text).map_err(|why| wrong(text, why));
        Ok(Self(patterns.iter().map(parse).collect::<Result<_, _>>()?))
    }
}

/// Named expressions in the order they are written: a later one may use those before it.
#[derive(Debug, Default)]
pub(super) struct Bindings(pub(super) Vec<(String, Text)>);

impl<'de> Deserialize<'de> for Bindings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Bindings;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of jq expressions")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Bindings, M::Error> {
                let mut bindings = Vec::new();
                while let Some(binding) = map.next_entry()? {
                    bindings.push(binding);
                }
                Ok(Bindings(bindings))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

macro_rules! expression {
    ($of:expr, $fact:expr) => {
        match $fact {
            Fact::Title => &$of.title,
            Fact::Summary => &$of.summary,
            Fact::Link => &$of.link,
            Fact::Icon => &$of.icon,
            Fact::SecondaryIcon => &$of.secondary_icon,
            Fact::Users => &$of.users,
            Fact::Packages => &$of.packages,
            Fact::Objects => &$of.objects,
            Fact::Agent => &$of.agent,
            Fact::Long => &$of.long,
        }
        .as_ref()
    };
}

impl Rule {
    /// Its own expression for a fact.
    pub(super) fn expression(&self, fact: Fact) -> Option<&Text> {
        expression!(self, fact)
    }
}

impl RuleFile {
    /// Reads a file; `path` is what errors call it.
    pub(super) fn parse(path: &str, text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line(text, span.start));
            Error::new(Kind::Config, format!("{path}:{line}: {}", error.message()))
        })
    }

    /// The expression for a fact: the rule's own, or the file's.
    pub(super) fn expression<'a>(&'a self, rule: &'a Rule, fact: Fact) -> Option<&'a Text> {
        rule.expression(fact).or(expression!(self.all, fact))
    }
}

/// The number of the line that a byte of a text is in.
pub(super) fn line(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|&&byte| byte == b'\n').count() + 1
}
