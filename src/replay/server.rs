//! The answering side: one request at a time, whoever asks.
//!
//! ZeroMQ takes from its peers in turn, so nobody waits longer than one answer for each of the others.
//! For each peer one answer may wait to be read; whoever asks for more without reading gets none.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use zmq::{Context, DONTWAIT, POLLIN, SNDMORE, Socket};

use super::query::{MAX_REQUEST, Query, Refusal};
use crate::bus::{Settings, Stop, StopSignal, Tally, bind, zmq_error};
use crate::journal::Store;
use crate::{Error, Result};

/// How many frames of a request are looked at: what leads back to who asked, and the request.
const MAX_FRAMES: usize = 16;
/// The longest time without a sign of life.
const PATIENCE_MS: i64 = 1000;

/// Answers requests from a journal.
pub struct Server {
    socket: Socket,
    /// The address, as bound.
    pub address: String,
    journal: Reader,
    signal: StopSignal,
    // Last, so that its sockets are closed before it waits for them.
    _context: Context,
}

/// What a server did in its life.
#[derive(Debug)]
pub struct Served {
    /// Requests that were answered with messages.
    pub answered: u64,
    /// Requests that were refused.
    pub refused: u64,
    /// Answers that nobody took, by reason.
    pub not_taken: Tally,
}

impl Server {
    /// Binds `address` and opens the journal.
    pub fn bind(settings: &Settings, address: &str, journal: &Path) -> Result<(Self, Stop)> {
        let mut settings = settings.clone();
        settings.high_water_mark = 1;
        settings.max_message_size = MAX_REQUEST;
        let context = settings.context()?;
        let socket = settings.socket(&context, zmq::ROUTER)?;
        // Say when an answer cannot be delivered, instead of dropping it.
        socket
            .set_router_mandatory(true)
            .map_err(|error| zmq_error("cannot make a ZeroMQ socket".into(), error))?;
        let journal = Reader::open(journal)?;
        let address = bind(&socket, address)?;
        let (stop, signal) = Stop::new()?;
        Ok((Self { socket, address, journal, signal, _context: context }, stop))
    }

    /// Answers until told to stop. `alive` is called at least every second while it works.
    pub fn run(mut self, mut alive: impl FnMut(u64)) -> Result<Served> {
        let mut done = Served {
            answered: 0,
            refused: 0,
            not_taken: Tally::new("answers to replay requests that nobody took"),
        };
        loop {
            alive(done.answered + done.refused);
            done.not_taken.report();
            let mut items = [self.signal.poll_item(), self.socket.as_poll_item(POLLIN)];
            match zmq::poll(&mut items, PATIENCE_MS) {
                Ok(_) | Err(zmq::Error::EINTR) => {}
                Err(error) => return Err(zmq_error("cannot wait for requests".into(), error)),
            }
            if !items[0].get_revents().is_empty() {
                return Ok(done);
            }
            let received = receive(&self.socket)
                .map_err(|error| zmq_error("cannot receive a request".into(), error))?;
            let Some((route, request)) = received else { continue };
            let answer = match request.and_then(|request| self.answer(&request)) {
                Ok(frames) => {
                    done.answered += 1;
                    frames
                }
                Err(refusal) => {
                    done.refused += 1;
                    refusal.frames()
                }
            };
            match send(&self.socket, route, answer) {
                Ok(()) => {}
                Err(zmq::Error::EHOSTUNREACH) => done.not_taken.add("client-gone"),
                Err(zmq::Error::EAGAIN) => done.not_taken.add("client-does-not-read"),
                Err(error) => return Err(zmq_error("cannot answer a request".into(), error)),
            }
        }
    }

    fn answer(&mut self, request: &[u8]) -> Result<Vec<Vec<u8>>, Refusal> {
        let query = Query::parse(request)?;
        query.answer(self.journal.current()?)
    }
}

/// The frames that lead back to who asked, and the request.
type Received = (Vec<Vec<u8>>, Result<Vec<u8>, Refusal>);

