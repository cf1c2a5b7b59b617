//! Everything one can do, with names, keys and help: the keymap, the command line and the help
//! overlay are made from this table.

use crate::state::View;

/// Something one can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "ALL says what each does")]
pub enum Action {
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Left,
    Right,
    Open,
    Back,
    Focus,
    View(View),
    NextView,
    PreviousView,
    Pause,
    Filter,
    ClearFilter,
    Search,
    SearchNext,
    SearchPrevious,
    Why,
    GoToTime,
    Bookmark,
    NextBookmark,
    PreviousBookmark,
    Bookmarks,
    Diff,
    Copy,
    CopyMessage,
    OpenLink,
    Export,
    Replay,
    Stop,
    Since,
    Until,
    Reload,
    NextPart,
    PreviousPart,
    Include,
    Exclude,
    FoldAll,
    UnfoldAll,
    Theme,
    Command,
    Help,
    Redraw,
    Suspend,
    Quit,
}

/// Where an action means something, which is where its keys are listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// In all panes.
    Everywhere,
    /// In a view's main pane.
    View(View),
    /// In the pane that shows one message.
    Detail,
    /// Where there are branches: in the message and in the tree of topics.
    Tree,
}

/// An action with all there is to know about it.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Which it is.
    pub action: Action,
    /// What it is called on the command line and in the file of keys.
    pub name: &'static str,
    /// Where it means something.
    pub scope: Scope,
    /// Its keys unless the file of keys has others.
    pub keys: &'static [&'static str],
    /// What the command line takes after the name; empty if nothing.
    pub argument: &'static str,
    /// What it does.
    pub help: &'static str,
}

const fn known(
    action: Action,
    name: &'static str,
    scope: Scope,
    keys: &'static [&'static str],
    argument: &'static str,
    help: &'static str,
) -> Known {
    Known { action, name, scope, keys, argument, help }
}

use Action as A;
use Scope::{Detail, Everywhere, Tree};

const IN_ARCHIVE: Scope = Scope::View(View::Archive);

