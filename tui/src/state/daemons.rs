//! How endpoints, daemons, their consumers, gaps and certificates are: what was found out, as tables.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use fedhub::crypto::dated::{Dated, What};
use fedhub::daemons::{Consumer, Told};
use fedhub::journal::{Cursor, Gap, Lag};

use crate::action::Action;
use crate::feed::daemons::{Kept, Seen};
use crate::feed::{Endpoint, Health};
use crate::text::count;

/// From how many endpoints it is known when they were heard last. There may be names without end.
const HEARD: usize = 1000;
/// How long the oldest message may wait for a consumer, in seconds, until that is a warning, and bad.
const SLOW: f64 = 60.0;
const STUCK: f64 = 600.0;
/// How many days something may be valid still until that is a warning, and bad; lists are renewed more often.
const DAYS: [f64; 2] = [30.0, 7.0];
const LIST_DAYS: [f64; 2] = [7.0, 1.0];
/// What was found out before, in microseconds, is said to be old.
const OLD: i64 = 30_000_000;

/// How something is; a worse one counts as more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "they are what they are called")]
pub enum Mark {
    Good,
    Unknown,
    Warning,
    Bad,
}

/// Something with how it is.
#[derive(Debug, Clone)]
pub struct Row {
    /// How it is.
    pub mark: Mark,
    /// What is said of it, by column.
    pub cells: Vec<String>,
    /// More about it, where there is more to be said.
    pub more: String,
}

/// Rows of a sort.
#[derive(Debug)]
pub struct Table {
    /// What its columns are called; the first says what it has.
    pub heads: &'static [&'static str],
    /// The rows.
    pub rows: Vec<Row>,
    /// Why there is none.
    pub none: &'static str,
}

/// A daemon as it was when it was asked last.
#[derive(Debug)]
struct Asked {
    door: String,
    time: i64,
    said: Result<Told, String>,
}

/// Everything that was found out, with a cursor.
#[derive(Debug, Default)]
pub struct Daemons {
    asked: BTreeMap<String, Asked>,
    journals: BTreeMap<String, (i64, Result<Kept, String>)>,
    dates: Vec<Dated>,
    /// When endpoints were heard last, in microseconds since 1970, and how often, by their names.
    heard: HashMap<String, (i64, u64)>,
    /// The row that is selected, of those of all tables.
    cursor: usize,
    /// The line at the top of the screen; the view says so.
    pub top: usize,
    /// How many rows the screen has; the view says so.
    pub height: usize,
}

impl Daemons {
    /// A message came from this endpoint.
    pub(super) fn heard(&mut self, endpoint: &str, time: i64) {
        if let Some((last, messages)) = self.heard.get_mut(endpoint) {
            *last = time;
            *messages += 1;
        } else if self.heard.len() < HEARD {
            self.heard.insert(endpoint.to_owned(), (time, 1));
        }
    }

    /// Takes what was found out.
    pub(super) fn take(&mut self, seen: Seen) {
        match seen {
            Seen::Daemon { role, door, time, said } => {
                self.asked.insert(role, Asked { door, time, said });
            }
            Seen::Journal { role, time, found } => {
                self.journals.insert(role, (time, found));
            }
            Seen::Dates(dates) => self.dates = dates,
        }
    }

    /// The number of the row that is selected.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Selects a row by its number.
    pub fn select(&mut self, row: usize) {
        self.cursor = row;
    }

    pub(super) fn apply(&mut self, action: Action, health: &Health) {
        let last = self.tables(health, 0).iter().map(|table| table.rows.len()).sum::<usize>();
        let last = last.saturating_sub(1);
        let page = self.height.max(2) - 1;
        self.cursor = match action {
            Action::Up => self.cursor.saturating_sub(1),
            Action::Down => self.cursor + 1,
            Action::PageUp => self.cursor.saturating_sub(page),
            Action::PageDown => self.cursor + page,
            Action::Top => 0,
            Action::Bottom => last,
            _ => self.cursor,
        };
        self.cursor = self.cursor.min(last);
    }

    /// All of it, at this time in microseconds since 1970.
    pub fn tables(&self, health: &Health, now: i64) -> [Table; 5] {
        [
            self.endpoints(health, now),
            self.daemons(now),
            self.consumers(),
            self.gaps(),
            self.dates(),
        ]
    }

