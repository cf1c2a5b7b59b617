//! The health pages: `/healthz`, `/readyz` and `/metrics`.
//!
//! They are made from the last report, so a request never waits for a task. Whoever asks gets little
//! room and little time: the number of connections, the size of a request and the time it may take
//! are bounded.

use std::net::TcpListener as Listener;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use fedhub::bus::port_holder;
use fedhub::{Error, Kind, Result};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use serde_json::{Map, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::sync::watch::{self, Receiver};
use tokio::task::JoinHandle;

use crate::monitor::Report;
use crate::{metrics, monitoring};

const MAX_CONNECTIONS: usize = 64;
/// The longest request line and headers.
const MAX_HEAD: usize = 16 * 1024;
const HEAD_TIME: Duration = Duration::from_secs(10);
const CONNECTION_TIME: Duration = Duration::from_secs(60);
/// How long answers that have begun may take at the end.
const END_TIME: Duration = Duration::from_secs(1);

type Reports = Receiver<Arc<Report>>;

/// The pages, while they are served.
pub(crate) struct Pages {
    end: watch::Sender<()>,
    servers: Vec<JoinHandle<()>>,
}

impl Pages {
    /// Serves them on each address. It is called inside the runtime.
    pub(crate) fn serve(addresses: &[String], reports: &Reports) -> Result<Self> {
        let (end, ended) = watch::channel(());
        let listeners = addresses.iter().map(|address| bind(address));
        let listeners = listeners.collect::<Result<Vec<_>>>()?;
        let servers = listeners
            .into_iter()
            .map(|listener| tokio::spawn(run(listener, pages(reports.clone()), ended.clone())));
        Ok(Self { servers: servers.collect(), end })
    }

    /// Ends them, after answers that have begun.
    pub(crate) async fn end(self) {
        drop(self.end);
        for server in self.servers {
            // It ends by a panic at worst, which was logged.
            let _ = server.await;
        }
    }
}

fn bind(address: &str) -> Result<TcpListener> {
    let listener = Listener::bind(address).map_err(|error| bind_error(address, error))?;
    let attempt = || {
        listener.set_nonblocking(true)?;
        let bound = listener.local_addr()?;
        Ok((TcpListener::from_std(listener)?, bound))
    };
    let (listener, bound) =
        attempt().map_err(|error| Error::io(format!("cannot listen on {address}"), error))?;
    tracing::info!(http = %bound, "serving health pages");
    Ok(listener)
}

fn bind_error(address: &str, error: std::io::Error) -> Error {
    use std::io::ErrorKind;
    let (kind, why) = match error.kind() {
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
    };
    Error::new(kind, format!("cannot serve health pages on {address}: {why}")).hint(
        "choose another address, such as 127.0.0.1:9921, for relay.http, gateway.http or hub.http",
    )
}

/// Accepts connections until the end.
async fn run(listener: TcpListener, pages: Router, mut ended: watch::Receiver<()>) {
    let pages = TowerToHyperService::new(pages);
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    loop {
        // Others wait in the system's queue until there is room.
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
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), pages.clone());
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // Whoever asked has left or takes too long; neither is our concern.
            let _ = tokio::time::timeout(CONNECTION_TIME, connection).await;
            drop(permit);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(END_TIME, graceful.shutdown()).await;
}

fn pages(reports: Reports) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics_page))
        .with_state(reports)
}

/// Whether the process works. If not, it should be started anew.
async fn healthz(State(reports): State<Reports>) -> Response {
    let problems = reports.borrow().fatal();
    let status = status(problems.is_empty());
    answer(status, "application/json", json!({"alive": problems.is_empty(), "problems": problems}))
}

/// Whether it does all that it is there for.
async fn readyz(State(reports): State<Reports>) -> Response {
    let report = Arc::clone(&reports.borrow());
    let problems = report.problems();
    let tasks: Map<_, _> = report
        .tasks
        .iter()
        .map(|task| {
            let problems = task.problems();
            let state = json!({
                "ready": problems.is_empty(),
                "alive": task.dead().is_none(),
                "messages": task.messages,
                "problems": problems,
            });
            (task.name.to_owned(), state)
        })
        .collect();
    let consumers = report.tasks.iter().flat_map(monitoring::consumers).map(|consumer| {
        json!({
            "name": consumer.name,
            "initialized": consumer.initialized,
            "backlog": consumer.backlog,
        })
    });
    let ready = problems.is_empty();
    let body = json!({
        "ready": ready,
        "problems": problems,
        "tasks": tasks,
        "consumers": consumers.collect::<Vec<_>>(),
    });
    answer(status(ready), "application/json", body)
}

async fn metrics_page(State(reports): State<Reports>) -> Response {
    let report = Arc::clone(&reports.borrow());
    match metrics::text(&report) {
        Ok(text) => answer(StatusCode::OK, metrics::CONTENT_TYPE, text),
        Err(error) => {
            tracing::error!("cannot write metrics: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn status(good: bool) -> StatusCode {
    if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

fn answer(status: StatusCode, content_type: &'static str, body: impl ToString) -> Response {
    let headers = [(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-store")];
    (status, headers, format!("{}\n", body.to_string().trim_end())).into_response()
}
