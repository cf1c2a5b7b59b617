//! Topics as a tree of their words, with how many messages came on each branch.
//!
//! Whoever publishes decides what topics there are, so the tree is bounded: what finds no room is counted
//! together.

use std::collections::BTreeMap;

use fedhub::colorizer::Family;
use fedhub::filter::{Filter, Spec};

use super::pace::{Pace, slot};
use crate::action::Action;

/// How many branches there may be.
pub const MOST: usize = 5000;
/// The last word of a longer topic has the rest of it.
const DEEPEST: usize = 10;
/// A longer word is not kept.
const LONGEST: usize = 100;
/// How many slots of time pass between two attempts to make room.
const PATIENCE: i64 = 5;

/// The tree with a cursor.
#[derive(Debug, Default)]
pub struct Topics {
    /// What all topics begin with: prefix and environment as one word.
    roots: BTreeMap<String, Branch>,
    /// How many branches there are.
    branches: usize,
    /// Messages on topics there is no room for, or for which there was none left.
    other: Pace,
    /// The slot of time it is now, and the one in which the first message came.
    now: i64,
    begin: Option<i64>,
    /// When room was made last.
    pruned: i64,
    /// The words of the branch that is selected.
    cursor: Vec<String>,
    /// The row at the top of the screen.
    top: usize,
    /// How many rows the screen has; the view says so.
    height: usize,
    /// What is shown where there is no room for all.
    pub panel: Panel,
}

/// A part of the view of topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "they are what they are called")]
pub enum Panel {
    #[default]
    Tree,
    Busiest,
    Totals,
}

impl Panel {
    /// All of them, in the order one goes through them.
    pub const ALL: [Panel; 3] = [Panel::Tree, Panel::Busiest, Panel::Totals];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Panel::Tree => "tree",
            Panel::Busiest => "busiest",
            Panel::Totals => "totals",
        }
    }
}

#[derive(Debug, Default)]
struct Branch {
    pace: Pace,
    /// How many messages came on this topic itself.
    own: u64,
    open: bool,
    branches: BTreeMap<String, Branch>,
}

/// A branch that is to be seen.
#[derive(Debug)]
pub struct Row<'a> {
    /// How many words are before it.
    pub depth: usize,
    /// Its word.
    pub word: &'a str,
    /// Whether it is open, if there is something in it.
    pub open: Option<bool>,
    /// The number of its family, see [`Family`]; a root has none.
    pub family: Option<u8>,
    pace: &'a Pace,
    now: i64,
    /// For how many slots messages have come.
    known: i64,
}

impl Row<'_> {
    /// How many messages came.
    pub fn total(&self) -> u64 {
        self.pace.total()
    }

    /// How many come in a second.
    pub fn second(&self) -> f64 {
        self.pace.second(self.now, self.known)
    }

    /// How many came in the last minute.
    pub fn minute(&self) -> u64 {
        self.pace.minute(self.now)
    }

    /// How many came in each slot of the last minute.
    pub fn slots(&self) -> impl DoubleEndedIterator<Item = u64> {
        self.pace.slots(self.now)
    }
}

/// Prefix and environment, and the rest.
fn split(topic: &str) -> (&str, Option<&str>) {
    match topic.match_indices('.').nth(2) {
        Some((at, _)) => (&topic[..at], Some(&topic[at + 1..])),
        None => (topic, None),
    }
}

impl Branch {
    fn is_silent(&self, now: i64) -> bool {
        self.branches.is_empty() && self.pace.is_silent(now)
    }

    /// Cuts off what has been silent for a minute. Gives how many branches these are, and how many messages had
    /// come on them.
    fn prune(branches: &mut BTreeMap<String, Branch>, now: i64) -> (usize, u64) {
        let mut gone = (0, 0);
        branches.retain(|_, branch| {
            let (count, messages) = Self::prune(&mut branch.branches, now);
            gone = (gone.0 + count, gone.1 + messages);
            let silent = branch.is_silent(now);
            if silent {
                gone = (gone.0 + 1, gone.1 + branch.own);
            }
            !silent
        });
        gone
    }
}

