//! What busmon knows and shows. It knows nothing of how it is drawn: keys and news come in, the
//! views read it.

pub mod about;
pub mod archive;
pub mod asking;
pub mod bookmarks;
pub mod busiest;
pub mod complete;
pub mod copying;
pub mod daemons;
pub mod detail;
pub mod edit;
pub mod log;
pub mod pace;
pub mod prompt;
pub mod scan;
pub mod search;
pub mod seen;
pub mod selection;
pub mod stream;
pub mod task;
pub mod topics;
pub mod totals;
pub mod tree;

use std::sync::Arc;
use std::time::{Duration, Instant};

use fedhub::Error;
use fedhub::replay::Target as Relay;
use jiff::tz::TimeZone;
use ratatui::layout::Rect;

use crate::action::{Action, Request, Scope};
use crate::feed::{Before, Entry, Health, News};
use crate::keymap::Keymap;
use crate::theme::Theme;
use about::{Abouts, Tools};
use archive::Archive;
use busiest::Busiest;
use copying::Copied;
use daemons::Daemons;
use detail::{Context, Detail, Part};
use log::Log;
use prompt::{Past, Prompt};
use seen::Seen;
use stream::Stream;
use task::{Question, Task};
use topics::{Panel, Topics};
use totals::Totals;

use crate::work::Work;

/// How long filtering and searching may take before keys have their turn.
const WORK: Duration = Duration::from_millis(10);

/// One of the screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(missing_docs, reason = "they are what they are called")]
pub enum View {
    #[default]
    Stream,
    Topics,
    Consumers,
    Archive,
    Log,
}

impl View {
    /// All of them, in the order of their tabs.
    pub const ALL: [View; 5] =
        [View::Stream, View::Topics, View::Consumers, View::Archive, View::Log];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            View::Stream => "stream",
            View::Topics => "topics",
            View::Consumers => "consumers",
            View::Archive => "archive",
            View::Log => "log",
        }
    }

    /// The one so many tabs on, around the end.
    fn moved(self, by: usize) -> Self {
        let at = Self::ALL.iter().position(|view| *view == self).unwrap_or_default();
        Self::ALL[(at + by) % Self::ALL.len()]
    }
}

/// What a click on a place means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Open this view.
    View(View),
    /// Select the message at this position.
    Message(i64),
    /// Select this line of the message.
    Line(usize),
    /// Show this part of the message.
    Part(Part),
    /// Show this part of the view of topics.
    Panel(Panel),
    /// Select this row of the tree of topics.
    Topic(usize),
    /// Select this row of the view of consumers.
    Row(usize),
    /// Select the message of this number that was found in the archive.
    Found(usize),
    /// Give the focus to the message or to the view.
    Pane(Scope),
}

/// Something to do outside of the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// End.
    Quit,
    /// Stop the process until it is continued.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Keep what was typed for the next time.
    Remember,
    /// Write this to the terminal, beside the cells.
    Say(String),
}

