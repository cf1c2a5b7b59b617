//! The terminal, taken and always given back: at the end, after an error, a panic or a signal, and
//! while the program is stopped.

use std::io::{IsTerminal as _, Stdout, Write, stderr, stdout};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fedhub::{Error, Result};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use ratatui::crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{cursor, execute};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP};

/// Keeps the order in which characters were sent: a terminal that turns right-to-left text around
/// would move it over other columns.
const KEEP_ORDER: &str = "\x1b[8l";
/// What terminals do otherwise.
const USUAL_ORDER: &str = "\x1b[8h";

/// How long the process may take to end.
const PATIENCE: Duration = Duration::from_secs(2);

/// The terminal while it is ours.
pub(crate) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal.
    pub(crate) fn take(mouse: bool) -> Result<Self> {
        keep_words_of_panic();
        enter(mouse).map_err(failed)?;
        match Terminal::new(CrosstermBackend::new(stdout())) {
            Ok(terminal) => Ok(Self { terminal, mouse }),
            Err(error) => {
                give_back();
                Err(failed(error))
            }
        }
    }

    /// Draws a frame.
    pub(crate) fn draw(&mut self, draw: impl FnOnce(&mut ratatui::Frame<'_>)) -> Result<()> {
        self.terminal.draw(draw).map(|_| ()).map_err(failed)
    }

    /// Forgets what is on the screen, so that all of it is drawn anew.
    pub(crate) fn forget(&mut self) -> Result<()> {
        // Terminal::clear asks where the cursor is, and a terminal that does not answer is waited for.
        execute!(stdout(), Clear(ClearType::All)).map_err(failed)?;
        // What was drawn last becomes an empty screen.
        self.terminal.swap_buffers();
        Ok(())
    }

    /// Writes to the terminal beside the cells: something it is to do.
    pub(crate) fn say(&mut self, sequence: &str) -> Result<()> {
        let mut out = stdout();
        out.write_all(sequence.as_bytes()).and_then(|()| out.flush()).map_err(failed)
    }

    /// Stops the process as Ctrl-Z does, and takes the terminal again when it goes on.
    pub(crate) fn stop_process(&mut self) -> Result<()> {
        give_back();
        signal_hook::low_level::emulate_default_handler(SIGTSTP).map_err(failed)?;
        enter(self.mouse).map_err(failed)?;
        self.forget()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
        if let Some(words) = last_words().take().filter(|_| std::thread::panicking()) {
            // If stderr is gone there is nobody to tell.
            let _ = writeln!(stderr().lock(), "{words}");
        }
    }
}

/// Signals that were sent to the process.
pub(crate) struct Signals {
    end: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
}

impl Signals {
    /// Listens from now on.
    pub(crate) fn listen() -> Result<Self> {
        let signals = Self { end: Arc::default(), stop: Arc::default() };
        for signal in [SIGTERM, SIGHUP, SIGINT] {
            signal_hook::flag::register(signal, Arc::clone(&signals.end)).map_err(failed)?;
        }
        signal_hook::flag::register(SIGTSTP, Arc::clone(&signals.stop)).map_err(failed)?;
        Ok(signals)
    }

    /// Ends the process if it does not do so by itself: when its terminal goes while crossterm reads from
    /// it, crossterm goes on for ever.
    pub(crate) fn insist(&self) -> Result<()> {
        let asked = Arc::clone(&self.end);
        let terminal = std::io::stdin().is_terminal();
        let watch = move || {
            let gone = || asked.load(Ordering::Relaxed) || terminal && !is_there(Duration::ZERO);
            let mut late = false;
            loop {
                std::thread::sleep(PATIENCE);
                if !gone() {
                    continue;
                }
                if late {
                    // It fails for signals that end nothing; this one does.
                    let _ = signal_hook::low_level::emulate_default_handler(SIGHUP);
                }
                late = true;
            }
        };
        std::thread::Builder::new().name("terminal".into()).spawn(watch).map_err(failed)?;
        Ok(())
    }

    /// Whether the process was asked to end.
    pub(crate) fn end(&self) -> bool {
        self.end.load(Ordering::Relaxed)
    }

