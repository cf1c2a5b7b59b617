//! All rules, found by topic.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use toml::Spanned;

use crate::error::{Error, Kind, Result};
use crate::jq::{Accounts, Input, Limits};

use super::Subject;
use super::compiled::Compiled;
use super::embedded;
use super::facts::{Facts, Wanted};
use super::file::{self, RuleFile, line};
use super::pattern::Pattern;

/// The file whose rules come after those of all others.
const LAST: &str = "general";

/// Rules in the order in which they are tried.
#[derive(Debug, Default)]
pub struct Rules {
    pub(super) files: Vec<Source>,
    pub(super) rules: Vec<Rule>,
    /// The rules that may fit topics with this first word, in order.
    by_word: HashMap<String, Vec<usize>>,
    /// Those that may fit any topic.
    open: Vec<usize>,
    failures: AtomicU64,
}

/// Where a rule file comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It is part of the binary.
    Embedded,
    /// It was read from here.
    File(PathBuf),
}

/// A rule file that was read.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) origin: Origin,
    pub(super) text: String,
    pub(super) file: RuleFile,
}

/// A rule: where it is, and its programs, made when they are first needed.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) file: usize,
    pub(super) at: usize,
    compiled: [OnceLock<Compiled>; Wanted::ALL.len()],
}

impl Source {
    /// Where a byte of it is, for people: `FILE:LINE`.
    pub(super) fn place(&self, offset: usize) -> (String, usize) {
        let file = match &self.origin {
            Origin::Embedded => format!("{}.toml", self.name),
            Origin::File(path) => path.display().to_string(),
        };
        (file, line(&self.text, offset))
    }
}

impl Rules {
    /// Those of the binary.
    pub fn embedded() -> Result<Self> {
        Self::new(embedded_files()?)
    }

    /// Those of the binary, and before them those of a directory if it is there. A file in it
    /// replaces the embedded one of the same name.
    pub fn load(dir: Option<&Path>) -> Result<Self> {
        let mut files = match dir {
            Some(dir) if dir.exists() => read(dir)?,
            _ => Vec::new(),
        };
        for embedded in embedded_files()? {
            if files.iter().all(|file| file.name != embedded.name) {
                files.push(embedded);
            }
        }
        Self::new(files)
    }

    /// Those of a directory and no others.
    pub fn only(dir: &Path) -> Result<Self> {
        Self::new(read(dir)?)
    }

    fn new(mut files: Vec<Source>) -> Result<Self> {
        files.sort_by_key(|file| file.name == LAST);
        let mut rules = Self::default();
        for (file, source) in files.iter().enumerate() {
            for (at, rule) in source.file.rules.iter().enumerate() {
                let number = rules.rules.len();
                rules.rules.push(Rule { file, at, compiled: Default::default() });
                for pattern in &rule.get_ref().topic.0 {
                    let list = match pattern.first() {
                        Some(word) => rules.by_word.entry(word.to_owned()).or_default(),
                        None => &mut rules.open,
                    };
                    if list.last() != Some(&number) {
                        list.push(number);
                    }
                }
            }
        }
        rules.files = files;
        Ok(rules)
    }

    /// The categories there are rules for, in no order.
    pub fn categories(&self) -> impl Iterator<Item = &str> {
        self.by_word.keys().map(String::as_str)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// A rule as it is written, with its file.
    pub(super) fn written(&self, rule: &Rule) -> (&Source, &Spanned<file::Rule>) {
        let source = &self.files[rule.file];
        (source, &source.file.rules[rule.at])
    }

    /// A topic for each pattern, without prefix and environment.
    pub fn topics(&self) -> Vec<String> {
        let rules = self.files.iter().flat_map(|source| &source.file.rules);
        rules.flat_map(|rule| &rule.get_ref().topic.0).map(Pattern::example).collect()
    }

    /// How many expressions failed so far.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// The rules whose patterns fit a topic of these words, in order.
    pub(super) fn fitting<'a, 'w>(
        &'a self,
        words: &'w [String],
    ) -> impl Iterator<Item = &'a Rule> + use<'a, 'w> {
        let known = words.first().and_then(|word| self.by_word.get(word));
        let known = known.map_or(&[][..], Vec::as_slice);
        merged(known, &self.open).map(|number| &self.rules[number]).filter(move |rule| {
            let patterns = &self.files[rule.file].file.rules[rule.at].get_ref().topic.0;
            patterns.iter().any(|pattern| pattern.matches(words))
        })
    }