/// Everything that is shown.
#[derive(Debug)]
pub struct State {
    /// Which view is open.
    pub view: View,
    /// The messages.
    pub stream: Stream,
    /// The pane with one message.
    pub detail: Detail,
    /// Whether that pane has the focus.
    pub detail_focus: bool,
    /// What is known about messages.
    pub abouts: Abouts,
    /// Names for completion.
    pub seen: Seen,
    /// The filter to begin with, until the rules are there that it may ask.
    pub first_filter: String,
    /// How the source is.
    pub health: Health,
    /// How the daemons are.
    pub daemons: Daemons,
    /// The archive.
    pub archive: Archive,
    /// The time, in microseconds since 1970.
    pub now: i64,
    /// How many messages came.
    pub received: u64,
    /// How many came in each second, and in each of the last minutes.
    pub totals: Totals,
    /// Their topics.
    pub topics: Topics,
    /// The topics with most of them.
    pub busiest: Busiest,
    /// How many messages were left out because too many came.
    pub dropped: u64,
    /// Why no more comes, once that is so.
    pub ended: Option<String>,
    /// What was logged.
    pub log: Log,
    /// The colours.
    pub theme: Theme,
    /// Whether the terminal has no more than ASCII.
    pub ascii: bool,
    /// The keys.
    pub keymap: Keymap,
    /// The line that is being typed.
    pub prompt: Option<Prompt>,
    /// What was typed before.
    pub past: Past,
    /// Whether the keys are shown, and from which line on.
    pub help: Option<usize>,
    /// What goes on beside the screen.
    pub task: Option<Task>,
    /// What is asked before it is done.
    pub question: Option<Question>,
    /// Where messages are sent again, if they can be.
    pub target: Option<Relay>,
    /// The words of the command that opens a link, which is put behind them; none if there is no such program.
    pub opener: Vec<String>,
    /// The program that was started last to open a link.
    opening: Option<Work>,
    /// Whether tmux is between this program and the terminal.
    pub in_tmux: bool,
    /// Something to tell at the bottom, until the next key.
    pub notice: Option<String>,
    /// What the messages come from, for people.
    pub source: String,
    /// Where the times shown are local.
    pub zone: TimeZone,
    /// What is where on the screen, for clicks; the views say so.
    pub places: Vec<(Rect, Target)>,
    /// What is to be done outside.
    pub effects: Vec<Effect>,
}

