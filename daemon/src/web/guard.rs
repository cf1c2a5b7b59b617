//! What is done with every request and every answer: methods, time, headers, errors for people, and the
//! access log.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fedhub::{Error, Kind};

use super::answer::{self, Failure, Problem};
use super::{Site, pages};

/// What a request may take beyond its time at the archive.
const MARGIN: Duration = Duration::from_secs(10);

/// On every answer. Anybody's scripts may read what anybody may read; pages may load nothing but their
/// style and pictures, and run nothing.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::VARY, "Accept"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src 'self' https: http:; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'",
    ),
];

/// What a page of another site may ask before it asks.
const PREFLIGHT: [(HeaderName, &str); 4] = [
    (header::ALLOW, "GET, HEAD, OPTIONS"),
    (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, OPTIONS"),
    (header::ACCESS_CONTROL_ALLOW_HEADERS, "*"),
    (header::ACCESS_CONTROL_MAX_AGE, "600"),
];

/// Passes a request on.
pub(super) async fn guard(State(site): State<Site>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let html = answer::wanted(request.headers(), &["application/json", "text/html"]) == "text/html";
    let mut response = match method {
        Method::GET | Method::HEAD => {
            let limit = site.time() + MARGIN;
            match tokio::time::timeout(limit, next.run(request)).await {
                Ok(response) => response,
                Err(_) => {
                    let late = Error::new(Kind::TryAgain, "a request was given up");
                    Failure::Store(late).into_response()
                }
            }
        }
        Method::OPTIONS => with(StatusCode::NO_CONTENT.into_response(), &PREFLIGHT),
        _ => {
            let problem = Problem {
                error: "method_not_allowed",
                detail: "the archive can only be read".into(),
                parameter: None,
                hint: Some("GET".into()),
            };
            let mut response = answer::json_response(&problem);
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            with(response, &PREFLIGHT[..1])
        }
    };
    if let Some(problem) = response.extensions().get::<Problem>()
        && html
    {
        response = pages::problem(response.status(), &problem.clone());
    }
    site.0.answers.fetch_add(1, Ordering::Relaxed);
    let took = begun.elapsed().as_millis();
    // Quoted: an address may be made to look like anything.
    tracing::info!(target: "fedhub::access", %method, uri = ?uri, status = response.status().as_u16(),
        ms = took, "request");
    with(response, &HEADERS)
}

fn with(mut response: Response, headers: &[(HeaderName, &'static str)]) -> Response {
    for (name, value) in headers {
        let value = HeaderValue::from_static(value);
        if *name == header::VARY {
            response.headers_mut().append(name, value);
        } else {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
