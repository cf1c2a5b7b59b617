//! `fedhub busmon`: a bus in a terminal.
//!
//! News come from a source, keys from the terminal; both change the state, and the views draw it:
//!
//! - [`feed`]: sources of messages
//! - [`history`]: the messages that were received
//! - [`action`]: everything one can do, by name
//! - [`key`], [`keymap`], [`input`]: which key does what
//! - [`state`]: what is known and shown
//! - [`view`], [`theme`], [`text`]: how it looks
//! - [`query`]: questions to an archive
//! - `export`, `replay`, `open`, `clipboard`: what is done with messages; `work` is how it takes its time
//! - [`plain`]: lines instead of a screen
//! - `app`, `terminal`: the loop, and the terminal it runs in
//!
//! A view is added as a variant of [`state::View`], a file in `view/` with an arm in [`view::draw`], and
//! a place in `State::apply_to_view` for what keys do in it. Something one can do is added as an
//! [`action::Action`] with a line in [`action::ALL`]: keys, help and the command line follow from it.

pub mod action;
mod app;
mod clipboard;
mod export;
pub mod feed;
pub mod history;
pub mod input;
pub mod key;
pub mod keymap;
mod open;
pub mod plain;
pub mod query;
mod replay;
pub mod state;
mod terminal;
pub mod text;
pub mod theme;
pub mod view;
mod work;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::mpsc::sync_channel;

use fedhub::{Error, Result};

use app::App;
use feed::{Feed, Teller};
use state::State;
use state::about::Tools;
use state::prompt::Past;
use terminal::Screen;

/// What is done once the first frame is drawn: connecting, loading keys and rules may take a while.
pub type Start = Box<dyn FnOnce(Teller) -> Result<Tools> + Send>;

/// How busmon runs.
pub struct Options {
    /// Whether the mouse is used.
    pub mouse: bool,
    /// The file that keeps what was typed, if it is to be kept.
    pub past: Option<PathBuf>,
    /// What is done once the first frame is drawn.
    pub start: Start,
}

/// Shows what a source tells, until the user ends it.
pub fn run(mut state: State, teller: Teller, feed: Feed, options: Options) -> Result<()> {
    let Options { mouse, past, start } = options;
    if let Some(text) = past.as_deref().and_then(|path| std::fs::read_to_string(path).ok()) {
        state.past = Past::parse(&text);
    }
    let mut screen = Screen::take(mouse)?;
    screen.draw(|frame| view::draw(frame, &mut state))?;
    let (ready, tools) = sync_channel(1);
    std::thread::Builder::new()
        .name("start".into())
        .spawn(move || {
            // Whoever does not wait any more has ended.
            let _ = ready.send(start(teller));
        })
        .map_err(|error| Error::io("cannot start a thread", error))?;
    App { state, feed, tools, past }.run(&mut screen)
}
