//! What the commands that read the archive share: which archive, which of its messages, and how long
//! they may be searched for.

use std::time::{Duration, Instant};

use fedhub::filter::Spec;
use fedhub::store::search::{Search, Selection};
use fedhub::store::{self, Archived, Order, Position, Store};
use fedhub::{Error, Kind, Result};

use crate::app::{App, archive_url};
use crate::filter::FilterArgs;
use crate::when::{When, show};

/// How long a search lasts that has to look into messages, if nothing is said.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long anything lasts that has an end without being told.
const NEVER: Duration = Duration::MAX;

/// Which archive.
#[derive(Debug, clap::Args)]
pub(crate) struct ArchiveArgs {
    /// Where the archive is: sqlite:/path or postgresql://… Default: archive.url, else archive.db in the
    /// data directory.
    #[arg(long, global = true, value_name = "URL")]
    archive: Option<String>,
}

impl ArchiveArgs {
    /// Its address.
    pub(crate) fn url(&self, app: &App) -> Result<String> {
        match &self.archive {
            Some(url) => Ok(url.clone()),
            None => archive_url(app.config()?),
        }
    }

    /// Opens the archive, which must be there.
    pub(crate) fn open(&self, app: &App) -> Result<Box<dyn Store>> {
        open(&self.url(app)?)
    }
}

/// Opens an archive, which must be there.
pub(crate) fn open(url: &str) -> Result<Box<dyn Store>> {
    store::open(url).map_err(|error| match error.kind() {
        Kind::NoInput => error.hint(
            "start fedhub nommer, which makes the archive, or name another one with --archive",
        ),
        Kind::Unavailable => error.hint("see whether its server runs; fedhub doctor"),
        Kind::TryAgain => error.hint("somebody else uses it; try again in a moment"),
        _ => error,
    })
}

/// Which messages of the archive.
#[derive(Debug, clap::Args)]
pub(crate) struct WantedArgs {
    /// Only what was published at this time or later: RFC 3339, unix seconds, or an age such as -1h.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) since: Option<When>,
    /// Only what was published before this time.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) until: Option<When>,
    /// Give up after so many seconds, and say how far the search came; 0: never. Default: 60 where
    /// messages have to be looked into (--where, --contains), else never.
    #[arg(long, value_name = "SECONDS", value_parser = crate::when::parse_seconds)]
    timeout: Option<Duration>,
    #[command(flatten)]
    filter: FilterArgs,
    /// Only messages of this agent, who did it; repeatable.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    agent: Vec<String>,
    /// Without messages of this agent.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    not_agent: Vec<String>,
    /// Only messages with this text in their content, literally and in any case; repeatable.
    #[arg(long, value_name = "TEXT")]
    contains: Vec<String>,
}

impl WantedArgs {
    /// What the filter asks for, with the words that came as arguments.
    pub(crate) fn spec(&self, words: &[String]) -> Result<Spec> {
        self.filter.spec(words)
    }

    /// The messages that a filter made from these options selects.
    pub(crate) fn selection(&self, spec: &Spec) -> Result<Selection> {
        let mut selection = Selection::new(spec)?;
        if self.contains.iter().any(String::is_empty) {
            return Err(Error::new(Kind::Usage, "--contains has an empty text"));
        }
        let query = &mut selection.query;
        query.since = self.since.map(|When(time)| time);
        // The archive counts the end in.
        query.until = self.until.map(|When(time)| time.saturating_sub(1));
        query.agents.clone_from(&self.agent);
        query.not_agents.clone_from(&self.not_agent);
        query.contains.clone_from(&self.contains);
        Ok(selection)
    }

    /// How long a search may take.
    pub(crate) fn time(&self, scan: bool) -> Duration {
        match self.timeout {
            Some(time) if time.is_zero() => NEVER,
            Some(time) => time,
            None if scan => PATIENCE,
            None => NEVER,
        }
    }
}

/// How many messages are read at a time.
const PAGE: usize = 200;
/// Fewer, when they have so many bytes together.
const PAGE_BYTES: u64 = 16 << 20;

/// An archive, what is wanted of it, and the time that is left for that.
pub(crate) struct Finder {
    pub(crate) store: Box<dyn Store>,
    pub(crate) selection: Selection,
    time: Duration,
    searched: Duration,
}

impl Finder {
    /// With this time for all of it.
    pub(crate) fn new(store: Box<dyn Store>, selection: Selection, time: Duration) -> Self {
        Self { store, selection, time, searched: Duration::ZERO }
    }

    /// Whether a topic of the archive is wanted.
    pub(crate) fn look_up(&mut self) -> Result<bool> {
        self.selection.look_up(&mut *self.store)
    }

    /// Shows pages to `look`. Gives where to go on, if there is more than the limit.
    pub(crate) fn each_page(
        &mut self,
        order: Order,
        mut after: Option<Position>,
        limit: Option<u64>,
        mut look: impl FnMut(&[Archived]) -> anyhow::Result<()>,
    ) -> anyhow::Result<Option<Position>> {
        let mut left = limit.unwrap_or(u64::MAX);
        loop {
            let search = Search {
                query: self.selection.query.clone(),
                order,
                limit: usize::try_from(left).unwrap_or(PAGE).min(PAGE),
                bytes: PAGE_BYTES,
                budget: self.time.saturating_sub(self.searched),
            };
            let begun = Instant::now();
            let page = self.selection.page(&search, &mut *self.store, after)?;
            // The time that the reader of our output takes is not ours.
            self.searched += begun.elapsed();
            look(&page.messages)?;
            left -= page.messages.len() as u64;
            if !page.more {
                return Ok(None);
            }
            if left == 0 {
                return Ok(page.next);
            }
            if !page.complete {
                return Err(self.late(page.next).into());
            }
            after = page.next;
        }
    }

    /// Gives what the archive is asked for next the time that is left.
    pub(crate) fn limit_time(&mut self) -> Result<()> {
        let left = self.time.saturating_sub(self.searched);
        self.store.limit_time(Some(left).filter(|_| self.time != NEVER))
    }

    fn late(&self, at: Option<Position>) -> Error {
        match at {
            None => gave_up(self.time, "").hint("a longer --timeout, or --since"),
            Some(at) => gave_up(self.time, &format!(" at {}", show(at.time)))
                .hint(format!("the same with --after {at} goes on, as does a longer --timeout")),
        }
    }

    /// The place before the last so many messages; `None` if there are none.
    pub(crate) fn before_last(&mut self, count: u64) -> anyhow::Result<Option<Position>> {
        let mut first = None;
        self.each_page(Order::Newest, None, Some(count), |page| {
            first = page.last().map(Archived::position).or(first);
            Ok(())
        })?;
        Ok(first.map(|Position { time, id }| Position { time, id: id - 1 }))
    }
}

/// What is said when a search took too long.
fn gave_up(time: Duration, how_far: &str) -> Error {
    let what = format!("gave up after {} seconds{how_far}", time.as_secs_f64());
    Error::new(Kind::TryAgain, what)
}
