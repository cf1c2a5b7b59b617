//! The asking side: messages of somebody else's journal, a page at a time.
//!
//! A fedhub publisher is asked for pages with a header. A Python publisher refuses that, and is then
//! asked for lists of numbers; it writes the number of each message into the message itself.

use std::ops::Range;
use std::time::{Duration, Instant};

use serde_json::json;
use zmq::{Context, DONTWAIT, POLLIN, POLLOUT, Socket};

use super::Header;
use crate::bus::{Connections, Settings, zmq_error};
use crate::canonical::Value;
use crate::message::Message;
use crate::{Error, Kind, Result, escape};

/// The version of the extension.
const VERSION: i64 = 1;
/// How many numbers a Python publisher is asked for at once.
const NUMBERS: i64 = 500;
/// No answer may have more messages or bytes.
const MAX_MESSAGES: usize = 100_000;
const MAX_BYTES: usize = 128 * 1024 * 1024;
/// How many characters of the other side's words are passed on.
const MAX_WORDS: usize = 500;

/// The member of a Python publisher's envelope that has its number.
pub const SEQ_ID: &str = "seq_id";

/// Some messages of a journal, in its order.
#[derive(Debug)]
pub struct Page {
    /// The journal; none of a Python publisher, which does not say.
    pub epoch: Option<String>,
    /// The messages with their numbers.
    pub messages: Vec<(i64, Message)>,
    /// Up to this number the answer is complete: what is not among the messages is not there.
    pub through: i64,
    /// Whether there is more to ask for, after `through`.
    pub more: bool,
}

/// Asks one replay endpoint. It is used by one thread, which waits for each answer.
pub struct ReplayClient {
    settings: Settings,
    endpoint: String,
    link: Option<Link>,
    /// Whether the other side does not know the extension.
    plain: bool,
}

/// A connection; it is given up when an answer fails to come.
struct Link {
    socket: Socket,
    connections: Connections,
    // Last, so that its sockets are closed before it waits for them.
    _context: Context,
}

impl ReplayClient {
    /// A client of this endpoint. That nobody answers there is found by asking.
    pub fn connect(settings: &Settings, endpoint: &str) -> Result<Self> {
        let link = Some(Link::open(settings, endpoint)?);
        Ok(Self { settings: settings.clone(), endpoint: endpoint.to_owned(), link, plain: false })
    }

    /// The messages with numbers above `after` and not above `up_to`; at least the first of them. A
    /// journal that has not come as far as `up_to` is an error.
    pub fn range(&mut self, after: i64, up_to: i64, timeout: Duration) -> Result<Page> {
        let first = after.saturating_add(1);
        if !self.plain {
            let query = json!({"fedhub": VERSION, "seq_id_range": [first, up_to]});
            if let Some((page, numbers)) = self.paged(&query, after, up_to, timeout)? {
                if numbers.end <= up_to {
                    let newest = numbers.end - 1;
                    let why = format!("{} has messages up to {newest} only", self.endpoint);
                    return Err(Error::new(Kind::TryAgain, why));
                }
                return Ok(page);
            }
        }
        let through = up_to.min(after.saturating_add(NUMBERS));
        let numbers: Vec<i64> = (first..=through).collect();
        let messages = self.plain(&json!({"seq_ids": numbers}), timeout)?;
        let asked = |seq: i64| (first..=through).contains(&seq);
        if let Some((seq, _)) = messages.iter().find(|(seq, _)| !asked(*seq)) {
            return Err(self.strange(&format!("message {seq}, which nobody asked for")));
        }
        Ok(Page { epoch: None, messages, through, more: through < up_to })
    }

    /// The messages that were published between two unix times, both included, with numbers above
    /// `after`. A Python publisher gives all of them at once.
    pub fn time(&mut self, from: i64, to: i64, after: i64, timeout: Duration) -> Result<Page> {
        self.matching(json!({"time": [from, to]}), after, timeout)
    }

    /// The messages that a query names, with numbers above `after`. A Python publisher gives all of
    /// them at once.
    pub fn matching(
        &mut self,
        query: serde_json::Value,
        after: i64,
        timeout: Duration,
    ) -> Result<Page> {
        if !self.plain {
            let mut paged = query.clone();
            paged["fedhub"] = VERSION.into();
            paged["after"] = after.into();
            if let Some((page, _)) = self.paged(&paged, after, i64::MAX, timeout)? {
                return Ok(page);
            }
        }
        let mut messages = self.plain(&query, timeout)?;
        messages.retain(|(seq, _)| *seq > after);
        let through = messages.last().map_or(after, |(seq, _)| *seq);
        Ok(Page { epoch: None, messages, through, more: false })
    }

