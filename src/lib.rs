//! A message bus on ZeroMQ, compatible with fedmsg on the wire.
//!
//! This library holds what does not need a terminal, signals or the environment; these enter as
//! parameters. The `fedhub` command and its daemons are built on it.
//!
//! - [`error`]: errors and exit codes
//! - [`canonical`]: the JSON of the bus, and the exact text that is signed
//! - [`heartbeat`]: what publishers say about their streams
//! - [`envelope`]: writing messages
//! - [`escape`]: text made harmless for terminals and logs
//! - [`filter`]: what of the bus somebody wants to see
//! - [`message`]: a message as it came from the bus
//! - [`topic`]: topic patterns
//! - [`colorizer`]: colours for messages, on terminals and in HTML
//! - [`counts`], [`memcached`]: how many messages came, for graphs
//! - [`jq`]: expressions over messages, made safe
//! - [`meta`]: what messages are about
//! - [`config`]: settings from files, environment and flags
//! - [`bus`]: ZeroMQ: forwarding, publishing and subscribing
//! - [`journal`]: messages on disk
//! - [`continuity`]: knowing that nothing is missing
//! - [`catch_up`]: what was missed, from others who kept it
//! - [`recording`]: messages in a file, to be sent again
//! - [`replay`]: asking for messages again, and answering
//! - [`spool`]: messages that wait while the relay is away
//! - [`store`]: the archive
//! - [`datanommer`]: messages from the archive that fedhub replaces
//! - [`crypto`]: signing, and judging signatures
//! - [`daemons`]: asking daemons how they are
//! - [`when`]: points in time as people read them

pub mod bus;
pub mod canonical;
pub mod catch_up;
pub mod colorizer;
pub mod config;
pub mod continuity;
pub mod counts;
pub mod crypto;
pub mod daemons;
pub mod datanommer;
pub mod envelope;
pub mod error;
pub mod escape;
pub mod filter;
pub mod heartbeat;
pub mod journal;
pub mod jq;
pub mod memcached;
pub mod message;
pub mod meta;

pub mod recording;
pub mod replay;
pub mod spool;
mod sqlite_file;
pub mod store;
pub mod topic;
pub mod when;

pub use error::{Error, Kind, Result};
