//! Diagnostics: on stderr, or handed to whoever has the screen.

use std::fmt::Write;
use std::io::IsTerminal;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::{Global, LogFormat};
use crate::progress::Stderr;

/// Starts logging. Daemons tell what they do; commands only what is wrong.
pub(crate) fn init(global: &Global, daemon: bool) {
    let level = level(global, daemon);
    let builder = fmt()
        .with_max_level(level)
        .with_writer(|| Stderr)
        // It would be said on stderr, and panic because that is what failed.
        .log_internal_errors(false)
        .with_target(false)
        .with_ansi(global.color.wanted(std::io::stderr().is_terminal()));
    // The journal has a clock of its own.
    let in_journal = std::env::var_os("JOURNAL_STREAM").is_some();
    match (global.log_format, in_journal) {
        (LogFormat::Json, _) => builder.json().init(),
        (LogFormat::Text, true) => builder.without_time().init(),
        (LogFormat::Text, false) => builder.init(),
    }
}

/// Hands each line to `tell`, for somebody who has taken the screen.
pub(crate) fn init_telling(global: &Global, tell: impl Fn(Level, String) + Send + Sync + 'static) {
    tracing_subscriber::registry().with(level(global, true)).with(Telling(tell)).init();
}

fn level(global: &Global, daemon: bool) -> LevelFilter {
    let usual = if daemon { 2 } else { 1 };
    match usual + i16::from(global.verbose) - i16::from(global.quiet) {
        ..=0 => LevelFilter::ERROR,
        1 => LevelFilter::WARN,
        2 => LevelFilter::INFO,
        3 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

struct Telling<F>(F);

impl<S: Subscriber, F: Fn(Level, String) + 'static> Layer<S> for Telling<F> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        (self.0)(*event.metadata().level(), text.0);
    }
}

/// The message of an event, with its fields behind it.
#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        // Writing to memory does not fail.
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}