    /// The numbers its journal has, the oldest and the one that comes next. A Python publisher does not
    /// say.
    pub fn numbers(&mut self, timeout: Duration) -> Result<Range<i64>> {
        let nothing = json!({"fedhub": VERSION, "seq_ids": []});
        match self.paged(&nothing, 0, i64::MAX, timeout)? {
            Some((_, numbers)) => Ok(numbers),
            None => Err(self.strange("no header, as a Python publisher does")),
        }
    }

    /// A page and the numbers there are, or nothing if the other side does not know of pages.
    fn paged(
        &mut self,
        query: &serde_json::Value,
        after: i64,
        up_to: i64,
        timeout: Duration,
    ) -> Result<Option<(Page, Range<i64>)>> {
        let frames = self.ask(query, timeout)?;
        if let Some(refusal) = refusal(&frames) {
            if refusal.contains("Unsupported field") {
                self.plain = true;
                return Ok(None);
            }
            return Err(self.refused(&refusal));
        }
        let (head, rest) = frames.split_first().ok_or_else(|| self.strange("no frames"))?;
        let header: Header = serde_json::from_slice(head)
            .map_err(|error| self.strange("a bad header").because(error))?;
        let ascending = header.seqs.is_sorted_by(|a, b| a < b);
        let inside = header.seqs.iter().all(|&seq| seq > after && seq <= up_to);
        let fits = rest.len() == header.seqs.len().saturating_mul(2);
        if !ascending || !inside || !fits || header.fedhub != VERSION {
            return Err(self.strange("a header that does not fit the request or the messages"));
        }
        let through = match header.seqs.last() {
            Some(&last) if header.more => last,
            None if header.more => return Err(self.strange("an empty page that promises more")),
            last if up_to == i64::MAX => last.copied().unwrap_or(after),
            _ => up_to,
        };
        let mut messages = Vec::with_capacity(header.seqs.len());
        for (&seq, pair) in header.seqs.iter().zip(rest.chunks_exact(2)) {
            let [topic, body] = pair else { continue };
            let topic = std::str::from_utf8(topic)
                .map_err(|error| self.strange("a topic that is not UTF-8").because(error))?;
            messages.push((seq, Message::new(topic, &body[..])));
        }
        let page = Page { epoch: Some(header.epoch), messages, through, more: header.more };
        Ok(Some((page, header.oldest..header.newest.saturating_add(1))))
    }

    /// What a Python publisher answers, in order.
    fn plain(
        &mut self,
        query: &serde_json::Value,
        timeout: Duration,
    ) -> Result<Vec<(i64, Message)>> {
        let frames = self.ask(query, timeout)?;
        if let Some(refusal) = refusal(&frames) {
            // For fedmsg nothing found is an error.
            if refusal.contains("no match") {
                return Ok(Vec::new());
            }
            return Err(self.refused(&refusal));
        }
        let mut messages = Vec::with_capacity(frames.len());
        for frame in &frames {
            let envelope = Message::new("", &frame[..]);
            let envelope = envelope.envelope();
            let seq = envelope.and_then(|envelope| envelope.get(SEQ_ID)).and_then(Value::as_i64);
            let topic = envelope.and_then(|envelope| envelope.get_str("topic"));
            let (Some(seq), Some(topic)) = (seq, topic) else {
                return Err(self.strange("a message without number or topic"));
            };
            messages.push((seq, Message::new(topic, &frame[..])));
        }
        messages.sort_by_key(|(seq, _)| *seq);
        messages.dedup_by_key(|(seq, _)| *seq);
        Ok(messages)
    }

    fn ask(&mut self, query: &serde_json::Value, timeout: Duration) -> Result<Vec<zmq::Message>> {
        let answer = self.exchange(query.to_string().as_bytes(), Instant::now() + timeout);
        if answer.is_err() {
            // An answer that comes late must not be taken for that of the next request.
            self.link = None;
        }
        answer
    }