    fn endpoints(&self, health: &Health, now: i64) -> Table {
        let row = |endpoint: &Endpoint| {
            let Endpoint { name, address, up, lost, malformed } = endpoint;
            let heard = self.heard.get(name);
            let last = heard.map_or("never".into(), |(last, _)| ago(*last, now));
            let state = if *up { "connected" } else { "away" };
            let messages = heard.map_or(0, |(_, messages)| *messages);
            Row {
                mark: if *up { Mark::Good } else { Mark::Bad },
                cells: vec![
                    name.clone(),
                    state.into(),
                    last.clone(),
                    count(messages),
                    count(*lost),
                    address.clone(),
                ],
                more: format!(
                    "{address} is {state}. The last message: {last}. {} messages, {} connections lost, {} things \
                     that are no messages.",
                    count(messages),
                    count(*lost),
                    count(*malformed),
                ),
            }
        };
        Table {
            heads: &["ENDPOINT", "STATE", "LAST", "MESSAGES", "LOST", "ADDRESS"],
            rows: health.endpoints.iter().map(row).collect(),
            none: "nothing is listened to",
        }
    }

    fn daemons(&self, now: i64) -> Table {
        let asked = self.asked.iter().map(|(role, Asked { door, time, said })| {
            let (mark, state, why) = match said {
                Ok(told) if told.problems.is_empty() => (Mark::Good, "ready", String::new()),
                Ok(told) => (Mark::Bad, "not ready", told.problems.join("; ")),
                Err(why) => (Mark::Bad, "no answer", why.clone()),
            };
            let when = ago(*time, now);
            let old = now - time > OLD;
            Row {
                mark: if old { mark.max(Mark::Warning) } else { mark },
                more: format!("{role} at {door}, asked {when}: {state}. {why}"),
                cells: vec![role.clone(), state.into(), when, why],
            }
        });
        let unread = self.journals.iter().filter_map(|(role, (time, found))| {
            let why = found.as_ref().err()?;
            let (name, when) = (format!("{role}'s journal"), ago(*time, now));
            Some(Row {
                mark: Mark::Unknown,
                more: format!("{name}, {when}: {why}"),
                cells: vec![name, "unreadable".into(), when, why.clone()],
            })
        });
        Table {
            heads: &["DAEMON", "STATE", "ASKED", "WHY"],
            rows: asked.chain(unread).collect(),
            none: "none can be asked: relay.http, gateway.http, hub.http, archive.http and serve.http say where",
        }
    }

    /// What daemons say about their consumers, and what journals do.
    fn consumers(&self) -> Table {
        let told =
            self.asked.iter().filter_map(|(role, asked)| Some((role, asked.said.as_ref().ok()?)));
        let told: BTreeMap<(&String, &String), (&Consumer, &Told)> = told
            .flat_map(|(role, told)| {
                told.consumers.iter().map(move |one| ((role, &one.name), (one, told)))
            })
            .collect();
        let kept: BTreeMap<(&String, &String), &(Cursor, Lag, u64)> = self
            .kept()
            .flat_map(|(role, kept)| kept.cursors.iter().map(move |one| ((role, &one.0.name), one)))
            .collect();
        let names: BTreeSet<_> = told.keys().chain(kept.keys()).copied().collect();
        let row = |(role, name): (&String, &String)| {
            consumer(role, name, told.get(&(role, name)).copied(), kept.get(&(role, name)).copied())
        };
        Table {
            heads: &["CONSUMER", "OF", "STATE", "LAG", "OLDEST", "FAILED", "ASIDE"],
            rows: names.into_iter().map(row).collect(),
            none: "no daemon tells of one, and no journal of this host has one",
        }
    }

    fn kept(&self) -> impl Iterator<Item = (&String, &Kept)> {
        self.journals.iter().filter_map(|(role, (_, found))| Some((role, found.as_ref().ok()?)))
    }

