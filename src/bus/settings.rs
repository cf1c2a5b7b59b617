//! How sockets are made: limits, keepalive, heartbeats and reconnection, the same for all of them.

use std::ffi::c_int;

use zmq::{Context, Socket, SocketType};

use super::{holder, zmq_error};
use crate::config::Config;
use crate::{Error, Kind, Result};

/// How long a peer may take for ZeroMQ's handshake.
const HANDSHAKE_MS: i32 = 10_000;

/// The settings every socket gets.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Messages that may wait for each peer; 0 means no limit.
    pub high_water_mark: u32,
    /// The largest message accepted, in bytes.
    pub max_message_size: usize,
    io_threads: u16,
    /// Milliseconds unsent messages are kept for when closing.
    pub linger: u32,
    reconnect: (u32, u32),
    keepalive: [i32; 4],
    heartbeat: (u32, u32),
}

impl From<&Config> for Settings {
    fn from(config: &Config) -> Self {
        Self {
            high_water_mark: config.high_water_mark,
            max_message_size: usize::try_from(config.max_message_size).unwrap_or(usize::MAX),
            io_threads: config.io_threads,
            linger: config.zmq_linger,
            reconnect: (config.zmq_reconnect_ivl, config.zmq_reconnect_ivl_max),
            keepalive: [
                config.zmq_tcp_keepalive,
                config.zmq_tcp_keepalive_cnt,
                config.zmq_tcp_keepalive_idle,
                config.zmq_tcp_keepalive_intvl,
            ],
            heartbeat: (config.zmq_heartbeat_ivl, config.zmq_heartbeat_timeout),
        }
    }
}

impl Settings {
    /// A context with the configured number of threads.
    pub(crate) fn context(&self) -> Result<Context> {
        let context = Context::new();
        context
            .set_io_threads(self.io_threads.max(1).into())
            .map_err(|error| zmq_error("cannot start ZeroMQ".into(), error))?;
        Ok(context)
    }

    /// A socket with these settings.
    pub(crate) fn socket(&self, context: &Context, kind: SocketType) -> Result<Socket> {
        context
            .socket(kind)
            .and_then(|socket| self.apply(&socket, kind).map(|()| socket))
            .map_err(|error| zmq_error("cannot make a ZeroMQ socket".into(), error))
    }

    fn apply(&self, socket: &Socket, kind: SocketType) -> zmq::Result<()> {
        let int = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        socket.set_sndhwm(int(self.high_water_mark))?;
        socket.set_rcvhwm(int(self.high_water_mark))?;
        // Above this ZeroMQ disconnects the peer without a word; below it we drop and count.
        socket.set_maxmsgsize(
            i64::try_from(self.max_message_size).unwrap_or(i64::MAX).saturating_mul(4),
        )?;
        // A subscriber has nothing to send that is worth waiting for.
        socket.set_linger(if kind == zmq::SUB { 0 } else { int(self.linger) })?;
        socket.set_reconnect_ivl(int(self.reconnect.0))?;
        socket.set_reconnect_ivl_max(int(self.reconnect.1))?;
        socket.set_handshake_ivl(HANDSHAKE_MS)?;
        let [on, count, idle, interval] = self.keepalive;
        socket.set_tcp_keepalive(on)?;
        socket.set_tcp_keepalive_cnt(count)?;
        socket.set_tcp_keepalive_idle(idle)?;
        socket.set_tcp_keepalive_intvl(interval)?;
        socket.set_heartbeat_ivl(int(self.heartbeat.0))?;
        socket.set_heartbeat_timeout(int(self.heartbeat.1))
    }
}

/// Binds, and gives the address actually bound (a port 0 or `*` is chosen by the system).
pub(crate) fn bind(socket: &Socket, endpoint: &str) -> Result<String> {
    // ZeroMQ knows `*` as "any port"; 0 means the same to everybody else.
    let wanted = match endpoint.strip_suffix(":0") {
        Some(host) => format!("{host}:*"),
        None => endpoint.to_owned(),
    };
    // Where it is not needed IPv6 would only disguise IPv4 addresses.
    let dual = endpoint.starts_with("tcp://*") || endpoint.starts_with("tcp://[");
    socket.set_ipv6(dual).map_err(|error| zmq_error(format!("cannot bind {endpoint}"), error))?;
    socket.bind(&wanted).map_err(|error| bind_error(endpoint, error))?;
    let bound = socket.get_last_endpoint();
    Ok(bound.ok().and_then(std::result::Result::ok).unwrap_or_else(|| endpoint.to_owned()))
}

fn bind_error(endpoint: &str, error: zmq::Error) -> Error {
    let (kind, why, hint) = match error {
        zmq::Error::EADDRINUSE => {
            let port = endpoint.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
            let held_by = match port.and_then(holder::of_port) {
                Some(holder) => format!("the port is held by {holder}"),
                None => "the address is in use".into(),
            };
            (Kind::Unavailable, held_by, "stop the other one, or choose another address")
        }
        zmq::Error::EACCES => {
            let hint = "ports below 1024 need CAP_NET_BIND_SERVICE; choose a higher one";
            (Kind::Permission, error.to_string(), hint)
        }
        zmq::Error::ENODEV | zmq::Error::EINVAL | zmq::Error::EADDRNOTAVAIL => {
            let hint = "bind an address or interface of this host, or * for all of them";
            (Kind::Config, error.to_string(), hint)
        }
        _ => (Kind::Unavailable, error.to_string(), "choose another address"),
    };
    Error::new(kind, format!("cannot bind {endpoint}: {why}")).hint(hint)
}

/// Sets an integer option that the zmq crate does not wrap.
#[allow(unsafe_code, reason = "the zmq crate gives no other way to these options")]
pub(super) fn set_option(socket: &mut Socket, option: u32, value: c_int) -> Result<()> {
    // SAFETY: the pointer is of a live socket that this thread owns, and the options are ints.
    let code = unsafe {
        zmq_sys::zmq_setsockopt(
            socket.as_mut_ptr(),
            option as c_int,
            std::ptr::from_ref(&value).cast(),
            size_of_val(&value),
        )
    };
    match code {
        0 => Ok(()),
        _ => Err(Error::new(Kind::Bug, format!("ZeroMQ refuses option {option}"))),
    }
}