    fn exchange(&mut self, query: &[u8], deadline: Instant) -> Result<Vec<zmq::Message>> {
        let nobody = || Error::new(Kind::TryAgain, format!("{} does not answer", self.endpoint));
        let link = match &mut self.link {
            Some(link) => link,
            None => self.link.insert(Link::open(&self.settings, &self.endpoint)?),
        };
        let failed = |error| zmq_error(format!("cannot ask {}", self.endpoint), error);
        loop {
            match link.socket.send(query, DONTWAIT) {
                Ok(()) => break,
                Err(zmq::Error::EAGAIN | zmq::Error::EINTR) => {}
                Err(error) => return Err(failed(error)),
            }
            if !link.wait(POLLOUT, deadline)? {
                return Err(nobody());
            }
        }
        let (mut frames, mut bytes) = (Vec::new(), 0);
        loop {
            let mut frame = zmq::Message::new();
            match link.socket.recv(&mut frame, DONTWAIT) {
                Ok(()) => {}
                Err(zmq::Error::EAGAIN | zmq::Error::EINTR) => {
                    if !link.wait(POLLIN, deadline)? {
                        return Err(nobody());
                    }
                    continue;
                }
                Err(error) => return Err(failed(error)),
            }
            bytes += frame.len();
            if bytes > MAX_BYTES || frames.len() > 2 * MAX_MESSAGES {
                return Err(self.strange("too much at once"));
            }
            let more = frame.get_more();
            frames.push(frame);
            if !more {
                return Ok(frames);
            }
        }
    }

    fn strange(&self, what: &str) -> Error {
        Error::new(Kind::Protocol, format!("{} answers with {what}", self.endpoint))
    }

    fn refused(&self, words: &str) -> Error {
        let words = escape::text(&words.chars().take(MAX_WORDS).collect::<String>());
        Error::new(Kind::TryAgain, format!("{} refuses: {words}", self.endpoint))
    }
}

/// The text of an answer that is an error. Neither a header nor a message begins so.
fn refusal(frames: &[zmq::Message]) -> Option<String> {
    let [frame] = frames else { return None };
    frame.starts_with(b"error: ").then(|| String::from_utf8_lossy(&frame[7..]).into_owned())
}

impl Link {
    fn open(settings: &Settings, endpoint: &str) -> Result<Self> {
        let context = settings.context()?;
        let socket = settings.socket(&context, zmq::REQ)?;
        // A request without an answer is not sent later.
        socket
            .set_linger(0)
            .map_err(|error| zmq_error("cannot make a ZeroMQ socket".into(), error))?;
        let connections = Connections::open(&context, &socket, &[endpoint.to_owned()])?;
        Ok(Self { socket, connections, _context: context })
    }

    /// Waits for the socket or for news of the connection; says whether there is time left.
    fn wait(&mut self, wanted: zmq::PollEvents, deadline: Instant) -> Result<bool> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        let [news, names] = self.connections.poll_items();
        let mut items = [self.socket.as_poll_item(wanted), news, names];
        let milliseconds = i64::try_from(left.as_millis()).unwrap_or(i64::MAX).max(1);
        match zmq::poll(&mut items, milliseconds) {
            Ok(_) | Err(zmq::Error::EINTR) => {}
            Err(error) => return Err(zmq_error("cannot wait for an answer".into(), error)),
        }
        self.connections.attend(&self.socket);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use std::thread::JoinHandle;

    const PATIENCE: Duration = Duration::from_secs(20);

    /// A server that answers one request after the other with what `answer` says, until told to end.
    struct Server {
        endpoint: String,
        thread: Option<JoinHandle<()>>,
    }

    impl Server {
        fn start(answer: impl Fn(&serde_json::Value) -> Vec<Vec<u8>> + Send + 'static) -> Self {
            let socket = Context::new().socket(zmq::REP).unwrap();
            socket.set_linger(0).unwrap();
            socket.bind("tcp://127.0.0.1:*").unwrap();
            let endpoint = socket.get_last_endpoint().unwrap().unwrap();
            let thread = std::thread::spawn(move || {
                loop {
                    let request = socket.recv_bytes(0).unwrap();
                    if request == b"end" {
                        return;
                    }
                    let frames = answer(&serde_json::from_slice(&request).unwrap());
                    socket.send_multipart(frames, 0).unwrap();
                }
            });
            Self { endpoint, thread: Some(thread) }
        }

        fn client(&self) -> ReplayClient {
            ReplayClient::connect(&Settings::from(&Config::default()), &self.endpoint).unwrap()
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            let socket = Context::new().socket(zmq::REQ).unwrap();
            socket.connect(&self.endpoint).unwrap();
            socket.send("end", 0).unwrap();
            self.thread.take().unwrap().join().unwrap();
        }
    }

    fn header(seqs: &[i64], newest: i64, more: bool) -> Vec<u8> {
        json!({"fedhub": 1, "epoch": "e", "oldest": 1, "newest": newest, "seqs": seqs, "more": more})
            .to_string()
            .into_bytes()
    }

    fn seqs(page: &Page) -> Vec<i64> {
        page.messages.iter().map(|(seq, _)| *seq).collect()
    }

