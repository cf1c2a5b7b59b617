//! A PUB socket for texts of one frame, such as the state of a daemon.

use zmq::{Context, DONTWAIT, Socket};

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
