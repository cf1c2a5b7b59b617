//! Reading a group of changesets of a Mercurial repository, with hg.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use fedhub::{Error, Kind, Result};
use serde::{Deserialize, Serialize};

use super::commit::{Commit, Take};
use super::diff::Counter;
use super::program::{lines, pieces, program};
use super::work::Limits;

/// What stands before the node of a changeset between diffs; no line of a diff begins so.
const MARK: u8 = 1;
/// How many fields a changeset has before the names of its files.
const FIELDS: usize = 5;
const TEMPLATE: &str =
    r"{node}\0{person(author)}\0{email(author)}\0{branch}\0{desc}\0{files % '{file}\0'}\0";

/// The first and the last changeset that came.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Group {
    first: String,
    last: String,
}

impl Group {
    /// What Mercurial tells a changegroup hook.
    pub(super) fn of_variables() -> Result<Self> {
        let node = |variable: &str| {
            let node = std::env::var(variable).unwrap_or_default();
            let good = node.len() >= 12 && node.bytes().all(|byte| byte.is_ascii_hexdigit());
            good.then_some(node)
        };
        let first = node("HG_NODE").ok_or_else(|| {
            Error::new(Kind::Data, "HG_NODE does not name a changeset")
                .hint("Mercurial runs this as a changegroup hook; fedhub hook install hg REPO")
        })?;
        // Old ones name only the first; what came is the newest then.
        Ok(Self { first, last: node("HG_NODE_LAST").unwrap_or_else(|| "tip".into()) })
    }

    /// Reads the changesets.
    pub(super) fn commits(&self, path: &Path, limits: &Limits, take: Take<'_>) -> Result<()> {
        let Self { first, last } = self;
        let mut numbers = hg(path);
        numbers.args(["log", "-r", first, "-r", last, "-T", r"{rev}\n"]);
        let numbers = lines(&mut numbers, vec![], limits.deadline)?;
        let number = |at: usize| numbers.get(at).and_then(|rev| rev.parse::<u64>().ok());
        let total = match (number(0), number(1)) {
            (Some(first), Some(last)) => last.saturating_sub(first) + 1,
            // One and the same is printed once.
            _ => 1,
        };
        let range = format!("last({first}:{last}, {})", limits.commits);
        let counters = counters(path, &range, limits)?;
        let left_out = total.saturating_sub(limits.commits as u64);
        let mut log = hg(path);
        log.args(["log", "-r", &range, "-T", TEMPLATE]);
        let (mut commit, mut fields) = (Commit::default(), 0);
        // The last of its branch is not known yet, so it says what all of them leave out.
        let mut held: Option<Commit> = None;
        pieces(&mut log, vec![], 0, limits.deadline, |piece| {
            let text = String::from_utf8_lossy(piece).into_owned();
            match fields {
                0 => commit.rev = text,
                1 => commit.name = text,
                2 => commit.email = text,
                3 => commit.branch = text,
                4 => commit.message = text,
                _ if piece.is_empty() => {
                    fields = 0;
                    return held.replace(std::mem::take(&mut commit)).map_or(Ok(()), &mut *take);
                }
                _ => {
                    let counted = counters.get(&commit.rev);
                    let lines = counted.map(|counter| counter.of(piece)).unwrap_or_default();
                    commit.stats.add(piece, lines, limits.files);
                }
            }
            fields = (fields + 1).min(FIELDS);
            Ok(())
        })?;
        let Some(mut last) = held else {
            return Err(Error::new(Kind::Data, "hg log has printed something else"));
        };
        last.commits_left_out = left_out;
        take(last)
    }
}

/// What each changeset of a range has changed.
fn counters(path: &Path, range: &str, limits: &Limits) -> Result<HashMap<String, Counter>> {
    let mut log = hg(path);
    log.args(["log", "-r", range, "-p", "--git", "-T", r"\x01{node}\n"]);
    let mut counters = HashMap::new();
    let (mut node, mut counter) = (String::new(), Counter::of_git_style());
    pieces(&mut log, vec![], b'\n', limits.deadline, |line| {
        match line.split_first() {
            Some((&MARK, next)) if !counter.in_hunk() => {
                let done = std::mem::replace(&mut counter, Counter::of_git_style());
                let next = String::from_utf8_lossy(next).into_owned();
                counters.insert(std::mem::replace(&mut node, next), done);
            }
            _ => counter.line(line),
        }
        Ok(())
    })?;
    counters.insert(node, counter);
    Ok(counters)
}

/// hg in this repository, with plain output.
fn hg(path: &Path) -> Command {
    let mut command = program("hg");
    command.env("HGPLAIN", "1").env("HGENCODING", "UTF-8").arg("-R").arg(path);
    command
}
