//! Receiving: a thread that hands on messages in bounded batches.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use zmq::{Context, POLLIN, Socket};

use super::connections::Connections;
use super::frames::{Frames, Malformed};
use super::settings::Settings;
use super::stop::{Stop, StopSignal};
use super::zmq_error;
use crate::message::Message;
use crate::{Error, Kind, Result};

const BATCH_MESSAGES: usize = 256;
const BATCH_BYTES: usize = 1024 * 1024;
/// How many batches may wait. When they do, messages wait in ZeroMQ, and then at the publisher.
const WAITING_BATCHES: usize = 16;

/// What arrived, in the order it did.
#[derive(Debug, Default)]
pub struct Batch {
    /// The messages.
    pub messages: Vec<Message>,
    /// What was not one.
    pub malformed: Vec<Malformed>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.malformed.is_empty()
    }
}

/// A subscription to any number of publishers.
pub struct Subscriber {
    batches: Receiver<Result<Batch>>,
    stop: Stop,
}

impl Subscriber {
    /// Connects to every endpoint and subscribes to these prefixes of topics.
    pub fn connect(settings: &Settings, endpoints: &[String], prefixes: &[&str]) -> Result<Self> {
        if endpoints.is_empty() {
            return Err(Error::new(Kind::Config, "there is no endpoint to listen to").hint(
                "name one with --endpoint, or set endpoints: fedhub config explain endpoints",
            ));
        }
        let context = settings.context()?;
        let socket = settings.socket(&context, zmq::SUB)?;
        for prefix in prefixes {
            socket
                .set_subscribe(prefix.as_bytes())
                .map_err(|error| zmq_error(format!("cannot subscribe to {prefix}"), error))?;
        }
        let connections = Connections::open(&context, &socket, endpoints)?;
        let (stop, signal) = Stop::new()?;
        let (sender, batches) = sync_channel(WAITING_BATCHES);
        let max_size = settings.max_message_size;
        let receiving =
            Receiving { socket, connections, signal, max_size, sender, _context: context };
        std::thread::Builder::new()
            .name("receive".into())
            .spawn(move || receiving.run())
            .map_err(|error| Error::io("cannot start a thread", error))?;
        Ok(Self { batches, stop })
    }

    /// Ends the subscription from elsewhere; batches already received can still be taken.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// What comes next, or that nothing came in time.
    pub fn next(&self, timeout: Duration) -> Result<Next> {
        match self.batches.recv_timeout(timeout) {
            Ok(batch) => batch.map(Next::Batch),
            Err(RecvTimeoutError::Timeout) => Ok(Next::Nothing),
            Err(RecvTimeoutError::Disconnected) => Ok(Next::End),
        }
    }
}

/// What [`Subscriber::next`] found.
#[derive(Debug)]
pub enum Next {
    /// These arrived.
    Batch(Batch),
    /// Nothing arrived in time.
    Nothing,
    /// The subscription was stopped and everything received has been taken.
    End,
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

struct Receiving {
    socket: Socket,
    connections: Connections,
    signal: StopSignal,
    max_size: usize,
    sender: SyncSender<Result<Batch>>,
    // Last, so that its sockets are closed before it waits for them.
    _context: Context,
}

impl Receiving {
    fn run(mut self) {
        let mut frames = Frames::new();
        let mut stopping = false;
        loop {
            match self.batch(&mut frames) {
                Ok(batch) if batch.is_empty() => {
                    if stopping {
                        return;
                    }
                    stopping = self.wait(-1);
                }
                Ok(batch) => {
                    if self.sender.send(Ok(batch)).is_err() {
                        return;
                    }
                    // A publisher that never pauses must not keep us from ending.
                    if stopping {
                        return;
                    }
                    stopping = self.wait(0);
                }
                Err(error) => {
                    let error = zmq_error("cannot receive".into(), error);
                    // Nobody is left to tell if this fails.
                    let _ = self.sender.send(Err(error));
                    return;
                }
            }
        }
    }

    fn batch(&self, frames: &mut Frames) -> zmq::Result<Batch> {
        let mut batch = Batch::default();
        let mut bytes = 0;
        while batch.messages.len() < BATCH_MESSAGES
            && batch.malformed.len() < BATCH_MESSAGES
            && bytes < BATCH_BYTES
        {
            match frames.receive(&self.socket, self.max_size)? {
                None => break,
                Some(Err(malformed)) => batch.malformed.push(malformed),
                Some(Ok(())) => {
                    let topic = frames.topic.as_str().unwrap_or_default();
                    bytes += topic.len() + frames.body.len();
                    batch.messages.push(Message::new(topic, &frames.body[..]));
                }
            }
        }
        Ok(batch)
    }

    /// Waits for something to do; says whether the end was asked for.
    fn wait(&mut self, timeout_ms: i64) -> bool {
        let [news, names] = self.connections.poll_items();
        let mut items = [self.signal.poll_item(), self.socket.as_poll_item(POLLIN), news, names];
        // Interrupted by a signal: the next round looks again.
        let _ = zmq::poll(&mut items, timeout_ms);
        let stop = !items[0].get_revents().is_empty();
        self.connections.attend(&self.socket);
        stop
    }
}
