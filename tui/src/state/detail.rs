//! The pane that shows one message in parts: its tree, what is known about it, its signature, its
//! bytes, and why it is shown.

mod diff;
mod parts;

use std::sync::Arc;

use fedhub::canonical::to_vec;
use fedhub::filter::Spec;
use fedhub::message::Message;

use super::about::{About, short_topic};
use super::tree::{self, Folds, Path};
use crate::action::Action;
use crate::feed::Entry;
use crate::theme::Role;
pub use parts::Context;

/// Text with what it is.
pub type Piece = (Role, String);

/// A line of the pane.
#[derive(Debug, Clone)]
pub struct Row {
    /// What it says.
    pub pieces: Vec<Piece>,
    /// What part of the message it is.
    pub path: Option<Path>,
    /// Whether it is folded, if it can be.
    pub folded: Option<bool>,
    /// What filters can ask for, by kind and name.
    pub clause: Option<(Clause, String)>,
}

/// What a name stands for in filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are what they are called")]
pub enum Clause {
    Topic,
    Category,
    User,
    Package,
}

/// One side of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "they are what they are called")]
pub enum Part {
    #[default]
    Tree,
    Facts,
    Signature,
    Raw,
    Why,
    Diff,
}

/// The pane.
#[derive(Debug, Default)]
pub struct Detail {
    /// Whether it is shown.
    pub open: bool,
    /// Which part.
    pub part: Part,
    /// Which branches are folded.
    folds: Folds,
    /// The message that others are compared with, by its position.
    base: Option<(i64, Arc<Entry>)>,
    /// What is shown of which message.
    shown: Option<Shown>,
    /// The selected line.
    cursor: usize,
    /// The line at the top.
    top: usize,
    /// How many lines it has; the view says so.
    height: usize,
    /// How many columns are left out on the left.
    pub shift: usize,
}

#[derive(Debug)]
struct Shown {
    position: i64,
    part: Part,
    /// Whether all was known about the message.
    complete: bool,
    message: Message,
    rows: Vec<Row>,
}

impl Row {
    /// A line that is only read.
    pub fn plain(pieces: Vec<Piece>) -> Self {
        Self { pieces, path: None, folded: None, clause: None }
    }
}

impl Part {
    /// All of them, in the order one goes through them.
    pub const ALL: [Part; 6] =
        [Part::Tree, Part::Facts, Part::Signature, Part::Raw, Part::Why, Part::Diff];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Part::Tree => "tree",
            Part::Facts => "facts",
            Part::Signature => "signature",
            Part::Raw => "raw",
            Part::Why => "why",
            Part::Diff => "diff",
        }
    }

    fn moved(self, by: usize) -> Self {
        let at = Self::ALL.iter().position(|part| *part == self).unwrap_or_default();
        Self::ALL[(at + by) % Self::ALL.len()]
    }
}

impl Detail {
    /// Makes sure that this message is the one that is shown.
    pub fn show(
        &mut self,
        position: i64,
        entry: &Entry,
        about: Option<&About>,
        context: &Context<'_>,
    ) {
        let same = self.shown.as_ref().is_some_and(|shown| {
            shown.position == position && shown.part == self.part && shown.complete
        });
        if same {
            return;
        }
        let message = match self.shown.take() {
            Some(shown) if shown.position == position => shown.message,
            _ => entry.opened(),
        };
        let rows = match (self.part, &self.base) {
            (Part::Diff, Some((_, base))) => parts::diff(base, entry, &message, context),
            (part, _) => parts::rows(part, entry, &message, about, &self.folds, context),
        };
        self.cursor = self.cursor.min(rows.len().saturating_sub(1));
        let complete = about.is_some();
        self.shown = Some(Shown { position, part: self.part, complete, message, rows });
    }

    /// Has it made anew: what it depends on has changed.
    pub fn refresh(&mut self) {
        if let Some(shown) = &mut self.shown {
            shown.complete = false;
        }
    }

    /// The message that others are compared with, and its position.
    pub fn base(&self) -> Option<&(i64, Arc<Entry>)> {
        self.base.as_ref()
    }

    pub(super) fn set_base(&mut self, base: Option<(i64, Arc<Entry>)>) {
        self.base = base;
        self.refresh();
    }

    /// Makes it so many lines high and gives those on it, with their numbers.
    pub fn visible(&mut self, height: usize) -> impl Iterator<Item = (usize, &Row)> {
        self.height = height;
        let rows = self.shown.as_ref().map_or(&[][..], |shown| &shown.rows);
        let lowest = rows.len().saturating_sub(height);
        self.top = self.top.min(self.cursor).max((self.cursor + 1).saturating_sub(height));
        self.top = self.top.min(lowest);
        rows.iter().enumerate().skip(self.top).take(height)
    }

    /// The number of the selected line.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.shown.as_ref().map_or(0, |shown| shown.rows.len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Selects a line.
    pub fn select(&mut self, line: usize) {
        self.cursor = line.min(self.len().saturating_sub(1));
    }

