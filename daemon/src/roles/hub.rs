//! The hub: keeps what it hears in a journal, and hosts the consumers that read it.

use std::path::PathBuf;

use fedhub::Result;
use fedhub::config::Config;
use fedhub::crypto::Verifier;

use crate::hub;
pub use crate::hub::Begin;
pub use crate::hub::catch_up::Progress;
use crate::supervisor::Task;

/// What a hub needs beside the settings.
pub struct Options {
    /// The file of its journal.
    pub journal: PathBuf,
    /// Judges messages; without it all of them go to consumers.
    pub verifier: Option<Verifier>,
    /// Where all consumers begin, if somebody says so.
    pub begin: Option<Begin>,
    /// Where a consumer that has never run begins.
    pub configured: Begin,
    /// Shows how far catching up is.
    pub progress: Box<dyn Progress + Send + Sync>,
}

/// Opens and connects everything, and makes each consumer once, to find mistakes in its settings.
pub fn build(config: &Config, options: Options) -> Result<Vec<Task>> {
    hub::build(config, options)
}
