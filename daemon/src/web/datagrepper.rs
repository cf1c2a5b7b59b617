//! The pages of datagrepper: `/raw`, `/id`, their `/v2` forms, `/messagecount` and `/healthz/…`.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fedhub::Kind;
use fedhub::store::{Order, Page as Found, Query, Total, Wanted};
use serde::Serialize;
use serde_json::json;

use super::answer::{self, Answer, Callback, Failure};
use super::pages::{self, Look};
use super::parameters::{Parameters, Refusal};
use super::pool::Session;
use super::search::{self, Size};
use super::shapes::{self, Shape, Version};
use super::time::Range;
use super::{Site, cache};

/// What answers may be. Programs that do not say get JSON.
const OFFERS: [&str; 3] = ["application/json", "text/html", "text/plain"];

/// A page of results, as it was asked for.
pub(crate) struct Request {
    pub(crate) query: Query,
    pub(crate) range: Range,
    pub(crate) page: u64,
    pub(crate) rows: u64,
    pub(crate) order: &'static str,
    pub(crate) metas: Vec<String>,
    pub(crate) look: Look,
    callback: Option<Callback>,
}

impl Request {
    fn read(query: &str) -> Result<Self, Refusal> {
        let mut given = Parameters::parse(query)?;
        let (query, range) = search::read(&mut given, fedhub::journal::now())?;
        let request = Self {
            query,
            range,
            // Further on lies nothing, in any archive.
            page: given.number("page", 1..=1_000_000_000, 1)?,
            rows: given.number("rows_per_page", 1..=100, 25)?,
            order: given.word("order", &["desc", "asc"])?,
            metas: shapes::read_metas(&mut given)?,
            look: Look::read(&mut given)?,
            callback: Callback::read(&mut given)?,
        };
        given.finish()?;
        Ok(request)
    }
}

/// A page of more bytes is refused: it cannot be cut, because the next one begins at a fixed place.
const PAGE_BYTES: u64 = 2 * super::finder::PAGE_BYTES;

/// One page of the archive.
pub(crate) fn find(session: &mut Session, request: &Request) -> Result<Found, Failure> {
    let wanted = Wanted {
        order: if request.order == "asc" { Order::Oldest } else { Order::Newest },
        after: None,
        offset: (request.page - 1) * request.rows,
        limit: u32::try_from(request.rows).unwrap_or(u32::MAX),
        bytes: PAGE_BYTES,
        total: true,
    };
    match session.store()?.page(&request.query, wanted) {
        Ok(found) if found.cut => {
            let why = format!("the messages of this page have more than {PAGE_BYTES} bytes");
            let hint = format!("{} at most, or /v3/messages", found.messages.len());
            Err(Refusal::new("rows_per_page", why, hint).into())
        }
        // To ask the same again would not help.
        Err(error) if error.kind() == Kind::TryAgain && !request.query.contains.is_empty() => {
            let why = "to look at every message of this time takes too long";
            let hint = "start and end closer together, or /v3/messages, which gives what it has \
                        found in time and where to go on";
            Err(Refusal::new("contains", why, hint).into())
        }
        found => Ok(found?),
    }
}

#[derive(Serialize)]
struct Page<'a> {
    raw_messages: Vec<Shape<'a>>,
    total: u64,
    pages: u64,
    count: usize,
    arguments: serde_json::Value,
}

fn arguments(request: &Request) -> serde_json::Value {
    let seconds = |micros: Option<i64>| micros.map(|micros| micros as f64 / 1e6);
    let query = &request.query;
    json!({
        "start": seconds(request.range.since),
        "delta": request.range.delta,
        "end": seconds(request.range.until),
        "users": query.users,
        "packages": query.packages,
        "categories": query.categories,
        "topics": query.topics,
        "agents": query.agents,
        "contains": query.contains,
        "not_users": query.not_users,
        "not_packages": query.not_packages,
        "not_categories": query.not_categories,
        "not_topics": query.not_topics,
        "not_agents": query.not_agents,
        "page": request.page,
        "rows_per_page": request.rows,
        "order": request.order,
        "meta": request.metas,
    })
}

/// `/raw`.
pub(crate) async fn raw(state: State<Site>, query: RawQuery, headers: HeaderMap) -> Answer {
    search(state, query, &headers, Version::One).await
}

/// `/`: the search page, or for programs the newest messages.
pub(crate) async fn home(state: State<Site>, query: RawQuery, headers: HeaderMap) -> Answer {
    search(state, query, &headers, Version::One).await
}

/// `/v2/search`.
pub(crate) async fn search_v2(state: State<Site>, query: RawQuery, headers: HeaderMap) -> Answer {
    search(state, query, &headers, Version::Two).await
}