    /// The part that so many steps on.
    pub fn turn_to(&mut self, part: Part) {
        self.part = part;
        self.cursor = 0;
        self.shift = 0;
    }

    pub(super) fn apply(&mut self, action: Action) {
        let page = self.height.max(2) - 1;
        let last = self.len().saturating_sub(1);
        match action {
            Action::Up => self.cursor = self.cursor.saturating_sub(1),
            Action::Down => self.cursor = (self.cursor + 1).min(last),
            Action::PageUp => self.cursor = self.cursor.saturating_sub(page),
            Action::PageDown => self.cursor = (self.cursor + page).min(last),
            Action::Top => self.cursor = 0,
            Action::Bottom => self.cursor = last,
            Action::NextPart => self.turn_to(self.part.moved(1)),
            Action::PreviousPart => self.turn_to(self.part.moved(Part::ALL.len() - 1)),
            Action::FoldAll => self.fold_all(true),
            Action::UnfoldAll => self.fold_all(false),
            Action::Open => self.fold(|_| true),
            Action::Left => self.go_out(),
            Action::Right => self.go_in(),
            _ => {}
        }
    }

    fn row(&self) -> Option<&Row> {
        self.shown.as_ref()?.rows.get(self.cursor)
    }

    /// Folds or opens the branch of the selected line, if that is wanted as it is.
    fn fold(&mut self, wanted: impl FnOnce(bool) -> bool) {
        let Some(Row { path: Some(path), folded: Some(folded), .. }) = self.row() else { return };
        if wanted(*folded) {
            let path = path.clone();
            self.folds.turn(&path);
            self.refresh();
        }
    }

    fn fold_all(&mut self, folded: bool) {
        self.folds.set_all(folded);
        self.refresh();
    }

    /// Opens a branch; where none is to be opened, moves the text to the left.
    fn go_in(&mut self) {
        const STEP: usize = 8;
        match self.row().map(|row| row.folded) {
            Some(Some(true)) => self.fold(|folded| folded),
            _ => self.shift += STEP,
        }
    }

    /// Moves the text back, then closes a branch, then goes to the one around it.
    fn go_out(&mut self) {
        const STEP: usize = 8;
        if self.shift > 0 {
            self.shift = self.shift.saturating_sub(STEP);
            return;
        }
        let Some(row) = self.row() else { return };
        if row.folded == Some(false) {
            return self.fold(|folded| !folded);
        }
        let Some((_, around)) = row.path.as_ref().and_then(|path| path.split_last()) else {
            return;
        };
        let rows = self.shown.as_ref().map_or(&[][..], |shown| &shown.rows);
        let before = rows.iter().take(self.cursor);
        let parent = before.enumerate().rev().find(|(_, row)| row.path.as_deref() == Some(around));
        self.cursor = parent.map_or(self.cursor, |(line, _)| line);
    }

    /// What the selected line says: the value it shows, all of it, else its text.
    pub(super) fn value(&self) -> Option<String> {
        let row = self.row()?;
        if let Some((_, name)) = &row.clause {
            return Some(name.clone());
        }
        if let Some(path) = &row.path {
            let value = tree::at(self.shown.as_ref()?.message.value().ok()?, path)?;
            return Some(match value.as_str() {
                Some(text) => text.to_owned(),
                None => String::from_utf8_lossy(&to_vec(value)).into_owned(),
            });
        }
        let pieces = row.pieces.iter().map(|(_, text)| text.as_str());
        // The name of a field is not its value.
        let named = row.pieces.len() == 2 && row.pieces[0].0 == Role::Field;
        Some(pieces.skip(usize::from(named)).collect::<String>().trim_end().to_owned())
    }

    /// What a filter would be with the value of the selected line, or without it.
    pub(super) fn clause(&self, not: bool) -> Option<Spec> {
        let row = self.row()?;
        let mut spec = Spec::default();
        if let Some((clause, name)) = &row.clause {
            let list = match (clause, not) {
                (Clause::Topic, false) => &mut spec.topic,
                (Clause::Topic, true) => &mut spec.not_topic,
                (Clause::Category, false) => &mut spec.category,
                (Clause::Category, true) => &mut spec.not_category,
                (Clause::User, false) => &mut spec.user,
                (Clause::User, true) => &mut spec.not_user,
                (Clause::Package, false) => &mut spec.package,
                (Clause::Package, true) => &mut spec.not_package,
            };
            list.push(name.clone());
            return Some(spec);
        }
        let path = row.path.as_ref()?;
        let value = tree::at(self.shown.as_ref()?.message.value().ok()?, path)?;
        if let ([tree::Step::Key(key)], Some(topic)) = (path.as_slice(), value.as_str())
            && key == "topic"
        {
            let list = if not { &mut spec.not_topic } else { &mut spec.topic };
            list.push(short_topic(topic).to_owned());
        } else {
            spec.expressions.push(tree::clause(path, value, not)?);
        }
        Some(spec)
    }
}
