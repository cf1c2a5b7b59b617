//! `POST /publish` on the port of the health pages: publishing for whoever has only HTTP.
//!
//! A request is answered when its message is in the relay's journal, which it reaches as the messages of all
//! do who want a receipt: [`Desk`] is one more publisher of the relay's own receipts socket.

mod desk;
mod request;
mod tokens;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use fedhub::bus::Receipt;
use fedhub::config::Config;
use fedhub::{Error, Kind, Result, escape};
use serde_json::json;

use crate::monitor::{Metric, Snapshot};
use crate::supervisor::Task;
use desk::{Desk, Slip};
use request::Format;
use tokens::{Admission, Tokens};

/// What stands before a token.
const SCHEME: &[u8] = b"Bearer ";
/// How long a request may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);
/// Beside what the relay may take: a request that waits for many others.
const PATIENCE: Duration = Duration::from_secs(10);
/// The answers there are.
const CODES: [StatusCode; 7] = [
    StatusCode::OK,
    StatusCode::BAD_REQUEST,
    StatusCode::UNAUTHORIZED,
    StatusCode::REQUEST_TIMEOUT,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::SERVICE_UNAVAILABLE,
];

/// The task of a relay that takes messages by HTTP. `receipts` is where it gives receipts, if it has a journal.
pub(super) fn configured(receipts: &[String], config: &Config) -> Result<Option<Task>> {
    let Some(path) = &config.relay.publish_tokens else { return Ok(None) };
    if config.relay.http.is_none() {
        return Err(Error::new(Kind::Config, "relay.publish_tokens needs relay.http")
            .hint("fedhub config explain relay.http"));
    }
    let tokens = Tokens::read(path, config.relay.publish_rate)?;
    let (desk, slips) = desk::open(receipts.first(), config)?;
    let service = Arc::new(Service {
        tokens,
        slips,
        format: Format::new(config),
        max_size: usize::try_from(config.relay.publish_size).unwrap_or(usize::MAX),
        answered: Default::default(),
    });
    if receipts.is_empty() {
        tracing::warn!(
            "POST /publish answers 503: the relay has no journal that could keep messages"
        );
    }
    let pages = Router::new().route("/publish", post(publish)).with_state(Arc::clone(&service));
    Ok(Some(task(desk, service, pages)))
}

fn task(mut desk: Desk, service: Arc<Service>, pages: Router) -> Task {
    let ending = desk.ending.clone();
    Task {
        name: "relay publish",
        needed: true,
        probe: Some(Arc::new(move || Snapshot {
            metrics: service.metrics(),
            ..Snapshot::default()
        })),
        stop: Box::new(move || ending.ask()),
        work: Box::new(move |heartbeat| Ok(desk.run(heartbeat))),
        pages: Some(pages),
    }
}

struct Service {
    tokens: Tokens,
    slips: std::sync::mpsc::SyncSender<Slip>,
    format: Format,
    max_size: usize,
    answered: [AtomicU64; CODES.len()],
}

/// Why a request is not answered with a receipt.
struct Refused {
    code: StatusCode,
    error: String,
    hint: String,
}

impl Refused {
    fn new(code: StatusCode, error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, error: error.into(), hint: hint.into() }
    }
}

async fn publish(State(service): State<Arc<Service>>, headers: HeaderMap, body: Body) -> Response {
    let outcome = service.take(&headers, body).await;
    let (code, mut response) = match outcome {
        Ok((topic, receipt)) => {
            let Receipt { msg_id, seq, stream } = receipt;
            let answer =
                json!({"ok": true, "msg_id": msg_id, "seq": seq, "stream": stream, "topic": topic});
            (StatusCode::OK, answer.to_string())
        }
        Err(Refused { code, error, hint }) => {
            (code, json!({"ok": false, "error": escape::text(&error), "hint": hint}).to_string())
        }
    };
    if let Some(at) = CODES.iter().position(|known| *known == code) {
        service.answered[at].fetch_add(1, Ordering::Relaxed);
    }
    response.push('\n');
    let plain = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    match code {
        StatusCode::UNAUTHORIZED => {
            (code, plain, [(header::WWW_AUTHENTICATE, "Bearer")], response).into_response()
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            (code, plain, [(header::RETRY_AFTER, "1")], response).into_response()
        }
        _ => (code, plain, response).into_response(),
    }
}