    /// What the first rule that fits says, and which rule that is.
    pub(super) fn facts<'a>(
        &'a self,
        subject: &Subject,
        wanted: Wanted,
        limits: &Limits,
        accounts: &Accounts,
    ) -> (Facts, Option<&'a Rule>) {
        let topic = subject.short_topic();
        let words: Input = subject.words().iter().map(|word| Input::from(word.as_str())).collect();
        let known = [words, Input::from(topic.as_str())];
        let mut facts = Facts::unknown(topic);
        let mut found = None;
        for rule in self.fitting(subject.words()) {
            let compiled = self.compiled(rule, wanted);
            facts.failures += compiled.broken();
            found = Some(rule);
            let Some(program) = compiled.program() else {
                break;
            };
            let input = subject.input.clone();
            let outcome = program.run_with(input, known.to_vec(), limits, accounts);
            facts.stopped = outcome.failure.is_some();
            facts.failures += outcome.failures + u32::from(facts.stopped);
            let Some(values) = outcome.values.first().and_then(Input::items) else {
                if facts.stopped {
                    break;
                }
                found = None;
                continue;
            };
            for (fact, value) in wanted.facts().iter().zip(values) {
                if let Some(value) = value.items().and_then(|mut items| items.next()) {
                    facts.set(*fact, &value);
                }
            }
            break;
        }
        if facts.failures > 0 {
            self.failures.fetch_add(facts.failures.into(), Ordering::Relaxed);
        }
        (facts, found)
    }

    fn compiled<'a>(&'a self, rule: &'a Rule, wanted: Wanted) -> &'a Compiled {
        rule.compiled[wanted as usize].get_or_init(|| {
            let file = &self.files[rule.file].file;
            Compiled::new(file, file.rules[rule.at].get_ref(), wanted)
        })
    }
}

/// Two sorted lists as one.
fn merged<'a>(a: &'a [usize], b: &'a [usize]) -> impl Iterator<Item = usize> {
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    std::iter::from_fn(move || match (a.peek(), b.peek()) {
        (Some(x), Some(y)) if y < x => b.next(),
        (Some(_), _) => a.next(),
        _ => b.next(),
    })
    .scan(None, |last, number| Some((last.replace(number) != Some(number)).then_some(number)))
    .flatten()
}

fn embedded_files() -> Result<Vec<Source>> {
    let parse = |(name, text): &(&str, &str)| {
        let file = RuleFile::parse(&format!("{name}.toml"), text)?;
        let (name, text) = ((*name).to_owned(), (*text).to_owned());
        Ok(Source { name, origin: Origin::Embedded, text, file })
    };
    embedded::FILES.iter().map(parse).collect()
}

/// The rule files of a directory, by name.
fn read(dir: &Path) -> Result<Vec<Source>> {
    let failed = |error| Error::io(format!("cannot read {}", dir.display()), error);
    let entries = fs::read_dir(dir).map_err(failed)?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    paths.into_iter().map(read_file).collect()
}

fn read_file(path: PathBuf) -> Result<Source> {
    /// Far more than a family needs.
    const MAX_BYTES: u64 = 4 * 1024 * 1024;
    let failed = |error| Error::io(format!("cannot read {}", path.display()), error);
    let bytes = fs::metadata(&path).map_err(failed)?.len();
    if bytes > MAX_BYTES {
        let text =
            format!("{} has {bytes} bytes; rule files have at most {MAX_BYTES}", path.display());
        return Err(Error::new(Kind::Config, text));
    }
    let text = fs::read_to_string(&path).map_err(failed)?;
    let file = RuleFile::parse(&path.display().to_string(), &text)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Source { name, origin: Origin::File(path), text, file })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_merged_in_order_and_without_repetition() {
        assert_eq!(merged(&[1, 4, 5], &[0, 4, 9]).collect::<Vec<_>>(), [0, 1, 4, 5, 9]);
    }
}
