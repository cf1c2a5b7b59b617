//! The `fedhub` command: parse, run, exit code.

mod app;
mod archive;
mod cli;
mod commands;
mod compat;
mod complete;
mod filter;
mod logging;
mod output;
mod progress;
mod report;
mod signals;
mod when;

use std::process::ExitCode;

use clap::Parser;
use fedhub::error::exit;

use crate::app::App;
use crate::cli::Cli;

/// Messages, rules and answers are many small values; the allocator of the C library takes a quarter of
/// the time of a page.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match complete::answer(std::env::args_os()) {
        Ok(false) => {}
        Ok(true) => return ExitCode::from(exit::OK),
        Err(error) => return usage(&error),
    }
    let cli = match Cli::try_parse_from(compat::translate(std::env::args_os())) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    if !cli.command.takes_screen() {
        logging::init(&cli.global, cli.command.is_daemon());
    }
    let outcome = commands::run(cli.command, &App::new(cli.global));
    ExitCode::from(outcome.unwrap_or_else(|error| report::failure(&error)))
}

/// Help and version are answers; anything else is a wrong command line.
fn usage(error: &clap::Error) -> ExitCode {
    // Nobody is left to read it if this fails.
    let _ = error.print();
    ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::OK })
}
