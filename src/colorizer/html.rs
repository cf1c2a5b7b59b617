//! Colours for web pages: spans with the classes of Pygments, which busmon's colouriser used.

use super::{Kind, Layout, Output, json};
use crate::canonical::{Object, Value};
use crate::crypto::CREDENTIALS;

/// A fragment has at most so many characters of the message.
const LONGEST: usize = 256 * 1024;

/// HTML that is inserted into a page.
#[derive(Debug, Clone, Default)]
pub struct Html {
    text: String,
    /// The class of the span that is open.
    open: Option<&'static str>,
    /// Whether names of members have a class of their own.
    keys: bool,
}

impl Html {
    /// With the classes of the original, for which the name of a member is a text like any other.
    pub fn like_the_original() -> Self {
        Self::default()
    }

    /// With the class `nt` for names of members beside them.
    pub fn with_keys() -> Self {
        Self { keys: true, ..Self::default() }
    }

    /// What was written.
    pub fn finish(mut self) -> String {
        self.close();
        self.text
    }

    /// Opens a span of this class, unless it is open.
    fn enter(&mut self, class: Option<&'static str>) {
        if self.open == class {
            return;
        }
        self.close();
        if let Some(class) = class {
            self.text.push_str("<span class=\"");
            self.text.push_str(class);
            self.text.push_str("\">");
        }
        self.open = class;
    }

    fn close(&mut self) {
        if self.open.take().is_some() {
            self.text.push_str("</span>");
        }
    }

    fn class(&self, kind: Kind, text: &str) -> Option<&'static str> {
        const FAMILIES: [&str; 6] =
            ["topic f0", "topic f1", "topic f2", "topic f3", "topic f4", "topic f5"];
        Some(match kind {
            Kind::Plain => return None,
            Kind::Time => "time",
            Kind::Prefix => "prefix",
            Kind::Topic(family) => FAMILIES[usize::from(family.number()) % FAMILIES.len()],
            Kind::User => "user",
            Kind::Package => "package",
            Kind::Link => "link",
            Kind::Good => "good",
            Kind::Bad => "bad",
            Kind::Unknown => "unknown",
            Kind::Key if self.keys => "nt",
            Kind::Key | Kind::Text => "s2",
            Kind::Number if text.contains(['.', 'e']) => "mf",
            Kind::Number => "mi",
            Kind::Word => "kc",
            // To the original's highlighter these are JavaScript, where a colon is an operator.
            Kind::Punctuation if text.starts_with(':') => "o",
            Kind::Punctuation => "p",
        })
    }
}

impl Output for Html {
    fn piece(&mut self, kind: Kind, text: &str) {
        let mut text = text;
        if kind == Kind::Number
            && let Some(rest) = text.strip_prefix('-')
        {
            self.enter(Some("o"));
            self.text.push('-');
            text = rest;
        }
        // White space has no colour, so that spans need not end for it.
        let (text, space) = text.split_at(text.trim_end_matches(' ').len());
        if !text.is_empty() {
            self.enter(self.class(kind, text));
            push(text, &mut self.text);
        }
        if !space.is_empty() {
            self.enter(None);
            self.text.push_str(space);
        }
    }

    fn end_line(&mut self) {
        self.close();
        self.text.push('\n');
    }
}

fn push(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

/// A whole message as busmon's colouriser published it, but for its credentials: nothing can be
/// checked on a picture of a message. Says beside it whether all of the message is there.
pub fn fragment(message: &Object) -> (String, bool) {
    let mut shown = message.clone();
    for name in CREDENTIALS {
        shown.remove(name);
    }
    let mut html = Html::like_the_original();
    let layout = Layout { most: LONGEST, ..Layout::INDENTED };
    let whole = json(&Value::Object(shown), layout, &mut html);
    (format!("<div class=\"highlight\"><pre>{}\n</pre></div>", html.finish()), whole)
}