    #[test]
    fn pages_of_a_fedhub_publisher() {
        let server = Server::start(|query| {
            let first = query["seq_id_range"][0].as_i64().unwrap();
            let pair = |n: i64| [format!("t.{n}").into_bytes(), b"no json".to_vec()];
            match first {
                // Number 12 is not there any more.
                11 => {
                    [vec![header(&[11, 13], 15, true)], pair(11).into(), pair(13).into()].concat()
                }
                _ => vec![header(&[], 15, false)],
            }
        });
        let mut client = server.client();
        let page = client.range(10, 15, PATIENCE).unwrap();
        assert_eq!((seqs(&page), page.through, page.more), (vec![11, 13], 13, true));
        assert_eq!(page.epoch.as_deref(), Some("e"));
        assert_eq!(page.messages[1].1.topic(), "t.13");
        let page = client.range(13, 15, PATIENCE).unwrap();
        assert_eq!((seqs(&page), page.through, page.more), (vec![], 15, false));
        assert_eq!(client.range(13, 16, PATIENCE).unwrap_err().kind(), Kind::TryAgain);
    }

    #[test]
    fn a_python_publisher_is_asked_for_numbers() {
        let server = Server::start(|query| {
            let Some(numbers) = query["seq_ids"].as_array().filter(|_| query["fedhub"].is_null())
            else {
                return vec![b"error: 'Unsupported field: \"key\"'".to_vec()];
            };
            assert!(numbers.len() <= 500);
            let numbers = numbers.iter().map(|n| n.as_i64().unwrap()).filter(|n| n % 100 == 0);
            // Not in order, as a database may have it.
            let message = |n| json!({"topic": "t", "seq_id": n}).to_string().into_bytes();
            let messages: Vec<_> = numbers.rev().map(message).collect();
            match messages.is_empty() {
                true => vec![b"error: 'There was no match for the given query'".to_vec()],
                false => messages,
            }
        });
        let mut client = server.client();
        let page = client.range(100, 700, PATIENCE).unwrap();
        assert_eq!((seqs(&page), page.through), (vec![200, 300, 400, 500, 600], 600));
        assert!(page.more && page.epoch.is_none());
        let page = client.range(600, 650, PATIENCE).unwrap();
        assert_eq!((seqs(&page), page.through, page.more), (vec![], 650, false));
    }

    #[test]
    fn hostile_answers_are_errors_and_the_next_request_is_answered() {
        let wrong = |seqs: &[i64], frames: usize| {
            let mut all = vec![header(seqs, 10, false)];
            all.extend((0..frames).map(|_| b"x".to_vec()));
            all
        };
        let answers = vec![
            vec![b"".to_vec()],
            vec![b"[]".to_vec()],
            wrong(&[1], 0),
            wrong(&[1], 1),
            wrong(&[1], 4),
            wrong(&[2, 1], 4),
            wrong(&[1, 1], 4),
            wrong(&[0], 2),
            wrong(&[11], 2),
            vec![header(&[1], 10, false), b"\xff".to_vec(), vec![]],
            vec![header(&[], 10, true)],
        ];
        for answer in answers {
            let shown =
                format!("{:?}", answer.iter().map(|f| f.escape_ascii()).collect::<Vec<_>>());
            let server = Server::start(move |_| answer.clone());
            let mut client = server.client();
            for _ in 0..2 {
                let error = client.range(0, 10, PATIENCE).unwrap_err();
                assert_eq!(error.kind(), Kind::Protocol, "{shown}: {error}");
            }
        }
        let server = Server::start(|_| vec![b"error: 'full \x1b[2J moon'".to_vec()]);
        let error = server.client().range(0, 10, PATIENCE).unwrap_err();
        assert!(error.to_string().ends_with("refuses: 'full \\u{1b}[2J moon'"), "{error}");
    }

    #[test]
    fn whoever_does_not_answer_is_given_up_and_asked_anew() {
        let server = Server::start(|query| {
            if query["seq_id_range"][1] == 1 {
                std::thread::sleep(Duration::from_millis(300));
            }
            vec![header(&[], 10, false)]
        });
        let mut client = server.client();
        let error = client.range(0, 1, Duration::from_millis(50)).unwrap_err();
        assert_eq!(error.kind(), Kind::TryAgain);
        assert_eq!(client.range(0, 2, PATIENCE).unwrap().through, 2);
        let settings = Settings::from(&Config::default());
        let mut nobody = ReplayClient::connect(&settings, "tcp://127.0.0.1:1").unwrap();
        let error = nobody.range(0, 1, Duration::from_millis(50)).unwrap_err();
        assert!(error.to_string().contains("does not answer"), "{error}");
    }
}
