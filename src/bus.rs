//! The bus on ZeroMQ: PUB/SUB, two frames a message, topic and body.
//!
//! ZeroMQ's sockets block and belong to one thread, so each of these runs on a thread of its own and
//! is told to end through a [`Stop`]:
//!
//! - [`Forwarder`]: what relay and gateway are, frames in and the same frames out
//! - [`Subscriber`]: messages in bounded batches
//! - [`Publisher`]: sends when somebody listens, and says so when nobody does

mod connections;
mod forwarder;
mod frames;
mod holder;
mod publisher;
mod settings;
mod stop;
mod subscriber;
mod tally;

pub use forwarder::{Forwarded, Forwarder, ForwarderOptions, Inbound, Rewrite};
pub use frames::Malformed;
pub use publisher::Publisher;
pub use settings::Settings;
pub use stop::Stop;
pub use subscriber::{Batch, Subscriber};
pub use tally::Tally;

use crate::{Error, Kind};

fn zmq_error(what: String, error: zmq::Error) -> Error {
    Error::new(Kind::Io, what).because(error)
}
