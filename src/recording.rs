//! Recordings: messages in a file, to be sent again elsewhere.
//!
//! A recording is lines of JSON. The first is `{"fedhub-recording":1}`; each further one is a message:
//! `received` in unix microseconds, `topic`, and `body` as text or, where it is not UTF-8, `base64`; and
//! `verdict` where its signature was judged. A line is written whole and at once, so a writer that dies
//! leaves at most the last one unfinished.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::message::Message;
use crate::{Error, Kind, Result};

/// The version of the format.
const VERSION: u32 = 1;
/// No line may be longer.
const MAX_LINE: u64 = 256 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
struct Header {
    #[serde(rename = "fedhub-recording")]
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Line {
    received: i64,
    topic: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verdict: Option<String>,
}

/// A message of a recording.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// When it arrived, in unix microseconds.
    pub received: i64,
    /// Both frames.
    pub message: Message,
    /// The name of its verdict, if it was judged.
    pub verdict: Option<String>,
}

/// The first line of a recording.
pub fn header() -> Result<Vec<u8>> {
    text(&Header { version: VERSION })
}

/// The line of a message.
pub fn line(received: i64, message: &Message, verdict: Option<&str>) -> Result<Vec<u8>> {
    let (body, base64) = match std::str::from_utf8(message.body()) {
        Ok(text) => (Some(text.to_owned()), None),
        Err(_) => (None, Some(openssl::base64::encode_block(message.body()))),
    };
    let topic = message.topic().to_owned();
    text(&Line { received, topic, body, base64, verdict: verdict.map(str::to_owned) })
}

fn text(line: &impl Serialize) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec(line)
        .map_err(|error| Error::new(Kind::Bug, "a line is not JSON").because(error))?;
    text.push(b'\n');
    Ok(text)
}

/// Whether a line is the first one of a recording of this version.
pub fn is_header(line: &[u8]) -> bool {
    serde_json::from_slice::<Header>(line).is_ok_and(|header| header.version == VERSION)
}

/// Reads the line of a message.
pub fn parse(line: &[u8]) -> Result<Recorded> {
    let wrong = |what: &str| Error::new(Kind::Data, what);
    let line: Line = serde_json::from_slice(line)
        .map_err(|error| wrong("the line is no message").because(error))?;
    let body = match (line.body, line.base64) {
        (Some(text), None) => text.into_bytes(),
        (None, Some(base64)) => {
            openssl::base64::decode_block(&base64).map_err(|_| wrong("the body is not base64"))?
        }
        _ => return Err(wrong("the line needs either body or base64")),
    };
    let message = Message::new(line.topic, body);
    Ok(Recorded { received: line.received, message, verdict: line.verdict })
}

/// What to do about a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Leave it alone: an error.
    Refuse,
    /// Go on after its last message.
    Append,
    /// Write over it.
    Replace,
}

/// Writes a recording.
#[derive(Debug)]
pub struct Recorder {
    file: File,
    path: PathBuf,
}

impl Recorder {
    /// Makes the file, or opens it.
    pub fn create(path: &Path, existing: Existing) -> Result<Self> {
        let mut options = OpenOptions::new();
        match existing {
            Existing::Refuse => options.write(true).create_new(true),
            Existing::Append => options.read(true).write(true).create(true).truncate(false),
            Existing::Replace => options.write(true).create(true).truncate(true),
        };
        let file = options.open(path).map_err(|error| {
            if error.kind() == ErrorKind::AlreadyExists {
                return Error::new(Kind::Usage, format!("{} is there already", path.display()))
                    .hint("--append goes on after its end, --force writes over it");
            }
            Error::io(format!("cannot write {}", path.display()), error)
        })?;
        let mut recorder = Self { file, path: path.to_owned() };
        if existing == Existing::Append && recorder.go_on()? {
            return Ok(recorder);
        }
        recorder.put(&header()?)?;
        Ok(recorder)
    }

