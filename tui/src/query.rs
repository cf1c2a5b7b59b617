//! Questions to an archive, answered by a thread of its own, so that nobody waits for a database. One question is
//! worked on at a time, each for a short while only.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use fedhub::filter::Spec;
use fedhub::store::search::{Search, Selection};
use fedhub::store::{self, Archived, Order, Position, Store, Total};
use fedhub::{Error, Kind, Result};

/// How long a page may take; what was found by then is told, and it goes on from there.
const BUDGET: Duration = Duration::from_secs(2);
/// How long counting may take.
const COUNTING: Duration = Duration::from_secs(3);
/// How many messages a page has.
const PAGE: usize = 100;
/// How many bytes a page may have.
const PAGE_BYTES: u64 = 4 << 20;
/// How many answers may wait.
const WAITING: usize = 4;

/// Which messages are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// What the filter asks for.
    pub filter: Spec,
    /// Published at this time or later, in microseconds since 1970.
    pub since: Option<i64>,
    /// Published before this time.
    pub until: Option<i64>,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The number of the question; pages of one question have the same.
    pub question: u64,
    /// Which messages.
    pub wanted: Wanted,
    /// What of them.
    pub what: What,
}

/// What of the messages is asked for.
#[derive(Debug, Clone, Copy)]
pub enum What {
    /// The page behind this place, the newest first.
    Page(Option<Position>),
    /// How many there are.
    Count,
}

/// What comes back.
#[derive(Debug)]
pub struct Answer {
    /// The number of the question.
    pub question: u64,
    /// What was found, or why nothing can be.
    pub found: std::result::Result<Found, String>,
}

/// What was found.
#[derive(Debug)]
pub enum Found {
    /// A page.
    Page {
        /// Its messages.
        messages: Vec<Archived>,
        /// Where to go on, if there may be more.
        next: Option<Position>,
    },
    /// How many there are, and whether that is exact; nothing where nobody can say.
    Count(Option<(u64, bool)>),
}

/// The thread as seen from outside.
#[derive(Debug)]
pub struct Archivist {
    asks: SyncSender<Ask>,
    answers: Receiver<Answer>,
}

impl Archivist {
    /// Starts it. The archive is opened with the first question.
    pub fn start(url: String) -> Result<Self> {
        // A question is taken over when it is begun with; until then another may take its place.
        let (asks, asked) = sync_channel::<Ask>(0);
        let (says, answers) = sync_channel(WAITING);
        std::thread::Builder::new()
            .name("archive".into())
            .spawn(move || {
                let mut desk = Desk { url, store: None, selection: None };
                for ask in asked {
                    let found = desk.answer(&ask).map_err(|error| {
                        // Perhaps the connection has gone.
                        desk = Desk {
                            url: std::mem::take(&mut desk.url),
                            store: None,
                            selection: None,
                        };
                        said(&error)
                    });
                    if says.send(Answer { question: ask.question, found }).is_err() {
                        return;
                    }
                }
            })
            .map_err(|error| Error::io("cannot start a thread", error))?;
        Ok(Self { asks, answers })
    }

    /// Asks, if nothing else is being worked on. Says whether it was taken over.
    pub fn ask(&self, ask: &Ask) -> bool {
        self.asks.try_send(ask.clone()).is_ok()
    }

    /// An answer, if one is there.
    pub fn answer(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }
}

/// What went wrong, with what can be done.
fn said(error: &Error) -> String {
    match (error.next_step(), error.kind()) {
        (Some(hint), _) => format!("{}; {hint}", error.explained()),
        (None, Kind::NoInput) => format!("{}; fedhub nommer makes an archive", error.explained()),
        (None, _) => error.explained(),
    }
}

struct Desk {
    url: String,
    store: Option<Box<dyn Store>>,
    /// Of the last question, and whether any topic of the archive fits.
    selection: Option<(u64, Selection, bool)>,
}

