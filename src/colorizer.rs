//! Colours for messages: by family, and by kind of fact.
//!
//! What is shown is made of pieces: a text and what kind of thing it is. The pieces of a message are
//! made here, as a line ([`line`]) or as JSON over many lines ([`json`]), and go to an [`Output`]:
//! a terminal's codes ([`Ansi`]), HTML ([`Html`]), or pieces for whoever draws them itself. Whatever
//! a message has in it, the text of a piece has no control characters, and HTML is escaped.
//!
//! ```
//! use fedhub::colorizer::{self, Ansi, Layout};
//!
//! let value = fedhub::canonical::parse(br#"{"n": 1, "x": "\u001b[2J"}"#).unwrap();
//! let mut out = Ansi::plain();
//! colorizer::json(&value, Layout::INDENTED, &mut out);
//! assert_eq!(out.text, "{\n  \"n\": 1,\n  \"x\": \"\\u001b[2J\"\n}");
//! ```

mod ansi;
mod html;
mod json;
mod line;
mod pen;

pub use ansi::Ansi;
pub use html::{Html, fragment};
pub use json::{Layout, json, key, scalar};
pub use line::{Line, Mark, cut, line, mark, summary, topic};

use crate::escape;
use crate::message::Message;

/// What a colouriser publishes on, after prefix and environment.
pub const TOPIC: &str = "busmon.colorized-messages";

/// Whether a message is the coloured copy of another: by its own topic, and by the one it was sent under,
/// whatever stands before or behind.
pub fn is_colorized(message: &Message) -> bool {
    const WORD: &str = "colorized-messages";
    let named = || message.envelope().and_then(|envelope| envelope.get_str("topic"));
    message.topic().contains(WORD) || named().is_some_and(|topic| topic.contains(WORD))
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What is shown; it has no control characters.
    pub text: String,
    /// What it is.
    pub kind: Kind,
}

impl Piece {
    /// A piece of this text, made harmless.
    pub fn new(kind: Kind, text: &str) -> Self {
        Self { text: escape::text(text), kind }
    }
}

/// What a piece is. Colours follow from it, and are never all that tells two kinds apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nothing in particular.
    Plain,
    /// When it was.
    Time,
    /// Prefix and environment of a topic.
    Prefix,
    /// The rest of a topic, or a title: in the colour of its family.
    Topic(Family),
    /// The name of a person.
    User,
    /// The name of a package.
    Package,
    /// An address of the web.
    Link,
    /// What is as it should be.
    Good,
    /// What is not.
    Bad,
    /// What nobody has looked at.
    Unknown,
    /// The name of a member in JSON.
    Key,
    /// A text in JSON.
    Text,
    /// A number in JSON.
    Number,
    /// `null`, `true` and `false`.
    Word,
    /// Brackets, commas and colons.
    Punctuation,
}

/// The colour of a family: a number below [`Family::COUNT`], always the same for the same family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Family(u8);

impl Family {
    /// How many colours there are.
    pub const COUNT: u8 = 6;

    /// That of a topic: its fourth part is its family.
    pub fn of(topic: &str) -> Self {
        let family = topic.split('.').nth(3).unwrap_or(topic);
        let sum: u32 = family.bytes().map(u32::from).sum();
        Self((sum % u32::from(Self::COUNT)) as u8)
    }

    /// Its number.
    pub fn number(self) -> u8 {
        self.0
    }
}

/// Takes what is shown.
pub trait Output {
    /// A piece of the line. Its text has no control characters.
    fn piece(&mut self, kind: Kind, text: &str);

    /// The line ends, and another begins.
    fn end_line(&mut self);
}

/// Pieces, line by line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pieces(pub Vec<Vec<Piece>>);

impl Output for Pieces {
    fn piece(&mut self, kind: Kind, text: &str) {
        if self.0.is_empty() {
            self.0.push(Vec::new());
        }
        if let Some(line) = self.0.last_mut() {
            line.push(Piece { text: text.to_owned(), kind });
        }
    }

    fn end_line(&mut self) {
        if self.0.is_empty() {
            self.0.push(Vec::new());
        }
        self.0.push(Vec::new());
    }
}

/// Hands a line of pieces to an output.
pub fn write(pieces: &[Piece], out: &mut impl Output) {
    for piece in pieces {
        out.piece(piece.kind, &piece.text);
    }
}

#[cfg(test)]
mod tests;
