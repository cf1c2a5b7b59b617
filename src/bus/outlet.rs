//! A PUB socket for texts of one frame, such as the state of a daemon.

use std::time::{Duration, Instant};

use zmq::{Context, DONTWAIT, POLLIN, Socket};

use super::connections::Connections;
use super::settings::{Settings, bind};
use super::zmq_error;
use crate::Result;

/// Publishes texts. Who does not keep up misses some.
pub struct Outlet {
    socket: Socket,
    /// The address it publishes on, as bound.
    pub address: String,
    // Last, so that its socket is closed before it waits for it.
    _context: Context,
}

impl Outlet {
    /// Binds it.
    pub fn bind(settings: &Settings, endpoint: &str) -> Result<Self> {
        let context = settings.context()?;
        let socket = settings.socket(&context, zmq::PUB)?;
        let address = bind(&socket, endpoint)?;
        Ok(Self { socket, address, _context: context })
    }

    /// Publishes a text. It does not wait.
    pub fn send(&self, text: &str) -> Result<()> {
        let sent = self.socket.send(text, DONTWAIT);
        sent.map_err(|error| zmq_error(format!("cannot publish on {}", self.address), error))
    }
}

/// Waits for the next text that somebody publishes.
pub fn hear(settings: &Settings, endpoint: &str, timeout: Duration) -> Result<Option<Vec<u8>>> {
    let context = settings.context()?;
    let socket = settings.socket(&context, zmq::SUB)?;
    socket.set_subscribe(b"").map_err(|error| zmq_error("cannot subscribe".into(), error))?;
    let mut connections = Connections::open(&context, &socket, &[endpoint.to_owned()])?;
    let begin = Instant::now();
    loop {
        connections.attend(&socket);
        if let Ok(frames) = socket.recv_multipart(DONTWAIT) {
            return Ok(Some(frames.concat()));
        }
        let left = timeout.saturating_sub(begin.elapsed()).as_millis();
        if left == 0 {
            return Ok(None);
        }
        let mut items = vec![socket.as_poll_item(POLLIN)];
        items.extend(connections.poll_items());
        match zmq::poll(&mut items, i64::try_from(left).unwrap_or(i64::MAX)) {
            Ok(_) | Err(zmq::Error::EINTR) => {}
            Err(error) => return Err(zmq_error(format!("cannot listen to {endpoint}"), error)),
        }
    }
}
