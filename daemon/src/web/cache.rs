//! Answers that may be kept: each has an ETag, and who has it already gets no body.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use openssl::sha::sha256;
use serde::Serialize;

use super::answer;

/// For what does not change: the messages themselves.
pub(crate) const LONG: &str = "public, max-age=3600";
/// For what may change: kept, but asked about each time.
pub(crate) const CHECKED: &str = "no-cache";

/// JSON that may be kept, or that it has not changed.
pub(crate) fn json(value: &impl Serialize, how: &'static str, headers: &HeaderMap) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => kept("application/json", body, how, headers),
        Err(_) => answer::json_response(value),
    }
}

/// A body that may be kept, or that it has not changed.
pub(crate) fn kept(
    content_type: &'static str,
    body: Vec<u8>,
    how: &'static str,
    headers: &HeaderMap,
) -> Response {
    let digest = sha256(&body);
    let digits: String = digest[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    // Weak: the same answer may come compressed.
    let tag = format!("W/\"{digits}\"");
    let mut response = if has(headers, &tag) {
        let mut unchanged = answer::typed(content_type, Vec::new());
        unchanged.headers_mut().remove(CONTENT_TYPE);
        *unchanged.status_mut() = StatusCode::NOT_MODIFIED;
        unchanged
    } else {
        answer::typed(content_type, body)
    };
    let kept = response.headers_mut();
    kept.insert(CACHE_CONTROL, HeaderValue::from_static(how));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        kept.insert(ETAG, tag);
    }
    response
}

fn has(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let strong = tag.trim_start_matches("W/");
    known
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .any(|one| one == "*" || one.trim_start_matches("W/") == strong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_it_gets_no_body() {
        let mut headers = HeaderMap::new();
        let first = json(&1, LONG, &headers);
        assert_eq!(first.status(), StatusCode::OK);
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        for (known, status) in [
            (tag.clone(), StatusCode::NOT_MODIFIED),
            (format!("\"x\", {}", tag.trim_start_matches("W/")), StatusCode::NOT_MODIFIED),
            ("*".into(), StatusCode::NOT_MODIFIED),
            ("W/\"x\"".into(), StatusCode::OK),
        ] {
            headers.insert(IF_NONE_MATCH, HeaderValue::from_str(&known).unwrap());
            assert_eq!(json(&1, LONG, &headers).status(), status, "{known}");
        }
    }
}
