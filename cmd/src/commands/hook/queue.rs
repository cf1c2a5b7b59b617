//! Pushes that wait on disk: a directory for each user, a file for each push.
//!
//! A file is named `MICROSECONDS-ID.STATE`. Before a push is worked on its state moves on, so one that ends
//! the process is not tried for ever. Messages may be published twice then, under the same msg_id.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use fedhub::config::Config;
use fedhub::{Error, Kind, Result};
use nix::fcntl::{Flock, FlockArg};
use nix::unistd::User;

use super::Place;
use super::push::Push;
use crate::app::data_dir;

/// What a push goes through, from each to the next; in the last it stays.
const STATES: [&str; 4] = ["push", "begun", "again", BAD];
const WAITING: &str = STATES[0];
const BAD: &str = "bad";
/// How many may wait.
const MAX_PUSHES: usize = 10_000;

/// The pushes of one user.
pub(super) struct Queue {
    spool: PathBuf,
    dir: PathBuf,
}

/// A push in the queue.
pub(super) struct Ticket {
    path: PathBuf,
}

/// Held by the one process that works on a queue; the system lets go of it when that ends.
pub(super) struct Lock {
    _file: Flock<File>,
}

impl Queue {
    /// The queue of this user, made if it is not there.
    pub(super) fn open(place: &Place, config: &Config) -> Result<Self> {
        let named = place.spool.as_ref().or(config.hook.spool.as_ref());
        let spool = match named.or(config.relay.spool.as_ref()) {
            Some(spool) => spool.clone(),
            None => user_data()?.join("spool"),
        };
        let dir = spool.join(format!("pushes-{}", nix::unistd::getuid()));
        let cannot = |error| {
            Error::io(format!("cannot make the directory {}", dir.display()), error)
                .hint("fedhub config explain hook.spool")
        };
        fs::create_dir_all(&spool).map_err(cannot)?;
        match fs::DirBuilder::new().mode(0o700).create(&dir) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(cannot(error)),
            _ => {}
        }
        // In a spool that everybody may write to, somebody else could have made it.
        let owner = fs::symlink_metadata(&dir).map_err(cannot)?;
        if !owner.is_dir() || !is_ours(&owner) {
            let why = format!("{} is not a directory of this user", dir.display());
            return Err(Error::new(Kind::Permission, why).hint("remove it"));
        }
        Ok(Self { spool, dir })
    }

    /// The spool it is in.
    pub(super) fn spool(&self) -> &Path {
        &self.spool
    }

    /// Where it is.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where a process without a terminal logs.
    pub(super) fn log(&self) -> PathBuf {
        self.dir.join("hook.log")
    }

    /// Adds a push. When this returns without an error it is on disk.
    pub(super) fn put(&self, push: &Push) -> Result<()> {
        if self.names()?.len() >= MAX_PUSHES {
            let why = format!("{MAX_PUSHES} pushes wait in {} already", self.dir.display());
            return Err(Error::new(Kind::TryAgain, why).hint("fedhub hook run"));
        }
        let failed = |error| {
            Error::io(format!("cannot keep the push in {}", self.dir.display()), error)
                .hint("is the disk full?")
        };
        let text = serde_json::to_vec(push).map_err(|error| failed(error.into()))?;
        let name = format!("{:020}-{}", fedhub::journal::now(), push.id);
        let partial = self.dir.join(format!("{name}.tmp"));
        let path = self.dir.join(format!("{name}.{WAITING}"));
        let write = || {
            let mut file = OpenOptions::new().write(true).create_new(true).open(&partial)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&partial, &path)?;
            // The name is on disk only when its directory is.
            File::open(&self.dir)?.sync_all()
        };
        write().map_err(|error| {
            // Whether there is something to remove depends on how far it came.
            let _ = fs::remove_file(&partial);
            failed(error)
        })
    }

    /// The right to work on it; `None` while another process does.
    pub(super) fn lock(&self) -> Result<Option<Lock>> {
        let path = self.dir.join("lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file =
            file.map_err(|error| Error::io(format!("cannot open {}", path.display()), error))?;
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(file) => Ok(Some(Lock { _file: file })),
            Err((_, nix::errno::Errno::EWOULDBLOCK)) => Ok(None),
            Err((_, error)) => {
                Err(Error::io(format!("cannot lock {}", path.display()), error.into()))
            }
        }
    }

    /// The oldest push that waits. One that cannot be read, or that has ended its process twice, is set
    /// aside, and is the error.
    pub(super) fn next(&self, _lock: &Lock) -> Result<Option<(Ticket, Push)>> {
        let mut names = self.names()?;
        names.retain(|name| STATES.iter().any(|state| *state != BAD && has_state(name, state)));
        let Some(name) = names.into_iter().min() else { return Ok(None) };
        let at = STATES.iter().position(|state| has_state(&name, state)).unwrap_or_default();
        let begun = STATES.get(at + 1).copied().unwrap_or(BAD);
        let mut ticket = Ticket { path: self.dir.join(name) };
        ticket.move_to(begun)?;
        if begun == BAD {
            let why = format!("{} has ended the process twice", ticket.path.display());
            return Err(Error::new(Kind::Data, why).hint("fedhub hook run --failed"));
        }
        let text = fs::read(&ticket.path)
            .map_err(|error| Error::io(format!("cannot read {}", ticket.path.display()), error))?;
        match serde_json::from_slice(&text) {
            Ok(push) => Ok(Some((ticket, push))),
            Err(error) => {
                ticket.set_aside()?;
                let why = format!("{} is damaged", ticket.path.display());
                Err(Error::new(Kind::Data, why).because(error))
            }
        }
    }

    /// Lets those that were set aside wait again.
    pub(super) fn retry_failed(&self, _lock: &Lock) -> Result<()> {
        for name in self.names()?.into_iter().filter(|name| has_state(name, BAD)) {
            Ticket { path: self.dir.join(name) }.wait_again()?;
        }
        Ok(())
    }

    /// How many were set aside.
    pub(super) fn failed(&self) -> Result<usize> {
        Ok(self.names()?.iter().filter(|name| has_state(name, BAD)).count())
    }

    /// Whether a push waits that nobody has begun with.
    pub(super) fn has_more(&self) -> Result<bool> {
        Ok(self.names()?.iter().any(|name| has_state(name, WAITING)))
    }

    /// The files of pushes.
    fn names(&self) -> Result<Vec<String>> {
        let failed =
            |error| Error::io(format!("cannot list the directory {}", self.dir.display()), error);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(failed)? {
            // A name that is not UTF-8 is none of ours.
            if let Ok(name) = entry.map_err(failed)?.file_name().into_string()
                && STATES.iter().any(|state| has_state(&name, state))
            {
                names.push(name);
            }
        }
        Ok(names)
    }
}