/// Takes a request, if one is there.
fn receive(socket: &Socket) -> zmq::Result<Option<Received>> {
    let mut frame = zmq::Message::new();
    match socket.recv(&mut frame, DONTWAIT) {
        Ok(()) => {}
        Err(zmq::Error::EAGAIN | zmq::Error::EINTR) => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut frames = vec![frame.to_vec()];
    while frame.get_more() {
        socket.recv(&mut frame, 0)?;
        if frames.len() <= MAX_FRAMES {
            frames.push(frame.to_vec());
        }
    }
    // REQ puts an empty frame before the request; a DEALER may leave it out.
    let empty = frames.iter().skip(1).position(Vec::is_empty);
    let mut request = frames.split_off(empty.map_or(1, |at| at + 2));
    let request = match (request.pop(), request.is_empty()) {
        (Some(request), true) => Ok(request),
        (None, _) => Ok(Vec::new()),
        (Some(_), false) => Err(Refusal::Frames),
    };
    Ok(Some((frames, request)))
}

/// Sends all frames or none.
fn send(socket: &Socket, route: Vec<Vec<u8>>, answer: Vec<Vec<u8>>) -> zmq::Result<()> {
    let mut frames = route.into_iter().chain(answer).peekable();
    while let Some(frame) = frames.next() {
        let more = if frames.peek().is_some() { SNDMORE } else { 0 };
        // Whether the peer takes the answer is decided with its first frame.
        while let Err(error) = socket.send(&frame, DONTWAIT | more) {
            if error != zmq::Error::EINTR {
                return Err(error);
            }
        }
    }
    Ok(())
}

/// A journal that is opened anew when another file has taken its place.
struct Reader {
    path: PathBuf,
    store: Option<(Store, FileId)>,
}

/// Device and inode.
type FileId = (u64, u64);

impl Reader {
    fn open(path: &Path) -> Result<Self> {
        let mut reader = Self { path: path.to_owned(), store: None };
        reader.current()?;
        Ok(reader)
    }

    fn current(&mut self) -> Result<&Store> {
        let file = std::fs::metadata(&self.path).map_err(|error| {
            Error::io(format!("cannot find the journal {}", self.path.display()), error)
        })?;
        let id = (file.dev(), file.ino());
        let store = match self.store.take().filter(|(_, known)| *known == id) {
            Some((store, _)) => store,
            None => Store::open(&self.path)?,
        };
        Ok(&self.store.insert((store, id)).0)
    }
}

#[cfg(test)]
mod tests {
    use std::thread::{JoinHandle, spawn};

    use super::super::Header;
    use super::*;
    use crate::config::Config;
    use crate::journal::{Entry, UNCHECKED};
    use crate::message::Message;

    struct Running {
        address: String,
        stop: Stop,
        thread: JoinHandle<Result<Served>>,
        context: Context,
    }

    impl Running {
        fn start(journal: &Path) -> Self {
            let settings = Settings::from(&Config::default());
            let address = "tcp://127.0.0.1:*";
            let (server, stop) = Server::bind(&settings, address, journal).unwrap();
            let address = server.address.clone();
            let thread = spawn(move || server.run(|_| {}));
            Self { address, stop, thread, context: Context::new() }
        }

        fn client(&self, kind: zmq::SocketType) -> Socket {
            let socket = self.context.socket(kind).unwrap();
            socket.set_linger(0).unwrap();
            socket.set_rcvtimeo(60_000).unwrap();
            socket.connect(&self.address).unwrap();
            socket
        }

        fn stop(self) -> Served {
            self.stop.stop();
            self.thread.join().unwrap().unwrap()
        }
    }

    fn fill(path: &Path, bodies: impl IntoIterator<Item = String>) {
        let mut store = Store::create(path).unwrap();
        let entries = bodies.into_iter().map(|body| Entry {
            message: Message::new("t", body),
            received: 1,
            endpoint: None,
            verdict: UNCHECKED,
        });
        store.append(entries);
    }

    fn ask(client: &Socket, frames: &[&[u8]]) -> Vec<Vec<u8>> {
        client.send_multipart(frames, 0).unwrap();
        client.recv_multipart(0).unwrap()
    }

    #[test]
    fn no_request_ends_the_server() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        fill(&path, [r#"{"msg_id":"1"}"#.to_owned()]);
        let server = Running::start(&path);
        let (req, dealer) = (server.client(zmq::REQ), server.client(zmq::DEALER));
        let many = [&b""[..]; 100];
        let hostile: [&[&[u8]]; 6] =
            [&[b""], &[b"\xff"], &[b"["], &[b"[1]"], &[b"{}", b"{}"], &many];
        for frames in hostile {
            let answer = ask(&req, frames);
            assert!(answer.len() == 1 && answer[0].starts_with(b"error: '"), "{frames:?}");
        }
        assert_eq!(ask(&dealer, &[b"{}"]), [br#"{"msg_id":"1"}"#]);
        let routed: [&[u8]; 4] = [b"hop", b"", b"{}", b"x"];
        assert_eq!(ask(&dealer, &routed)[..2], [&b"hop"[..], b""]);
        assert_eq!(ask(&req, &[b"{}"]), [br#"{"msg_id":"1"}"#]);
        let served = server.stop();
        assert_eq!((served.answered, served.refused), (2, 7));
    }

    #[test]
    fn who_does_not_read_gets_no_more_and_delays_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        fill(&path, (0..8).map(|n| format!("{n}{}", "x".repeat(1_000_000))));
        let server = Running::start(&path);
        let greedy = server.context.socket(zmq::DEALER).unwrap();
        greedy.set_linger(0).unwrap();
        greedy.set_rcvhwm(1).unwrap();
        greedy.set_rcvbuf(10_000).unwrap();
        greedy.connect(&server.address).unwrap();
        for _ in 0..100 {
            greedy.send(r#"{"fedhub":1}"#, 0).unwrap();
        }
        let patient = server.client(zmq::REQ);
        for _ in 0..200 {
            ask(&patient, &[br#"{"seq_id":77}"#]);
        }
        let served = server.stop();
        let not_taken: Vec<_> = served.not_taken.counts().collect();
        assert!(matches!(not_taken[..], [("client-does-not-read", 50..)]), "{not_taken:?}");
    }

    #[test]
    fn a_journal_that_was_replaced_is_opened_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        fill(&path, ["1".to_owned()]);
        let server = Running::start(&path);
        let client = server.client(zmq::REQ);
        let newest = |answer: &[Vec<u8>]| -> i64 {
            serde_json::from_slice::<Header>(&answer[0]).unwrap().newest
        };
        assert_eq!(newest(&ask(&client, &[br#"{"fedhub":1}"#])), 1);
        let other = dir.path().join("other");
        fill(&other, ["1".to_owned(), "2".to_owned()]);
        std::fs::remove_file(&path).unwrap();
        let answer = ask(&client, &[b"{}"]);
        assert_eq!(answer, [b"error: 'The journal cannot be read'"]);
        std::fs::rename(&other, &path).unwrap();
        assert_eq!(newest(&ask(&client, &[br#"{"fedhub":1}"#])), 2);
        server.stop();
    }
}
