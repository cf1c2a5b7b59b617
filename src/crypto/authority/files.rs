//! The files of an authority: written whole or not at all, by one process at a time.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use crate::{Error, Result, error::Kind};

pub(super) const PRIVATE: u32 = 0o600;
pub(super) const PUBLIC: u32 = 0o644;

/// No file is read beyond this; a revocation list of 100,000 entries takes 6 MiB.
const MAX_FILE: u64 = 16 << 20;
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// Keeps other processes from changing the directory: of two revocations at once, one would be
/// lost.
pub(super) fn lock(dir: &Path) -> Result<Flock<File>> {
    let cannot = |error| Error::io(format!("cannot lock {}", dir.display()), error);
    let deadline = Instant::now() + LOCK_TIMEOUT;
    let mut file = File::open(dir).map_err(cannot)?;
    loop {
        file = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return Ok(lock),
            Err((file, Errno::EWOULDBLOCK)) if Instant::now() < deadline => file,
            Err((_, Errno::EWOULDBLOCK)) => {
                let message = format!("another process is changing {}", dir.display());
                return Err(Error::new(Kind::TryAgain, message).hint("try again"));
            }
            Err((_, errno)) => return Err(cannot(errno.into())),
        };
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(super) fn refuse_existing(path: &Path) -> Result<()> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let message = format!("{} exists and is not overwritten", path.display());
    Err(Error::new(Kind::Usage, message).hint("to replace it, say --force"))
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE).read_to_end(&mut content))
        .map_err(|error| Error::io(format!("cannot read {}", path.display()), error))?;
    Ok(content)
}

/// Writes a file so that it is there whole, on disk and with the right mode, or not at all.
/// The caller holds the lock.
pub(super) fn write(dir: &Path, file: &str, mode: u32, content: &[u8]) -> Result<()> {
    let (path, temporary) = (dir.join(file), dir.join(format!(".{file}.tmp")));
    // Only a process that died can have left one, as we hold the lock.
    let _ = fs::remove_file(&temporary);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&temporary)
        .and_then(|mut output| output.write_all(content).and_then(|()| output.sync_all()))
        .and_then(|()| fs::rename(&temporary, &path))
        .and_then(|()| File::open(dir)?.sync_all());
    written.map_err(|error| {
        let _ = fs::remove_file(&temporary);
        Error::io(format!("cannot write {}", path.display()), error)
    })
}
