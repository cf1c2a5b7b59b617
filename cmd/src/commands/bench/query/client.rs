//! Requests, as many as an answerer can take or one after the other.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::commands::bench::histogram::Histogram;

/// A slow answer is an answer too.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest answer that is read.
const LONGEST: u64 = 64 << 20;

/// Whom to ask.
#[derive(Debug, Clone)]
pub(super) struct Client {
    agent: ureq::Agent,
    base: String,
}

impl Client {
    /// One with connections of its own, which are kept.
    pub(super) fn new(address: std::net::SocketAddr) -> Self {
        let config = ureq::Agent::config_builder().proxy(None).timeout_global(Some(PATIENCE));
        Self { agent: config.build().new_agent(), base: format!("http://{address}") }
    }

    /// The body of a good answer.
    pub(super) fn get(&self, path: &str) -> Result<Vec<u8>> {
        let mut answer = self
            .agent
            .get(format!("{}{path}", self.base))
            .header("accept", "application/json")
            .call()
            .with_context(|| path.to_owned())?;
        Ok(answer.body_mut().with_config().limit(LONGEST).read_to_vec()?)
    }

    /// Asks for these in turn, from `clients` sides at once. Gives how long each answer took.
    pub(super) fn flood(
        &self,
        paths: &[String],
        clients: usize,
        duration: Duration,
    ) -> Result<Asked> {
        // The first answer has connections and caches to make.
        self.get(paths.first().context("nothing is asked")?)?;
        let begun = Instant::now();
        let ask = |client: usize| {
            let (mut took, mut count) = (Histogram::new(), 0);
            let own = Self { agent: self.agent.clone(), base: self.base.clone() };
            for path in paths.iter().cycle().skip(client * paths.len() / clients) {
                if begun.elapsed() >= duration && count > 0 {
                    break;
                }
                let start = Instant::now();
                own.get(path)?;
                took.record(start.elapsed().as_nanos() as u64);
                count += 1;
            }
            Ok::<_, anyhow::Error>((took, count))
        };
        let mut all = Asked { took: Histogram::new(), count: 0, elapsed: Duration::ZERO };
        thread::scope(|scope| {
            let threads: Vec<_> =
                (0..clients).map(|client| scope.spawn(move || ask(client))).collect();
            for thread in threads {
                let Ok(answered) = thread.join() else { bail!("a client failed") };
                let (took, count) = answered?;
                all.took.merge(&took);
                all.count += count;
            }
            Ok(())
        })?;
        all.elapsed = begun.elapsed();
        Ok(all)
    }
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Asked {
    took: Histogram,
    pub(super) count: u64,
    elapsed: Duration,
}

impl Asked {
    /// Answers per second.
    pub(super) fn rate(&self) -> f64 {
        self.count as f64 / self.elapsed.as_secs_f64()
    }

    /// What so many percent of the answers took at most, in milliseconds.
    pub(super) fn millis(&self, percent: f64) -> f64 {
        self.took.percentile(percent).unwrap_or_default() as f64 / 1e6
    }
}
