//! What is answered: JSON, JSONP, and what is said when a request cannot be met.

use axum::body::Body;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use fedhub::{Error, Kind};
use serde::Serialize;
use serde_json::json;

use super::parameters::{Parameters, Refusal};

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The request is wrong.
    Refused(Refusal),
    /// There is no such thing.
    NotFound(&'static str),
    /// Too many ask at once.
    Busy,
    /// The archive could not say.
    Store(Error),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure::Refused(refusal)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Store(error)
    }
}

/// The result of a page.
pub(crate) type Answer = Result<Response, Failure>;

/// What a failure looks like: always the same members, null where they have nothing to say.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Problem {
    pub(crate) error: &'static str,
    pub(crate) detail: String,
    pub(crate) parameter: Option<String>,
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// The status, and what is said.
    pub(crate) fn problem(&self) -> (StatusCode, Problem) {
        let plain = |error, detail: &str| Problem {
            error,
            detail: detail.to_owned(),
            parameter: None,
            hint: None,
        };
        match self {
            Failure::Refused(Refusal { parameter, why, hint }) => {
                let problem = Problem {
                    error: "bad_request",
                    detail: why.clone(),
                    parameter: Some(parameter.clone()).filter(|name| !name.is_empty()),
                    hint: Some(hint.clone()),
                };
                (StatusCode::BAD_REQUEST, problem)
            }
            Failure::NotFound(what) => (StatusCode::NOT_FOUND, plain("not_found", what)),
            Failure::Busy => {
                let problem = plain("busy", "too many requests wait for the archive");
                (StatusCode::SERVICE_UNAVAILABLE, problem)
            }
            // Details are for the log: they may name paths and hosts.
            Failure::Store(error) => match error.kind() {
                Kind::TryAgain => {
                    let hint = "a shorter time, fewer filters, or /v3/messages without a total";
                    let problem = plain("timeout", "the archive does not answer in time");
                    let problem = Problem { hint: Some(hint.to_owned()), ..problem };
                    (StatusCode::SERVICE_UNAVAILABLE, problem)
                }
                Kind::Unavailable | Kind::Io | Kind::NoInput => (
                    StatusCode::SERVICE_UNAVAILABLE,
                    plain("unavailable", "the archive cannot be reached now"),
                ),
                _ => (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    plain("internal_error", "the archive cannot answer this"),
                ),
            },
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if let Failure::Store(error) = &self {
            log(error);
        }
        let (status, problem) = self.problem();
        let mut response = json_response(&problem);
        *response.status_mut() = status;
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
        }
        // The page for people is made of it.
        response.extensions_mut().insert(problem);
        response
    }
}

/// Says in the log what the archive failed at.
pub(crate) fn log(error: &Error) {
    tracing::error!("the archive cannot answer: {}", error.explained());
}

/// JSON that may change at any time.
pub(crate) fn json_response(value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => typed("application/json", body),
        Err(error) => {
            tracing::error!("cannot write JSON: {error}");
            let body = json!({"error": "internal_error"}).to_string();
            let mut response = typed("application/json", body);
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

/// A body of this type, not to be kept.
pub(crate) fn typed(content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// The name of a function that JSON is to be passed to.
#[derive(Debug, Clone)]
pub(crate) struct Callback(String);

impl Callback {
    /// Reads `callback`: names of JavaScript with dots between them, and nothing that could run.
    pub(crate) fn read(given: &mut Parameters) -> Result<Option<Self>, Refusal> {
        let name = |word: &str| {
            let mut letters = word.chars();
            let first = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || "_$".contains(c));
            first && letters.all(|c| c.is_ascii_alphanumeric() || "_$".contains(c))
        };
        let valid = |text: &str| text.len() <= 128 && text.split('.').all(name);
        let hint = "the name of a function, such as show or app.show";
        given.read("callback", hint, |text| valid(text).then(|| Callback(text.to_owned())))
    }

    /// A call of the function with a value.
    pub(crate) fn call(&self, value: &impl Serialize) -> Result<Response, serde_json::Error> {
        // Older scripts end a line at these two, even within a string.
        let text = serde_json::to_string(value)?;
        let text = text.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
        Ok(typed("application/javascript; charset=utf-8", format!("{}({text});", self.0)))
    }
}

/// JSON, or a call if that was asked for.
pub(crate) fn json_or_call(value: &impl Serialize, callback: Option<&Callback>) -> Response {
    match callback.map(|callback| callback.call(value)) {
        Some(Ok(response)) => response,
        Some(Err(error)) => {
            tracing::error!("cannot write JSON: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        None => json_response(value),
    }
}

/// Which of these media types is wanted most; the first when nothing is said.
pub(crate) fn wanted(headers: &HeaderMap, offers: &[&'static str]) -> &'static str {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or("*/*");
    let mut best = (0.0, 0, offers[0]);
    for offer in offers {
        // The most exact range that fits says how much an offer is wanted.
        let fitting = accept.split(',').filter_map(|range| quality(range, offer));
        let Some((exactness, quality)) = fitting.max_by_key(|(exactness, _)| *exactness) else {
            continue;
        };
        if quality > best.0 || quality == best.0 && exactness > best.1 {
            best = (quality, exactness, offer);
        }
    }
    best.2
}

/// How exactly a media range fits a type, and how much it is wanted.
fn quality(range: &str, offer: &str) -> Option<(u8, f32)> {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let exactness = match name.strip_suffix("/*") {
        Some("*") => 0,
        Some(family) if offer.split('/').next() == Some(family) => 1,
        _ if name == offer => 2,
        _ => return None,
    };
    let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
    Some((exactness, quality))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn callback(query: &str) -> Result<Option<Callback>, Refusal> {
        Callback::read(&mut Parameters::parse(query).unwrap())
    }

    #[test]
    fn only_names_are_called() {
        for good in ["cb", "jQuery1_2", "$.a._b", "window.app.show"] {
            assert!(callback(&format!("callback={good}")).unwrap().is_some(), "{good}");
        }
        for bad in ["alert(1)//", "a..b", ".a", "1a", "a b", "a;b", "a%0Ab", "<b>", "a[0]"] {
            assert!(callback(&format!("callback={bad}")).is_err(), "{bad}");
        }
        assert!(callback("callback=").unwrap().is_none());
    }

    #[test]
    fn people_get_pages_and_programs_get_json() {
        const OFFERS: [&str; 3] = ["application/json", "text/html", "text/plain"];
        let best = |accept: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
            }
            wanted(&headers, &OFFERS)
        };
        assert_eq!(best(None), "application/json");
        assert_eq!(best(Some("*/*")), "application/json");
        assert_eq!(best(Some("image/png")), "application/json");
        assert_eq!(best(Some("text/html")), "text/html");
        assert_eq!(best(Some("text/html,application/xml;q=0.9,*/*;q=0.8")), "text/html");
        assert_eq!(best(Some("application/json, text/html;q=0.9")), "application/json");
        assert_eq!(best(Some("text/*")), "text/html");
        assert_eq!(best(Some("text/html;q=0, */*")), "application/json");
        assert_eq!(best(Some("text/html;q=x;;,")), "text/html");
    }
}