    /// Whether the process was asked to stop for now; asked once, answered once.
    pub(crate) fn stop(&self) -> bool {
        self.stop.swap(false, Ordering::Relaxed)
    }
}

/// Waits until something is typed, for a while. Says whether the terminal on stdin is still there: from one
/// that is not, crossterm would read for ever.
pub(crate) fn is_there(patience: Duration) -> bool {
    let stdin = std::io::stdin();
    let mut terminal = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
    let patience = PollTimeout::try_from(patience).unwrap_or(PollTimeout::MAX);
    // An error is a signal, which the loop looks at.
    let _ = poll(&mut terminal, patience);
    let gone = PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL;
    !terminal[0].revents().is_some_and(|events| events.intersects(gone))
}

fn failed(error: std::io::Error) -> Error {
    Error::io("the terminal cannot be used", error)
}

fn enter(mouse: bool) -> std::io::Result<()> {
    enable_raw_mode()?;
    let mut out = stdout();
    execute!(out, EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
    if mouse {
        execute!(out, EnableMouseCapture)?;
    }
    out.write_all(KEEP_ORDER.as_bytes())?;
    out.flush()
}

/// More than once is as good as once.
fn give_back() {
    let mut out = stdout();
    // When the terminal has gone there is nothing to give back.
    let _ = out.write_all(USUAL_ORDER.as_bytes());
    let _ = execute!(
        out,
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
}

/// Keeps what a panic of this thread has to say until the terminal is given back, which unwinding
/// does. A panic of another thread, or one that is caught, leaves the screen ours.
fn keep_words_of_panic() {
    let drawing = std::thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == drawing {
            *last_words() = Some(panic.to_string());
        } else {
            tracing::error!("{panic}");
        }
    }));
}

fn last_words() -> MutexGuard<'static, Option<String>> {
    static WORDS: Mutex<Option<String>> = Mutex::new(None);
    WORDS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// What tells a test that it is the program it has started.
    const CHILD: &str = "FEDHUB_TERMINAL_PANIC";

    fn panic_on_the_screen() {
        let mut screen = Screen::take(true).unwrap();
        screen.draw(|frame| frame.render_widget("all is well", frame.area())).unwrap();
        let caught = std::panic::catch_unwind(|| panic!("caught and mended"));
        assert!(caught.is_err());
        let other = std::thread::spawn(|| panic!("another thread fell"));
        assert!(other.join().is_err());
        panic!("out of order");
    }

    #[test]
    fn a_panic_gives_the_terminal_back_and_is_told_after_that() {
        if std::env::var_os(CHILD).is_some() {
            panic_on_the_screen();
        }
        let exe = std::env::current_exe().unwrap();
        let test = "terminal::tests::a_panic_gives_the_terminal_back_and_is_told_after_that";
        let inner = format!(
            "stty rows 24 cols 80; {CHILD}=1 {} --exact {test} --nocapture; stty -a",
            exe.display()
        );
        // script(1) runs a command in a terminal of its own.
        let copy = tempfile::NamedTempFile::new().unwrap();
        let mut script = Command::new("script");
        script.args(["-qc", &inner]).arg(copy.path()).env("TERM", "xterm");
        let output = script.output();
        let Ok(output) = output else {
            let _ = writeln!(stderr(), "skipped: a panic in a terminal; it needs script");
            return;
        };
        let all = String::from_utf8_lossy(&output.stdout).into_owned();
        let at = |text: &str| all.find(text).unwrap_or_else(|| panic!("no {text:?} in {all:?}"));
        let (taken, given_back) = (at("\x1b[?1049h"), at("\x1b[?1049l"));
        assert!(taken < at("well") && at("well") < given_back, "{all:?}");
        assert!(given_back < at("out of order") && at("\x1b[?25h") < at("out of order"), "{all:?}");
        assert!(!all.contains("caught and mended") && !all.contains("another thread fell"));
        let modes: Vec<&str> = all[at("out of order")..].split([' ', ';', '\r', '\n']).collect();
        assert!(modes.contains(&"icanon") && modes.contains(&"echo"), "{all:?}");
    }
}
