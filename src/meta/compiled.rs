//! Rules as programs: all expressions of a rule that are wanted together become one program, with
//! only those bindings that they use, each computed once.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::error::Error;
use crate::jq::Program;

use super::facts::Wanted;
use super::file::{Rule, RuleFile, Text};

/// What every expression knows beside the message and its bindings.
pub(super) const VARIABLES: [&str; 2] = ["$words", "$topic"];

/// A rule's program for what is wanted of it. It gives null if the rule's `when` does not hold, else
/// an array with an array for each fact: of its value, or empty if there is none.
#[derive(Debug)]
pub(super) struct Compiled {
    program: Option<Program>,
    /// How many expressions are left out because they cannot be compiled.
    broken: u32,
}

/// An expression that cannot be compiled.
#[derive(Debug)]
pub(super) struct Broken {
    /// Which one: `title`, `let user`, `when`, `defs`.
    pub(super) what: String,
    /// Where it is in the file.
    pub(super) span: Range<usize>,
    pub(super) error: Error,
}

impl Compiled {
    pub(super) fn new(file: &RuleFile, rule: &Rule, wanted: Wanted) -> Self {
        let whole = assemble(file, rule, wanted, &BTreeSet::new());
        if let Ok(program) = Program::compile(&whole, &VARIABLES) {
            return Self { program: Some(program), broken: 0 };
        }
        let broken = broken(file, rule);
        let without: BTreeSet<_> = broken.iter().map(|broken| broken.span.start).collect();
        let rest = assemble(file, rule, wanted, &without);
        let program = Program::compile(&rest, &VARIABLES).ok();
        Self { program, broken: u32::try_from(broken.len()).unwrap_or(u32::MAX) }
    }

    pub(super) fn program(&self) -> Option<&Program> {
        self.program.as_ref()
    }

    pub(super) fn broken(&self) -> u32 {
        self.broken
    }
}

/// The bindings of a rule in order: the file's, then its own.
pub(super) fn bindings<'a>(
    file: &'a RuleFile,
    rule: &'a Rule,
) -> impl DoubleEndedIterator<Item = &'a (String, Text)> {
    file.bindings.0.iter().chain(&rule.bindings.0)
}

/// The text of a program; without the expressions that begin at `without`.
fn assemble(file: &RuleFile, rule: &Rule, wanted: Wanted, without: &BTreeSet<usize>) -> String {
    let good = |text: &&Text| !without.contains(&text.span().start);
    let when = rule.when.as_ref().map(|when| if good(&when) { when.get_ref() } else { "false" });
    let facts = wanted.facts().iter().map(|&fact| file.expression(rule, fact).filter(good));
    let facts: Vec<_> = facts.collect();

    let mut used = when.map(variables).unwrap_or_default();
    facts.iter().flatten().for_each(|text| used.extend(variables(text.get_ref())));
    let mut needed = Vec::new();
    for (name, text) in bindings(file, rule).rev() {
        if used.remove(name.as_str()) {
            let text = good(&text).then_some(text.get_ref());
            used.extend(text.map(|text| variables(text)).unwrap_or_default());
            needed.push((name, text.map_or("null", String::as_str)));
        }
    }

    // Each expression ends with a new line, as it may end with a comment.
    let mut out = String::new();
    if let Some(definitions) = file.defs.as_ref().filter(good) {
        out += &format!("{}\n", definitions.get_ref());
    }
    for (name, text) in needed.iter().rev() {
        out += &format!("first_or_null({text}\n) as ${name} | ");
    }
    if let Some(when) = when {
        out += &format!("if first_or_null({when}\n) then ");
    }
    let facts = facts.iter().map(|fact| match fact {
        Some(text) => format!("first_as_list({}\n)", text.get_ref()),
        None => "[]".to_owned(),
    });
    out += &format!("[{}]", facts.collect::<Vec<_>>().join(", "));
    if when.is_some() {
        out += " else null end";
    }
    out
}

/// The names that stand behind a dollar sign: at least all variables of an expression.
pub(super) fn variables(text: &str) -> BTreeSet<&str> {
    let end = |rest: &str| rest.find(|c: char| !c.is_alphanumeric() && c != '_');
    text.split('$').skip(1).map(|rest| &rest[..end(rest).unwrap_or(rest.len())]).collect()
}

/// The expressions of a rule, and of its file, that cannot be compiled.
pub(super) fn broken(file: &RuleFile, rule: &Rule) -> Vec<Broken> {
    let mut found = Vec::new();
    let mut known: Vec<String> = VARIABLES.map(str::to_owned).into();
    let mut definitions = file.defs.as_ref().map_or("", |text| text.get_ref().as_str());
    let mut try_one = |what: String, text: &str, at: &Text, known: &[String], definitions: &str| {
        let known: Vec<_> = known.iter().map(String::as_str).collect();
        let error = Program::compile_after(definitions, text, &known).err();
        let fits = error.is_none();
        found.extend(error.map(|error| Broken { what, span: at.span(), error }));
        fits
    };
    if let Some(text) = &file.defs
        && !try_one("defs".into(), ".", text, &known, definitions)
    {
        definitions = "";
    }
    for (name, text) in bindings(file, rule) {
        try_one(format!("let {name}"), text.get_ref(), text, &known, definitions);
        known.push(format!("${name}"));
    }
    if let Some(text) = &rule.when {
        try_one("when".into(), text.get_ref(), text, &known, definitions);
    }
    for &fact in Wanted::Long.facts() {
        if let Some(text) = file.expression(rule, fact) {
            try_one(fact.name().into(), text.get_ref(), text, &known, definitions);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_what_follows_a_dollar_sign() {
        let found = variables(r#""\($user): \($a_1.b)" + $words[0]"#);
        assert_eq!(found, BTreeSet::from(["user", "a_1", "words"]));
    }
}