async fn search(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
    headers: &HeaderMap,
    version: Version,
) -> Answer {
    let text = query.unwrap_or_default();
    let request = Request::read(&text)?;
    let html = request.callback.is_none() && answer::wanted(headers, &OFFERS) == "text/html";
    let rules = site.rules();
    site.run(move |session| {
        let found = find(session, &request)?;
        if html {
            return pages::results(&text, &request, &found, &rules);
        }
        let shape = |one| Shape::of(one, version, &request.metas, &rules);
        let total = found.total.unwrap_or_default();
        let page = Page {
            raw_messages: found.messages.iter().map(shape).collect(),
            total,
            pages: total.div_ceil(request.rows),
            count: found.messages.len(),
            arguments: arguments(&request),
        };
        Ok(answer::json_or_call(&page, request.callback.as_ref()))
    })
    .await
}

/// `/id`.
pub(crate) async fn id(state: State<Site>, query: RawQuery, headers: HeaderMap) -> Answer {
    message(state, query, headers, Version::One).await
}

/// `/v2/id`.
pub(crate) async fn id_v2(state: State<Site>, query: RawQuery, headers: HeaderMap) -> Answer {
    message(state, query, headers, Version::Two).await
}

async fn message(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    version: Version,
) -> Answer {
    let mut given = Parameters::parse(&query.unwrap_or_default())?;
    let id = given.text("id");
    let metas = shapes::read_metas(&mut given)?;
    let mut look = Look::read(&mut given)?;
    // The page of a message shows all of it, unless a card is wanted.
    look.whole = look.size == Size::ExtraLarge || look.chrome;
    let callback = Callback::read(&mut given)?;
    given.flag("is_raw", false);
    given.finish()?;
    let hint = "the msg_id of a message";
    let id = id.ok_or_else(|| Refusal::new("id", "it is missing", hint))?;
    let html = callback.is_none() && answer::wanted(&headers, &OFFERS) == "text/html";
    let rules = site.rules();
    site.run(move |session| {
        let one = session.store()?.get(&id)?;
        let one = one.ok_or(Failure::NotFound("no message in the archive has this id"))?;
        if html {
            return pages::message(&one, look, &rules);
        }
        let shape = Shape::of(&one, version, &metas, &rules);
        match callback {
            Some(callback) => Ok(answer::json_or_call(&shape, Some(&callback))),
            None => Ok(cache::json(&shape, cache::LONG, &headers)),
        }
    })
    .await
}

/// `/messagecount`.
pub(crate) async fn message_count(State(site): State<Site>) -> Answer {
    site.run(|session| {
        let count = session.store()?.count(&Query::default(), Total::Exact)?;
        Ok(answer::json_response(&json!({"messagecount": count})))
    })
    .await
}

/// `/healthz/live`.
pub(crate) async fn live() -> Response {
    health(StatusCode::OK, "OK")
}

/// `/healthz/ready`.
pub(crate) async fn ready(State(site): State<Site>) -> Response {
    let looked = site.run(|session| {
        session.store()?.query(&Query::default(), Order::Newest, None, 0, 1)?;
        Ok(())
    });
    match looked.await {
        Ok(()) => health(StatusCode::OK, "OK"),
        Err(Failure::Busy) => health(StatusCode::SERVICE_UNAVAILABLE, "Too many requests wait"),
        Err(failure) => {
            drop(failure.into_response());
            health(StatusCode::SERVICE_UNAVAILABLE, "Can't connect to the database")
        }
    }
}

fn health(status: StatusCode, title: &str) -> Response {
    let mut response = answer::json_response(&json!({"status": status.as_u16(), "title": title}));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_is_known() {
        let all = "start=1&end=2&delta=3&user=a&package=b&category=c&topic=d&agent=e&not_user=f\
                   &not_package=g&not_category=h&not_topic=i&not_agent=j&contains=k&page=2\
                   &rows_per_page=7&order=asc&meta=link&meta=summary&callback=cb&size=small\
                   &chrome=false&strict=1";
        let request = Request::read(all).unwrap();
        assert_eq!((request.page, request.rows, request.order), (2, 7, "asc"));
        assert_eq!(request.metas, ["link", "summary"]);
        let arguments = arguments(&request);
        assert_eq!((&arguments["start"], &arguments["delta"]), (&json!(1.0), &json!(1.0)));
        assert_eq!(arguments["not_agents"], json!(["j"]));
    }

    #[test]
    fn defects_of_the_original_are_refused_with_a_name() {
        for (query, parameter) in [
            ("rows_per_page=0", "rows_per_page"),
            ("rows_per_page=-1", "rows_per_page"),
            ("rows_per_page=101", "rows_per_page"),
            ("page=0", "page"),
            ("page=abc", "page"),
            ("start=nan", "start"),
            ("meta=nonsense", "meta"),
            ("order=up", "order"),
            ("size=huge", "size"),
            ("callback=alert(1)//", "callback"),
            ("user=%00", "user"),
            ("usr=alice&strict=1", "usr"),
        ] {
            let refusal = Request::read(query).err().unwrap();
            assert_eq!(refusal.parameter, parameter, "{query}");
            assert!(!refusal.hint.is_empty());
        }
    }
}