    /// Finds the end of a recording, without a torn last line; says whether there is one.
    fn go_on(&mut self) -> Result<bool> {
        let mut reader = Reader::new(BufReader::new(&self.file), &self.path);
        if reader.next_line()?.is_none() {
            return Ok(false);
        }
        reader.check_header()?;
        while let Some(whole) = reader.next_line()? {
            if !whole {
                reader.warn_of_torn_line();
                break;
            }
        }
        let end = reader.whole;
        self.file
            .set_len(end)
            .and_then(|()| self.file.seek(SeekFrom::Start(end)))
            .map_err(|error| self.failed(error))?;
        Ok(true)
    }

    /// Writes one message.
    pub fn write(&mut self, received: i64, message: &Message) -> Result<()> {
        self.put(&line(received, message, None)?)
    }

    fn put(&mut self, text: &[u8]) -> Result<()> {
        // In one call, so that a kill leaves no half of it.
        self.file.write_all(text).map_err(|error| self.failed(error))
    }

    /// Ends when everything is on disk.
    pub fn finish(self) -> Result<()> {
        match self.file.sync_all() {
            // Pipes and terminals have no disk.
            Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
            result => result.map_err(|error| self.failed(error)),
        }
    }

    fn failed(&self, error: std::io::Error) -> Error {
        Error::io(format!("cannot write {}", self.path.display()), error)
    }
}

/// Reads a recording.
pub struct Reader<R> {
    input: R,
    path: PathBuf,
    buffer: Vec<u8>,
    /// The number of the line in the buffer.
    number: u64,
    /// How many bytes the whole lines so far have.
    whole: u64,
}

impl Reader<BufReader<File>> {
    /// Opens a recording.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path)
            .map_err(|error| Error::io(format!("cannot open {}", path.display()), error))?;
        let mut reader = Reader::new(BufReader::new(file), path);
        reader.next_line()?;
        reader.check_header()?;
        Ok(reader)
    }
}

impl<R: BufRead> Reader<R> {
    fn new(input: R, path: &Path) -> Self {
        Self { input, path: path.to_owned(), buffer: Vec::new(), number: 0, whole: 0 }
    }

    /// How many bytes were read, without a torn last line.
    pub fn position(&self) -> u64 {
        self.whole
    }

    /// Takes a line into the buffer; says whether it ends as it should.
    fn next_line(&mut self) -> Result<Option<bool>> {
        self.buffer.clear();
        let read = (&mut self.input)
            .take(MAX_LINE)
            .read_until(b'\n', &mut self.buffer)
            .map_err(|error| Error::io(format!("cannot read {}", self.path.display()), error))?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let whole = self.buffer.last() == Some(&b'\n');
        if whole {
            self.whole += read as u64;
        } else if read as u64 == MAX_LINE {
            return Err(self.wrong(&format!("the line has more than {MAX_LINE} bytes")));
        }
        Ok(Some(whole))
    }

    fn check_header(&self) -> Result<()> {
        let header: Header = serde_json::from_slice(&self.buffer)
            .map_err(|error| self.wrong("this is no recording of fedhub").because(error))?;
        if header.version != VERSION {
            let version = header.version;
            return Err(self.wrong(&format!("version {version} of the format is not known")));
        }
        Ok(())
    }

    fn parse(&self) -> Result<Recorded> {
        parse(&self.buffer).map_err(|error| {
            let wrong = self.wrong(&error.to_string());
            match std::error::Error::source(&error) {
                Some(why) => wrong.because(why.to_string()),
                None => wrong,
            }
        })
    }

    fn wrong(&self, what: &str) -> Error {
        Error::new(Kind::Data, format!("{}:{}: {what}", self.path.display(), self.number))
    }

