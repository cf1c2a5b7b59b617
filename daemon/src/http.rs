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
use fedhub::{Error, Result};
use serde_json::{Map, json};
use tokio::net::TcpListener;
use tokio::sync::watch::{self, Receiver};
use tokio::task::JoinHandle;

use crate::monitor::Report;
use crate::server::{self, Limits};
use crate::{metrics, monitoring};

const LIMITS: Limits = Limits {
    connections: 64,
    connection_time: Some(Duration::from_secs(60)),
    end_time: Duration::from_secs(1),
};

type Reports = Receiver<Arc<Report>>;

/// The pages, while they are served.
pub(crate) struct Pages {
    end: watch::Sender<()>,
    servers: Vec<JoinHandle<()>>,
}

impl Pages {
    /// Serves them and those of tasks on each address. It is called inside the runtime.
    pub(crate) fn serve(addresses: &[String], reports: &Reports, own: &Router) -> Result<Self> {
        let (end, ended) = watch::channel(());
        let listeners = addresses.iter().map(|address| bind(address));
        let listeners = listeners.collect::<Result<Vec<_>>>()?;
        let servers = listeners.into_iter().map(|listener| {
            let pages = pages(reports.clone()).merge(own.clone());
            tokio::spawn(server::run(listener, pages, LIMITS, ended.clone()))
        });
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
    let listener = Listener::bind(address).map_err(|error| {
        let (kind, why) = server::bind_error(address, &error);
        Error::new(kind, format!("cannot serve health pages on {address}: {why}")).hint(
            "choose another address, such as 127.0.0.1:9921, for relay.http, gateway.http or hub.http",
        )
    })?;
    let (listener, bound) = server::adopt(listener)?;
    tracing::info!(http = %bound, "serving health pages");
    Ok(listener)
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
            "oldest_seconds": consumer.oldest,
            "done": consumer.done,
            "failures": consumer.exceptions,
            "quarantined": consumer.quarantined,
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
