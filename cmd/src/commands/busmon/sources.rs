//! Where the messages of busmon come from, and where those from before are.

use std::path::PathBuf;

use fedhub::bus::{Settings, Source, Stop};
use fedhub::config::Config;
use fedhub::counts::Counts;
use fedhub::{Result, journal};
use fedhub_tui::feed::archive::{self, Archive};
use fedhub_tui::feed::hub::{self, Hub};
use fedhub_tui::feed::journal::{self as journals, Journal};
use fedhub_tui::feed::{Before, News, Teller, live, recording};
use fedhub_tui::history::{Past, Seam};

use crate::app::archive_url;
use crate::cli;

/// The source that was asked for; of these only one.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct SourceArgs {
    /// Whom to listen to; repeatable. Default: every configured endpoint.
    #[arg(long, value_name = "ENDPOINT", value_parser = cli::endpoint)]
    endpoint: Vec<String>,
    /// Show what this journal gets, and what it has, instead of the bus.
    #[arg(long, value_name = "FILE", group = "source", conflicts_with = "endpoint")]
    journal: Option<PathBuf>,
    /// Show what a running hub, relay or gateway gets, and what its journal has: its replay address.
    #[arg(long, value_name = "ENDPOINT", group = "source", conflicts_with = "endpoint",
          value_parser = cli::endpoint)]
    hub: Option<String>,
    /// Show what comes into the archive, and what it has. Without an address: that of archive.url.
    #[arg(long, value_name = "URL", group = "source", conflicts_with = "endpoint",
          num_args = 0..=1, require_equals = true)]
    archive: Option<Option<String>>,
    /// Show a recording.
    #[arg(long, value_name = "FILE", group = "source", conflicts_with = "endpoint")]
    file: Option<PathBuf>,
}

impl SourceArgs {
    /// What it is, for people.
    pub(super) fn name(&self) -> String {
        let file =
            |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match (self.endpoint.as_slice(), &self.journal, &self.hub, &self.file) {
            (_, Some(path), ..) | (.., Some(path)) => file(path),
            (_, _, Some(hub), _) => hub.clone(),
            _ if self.archive.is_some() => "archive".to_owned(),
            ([one], ..) => one.clone(),
            _ => "live".to_owned(),
        }
    }

    /// Where the archive is.
    pub(super) fn archive_url(&self, config: &Config) -> Result<String> {
        self.archive.clone().flatten().map_or_else(|| archive_url(config), Ok)
    }

    /// Begins to tell what comes. What comes live can be stopped.
    pub(super) fn start(&self, config: &Config, teller: &Teller) -> Result<Option<Stop>> {
        let tell = || teller.clone();
        let settings = Settings::from(config);
        if let Some(path) = &self.journal {
            let from = journals::start(path, tell())?;
            before(teller, Box::new(Journal::open(path)?), Seam::Before(from));
        } else if let Some(endpoint) = &self.hub {
            let from = hub::start(&settings, endpoint, tell())?;
            before(teller, Box::new(Hub::connect(&settings, endpoint)?), Seam::Before(from));
        } else if self.archive.is_some() {
            let url = self.archive_url(config)?;
            let from = archive::start(&url, tell())?;
            before(teller, Box::new(Archive::open(&url)?), Seam::Before(from));
        } else if let Some(path) = &self.file {
            recording::start(path, tell())?;
        } else {
            return self.listen(config, &settings, teller).map(Some);
        }
        Ok(None)
    }

    /// Listens to publishers. What was before is in the hub's journal or in the archive, if they are here.
    fn listen(&self, config: &Config, settings: &Settings, teller: &Teller) -> Result<Stop> {
        let known = Source::all(config);
        let named = |endpoint: &String| {
            let known = known.iter().find(|source| source.endpoint == *endpoint).cloned();
            known.unwrap_or(Source { name: endpoint.clone(), endpoint: endpoint.clone() })
        };
        let configured = config.subscriptions();
        let endpoints = if self.endpoint.is_empty() { &configured } else { &self.endpoint };
        let sources = endpoints.iter().map(named).collect();
        let stop = live::start(settings, sources, teller.clone())?;
        match past(config) {
            Ok(Some(past)) => before(teller, past, Seam::Found),
            Ok(None) => {}
            Err(error) => tracing::warn!("what was before cannot be shown: {error}"),
        }
        // What is read from the configured bus has its counts from before.
        if self.endpoint.is_empty()
            && let Some(address) = &config.busmon.memcached
        {
            match Counts::at(address).and_then(|mut counts| counts.read(journal::now())) {
                Ok(counts) => {
                    teller.offer(News::Counts(counts));
                }
                Err(error) => tracing::warn!("the graph begins empty: {error}"),
            }
        }
        Ok(stop)
    }
}

fn before(teller: &Teller, past: Box<dyn Past>, seam: Seam) {
    teller.tell(News::Before(Before { past, seam }));
}

/// Where the settings keep what was before: the journal of a hub, relay or gateway, else the archive.
fn past(config: &Config) -> Result<Option<Box<dyn Past>>> {
    let journals = [&config.hub.journal, &config.relay.journal, &config.gateway.journal];
    if let Some(path) = journals.into_iter().flatten().find(|path| path.exists()) {
        return Ok(Some(Box::new(Journal::open(path)?)));
    }
    match &config.archive.url {
        Some(url) => Ok(Some(Box::new(Archive::open(url)?))),
        None => Ok(None),
    }
}
