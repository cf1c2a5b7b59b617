//! Signatures of messages that were published long ago.

use fedhub::crypto::{Reason, Verifier};
use fedhub::journal::UNCHECKED;
use fedhub::message::Message;

/// What is to become of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It is kept under this verdict.
    Keep(String),
    /// Its signature does not hold.
    Refuse(Reason),
}

/// Judges messages, as long as that can be done.
pub(super) struct Judge {
    verifier: Option<Verifier>,
}

impl Judge {
    /// Without a verifier nothing is judged.
    pub(super) fn new(verifier: Option<Verifier>) -> Self {
        Self { verifier }
    }

    /// Judges a message as of this time in unix microseconds. `before` is how its source judged it.
    pub(super) fn judge(
        &mut self,
        message: &Message,
        time: i64,
        before: Option<String>,
    ) -> Judgement {
        let signed = message.envelope().is_some_and(|one| one.get("certificate").is_some());
        if let Some(verifier) = self.verifier.as_mut().filter(|_| signed) {
            let verdict = verifier.verify(message, time.div_euclid(1_000_000));
            match verdict.reason {
                Reason::Valid => return Judgement::Keep(Reason::Valid.name().to_owned()),
                // Nothing can be said about any message.
                reason @ (Reason::CaUnavailable
                | Reason::CrlUnavailable
                | Reason::CrlExpired
                | Reason::CrlMismatch) => {
                    let why = verdict.detail.unwrap_or_default();
                    tracing::warn!("signatures are not verified: {} {why}", reason.name());
                    self.verifier = None;
                }
                reason => return Judgement::Refuse(reason),
            }
        }
        let known = |name: &String| {
            name == UNCHECKED || Reason::ALL.iter().any(|(_, known, _)| known == name)
        };
        Judgement::Keep(before.filter(known).unwrap_or_else(|| UNCHECKED.to_owned()))
    }
}
