//! A line for each message, without a screen: for screen readers, dumb terminals and pipes.

use std::io::Write;
use std::time::Duration;

use fedhub::filter::Filter;
use fedhub::{Error, Kind};
use jiff::tz::TimeZone;

use crate::feed::{Entry, Feed, News};
use crate::state::about::{About, Tools, clock, short_topic, wants};
use crate::text;

/// How often the reader is looked after when nothing comes.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a line may be.
const LONGEST: usize = 1000;

/// Prints messages that are wanted until no more come or nobody reads them; in `ascii`, if nothing else can
/// be shown.
pub fn run(
    feed: &Feed,
    mut tools: Tools,
    filter: &Filter,
    zone: &TimeZone,
    ascii: bool,
    out: &mut impl Write,
    reader_is_gone: impl Fn() -> bool,
) -> std::io::Result<Result<(), Error>> {
    loop {
        match feed.wait(PATIENCE) {
            Some(News::Message(entry)) if wants(filter, &entry) => {
                let about = About::find(&entry, &mut tools);
                let line = line(&entry, &about, zone);
                writeln!(out, "{}", if ascii { text::ascii(&line) } else { line })?;
                out.flush()?;
            }
            Some(News::Message(_)) => {}
            Some(
                News::Health(_) | News::Log(_) | News::Before(_) | News::Counts(_) | News::Seen(_),
            ) => {}
            Some(News::Ended(why)) if why.is_empty() => return Ok(Ok(())),
            Some(News::Ended(why)) => return Ok(Err(Error::new(Kind::Io, why))),
            None if reader_is_gone() => return Ok(Ok(())),
            None => {}
        }
    }
}

/// Time, verdict, topic and summary, with words where the screen has signs.
fn line(entry: &Entry, about: &About, zone: &TimeZone) -> String {
    let verdict = about.verdict.as_ref().map_or("", |verdict| verdict.reason.name());
    let what = if about.whole { about.facts.summary.as_str() } else { "not a JSON object" };
    let topic = text::cut(short_topic(entry.message.topic()), LONGEST);
    let mut line = clock(entry.received, zone);
    for part in [verdict, topic.as_str(), &text::cut(what, LONGEST)] {
        if !part.is_empty() {
            line.push(' ');
            line.push_str(part);
        }
    }
    line
}