impl State {
    /// Before anything came.
    pub fn new(source: impl Into<String>, keymap: Keymap, theme: Theme, zone: TimeZone) -> Self {
        Self {
            view: View::default(),
            stream: Stream::default(),
            detail: Detail::default(),
            detail_focus: false,
            abouts: Abouts::default(),
            seen: Seen::default(),
            first_filter: String::new(),
            health: Health::default(),
            daemons: Daemons::default(),
            archive: Archive::default(),
            received: 0,
            totals: Totals::default(),
            topics: Topics::default(),
            busiest: Busiest::default(),
            dropped: 0,
            ended: None,
            log: Log::default(),
            theme,
            ascii: false,
            keymap,
            prompt: None,
            past: Past::default(),
            help: None,
            task: None,
            question: None,
            target: None,
            opener: Vec::new(),
            opening: None,
            in_tmux: false,
            now: 0,
            notice: None,
            source: source.into(),
            zone,
            places: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// The pane that has the focus, which decides what keys mean.
    pub fn scope(&self) -> Scope {
        if self.detail_focus { Scope::Detail } else { Scope::View(self.view) }
    }

    /// Takes what it needs to judge and describe messages.
    pub fn equip(&mut self, tools: Tools) {
        self.abouts.equip(tools);
        self.detail.refresh();
        let filter = std::mem::take(&mut self.first_filter);
        // Somebody may have been quicker with another one.
        if !filter.is_empty()
            && let Err(why) = self.set_filter(&filter)
        {
            self.notice = Some(why);
        }
    }

    /// Begins a frame.
    pub fn begin_frame(&mut self) {
        self.places.clear();
        self.abouts.begin();
    }

    /// Takes news.
    pub fn take(&mut self, news: News) {
        match news {
            News::Message(entry) => {
                self.received += 1;
                self.totals.count();
                let topic = entry.message.topic();
                self.seen.topic(topic);
                self.topics.count(topic);
                self.busiest.count(topic);
                if let Some(endpoint) = &entry.endpoint {
                    self.daemons.heard(endpoint, entry.received);
                }
                self.stream.push(entry);
            }
            News::Health(health) => self.health = health,
            News::Log(line) => self.log.push(line),
            News::Ended(why) => self.ended = Some(why),
            News::Before(Before { past, seam }) => {
                if let Err(error) = self.stream.history.attach(past, seam) {
                    tracing::warn!("what was before cannot be shown: {error}");
                }
            }
            News::Counts(counts) => self.totals.seed(&counts),
            News::Seen(seen) => self.daemons.take(seen),
        }
    }

    /// It is this time now, in microseconds since 1970. Says whether something is to be shown anew.
    pub fn tick(&mut self, now: i64) -> bool {
        self.now = now;
        let tasks = self.look_after_tasks();
        let before = self.totals.rate();
        let passed = self.totals.tick(now);
        let second = now.div_euclid(1_000_000);
        self.topics.tick(second);
        self.busiest.tick(second);
        let moves =
            matches!(self.view, View::Topics | View::Consumers) || self.totals.rate() != before;
        self.stream.tick(now) | tasks | self.ask_archive() | (passed && moves)
    }

    /// Asks the archive for what the filter says, while somebody looks. What is still typed has to wait.
    fn ask_archive(&mut self) -> bool {
        if self.view != View::Archive {
            return false;
        }
        if self.prompt.is_none() {
            let filter = self.filter_spec();
            self.archive.ask(filter);
        }
        self.archive.tick()
    }

    /// Whether the view has messages that can be opened.
    fn has_messages(&self) -> bool {
        matches!(self.view, View::Stream | View::Archive)
    }

    /// The message that is selected in this view, with its position.
    pub fn selected(&self) -> Option<(i64, Arc<Entry>)> {
        match self.view {
            View::Stream => {
                let position = self.stream.selected()?;
                Some((position, self.stream.history.get(position)?))
            }
            View::Archive => self.archive.selected(),
            _ => None,
        }
    }

    /// Goes on with what takes longer than a frame; says whether there is more to do.
    pub fn work(&mut self) -> bool {
        let meta = self.abouts.meta().cloned();
        let deadline = Instant::now() + WORK;
        let more = self.stream.work(deadline, meta.as_deref());
        // Whoever looks for something has not to wait for an export.
        self.work_on_task(deadline.max(Instant::now() + WORK / 2)) | more
    }

    /// Makes the message pane show the message that is selected.
    pub fn show_detail(&mut self) {
        let Some((position, entry)) = self.selected() else { return };
        let about = self.abouts.get(position, &entry);
        let meta = self.abouts.meta().cloned();
        let context =
            Context { filter: self.stream.filter(), meta: meta.as_deref(), zone: &self.zone };
        self.detail.show(position, &entry, about.as_deref(), &context);
    }

    /// What is known about a message, if this frame has the time to find out.
    pub fn about(&mut self, position: i64) -> Option<Arc<about::About>> {
        let entry = self.stream.history.get(position)?;
        let about = self.abouts.get(position, &entry)?;
        self.seen.about(&about);
        Some(about)
    }

    /// Does what was asked for.
    pub fn apply(&mut self, request: Request) {
        self.notice = None;
        let Request { action, argument } = request;
        if let Some(line) = self.help {
            self.help = match action {
                Action::Down | Action::PageDown => Some(line + 1),
                Action::Up | Action::PageUp => Some(line.saturating_sub(1)),
                _ => None,
            };
            return;
        }
        match action {
            Action::Help => self.help = Some(0),
            Action::View(view) => self.open_view(view),
            Action::NextView => self.open_view(self.view.moved(1)),
            Action::PreviousView => self.open_view(self.view.moved(View::ALL.len() - 1)),
            Action::Theme => self.change_theme(argument.as_deref()),
            Action::Redraw => self.effects.push(Effect::Redraw),
            Action::Suspend => self.effects.push(Effect::Suspend),
            Action::Quit => self.quit(),
            action if self.view == View::Archive && is_for_stream(action) => {
                self.notice =
                    Some("this is for messages of the stream; the filter asks the archive".into());
            }
            Action::Command
            | Action::Filter
            | Action::Search
            | Action::GoToTime
            | Action::Export
            | Action::Replay
            | Action::Since
            | Action::Until => self.ask(action, argument),
            Action::Stop => self.stop_task(),
            Action::Copy => self.copy(argument.as_deref()),
            Action::CopyMessage => self.copy(Some(Copied::Json.name())),
            Action::OpenLink => self.open_link(),
            Action::Diff => self.compare(),
            Action::ClearFilter => self.clear_filter(),
            Action::Include => self.filter_by_line(false),
            Action::Exclude => self.filter_by_line(true),
            Action::Why => self.open_detail(Part::Why),
            Action::Open if self.view == View::Topics => self.narrow(),
            Action::Focus if self.has_messages() => {
                self.detail_focus = self.detail.open && !self.detail_focus
            }
            Action::Back => self.go_back(),
            Action::Open if !self.detail_focus => self.open_detail(self.detail.part),
            Action::Pause
            | Action::SearchNext
            | Action::SearchPrevious
            | Action::Bookmark
            | Action::NextBookmark
            | Action::PreviousBookmark
            | Action::Bookmarks => self.notice = self.stream.apply(action),
            action if self.detail_focus => self.detail.apply(action),
            action => self.apply_to_view(action),
        }
    }

    fn apply_to_view(&mut self, action: Action) {
        match self.view {
            View::Stream => drop(self.stream.apply(action)),
            View::Topics => self.topics.apply(action),
            View::Consumers => self.daemons.apply(action, &self.health),
            View::Archive => self.notice = self.archive.apply(action).map(str::to_owned),
            View::Log => self.log.apply(action),
        }
    }

    fn open_view(&mut self, view: View) {
        self.view = view;
        self.detail_focus = false;
    }

    /// Opens the message pane and keeps the message that is selected.
    fn open_detail(&mut self, part: Part) {
        if self.selected().is_none() {
            return;
        }
        if self.view == View::Stream {
            self.stream.hold();
        }
        self.detail.open = true;
        self.detail_focus = true;
        if self.detail.part != part {
            self.detail.turn_to(part);
        }
    }

    /// Closes what was opened last.
    fn go_back(&mut self) {
        if self.detail.open && self.has_messages() {
            self.detail.open = false;
            self.detail_focus = false;
        } else if self.stream.shows_bookmarks() {
            self.notice = self.stream.apply(Action::Bookmarks);
        } else if self.stream.search().is_some() {
            self.stream.set_search("");
        }
    }

    /// Marks the selected message to be compared with others; or compares it with the one that is marked.
    fn compare(&mut self) {
        let Some((position, entry)) = self.selected() else { return };
        match self.detail.base().map(|(marked, _)| *marked) {
            None => {
                self.detail.set_base(Some((position, entry)));
                self.notice = Some("marked: select another message to compare it with this".into());
            }
            Some(marked) if marked == position => {
                self.detail.set_base(None);
                self.notice = Some("no message is marked any more".into());
            }
            Some(_) => self.open_detail(Part::Diff),
        }
    }

    /// Goes to the first message of a time, or a later one.
    fn go_to_time(&mut self, text: &str) -> Result<(), String> {
        let time = fedhub::when::parse_local(text, self.now, &self.zone)?;
        self.stream.go_to_time(time);
        let time = jiff::Timestamp::from_microsecond(time).unwrap_or_default();
        let time = time.to_zoned(self.zone.clone());
        self.notice = Some(format!("from {} on", time.strftime("%Y-%m-%d %H:%M:%S")));
        Ok(())
    }

    fn change_theme(&mut self, name: Option<&str>) {
        match name.map_or(Ok(self.theme.next()), Theme::named) {
            Ok(theme) => {
                self.theme = theme;
                self.notice = Some(format!("theme {}", theme.name()));
            }
            Err(why) => self.notice = Some(why),
        }
    }
}

/// What went wrong, in a line.
fn say(error: &Error) -> String {
    match error.next_step() {
        Some(hint) => format!("{}; {hint}", error.explained()),
        None => error.explained(),
    }
}

/// Whether something is done with the messages of the stream and no others.
fn is_for_stream(action: Action) -> bool {
    use Action as A;
    matches!(
        action,
        A::Search
            | A::SearchNext
            | A::SearchPrevious
            | A::Pause
            | A::GoToTime
            | A::Bookmark
            | A::NextBookmark
            | A::PreviousBookmark
            | A::Bookmarks
            | A::Export
            | A::Replay
    )
}
