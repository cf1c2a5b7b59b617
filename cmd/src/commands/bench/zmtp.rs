//! Just enough of ZMTP 3.0 (the protocol under ZeroMQ) to publish and to subscribe over plain TCP.
//!
//! The load is made without libzmq for two reasons. A write blocks when the other side is full, so
//! nothing is dropped or queued out of sight on the way to the process under test. And it costs far
//! less CPU, which matters when load and process under test share a few cores.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

const MORE: u8 = 1;
const LONG: u8 = 2;
const COMMAND: u8 = 4;

/// Longest frame a peer may send.
const FRAME_LIMIT: usize = 64 << 20;
/// What one read takes at most, and so the unit the buffer grows by.
const READ_SIZE: usize = 256 << 10;

/// Which end of a subscription this process plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Publisher,
    Subscriber,
}

/// Connects and shakes hands as `role`.
pub(super) fn connect(to: SocketAddr, role: Role, timeout: Duration) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&to, timeout)?;
    handshake(&stream, role, timeout)?;
    Ok(stream)
}

/// Shakes hands. A publisher returns once the peer has subscribed, a subscriber once it has asked
/// for every topic.
pub(super) fn handshake(mut stream: &TcpStream, role: Role, timeout: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    stream.write_all(&greeting())?;
    let mut theirs = [0; 64];
    stream.read_exact(&mut theirs)?;
    if theirs[0] != 0xff || theirs[10] < 3 || &theirs[12..16] != b"NULL" {
        return Err(invalid("the peer does not speak ZMTP 3 without encryption"));
    }
    stream.write_all(&ready(role))?;
    read_until(stream, |flags, body| flags & COMMAND != 0 && body.starts_with(b"\x05READY"))?;
    match role {
        Role::Publisher => read_until(stream, |flags, body| flags & COMMAND == 0 && body == [1]),
        Role::Subscriber => stream.write_all(&[0, 1, 1]),
    }
}

fn greeting() -> [u8; 64] {
    let mut bytes = [0; 64];
    bytes[0] = 0xff;
    bytes[9] = 0x7f;
    bytes[10] = 3;
    bytes[12..16].copy_from_slice(b"NULL");
    bytes
}

fn ready(role: Role) -> Vec<u8> {
    let kind: &[u8] = match role {
        Role::Publisher => b"PUB",
        Role::Subscriber => b"SUB",
    };
    let body = [b"\x05READY\x0bSocket-Type\0\0\0\x03", kind].concat();
    let mut frame = vec![COMMAND];
    push_length(&mut frame, body.len());
    frame.extend(body);
    frame
}

/// Reads frames until one is `wanted`; what the peer says in between does not matter.
fn read_until(mut stream: &TcpStream, wanted: impl Fn(u8, &[u8]) -> bool) -> io::Result<()> {
    for _ in 0..100 {
        let mut head = [0; 2];
        stream.read_exact(&mut head)?;
        if head[0] & LONG != 0 {
            return Err(invalid("unexpected long frame during the handshake"));
        }
        let mut body = vec![0; usize::from(head[1])];
        stream.read_exact(&mut body)?;
        if wanted(head[0], &body) {
            return Ok(());
        }
    }
    Err(invalid("the peer did not finish the handshake"))
}

/// Appends one message of two frames.
pub(super) fn encode(topic: &[u8], body: &[u8], out: &mut Vec<u8>) {
    for (more, frame) in [(MORE, topic), (0, body)] {
        out.push(more | if frame.len() > 255 { LONG } else { 0 });
        push_length(out, frame.len());
        out.extend_from_slice(frame);
    }
}

fn push_length(out: &mut Vec<u8>, length: usize) {
    match u8::try_from(length) {
        Ok(short) => out.push(short),
        Err(_) => out.extend_from_slice(&(length as u64).to_be_bytes()),
    }
}

