//! Counting the lines of a unified diff, as Subversion and Mercurial print it.

use std::collections::HashMap;

use super::commit::Lines;

/// How many files are counted one by one; what is beyond is put under no name.
const MAX_FILES: usize = 100_000;

/// Counts, line after line of a diff.
#[derive(Debug, Default)]
pub(super) struct Counter {
    /// Whether a letter and a slash stand before names.
    letters: bool,
    files: HashMap<Vec<u8>, Lines>,
    /// The file of the last `---` line.
    old: Vec<u8>,
    path: Vec<u8>,
    /// How many lines of each side the hunk still has.
    hunk: (u64, u64),
}

impl Counter {
    /// For diffs as git has them, with `a/` and `b/` before names.
    pub(super) fn of_git_style() -> Self {
        Self { letters: true, ..Self::default() }
    }

    /// Whether the next line is inside of a hunk, where it is the content of a file.
    pub(super) fn in_hunk(&self) -> bool {
        self.hunk != (0, 0)
    }

    /// Takes the next line.
    pub(super) fn line(&mut self, line: &[u8]) {
        if self.in_hunk() {
            self.content(line);
        } else if let Some(path) = line.strip_prefix(b"--- ") {
            self.old = self.name(path).to_vec();
        } else if let Some(path) = line.strip_prefix(b"+++ ") {
            // What git's style has for a file that is gone.
            let gone = self.letters && path == b"/dev/null";
            self.path = if gone { self.old.clone() } else { self.name(path).to_vec() };
        } else if let Some(range) = line.strip_prefix(b"@@ -") {
            self.hunk = hunk(range).unwrap_or_default();
        }
    }

    fn name<'a>(&self, path: &'a [u8]) -> &'a [u8] {
        let path = before_tab(path);
        if self.letters { path.get(2..).unwrap_or_default() } else { path }
    }

    fn content(&mut self, line: &[u8]) {
        let (old, new) = &mut self.hunk;
        if self.files.len() >= MAX_FILES && !self.files.contains_key(&self.path) {
            self.path = Vec::new();
        }
        let lines = self.files.entry(self.path.clone()).or_default();
        match line.first() {
            Some(b'-') => {
                *old = old.saturating_sub(1);
                lines.deleted += 1;
            }
            Some(b'+') => {
                *new = new.saturating_sub(1);
                lines.added += 1;
            }
            // It is about the line before it.
            Some(b'\\') => {}
            _ => (*old, *new) = (old.saturating_sub(1), new.saturating_sub(1)),
        }
    }

    /// What changed in a file.
    pub(super) fn of(&self, path: &[u8]) -> Lines {
        self.files.get(path).copied().unwrap_or_default()
    }
}

/// Dates, and marks of the end of a name, are behind a tab.
fn before_tab(path: &[u8]) -> &[u8] {
    path.iter().rposition(|&byte| byte == b'\t').map_or(path, |at| &path[..at])
}

/// The lengths in `1,2 +3,4 @@`; a length of 1 is not written.
fn hunk(range: &[u8]) -> Option<(u64, u64)> {
    let text = String::from_utf8_lossy(range);
    let (old, rest) = text.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let length = |range: &str| match range.split_once(',') {
        Some((_, length)) => length.parse().ok(),
        None => Some(1),
    };
    Some((length(old)?, length(new)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_that_looks_like_a_header_is_content() {
        let diff = "Added: a b\n=====\n--- a b\t(rev 0)\n+++ a b\t(rev 1)\n@@ -0,0 +1,3 @@\n+++ c\n\
                    +@@ -1 +1 @@\n+x\n\\ No newline at end of file\n\nDeleted: d\n--- d\t(rev 0)\n\
                    +++ d\t(rev 1)\n@@ -1,2 +1 @@\n--- e\n y\n";
        let mut counter = Counter::default();
        diff.lines().for_each(|line| counter.line(line.as_bytes()));
        assert_eq!(counter.of(b"a b"), Lines { added: 3, deleted: 0 });
        assert_eq!(counter.of(b"d"), Lines { added: 0, deleted: 1 });
        assert_eq!(counter.files.len(), 2);
    }

    #[test]
    fn a_file_that_is_gone_keeps_its_name() {
        let mut counter = Counter::of_git_style();
        for line in ["--- a/x", "+++ /dev/null", "@@ -1,1 +0,0 @@", "-y"] {
            counter.line(line.as_bytes());
        }
        assert_eq!(counter.of(b"x"), Lines { added: 0, deleted: 1 });
    }

    proptest::proptest! {
        #[test]
        fn no_diff_makes_it_panic(lines in proptest::collection::vec("(@@ -|--- |\\+\\+\\+ |\\+|-)?[0-9, +@]{0,20}", 0..30)) {
            let mut counter = Counter::default();
            lines.iter().for_each(|line| counter.line(line.as_bytes()));
        }
    }
}
