//! Frames: what a message on the wire must look like, and what is wrong with one that does not.

use zmq::{DONTWAIT, Message, Socket};

/// Why frames are not a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Malformed {
    /// Not two frames, nor one of the old form `topic NUL body`.
    FrameCount,
    /// The topic is not UTF-8.
    TopicNotUtf8,
    /// Larger than is accepted.
    Oversize,
    /// The body is not JSON where it has to be.
    NotJson,
}

impl Malformed {
    /// All of them, by name.
    pub(super) const ALL: [Self; 4] =
        [Self::FrameCount, Self::NotJson, Self::Oversize, Self::TopicNotUtf8];

    /// The name used in logs and counters.
    pub fn name(self) -> &'static str {
        match self {
            Malformed::FrameCount => "frame-count",
            Malformed::TopicNotUtf8 => "topic-not-utf8",
            Malformed::Oversize => "oversize",
            Malformed::NotJson => "not-json",
        }
    }
}

/// Two frames, reused from message to message.
pub(super) struct Frames {
    pub(super) topic: Message,
    pub(super) body: Message,
}

impl Frames {
    pub(super) fn new() -> Self {
        Self { topic: Message::new(), body: Message::new() }
    }

    /// Takes the next message if one is there; `None` if none is. Whatever else came with it is
    /// consumed, so the next call begins at the next message.
    pub(super) fn receive(
        &mut self,
        socket: &Socket,
        max_size: usize,
    ) -> zmq::Result<Option<Result<(), Malformed>>> {
        match socket.recv(&mut self.topic, DONTWAIT) {
            Ok(()) => {}
            Err(zmq::Error::EAGAIN | zmq::Error::EINTR) => return Ok(None),
            Err(error) => return Err(error),
        }
        if !self.topic.get_more() {
            return Ok(Some(self.split_single().and_then(|()| self.check(max_size))));
        }
        socket.recv(&mut self.body, 0)?;
        if self.body.get_more() {
            let mut rest = Message::new();
            loop {
                socket.recv(&mut rest, 0)?;
                if !rest.get_more() {
                    return Ok(Some(Err(Malformed::FrameCount)));
                }
            }
        }
        Ok(Some(self.check(max_size)))
    }

    /// Old publishers sent one frame: topic, NUL, body.
    fn split_single(&mut self) -> Result<(), Malformed> {
        let nul = memchr::memchr(0, &self.topic).ok_or(Malformed::FrameCount)?;
        let body = Message::from(&self.topic[nul + 1..]);
        let topic = Message::from(&self.topic[..nul]);
        self.topic = topic;
        self.body = body;
        Ok(())
    }

    /// Whether they are a message that the bus accepts.
    pub(super) fn check(&self, max_size: usize) -> Result<(), Malformed> {
        if self.topic.len() + self.body.len() > max_size {
            return Err(Malformed::Oversize);
        }
        self.topic.as_str().map(|_| ()).ok_or(Malformed::TopicNotUtf8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_judged_one_message_at_a_time() {
        let context = zmq::Context::new();
        let receiver = context.socket(zmq::PULL).unwrap();
        receiver.bind("inproc://frames").unwrap();
        let sender = context.socket(zmq::PUSH).unwrap();
        sender.connect("inproc://frames").unwrap();
        type Expected = Result<(&'static [u8], &'static [u8]), Malformed>;
        let cases: [(&[&[u8]], Expected); 8] = [
            (&[b"t", b"{}"], Ok((b"t", b"{}"))),
            (&[b"", b""], Ok((b"", b""))),
            (&[b"t\0{}"], Ok((b"t", b"{}"))),
            (&[b"t"], Err(Malformed::FrameCount)),
            (&[b"t", b"{}", b"x"], Err(Malformed::FrameCount)),
            (&[b"t", b"{}", b"x", b"y", b"z"], Err(Malformed::FrameCount)),
            (&[b"\xff", b"{}"], Err(Malformed::TopicNotUtf8)),
            (&[b"t", &[b'x'; 100]], Err(Malformed::Oversize)),
        ];
        for (parts, _) in &cases {
            sender.send_multipart(parts.iter(), 0).unwrap();
        }
        let mut frames = Frames::new();
        for (parts, expected) in cases {
            // PUSH delivers through another thread; wait for it.
            assert_eq!(receiver.poll(zmq::POLLIN, 5_000), Ok(1));
            let received = frames.receive(&receiver, 64).unwrap().unwrap();
            let received = received.map(|()| (&frames.topic[..], &frames.body[..]));
            assert_eq!(received, expected, "{parts:?}");
        }
        assert!(frames.receive(&receiver, 64).unwrap().is_none());
    }
}
