//! Colours for terminals: SGR codes, reset after each piece.

use std::fmt::Write;

use super::{Family, Kind, Output};

const RESET: &str = "\x1b[0m";

/// Text for a terminal.
#[derive(Debug, Clone)]
pub struct Ansi {
    /// What was written so far.
    pub text: String,
    colored: bool,
}

impl Ansi {
    /// With colours.
    pub fn colored() -> Self {
        Self { text: String::new(), colored: true }
    }

    /// Without them.
    pub fn plain() -> Self {
        Self { text: String::new(), colored: false }
    }
}

impl Output for Ansi {
    fn piece(&mut self, kind: Kind, text: &str) {
        match code(kind).filter(|_| self.colored) {
            Some(code) => write!(self.text, "\x1b[{code}m{text}{RESET}")
                .expect("writing to memory does not fail"),
            None => self.text.push_str(text),
        }
    }

    fn end_line(&mut self) {
        self.text.push('\n');
    }
}

/// One of the terminal's own 16 colours, or a way of writing.
fn code(kind: Kind) -> Option<u8> {
    Some(match kind {
        Kind::Plain | Kind::Punctuation => return None,
        Kind::Time | Kind::Prefix | Kind::Unknown => 2,
        Kind::Topic(family) => 31 + family.number() % Family::COUNT,
        Kind::User => 1,
        Kind::Package => 35,
        Kind::Link => 4,
        Kind::Good | Kind::Text => 32,
        Kind::Bad => 31,
        Kind::Key => 34,
        Kind::Number | Kind::Word => 36,
    })
}
