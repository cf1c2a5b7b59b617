//! Diagnostics on stderr.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt;

use crate::cli::{Global, LogFormat};
use crate::progress::Stderr;

/// Starts logging. Daemons tell what they do; commands only what is wrong.
pub(crate) fn init(global: &Global, daemon: bool) {
    let usual = if daemon { 2 } else { 1 };
    let level = match usual + i16::from(global.verbose) - i16::from(global.quiet) {
        ..=0 => LevelFilter::ERROR,
        1 => LevelFilter::WARN,
        2 => LevelFilter::INFO,
        3 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
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
