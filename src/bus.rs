//! The bus on ZeroMQ: PUB/SUB, two frames a message, topic and body.
//!
//! ZeroMQ's sockets block and belong to one thread. Forwarder and subscriber have one each and are
//! told to end through a [`Stop`]; a publisher works on its caller's:
//!
//! - [`Forwarder`]: what relay and gateway are, frames in and the same frames out
//! - [`Subscriber`]: messages in bounded batches
//! - [`Feed`]: the same, with whom each message came from and when connections came and went
//! - [`Publisher`]: sends when somebody listens, and says so when nobody does
//! - [`Receipts`]: sends, and hears from the relay that the message is on its disk
//! - [`Given`]: listening sockets of the service manager
//! - [`Outlet`]: single frames for whoever is there, and [`hear`], which waits for one
//! - [`reach`]: whether somebody answers

mod connections;
mod feed;
mod forwarder;
mod frames;
mod given;
mod holder;
mod outlet;
mod publisher;
mod reach;
mod receipts;
mod settings;
mod stop;
mod subscriber;
mod tally;

pub(crate) use connections::Connections;
pub use feed::{Event, Feed, FeedNext, Source, What};
pub use forwarder::{
    Count, Counters, Counts, Forwarder, ForwarderOptions, Heartbeats, Inbound, Rewrite,
};
pub use frames::Malformed;
pub use given::Given;
pub use holder::of_port as port_holder;
pub use outlet::{Outlet, hear};
pub use publisher::Publisher;
pub use reach::{Answer, Peer, reach};
pub use receipts::{Receipt, Receipts, Sent};
pub use settings::Settings;
pub(crate) use settings::bind;
pub use stop::Stop;
pub(crate) use stop::StopSignal;
pub use subscriber::{Batch, Next, Subscriber};
pub use tally::Tally;

use crate::{Error, Kind};

pub(crate) fn zmq_error(what: String, error: zmq::Error) -> Error {
    Error::new(Kind::Io, what).because(error)
}
