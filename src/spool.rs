//! Messages that wait on disk while the relay is away: a directory with one file for each.
//!
//! A file's name is `MICROSECONDS-BYTES-RANDOM.msg`: when it came, how large the file is, and what keeps
//! names apart. Its content is one line, `fedhub-spool 1 TOPIC-BYTES BODY-BYTES SHA256-OF-BOTH`, then the
//! topic, then the body. A file gets its name when it is complete and on disk, so whoever lists the
//! directory sees whole messages only; what is damaged all the same is set aside as `NAME.bad`.

mod emptying;

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nix::fcntl::OFlag;

use crate::{Error, Kind, Result, canonical};
pub use emptying::Step;

/// How many messages a spool may have. Counting them must not delay who adds one.
const MAX_MESSAGES: usize = 50_000;
/// How many bytes all files of a spool may have.
const MAX_BYTES: u64 = 512 * 1024 * 1024;
/// How large one file may be: the largest document, and room for its topic and the first line.
const MAX_FILE: u64 = canonical::MAX_BYTES as u64 + 128 * 1024;
/// A file that is still being written after so long is of somebody who died meanwhile.
const ABANDONED: Duration = Duration::from_secs(3600);

const MAGIC: &str = "fedhub-spool 1";
const COMPLETE: &str = ".msg";
const PARTIAL: &str = ".tmp";
const DAMAGED: &str = ".bad";

/// A directory of messages. Several processes may use it at the same time.
#[derive(Debug, Clone)]
pub struct Spool {
    dir: PathBuf,
    max_messages: usize,
    max_bytes: u64,
}

impl Spool {
    /// Opens the spool in this directory, and makes the directory if it is not there.
    pub fn open(dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir).map_err(|error| {
            Error::io(format!("cannot make the spool directory {}", dir.display()), error)
        })?;
        Ok(Self { dir: dir.to_owned(), max_messages: MAX_MESSAGES, max_bytes: MAX_BYTES })
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Adds a message. When this returns without an error it is on disk.
    pub fn put(&self, topic: &str, body: &[u8]) -> Result<PathBuf> {
        let digest = digest(topic.as_bytes(), body);
        let header = format!("{MAGIC} {} {} {digest}\n", topic.len(), body.len());
        let size = (header.len() + topic.len() + body.len()) as u64;
        if size > MAX_FILE {
            return Err(Error::new(Kind::Data, format!("a message of {size} bytes is too large")));
        }
        self.check_room(size)?;
        let time = crate::journal::now();
        let name = format!("{time:020}-{size:09}-{}", uuid::Uuid::new_v4().simple());
        let partial = self.dir.join(name.clone() + PARTIAL);
        let complete = self.dir.join(name + COMPLETE);
        let write = || {
            let mut file = OpenOptions::new().write(true).create_new(true).open(&partial)?;
            for part in [header.as_bytes(), topic.as_bytes(), body] {
                file.write_all(part)?;
            }
            file.sync_all()?;
            fs::rename(&partial, &complete)?;
            // The name is on disk only when its directory is.
            File::open(&self.dir)?.sync_all()
        };
        write().map_err(|error| {
            // Whether there is something to remove depends on how far it came.
            let _ = fs::remove_file(&partial);
            let _ = fs::remove_file(&complete);
            let hint = "is the disk full, and may this user write there?";
            Error::io(format!("cannot write to the spool {}", self.dir.display()), error).hint(hint)
        })?;
        Ok(complete)
    }

    /// The messages, oldest first; not more than a spool may have.
    pub fn list(&self) -> Result<Vec<PathBuf>> {
        let mut names = self.names()?;
        for name in names.iter().filter(|name| name.ends_with(PARTIAL)) {
            self.remove_abandoned(name);
        }
        names.retain(|name| name.ends_with(COMPLETE));
        names.sort_unstable();
        names.truncate(MAX_MESSAGES);
        Ok(names.iter().map(|name| self.dir.join(name)).collect())
    }

    /// What was set aside because it was damaged or refused, oldest first.
    pub fn damaged(&self) -> Result<Vec<PathBuf>> {
        let mut names = self.names()?;
        names.retain(|name| name.ends_with(DAMAGED));
        names.sort_unstable();
        Ok(names.iter().map(|name| self.dir.join(name)).collect())
    }

