//! One daemon for one journal.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::{Error, Kind, Result};

/// A lock beside the journal, held until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    pub(super) fn take(journal: &Path) -> Result<Self> {
        let mut path = OsString::from(journal);
        path.push(".lock");
        let path = PathBuf::from(path);
        let cannot =
            |error| Error::io(format!("cannot lock the journal with {}", path.display()), error);
        let open =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(journal, &mut file)),
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        file.set_len(0).map_err(cannot)?;
        file.write_all(std::process::id().to_string().as_bytes()).map_err(cannot)?;
        Ok(Self { _file: file })
    }
}

fn held(journal: &Path, file: &mut File) -> Error {
    let mut holder = String::new();
    // Its holder may be about to write its name.
    let _ = file.take(20).read_to_string(&mut holder);
    let holder = holder.parse::<u32>().map_or_else(|_| String::new(), |pid| format!(" {pid}"));
    let what = format!("process{holder} already writes the journal {}", journal.display());
    Error::new(Kind::Unavailable, what).hint("give each daemon its own journal")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_refused_and_told_by_whom() {
        let dir = tempfile::tempdir().unwrap();
        let journal = dir.path().join("j");
        let lock = Lock::take(&journal).unwrap();
        let error = Lock::take(&journal).unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable);
        let pid = format!("process {} ", std::process::id());
        assert!(error.to_string().contains(&pid), "{error}");
        drop(lock);
        Lock::take(&journal).unwrap();
    }
}
