//! `fedhub latest`: when something was heard last.

use std::io::{Write, stderr, stdout};
use std::time::Duration;

use clap::ValueEnum;
use fedhub::error::exit;
use fedhub::filter::Spec;
use fedhub::journal::now;
use fedhub::store::{Archived, Dimension, Order, Query};
use serde_json::json;

use super::journal::Output;
use crate::app::App;
use crate::archive::{ArchiveArgs, Finder, WantedArgs};
use crate::output::escape;
use crate::when::{age, parse_age, show};

/// Show when a message of a sort came last, and which one it was.
///
/// Of several topics, categories, users, packages or agents that are named, one line for each; of
/// everything else that a filter selects, the newest message. With --by, a line for each topic (or
/// category, user, package, agent) that the selected messages have. It exits 1 if there is no message for
/// a line or, with --max-age, only an older one.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub latest                                    the newest message of all
  fedhub latest 'bodhi.*' 'git.*'                  one of each
  fedhub latest --by topic                         all topics, the most recent first
  fedhub latest --by user package=kernel
  fedhub latest compose.rawhide.complete --max-age 26h || echo 'no compose since yesterday'")]
pub(crate) struct Args {
    /// Only what matches these words.
    #[arg(value_name = "FILTER")]
    words: Vec<String>,
    /// A line for each of these.
    #[arg(long, value_enum, value_name = "WHAT")]
    by: Option<By>,
    /// Exit 1 if a line's message is older: seconds, or 90m, 1h, 7d.
    #[arg(long, value_name = "AGE", value_parser = parse_age)]
    max_age: Option<Duration>,
    /// With --by, only those with most messages.
    #[arg(long, value_name = "N", default_value_t = 1000, requires = "by",
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    wanted: WantedArgs,
    #[command(flatten)]
    archive: ArchiveArgs,
}

/// What there is a line for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum By {
    /// Each whole topic.
    Topic,
    /// The word of the topic after prefix and environment.
    Category,
    /// Whom a message has to do with.
    User,
    /// Which packages a message has to do with.
    Package,
    /// Who did it.
    Agent,
}

impl By {
    pub(super) fn dimension(self) -> Dimension {
        match self {
            By::Topic => Dimension::Topic,
            By::Category => Dimension::Category,
            By::User => Dimension::User,
            By::Package => Dimension::Package,
            By::Agent => Dimension::Agent,
        }
    }

    /// Which of these are wanted.
    fn list(self, query: &mut Query) -> &mut Vec<String> {
        match self {
            By::Topic => &mut query.topics,
            By::Category => &mut query.categories,
            By::User => &mut query.users,
            By::Package => &mut query.packages,
            By::Agent => &mut query.agents,
        }
    }
}

/// The newest message of a sort, without its content.
struct Line {
    name: String,
    found: Option<Found>,
}

struct Found {
    time: i64,
    topic: String,
    msg_id: String,
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let spec = args.wanted.spec(&args.words)?;
    let selection = args.wanted.selection(&spec)?;
    let time = args.wanted.time(selection.is_scan());
    let mut finder = Finder::new(args.archive.open(app)?, selection, time);
    let lines = match args.by {
        Some(by) => of_each(by, args.limit, &mut finder)?,
        None => of_those_named(&args, &spec, &mut finder)?,
    };
    let oldest = args
        .max_age
        .map(|age| now().saturating_sub(i64::try_from(age.as_micros()).unwrap_or(i64::MAX)));
    let human = args.output.human();
    let mut out = stdout().lock();
    for line in &lines {
        let text = if human { line.for_people() } else { escape::json(&line.for_programs()) };
        writeln!(out, "{text}")?;
    }
    let is_missed = |line: &Line| {
        line.found.as_ref().is_none_or(|found| oldest.is_some_and(|oldest| found.time < oldest))
    };
    let missed = lines.is_empty() || lines.iter().any(is_missed);
    Ok(if missed { exit::NEGATIVE } else { exit::OK })
}

/// One for each name that the selected messages have.
fn of_each(by: By, limit: u32, finder: &mut Finder) -> anyhow::Result<Vec<Line>> {
    if !finder.look_up()? {
        return Ok(Vec::new());
    }
    finder.limit_time()?;
    let query = finder.selection.query.clone();
    let named = by.list(&mut query.clone()).clone();
    let names = finder.store.counts(&query, by.dimension(), None, limit)?;
    if names.len() >= limit as usize {
        // If stderr is gone there is nobody to tell.
        let _ = writeln!(stderr().lock(), "only the {limit} with most messages; see --limit");
    }
    let mut lines = Vec::new();
    for name in names.into_iter().map(|count| count.name) {
        // A message of alice may be about bob too, who was not asked for.
        if !named.is_empty() && !named.contains(&name) {
            continue;
        }
        finder.selection.query = query.clone();
        *by.list(&mut finder.selection.query) = vec![name.clone()];
        let found = newest(finder)?;
        // With an expression there need not be any.
        lines.extend(found.map(|found| Line { name, found: Some(found) }));
    }
    let time = |line: &Line| line.found.as_ref().map(|found| found.time);
    lines.sort_by_key(|line| std::cmp::Reverse(time(line)));
    Ok(lines)
}

/// One for each name if only names of one sort were given, else one of everything.
fn of_those_named(args: &Args, spec: &Spec, finder: &mut Finder) -> anyhow::Result<Vec<Line>> {
    let agents = finder.selection.query.agents.clone();
    let sorts = [&spec.topic, &spec.category, &spec.user, &spec.package, &agents];
    let mut given = sorts.iter().enumerate().filter(|(_, names)| !names.is_empty());
    let (sort, names) = match (given.next(), given.next()) {
        (Some((sort, names)), None) => (sort, (*names).clone()),
        _ => (sorts.len(), vec!["all".to_owned()]),
    };
    let mut lines = Vec::new();
    for name in names {
        let mut only = spec.clone();
        let one = vec![name.clone()];
        match sort {
            0 => only.topic = one,
            1 => only.category = one,
            2 => only.user = one,
            3 => only.package = one,
            _ => {}
        }
        finder.selection = args.wanted.selection(&only)?;
        if sort == 4 {
            finder.selection.query.agents = vec![name.clone()];
        }
        let found = if finder.look_up()? { newest(finder)? } else { None };
        lines.push(Line { name, found });
    }
    Ok(lines)
}

fn newest(finder: &mut Finder) -> anyhow::Result<Option<Found>> {
    let mut found = None;
    finder.each_page(Order::Newest, None, Some(1), |page| {
        let brief = |one: &Archived| Found {
            time: one.time,
            topic: one.topic.clone(),
            msg_id: one.msg_id.clone(),
        };
        found = page.first().map(brief);
        Ok(())
    })?;
    Ok(found)
}

impl Line {
    fn for_people(&self) -> String {
        let name = escape::text(&self.name);
        let Some(found) = &self.found else { return format!("{:>16}  {name}", "never") };
        let mut parts = vec![format!("{:>16}", age(found.time)), show(found.time), name];
        if found.topic != self.name {
            parts.push(escape::text(&found.topic));
        }
        parts.push(escape::text(&found.msg_id));
        parts.join("  ")
    }

    fn for_programs(&self) -> String {
        let found = self.found.as_ref();
        let seconds = |found: &Found| (now() - found.time) as f64 / 1e6;
        json!({
            "name": self.name,
            "age": found.map(seconds),
            "time": found.map(|found| show(found.time)),
            "topic": found.map(|found| &found.topic),
            "msg_id": found.map(|found| &found.msg_id),
        })
        .to_string()
    }
}
