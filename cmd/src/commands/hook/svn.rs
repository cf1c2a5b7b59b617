//! Reading a revision of a Subversion repository, with svnlook.

use std::path::Path;
use std::process::Command;

use fedhub::Result;

use super::commit::{Commit, Take};
use super::diff::Counter;
use super::program::{lines, pieces, program};
use super::work::Limits;

/// What `svnlook changed` prints before a path.
const COLUMNS: usize = 4;

/// Reads a revision.
pub(super) fn commit(rev: u64, path: &Path, limits: &Limits, take: Take<'_>) -> Result<()> {
    let look = |action: &str| svnlook(action, rev, path);
    let text = |action| -> Result<String> {
        Ok(lines(&mut look(action), vec![], limits.deadline)?.join("\n"))
    };
    let author = text("author")?;
    let mut commit = Commit {
        rev: rev.to_string(),
        message: text("log")?,
        agent: (!author.is_empty()).then(|| author.clone()),
        name: author,
        ..Commit::default()
    };
    let mut counter = Counter::default();
    let mut diff = look("diff");
    pieces(diff.arg("--ignore-properties"), vec![], b'\n', limits.deadline, |line| {
        counter.line(line);
        Ok(())
    })?;
    let mut branch = None;
    pieces(&mut look("changed"), vec![], b'\n', limits.deadline, |line| {
        let Some(path) = line.get(COLUMNS..) else { return Ok(()) };
        let own = branch_of(path);
        // A revision that changes several branches is of none.
        branch = Some(if branch.as_ref().is_none_or(|known| *known == own) { own } else { None });
        if !path.ends_with(b"/") {
            commit.stats.add(path, counter.of(path), limits.files);
        }
        Ok(())
    })?;
    commit.branch = branch.flatten().unwrap_or_default();
    take(commit)
}

fn svnlook(action: &str, rev: u64, path: &Path) -> Command {
    let mut command = program("svnlook");
    command.args([action, "-r", &rev.to_string()]).arg(path);
    command
}

/// `trunk`, or the name below `branches`.
fn branch_of(path: &[u8]) -> Option<String> {
    let path = String::from_utf8_lossy(path);
    let mut parts = path.split('/');
    match parts.find(|part| matches!(*part, "trunk" | "branches"))? {
        "trunk" => Some("trunk".into()),
        _ => parts.next().filter(|name| !name.is_empty()).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_are_where_everybody_has_them() {
        for (path, expected) in [
            ("trunk/a", Some("trunk")),
            ("project/trunk/", Some("trunk")),
            ("branches/f40/trunk/a", Some("f40")),
            ("branches/", None),
            ("tags/1/a", None),
            ("a", None),
        ] {
            assert_eq!(branch_of(path.as_bytes()).as_deref(), expected, "{path}");
        }
    }
}
