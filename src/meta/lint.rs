//! What is wrong with rule files, or looks as if it were.

use std::collections::BTreeSet;

use serde::Serialize;

use super::compiled::{Broken, Compiled, VARIABLES, bindings, broken, variables};
use super::facts::{Fact, Wanted};
use super::file::{self, RuleFile};
use super::rules::{Rule, Rules, Source};

/// Something that should be changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The rule file.
    pub file: String,
    /// The line in it.
    pub line: usize,
    /// What is wrong.
    pub text: String,
    /// What may help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Rules {
    /// Looks for expressions that cannot be compiled, rules that are never reached, rules without
    /// sample or summary, and bindings that nobody uses.
    pub fn check(&self) -> Vec<Finding> {
        let mut found = BTreeSet::new();
        let sampled = self.sampled();
        for (number, rule) in self.rules.iter().enumerate() {
            let (source, written) = self.written(rule);
            let (at, written) = (written.span().start, written.get_ref());
            found.extend(uncompilable(source, written));
            found.extend(self.unreachable(number, rule).map(|text| finding(source, at, text)));
            if !sampled.contains(&(rule.file, rule.at)) {
                found.insert(finding(source, at, "no sample is described by this rule"));
            }
            if source.file.expression(written, Fact::Summary).is_none() {
                found.insert(finding(source, at, "this rule has no summary"));
            }
            let used = used_by(&source.file, written);
            for (name, text) in &written.bindings.0 {
                if !used.contains(name.as_str()) {
                    let text_ = format!("nothing uses ${name} of this rule");
                    found.insert(finding(source, text.span().start, text_));
                }
            }
        }
        for source in &self.files {
            found.extend(unused(source));
        }
        found.into_iter().collect()
    }

    /// Says which earlier rule takes all messages of this one.
    fn unreachable(&self, number: usize, rule: &Rule) -> Option<String> {
        let (_, written) = self.written(rule);
        let earlier = || self.rules[..number].iter().map(|earlier| self.written(earlier));
        let mut takers = written.get_ref().topic.0.iter().map(|pattern| {
            earlier().find(|(_, earlier)| {
                let earlier = earlier.get_ref();
                earlier.when.is_none() && earlier.topic.0.iter().any(|wide| wide.covers(pattern))
            })
        });
        let first = takers.next()??;
        takers.all(|taker| taker.is_some()).then(|| {
            let (file, line) = first.0.place(first.1.span().start);
            format!("this rule is never reached: {file}:{line} takes its messages")
        })
    }

    /// The rules that describe samples of their own file.
    fn sampled(&self) -> BTreeSet<(usize, usize)> {
        let numbered = self.files.iter().enumerate();
        let described = numbered.flat_map(|(number, source)| {
            source.file.samples.iter().filter_map(move |sample| {
                let rule = self.describe(sample.get_ref()).ok()?.1?;
                (rule.file == number).then_some((rule.file, rule.at))
            })
        });
        described.collect()
    }
}

fn finding(source: &Source, offset: usize, text: impl Into<String>) -> Finding {
    let (file, line) = source.place(offset);
    Finding { file, line, text: text.into(), hint: None }
}

fn uncompilable(source: &Source, rule: &file::Rule) -> Vec<Finding> {
    if Compiled::new(&source.file, rule, Wanted::Long).broken() == 0 {
        return Vec::new();
    }
    let describe = |broken: Broken| {
        let hint = broken.error.next_step().map(str::to_owned);
        let text = format!("{}: {}", broken.what, broken.error);
        Finding { hint, ..finding(source, broken.span.start, text) }
    };
    broken(&source.file, rule).into_iter().map(describe).collect()
}

/// The names that a rule's expressions mention, those of its file that it has included.
fn used_by<'a>(file: &'a RuleFile, rule: &'a file::Rule) -> BTreeSet<&'a str> {
    let facts = Wanted::Long.facts().iter().filter_map(|&fact| file.expression(rule, fact));
    let bound = bindings(file, rule).map(|(_, text)| text);
    let all = facts.chain(&rule.when).chain(bound);
    all.flat_map(|text| variables(text.get_ref())).collect()
}

/// Bindings of a file that none of its rules uses.
fn unused(source: &Source) -> Vec<Finding> {
    let file = &source.file;
    let mut used: BTreeSet<_> = VARIABLES.iter().map(|name| &name[1..]).collect();
    for rule in &file.rules {
        used.extend(used_by(file, rule.get_ref()));
    }
    let unused = file.bindings.0.iter().filter(|(name, _)| !used.contains(name.as_str()));
    unused
        .map(|(name, text)| finding(source, text.span().start, format!("nothing uses ${name}")))
        .collect()
}
