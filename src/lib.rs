//! A message bus on ZeroMQ, compatible with fedmsg on the wire.
//!
//! This library holds what does not need a terminal, signals or the environment; these enter as
//! parameters. The `fedhub` command and its daemons are built on it.
//!
//! - [`error`]: errors and exit codes
//! - [`canonical`]: the JSON of the bus, and the exact text that is signed
//! - [`heartbeat`]: what publishers say about their streams
//! - [`envelope`]: writing messages
//! - [`message`]: a message as it came from the bus
//! - [`topic`]: topic patterns
//! - [`config`]: settings from files, environment and flags
//! - [`bus`]: ZeroMQ: forwarding, publishing and subscribing
//! - [`journal`]: messages on disk
//! - [`crypto`]: signing, and judging signatures

pub mod bus;
pub mod canonical;
pub mod config;
pub mod crypto;
pub mod envelope;
pub mod error;
pub mod heartbeat;
pub mod journal;
pub mod message;
pub mod topic;

pub use error::{Error, Kind, Result};
