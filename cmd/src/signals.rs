//! SIGINT and SIGTERM, for commands that end in good order.

use fedhub::error::exit;
use tokio::signal::unix::{SignalKind, signal};

/// Calls `stop` at SIGINT or SIGTERM; a second signal ends the process.
pub(crate) fn on_first(stop: impl FnOnce() + Send + 'static) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Before anything is shown, so that whoever saw something can end us in good order.
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            stop();
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        });
        #[allow(clippy::disallowed_methods, reason = "the main thread may wait for its reader")]
        std::process::exit(exit::INTERRUPTED.into());
    })?;
    Ok(())
}
