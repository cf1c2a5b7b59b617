//! From waiting pushes to messages: to the relay, or to the spool while it is away.

use std::time::{Duration, Instant};

use fedhub::bus::{Receipts, Sent, Settings};
use fedhub::config::Config;
use fedhub::crypto::Signer;
use fedhub::envelope::{Author, Stamp};
use fedhub::error::exit;
use fedhub::spool::Spool;
use fedhub::{Error, Kind, Result, escape};

use super::Place;
use super::commit::{Commit, Take};
use super::push::{Change, Push};
use super::queue::{Lock, Queue};
use crate::app::App;

/// How long the relay may take; nobody waits for it.
const TIMEOUT: Duration = Duration::from_secs(2);
/// How many messages go at once.
const BATCH: usize = 100;

/// How much of a push is announced.
#[derive(Debug)]
pub(super) struct Limits {
    /// Commits of a push.
    pub(super) commits: usize,
    /// Files of a commit.
    pub(super) files: usize,
    /// When reading it must have ended.
    pub(super) deadline: Instant,
}

impl Limits {
    fn of(config: &Config) -> Self {
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX).max(1);
        Self {
            commits: count(config.hook.max_commits),
            files: count(config.hook.max_files),
            deadline: Instant::now() + Duration::from_secs_f64(config.hook.timeout),
        }
    }
}

/// Works on a queue.
pub(super) struct Worker<'a> {
    app: &'a App,
    place: &'a Place,
    queue: Queue,
    published: u64,
}

/// `fedhub hook run`.
pub(super) fn in_foreground(app: &App, place: &Place, failed: bool) -> anyhow::Result<u8> {
    let queue = Queue::open(place, app.config()?)?;
    let mut worker = Worker::new(app, place, queue);
    let Some(lock) = worker.queue.lock()? else {
        let why = "another process works on what waits";
        return Err(Error::new(Kind::TryAgain, why).hint("try again when it has ended").into());
    };
    if failed {
        worker.queue.retry_failed(&lock)?;
    }
    worker.run(&lock)?;
    println(&format!("{} published", worker.published))?;
    let failed = worker.queue.failed()?;
    if failed == 0 {
        return Ok(exit::OK);
    }
    let why = format!("{failed} pushes were set aside in {}", worker.queue.dir().display());
    Err(Error::new(Kind::Data, why).hint("fedhub hook run --failed tries them again").into())
}

fn println(text: &str) -> Result<()> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{text}")
        .map_err(|error| Error::io("cannot write to stdout", error))
}

impl<'a> Worker<'a> {
    pub(super) fn new(app: &'a App, place: &'a Place, queue: Queue) -> Self {
        Self { app, place, queue, published: 0 }
    }

