//! Which rules a topic's messages go to.

use super::compiled::bindings;
use super::facts::Fact;
use super::rules::Rules;

/// A rule that may describe messages of a topic.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Its file.
    pub file: String,
    /// The line where it begins.
    pub line: usize,
    /// What family its file is about.
    pub doc: String,
    /// Whether it takes all messages that reach it; else only some, by its `when`.
    pub takes_all: bool,
    /// Its expressions with their names, those that its file has for all rules included.
    pub expressions: Vec<(String, String)>,
}

impl Rules {
    /// The rules that messages with these words after prefix and environment come to, in order.
    pub fn show(&self, words: &[String]) -> Vec<Shown> {
        let mut shown = Vec::new();
        for rule in self.fitting(words) {
            let (source, written) = self.written(rule);
            let (file, line) = source.place(written.span().start);
            let rule = written.get_ref();
            let text = |text: &str| text.trim().to_owned();
            let mut expressions = Vec::new();
            if let Some(when) = &rule.when {
                expressions.push(("when".to_owned(), text(when.get_ref())));
            }
            for (name, binding) in bindings(&source.file, rule) {
                expressions.push((format!("let {name}"), text(binding.get_ref())));
            }
            for fact in Fact::ALL {
                if let Some(expression) = source.file.expression(rule, fact) {
                    expressions.push((fact.name().to_owned(), text(expression.get_ref())));
                }
            }
            let takes_all = rule.when.is_none();
            shown.push(Shown { file, line, doc: source.file.doc.clone(), takes_all, expressions });
            if takes_all {
                break;
            }
        }
        shown
    }
}
