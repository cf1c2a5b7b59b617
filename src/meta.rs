//! What messages are about: title, summary, link, icons, people, packages.
//!
//! Rule files say it, one for each family of messages: TOML whose expressions are jq. Those of
//! `meta/rules/` are part of the binary; an operator's directory adds to them, and a file there
//! replaces the one of the same name. The first rule that fits a message's topic, and whose `when`
//! holds, describes it. An expression that fails gives its default and is counted.
//!
//! ```
//! use fedhub::meta::{Meta, Subject, Wanted};
//!
//! let text = br#"{"topic": "org.example.prod.logger.log", "username": "alice", "msg": {"log": "hi"}}"#;
//! let message = fedhub::canonical::parse(text).unwrap();
//! let facts = Meta::embedded().facts(&Subject::new(&message), Wanted::All);
//! assert_eq!(facts.title, "logger.log");
//! assert_eq!(facts.users, ["alice".into()]);
//! ```

mod compiled;
mod embedded;
mod facts;
mod file;
mod lint;
mod pattern;
mod rules;
mod samples;
mod show;

pub use facts::{Description, Fact, Facts, Name, Wanted};
pub use lint::Finding;
pub use rules::{Origin, Rules};
pub use samples::{Difference, Tested};
pub use show::Shown;

use std::path::Path;
use std::sync::LazyLock;

use openssl::sha::Sha256;

use crate::canonical::Value;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::jq::{Accounts, Input, Limits};

/// The rules and the account map: what it takes to describe messages.
#[derive(Debug, Default)]
pub struct Meta {
    rules: Rules,
    accounts: Accounts,
    limits: Limits,
}

/// A message made ready for rules and filters.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The whole message as expressions see it.
    pub input: Input,
    topic: String,
    words: Vec<String>,
}

impl Subject {
    /// Of a whole message. The topic is the one it names itself.
    pub fn new(message: &Value) -> Self {
        let topic = message.as_object().and_then(|envelope| envelope.get("topic"));
        let topic = topic.and_then(Value::as_str).unwrap_or_default();
        Self::with_topic(message, topic)
    }

    /// Of a whole message that came with this topic.
    pub fn with_topic(message: &Value, topic: &str) -> Self {
        // The first three are the prefix and the environment, whatever they are.
        let words = topic.split('.').skip(3).map(str::to_owned).collect();
        Self { input: message.into(), topic: topic.to_owned(), words }
    }

    /// The whole topic.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The topic's words after prefix and environment.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The first of these words, the family; empty if there is none.
    pub fn category(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// What rules call `$topic`.
    pub fn short_topic(&self) -> String {
        self.words.join(".")
    }
}

impl Meta {
    /// The rules of the binary, without an account map; made once.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: LazyLock<Meta> = LazyLock::new(|| Meta {
            // A broken file would be missed by the tests; what is whole serves on.
            rules: Rules::embedded().unwrap_or_default(),
            ..Meta::default()
        });
        &EMBEDDED
    }

    /// With these rules and accounts.
    pub fn new(rules: Rules, accounts: Accounts) -> Self {
        Self { rules, accounts, limits: Limits::default() }
    }

    /// The rules and accounts that the settings have.
    pub fn configured(config: &Config) -> Result<Self> {
        let accounts = config.accounts.as_deref().map(read_accounts).transpose()?;
        Self::load(Some(&config.rules_dir), accounts.unwrap_or_default())
    }

    /// The rules of the binary, with those of an operator's directory before them.
    pub fn load(dir: Option<&Path>, accounts: Accounts) -> Result<Self> {
        Ok(Self::new(Rules::load(dir)?, accounts))
    }

    /// The rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The names of accounts.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// What these rules and accounts are, as a short text: others have another one.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            // The length keeps texts apart that follow each other.
            hash.update(&(text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        add(env!("CARGO_PKG_VERSION"));
        for source in &self.rules.files {
            add(&source.name);
            add(&source.text);
        }
        for (name, account) in &self.accounts {
            add(name);
            add(account);
        }
        hash.finish()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What is wanted to know about a message; facts that are not wanted have their defaults.
    pub fn facts(&self, subject: &Subject, wanted: Wanted) -> Facts {
        self.rules.facts(subject, wanted, &self.limits, &self.accounts).0
    }

    /// Where the rule begins that describes a message: file and line.
    pub fn rule(&self, subject: &Subject) -> Option<(String, usize)> {
        let (_, rule) = self.rules.facts(subject, Wanted::Names, &self.limits, &self.accounts);
        rule.map(|rule| self.rules.place(rule))
    }
}

/// Reads a file of account names by e-mail address or nickname, TOML or JSON.
pub fn read_accounts(path: &Path) -> Result<Accounts> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::io(format!("cannot read {}", path.display()), error))?;
    let refuse = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::new(Kind::Config, format!("{}: not a map of accounts", path.display()))
            .because(error)
            .hint("it looks like \"name@example.org\" = \"account\"")
    };
    if path.extension().is_some_and(|ending| ending == "json") {
        serde_json::from_str(&text).map_err(|error| refuse(error.into()))
    } else {
        toml::from_str(&text).map_err(|error| refuse(error.into()))
    }
}
