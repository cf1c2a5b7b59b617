//! A recording: all of it, as fast as it is read.

use std::path::Path;
use std::sync::Arc;

use fedhub::recording::Reader;
use fedhub::{Error, Result};

use super::{News, Teller};

/// Tells every message of a recording in a thread of its own, and then that there is no more.
pub fn start(path: &Path, teller: Teller) -> Result<()> {
    let mut reader = Reader::open(path)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    std::thread::Builder::new()
        .name("recording".into())
        .spawn(move || {
            let why = loop {
                match reader.next() {
                    Some(Ok(one)) => {
                        let entry = teller.entry(one.message, one.received, name.clone());
                        if !teller.tell(News::Message(Arc::new(entry))) {
                            return;
                        }
                    }
                    Some(Err(error)) => break error.to_string(),
                    None => break String::new(),
                }
            };
            teller.tell(News::Ended(why));
        })
        .map_err(|error| Error::io("cannot start a thread", error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fedhub::message::Message;
    use fedhub::recording::{Existing, Recorder};

    use super::*;
    use crate::feed::channel;

    #[test]
    fn all_of_it_is_told_and_then_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("recording");
        let mut recorder = Recorder::create(&path, Existing::Refuse).unwrap();
        // More than waits at a time, so that it has to wait itself.
        for number in 0..40_000 {
            recorder.write(number, &Message::new("a.b.c.d", b"{}".as_slice())).unwrap();
        }
        let (teller, feed) = channel();
        start(&path, teller).unwrap();
        let mut told = 0;
        loop {
            match feed.next() {
                Some(News::Message(entry)) => {
                    assert_eq!((entry.number, entry.received), (told, told as i64));
                    told += 1;
                }
                Some(News::Ended(why)) => break assert_eq!(why, ""),
                _ => std::thread::sleep(Duration::from_millis(1)),
            }
        }
        assert_eq!((told, feed.dropped()), (40_000, 0));
    }
}
