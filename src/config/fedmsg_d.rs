//! Reads fedmsg's own configuration, `fedmsg.d/*.py`, without running Python.
//!
//! The files are Python programs that define a dict `config`. What they commonly use is evaluated
//! here; whatever else a value depends on makes just that value unknown. It is then left out and
//! reported with its line, never guessed.
//!
//! A file goes through these modules in turn: `lexer` (with `literal`) makes tokens, `parser` a
//! tree (`syntax`), `eval` walks it with `builtins`, `methods` and `format` for what files call, on
//! values (`value`) that live in a `heap`; `tree` turns the outcome into TOML. To support another
//! function of Python, add it to `builtins` or `methods`.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::Kind;
use crate::{Error, Result};

mod builtins;
mod eval;
mod format;
mod heap;
mod lexer;
mod literal;
mod methods;
mod parser;
mod syntax;
#[cfg(test)]
mod tests;
mod tree;
mod value;

/// A file larger than this is refused.
const MAX_FILE: u64 = 1 << 20;

/// What the files may ask of the machine. It enters as a parameter, so that this module looks at
/// nothing but the files. What is not given is not known, and neither is what depends on it.
#[derive(Debug, Clone, Default)]
pub struct Host {
    /// `socket.gethostname()`; empty when it is not known.
    pub hostname: String,
    /// `socket.getfqdn()`
    pub fqdn: Option<String>,
    /// What `os.path.expanduser("~")` stands for.
    pub home: Option<PathBuf>,
    /// `os.environ`
    pub env: Option<BTreeMap<String, String>>,
}

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
}

/// Something that could not be read; it is left out of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// That line of the file, without the space around it.
    pub text: String,
    /// Why it could not be read.
    pub reason: String,
    /// The top-level key it concerns, when that is known.
    pub key: Option<String>,
}

/// What the files say, merged.
#[derive(Debug, Default)]
pub struct Reading {
    /// The settings, as fedmsg names and nests them.
    pub config: toml::Table,
    /// For each top-level key the place that set it last.
    pub origins: BTreeMap<String, Origin>,
    /// What is not in `config` because it could not be read.
    pub unread: Vec<Unread>,
}

/// The files to read, in order: those of `FEDMSG_CONFIG` (a file, or a folder of `*.py`) if it is
/// given, else those of the system and of the user. Never any of the working directory.
pub fn sources(fedmsg_config: Option<&Path>, home: Option<&Path>) -> Result<Vec<PathBuf>> {
    sources_below(Path::new("/"), fedmsg_config, home)
}

fn sources_below(
    root: &Path,
    fedmsg_config: Option<&Path>,
    home: Option<&Path>,
) -> Result<Vec<PathBuf>> {
    if let Some(named) = fedmsg_config.filter(|path| !path.as_os_str().is_empty()) {
        // A name of nothing is kept: reading it says that it is missing.
        return if named.is_dir() { scripts(named) } else { Ok(vec![named.to_owned()]) };
    }
    let folders = [Some(root.join("etc/fedmsg.d")), home.map(|home| home.join(".fedmsg.d"))];
    let files =
        [Some(root.join("etc/fedmsg-config.py")), home.map(|home| home.join(".fedmsg-config.py"))];
    let mut found = Vec::new();
    for folder in folders.into_iter().flatten() {
        found.extend(scripts(&folder)?);
    }
    found.extend(files.into_iter().flatten().filter(|file| file.is_file()));
    Ok(found)
}

/// The `*.py` files of a folder by name; none when there is no such folder.
fn scripts(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error| Error::io(format_args!("cannot list {}", folder.display()), error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        if path.to_string_lossy().ends_with(".py") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Reads the files and merges what they define: later ones win, dicts are merged key by key.
pub fn read(files: &[PathBuf], host: &Host) -> Result<Reading> {
    let mut reading = Reading::default();
    for file in files {
        add(&mut reading, file, &source(file)?, host);
    }
    Ok(reading)
}

/// The text of a file, with `\n` as its only line end.
fn source(file: &Path) -> Result<String> {
    let failed = |error| Error::io(format_args!("cannot read {}", file.display()), error);
    let mut bytes = Vec::new();
    let opened = fs::File::open(file).map_err(failed)?;
    opened.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(Error::new(Kind::Config, format!("{} is larger than 1 MiB", file.display()))
            .hint("move what is not configuration out of it"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        Error::new(Kind::Config, format!("{} is not UTF-8", file.display()))
            .hint("convert it with iconv")
            .because(error.utf8_error())
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// Evaluates one file on top of what the earlier ones said.
fn add(reading: &mut Reading, file: &Path, source: &str, host: &Host) {
    let mut run = eval::Evaluator::new(host);
    run.run(&parser::parse(source));
    let tree::Defined { entries, notes } = tree::defined(run);
    // What an earlier file said of a key no longer matters once it is replaced as a whole.
    let replaced: HashSet<&str> = entries
        .iter()
        .filter(|(_, tree, _)| matches!(tree, tree::Tree::Leaf(_)))
        .map(|(name, ..)| &**name)
        .collect();
    reading
        .unread
        .retain(|unread| !unread.key.as_deref().is_some_and(|key| replaced.contains(key)));
    let lines: Vec<&str> = source.lines().collect();
    for note in notes {
        reading.unread.push(Unread {
            file: file.to_owned(),
            line: note.line,
            text: lines.get(note.line.saturating_sub(1)).map_or("", |line| line.trim()).to_owned(),
            reason: note.reason,
            key: note.key,
        });
    }
    for (name, tree, line) in &entries {
        let origin = Origin { file: file.to_owned(), line: *line };
        match tree {
            tree::Tree::Gone => reading.origins.remove(name),
            tree::Tree::Leaf(_) | tree::Tree::Branch(_) => {
                reading.origins.insert(name.clone(), origin)
            }
        };
    }
    let entries = entries.into_iter().map(|(name, tree, _)| (name, tree)).collect();
    tree::merge(&mut reading.config, entries);
}