impl Service {
    async fn take(&self, headers: &HeaderMap, body: Body) -> Result<(String, Receipt), Refused> {
        // Nothing of what strangers send is read.
        let name = self.admit(headers)?;
        let too_large = || {
            let why = format!("the request has more than {} bytes", self.max_size);
            Refused::new(StatusCode::PAYLOAD_TOO_LARGE, why, "see relay.publish_size")
        };
        let announced = headers.get(header::CONTENT_LENGTH).and_then(|text| text.to_str().ok());
        if announced
            .and_then(|text| text.parse().ok())
            .is_some_and(|size: usize| size > self.max_size)
        {
            return Err(too_large());
        }
        let arrival = tokio::time::timeout(ARRIVAL, to_bytes(body, self.max_size)).await;
        let body = match arrival {
            Err(_) => {
                let why = format!("the request did not arrive within {} s", ARRIVAL.as_secs());
                return Err(Refused::new(StatusCode::REQUEST_TIMEOUT, why, "send it at once"));
            }
            // Nobody is left to read the answer if it was the connection that broke.
            Ok(Err(_)) => return Err(too_large()),
            Ok(Ok(body)) => body,
        };
        let (topic, body) = self.format.frames(&body, name).map_err(|error| {
            let hint =
                error.next_step().unwrap_or(r#"{"topic": "wiki.edit", "msg": {}}"#).to_owned();
            Refused::new(StatusCode::BAD_REQUEST, error.explained(), hint)
        })?;
        let receipt = self.keep(topic.clone(), body).await?;
        Ok((topic, receipt))
    }

    /// The name of whoever sends it.
    fn admit(&self, headers: &HeaderMap) -> Result<&str, Refused> {
        let given = headers.get(header::AUTHORIZATION).map_or(&b""[..], |given| given.as_bytes());
        let token = match given.split_at_checked(SCHEME.len()) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case(SCHEME) => token,
            _ => b"",
        };
        match self.tokens.admit(token) {
            Admission::Known(name) => Ok(name),
            Admission::TooOften => {
                let why = "there are more requests with this token than relay.publish_rate";
                Err(Refused::new(StatusCode::TOO_MANY_REQUESTS, why, "try again in a second"))
            }
            Admission::Unknown => {
                let why = "the request has no token that the relay knows";
                let hint = "send the header Authorization: Bearer TOKEN";
                Err(Refused::new(StatusCode::UNAUTHORIZED, why, hint))
            }
        }
    }

    /// Waits until the message is in the journal.
    async fn keep(&self, topic: String, body: Vec<u8>) -> Result<Receipt, Refused> {
        let unavailable =
            |why: &str| Refused::new(StatusCode::SERVICE_UNAVAILABLE, why, "send it again later");
        let (answer, answered) = tokio::sync::oneshot::channel();
        self.slips
            .try_send(Slip { topic, body, answer })
            .map_err(|_| unavailable("too many messages wait, or the relay is stopping"))?;
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(Ok(Ok(receipt))) => Ok(receipt),
            Ok(Ok(Err(refused))) => Err(refused),
            Ok(Err(_)) => Err(unavailable("the relay is stopping")),
            Err(_) => Err(unavailable("the journal does not answer")),
        }
    }

    fn metrics(&self) -> Vec<Metric> {
        let metric = |(code, count): (&StatusCode, &AtomicU64)| Metric {
            name: "fedhub_publish_requests_total",
            help: "Requests to publish by HTTP, by the answer.",
            labels: vec![("code", code.as_u16().to_string())],
            value: count.load(Ordering::Relaxed) as f64,
        };
        CODES.iter().zip(&self.answered).map(metric).collect()
    }
}
