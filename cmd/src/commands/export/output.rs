//! Where the lines go: stdout, or a file that gets its name when it is complete.
//!
//! Lines are collected and written together, compressed as one frame of zstd. Of a file, what is written
//! is synced, and then the state beside it says how long it is; whatever a kill leaves beyond that is cut
//! off before the export goes on.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek, SeekFrom, Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::Context;
use fedhub::{Error, Kind};
use serde::{Deserialize, Serialize};

use super::super::resume::{beside, load, save};
use super::Progress;

/// So many bytes are written together.
const CHUNK: usize = 4 * 1024 * 1024;
/// The same for stdout, where somebody waits.
const PIPED: usize = 256 * 1024;
/// zstd's own default.
const LEVEL: i32 = 3;

/// What to do about files that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    Refuse,
    Resume,
    Replace,
}

/// The state beside the file.
#[derive(Serialize, Deserialize)]
struct State {
    /// How long the part is.
    bytes: u64,
    progress: Progress,
}

/// Where lines go.
pub(super) struct Output {
    zstd: bool,
    pending: Vec<u8>,
    /// None for stdout.
    part: Option<Part>,
}

/// A file that is not complete.
struct Part {
    file: File,
    /// What it is called, and what it is to be called.
    path: PathBuf,
    complete: PathBuf,
    state: PathBuf,
    bytes: u64,
}

impl Output {
    /// Stdout.
    pub(super) fn stdout(zstd: bool) -> Self {
        Self { zstd, pending: Vec::new(), part: None }
    }

    /// A file, and what is done of it already.
    pub(super) fn file(
        path: &Path,
        zstd: bool,
        begin: Begin,
        fresh: Progress,
    ) -> fedhub::Result<(Self, Progress)> {
        let (part, state) = (beside(path, ".part"), beside(path, ".state"));
        let there = |path: &Path| path.symlink_metadata().is_ok();
        let is_there =
            |path: &Path| Error::new(Kind::Usage, format!("{} is there already", path.display()));
        let cannot = |error| Error::io(format!("cannot write {}", part.display()), error);
        let known = if begin == Begin::Resume { load::<State>(&state)? } else { None };
        if known.as_ref().is_some_and(|known| known.progress.what != fresh.what) {
            let what = format!("{} was begun with another filter or format", part.display());
            return Err(Error::new(Kind::Usage, what).hint("--force begins anew"));
        }
        // One that was killed before its last act has all of it.
        let length = path.metadata().ok().map(|metadata| metadata.len());
        if !there(&part) && known.as_ref().is_some_and(|known| Some(known.bytes) == length) {
            std::fs::rename(path, &part).map_err(cannot)?;
        }
        if begin != Begin::Replace && there(path) && !there(&part) {
            return Err(is_there(path).hint("--force writes over it"));
        }
        if begin == Begin::Refuse && there(&part) {
            return Err(is_there(&part).hint("--resume goes on with it, --force begins anew"));
        }
        let options = &mut OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&part).map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let what = format!("another export writes {}", part.display());
                return Err(Error::new(Kind::Unavailable, what));
            }
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        let State { bytes, progress } = known.unwrap_or(State { bytes: 0, progress: fresh });
        let length = file.metadata().map_err(cannot)?.len();
        if length < bytes {
            let what = format!("{} has {length} bytes, and had {bytes}", part.display());
            return Err(Error::new(Kind::Data, what).hint("--force begins anew"));
        }
        file.set_len(bytes).and_then(|()| file.seek(SeekFrom::Start(bytes))).map_err(cannot)?;
        let part = Part { file, path: part, complete: path.to_owned(), state, bytes };
        Ok((Self { zstd, pending: Vec::new(), part: Some(part) }, progress))
    }

    /// Takes lines.
    pub(super) fn add(&mut self, lines: &[u8]) {
        self.pending.extend_from_slice(lines);
    }

    /// Writes what there is, if it is enough. `progress` is how far the lines go.
    pub(super) fn checkpoint(&mut self, progress: &Progress) -> anyhow::Result<()> {
        let enough = if self.part.is_some() { CHUNK } else { PIPED };
        if self.pending.len() >= enough { self.write(progress) } else { Ok(()) }
    }

    fn write(&mut self, progress: &Progress) -> anyhow::Result<()> {
        let compressed;
        let bytes = if self.zstd && !self.pending.is_empty() {
            compressed = zstd::bulk::compress(&self.pending, LEVEL).context("cannot compress")?;
            &compressed
        } else {
            &self.pending
        };
        match &mut self.part {
            Some(part) => part.write(bytes, progress)?,
            None => {
                let mut out = stdout().lock();
                out.write_all(bytes)?;
                out.flush()?;
            }
        }
        self.pending.clear();
        Ok(())
    }

    /// Writes the rest; a file gets its name.
    pub(super) fn finish(mut self, progress: &Progress) -> anyhow::Result<()> {
        self.write(progress)?;
        if let Some(part) = self.part {
            let cannot =
                |error| Error::io(format!("cannot make {}", part.complete.display()), error);
            std::fs::rename(&part.path, &part.complete).map_err(cannot)?;
            std::fs::remove_file(&part.state).map_err(cannot)?;
        }
        Ok(())
    }
}

impl Part {
    fn write(&mut self, bytes: &[u8], progress: &Progress) -> fedhub::Result<()> {
        let cannot = |error| Error::io(format!("cannot write {}", self.path.display()), error);
        self.file.write_all(bytes).and_then(|()| self.file.sync_data()).map_err(cannot)?;
        self.bytes += bytes.len() as u64;
        save(&self.state, &State { bytes: self.bytes, progress: progress.clone() })
    }
}