impl Topics {
    /// It is this second now, in unix time.
    pub(super) fn tick(&mut self, second: i64) {
        self.now = slot(second);
    }

    /// A message came on this topic.
    pub(super) fn count(&mut self, topic: &str) {
        self.begin.get_or_insert(self.now);
        if self.branches >= MOST && self.now - self.pruned >= PATIENCE {
            self.pruned = self.now;
            let (gone, messages) = Branch::prune(&mut self.roots, self.now);
            self.branches -= gone;
            self.other.add(messages);
        }
        if !self.count_words(topic) {
            self.other.count(self.now);
        }
    }

    /// Counts it on every branch it belongs to. Says whether there was room for all of them.
    fn count_words(&mut self, topic: &str) -> bool {
        let (root, rest) = split(topic);
        let words = rest.into_iter().flat_map(|rest| rest.splitn(DEEPEST, '.'));
        let mut words = std::iter::once(root).chain(words).peekable();
        let mut branches = &mut self.roots;
        let mut depth = 0;
        while let Some(word) = words.next() {
            if !branches.contains_key(word) {
                if self.branches >= MOST || word.len() > LONGEST {
                    return false;
                }
                self.branches += 1;
                let branch = Branch { open: depth == 0, ..Branch::default() };
                branches.insert(word.to_owned(), branch);
            }
            let Some(branch) = branches.get_mut(word) else { return false };
            branch.pace.count(self.now);
            branch.own += u64::from(words.peek().is_none());
            branches = &mut branch.branches;
            depth += 1;
        }
        true
    }

    /// How many messages came on topics there is no room for.
    pub fn other(&self) -> u64 {
        self.other.total()
    }

    /// Whether no message came.
    pub fn is_empty(&self) -> bool {
        self.begin.is_none()
    }

    /// What is to be seen, and which row of it is selected.
    fn rows(&self) -> (Vec<Row<'_>>, usize) {
        let known = self.now - self.begin.unwrap_or(self.now);
        let mut writer = Writer { rows: Vec::new(), selected: 0, now: self.now, known };
        writer.add(&self.roots, 0, None, Some(&self.cursor));
        (writer.rows, writer.selected)
    }

