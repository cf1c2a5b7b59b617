//! Reading a push to a git repository, with git's own commands for programs.

use std::collections::HashSet;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use fedhub::{Error, Kind, Result};
use serde::{Deserialize, Serialize};

use super::commit::{Commit, Lines, Take};
use super::program::{lines, pieces, program};
use super::work::Limits;

/// How many branches of one push are looked at.
const MAX_BRANCHES: usize = 10_000;
/// How many other branches are remembered.
const MAX_TIPS: usize = 10_000;
/// The longest line of the hook's input; no name of a branch is longer.
const MAX_LINE: u64 = 8192;
/// How long git may take to say which branches there are. Whoever pushes does not wait for it.
const LOOK: Duration = Duration::from_secs(20);
/// How far commits that are left out are counted.
const MAX_COUNT: &str = "100000";
const BRANCHES: &str = "refs/heads/";
/// What a commit begins with in the output of `git log`; a file never does.
const MARK: u8 = 1;

/// The branches of a push, and those that were there before it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Received {
    branches: Vec<Branch>,
    /// How many more there were.
    left_out: u64,
    /// The heads of all branches before the push.
    before: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Branch {
    name: String,
    /// Where it was, if it was there.
    old: Option<String>,
    new: String,
}

/// The repository of a hook: git names it, and starts the hook in it.
pub(super) fn directory() -> PathBuf {
    std::env::var_os("GIT_DIR").map_or_else(|| ".".into(), PathBuf::from)
}

impl Received {
    /// Reads what git tells a post-receive hook.
    pub(super) fn read(input: &mut dyn BufRead, repository: &Path) -> Result<Self> {
        let mut received = Self::parse(input)?;
        if received.branches.is_empty() {
            return Ok(received);
        }
        let mut git = program("git");
        git.arg("--git-dir").arg(repository);
        git.args([
            "for-each-ref",
            "--count",
            &MAX_TIPS.to_string(),
            "--format=%(objectname) %(refname)",
            BRANCHES,
        ]);
        let heads = lines(&mut git, vec![], Instant::now() + LOOK)?;
        let pushed: HashSet<String> =
            received.branches.iter().map(|branch| format!("{BRANCHES}{}", branch.name)).collect();
        for head in heads {
            if let Some((tip, name)) = head.split_once(' ')
                && !pushed.contains(name)
            {
                received.before.push(tip.to_owned());
            }
        }
        received.before.truncate(MAX_TIPS);
        Ok(received)
    }

    fn parse(input: &mut dyn BufRead) -> Result<Self> {
        let mut received = Self::default();
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = (&mut *input).take(MAX_LINE).read_until(b'\n', &mut line);
            if read.map_err(|error| Error::io("cannot read stdin", error))? == 0 {
                return Ok(received);
            }
            let text = String::from_utf8_lossy(&line);
            let mut words = text.trim_end().splitn(3, ' ');
            let (Some(old), Some(new), Some(name)) = (words.next(), words.next(), words.next())
            else {
                return Err(not_from_git(&text));
            };
            if !is_object(old) || !is_object(new) {
                return Err(not_from_git(&text));
            }
            let Some(name) = name.strip_prefix(BRANCHES) else { continue };
            let old = (!is_nothing(old)).then(|| old.to_owned());
            if received.branches.len() == MAX_BRANCHES {
                received.left_out += 1;
                continue;
            }
            // What was there before counts, also that of a branch that is deleted.
            received.before.extend(old.clone());
            if !is_nothing(new) {
                received.branches.push(Branch { name: name.into(), old, new: new.into() });
            }
        }
    }

    /// Whether there is nothing to announce.
    pub(super) fn is_empty(&self) -> bool {
        self.branches.is_empty()
    }

    /// Reads the commits.
    pub(super) fn commits(&self, path: &Path, limits: &Limits, take: Take<'_>) -> Result<()> {
        let mut reader = Reader { path, limits, known: self.before.clone(), taken: HashSet::new() };
        let announced = self.branches.len().min(limits.commits);
        let left_out = self.left_out + (self.branches.len() - announced) as u64;
        for (index, branch) in self.branches[..announced].iter().enumerate() {
            // Each branch that comes later has its head announced at least.
            let later = announced - index - 1;
            let room = limits.commits.saturating_sub(reader.taken.len() + later).max(1);
            let branches_left_out = if later == 0 { left_out } else { 0 };
            reader.branch(branch, room, branches_left_out, take)?;
        }
        Ok(())
    }
}

