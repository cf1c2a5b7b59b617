//! A commit as it was read, and the message about it.

use std::collections::BTreeMap;

use fedhub::Result;
use fedhub::canonical::{Object, Value};

use super::push::Push;

/// How many bytes of a commit's message are published.
const MAX_MESSAGE: usize = 64 * 1024;
/// How many bytes of a name, an address or the first line.
const MAX_LINE: usize = 1024;

/// Takes commits in the order in which they are published.
pub(super) type Take<'a> = &'a mut dyn FnMut(Commit) -> Result<()>;

/// A commit on a branch.
#[derive(Debug, Default)]
pub(super) struct Commit {
    pub(super) rev: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) message: String,
    pub(super) branch: String,
    /// Who has committed it, where only the repository knows.
    pub(super) agent: Option<String>,
    /// Whether it is on another branch already.
    pub(super) seen: bool,
    pub(super) stats: Stats,
    /// How many commits of this branch are not published.
    pub(super) commits_left_out: u64,
    /// How many branches of this push are not.
    pub(super) branches_left_out: u64,
}

/// Lines that came and went.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) added: u64,
    pub(super) deleted: u64,
}

impl Lines {
    fn add(&mut self, other: Lines) {
        self.added += other.added;
        self.deleted += other.deleted;
    }

    fn object(self) -> Object {
        let numbers = [
            ("additions", self.added),
            ("deletions", self.deleted),
            ("lines", self.added + self.deleted),
        ];
        Object::from_iter(numbers.map(|(name, number)| (name, value(number))))
    }
}

/// Which files changed, and by how much.
#[derive(Debug, Default)]
pub(super) struct Stats {
    files: BTreeMap<String, Lines>,
    total: Lines,
    left_out: u64,
}

impl Stats {
    /// Adds a file; only so many are named.
    pub(super) fn add(&mut self, path: &[u8], lines: Lines, most: usize) {
        self.total.add(lines);
        let path = text(path);
        let room = self.files.len() < most;
        match self.files.get_mut(&path) {
            Some(known) => known.add(lines),
            None if room => drop(self.files.insert(path, lines)),
            None => self.left_out += 1,
        }
    }

    fn object(&self) -> Object {
        let mut total = self.total.object();
        total.insert("files", value(self.files.len() as u64 + self.left_out));
        let files = self.files.iter().map(|(path, lines)| (path, lines.object()));
        Object::from_iter([("files", Object::from_iter(files)), ("total", total)])
    }
}

impl Commit {
    /// What is published about it.
    pub(super) fn msg(&self, push: &Push) -> Value {
        let summary = self.message.lines().next().unwrap_or_default();
        let (message, cut) = shortened(&self.message, MAX_MESSAGE);
        let agent = self.agent.as_ref().unwrap_or(&push.agent);
        let mut commit = Object::new();
        let texts = [
            ("agent", agent.as_str()),
            ("branch", &self.branch),
            ("email", shortened(&self.email, MAX_LINE).0),
            ("message", message),
            ("name", shortened(&self.name, MAX_LINE).0),
            ("path", push.path.to_str().unwrap_or_default()),
            ("repo", &push.repo),
            ("rev", &self.rev),
            ("summary", shortened(summary, MAX_LINE).0),
            ("username", agent),
        ];
        for (name, text) in texts {
            commit.insert(name, text);
        }
        if let Some(namespace) = &push.namespace {
            commit.insert("namespace", namespace.as_str());
        }
        commit.insert("seen", Value::Bool(self.seen));
        commit.insert("stats", self.stats.object());
        let left_out = [
            ("branches", self.branches_left_out),
            ("commits", self.commits_left_out),
            ("files", self.stats.left_out),
            ("message_bytes", cut),
        ];
        let left_out = left_out.into_iter().filter(|(_, count)| *count > 0);
        let left_out = Object::from_iter(left_out.map(|(name, count)| (name, value(count))));
        if !left_out.is_empty() {
            commit.insert("left_out", left_out);
        }
        Object::from_iter([("commit", commit)]).into()
    }
}

fn value(number: u64) -> Value {
    Value::from(i64::try_from(number).unwrap_or(i64::MAX))
}

/// The beginning of a text, and how many bytes are not in it.
fn shortened(text: &str, most: usize) -> (&str, u64) {
    let end = text.floor_char_boundary(most);
    (&text[..end], (text.len() - end) as u64)
}

/// The text of a file name: bytes that are not UTF-8 as git shows them, such as `\377`.
fn text(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text += chunk.valid();
        text.extend(chunk.invalid().iter().map(|byte| format!("\\{byte:03o}")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_counted() {
        let mut stats = Stats::default();
        for n in 0..5u64 {
            stats.add(format!("f{n}").as_bytes(), Lines { added: n, deleted: 1 }, 3);
        }
        stats.add(b"f0", Lines { added: 1, deleted: 0 }, 3);
        let json = String::from_utf8(fedhub::canonical::to_vec(&stats.object().into())).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let expected =
            serde_json::json!({"additions": 11, "deletions": 5, "files": 5, "lines": 16});
        assert_eq!(json["total"], expected);
        assert_eq!(json["files"].as_object().unwrap().len(), 3);
        assert_eq!((json["files"]["f0"]["lines"].as_u64(), stats.left_out), (Some(2), 2));
        assert_eq!(shortened("a\u{e9}b", 2), ("a", 3));
        assert_eq!(shortened("ab", 2), ("ab", 0));
    }

    #[test]
    fn names_that_are_not_utf8_stay_apart() {
        assert_eq!(text(b"a\xff\xfeb"), "a\\377\\376b");
        assert_eq!(text("\u{e9}\n\"".as_bytes()), "\u{e9}\n\"");
    }
}
