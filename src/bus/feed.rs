//! Receiving with provenance: whom each message came from, and when connections came and went.
//!
//! Each publisher has a socket of its own, so that what it sends and what becomes of its connection
//! stay in one order. One thread serves them all in turn.

use std::io::{PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsRawFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use zmq::{Context, POLLIN, PollItem, Socket};

use super::connections::Connections;
use super::frames::{Frames, Malformed};
use super::settings::Settings;
use super::stop::{Stop, StopSignal};
use super::zmq_error;
use crate::config::Config;
use crate::message::Message;
use crate::{Error, Kind, Result};

/// How much one source may bring before it is the next one's turn.
const BATCH_MESSAGES: usize = 256;
const BATCH_BYTES: usize = 1024 * 1024;
/// How many batches may wait. When they do, messages wait in ZeroMQ, and then at the publisher.
const WAITING_BATCHES: usize = 16;
/// How many requests to connect anew may wait.
const WAITING_REQUESTS: usize = 64;

/// A publisher to listen to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name in the settings, such as `relay_outbound` or `bodhi.app01`.
    pub name: String,
    /// Its address.
    pub endpoint: String,
}

impl Source {
    /// Every publisher in the settings.
    pub fn all(config: &Config) -> Vec<Self> {
        let all = config.publishers().into_iter();
        all.map(|(name, endpoint)| Self { name, endpoint }).collect()
    }
}

/// What happened at a source.
#[derive(Debug)]
pub struct Event {
    /// Which of the sources.
    pub source: usize,
    /// What it was.
    pub what: What,
}

/// What may happen at a source.
#[derive(Debug)]
pub enum What {
    /// A message came.
    Message(Message),
    /// Something came that is not a message.
    Malformed(Malformed),
    /// A connection was made. What was published before it, and since the last one, did not arrive.
    Up,
    /// The connection was lost.
    Down,
}

/// What [`Feed::next`] found.
#[derive(Debug)]
pub enum FeedNext {
    /// These happened, in this order. An `Up` may come a little before its place among the messages,
    /// but never after it.
    Events(Vec<Event>),
    /// Nothing happened in time.
    Nothing,
    /// The feed was stopped and everything received has been taken.
    End,
}

/// A subscription to any number of publishers that tells them apart.
pub struct Feed {
    batches: Receiver<Result<Vec<Event>>>,
    requests: SyncSender<usize>,
    waker: PipeWriter,
    stop: Stop,
}

impl Feed {
    /// Connects to every source and subscribes to these prefixes of topics.
    pub fn connect(settings: &Settings, sources: &[Source], prefixes: &[&str]) -> Result<Self> {
        if sources.is_empty() {
            return Err(Error::new(Kind::Config, "there is no endpoint to listen to")
                .hint("set endpoints: fedhub config explain endpoints"));
        }
        let context = settings.context()?;
        let prefixes: Vec<String> = prefixes.iter().map(|&prefix| prefix.to_owned()).collect();
        let open = |source: &Source| Line::open(&context, settings, source, &prefixes);
        let lines = sources.iter().map(open).collect::<Result<Vec<_>>>()?;
        let (stop, signal) = Stop::new()?;
        let (sender, batches) = sync_channel(WAITING_BATCHES);
        let (requests, requested) = sync_channel(WAITING_REQUESTS);
        let (wake, waker) =
            std::io::pipe().map_err(|error| Error::io("cannot make a pipe", error))?;
        let receiving = Receiving {
            lines,
            sources: sources.to_vec(),
            prefixes,
            settings: settings.clone(),
            sender,
            requested,
            wake,
            signal,
            context,
        };
        std::thread::Builder::new()
            .name("feed".into())
            .spawn(move || receiving.run())
            .map_err(|error| Error::io("cannot start a thread", error))?;
        Ok(Self { batches, requests, waker, stop })
    }

    /// Ends the feed from elsewhere; what was already received can still be taken.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// What comes next, or that nothing came in time.
    pub fn next(&self, timeout: Duration) -> Result<FeedNext> {
        match self.batches.recv_timeout(timeout) {
            Ok(batch) => batch.map(FeedNext::Events),
            Err(RecvTimeoutError::Timeout) => Ok(FeedNext::Nothing),
            Err(RecvTimeoutError::Disconnected) => Ok(FeedNext::End),
        }
    }