fn not_from_git(line: &str) -> Error {
    let line: String = line.chars().take(200).collect();
    Error::new(Kind::Data, format!("stdin is not what git tells a hook: {:?}", line.trim_end()))
        .hint("git runs this as hooks/post-receive; fedhub hook install git REPO")
}

fn is_object(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_nothing(object: &str) -> bool {
    object.bytes().all(|byte| byte == b'0')
}

/// Reads one branch after the other.
struct Reader<'a> {
    path: &'a Path,
    limits: &'a Limits,
    /// Heads whose commits are no news to somebody who looks at all branches.
    known: Vec<String>,
    /// What was announced on other branches of the push.
    taken: HashSet<String>,
}

impl Reader<'_> {
    fn branch(
        &mut self,
        branch: &Branch,
        room: usize,
        branches_left_out: u64,
        take: Take<'_>,
    ) -> Result<()> {
        let fresh = self.list(&branch.new, &self.known, room + 1)?;
        let mut revs = match &branch.old {
            None => fresh.clone(),
            Some(old) => self.list(&branch.new, std::slice::from_ref(old), room + 1)?,
        };
        let mut left_out = 0;
        if revs.len() > room {
            revs.truncate(room);
            let base = branch.old.as_ref().map_or(self.known.as_slice(), std::slice::from_ref);
            left_out = self.count(&branch.new, base)?.saturating_sub(room as u64).max(1);
        }
        if revs.is_empty() && branch.old.is_none() {
            // It is news that the branch is there.
            revs.push(branch.new.clone());
        }
        revs.reverse();
        // Of a list that was cut nobody knows what is not in it.
        let all_fresh = fresh.len() <= room;
        let fresh: HashSet<String> = fresh.into_iter().collect();
        let last = revs.last().cloned();
        let taken = &mut self.taken;
        details(self.path, &revs, self.limits, &mut |mut commit| {
            let elsewhere = all_fresh && !fresh.contains(&commit.rev);
            commit.seen = !taken.insert(commit.rev.clone()) || elsewhere;
            commit.branch.clone_from(&branch.name);
            if last.as_ref() == Some(&commit.rev) {
                commit.commits_left_out = left_out;
                commit.branches_left_out = branches_left_out;
            }
            take(commit)
        })?;
        self.known.push(branch.new.clone());
        Ok(())
    }

    /// The newest commits that are in `new` and not in `base`, newest first.
    fn list(&self, new: &str, base: &[String], most: usize) -> Result<Vec<String>> {
        let mut git = git(self.path);
        git.args(["rev-list", "--topo-order", "--stdin", "-n", &most.to_string()]);
        lines(&mut git, range(new, base), self.limits.deadline)
    }

    fn count(&self, new: &str, base: &[String]) -> Result<u64> {
        let mut git = git(self.path);
        git.args(["rev-list", "--count", "--stdin", "-n", MAX_COUNT]);
        let counted = lines(&mut git, range(new, base), self.limits.deadline)?;
        Ok(counted.first().and_then(|count| count.parse().ok()).unwrap_or_default())
    }
}

fn range(new: &str, base: &[String]) -> Vec<u8> {
    let mut input = format!("{new}\n");
    for old in base {
        input += &format!("^{old}\n");
    }
    input.into_bytes()
}

/// git in this repository, with nothing in its settings that would change what it prints.
fn git(path: &Path) -> Command {
    let mut command = program("git");
    command.arg("--git-dir").arg(path);
    for setting in ["log.showSignature=false", "log.mailmap=false", "diff.ignoreSubmodules=none"] {
        command.args(["-c", setting]);
    }
    // What was pushed, not what somebody would have instead, nor fetched from elsewhere.
    command.env("GIT_NO_REPLACE_OBJECTS", "1").env("GIT_NO_LAZY_FETCH", "1");
    command
}