    fn warn_of_torn_line(&self) {
        let (path, number) = (self.path.display(), self.number);
        tracing::warn!("{path}:{number}: the last line is not complete, and is left out");
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Recorded>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.next_line() {
            Err(error) => Some(Err(error)),
            Ok(None) => None,
            Ok(Some(true)) => Some(self.parse()),
            Ok(Some(false)) => {
                self.warn_of_torn_line();
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames(path: &Path) -> Result<Vec<(i64, String, Vec<u8>)>> {
        let whole = |recorded: Recorded| {
            let (topic, body) = recorded.message.into_frames();
            (recorded.received, topic, body)
        };
        Reader::open(path)?.map(|recorded| recorded.map(whole)).collect()
    }

    fn write(path: &Path, existing: Existing, body: &[u8]) -> Result<()> {
        let mut recorder = Recorder::create(path, existing)?;
        recorder.write(7, &Message::new("t", body))?;
        recorder.finish()
    }

    #[test]
    fn a_file_that_is_there_is_not_lost_by_mistake() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r");
        let bodies = |path: &Path| -> Vec<_> {
            frames(path).unwrap().into_iter().map(|(_, _, body)| body).collect()
        };
        write(&path, Existing::Refuse, b"1").unwrap();
        assert_eq!(write(&path, Existing::Refuse, b"2").unwrap_err().kind(), Kind::Usage);
        write(&path, Existing::Append, b"\xff").unwrap();
        assert_eq!(bodies(&path), [&b"1"[..], b"\xff"]);
        // A torn line is left out by readers, and gone when somebody goes on.
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(br#"{"received":1,"to"#).unwrap();
        assert_eq!(bodies(&path).len(), 2);
        write(&path, Existing::Append, b"3").unwrap();
        assert_eq!(bodies(&path), [&b"1"[..], b"\xff", b"3"]);
        write(&path, Existing::Replace, b"4").unwrap();
        assert_eq!(bodies(&path), [b"4"]);
        let other = dir.path().join("other");
        std::fs::write(&other, "precious").unwrap();
        assert_eq!(write(&other, Existing::Append, b"5").unwrap_err().kind(), Kind::Data);
        assert_eq!(std::fs::read(&other).unwrap(), b"precious");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r");
        let good = r#"{"received":1,"topic":"t","body":"b","more":{}}"#;
        for (line, at) in [
            ("", "r:2: the line is no message"),
            ("[]", "r:2: the line is no message"),
            ("{\"received\":1,\"topic\":\"t\"}", "r:2: the line needs either"),
            (r#"{"received":1,"topic":"t","body":"b","base64":"YQ=="}"#, "r:2: the line needs"),
            (r#"{"received":1,"topic":"t","base64":"?"}"#, "r:2: the body is not base64"),
            (r#"{"received":1e99,"topic":"t","body":"b"}"#, "r:2: the line is no message"),
            (r#"{"received":1,"topic":"t","body":"\ud800"}"#, "r:2: the line is no message"),
            (good, "r:4: the line is no message"),
        ] {
            let text = format!("{{\"fedhub-recording\":1}}\n{line}\n{good}\n\u{0}\n{good}\n");
            std::fs::write(&path, text).unwrap();
            let error = frames(&path).unwrap_err();
            assert_eq!(error.kind(), Kind::Data);
            assert!(error.to_string().contains(at), "{line}: {error}");
        }
        for header in ["", "{}", "{\"fedhub-recording\":2}", good] {
            std::fs::write(&path, format!("{header}\n{good}\n")).unwrap();
            assert!(frames(&path).unwrap_err().to_string().contains("r:1: "), "{header}");
        }
    }

    proptest! {
        #[test]
        fn what_is_recorded_is_read(
            all in prop::collection::vec(
                (any::<i64>(), ".*", prop::collection::vec(any::<u8>(), 0..100)), 0..20
            ),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("r");
            let mut recorder = Recorder::create(&path, Existing::Refuse).unwrap();
            for (received, topic, body) in &all {
                recorder.write(*received, &Message::new(topic.as_str(), body.as_slice())).unwrap();
            }
            recorder.finish().unwrap();
            prop_assert_eq!(frames(&path).unwrap(), all);
        }

        #[test]
        fn no_file_is_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("r");
            let header = b"{\"fedhub-recording\":1}\n".to_vec();
            std::fs::write(&path, [header, bytes].concat()).unwrap();
            for recorded in Reader::open(&path).unwrap() {
                if let Err(error) = recorded {
                    prop_assert_eq!(error.kind(), Kind::Data);
                }
            }
        }
    }
}