    /// Topic and body of a message. A damaged file is set aside; the error, of [`Kind::Data`], names
    /// it. [`Kind::NoInput`] means that somebody else has taken it meanwhile.
    pub fn read(&self, path: &Path) -> Result<(String, Vec<u8>)> {
        self.look(path).map_err(|error| match error.kind() {
            Kind::Data => match self.set_aside(path) {
                Ok(aside) => {
                    Error::new(Kind::Data, format!("{error}; it is now {}", aside.display()))
                }
                Err(also) => Error::new(Kind::Data, error.to_string()).because(also),
            },
            _ => error,
        })
    }

    /// The same, leaving a damaged file where it is.
    pub fn look(&self, path: &Path) -> Result<(String, Vec<u8>)> {
        let failed = |error| Error::io(format!("cannot read {}", path.display()), error);
        let damaged =
            |why: &str| Error::new(Kind::Data, format!("{} is damaged: {why}", path.display()));
        // Somebody may have put a link or a pipe there.
        let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
        let file = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path);
        let file = match file {
            Err(error) if error.raw_os_error() == Some(nix::libc::ELOOP) => {
                return Err(damaged("it is a link"));
            }
            other => other.map_err(failed)?,
        };
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(damaged("it is not a file"));
        }
        let mut content = Vec::new();
        file.take(MAX_FILE + 1).read_to_end(&mut content).map_err(failed)?;
        parse(&content).map_err(damaged)
    }

    /// Renames a message that can never be sent, so that it does not keep the others from it. Gives
    /// its new name.
    pub fn set_aside(&self, path: &Path) -> Result<PathBuf> {
        let mut aside = path.as_os_str().to_owned();
        aside.push(DAMAGED);
        let aside = PathBuf::from(aside);
        fs::rename(path, &aside)
            .map_err(|error| Error::io(format!("cannot rename {}", path.display()), error))?;
        Ok(aside)
    }

    /// Removes a message that was sent. It is no error if somebody else did already.
    pub fn remove(&self, path: &Path) -> Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(Error::io(format!("cannot remove {}", path.display()), error))
            }
            _ => Ok(()),
        }
    }

    fn names(&self) -> Result<Vec<String>> {
        let failed = |error| {
            Error::io(format!("cannot list the spool directory {}", self.dir.display()), error)
        };
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(failed)? {
            // A name that is not UTF-8 is none of ours.
            if let Ok(name) = entry.map_err(failed)?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Whether a file of this size may be added. Sizes are in the names, which spares a look at each.
    fn check_room(&self, size: u64) -> Result<()> {
        let names = self.names()?;
        let sizes = names.iter().filter_map(|name| name.split('-').nth(1)?.parse::<u64>().ok());
        let bytes: u64 = sizes.fold(0, u64::saturating_add);
        if names.len() < self.max_messages && bytes.saturating_add(size) <= self.max_bytes {
            return Ok(());
        }
        let (dir, count) = (self.dir.display(), names.len());
        let why = format!("the spool {dir} is full: {count} files, {bytes} bytes");
        Err(Error::new(Kind::TryAgain, why).hint(format!("fedhub spool flush {dir}")))
    }

    fn remove_abandoned(&self, name: &str) {
        let path = self.dir.join(name);
        let written = fs::symlink_metadata(&path).and_then(|metadata| metadata.modified());
        let age = written.ok().and_then(|time| SystemTime::now().duration_since(time).ok());
        if age.is_some_and(|age| age > ABANDONED) {
            // Its writer never said that the message is safe.
            let _ = self.remove(&path);
        }
    }
}

/// When the message in this file came, in unix microseconds, as its name has it.
pub fn received(path: &Path) -> Option<i64> {
    path.file_name()?.to_str()?.split('-').next()?.parse().ok()
}

fn digest(topic: &[u8], body: &[u8]) -> String {
    let mut sha = openssl::sha::Sha256::new();
    sha.update(topic);
    sha.update(body);
    sha.finish().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Topic and body in a file's content, or what is wrong with it.
fn parse(content: &[u8]) -> Result<(String, Vec<u8>), &'static str> {
    let end = memchr::memchr(b'\n', content).ok_or("it has no first line")?;
    let (line, rest) = (&content[..end], &content[end + 1..]);
    let line = std::str::from_utf8(line).map_err(|_| "its first line is not text")?;
    let fields = line.strip_prefix(MAGIC).ok_or("it is not of a spool")?;
    let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
    let [topic, body, expected] = fields[..] else { return Err("its first line is not complete") };
    let (Ok(topic), Ok(body)) = (topic.parse::<usize>(), body.parse::<usize>()) else {
        return Err("its first line has no sizes");
    };
    if topic.checked_add(body) != Some(rest.len()) {
        return Err("it has another size than its first line says");
    }
    let (topic, body) = rest.split_at(topic);
    if digest(topic, body) != expected {
        return Err("its content has another digest than its first line says");
    }
    let topic = std::str::from_utf8(topic).map_err(|_| "its topic is not UTF-8")?;
    Ok((topic.to_owned(), body.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spool() -> (tempfile::TempDir, Spool) {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::open(&dir.path().join("made/by/it")).unwrap();
        (dir, spool)
    }

    #[test]
    fn messages_come_back_in_order_byte_for_byte() {
        let (_dir, spool) = spool();
        let bodies: Vec<Vec<u8>> = (0..20u8).map(|n| vec![n, b'\n', 0, 0xFF, n]).collect();
        for (n, body) in bodies.iter().enumerate() {
            spool.put(&format!("t\u{e9} {n}"), body).unwrap();
        }
        let listed = spool.list().unwrap();
        assert_eq!(listed.len(), bodies.len());
        for (n, path) in listed.iter().enumerate() {
            assert!(received(path).unwrap() <= crate::journal::now());
            assert_eq!(spool.read(path).unwrap(), (format!("t\u{e9} {n}"), bodies[n].clone()));
            spool.remove(path).unwrap();
            spool.remove(path).unwrap();
            assert_eq!(spool.read(path).unwrap_err().kind(), Kind::NoInput);
        }
        assert!(spool.list().unwrap().is_empty());
    }

    #[test]
    fn torn_and_foreign_files_are_set_aside_and_named() {
        let (_dir, spool) = spool();
        let first = spool.put("t", b"body").unwrap();
        let whole = fs::read(&first).unwrap();
        for cut in 0..whole.len() {
            let path = spool.dir().join(format!("1-{cut}-x.msg"));
            fs::write(&path, &whole[..cut]).unwrap();
            let error = spool.read(&path).unwrap_err();
            assert_eq!(error.kind(), Kind::Data, "{cut}");
            assert!(error.to_string().contains(&format!("1-{cut}-x.msg.bad")), "{error}");
        }
        let mut changed = whole.clone();
        *changed.last_mut().unwrap() ^= 1;
        fs::write(spool.dir().join("2-9-x.msg"), changed).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", spool.dir().join("3-9-x.msg")).unwrap();
        nix::unistd::mkfifo(&spool.dir().join("4-9-x.msg"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        for path in spool.list().unwrap().iter().filter(|path| **path != first) {
            assert_eq!(spool.look(path).unwrap_err().kind(), Kind::Data, "{path:?}");
            spool.read(path).unwrap_err();
        }
        assert_eq!(spool.list().unwrap(), [first]);
        assert_eq!(spool.damaged().unwrap().len(), whole.len() + 3);
    }

    #[test]
    fn what_was_never_completed_is_not_listed() {
        let (_dir, spool) = spool();
        let (new, old) = (spool.dir().join("1-1-a.tmp"), spool.dir().join("1-1-b.tmp"));
        File::create(&new).unwrap();
        let past = SystemTime::now() - 2 * ABANDONED;
        File::create(&old).unwrap().set_modified(past).unwrap();
        assert!(spool.list().unwrap().is_empty());
        assert!(new.exists() && !old.exists());
    }

    #[test]
    fn a_full_spool_takes_no_more() {
        let (_dir, spool) = spool();
        let few = Spool { max_messages: 2, ..spool.clone() };
        few.put("t", b"1").unwrap();
        few.put("t", b"2").unwrap();
        assert_eq!(few.put("t", b"3").unwrap_err().kind(), Kind::TryAgain);
        let small = Spool { max_bytes: 1000, ..spool };
        let error = small.put("t", &[b'x'; 800]).unwrap_err();
        assert_eq!(error.kind(), Kind::TryAgain);
        assert!(error.next_step().unwrap().starts_with("fedhub spool flush"), "{error}");
    }

    proptest! {
        #[test]
        fn no_content_makes_it_panic(content: Vec<u8>, line in "fedhub-spool 1 [0-9 ]{0,44}\n.{0,8}") {
            let _ = parse(&content);
            let _ = parse(line.as_bytes());
        }
    }
}