    /// Works until nothing waits, unless another process does. What goes wrong is logged.
    pub(super) fn run_all(mut self) {
        // One who came while we had the lock has left the work to us.
        loop {
            let worked = match self.queue.lock() {
                Ok(None) => return,
                Ok(Some(lock)) => self.run(&lock),
                Err(error) => Err(error),
            };
            match worked.and_then(|()| self.queue.has_more()) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => return log(&error),
            }
        }
    }

    /// Publishes what waits. The error is why the rest has to wait.
    fn run(&mut self, lock: &Lock) -> Result<()> {
        loop {
            let (mut ticket, push) = match self.queue.next(lock) {
                Ok(None) => return Ok(()),
                Ok(Some(next)) => next,
                Err(error) if error.kind() == Kind::Data => {
                    log(&error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            match self.publish(&push) {
                Ok(count) => {
                    self.published += count;
                    ticket.done()?;
                }
                // It is the same for every push.
                Err(error) if matches!(error.kind(), Kind::TryAgain | Kind::Io | Kind::Config) => {
                    ticket.wait_again()?;
                    return Err(error);
                }
                Err(error) => {
                    let aside = ticket.set_aside()?.display().to_string();
                    log(&error.about(format_args!("the push to {} is now {aside}", push.repo)));
                }
            }
        }
    }

    /// Publishes the commits of a push; gives their number.
    fn publish(&self, push: &Push) -> Result<u64> {
        let config = self.app.config()?;
        let limits = Limits::of(config);
        let mut messages = Messages::open(self, push, config)?;
        let take: Take<'_> = &mut |commit| messages.add(&commit);
        match &push.change {
            Change::Git(received) => received.commits(&push.path, &limits, take)?,
            Change::Svn { rev } => super::svn::commit(*rev, &push.path, &limits, take)?,
            Change::Hg(group) => group.commits(&push.path, &limits, take)?,
        }
        messages.finish()
    }
}

fn log(error: &Error) {
    tracing::error!("{}", escape::text(&error.explained()));
}

/// The messages of one push on their way.
struct Messages<'a> {
    push: &'a Push,
    author: Author,
    signer: Option<Signer>,
    relay: Receipts,
    /// Whether the relay has not answered.
    away: bool,
    spool: Spool,
    batch: Vec<(String, Vec<u8>)>,
    count: u64,
}

impl<'a> Messages<'a> {
    fn open(worker: &Worker<'_>, push: &'a Push, config: &Config) -> Result<Self> {
        let prefix = worker.place.cert_prefix.as_deref().or(config.cert_prefix.as_deref());
        let prefix = prefix.unwrap_or("scm");
        Ok(Self {
            author: Author::new(config, push.agent.as_str()),
            // Without its key nothing of any push can be signed.
            signer: Signer::configured(
                config,
                prefix,
                config.name.as_deref(),
                worker.app.short_host(),
            )
            .map_err(|error| error.of_kind(Kind::Config))?,
            relay: Receipts::connect(&Settings::from(config), &config.relay.receipts.0)?,
            away: false,
            spool: Spool::open(worker.queue.spool())?,
            batch: Vec::new(),
            count: 0,
            push,
        })
    }

    fn add(&mut self, commit: &Commit) -> Result<()> {
        self.count += 1;
        let stamp = Stamp::of(&self.push.id, self.count, self.push.time)?;
        let msg = commit.msg(self.push);
        let topic = self.push.change.topic();
        let frames = self.author.write_as(&stamp, topic, msg, self.signer.as_ref())?;
        self.batch.push(frames);
        if self.batch.len() < BATCH { Ok(()) } else { self.send() }
    }

    /// Hands the batch to the relay, and to the spool what it does not take.
    fn send(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        let mut rest: Vec<(&str, &[u8])> =
            batch.iter().map(|(topic, body)| (topic.as_str(), body.as_slice())).collect();
        while !rest.is_empty() && !self.away {
            let Sent { receipts, failure } = self.relay.send_all(&rest, TIMEOUT, &|| false);
            rest.drain(..receipts.len());
            match failure {
                // No relay will ever take this one.
                Some(error) if error.kind() == Kind::Data => return Err(error),
                Some(error) => {
                    let spool = self.spool.dir().display();
                    log(&error.about(format_args!("messages go to the spool {spool}")));
                    self.away = true;
                }
                None => {}
            }
        }
        for (topic, body) in rest {
            self.spool.put(topic, body).map_err(|error| error.of_kind(Kind::TryAgain))?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<u64> {
        self.send()?;
        if !self.away && self.count > 0 {
            self.empty_spool()?;
        }
        Ok(self.count)
    }

    /// Sends what was left there while the relay was away; others may do so too.
    fn empty_spool(&mut self) -> Result<()> {
        let paths = self.spool.list()?;
        let mut rest = paths.as_slice();
        while !rest.is_empty() {
            let step = self.spool.send(rest, &mut self.relay, TIMEOUT, &|| false);
            step.set_aside.iter().for_each(log);
            if let Some(error) = step.refused.or(step.unusable) {
                // They are safe where they are.
                log(&error);
                return Ok(());
            }
            rest = &rest[step.passed..];
        }
        Ok(())
    }
}
