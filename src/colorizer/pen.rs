//! What every piece goes through on its way out: it loses its control characters, and ends where
//! there is no more room.

use super::{Kind, Output};
use crate::escape;

/// Writes into the room there is.
pub(super) struct Pen<'a, O: Output> {
    out: &'a mut O,
    /// How many more characters may be written.
    room: usize,
}

impl<'a, O: Output> Pen<'a, O> {
    pub(super) fn new(out: &'a mut O, room: usize) -> Self {
        Self { out, room }
    }

    /// How many more characters may be written.
    pub(super) fn room(&self) -> usize {
        self.room
    }

    /// Writes a piece; what there is no room for is left out.
    pub(super) fn put(&mut self, kind: Kind, text: &str) {
        if self.room == 0 || text.is_empty() {
            return;
        }
        let escaped;
        let mut text = text;
        if text.chars().any(escape::is_harmful) {
            escaped = escape::text(text);
            text = &escaped;
        }
        // Texts are seldom longer than there is room, and bytes are counted faster than characters.
        let mut characters = text.len();
        if characters > self.room {
            let end = text.char_indices().nth(self.room);
            text = end.map_or(text, |(end, _)| &text[..end]);
            characters = text.chars().count();
        }
        self.room -= characters.min(self.room);
        self.out.piece(kind, text);
    }

    /// Ends a line and indents the next.
    pub(super) fn break_line(&mut self, indent: &str) {
        if self.room > 0 {
            self.out.end_line();
            self.room -= 1;
            self.put(Kind::Plain, indent);
        }
    }
}
