//! Threads that fetch what is missing, one for each source, so that a replay endpoint that does not
//! answer keeps nobody else waiting.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use super::track::Request;
use crate::bus::Settings;
use crate::replay::{Page, ReplayClient};
use crate::{Error, Result};

/// How long a page may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The answer to a request of a source.
pub(super) struct Answer {
    pub(super) source: usize,
    pub(super) number: u64,
    pub(super) outcome: Result<Page>,
}

/// Fetches for any number of sources, one request of each at a time.
pub(super) struct Fetcher {
    settings: Settings,
    requests: Vec<Option<SyncSender<Request>>>,
    answers: Receiver<Answer>,
    answer: SyncSender<Answer>,
}

impl Fetcher {
    pub(super) fn new(settings: Settings, sources: usize) -> Self {
        // One request of each source is under way at most, so no thread waits here.
        let (answer, answers) = sync_channel(sources.max(1));
        Self { settings, requests: vec![None; sources], answers, answer }
    }

    /// Hands a request to the thread of its source, which is started if need be.
    pub(super) fn fetch(&mut self, source: usize, request: Request) -> Result<()> {
        let Some(slot) = self.requests.get_mut(source) else { return Ok(()) };
        let sender = match slot {
            Some(sender) => sender,
            None => slot.insert(start(self.settings.clone(), source, self.answer.clone())?),
        };
        // A source that has given up a request may make another one while the first is under way.
        match sender.try_send(request) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(request) | TrySendError::Disconnected(request)) => {
                let what = format!("requests to {} pile up", request.endpoint);
                Err(Error::new(crate::Kind::TryAgain, what))
            }
        }
    }

    /// The next answer, if one is there.
    pub(super) fn answer(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }
}

/// Starts the thread of a source. It ends when nobody can ask it any more.
fn start(
    settings: Settings,
    source: usize,
    answer: SyncSender<Answer>,
) -> Result<SyncSender<Request>> {
    let (sender, requests) = sync_channel::<Request>(1);
    let work = move || {
        let mut client: Option<(String, ReplayClient)> = None;
        for Request { number, endpoint, after, up_to } in requests {
            let known = client.take().filter(|(of, _)| *of == endpoint);
            let opened = match known {
                Some((_, client)) => Ok(client),
                None => ReplayClient::connect(&settings, &endpoint),
            };
            let outcome = opened.and_then(|mut opened| {
                let page = opened.range(after, up_to, TIMEOUT);
                client = Some((endpoint, opened));
                page
            });
            if answer.send(Answer { source, number, outcome }).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new()
        .name("fetch".into())
        .spawn(work)
        .map_err(|error| Error::io("cannot start a thread", error))?;
    Ok(sender)
}
