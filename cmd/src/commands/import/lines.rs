//! Lines of a file: of a recording or an export, or messages as datagrepper writes them.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use fedhub::canonical::{MAX_BYTES, Value, parse};
use fedhub::datanommer::Original;
use fedhub::{Error, recording};

use super::source::{Batch, Item, Place, Refused, Source};
use crate::output;

/// A batch has as many lines at most, and ends when it has as many bytes.
const LINES: usize = 1000;
const BYTES: u64 = 4 * 1024 * 1024;

pub(super) struct Lines {
    name: String,
    input: Counted<Box<dyn BufRead>>,
    number: i64,
    /// How long the file is, if it is a file that is not compressed.
    length: Option<u64>,
}

impl Lines {
    pub(super) fn open(source: &str, place: Place) -> fedhub::Result<Self> {
        if source == "-" {
            let input: Box<dyn BufRead> = Box::new(BufReader::new(std::io::stdin()));
            let input = Counted { input, bytes: 0 };
            return Ok(Self { name: "stdin".into(), input, number: 0, length: None });
        }
        let path = PathBuf::from(source);
        let cannot = |error| {
            let error = Error::io(format!("cannot read {}", path.display()), error);
            error.hint("name a file, - for stdin, or a URL: https://… or postgresql://…")
        };
        let (input, length) = read_from(&path, place.bytes).map_err(cannot)?;
        let input = Counted { input, bytes: place.bytes };
        Ok(Self { name: source.to_owned(), input, number: place.number, length })
    }
}

/// The file behind so many bytes of lines.
fn read_from(path: &Path, bytes: u64) -> std::io::Result<(Box<dyn BufRead>, Option<u64>)> {
    let mut file = File::open(path)?;
    if path.extension().is_some_and(|ending| ending == "zst") {
        let mut lines = BufReader::new(zstd::stream::read::Decoder::new(file)?);
        std::io::copy(&mut (&mut lines).take(bytes), &mut std::io::sink())?;
        return Ok((Box::new(lines), None));
    }
    file.seek(SeekFrom::Start(bytes))?;
    let metadata = file.metadata()?;
    let length = metadata.is_file().then_some(metadata.len());
    Ok((Box::new(BufReader::new(file)), length))
}

impl Source for Lines {
    fn next(&mut self) -> anyhow::Result<Option<Batch>> {
        let (begin, mut items, mut line) = (self.input.bytes, Vec::new(), Vec::new());
        let mut lines = 0;
        while lines < LINES && self.input.bytes - begin < BYTES {
            if !output::read_line(&mut self.input, &mut line)? {
                break;
            }
            lines += 1;
            self.number += 1;
            match read(&line) {
                Ok(some) => items.extend(some.into_iter().map(Ok)),
                Err(reason) => {
                    let at = format!("{}:{}", self.name, self.number);
                    items.push(Err(Refused { at, reason, content: std::mem::take(&mut line) }));
                }
            }
        }
        if lines == 0 {
            return Ok(None);
        }
        let bytes = self.input.bytes;
        let place = Place { number: self.number, bytes, ..Place::default() };
        // If it goes on like this.
        let rest =
            |length: u64| length.saturating_sub(bytes) * lines as u64 / (bytes - begin).max(1);
        Ok(Some(Batch { items, place, left: self.length.map(rest) }))
    }
}

/// The messages of a line: one, none, or all of a page of datagrepper.
fn read(line: &[u8]) -> Result<Vec<Item>, String> {
    if line.trim_ascii().is_empty() || recording::is_header(line) {
        return Ok(Vec::new());
    }
    if line.len() > MAX_BYTES {
        return Err(format!("it has more than {MAX_BYTES} bytes"));
    }
    let value = parse(line).map_err(|error| format!("not JSON: {error}"))?;
    let Value::Object(mut object) = value else {
        return Err("not a JSON object".into());
    };
    if object.get("received").is_some() && object.get("msg").is_none() {
        let recorded = recording::parse(line).map_err(|error| error.to_string())?;
        let original = Original::from(recorded.message);
        let (received, verdict) = (Some(recorded.received), recorded.verdict);
        return Ok(vec![Item { original, received, verdict }]);
    }
    if let Some(Value::Array(page)) = object.remove("raw_messages") {
        return page.into_iter().map(message).collect();
    }
    message(object.into()).map(|item| vec![item])
}

fn message(value: Value) -> Result<Item, String> {
    if value.at("msg").is_none() && value.at("body").is_none() {
        return Err("a message without msg".into());
    }
    Ok(Item::of(Original::read(value)?))
}

/// Counts what is read.
struct Counted<R> {
    input: R,
    bytes: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.input.consume(count);
        self.bytes += count as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_every_kind_are_told_apart() {
        for (line, topics) in [
            ("", &[][..]),
            (r#"{"fedhub-recording":1}"#, &[]),
            (r#"{"received":1,"topic":"a","body":"x"}"#, &["a"]),
            (r#"{"topic":"b","msg":{},"timestamp":1}"#, &["b"]),
            (r#"{"topic":"c","body":{},"id":"1","headers":{}}"#, &["c"]),
            (r#"{"raw_messages":[{"topic":"d","msg":1},{"topic":"e","msg":1}]}"#, &["d", "e"]),
        ] {
            let items = read(line.as_bytes()).unwrap();
            let found: Vec<_> = items.iter().map(|item| item.original.message.topic()).collect();
            assert_eq!(found, topics, "{line}");
        }
        for (line, why) in [
            ("{", "not JSON"),
            ("[]", "not a JSON object"),
            ("{}", "without msg"),
            (r#"{"msg":1}"#, "without topic"),
            (r#"{"received":1,"topic":"a"}"#, "needs either body or base64"),
            (r#"{"fedhub-recording":2}"#, "without msg"),
        ] {
            assert!(read(line.as_bytes()).unwrap_err().contains(why), "{line}");
        }
    }
}
