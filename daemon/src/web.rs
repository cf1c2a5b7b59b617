//! The archive over HTTP: datagrepper's pages, fedhub's own under `/v3`, and pages for people.
//!
//! - `answer`, `cache`, `parameters`, `time`, `search`: what all pages share
//! - `datagrepper`, `shapes`, `charts`: what datagrepper has, without its defects
//! - `v3`, `conditions`, `finder`, `stream`: what it does not have
//! - `pages`, `colour`: HTML
//! - `pool`: connections to the archive; every query runs on a thread that may block
//! - `guard`: what is done with every request and every answer

mod answer;
mod cache;
mod charts;
mod conditions;
mod datagrepper;
mod finder;
mod guard;
mod pages;
mod parameters;
mod pool;
mod search;
mod shapes;
mod stream;
mod time;
mod v3;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use axum::{Router, middleware};
use fedhub::meta::Meta;
use tokio::sync::watch;
use tower_http::compression::CompressionLayer;

use self::answer::Failure;
use self::pool::{Pool, Session};
use self::stream::Tail;
use crate::monitor::Metric;

/// How long static files are kept by those who ask.
const STATIC: &str = "public, max-age=86400";

/// What those who ask may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Connections to the archive.
    pub(crate) connections: usize,
    /// How long one request may keep the archive busy.
    pub(crate) time: Duration,
    /// How many may follow the archive at once.
    pub(crate) streams: usize,
}

/// What every page has.
#[derive(Clone)]
pub(crate) struct Site(Arc<Inner>);

struct Inner {
    pool: Pool,
    rules: Arc<Meta>,
    time: Duration,
    tail: Tail,
    ended: watch::Receiver<()>,
    answers: AtomicU64,
}

impl Site {
    /// The archive at `url`, with these rules, within these limits. It ends when the other side of
    /// `ended` is dropped.
    pub(crate) fn new(
        url: &str,
        rules: Arc<Meta>,
        limits: Limits,
        ended: watch::Receiver<()>,
    ) -> Self {
        let Limits { connections, time, streams } = limits;
        let pool = Pool::new(url, connections, time);
        let tail = Tail::new(streams);
        Self(Arc::new(Inner { pool, rules, time, tail, ended, answers: AtomicU64::new(0) }))
    }

    /// How many requests were answered.
    pub(crate) fn answers(&self) -> u64 {
        self.0.answers.load(Ordering::Relaxed)
    }

    /// What monitoring shows.
    pub(crate) fn metrics(&self) -> Vec<Metric> {
        let metric = |name, help, value| Metric { name, help, labels: vec![], value };
        let tail = &self.0.tail;
        vec![
            metric("fedhub_streams", "How many follow the archive.", tail.listeners() as f64),
            metric(
                "fedhub_streams_refused_total",
                "Who could not follow the archive because too many did.",
                tail.refused() as f64,
            ),
            Metric::of_rules(&self.0.rules),
        ]
    }

    /// Follows the archive for those who listen, until the end.
    pub(crate) async fn follow(self) {
        let (tail, ended) = (self.0.tail.clone(), self.ended());
        tail.run(self, ended).await;
    }

    /// Every page.
    pub(crate) fn router(&self) -> Router {
        let pages = [
            ("/raw", get(datagrepper::raw)),
            ("/id", get(datagrepper::id)),
            ("/v2/search", get(datagrepper::search_v2)),
            ("/v2/id", get(datagrepper::id_v2)),
            ("/messagecount", get(datagrepper::message_count)),
            ("/charts/{kind}", get(charts::chart)),
            ("/healthz/live", get(datagrepper::live)),
            ("/healthz/ready", get(datagrepper::ready)),
            ("/widget.js", get(widget)),
            ("/static/style.css", get(style)),
            ("/v3/messages", get(v3::messages)),
            ("/v3/messages/{id}", get(v3::message)),
            ("/v3/topics", get(v3::topics)),
            ("/v3/counts", get(v3::counts)),
            ("/v3/stream", get(stream::stream)),
            ("/v3/openapi.json", get(openapi)),
        ];
        let add = |router: Router<Site>, (path, page): (&str, MethodRouter<Site>)| {
            // As in the original, a slash at the end changes nothing.
            router.route(path, page.clone()).route(&format!("{path}/"), page)
        };
        pages
            .into_iter()
            .fold(Router::new(), add)
            .route("/", get(datagrepper::home))
            .fallback(nothing)
            .layer(CompressionLayer::new())
            .layer(middleware::from_fn_with_state(self.clone(), guard::guard))
            .with_state(self.clone())
    }

    fn rules(&self) -> Arc<Meta> {
        Arc::clone(&self.0.rules)
    }

    /// How long a request may take.
    fn time(&self) -> Duration {
        self.0.time
    }

    fn tail(&self) -> &Tail {
        &self.0.tail
    }

    /// Changes by being dropped when the end has come.
    fn ended(&self) -> watch::Receiver<()> {
        self.0.ended.clone()
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        self.0.pool.run(work).await
    }
}

async fn nothing() -> Failure {
    Failure::NotFound("there is no such page")
}

async fn widget(headers: HeaderMap) -> Response {
    let script = include_str!("web/templates/widget.js");
    cache::kept("application/javascript; charset=utf-8", script.into(), STATIC, &headers)
}

async fn style(headers: HeaderMap) -> Response {
    cache::kept("text/css; charset=utf-8", pages::STYLE.into(), STATIC, &headers)
}

async fn openapi(headers: HeaderMap) -> Response {
    let document = include_str!("web/templates/openapi.json");
    cache::kept("application/json", document.into(), cache::CHECKED, &headers)
}
