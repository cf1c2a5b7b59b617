//! How far a long run has come, in a file: read when it goes on, replaced as a whole when it has done
//! more, so that a kill leaves either the old one or the new one.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use fedhub::{Error, Kind, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The state in a file; `None` if there is no such file.
pub(super) fn load<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io(format!("cannot read {}", path.display()), error)),
    };
    serde_json::from_slice(&text).map(Some).map_err(|error| {
        Error::new(Kind::Data, format!("{} does not say how far a run has come", path.display()))
            .because(error)
            .hint("remove it to begin anew")
    })
}

/// Writes the state; when this returns it is on disk.
pub(super) fn save(path: &Path, state: &impl Serialize) -> Result<()> {
    let text = serde_json::to_vec(state)
        .map_err(|error| Error::new(Kind::Bug, "a state is not JSON").because(error))?;
    let partial = beside(path, ".new");
    let write = || {
        let mut file = File::create(&partial)?;
        file.write_all(&text)?;
        file.sync_data()?;
        std::fs::rename(&partial, path)
    };
    write().map_err(|error| Error::io(format!("cannot write {}", path.display()), error))
}

/// The path with a longer name.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_replaced_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        assert_eq!(load::<u64>(&path).unwrap(), None);
        save(&path, &7).unwrap();
        save(&path, &8).unwrap();
        assert_eq!(load::<u64>(&path).unwrap(), Some(8));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        std::fs::write(&path, "8 of").unwrap();
        assert_eq!(load::<u64>(&path).unwrap_err().kind(), Kind::Data);
    }
}
