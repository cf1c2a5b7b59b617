//! A line of text that is being typed.

use unicode_segmentation::UnicodeSegmentation;

use crate::text;

/// A longer line is not taken.
const LONGEST: usize = 16 * 1024;

/// The text with a cursor in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    text: String,
    /// In bytes, between two graphemes.
    cursor: usize,
}

/// What keys do to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are what they are called")]
pub enum Change {
    Left,
    Right,
    Start,
    End,
    Backspace,
    Delete,
    DeleteWord,
    DeleteBefore,
    DeleteAfter,
}

impl Edit {
    /// With the cursor at the end.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.len(), text }
    }

    /// All of it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor.
    pub fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// What stands behind the cursor.
    pub fn after(&self) -> &str {
        &self.text[self.cursor..]
    }

    /// Types text; pasted line ends become spaces and other control characters are left out.
    pub fn insert(&mut self, typed: &str) {
        for character in typed.chars().map(|c| if matches!(c, '\n' | '\t') { ' ' } else { c }) {
            let fits = self.text.len() + character.len_utf8() <= LONGEST;
            if fits && !fedhub::escape::is_harmful(character) {
                self.text.insert(self.cursor, character);
                self.cursor += character.len_utf8();
            }
        }
    }

    /// Replaces what stands before the cursor, from this byte on.
    pub fn replace_before(&mut self, from: usize, by: &str) {
        self.text.replace_range(from..self.cursor, by);
        self.cursor = from + by.len();
    }

    /// Does what a key asks for.
    pub fn change(&mut self, change: Change) {
        let previous = self.before().grapheme_indices(true).next_back().map_or(0, |(at, _)| at);
        let next = self.cursor + self.after().graphemes(true).next().map_or(0, str::len);
        match change {
            Change::Left => self.cursor = previous,
            Change::Right => self.cursor = next,
            Change::Start => self.cursor = 0,
            Change::End => self.cursor = self.text.len(),
            Change::Backspace => self.replace_before(previous, ""),
            Change::Delete => self.text.replace_range(self.cursor..next, ""),
            Change::DeleteWord => {
                let kept = self.before().trim_end();
                let word = kept.rfind(char::is_whitespace).map_or(0, |at| at + 1);
                let word = self.text.ceil_char_boundary(word);
                self.replace_before(word, "");
            }
            Change::DeleteBefore => self.replace_before(0, ""),
            Change::DeleteAfter => self.text.truncate(self.cursor),
        }
    }

    /// The part that fits so many columns, and the column of the cursor in it.
    pub fn shown(&self, columns: usize) -> (String, usize) {
        let before = self.before();
        let used = text::width(before);
        // Enough is left out on the left for the cursor to be seen.
        let skip = (used + 1).saturating_sub(columns);
        let mut left_out = 0;
        let mut from = 0;
        for (at, grapheme) in before.grapheme_indices(true) {
            if left_out >= skip {
                break;
            }
            left_out += text::width(grapheme);
            from = at + grapheme.len();
        }
        (text::cut(&self.text[from..], columns), used - left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_letters_are_typed_and_taken_back() {
        let mut edit = Edit::default();
        edit.insert("user=alice git\x1b.\n");
        assert_eq!(edit.text(), "user=alice git. ");
        edit.change(Change::DeleteWord);
        assert_eq!(edit.text(), "user=alice ");
        edit.change(Change::Backspace);
        edit.change(Change::Start);
        edit.change(Change::Delete);
        edit.change(Change::Right);
        edit.insert("-");
        assert_eq!((edit.before(), edit.after()), ("s-", "er=alice"));
        edit.change(Change::DeleteAfter);
        edit.change(Change::DeleteBefore);
        assert_eq!(edit.text(), "");
        edit.change(Change::Backspace);
        edit.change(Change::Delete);
        edit.change(Change::Left);
        assert_eq!(edit, Edit::default());
    }

    #[test]
    fn a_letter_with_its_accent_is_one() {
        let mut edit = Edit::new("ae\u{301}");
        edit.change(Change::Backspace);
        assert_eq!(edit.text(), "a");
    }

    #[test]
    fn the_cursor_is_always_to_be_seen() {
        let mut edit = Edit::new("日本語 and a long text behind");
        for _ in 0..30 {
            for columns in 3..20 {
                let (shown, cursor) = edit.shown(columns);
                assert!(cursor < columns && text::width(&shown) <= columns, "{shown:?} {cursor}");
            }
            edit.change(Change::Left);
        }
    }
}
