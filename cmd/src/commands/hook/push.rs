//! A push as the hook was told of it: enough to read its commits later.

use std::io::stdin;
use std::path::{Path, PathBuf};

use fedhub::config::Config;
use fedhub::{Error, Kind, Result};
use serde::{Deserialize, Serialize};

use super::{Event, How, git, hg};
use crate::app::{now, username};

/// Variables in which servers name whoever has pushed, in this order.
const PUSHER: [&str; 4] = ["GL_USER", "GL_USERNAME", "GITEA_PUSHER_NAME", "REMOTE_USER"];

/// What was pushed, or committed, where and by whom.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Push {
    /// Its own name, from which those of its messages are made.
    pub(super) id: String,
    /// When it came, in unix seconds.
    pub(super) time: i64,
    /// The repository.
    pub(super) path: PathBuf,
    /// Its name.
    pub(super) repo: String,
    /// What it belongs to, if that is known.
    pub(super) namespace: Option<String>,
    /// Who has pushed.
    pub(super) agent: String,
    /// What.
    pub(super) change: Change,
}

/// What has changed, in the words of each program.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Change {
    Git(git::Received),
    Svn { rev: u64 },
    Hg(hg::Group),
}

impl Change {
    /// The topic of its messages.
    pub(super) fn topic(&self) -> &'static str {
        match self {
            Change::Git(_) => "git.receive",
            Change::Svn { .. } => "svn.receive",
            Change::Hg(_) => "hg.receive",
        }
    }
}

impl Push {
    /// Whether there is nothing to announce.
    pub(super) fn is_empty(&self) -> bool {
        matches!(&self.change, Change::Git(received) if received.is_empty())
    }

    /// What the hook is told, by its arguments, its variables and its input.
    pub(super) fn of(event: &Event, how: &How, config: &Config) -> Result<Self> {
        let (path, change) = match event {
            Event::Git => {
                let path = absolute(&git::directory())?;
                let received = git::Received::read(&mut stdin().lock(), &path)?;
                (path, Change::Git(received))
            }
            Event::Svn { path, rev } => (absolute(path)?, Change::Svn { rev: *rev }),
            Event::Hg => (absolute(Path::new("."))?, Change::Hg(hg::Group::of_variables()?)),
        };
        Ok(Self {
            id: uuid::Uuid::new_v4().to_string(),
            time: now(),
            repo: how.repo.clone().unwrap_or_else(|| name(&path)),
            namespace: how.namespace.clone().or_else(|| namespace(&path, config)),
            agent: agent(),
            path,
            change,
        })
    }
}

fn absolute(path: &Path) -> Result<PathBuf> {
    let path = path.canonicalize();
    let path = path.map_err(|error| Error::io("cannot find the repository", error))?;
    if path.to_str().is_none() {
        let why = format!("the path of the repository, {}, is not UTF-8", path.display());
        return Err(Error::new(Kind::Data, why));
    }
    Ok(path)
}

/// Where the files of a work tree are, or the repository itself.
fn top(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if path.file_name().is_some_and(|name| name == ".git") => parent,
        _ => path,
    }
}

fn name(path: &Path) -> String {
    let name = top(path).file_name().unwrap_or_default().to_string_lossy();
    name.strip_suffix(".git").unwrap_or(&name).to_owned()
}

/// The directories between the root of all repositories and this one.
fn namespace(path: &Path, config: &Config) -> Option<String> {
    let root = config.hook.root.as_ref()?.canonicalize().ok()?;
    let between = top(path).strip_prefix(root).ok()?.parent()?.to_str()?;
    (!between.is_empty()).then(|| between.to_owned())
}

fn agent() -> String {
    let named = |variable| std::env::var(variable).ok().filter(|name| !name.is_empty());
    PUSHER.into_iter().find_map(named).unwrap_or_else(username)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_repositories_come_from_their_directories() {
        for (path, expected) in [
            ("/srv/git/rpms/kernel.git", "kernel"),
            ("/home/a/work/.git", "work"),
            ("/srv/svn/docs", "docs"),
            ("/srv/git/.git.git", ".git"),
        ] {
            assert_eq!(name(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn a_namespace_is_what_is_between_the_root_and_a_repository() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let mut config = Config::default();
        assert_eq!(namespace(&root.join("rpms/kernel.git"), &config), None);
        config.hook.root = Some(root.clone());
        for (path, expected) in [
            ("rpms/kernel.git", Some("rpms")),
            ("forks/alice/rpms/kernel.git", Some("forks/alice/rpms")),
            ("rpms/work/.git", Some("rpms")),
            ("kernel.git", None),
        ] {
            assert_eq!(namespace(&root.join(path), &config).as_deref(), expected, "{path}");
        }
        assert_eq!(namespace(Path::new("/elsewhere/a/b.git"), &config), None);
    }
}
