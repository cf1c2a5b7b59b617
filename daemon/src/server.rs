//! The HTTP server below all pages: accepts connections within limits, and ends in good order.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener as Listener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use fedhub::bus::port_holder;
use fedhub::{Error, Kind, Result};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use nix::sys::socket::{setsockopt, sockopt};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// The longest request line and headers.
const MAX_HEAD: usize = 16 * 1024;
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Who does not take what was sent for so long, in milliseconds, is disconnected.
const STALLED: u32 = 30_000;

/// What askers may take together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Connections at once; others wait in the system's queue.
    pub(crate) connections: usize,
    /// How long one connection may last, if that is limited.
    pub(crate) connection_time: Option<Duration>,
    /// How long answers that have begun may take at the end.
    pub(crate) end_time: Duration,
}

/// Why an address cannot be listened on.
pub(crate) fn bind_error(address: &str, error: &std::io::Error) -> (Kind, String) {
    match error.kind() {
        ErrorKind::AddrInUse => {
            let port = address.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
            let why = match port.and_then(port_holder) {
                Some(holder) => format!("the port is held by {holder}"),
                None => "the address is in use".into(),
            };
            (Kind::Unavailable, why)
        }
        ErrorKind::PermissionDenied => (Kind::Permission, error.to_string()),
        _ => (Kind::Config, error.to_string()),
    }
}

/// A listener for the runtime, and its address. It is called inside the runtime.
pub(crate) fn adopt(listener: Listener) -> Result<(TcpListener, SocketAddr)> {
    let attempt = || {
        listener.set_nonblocking(true)?;
        let bound = listener.local_addr()?;
        Ok((TcpListener::from_std(listener)?, bound))
    };
    attempt().map_err(|error| Error::io("cannot listen", error))
}

/// Accepts connections until the end, which is when the other side of `ended` is dropped.
pub(crate) async fn run(
    listener: TcpListener,
    pages: Router,
    limits: Limits,
    mut ended: watch::Receiver<()>,
) {
    let pages = TowerToHyperService::new(pages);
    let room = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    loop {
        let next = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            next = next => next,
            // Nothing is ever sent: it changes by being dropped.
            _ = ended.changed() => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!("cannot accept a connection: {error}");
                // Out of descriptors, most likely, which does not pass at once.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // Without it, who stops reading would keep a connection for ever.
        let _ = setsockopt(&stream, sockopt::TcpUserTimeout, &STALLED);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), pages.clone());
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // Whoever asked has left or takes too long; neither is our concern.
            match limits.connection_time {
                Some(limit) => drop(tokio::time::timeout(limit, connection).await),
                None => drop(connection.await),
            }
            drop(permit);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(limits.end_time, graceful.shutdown()).await;
}