    /// Drops the connection to a source and makes a new one: for one that only looks alive. Its
    /// `Down` and `Up` follow.
    pub fn reconnect(&self, source: usize) {
        // When that many wait already, this one is probably among them, or will be asked for again.
        if self.requests.try_send(source).is_ok() {
            // A thread that has ended has nothing to connect.
            let _ = (&self.waker).write_all(b".");
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

/// The way to one source.
struct Line {
    connections: Connections,
    socket: Socket,
}

impl Line {
    fn open(
        context: &Context,
        settings: &Settings,
        source: &Source,
        prefixes: &[String],
    ) -> Result<Self> {
        let socket = settings.socket(context, zmq::SUB)?;
        for prefix in prefixes {
            socket
                .set_subscribe(prefix.as_bytes())
                .map_err(|error| zmq_error(format!("cannot subscribe to {prefix}"), error))?;
        }
        let endpoints = std::slice::from_ref(&source.endpoint);
        let connections = Connections::open(context, &socket, endpoints)?;
        Ok(Self { connections, socket })
    }

    /// Takes a batch of what is there; says whether there may be more.
    fn take(&mut self, source: usize, frames: &mut Frames, max_size: usize) -> Taken {
        let mut messages = Vec::new();
        let (mut bytes, mut more) = (0, true);
        while messages.len() < BATCH_MESSAGES && bytes < BATCH_BYTES {
            let what = match frames.receive(&self.socket, max_size)? {
                None => {
                    more = false;
                    break;
                }
                Some(Err(malformed)) => What::Malformed(malformed),
                Some(Ok(())) => {
                    let topic = frames.topic.as_str().unwrap_or_default();
                    bytes += topic.len() + frames.body.len();
                    What::Message(Message::new(topic, &frames.body[..]))
                }
            };
            messages.push(Event { source, what });
        }
        // ZeroMQ tells of a connection before it hands out what came through it. So whoever asks
        // after taking messages hears of the connection they came through; and since nobody can say
        // from which message on, its coming is put before all of them.
        let changes = self.connections.attend(&self.socket).into_iter();
        let changes = changes.map(|up| if up { What::Up } else { What::Down });
        let mut events: Vec<Event> = changes.map(|what| Event { source, what }).collect();
        events.append(&mut messages);
        Ok((events, more))
    }
}

type Taken = zmq::Result<(Vec<Event>, bool)>;

struct Receiving {
    lines: Vec<Line>,
    sources: Vec<Source>,
    prefixes: Vec<String>,
    settings: Settings,
    sender: SyncSender<Result<Vec<Event>>>,
    requested: Receiver<usize>,
    wake: PipeReader,
    signal: StopSignal,
    // Last, so that its sockets are closed before it waits for them.
    context: Context,
}

impl Receiving {
    fn run(mut self) {
        if let Err(error) = self.serve() {
            // Nobody is left to tell if this fails.
            let _ = self.sender.send(Err(error));
        }
    }

    fn serve(&mut self) -> Result<()> {
        let mut frames = Frames::new();
        let mut stopping = false;
        loop {
            let mut more = false;
            let mut received = false;
            for (source, line) in self.lines.iter_mut().enumerate() {
                let (events, line_has_more) = line
                    .take(source, &mut frames, self.settings.max_message_size)
                    .map_err(|error| zmq_error("cannot receive".into(), error))?;
                more |= line_has_more;
                received |= !events.is_empty();
                if !events.is_empty() && self.sender.send(Ok(events)).is_err() {
                    return Ok(());
                }
            }
            // Before the end each source had its turn. A publisher that never pauses must not keep us
            // from ending.
            if stopping {
                return Ok(());
            }
            stopping = self.wait(if more || received { 0 } else { -1 });
            self.attend_requests()?;
        }
    }

    /// Waits for something to do; says whether the end was asked for.
    fn wait(&self, timeout_ms: i64) -> bool {
        let mut items =
            vec![self.signal.poll_item(), PollItem::from_fd(self.wake.as_raw_fd(), POLLIN)];
        for line in &self.lines {
            items.push(line.socket.as_poll_item(POLLIN));
            items.extend(line.connections.poll_items());
        }
        // Interrupted by a signal: the next round looks again.
        let _ = zmq::poll(&mut items, timeout_ms);
        !items[0].get_revents().is_empty()
    }

    fn attend_requests(&mut self) -> Result<()> {
        while let Ok(source) = self.requested.try_recv() {
            // One byte was written for each request, so this does not block for long.
            let _ = self.wake.read(&mut [0]);
            if let (Some(line), Some(place)) =
                (self.lines.get_mut(source), self.sources.get(source))
            {
                tracing::info!("connecting to {} anew", place.endpoint);
                *line = Line::open(&self.context, &self.settings, place, &self.prefixes)?;
                let down = vec![Event { source, what: What::Down }];
                if self.sender.send(Ok(down)).is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn publisher(context: &Context, endpoint: &str) -> (Socket, Source) {
        let socket = context.socket(zmq::XPUB).unwrap();
        socket.set_linger(0).unwrap();
        socket.set_rcvtimeo(20_000).unwrap();
        socket.bind(endpoint).unwrap();
        let endpoint = socket.get_last_endpoint().unwrap().unwrap();
        (socket, Source { name: "test".into(), endpoint })
    }

    fn send(socket: &Socket, topic: &str) {
        socket.send_multipart([topic, "{}"], 0).unwrap();
    }

    /// What happened, as text: source and topic, `up` or `down`.
    fn shown(event: &Event) -> String {
        let what = match &event.what {
            What::Message(message) => message.topic(),
            What::Malformed(malformed) => malformed.name(),
            What::Up => "up",
            What::Down => "down",
        };
        format!("{} {what}", event.source)
    }

    /// What happened up to `last`.
    fn until(feed: &Feed, last: &str) -> Vec<String> {
        let mut all = Vec::new();
        loop {
            match feed.next(PATIENCE).unwrap() {
                FeedNext::Events(events) => all.extend(events.iter().map(shown)),
                other => panic!("{other:?} after {all:?}"),
            }
            if all.iter().any(|event| event == last) {
                return all;
            }
        }
    }

    #[test]
    fn each_source_has_its_messages_and_connections() {
        let context = Context::new();
        let (first, one) = publisher(&context, "tcp://127.0.0.1:*");
        let (second, two) = publisher(&context, "tcp://127.0.0.1:*");
        let settings = Settings::from(&Config::default());
        let feed = Feed::connect(&settings, &[one.clone(), two], &[""]).unwrap();
        assert_eq!(first.recv_bytes(0).unwrap(), [1]);
        assert_eq!(second.recv_bytes(0).unwrap(), [1]);
        send(&first, "a");
        first.send_multipart(["x", "y", "z"], 0).unwrap();
        send(&first, "b");
        assert_eq!(
            until(&feed, "0 b").iter().filter(|e| e.starts_with('0')).collect::<Vec<_>>(),
            ["0 up", "0 a", "0 frame-count", "0 b"]
        );
        send(&second, "c");
        until(&feed, "1 c");
        drop(first);
        assert_eq!(until(&feed, "0 down"), ["0 down"]);
        let (first, _) = publisher(&context, &one.endpoint);
        assert_eq!(first.recv_bytes(0).unwrap(), [1]);
        send(&first, "d");
        assert_eq!(until(&feed, "0 d"), ["0 up", "0 d"]);

        feed.reconnect(1);
        assert_eq!(until(&feed, "1 up"), ["1 down", "1 up"]);
        feed.stop().stop();
        while !matches!(feed.next(PATIENCE).unwrap(), FeedNext::End) {}
    }

    #[test]
    fn a_source_that_never_pauses_does_not_keep_others_waiting() {
        let context = Context::new();
        let (busy, one) = publisher(&context, "tcp://127.0.0.1:*");
        let (calm, two) = publisher(&context, "tcp://127.0.0.1:*");
        busy.set_sndhwm(0).unwrap();
        let mut settings = Settings::from(&Config::default());
        settings.high_water_mark = 0;
        let feed = Feed::connect(&settings, &[one, two], &[""]).unwrap();
        assert_eq!(busy.recv_bytes(0).unwrap(), [1]);
        assert_eq!(calm.recv_bytes(0).unwrap(), [1]);
        // More than the batches that wait can hold, so nothing is taken from ZeroMQ for now.
        let many = BATCH_MESSAGES * (WAITING_BATCHES + 40);
        (0..many).for_each(|_| send(&busy, "busy"));
        send(&calm, "calm");
        let before = until(&feed, "1 calm").iter().filter(|event| *event == "0 busy").count();
        assert!(before < many, "all {before} came first");
    }
}
