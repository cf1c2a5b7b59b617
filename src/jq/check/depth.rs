//! How deep a definition nests, and how deep in it its arguments are called: with these, the nesting
//! of a call is known without putting the definition in its place, which could take forever.

use std::collections::BTreeMap;

/// An argument of a definition; different from those of the definitions around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id(usize);

impl Id {
    /// `number` must not be that of another argument in scope.
    pub(super) fn new(number: usize) -> Self {
        Self(number)
    }
}

/// What is known about a definition.
#[derive(Debug, Default)]
pub(super) struct Frame {
    deepest: u32,
    /// Its arguments; none for one that is a value, which is computed before the call.
    arguments: Vec<Option<Id>>,
    /// How deep arguments are called, its own and those of definitions around it.
    called: BTreeMap<Id, u32>,
    folds: bool,
}

impl Frame {
    /// Adds an argument.
    pub(super) fn argument(&mut self, id: Option<Id>) {
        self.arguments.push(id);
    }

    /// Notes that something is at this depth.
    pub(super) fn reach(&mut self, depth: u32) {
        self.deepest = self.deepest.max(depth);
    }

    /// Notes that it has a `reduce` or `foreach`.
    pub(super) fn folds(&mut self) {
        self.folds = true;
    }

    /// Notes that an argument is called.
    pub(super) fn call_argument(&mut self, id: Id, depth: u32) {
        self.reach(depth);
        let called = self.called.entry(id).or_default();
        *called = depth.max(*called);
    }

    /// Notes that another definition is called.
    pub(super) fn call(&mut self, other: &Frame, depth: u32) {
        self.reach(depth.saturating_add(1).saturating_add(other.deepest));
        self.folds |= other.folds;
        for (id, inside) in &other.called {
            if !other.arguments.contains(&Some(*id)) {
                self.call_argument(*id, depth.saturating_add(1).saturating_add(*inside));
            }
        }
    }

    /// How deep it nests.
    pub(super) fn deepest(&self) -> u32 {
        self.deepest
    }

    /// How deep each of its arguments is called.
    pub(super) fn arguments(&self) -> Vec<u32> {
        let depth = |id: &Option<Id>| id.and_then(|id| self.called.get(&id)).copied().unwrap_or(0);
        self.arguments.iter().map(depth).collect()
    }

    /// Whether it has, or may have through arguments of others, a `reduce` or `foreach`.
    pub(super) fn hides_folds(&self) -> bool {
        self.folds || self.called.keys().any(|id| !self.arguments.contains(&Some(*id)))
    }
}