/// The receiving end of a connection.
#[derive(Debug)]
pub(super) struct Reader {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

impl Reader {
    /// A reader of a connection that has shaken hands.
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { stream, buffer: vec![0; READ_SIZE], filled: 0 })
    }

    /// Takes what has arrived and gives the last frame of each message to `on_body`.
    /// False when the peer has hung up.
    pub(super) fn read(&mut self, on_body: impl FnMut(&[u8])) -> io::Result<bool> {
        match self.stream.read(&mut self.buffer[self.filled..]) {
            Ok(0) => return Ok(false),
            Ok(count) => self.filled += count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
            Err(error) => return Err(error),
        }
        let used = self.frames(on_body)?;
        self.buffer.copy_within(used..self.filled, 0);
        self.filled -= used;
        Ok(true)
    }

    /// Handles the whole frames in the buffer and returns how many bytes they took. Makes room when
    /// the next frame is larger than the buffer.
    fn frames(&mut self, mut on_body: impl FnMut(&[u8])) -> io::Result<usize> {
        let mut at = 0;
        while let Some((flags, start, end)) = frame(&self.buffer[at..self.filled])? {
            let (start, end) = (at + start, at + end);
            if end > self.filled {
                if end - at > self.buffer.len() {
                    self.buffer.resize(end - at + READ_SIZE, 0);
                }
                break;
            }
            let body = &self.buffer[start..end];
            if flags & COMMAND != 0 {
                answer_ping(&self.stream, body)?;
            } else if flags & MORE == 0 {
                on_body(body);
            }
            at = end;
        }
        Ok(at)
    }
}

impl AsFd for Reader {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

/// Flags, start and end of the frame at the front of `bytes`, or None while its head is incomplete.
fn frame(bytes: &[u8]) -> io::Result<Option<(u8, usize, usize)>> {
    let Some(&flags) = bytes.first() else { return Ok(None) };
    let (start, length) = if flags & LONG == 0 {
        let Some(&length) = bytes.get(1) else { return Ok(None) };
        (2, u64::from(length))
    } else {
        let Some(length) = bytes.get(1..9) else { return Ok(None) };
        (9, length.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)))
    };
    match usize::try_from(length) {
        Ok(length) if length <= FRAME_LIMIT => Ok(Some((flags, start, start + length))),
        _ => Err(invalid("frame too large")),
    }
}

/// A peer with heartbeats hangs up on a subscriber that never answers them.
fn answer_ping(mut stream: &TcpStream, command: &[u8]) -> io::Result<()> {
    // The name, two bytes of time to live, then up to 16 bytes to send back.
    let Some(context) = command.strip_prefix(b"\x04PING").and_then(|rest| rest.get(2..)) else {
        return Ok(());
    };
    let mut pong = vec![COMMAND, 5 + context.len().min(16) as u8];
    pong.extend_from_slice(b"\x04PONG");
    pong.extend_from_slice(&context[..context.len().min(16)]);
    stream.write_all(&pong)
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn bodies_arrive_whole_however_the_bytes_are_cut() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut writer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut reader = Reader::new(listener.accept().unwrap().0).unwrap();
        let bodies = [vec![b'a'; 3], vec![b'b'; 300], vec![b'c'; 2 * READ_SIZE], Vec::new()];
        let mut bytes = Vec::new();
        bodies.iter().for_each(|body| encode(b"topic", body, &mut bytes));
        let sender = std::thread::spawn(move || {
            bytes.chunks(777).for_each(|chunk| writer.write_all(chunk).unwrap());
        });
        let mut seen = Vec::new();
        while reader.read(|body| seen.push(body.to_vec())).unwrap() {}
        sender.join().unwrap();
        assert_eq!(seen, bodies);
    }

    #[test]
    fn it_shakes_hands_with_libzmq_and_answers_its_pings() {
        let context = zmq::Context::new();
        let publisher = context.socket(zmq::XPUB).unwrap();
        publisher.set_heartbeat_ivl(20).unwrap();
        publisher.set_heartbeat_timeout(60).unwrap();
        publisher.bind("tcp://127.0.0.1:*").unwrap();
        let endpoint = publisher.get_last_endpoint().unwrap().unwrap();
        let address = endpoint.trim_start_matches("tcp://").parse().unwrap();
        let stream = connect(address, Role::Subscriber, Duration::from_secs(5)).unwrap();
        assert_eq!(publisher.recv_bytes(0).unwrap(), [1]);
        let mut reader = Reader::new(stream).unwrap();
        // Long enough for libzmq to give up on a subscriber that does not answer.
        let end = std::time::Instant::now() + Duration::from_millis(300);
        while std::time::Instant::now() < end {
            assert!(reader.read(|_| ()).unwrap(), "libzmq hung up");
            std::thread::yield_now();
        }
        publisher.send_multipart([b"topic".as_slice(), b"body"], 0).unwrap();
        let mut seen = Vec::new();
        while seen.is_empty() {
            assert!(reader.read(|body| seen.extend_from_slice(body)).unwrap());
        }
        assert_eq!(seen, b"body");
    }
}