/// Where data of this user is kept. Servers run hooks without HOME.
fn user_data() -> Result<PathBuf> {
    data_dir().or_else(|error| match User::from_uid(nix::unistd::getuid()) {
        Ok(Some(user)) => Ok(user.dir.join(".local/share/fedhub")),
        _ => Err(error.hint("fedhub config explain hook.spool")),
    })
}

fn has_state(name: &str, state: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| end == state)
}

fn is_ours(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.uid() == nix::unistd::geteuid().as_raw()
}

impl Ticket {
    /// It is published.
    pub(super) fn done(self) -> Result<()> {
        fs::remove_file(&self.path)
            .map_err(|error| Error::io(format!("cannot remove {}", self.path.display()), error))
    }

    /// It is not its fault that it could not be published.
    pub(super) fn wait_again(mut self) -> Result<()> {
        self.move_to(WAITING)
    }

    /// It cannot be published as things are. Gives its new name.
    pub(super) fn set_aside(&mut self) -> Result<&Path> {
        self.move_to(BAD)?;
        Ok(&self.path)
    }

    fn move_to(&mut self, state: &str) -> Result<()> {
        let path = self.path.with_extension(state);
        fs::rename(&self.path, &path)
            .map_err(|error| Error::io(format!("cannot rename {}", self.path.display()), error))?;
        self.path = path;
        Ok(())
    }
}
