//! What is no message, kept for whoever wants to mend it.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use fedhub::{Error, Result};
use serde_json::json;

use super::source::Refused;
use crate::output::escape;

/// So many are named where nobody keeps them.
const NAMED: u64 = 10;

pub(super) struct Rejects {
    file: Option<(BufWriter<File>, PathBuf)>,
    seen: u64,
}

impl Rejects {
    pub(super) fn open(path: Option<&Path>) -> Result<Self> {
        let open = |path: &Path| match OpenOptions::new().append(true).create(true).open(path) {
            Ok(file) => Ok((BufWriter::new(file), path.to_owned())),
            Err(error) => Err(failed(path, error)),
        };
        Ok(Self { file: path.map(open).transpose()?, seen: 0 })
    }

    pub(super) fn add(&mut self, refused: &Refused) -> Result<()> {
        let Refused { at, reason, content } = refused;
        self.seen += 1;
        if let Some((file, path)) = &mut self.file {
            let line = match std::str::from_utf8(content) {
                Ok(text) => json!({"at": at, "reason": reason, "content": text}),
                Err(_) => {
                    let base64 = openssl::base64::encode_block(content);
                    json!({"at": at, "reason": reason, "base64": base64})
                }
            };
            return writeln!(file, "{line}").map_err(|error| failed(path, error));
        }
        if self.seen <= NAMED {
            tracing::warn!("{at} is no message: {}", escape::text(reason));
        }
        if self.seen == NAMED {
            tracing::warn!("further ones are only counted; --rejects FILE keeps them");
        }
        Ok(())
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        match &mut self.file {
            Some((file, path)) => file.flush().map_err(|error| failed(path, error)),
            None => Ok(()),
        }
    }
}

fn failed(path: &Path, error: std::io::Error) -> Error {
    Error::io(format!("cannot write {}", path.display()), error)
}
