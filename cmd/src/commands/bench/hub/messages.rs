//! Messages of the load, each with a number and an id of its own, and really signed.

use std::path::Path;
use std::thread;

use anyhow::{Context as _, Result, bail};
use fedhub::canonical::{self, Object, Value};
use fedhub::crypto::Signer;
use fedhub::message::Message;

use crate::commands::bench::load::{STAMP, TOPIC, body};

/// Where the number of a message stands. Unlike a time it must be there before signing.
const NUMBER: &[u8] = br#""at":"#;

/// Signed messages.
pub(super) struct Load {
    bodies: Vec<Vec<u8>>,
}

impl Load {
    /// Makes `count` messages of `size` bytes and signs them with the key pair `bench` in `keys`, on
    /// all cores. Signature and certificate come on top of the size.
    pub(super) fn sign(keys: &Path, size: usize, count: usize) -> Result<Self> {
        let Ok(Value::Object(template)) = canonical::parse(&body(size)) else {
            bail!("the message of the load is not a JSON object");
        };
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let share = count.div_ceil(cores).max(1);
        let bodies = thread::scope(|scope| {
            let template = &template;
            let threads: Vec<_> = (0..count)
                .step_by(share)
                .map(|first| {
                    let numbers = first..(first + share).min(count);
                    scope.spawn(move || sign(template, keys, numbers))
                })
                .collect();
            let mut bodies = Vec::with_capacity(count);
            for thread in threads {
                bodies.extend(thread.join().ok().context("a signing thread failed")??);
            }
            Ok::<_, anyhow::Error>(bodies)
        })?;
        Ok(Self { bodies })
    }

    /// The bodies, in the order of their numbers.
    pub(super) fn bodies(&self) -> &[Vec<u8>] {
        &self.bodies
    }

    /// Both frames of one.
    pub(super) fn message(&self, body: &[u8]) -> Message {
        Message::new(TOPIC, body)
    }

    /// Bytes of both frames.
    pub(super) fn message_size(&self) -> usize {
        TOPIC.len() + self.bodies.first().map_or(0, Vec::len)
    }
}

fn sign(template: &Object, keys: &Path, numbers: std::ops::Range<usize>) -> Result<Vec<Vec<u8>>> {
    let signer = Signer::from_dir(keys, "bench")?;
    numbers
        .map(|number| {
            let mut message = template.clone();
            message.insert("at", format!("{number:0STAMP$}"));
            message.insert("msg_id", format!("2026-d0c5a4f5-6a0f-4b43-9a3c-{number:012}"));
            signer.sign(&mut message)?;
            Ok(canonical::to_vec(&Value::Object(message)))
        })
        .collect()
}

/// The number of the message in this text, also after another program has printed it anew.
pub(super) fn number(text: &[u8]) -> Option<usize> {
    let at = text.windows(NUMBER.len()).position(|bytes| bytes == NUMBER)? + NUMBER.len();
    let start = at + text.get(at..at + 8)?.iter().position(u8::is_ascii_digit)?;
    std::str::from_utf8(text.get(start..start + STAMP)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use fedhub::crypto::{Location, Policy, Trust, Verifier};

    use super::*;
    use crate::commands::bench::peers::make_keys;
    use crate::commands::bench::process::Scratch;

    #[test]
    fn messages_are_valid_distinct_and_numbered() {
        let keys = Scratch::new().unwrap();
        make_keys(keys.path()).unwrap();
        let load = Load::sign(keys.path(), 1500, 5).unwrap();
        assert_eq!(load.bodies().len(), 5);
        let trust = Trust::load(Location::File(keys.path().join("ca.crt")), None);
        let mut verifier = Verifier::new(trust, Policy::default());
        for (place, body) in load.bodies().iter().enumerate() {
            assert_eq!(number(body), Some(place));
            let now = crate::app::now();
            assert!(verifier.verify(&load.message(body), now).valid());
        }
        assert_eq!(number(br#"{"x":1,"at": "00000000000000000042"}"#), Some(42));
        assert_eq!(number(br#"{"at":"no number"}"#), None);
    }
}
