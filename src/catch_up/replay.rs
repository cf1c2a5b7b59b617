//! The past from a replay endpoint, fedhub's or fedmsg's.

use std::time::Duration;

use super::{Batch, Failure, Source};
use crate::Result;
use crate::bus::Settings;
use crate::replay::ReplayClient;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How many seconds one request spans at first, and at most.
const SPAN: i64 = 60;
const MAX_SPAN: i64 = 6 * 3600;
/// A span with fewer messages may be longer, one with more should be shorter: fedmsg gives all of them
/// at once.
const FEW: u64 = 1000;
const MANY: u64 = 10_000;

/// A replay endpoint.
pub struct Replay {
    client: ReplayClient,
    span: i64,
    page: Option<Begun>,
}

/// A span of which some pages were read.
#[derive(Clone, Copy)]
struct Begun {
    from: i64,
    end: i64,
    /// The number of the last message.
    after: i64,
    messages: u64,
}

impl Replay {
    /// The one at this endpoint. That nobody answers there is found by asking.
    pub fn new(settings: &Settings, endpoint: &str) -> Result<Self> {
        let client = ReplayClient::connect(settings, endpoint)?;
        Ok(Self { client, span: SPAN, page: None })
    }
}

impl Source for Replay {
    fn read(&mut self, from: i64, until: i64) -> Result<Batch, Failure> {
        let begun = self.page.take().filter(|begun| begun.from == from && begun.end <= until);
        let mut begun = begun.unwrap_or_else(|| {
            let end = until.min(from.saturating_add(self.span));
            Begun { from, end, after: 0, messages: 0 }
        });
        let page = self
            .client
            .time(from, begun.end - 1, begun.after, TIMEOUT)
            .inspect_err(|_| self.span = (self.span / 2).max(1))?;
        begun.messages += page.messages.len() as u64;
        begun.after = page.through;
        if page.more {
            self.page = Some(begun);
        } else if begun.messages < FEW {
            self.span = (self.span * 2).min(MAX_SPAN);
        } else if begun.messages > MANY {
            self.span = (self.span / 2).max(1);
        }
        // What follows, if it goes on like this.
        let rest = u64::try_from((until - begun.end) / (begun.end - from)).unwrap_or(0);
        Ok(Batch {
            messages: page.messages.into_iter().map(|(_, message)| message).collect(),
            reached: if page.more { from } else { begun.end },
            left: begun.messages.saturating_mul(rest),
        })
    }
}