    fn gaps(&self) -> Table {
        let row = |gap: &Gap| {
            let report = &gap.report;
            let (mark, state) = match (report.closed, report.lost) {
                (false, _) => (Mark::Warning, "open"),
                (true, 0) => (Mark::Good, "closed"),
                (true, _) => (Mark::Bad, "closed"),
            };
            let note = report.note.clone().unwrap_or_default();
            let numbers = [report.missed, report.recovered, report.lost].map(count);
            Row {
                mark,
                more: format!(
                    "{} of {}, from {} to {}: {} missed, {} fetched, {} lost, {state}. {note}",
                    report.key.stream,
                    report.key.endpoint,
                    report.key.first,
                    report.last,
                    numbers[0],
                    numbers[1],
                    numbers[2],
                ),
                cells: [report.key.stream.clone(), state.into()]
                    .into_iter()
                    .chain(numbers)
                    .collect(),
            }
        };
        let left_out: usize = self.kept().map(|(_, kept)| kept.gap_count - kept.gaps.len()).sum();
        let more = format!("and {} older ones; fedhub gaps lists them", count(left_out as u64));
        let older = Row { mark: Mark::Unknown, cells: vec![more.clone()], more };
        let older = (left_out > 0).then_some(older);
        Table {
            heads: &["GAP", "STATE", "MISSED", "FETCHED", "LOST"],
            rows: self.kept().flat_map(|(_, kept)| &kept.gaps).map(row).chain(older).collect(),
            none: "none within a day",
        }
    }

    fn dates(&self) -> Table {
        let row = |dated: &Dated| {
            let (state, left) = match &dated.days_left {
                Ok(days) => ("valid", format!("{days:.0} days")),
                Err(why) => ("unusable", why.clone()),
            };
            let what = dated.what.name();
            Row {
                mark: date_mark(dated),
                more: format!("{what} {}: {state}, {left}", dated.name),
                cells: vec![what.into(), state.into(), left, dated.name.clone()],
            }
        };
        Table {
            heads: &["CERTIFICATE", "STATE", "LEFT", "NAME"],
            rows: self.dates.iter().map(row).collect(),
            none: "none is used here",
        }
    }

    /// The whole in a few words, each with how that is. What is not known is not in it.
    pub fn summary(&self, health: &Health) -> Vec<(Mark, String)> {
        let tables = self.tables(health, 0);
        let worst = |table: &Table| table.rows.iter().map(|row| row.mark).max();
        let good = |table: &Table| table.rows.iter().filter(|row| row.mark == Mark::Good).count();
        let [endpoints, _, consumers, gaps, dates] = &tables;
        let mut all = Vec::new();
        if let Some(mark) = worst(endpoints) {
            let (up, all_of_them) = (good(endpoints), endpoints.rows.len());
            let mark = if up > 0 { mark.min(Mark::Warning) } else { mark };
            all.push((mark, format!("{up}/{all_of_them} up")));
        }
        let asked = self.asked.len();
        let ready = self
            .asked
            .values()
            .filter(|asked| asked.said.as_ref().is_ok_and(|told| told.problems.is_empty()));
        let ready = ready.count();
        if asked > 0 {
            let mark = if ready == asked { Mark::Good } else { Mark::Bad };
            all.push((mark, format!("{ready}/{asked} ready")));
        }
        if let Some(mark) = worst(consumers) {
            all.push((mark, format!("lag {}", count(self.lag()))));
        }
        if self.kept().next().is_some() {
            let open = gaps.rows.iter().filter(|row| row.mark != Mark::Good).count();
            let mark = worst(gaps).unwrap_or(Mark::Good);
            let gaps = if open == 1 { "gap" } else { "gaps" };
            all.push((mark, format!("{} {gaps}", count(open as u64))));
        }
        if let Some(mark) = worst(dates) {
            let days = self.dates.iter().map(|dated| dated.days_left.as_ref().ok().copied());
            let least = days.reduce(|one, other| Some(one?.min(other?))).flatten();
            let left = least.map_or("unusable".into(), |days| format!("{days:.0} d"));
            all.push((mark, format!("certs {left}")));
        }
        // What is wrong is seen also where there is no room for all.
        all.sort_by_key(|(mark, _)| std::cmp::Reverse(*mark));
        all
    }

    /// What of the summary is not as it should be, but for endpoints.
    pub fn troubles(&self) -> Vec<(Mark, String)> {
        let mut all = self.summary(&Health::default());
        all.retain(|(mark, _)| *mark > Mark::Good);
        all
    }

