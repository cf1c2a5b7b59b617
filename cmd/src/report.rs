//! Failures, told once: what, why, and what to try next.

use std::io::{ErrorKind, Write};

use fedhub::Error;
use fedhub::error::exit;

/// Whether the failure is that nobody reads our output any more.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// Prints a failure to stderr and gives its exit code. A closed pipe is the reader's choice and not
/// a failure.
pub(crate) fn failure(error: &anyhow::Error) -> u8 {
    let ours = error.chain().find_map(|cause| cause.downcast_ref::<Error>());
    if ours.is_none() && is_closed_pipe(error) {
        return exit::OK;
    }
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
    let mut stderr = std::io::stderr().lock();
    // If stderr is gone there is nowhere left to say so.
    let _ = writeln!(stderr, "fedhub: {}", chain.join(": "));
    let hints = error.chain().filter_map(|cause| cause.downcast_ref::<Error>());
    if let Some(hint) = hints.filter_map(Error::next_step).next() {
        let _ = writeln!(stderr, "  try: {hint}");
    }
    match (ours, io) {
        (Some(error), _) => error.kind().exit_code(),
        (None, Some(_)) => exit::IO,
        (None, None) => exit::BUG,
    }
}