    /// Makes it so many rows high, and gives those on it with their numbers, and the number that is selected.
    pub fn visible(&mut self, height: usize) -> (Vec<(usize, Row<'_>)>, usize) {
        let (rows, selected) = self.rows();
        let count = rows.len();
        let top = self.top.min(selected).max((selected + 1).saturating_sub(height));
        self.top = top.min(count.saturating_sub(height));
        self.height = height;
        let rows = self.rows().0.into_iter().enumerate().skip(self.top).take(height);
        (rows.collect(), selected)
    }

    /// Selects a row by its number.
    pub fn select(&mut self, row: usize) {
        let (rows, _) = self.rows();
        let row = row.min(rows.len().saturating_sub(1));
        let mut path = Vec::new();
        let mut depth = usize::MAX;
        for row in rows[..(row + 1).min(rows.len())].iter().rev() {
            if row.depth < depth {
                depth = row.depth;
                path.push(row.word.to_owned());
            }
        }
        path.reverse();
        self.cursor = path;
    }

    /// The number of the row that is selected.
    pub fn selected(&self) -> usize {
        self.rows().1
    }

    pub(super) fn apply(&mut self, action: Action) {
        let (count, selected) = (self.rows().0.len(), self.selected());
        let page = self.height.max(2) - 1;
        match action {
            Action::Up => self.select(selected.saturating_sub(1)),
            Action::Down => self.select(selected + 1),
            Action::PageUp => self.select(selected.saturating_sub(page)),
            Action::PageDown => self.select(selected + page),
            Action::Top => self.select(0),
            Action::Bottom => self.select(count.saturating_sub(1)),
            Action::Right => self.set_open(true),
            Action::Left => self.close(),
            Action::FoldAll => self.set_all_open(false),
            Action::UnfoldAll => self.set_all_open(true),
            Action::Focus => {
                let at = Panel::ALL.iter().position(|panel| *panel == self.panel);
                let next = at.map_or(0, |at| (at + 1) % Panel::ALL.len());
                self.panel = Panel::ALL[next];
            }
            _ => {}
        }
    }

    /// Opens the branch that is selected, or closes it if it is open.
    pub fn turn(&mut self) {
        let open = self.rows().0.get(self.selected()).and_then(|row| row.open);
        self.set_open(open != Some(true));
    }

    fn set_open(&mut self, open: bool) {
        self.select(self.selected());
        if let Some(branch) = find(&mut self.roots, &self.cursor) {
            branch.open = open;
        }
    }

    /// Opens or closes all but the roots, which stay open.
    fn set_all_open(&mut self, open: bool) {
        for root in self.roots.values_mut() {
            root.open = true;
            set_all(&mut root.branches, open);
        }
    }

    /// Closes the branch, or else goes to the one it is in.
    fn close(&mut self) {
        self.select(self.selected());
        let open = self.rows().0.get(self.selected()).and_then(|row| row.open);
        if open == Some(true) {
            self.set_open(false);
        } else if self.cursor.len() > 1 {
            self.cursor.pop();
        }
    }

    /// What a filter would be for the branch that is selected; with `not`, for all others.
    pub(super) fn clause(&mut self, not: bool) -> Option<Spec> {
        self.select(self.selected());
        let own = find(&mut self.roots, &self.cursor)?.own > 0;
        let words = &self.cursor[1..];
        let whole = self.cursor.join(".") + if own { "" } else { "." };
        let short = words.join(".") + if own { "" } else { ".*" };
        // Some first words are taken for the beginning of a whole topic.
        let example = self.cursor.join(".") + if own { "" } else { ".x" };
        let short_fits = !words.is_empty() && self.roots.len() == 1 && admits(&short, &example);
        let pattern = if short_fits { short } else { whole };
        let mut spec = Spec::default();
        if not { &mut spec.not_topic } else { &mut spec.topic }.push(pattern);
        Some(spec)
    }
}

/// Whether a pattern admits a topic.
fn admits(pattern: &str, topic: &str) -> bool {
    let spec = Spec { topic: vec![pattern.to_owned()], ..Spec::default() };
    let rules = || Err(fedhub::Error::new(fedhub::Kind::Bug, "topics take no rules"));
    Filter::new(&spec, rules).is_ok_and(|filter| filter.admits_topic(topic))
}

fn find<'a>(roots: &'a mut BTreeMap<String, Branch>, path: &[String]) -> Option<&'a mut Branch> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(roots.get_mut(first)?, |branch, word| branch.branches.get_mut(word))
}

fn set_all(branches: &mut BTreeMap<String, Branch>, open: bool) {
    for branch in branches.values_mut() {
        branch.open = open;
        set_all(&mut branch.branches, open);
    }
}

struct Writer<'a> {
    rows: Vec<Row<'a>>,
    selected: usize,
    now: i64,
    known: i64,
}

