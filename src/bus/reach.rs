//! Whether somebody answers at an endpoint, and is who was expected there.

use std::net::{TcpStream, ToSocketAddrs};
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use zmq::{Context, Socket, SocketType};

use super::connections::Connections;
use super::settings::Settings;
use super::zmq_error;
use crate::Result;

/// Who is expected at an endpoint. ZeroMQ's handshake fails with anybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// One that publishes.
    Publisher,
    /// One that subscribes, such as a relay on its inbound side.
    Subscriber,
    /// One that answers requests.
    Server,
}

impl Peer {
    /// What connects to it.
    fn counterpart(self) -> SocketType {
        match self {
            Peer::Publisher => zmq::SUB,
            Peer::Subscriber => zmq::PUB,
            Peer::Server => zmq::DEALER,
        }
    }
}

/// What came of connecting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The handshake succeeded after this time.
    Connected(Duration),
    /// It did not, and why, as far as that is known.
    Nothing(String),
}

/// Connects to all of these at once; each has `timeout` for its handshake.
pub fn reach(
    settings: &Settings,
    endpoints: &[(String, Peer)],
    timeout: Duration,
) -> Result<Vec<Answer>> {
    let context = settings.context()?;
    let begin = Instant::now();
    let mut lines = endpoints
        .iter()
        .map(|(endpoint, peer)| Line::open(&context, settings, endpoint, *peer))
        .collect::<Result<Vec<_>>>()?;
    loop {
        for line in lines.iter_mut().filter(|line| line.connected.is_none()) {
            if line.connections.attend(&line.socket).contains(&true) {
                line.connected = Some(begin.elapsed());
            }
        }
        let waiting = lines.iter().filter(|line| line.connected.is_none());
        let mut items: Vec<_> = waiting.flat_map(|line| line.connections.poll_items()).collect();
        let left = timeout.saturating_sub(begin.elapsed()).as_millis();
        if items.is_empty() || left == 0 {
            break;
        }
        match zmq::poll(&mut items, i64::try_from(left).unwrap_or(i64::MAX)) {
            Ok(_) | Err(zmq::Error::EINTR) => {}
            Err(error) => return Err(zmq_error("cannot wait for connections".into(), error)),
        }
    }
    let answer = |(line, (endpoint, _)): (Line, &(String, Peer))| match line.connected {
        Some(time) => Answer::Connected(time),
        None => Answer::Nothing(why_not(endpoint, timeout)),
    };
    Ok(lines.into_iter().zip(endpoints).map(answer).collect())
}

/// One attempt.
struct Line {
    connections: Connections,
    socket: Socket,
    connected: Option<Duration>,
}

impl Line {
    fn open(context: &Context, settings: &Settings, endpoint: &String, peer: Peer) -> Result<Self> {
        let socket = settings.socket(context, peer.counterpart())?;
        let connections = Connections::open(context, &socket, std::slice::from_ref(endpoint))?;
        Ok(Self { connections, socket, connected: None })
    }
}

/// Looks closer at a TCP endpoint without answer. Names are looked up on a thread of its own, since
/// that may take longer than anybody wants to wait.
fn why_not(endpoint: &str, timeout: Duration) -> String {
    let Some(place) =
        endpoint.strip_prefix("tcp://").map(|place| place.replacen('*', "127.0.0.1", 1))
    else {
        return "nobody answers".into();
    };
    let (sender, found) = sync_channel(1);
    std::thread::spawn(move || {
        let found = place.to_socket_addrs().map(|mut addresses| addresses.next());
        // Whoever asked may have stopped waiting.
        let _ = sender.send(found);
    });
    let address = match found.recv_timeout(timeout) {
        Ok(Ok(Some(address))) => address,
        Ok(Ok(None)) => return "the name has no address".into(),
        Ok(Err(error)) => return format!("the name is not known: {error}"),
        Err(_) => return "the name server does not answer".into(),
    };
    match TcpStream::connect_timeout(&address, timeout) {
        Ok(_) => "something accepts connections, but is not what should be there".into(),
        Err(error) if error.kind() == std::io::ErrorKind::TimedOut => "nobody answers".into(),
        Err(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn only_who_is_expected_counts_as_there() {
        let context = Context::new();
        let bound = |kind| {
            let socket = context.socket(kind).unwrap();
            socket.bind("tcp://127.0.0.1:*").unwrap();
            let endpoint = socket.get_last_endpoint().unwrap().unwrap();
            (socket, endpoint)
        };
        let (_publisher, publisher) = bound(zmq::XPUB);
        let (_subscriber, subscriber) = bound(zmq::SUB);
        let (_server, server) = bound(zmq::ROUTER);
        let plain = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let plain = format!("tcp://{}", plain.local_addr().unwrap());
        let settings = Settings::from(&Config::default());
        let good = [
            (publisher.clone(), Peer::Publisher),
            (subscriber.clone(), Peer::Subscriber),
            (server, Peer::Server),
        ];
        let answers = reach(&settings, &good, Duration::from_secs(20)).unwrap();
        assert!(answers.iter().all(|a| matches!(a, Answer::Connected(_))), "{answers:?}");
        let bad = [
            (publisher, Peer::Subscriber),
            (subscriber, Peer::Publisher),
            (plain, Peer::Publisher),
            ("tcp://127.0.0.1:1".into(), Peer::Publisher),
        ];
        let answers = reach(&settings, &bad, Duration::from_millis(300)).unwrap();
        assert!(answers.iter().all(|a| matches!(a, Answer::Nothing(_))), "{answers:?}");
        assert!(
            matches!(&answers[3], Answer::Nothing(why) if why.contains("refused")),
            "{answers:?}"
        );
    }
}