/// All actions, in the order help shows them.
pub const ALL: &[Known] = &[
    known(A::Up, "up", Everywhere, &["k", "up"], "", "to the one above"),
    known(A::Down, "down", Everywhere, &["j", "down"], "", "to the one below"),
    known(A::PageUp, "page-up", Everywhere, &["pgup", "ctrl-b"], "", "a page up"),
    known(A::PageDown, "page-down", Everywhere, &["pgdn", "ctrl-f"], "", "a page down"),
    known(A::Top, "top", Everywhere, &["g", "home"], "", "to the beginning"),
    known(
        A::Bottom,
        "bottom",
        Everywhere,
        &["G", "end"],
        "",
        "to the end; in the stream, follow it",
    ),
    known(A::Left, "left", Everywhere, &["h", "left"], "", "to the left, or close a branch"),
    known(A::Right, "right", Everywhere, &["l", "right"], "", "to the right, or open a branch"),
    known(A::Open, "open", Everywhere, &["enter"], "", "open what is selected"),
    known(A::Back, "back", Everywhere, &["esc"], "", "close what was opened last"),
    known(A::Focus, "focus", Everywhere, &["tab"], "", "to the other pane"),
    known(A::Include, "include", Tree, &["+", "="], "", "filter: only with this value or topic"),
    known(A::Exclude, "exclude", Tree, &["-"], "", "filter: without this value or topic"),
    known(
        A::NextPart,
        "next-part",
        Detail,
        &["]"],
        "",
        "next part: tree, facts, signature, raw, why, diff",
    ),
    known(A::PreviousPart, "previous-part", Detail, &["["], "", "previous part"),
    known(A::FoldAll, "fold-all", Tree, &["z"], "", "close all branches"),
    known(A::UnfoldAll, "unfold-all", Tree, &["Z"], "", "open all branches"),
    known(A::Since, "since", IN_ARCHIVE, &["s"], "TIME", "only what was published then or later"),
    known(A::Until, "until", IN_ARCHIVE, &["u"], "TIME", "only what was published before"),
    known(A::Reload, "reload", IN_ARCHIVE, &["ctrl-r"], "", "ask the archive again"),
    known(A::Filter, "filter", Everywhere, &["f"], "FILTER", "show only messages that match"),
    known(A::ClearFilter, "clear-filter", Everywhere, &["F"], "", "show all messages again"),
    known(A::Search, "search", Everywhere, &["/"], "TEXT", "go to messages with this text"),
    known(A::SearchNext, "search-next", Everywhere, &["n"], "", "to the next message found"),
    known(A::SearchPrevious, "search-previous", Everywhere, &["N"], "", "to the one found before"),
    known(A::Why, "why", Everywhere, &["w"], "", "why the filter shows this message"),
    known(A::GoToTime, "go-to-time", Everywhere, &["t"], "TIME", "go to a time: 12:30, -1h"),
    known(A::Bookmark, "bookmark", Everywhere, &["m"], "", "set a bookmark, or take it away"),
    known(A::NextBookmark, "next-bookmark", Everywhere, &["'"], "", "to the next bookmark"),
    known(A::PreviousBookmark, "previous-bookmark", Everywhere, &["`"], "", "to the one before"),
    known(A::Bookmarks, "bookmarks", Everywhere, &["M"], "", "only bookmarks, or all again"),
    known(
        A::Diff,
        "diff",
        Everywhere,
        &["d"],
        "",
        "mark a message, or compare with the marked one",
    ),
    known(A::Copy, "copy", Everywhere, &["y"], "WHAT", "copy the id, or the value of this line"),
    known(A::CopyMessage, "copy-message", Everywhere, &["Y"], "", "copy the message as JSON"),
    known(A::OpenLink, "open-link", Everywhere, &["o"], "", "open the link of the message"),
    known(A::Export, "export", Everywhere, &["e"], "WHICH FILE", "write messages to a file"),
    known(
        A::Replay,
        "replay",
        Everywhere,
        &["r"],
        "WHICH RELAY",
        "send messages again, after a dry run",
    ),
    known(A::Stop, "stop", Everywhere, &["x"], "", "end the export or replay that goes on"),
    known(
        A::Pause,
        "pause",
        Everywhere,
        &["space"],
        "",
        "hold the screen; messages wait, none is lost",
    ),
    known(A::View(View::Stream), "stream", Everywhere, &["1"], "", "the stream of messages"),
    known(
        A::View(View::Topics),
        "topics",
        Everywhere,
        &["2"],
        "",
        "topics, and what comes on them",
    ),
    known(
        A::View(View::Consumers),
        "consumers",
        Everywhere,
        &["3"],
        "",
        "endpoints, daemons, consumers, gaps and certificates",
    ),
    known(A::View(View::Archive), "archive", Everywhere, &["4"], "", "what the archive has"),
    known(A::View(View::Log), "log", Everywhere, &["5"], "", "what was logged"),
    known(A::NextView, "next-view", Everywhere, &["ctrl-right"], "", "the next view"),
    known(A::PreviousView, "previous-view", Everywhere, &["ctrl-left"], "", "the view before"),
    known(A::Theme, "theme", Everywhere, &["T"], "NAME", "the next theme, or the one named"),
    known(A::Command, "command", Everywhere, &[":"], "", "any action by its name"),
    known(A::Help, "help", Everywhere, &["?", "f1"], "", "the keys of this pane"),
    known(A::Redraw, "redraw", Everywhere, &["ctrl-l"], "", "draw the screen anew"),
    known(A::Suspend, "suspend", Everywhere, &["ctrl-z"], "", "back to the shell; fg returns"),
    known(A::Quit, "quit", Everywhere, &["q", "ctrl-c"], "", "end"),
];

/// An action as it is asked for: by a key, the mouse or the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What to do.
    pub action: Action,
    /// What was given with it.
    pub argument: Option<String>,
}

impl From<Action> for Request {
    fn from(action: Action) -> Self {
        Self { action, argument: None }
    }
}

impl Action {
    /// The action of this name.
    pub fn named(name: &str) -> Option<&'static Known> {
        ALL.iter().find(|known| known.name == name)
    }
}

impl Scope {
    /// Where else its pane looks for what a key means, the nearest first.
    pub fn around(self) -> &'static [Scope] {
        match self {
            Scope::Detail | Scope::View(View::Topics) => &[Tree, Everywhere],
            _ => &[Everywhere],
        }
    }

    /// What help calls it.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Everywhere => "everywhere",
            Scope::View(view) => view.name(),
            Scope::Detail => "message",
            Scope::Tree => "trees",
        }
    }
}

/// The name most like another, if one is like it at all.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |known: &'a str| (strsim::jaro_winkler(name, known), known);
    let most = known.map(likeness).max_by(|(a, _), (b, _)| a.total_cmp(b));
    most.filter(|(likeness, _)| *likeness > 0.7).map(|(_, near)| near)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_keys_within_each_scope() {
        let names: HashSet<_> = ALL.iter().map(|known| known.name).collect();
        assert_eq!(names.len(), ALL.len());
        let mut taken = HashSet::new();
        for known in ALL {
            for key in known.keys {
                assert!(taken.insert((known.scope, key)), "{key} of {}", known.name);
            }
        }
    }
}
