//! Messages into the archive: each batch in one transaction, and only what is stored counts as done.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use fedhub::journal::Record;
use fedhub::meta::Meta;
use fedhub::store::{self, Archived, Outcome, Store};
use fedhub::{Error, Kind as ErrorKind, Result};

use crate::hub::consumer::{Consumer, Context, Delivered, Ending, Failure, Kind, SHARE};

/// Stores messages.
pub(super) const KIND: Kind = Kind { name: "archive", build };

fn build(context: Context<'_>) -> Result<Box<dyn Consumer>> {
    let url = context.settings.url.as_ref().or(context.config.archive.url.as_ref());
    let url = url.cloned().ok_or_else(|| {
        Error::new(ErrorKind::Config, "no archive is named")
            .hint(r#"archive.url = "sqlite:/var/lib/fedhub/archive.db""#)
    })?;
    store::check(&url)?;
    let _texts = index_texts(url.clone(), context.config.archive.trigrams)?;
    let meta = context.rules.meta(context.config)?;
    Ok(Box::new(Nommer { url, meta, store: None, _texts }))
}

/// Between two steps others get to write.
const PAUSE: Duration = Duration::from_millis(20);
/// How long to wait for an archive that is away.
const AWAY: Duration = Duration::from_secs(5);

/// Makes or removes the archive's index of texts on a thread of its own. It ends when it is done, or when
/// what is given back is dropped.
fn index_texts(url: String, wanted: bool) -> Result<SyncSender<()>> {
    let (end, ended) = sync_channel(0);
    let work = move || index_until_done(&url, wanted, &ended);
    let thread = std::thread::Builder::new().name("texts".to_owned()).spawn(work);
    thread.map_err(|error| Error::io("cannot start a thread", error))?;
    Ok(end)
}

fn index_until_done(url: &str, wanted: bool, ended: &Receiver<()>) {
    let mut open = None;
    loop {
        let store = match open.take() {
            Some(store) => Ok(store),
            None => store::open(url),
        };
        let step = store.and_then(|mut store| Ok((store.index_texts(wanted)?, store)));
        let pause = match step {
            Ok((true, _)) => return,
            Ok((false, store)) => {
                open = Some(store);
                PAUSE
            }
            Err(error) => match error.kind() {
                // There is nothing to remove before the first message.
                ErrorKind::NoInput | ErrorKind::Unavailable | ErrorKind::TryAgain => AWAY,
                _ => {
                    tracing::warn!("the archive has no index of texts: {}", error.explained());
                    return;
                }
            },
        };
        if ended.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

struct Nommer {
    url: String,
    /// What messages are about.
    meta: Arc<Meta>,
    /// The connection, while it works.
    store: Option<Box<dyn Store>>,
    /// Ends the thread that indexes texts.
    _texts: SyncSender<()>,
}

impl Consumer for Nommer {
    fn deliver(&mut self, batch: &[Record], _: &Ending) -> Delivered {
        let store = match &mut self.store {
            Some(store) => store,
            None => match store::create(&self.url) {
                Ok(store) => self.store.insert(store),
                Err(error) => return away(0, &error),
            },
        };
        let begin = Instant::now();
        let mut delivered = Delivered { done: 0, failure: None };
        let archived = |record: &Record| Archived::of_record(record, &self.meta);
        // How it ended is in `delivered`.
        let _ = store::in_batches(batch, archived, |messages| {
            let Delivered { done, failure } = append(store.as_mut(), messages);
            delivered = Delivered { done: delivered.done + done, failure };
            let go_on = delivered.failure.is_none() && begin.elapsed() < SHARE;
            if go_on { Ok(()) } else { Err(()) }
        });
        if delivered.failure.is_some() {
            // It is in an unknown state, and a database that was away may be another one now.
            self.store = None;
        }
        delivered
    }

    fn batch(&self) -> usize {
        // So that the facts of most are found while others are written.
        4 * store::BATCH
    }
}

/// Stores messages: all at once or, if one of them cannot be, each by itself.
fn append(store: &mut dyn Store, messages: &[Archived]) -> Delivered {
    match store.append(messages) {
        Ok(outcomes) => {
            report(&outcomes);
            return Delivered { done: messages.len(), failure: None };
        }
        Err(error) if error.kind() != ErrorKind::Data => return away(0, &error),
        Err(_) => {}
    }
    for (done, message) in messages.iter().enumerate() {
        let stored = match store.append(std::slice::from_ref(message)) {
            Ok(outcomes) => {
                report(&outcomes);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Data => {
                let reason = error.explained();
                tracing::warn!(
                    "message {} is in the archive's quarantine: {reason}",
                    message.msg_id
                );
                store.quarantine(message, &reason)
            }
            Err(error) => Err(error),
        };
        match stored {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Data => {
                return Delivered::until(done, Failure::Message(error.explained()));
            }
            Err(error) => return away(done, &error),
        }
    }
    Delivered { done: messages.len(), failure: None }
}

fn report(outcomes: &[Outcome]) {
    let aside = |outcome: &&Outcome| matches!(outcome, Outcome::Conflict | Outcome::Unfit);
    let aside = outcomes.iter().filter(aside).count();
    if aside > 0 {
        tracing::warn!("{aside} messages are in the archive's quarantine");
    }
}

fn away(done: usize, error: &Error) -> Delivered {
    Delivered::until(done, Failure::Unavailable { why: error.explained(), retry_after: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::consumer::LeftOut;
    use crate::hub::rules::Rules;
    use fedhub::config::Config;
    use fedhub::journal::Identity;
    use fedhub::message::Message;

    fn record(seq: i64, body: &str) -> Record {
        let message = Message::new("org.x.prod.a.b", body);
        let identity = Identity::of(&message, "valid");
        let (received, verdict) = (1_700_000_000_000_000, "valid".to_owned());
        Record { seq, received, endpoint: None, verdict, message, identity, conflict: false }
    }

    fn consumer(url: &str) -> Result<Box<dyn Consumer>> {
        let mut config = Config::default();
        config.archive.url = Some(url.to_owned());
        let settings = toml::from_str("type = \"archive\"").unwrap();
        let left_out = LeftOut::default();
        build(Context {
            name: "archive",
            settings: &settings,
            config: &config,
            left_out: &left_out,
            rules: &Rules::default(),
        })
    }

    #[test]
    fn what_is_delivered_is_in_the_archive_once() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("a.db").display());
        let mut nommer = consumer(&url).unwrap();
        let batch = [record(1, r#"{"msg_id":"1"}"#), record(2, "no json")];
        for _ in 0..2 {
            assert_eq!(nommer.deliver(&batch, &Ending::default()), Delivered::all(&batch));
        }
        let other = [record(3, r#"{"msg_id":"1","n":1}"#)];
        assert_eq!(nommer.deliver(&other, &Ending::default()), Delivered::all(&other));
        let mut store = store::open(&url).unwrap();
        let all = store::Query::default();
        assert_eq!(store.count(&all, store::Total::Exact).unwrap(), Some(2));
        assert_eq!(store.quarantined(0, 10).unwrap().len(), 1);
    }

    #[test]
    fn an_archive_that_is_away_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("none/a.db").display());
        let mut nommer = consumer(&url).unwrap();
        let batch = [record(1, "{}")];
        let delivered = nommer.deliver(&batch, &Ending::default());
        assert!(matches!(delivered.failure, Some(Failure::Unavailable { .. })), "{delivered:?}");
        std::fs::create_dir(dir.path().join("none")).unwrap();
        assert_eq!(nommer.deliver(&batch, &Ending::default()), Delivered::all(&batch));
        assert_eq!(consumer("mysql://h").err().unwrap().kind(), ErrorKind::Config);
    }
}
