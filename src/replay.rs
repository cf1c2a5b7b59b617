//! Replay: asking a publisher for messages it sent before, and answering from a journal.
//!
//! A request is one frame of JSON on a REQ socket, as fedmsg has it: an object with any of `seq_id`,
//! `seq_ids`, `seq_id_range` (both ends included), `msg_id`, `msg_ids` and `time` (two unix times,
//! the second one's whole second included). A message that any of them names is in the answer; `{}`
//! names all. The answer is a frame for each message in the order of their numbers, or one frame
//! `error: '…'`; that nothing was found is an error too.
//!
//! The number of a message is that of the journal, and its time the one of its arrival there: fedmsg
//! stores a message as it publishes it. fedmsg also writes the number into each message it answers
//! with, after it was signed, so that no signature is valid any more. Here the bytes stay as they
//! are, signatures hold, and there is no `seq_id` in them.
//!
//! With `"fedhub": 1` in the request, the answer begins with a frame of JSON, the [`Header`], and
//! each message is two frames, topic and body. Such an answer is a page: while the header says
//! `more`, the same request with `"after"` set to the last number gives the next one. A page without
//! messages is no error.

//!
//! Beside that, what it takes to send messages again: a [`Summary`] of what would be sent, a [`Clock`] that
//! says when each is due, and a [`Sender`].

mod client;
mod pace;
mod query;
mod sending;
mod server;
mod summary;

pub use client::{Page, ReplayClient, SEQ_ID};
pub use pace::{Clock, Pace};
pub use query::Header;
pub use sending::{Counts, Outcome, Sender, Target};
pub use server::{Served, Server};
pub use summary::Summary;
