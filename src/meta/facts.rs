//! What can be known about a message.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::canonical::{Int, Value};
use crate::jq::Input;

/// Something rules have an expression for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "they are what they are called")]
pub enum Fact {
    Title,
    Summary,
    Link,
    Icon,
    SecondaryIcon,
    Users,
    Packages,
    Objects,
    Agent,
    Long,
}

impl Fact {
    /// All of them.
    pub const ALL: [Fact; 10] = [
        Fact::Title,
        Fact::Summary,
        Fact::Link,
        Fact::Icon,
        Fact::SecondaryIcon,
        Fact::Users,
        Fact::Packages,
        Fact::Objects,
        Fact::Agent,
        Fact::Long,
    ];

    /// As rule files call it.
    pub fn name(self) -> &'static str {
        match self {
            Fact::Title => "title",
            Fact::Summary => "summary",
            Fact::Link => "link",
            Fact::Icon => "icon",
            Fact::SecondaryIcon => "secondary_icon",
            Fact::Users => "users",
            Fact::Packages => "packages",
            Fact::Objects => "objects",
            Fact::Agent => "agent",
            Fact::Long => "long",
        }
    }
}

/// How much is wanted: each of these is a program of its own, so that nothing else is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Users and packages: what filters ask for.
    Names,
    /// These and the agent: what an archive is searched by.
    Searched,
    /// Title, summary and link: a line for people.
    Line,
    /// Everything but the long text.
    All,
    /// Everything.
    Long,
}

impl Wanted {
    /// All of them.
    pub(super) const ALL: [Wanted; 5] =
        [Wanted::Names, Wanted::Searched, Wanted::Line, Wanted::All, Wanted::Long];

    /// The facts it has.
    pub fn facts(self) -> &'static [Fact] {
        match self {
            Wanted::Names => &[Fact::Users, Fact::Packages],
            Wanted::Searched => &[Fact::Users, Fact::Packages, Fact::Agent],
            Wanted::Line => &[Fact::Title, Fact::Summary, Fact::Link],
            Wanted::All => &Fact::ALL[..9],
            Wanted::Long => &Fact::ALL,
        }
    }
}

/// The name of a person, a package or a thing; some things have numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Name::Text(text.to_owned())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Number(number) => number.fmt(f),
            Name::Text(text) => text.fmt(f),
        }
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Name::Number(number) => serializer.serialize_i64(*number),
            Name::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// What a rule says about a message. Lists are sorted and have each name once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the rule files say what each is")]
pub struct Facts {
    pub title: String,
    pub summary: String,
    pub link: Option<String>,
    pub icon: Option<String>,
    pub secondary_icon: Option<String>,
    pub users: Vec<Name>,
    pub packages: Vec<Name>,
    pub objects: Vec<Name>,
    pub agent: Option<String>,
    pub long: Option<String>,
    /// How many expressions failed.
    pub failures: u32,
    /// Whether the rule took too much for this message, so that this is not what it would say.
    pub stopped: bool,
}

impl Facts {
    /// What is said about a message that no rule fits.
    pub(super) fn unknown(topic: String) -> Self {
        Self {
            title: topic,
            summary: String::new(),
            link: Some(String::new()),
            icon: None,
            secondary_icon: None,
            users: Vec::new(),
            packages: Vec::new(),
            objects: Vec::new(),
            agent: None,
            long: None,
            failures: 0,
            stopped: false,
        }
    }

    /// Sets a fact to what an expression gave; one of the wrong type changes nothing and is counted.
    pub(super) fn set(&mut self, fact: Fact, value: &Input) {
        let fits = match fact {
            Fact::Title => set_text(&mut self.title, value),
            Fact::Summary => set_text(&mut self.summary, value),
            Fact::Link => set_optional(&mut self.link, value),
            Fact::Icon => set_optional(&mut self.icon, value),
            Fact::SecondaryIcon => set_optional(&mut self.secondary_icon, value),
            Fact::Users => set_names(&mut self.users, value),
            Fact::Packages => set_names(&mut self.packages, value),
            Fact::Objects => set_names(&mut self.objects, value),
            Fact::Agent => set_optional(&mut self.agent, value),
            Fact::Long => set_long(&mut self.long, value),
        };
        if !fits {
            self.failures += 1;
        }
    }
}

/// How long a text may be, in bytes, and how many names a list has at most. Messages may have more
/// than anybody reads; what is printed and stored has an end.
const MAX_TEXT: usize = 4096;
const MAX_LONG: usize = 64 * 1024;
const MAX_NAMES: usize = 10_000;

fn set_text(target: &mut String, value: &Input) -> bool {
    let text = value.as_str();
    if let Some(text) = text {
        target.replace_range(.., &cut(text, MAX_TEXT));
    }
    text.is_some()
}

/// Links and the like: part of one would lead elsewhere, so one that is too long is left out.
fn set_optional(target: &mut Option<String>, value: &Input) -> bool {
    let fits = value.is_null() || value.as_str().is_some_and(|text| text.len() <= MAX_TEXT);
    if fits {
        *target = value.as_str().map(str::to_owned);
    }
    fits
}

fn set_long(target: &mut Option<String>, value: &Input) -> bool {
    *target = value.as_str().map(|text| cut(text, MAX_LONG).into_owned());
    value.is_null() || target.is_some()
}

fn cut(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return text.into();
    }
    format!("{}…", &text[..text.floor_char_boundary(max)]).into()
}

/// Nulls are dropped; anything else that is no name makes the list wrong but for its names.
fn set_names(target: &mut Vec<Name>, value: &Input) -> bool {
    let Some(items) = value.items() else {
        return false;
    };
    let mut fits = true;
    for item in items.filter(|item| !item.is_null()).take(MAX_NAMES) {
        match (item.as_str(), Value::from(&item)) {
            (Some(text), _) => target.push(Name::Text(cut(text, MAX_TEXT).into_owned())),
            (None, Value::Int(Int::Small(number))) => target.push(Name::Number(number)),
            _ => fits = false,
        }
    }
    target.sort_unstable();
    target.dedup();
    fits
}

/// The line that `fedhub describe` prints for a message.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "see Facts")]
pub struct Description<'a> {
    pub msg_id: Option<&'a str>,
    pub topic: &'a str,
    pub category: &'a str,
    pub title: &'a str,
    pub summary: &'a str,
    pub link: Option<&'a str>,
    pub icon: Option<&'a str>,
    pub secondary_icon: Option<&'a str>,
    pub users: &'a [Name],
    pub packages: &'a [Name],
    pub objects: &'a [Name],
    pub agent: Option<&'a str>,
}

impl<'a> Description<'a> {
    /// Of a message and the facts about it.
    pub fn new(message: &'a Value, subject: &'a super::Subject, facts: &'a Facts) -> Self {
        let msg_id = message.as_object().and_then(|envelope| envelope.get_str("msg_id"));
        Self {
            msg_id,
            topic: subject.topic(),
            category: subject.category(),
            title: &facts.title,
            summary: &facts.summary,
            link: facts.link.as_deref(),
            icon: facts.icon.as_deref(),
            secondary_icon: facts.secondary_icon.as_deref(),
            users: &facts.users,
            packages: &facts.packages,
            objects: &facts.objects,
            agent: facts.agent.as_deref(),
        }
    }
}