impl<'a> Writer<'a> {
    /// Adds these branches with what is open. Of the way to the one that is selected, `way` is left.
    fn add(
        &mut self,
        branches: &'a BTreeMap<String, Branch>,
        depth: usize,
        family: Option<u8>,
        way: Option<&[String]>,
    ) {
        for (word, branch) in branches {
            let on_way = way.and_then(|way| way.split_first()).filter(|(first, _)| *first == word);
            if on_way.is_some() {
                self.selected = self.rows.len();
            }
            let Branch { pace, open, branches, .. } = branch;
            let family = (depth > 0).then(|| family.unwrap_or_else(|| Family::of(word).number()));
            self.rows.push(Row {
                depth,
                word,
                open: (!branches.is_empty()).then_some(*open),
                family,
                pace,
                now: self.now,
                known: self.known,
            });
            if *open {
                self.add(branches, depth + 1, family, on_way.map(|(_, rest)| rest));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(topics: &[&str]) -> Topics {
        let mut all = Topics::default();
        all.tick(1000);
        topics.iter().for_each(|topic| all.count(topic));
        all.tick(1004);
        all
    }

    /// The words that are seen, indented; the selected one in brackets.
    fn shown(topics: &mut Topics) -> Vec<String> {
        let (rows, selected) = topics.visible(100);
        let row = |(number, row): &(usize, Row<'_>)| {
            let word = format!("{} {}", row.word, row.total());
            let word = if *number == selected { format!("[{word}]") } else { word };
            "-".repeat(row.depth) + &word
        };
        rows.iter().map(row).collect()
    }

    fn press(topics: &mut Topics, actions: &[Action]) -> Vec<String> {
        actions.iter().for_each(|action| topics.apply(*action));
        shown(topics)
    }

    const TOPICS: [&str; 5] = [
        "org.x.prod.git.receive",
        "org.x.prod.git.branch.new",
        "org.x.prod.bodhi",
        "org.x.prod.bodhi.comment",
        "org.x.prod.git.receive",
    ];

    #[test]
    fn branches_are_opened_and_closed() {
        use Action::*;
        let mut topics = with(&TOPICS);
        assert_eq!(shown(&mut topics), ["[org.x.prod 5]", "-bodhi 2", "-git 3"]);
        let opened = press(&mut topics, &[Down, Down, Right]);
        assert_eq!(opened[2..], ["-[git 3]", "--branch 1", "--receive 2"]);
        assert_eq!(press(&mut topics, &[Bottom])[4], "--[receive 2]");
        // What is selected stays so when others come before it.
        topics.count("org.x.prod.an.other");
        assert_eq!(shown(&mut topics)[5], "--[receive 2]");
        assert_eq!(press(&mut topics, &[Left])[3], "-[git 3]");
        assert_eq!(press(&mut topics, &[Left]).len(), 4);
        assert_eq!(press(&mut topics, &[UnfoldAll]).len(), 9);
        assert_eq!(press(&mut topics, &[FoldAll, Top])[0], "[org.x.prod 6]");
    }

    #[test]
    fn a_branch_is_a_filter() {
        let mut topics = with(&TOPICS);
        topics.apply(Action::UnfoldAll);
        let mut filter = |row, not| {
            topics.select(row);
            topics.clause(not).unwrap().to_string()
        };
        assert_eq!(filter(0, false), "org.x.prod.");
        assert_eq!(filter(1, false), "bodhi");
        assert_eq!(filter(3, false), "git.*");
        assert_eq!(filter(4, false), "git.branch.*");
        assert_eq!(filter(5, false), "git.branch.new");
        assert_eq!(filter(6, true), "topic!=git.receive");
        // Of several environments one is meant, and some words are taken for prefixes.
        let mut topics = with(&["org.x.prod.git.a", "org.x.stg.git.a"]);
        topics.select(1);
        assert_eq!(topics.clause(false).unwrap().to_string(), "org.x.prod.git.");
        let mut topics = with(&["org.x.prod.dev.a"]);
        topics.select(1);
        assert_eq!(topics.clause(false).unwrap().to_string(), "org.x.prod.dev.");
    }

    #[test]
    fn topics_without_end_take_no_more_room_and_are_counted() {
        let mut topics = Topics::default();
        topics.tick(1000);
        topics.count("org.x.prod.git.receive");
        for n in 0..2 * MOST {
            topics.count(&format!("org.x.prod.flood.{n}"));
        }
        topics.count(&format!("org.x.prod.{}", "x".repeat(1 << 20)));
        topics.count(&".".repeat(1 << 20));
        assert_eq!(topics.branches, MOST);
        let (rows, _) = topics.rows();
        assert_eq!(rows[0].total(), 2 * MOST as u64 + 2);
        let other = topics.other();
        assert!(other > MOST as u64, "{other}");
        // What fell silent makes room, and is not forgotten.
        topics.tick(1200);
        topics.count("org.x.prod.git.receive");
        topics.count("org.x.prod.new.topic");
        assert_eq!(topics.branches, 5);
        assert!(topics.other() > 2 * MOST as u64);
        assert_eq!(shown(&mut topics)[1..], ["-git 1".to_owned(), "-new 1".to_owned()]);
    }
}