    /// How many messages wait for the consumer that has most of them.
    fn lag(&self) -> u64 {
        let told = self.asked.values().filter_map(|asked| asked.said.as_ref().ok());
        let told = told.flat_map(|told| &told.consumers).filter_map(|one| one.backlog);
        let kept = self.kept().flat_map(|(_, kept)| &kept.cursors).map(|(_, lag, _)| lag.messages);
        told.chain(kept).max().unwrap_or_default()
    }
}

/// How one consumer is, by its daemon and by the journal.
fn consumer(
    role: &str,
    name: &str,
    told: Option<(&Consumer, &Told)>,
    kept: Option<&(Cursor, Lag, u64)>,
) -> Row {
    let unknown = || "-".to_owned();
    let number = |number: Option<u64>| number.map_or_else(unknown, count);
    let told_of = |of: fn(&Consumer) -> Option<u64>| told.and_then(|(consumer, _)| of(consumer));
    let lag = kept.map(|(_, lag, _)| lag.messages).or(told_of(|one| one.backlog));
    let oldest = kept.map(|(_, lag, _)| lag.age as f64 / 1e6);
    let oldest = oldest.or(told.and_then(|(one, _)| one.oldest));
    let quarantined =
        kept.map(|(_, _, quarantined)| *quarantined).or(told_of(|one| one.quarantined));
    let lost = kept.map_or(0, |(cursor, _, _)| cursor.lost);
    let own = format!("consumer {name}");
    let problems = told.map(|(_, told)| told.problems.iter().filter(|one| one.contains(&own)));
    let why: Vec<&str> = problems.into_iter().flatten().map(String::as_str).collect();
    let (working, state) = match told {
        Some((one, _)) if one.initialized => (Mark::Good, "at work"),
        Some(_) => (Mark::Bad, "in trouble"),
        None => (Mark::Good, "not asked"),
    };
    let waiting = match oldest.filter(|_| lag != Some(0)) {
        Some(seconds) if seconds >= STUCK => Mark::Bad,
        Some(seconds) if seconds >= SLOW => Mark::Warning,
        _ => Mark::Good,
    };
    let aside = if quarantined > Some(0) || lost > 0 { Mark::Warning } else { Mark::Good };
    let oldest = match (lag, oldest) {
        (Some(0), _) | (_, None) => unknown(),
        (_, Some(seconds)) => span(seconds),
    };
    let done = told_of(|one| one.done).or(kept.map(|(cursor, _, _)| cursor.delivered));
    let cells = vec![
        name.to_owned(),
        role.to_owned(),
        state.to_owned(),
        number(lag),
        oldest.clone(),
        number(told_of(|one| one.failures)),
        number(quarantined),
    ];
    let place = kept.map(|(cursor, _, _)| format!(", at message {}", cursor.position));
    let lost = if lost > 0 {
        format!(" {} were removed before it came to them.", count(lost))
    } else {
        String::new()
    };
    let more = format!(
        "{name} of {role} is {state}{}: {} wait, the oldest for {oldest}; {} done.{lost} {}",
        place.unwrap_or_default(),
        number(lag),
        number(done),
        why.join("; "),
    );
    Row { mark: working.max(waiting).max(aside), cells, more }
}

fn date_mark(dated: &Dated) -> Mark {
    let [warning, bad] = if dated.what == What::Crl { LIST_DAYS } else { DAYS };
    match dated.days_left {
        Err(_) => Mark::Bad,
        Ok(days) if days < bad => Mark::Bad,
        Ok(days) if days < warning => Mark::Warning,
        Ok(_) => Mark::Good,
    }
}

/// A span of time, in one unit.
fn span(seconds: f64) -> String {
    match seconds {
        ..120.0 => format!("{seconds:.0} s"),
        ..7200.0 => format!("{:.0} min", seconds / 60.0),
        ..172_800.0 => format!("{:.0} h", seconds / 3600.0),
        _ => format!("{:.0} d", seconds / 86_400.0),
    }
}

/// How long ago a time was.
fn ago(time: i64, now: i64) -> String {
    format!("{} ago", span((now - time).max(0) as f64 / 1e6))
}
