//! The loop: keys, news, frames. It waits for keys; in between it looks for news.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use fedhub::Result;
use jiff::Timestamp;
use ratatui::crossterm::event;

use crate::feed::Feed;
use crate::state::about::Tools;
use crate::state::{Effect, State};
use crate::terminal::{Screen, Signals};
use crate::{input, terminal, view};

/// The time between two frames.
const FRAME: Duration = Duration::from_millis(33);
/// How long the loop rests when nothing happens.
const REST: Duration = Duration::from_millis(100);
/// How long news may be taken in before keys have their turn.
const NEWS: Duration = Duration::from_millis(10);

/// The screen with all that it depends on.
pub(crate) struct App {
    pub(crate) state: State,
    pub(crate) feed: Feed,
    /// What messages are judged with, as soon as it is there.
    pub(crate) tools: Receiver<Result<Tools>>,
    /// The file of what was typed, if there is one.
    pub(crate) past: Option<PathBuf>,
}

impl App {
    /// Runs until the user or a signal ends it.
    pub(crate) fn run(mut self, screen: &mut Screen) -> Result<()> {
        let signals = Signals::listen()?;
        signals.insist()?;
        // Later, when it has gone, it is none any more.
        let on_terminal = std::io::stdin().is_terminal();
        let mut drawn = Instant::now();
        let mut changed = false;
        // Whether messages are still looked through.
        let mut working = false;
        loop {
            let due = FRAME.saturating_sub(drawn.elapsed());
            let patience = match (changed, working) {
                (_, true) => Duration::ZERO,
                (true, _) => due,
                (false, false) => REST,
            };
            let typed = self.take_input(patience, on_terminal)?;
            changed |= self.state.tick(Timestamp::now().as_microsecond());
            changed |= typed | self.take_news() | self.take_tools()? | working;
            working = self.state.work();
            if signals.end() {
                return Ok(());
            }
            if signals.stop() {
                self.state.effects.push(Effect::Suspend);
            }
            for effect in std::mem::take(&mut self.state.effects) {
                match effect {
                    Effect::Quit => return Ok(()),
                    Effect::Suspend => screen.stop_process()?,
                    Effect::Redraw => screen.forget()?,
                    Effect::Say(sequence) => screen.say(&sequence)?,
                    Effect::Remember => self.remember(),
                }
                changed = true;
            }
            // A key is answered at once.
            if changed && (typed || drawn.elapsed() >= FRAME) {
                screen.draw(|frame| view::draw(frame, &mut self.state))?;
                drawn = Instant::now();
                changed = self.state.abouts.behind();
            }
        }
    }

    /// Takes what was typed; waits a while for the first of it.
    fn take_input(&mut self, patience: Duration, on_terminal: bool) -> Result<bool> {
        let failed = |error| fedhub::Error::io("the terminal cannot be read", error);
        let mut changed = false;
        let mut patience = patience;
        if on_terminal {
            if !terminal::is_there(patience) {
                self.state.effects.push(Effect::Quit);
                return Ok(false);
            }
            patience = Duration::ZERO;
        }
        while event::poll(patience).map_err(failed)? {
            changed |= input::handle(event::read().map_err(failed)?, &mut self.state);
            patience = Duration::ZERO;
            if !self.state.effects.is_empty() {
                break;
            }
        }
        Ok(changed)
    }

    /// Keeps what was typed in a file. Where that cannot be written it is known until the end.
    fn remember(&mut self) {
        let Some(path) = &self.past else { return };
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let text = self.state.past.to_text();
        if let Err(error) = written.and_then(|()| std::fs::write(path, text)) {
            tracing::warn!("cannot write {}: {error}", path.display());
        }
    }

    fn take_news(&mut self) -> bool {
        let begun = Instant::now();
        let mut changed = false;
        while begun.elapsed() < NEWS {
            let Some(news) = self.feed.next() else { break };
            self.state.take(news);
            changed = true;
        }
        let dropped = self.feed.dropped();
        changed |= self.state.dropped != dropped;
        self.state.dropped = dropped;
        changed
    }

    fn take_tools(&mut self) -> Result<bool> {
        match self.tools.try_recv() {
            Ok(tools) => {
                self.state.equip(tools?);
                Ok(true)
            }
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => Ok(false),
        }
    }
}