/// Reads these commits, in this order.
fn details(path: &Path, revs: &[String], limits: &Limits, take: Take<'_>) -> Result<()> {
    if revs.is_empty() {
        // Without any, git would show the head.
        return Ok(());
    }
    let mut git = git(path);
    git.args(["log", "--no-walk=unsorted", "--stdin", "-z", "--numstat", "--no-renames"]);
    git.args(["--diff-merges=first-parent", "--no-color", "--no-notes", "--no-ext-diff"]);
    git.args(["--no-decorate", "--encoding=UTF-8", "--format=tformat:%x01%H%x00%an%x00%ae%x00%B"]);
    let input = revs.iter().map(|rev| format!("{rev}\n")).collect::<String>().into_bytes();
    let mut parser = Parser { commit: None, fields: 0, files: limits.files };
    pieces(&mut git, input, 0, limits.deadline, |piece| parser.piece(piece, take))?;
    parser.commit.map_or(Ok(()), take)
}

/// Puts commits together from what git prints: four fields, then a piece for each file.
struct Parser {
    commit: Option<Commit>,
    /// How many fields of it are there.
    fields: usize,
    files: usize,
}

impl Parser {
    fn piece(&mut self, piece: &[u8], take: Take<'_>) -> Result<()> {
        let text = || String::from_utf8_lossy(piece).into_owned();
        match (&mut self.commit, self.fields) {
            (Some(commit), 1) => commit.name = text(),
            (Some(commit), 2) => commit.email = text(),
            (Some(commit), 3) => commit.message = text(),
            (commit, _) if piece.first() == Some(&MARK) => {
                let rev = String::from_utf8_lossy(&piece[1..]).into_owned();
                let before = commit.replace(Commit { rev, ..Commit::default() });
                self.fields = 0;
                before.map_or(Ok(()), take)?;
            }
            (Some(commit), _) => {
                if let Some((lines, path)) = file(piece) {
                    commit.stats.add(path, lines, self.files);
                }
            }
            (None, _) => return Err(Error::new(Kind::Data, "git log has printed something else")),
        }
        self.fields += 1;
        Ok(())
    }
}

/// Reads `ADDED<tab>DELETED<tab>PATH`; of a file that is no text the numbers are `-`.
fn file(piece: &[u8]) -> Option<(Lines, &[u8])> {
    let mut parts = piece.trim_ascii_start().splitn(3, |&byte| byte == b'\t');
    let mut number = || std::str::from_utf8(parts.next()?).ok();
    let (added, deleted) = (number()?, number()?);
    let lines = Lines {
        added: added.parse().unwrap_or_default(),
        deleted: deleted.parse().unwrap_or_default(),
    };
    Some((lines, parts.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Received> {
        Received::parse(&mut text.as_bytes())
    }

    #[test]
    fn branches_are_taken_and_all_that_was_there_is_remembered() {
        let [a, b, none] = ["a", "b", "0"].map(|digit| digit.repeat(40));
        let received = parse(&format!(
            "{none} {a} refs/heads/new\n{a} {b} refs/heads/x y\n{b} {none} refs/heads/gone\n\
             {none} {a} refs/tags/v1\n{a} {b} refs/notes/commits\n"
        ));
        let received = received.unwrap();
        let names: Vec<_> = received.branches.iter().map(|branch| branch.name.as_str()).collect();
        assert_eq!(names, ["new", "x y"]);
        assert_eq!(received.branches[0].old, None);
        assert_eq!(received.before, [a, b]);
        assert!(parse("").unwrap().is_empty());
    }

    #[test]
    fn anything_else_on_stdin_is_refused() {
        let a = "a".repeat(40);
        for wrong in ["\n", "hello", &format!("{a} {a}"), &format!("{a} --all refs/heads/x")] {
            let error = parse(wrong).unwrap_err();
            assert_eq!(error.kind(), Kind::Data, "{wrong}");
        }
    }

    #[test]
    fn more_branches_than_anybody_needs_are_counted() {
        let [a, b] = ["a", "b"].map(|digit| digit.repeat(64));
        let input: String =
            (0..MAX_BRANCHES + 7).map(|n| format!("{a} {b} refs/heads/{n}\n")).collect();
        let received = parse(&input).unwrap();
        assert_eq!((received.branches.len(), received.left_out), (MAX_BRANCHES, 7));
    }

    proptest::proptest! {
        #[test]
        fn no_output_of_git_makes_it_panic(pieces in proptest::collection::vec("(\x01|\n)?[0-9\t-]{0,4}.{0,9}", 0..20)) {
            let mut parser = Parser { commit: None, fields: 0, files: 3 };
            for piece in pieces {
                let _ = parser.piece(piece.as_bytes(), &mut |_| Ok(()));
            }
        }
    }
}