impl Desk {
    fn answer(&mut self, ask: &Ask) -> Result<Found> {
        let store = match &mut self.store {
            Some(store) => store,
            place => place.insert(store::open(&self.url)?),
        };
        store.limit_time(Some(BUDGET))?;
        let known = self.selection.take().filter(|(question, ..)| *question == ask.question);
        let (_, selection, fits) = match known {
            Some(known) => self.selection.insert(known),
            None => {
                let mut selection = Selection::new(&ask.wanted.filter)?;
                selection.query.since = ask.wanted.since;
                // The archive counts the end in.
                selection.query.until = ask.wanted.until.map(|time| time.saturating_sub(1));
                let fits = selection.look_up(&mut **store)?;
                self.selection.insert((ask.question, selection, fits))
            }
        };
        match ask.what {
            What::Page(_) if !*fits => Ok(Found::Page { messages: Vec::new(), next: None }),
            What::Page(after) => {
                let search = Search {
                    query: selection.query.clone(),
                    order: Order::Newest,
                    limit: PAGE,
                    bytes: PAGE_BYTES,
                    budget: BUDGET,
                };
                let page = selection.page(&search, &mut **store, after)?;
                let next = if page.more { page.next } else { None };
                if page.more && page.messages.is_empty() && (next.is_none() || next == after) {
                    let what = format!("the archive found nothing within {} s", BUDGET.as_secs());
                    return Err(Error::new(Kind::TryAgain, what)
                        .hint("a shorter time with since and until"));
                }
                Ok(Found::Page { messages: page.messages, next })
            }
            What::Count if !*fits => Ok(Found::Count(Some((0, true)))),
            What::Count if !selection.is_indexed() => Ok(Found::Count(None)),
            What::Count => {
                store.limit_time(Some(COUNTING))?;
                for how in [Total::Exact, Total::Estimate] {
                    match store.count(&selection.query, how) {
                        Ok(Some(number)) => {
                            return Ok(Found::Count(Some((number, how == Total::Exact))));
                        }
                        Ok(None) => {}
                        Err(error) if error.kind() == Kind::TryAgain => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(Found::Count(None))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use fedhub::filter::Filter;
    use fedhub::message::Message;
    use fedhub::meta::Meta;

    use super::*;

    fn ask(archivist: &Archivist, question: u64, words: &str, what: What) -> Answer {
        let filter = Filter::parse(&[words]).unwrap();
        let wanted = Wanted { filter, since: None, until: Some(450_000_000) };
        let ask = Ask { question, wanted, what };
        while !archivist.ask(&ask) {
            std::thread::sleep(Duration::from_millis(1));
        }
        loop {
            match archivist.answer() {
                Some(answer) => return answer,
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        }
    }

    #[test]
    fn pages_follow_each_other_and_are_counted() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("archive.db").display());
        let archivist = Archivist::start(url.clone()).unwrap();
        let missing = ask(&archivist, 1, "", What::Page(None)).found.unwrap_err();
        assert!(missing.contains("archive.db"), "{missing}");
        let message = |n: i64| {
            let topic = ["org.x.prod.git.receive", "org.x.prod.bodhi.update"][n as usize % 2];
            let body = format!(r#"{{"msg_id": "{n}", "timestamp": {n}, "msg": {{"n": {n}}}}}"#);
            Archived::new(Message::new(topic, body), n * 1_000_000, "valid", Meta::embedded())
        };
        store::create(&url).unwrap().append(&(0..500).map(message).collect::<Vec<_>>()).unwrap();
        // The archive that was missing is there now.
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let answer = ask(&archivist, 2, "git.*", What::Page(after));
            let Ok(Found::Page { messages, next }) = answer.found else { panic!("{answer:?}") };
            assert!(messages.len() <= PAGE && answer.question == 2);
            found.extend(messages.into_iter().map(|one| one.time / 1_000_000));
            after = next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, (0..450).rev().filter(|n| n % 2 == 0).collect::<Vec<_>>());
        let count = |words| match ask(&archivist, 3, words, What::Count).found.unwrap() {
            Found::Count(count) => count,
            page => panic!("{page:?}"),
        };
        assert_eq!(count("git.*"), Some((225, true)));
    }

    #[test]
    fn what_nobody_can_count_and_what_cannot_be_there_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("archive.db").display());
        store::create(&url).unwrap();
        let archivist = Archivist::start(url).unwrap();
        let count = ask(&archivist, 1, ".msg.n > 3", What::Count).found;
        assert!(matches!(count, Ok(Found::Count(None))), "{count:?}");
        let page = ask(&archivist, 2, "nothing.*", What::Page(None)).found;
        let Ok(Found::Page { messages, next: None }) = page else { panic!("{page:?}") };
        assert!(messages.is_empty());
        let count = ask(&archivist, 2, "nothing.*", What::Count).found;
        assert!(matches!(count, Ok(Found::Count(Some((0, true))))), "{count:?}");
        let wrong = ask(&archivist, 3, "~(", What::Page(None)).found.unwrap_err();
        assert!(wrong.contains("regular expression"), "{wrong}");
    }
}
