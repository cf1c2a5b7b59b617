//! fedhub's own interface: `/v3/messages`, `/v3/messages/ID`, `/v3/topics` and `/v3/counts`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use fedhub::meta::Meta;
use fedhub::store::shown::Shown;
use fedhub::store::{Dimension, Order, Position, Query, Total};
use serde::Serialize;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::answer::{self, Answer, Failure};
use super::conditions::Conditions;
use super::finder::Search;
use super::parameters::{Parameters, Refusal};
use super::time::{self, Range};
use super::{Site, cache};

/// How many messages a page may have, and has when nothing is said.
const MAX_LIMIT: u64 = 1000;
const LIMIT: u64 = 100;
/// How many messages are read at a time for one who wants all of them.
const STREAM_PAGE: usize = 200;
/// How many such pages wait for one who is slow.
const WAITING_PAGES: usize = 2;
/// The time budget when nothing is said.
const BUDGET: Duration = Duration::from_secs(10);
const NDJSON: &str = "application/x-ndjson";

/// A request for messages.
struct Request {
    search: Search,
    after: Option<Position>,
    /// Whether a limit was named.
    limited: bool,
    total: Total,
    about: bool,
}

impl Request {
    fn read(query: &str, rules: &Arc<Meta>, most: Duration) -> Result<Self, Refusal> {
        let mut given = Parameters::parse(query)?;
        let range = Range::read(&mut given, fedhub::journal::now())?;
        let conditions = Conditions::read(&mut given, rules)?;
        let total = match given.word("total", &["none", "exact", "estimate"])? {
            "exact" => Total::Exact,
            "estimate" => Total::Estimate,
            _ => Total::None,
        };
        if total != Total::None && !conditions.are_indexed() {
            let why = "messages that are selected by where, body. or header. are not counted";
            return Err(Refusal::new("total", why, "none"));
        }
        let newest = given.word("order", &["desc", "asc"])? == "desc";
        let limited = given.number("limit", 1..=u64::MAX, MAX_LIMIT)?;
        let has_limit = given.text("limit").is_some();
        let after =
            given.read("after", "the next of an answer, or a message's cursor", |text| {
                text.parse().ok()
            })?;
        let budget = given.read("budget", "seconds, such as 2.5", |text| {
            text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        })?;
        let about = given.flag("about", false);
        given.finish()?;
        let query = Query { since: range.since, until: range.until, ..Query::default() };
        Ok(Self {
            search: Search {
                conditions,
                query,
                order: if newest { Order::Newest } else { Order::Oldest },
                limit: usize::try_from(if has_limit { limited } else { LIMIT })
                    .unwrap_or(usize::MAX),
                budget: budget.unwrap_or(BUDGET).min(most),
            },
            after,
            limited: has_limit,
            total,
            about,
        })
    }
}

/// `/v3/messages`.
pub(crate) async fn messages(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let rules = site.rules();
    let mut request = Request::read(&query.unwrap_or_default(), &rules, site.time())?;
    if answer::wanted(&headers, &["application/json", NDJSON]) == NDJSON {
        return stream_of(site, request).await;
    }
    if request.search.limit as u64 > MAX_LIMIT {
        let hint = format!("a whole number from 1 to {MAX_LIMIT}; any with Accept: {NDJSON}");
        return Err(Refusal::new("limit", "it is too much for one page", hint).into());
    }
    site.run(move |session| {
        // Read first: what comes while the page is made comes to who follows from there.
        let newest = session.store()?.newest()?;
        let Some(found) = request.search.conditions.query(session)? else {
            let body = json!({
                "messages": [], "count": 0, "next": request.after.map(|at| at.to_string()), "more": false,
                "complete": true, "limited_by": null, "total": (request.total != Total::None).then_some(0),
                "stream": newest.to_string(),
            });
            return Ok(cache::json(&body, cache::CHECKED, &headers));
        };
        let asked = request.search.query.clone();
        request.search.query = Query { since: asked.since, until: asked.until, ..found };
        let page = request.search.page(session, request.after)?;
        let total = match request.total {
            Total::None => None,
            how => session.store()?.count(&request.search.query, how)?,
        };
        let about = request.about.then_some(&*rules);
        let shown: Vec<_> = page.messages.iter().map(|one| Shown::new(one, about)).collect();
        let body = json!({
            "count": shown.len(),
            "next": page.next.map(|at| at.to_string()),
            "more": page.more,
            "complete": page.complete,
            "limited_by": page.limited_by(),
            "total": total,
            "stream": newest.to_string(),
        });
        let body = Listed { messages: shown, rest: body };
        Ok(cache::json(&body, cache::CHECKED, &headers))
    })
    .await
}

#[derive(Serialize)]
struct Listed<'a> {
    messages: Vec<Shown<'a>>,
    #[serde(flatten)]
    rest: serde_json::Value,
}

/// All messages, one on each line, read page by page as fast as they are taken.
async fn stream_of(site: Site, request: Request) -> Answer {
    let Request { mut search, after, limited, about, .. } = request;
    let mut left = if limited { search.limit } else { usize::MAX };
    let (sender, receiver) = mpsc::channel::<Result<Bytes, std::io::Error>>(WAITING_PAGES);
    let rules = site.rules();
    // What is wrong at the start is still said in order.
    let (mut search, found) = site
        .run(move |session| {
            let found = search.conditions.query(session)?;
            if let Some(found) = &found {
                let asked = search.query;
                search.query = Query { since: asked.since, until: asked.until, ..found.clone() };
            }
            Ok((search, found))
        })
        .await?;
    search.budget = site.time();
    tokio::spawn(async move {
        let mut after = after;
        while found.is_some() && left > 0 {
            search.limit = left.min(STREAM_PAGE);
            let rules = Arc::clone(&rules);
            let page = site.run(move |session| {
                let page = search.page(session, after)?;
                let mut lines = Vec::new();
                for one in &page.messages {
                    let shown = Shown::new(one, about.then_some(&*rules));
                    // Writing to memory does not fail, and every value can be written.
                    let _ = serde_json::to_writer(&mut lines, &shown);
                    lines.push(b'\n');
                }
                Ok((search, lines, page.messages.len(), page.next, page.more))
            });
            let (given_back, lines, count, next, more) = match page.await {
                Ok(page) => page,
                Err(failure) => {
                    if let Failure::Store(error) = &failure {
                        answer::log(error);
                    }
                    // The connection ends without the last chunk, so that nobody takes it for all.
                    let error = std::io::Error::other("the archive failed");
                    let _ = sender.send(Err(error)).await;
                    return;
                }
            };
            (search, after, left) = (given_back, next, left - count);
            if !lines.is_empty() && sender.send(Ok(lines.into())).await.is_err() || !more {
                return;
            }
        }
    });
    Ok(answer::typed(NDJSON, Body::from_stream(ReceiverStream::new(receiver))))
}

/// `/v3/messages/ID`.
pub(crate) async fn message(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let rules = site.rules();
    site.run(move |session| {
        let one = session.store()?.get(&id)?;
        let one = one.ok_or(Failure::NotFound("no message in the archive has this id"))?;
        Ok(cache::json(&Shown::new(&one, Some(&rules)), cache::LONG, &headers))
    })
    .await
}

/// `/v3/topics`.
pub(crate) async fn topics(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let mut given = Parameters::parse(&query.unwrap_or_default())?;
    let globs = given.all("topic");
    given.finish()?;
    site.run(move |session| {
        let fits = |topic: &str| {
            globs.is_empty()
                || globs.iter().any(|glob| super::conditions::glob_matches(glob, topic))
        };
        let topics = session.store()?.topics()?.into_iter().filter(|one| fits(&one.topic));
        let topics = topics.map(|one| {
            json!({
                "topic": one.topic,
                "count": one.count,
                "first": time::show(one.first),
                "last": time::show(one.last),
            })
        });
        let topics: Vec<_> = topics.collect();
        Ok(cache::json(&json!({"topics": topics}), cache::CHECKED, &headers))
    })
    .await
}

/// `/v3/counts`.
pub(crate) async fn counts(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    const DIMENSIONS: [(&str, Dimension); 6] = [
        ("category", Dimension::Category),
        ("topic", Dimension::Topic),
        ("user", Dimension::User),
        ("package", Dimension::Package),
        ("agent", Dimension::Agent),
        ("none", Dimension::All),
    ];
    let mut given = Parameters::parse(&query.unwrap_or_default())?;
    let range = Range::read(&mut given, fedhub::journal::now())?;
    let conditions = Conditions::read(&mut given, &site.rules())?;
    if !conditions.are_indexed() {
        let why = "messages that are selected by where, body. or header. are not counted";
        return Err(Refusal::new("where", why, "the other filters").into());
    }
    let by = given.word("by", &DIMENSIONS.map(|(name, _)| name))?;
    let bucket = given.read("bucket", "seconds from 60 on, or 30m, 1h, 1d, 1w", parse_bucket)?;
    let limit = given.number("limit", 1..=1000, 50)?;
    given.finish()?;
    site.run(move |session| {
        let dimension = DIMENSIONS.iter().find(|(name, _)| *name == by);
        let dimension = dimension.map_or(Dimension::All, |(_, dimension)| *dimension);
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let counts = match conditions.query(session)? {
            Some(found) => {
                let query = Query { since: range.since, until: range.until, ..found };
                session.store()?.counts(&query, dimension, bucket, limit)?
            }
            None => Vec::new(),
        };
        let counts: Vec<_> = counts
            .into_iter()
            .map(|one| match one.bucket {
                Some(from) => {
                    json!({"time": time::show(from), "name": one.name, "count": one.count})
                }
                None => json!({"name": one.name, "count": one.count}),
            })
            .collect();
        let bucket = bucket.map(|bucket| bucket.as_secs());
        let body = json!({"by": by, "bucket": bucket, "counts": counts});
        Ok(cache::json(&body, cache::CHECKED, &headers))
    })
    .await
}

fn parse_bucket(text: &str) -> Option<Duration> {
    let unit = match text.chars().last()? {
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 604_800,
        _ => 1,
    };
    let number: u64 = text.trim_end_matches(['m', 'h', 'd', 'w']).parse().ok()?;
    let seconds = number.checked_mul(unit).filter(|seconds| (60..=31_622_400).contains(seconds))?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_have_units() {
        for (text, seconds) in
            [("60", Some(60)), ("30m", Some(1800)), ("1d", Some(86_400)), ("59", None), ("h", None)]
        {
            assert_eq!(parse_bucket(text).map(|bucket| bucket.as_secs()), seconds, "{text}");
        }
    }

    #[test]
    fn every_parameter_is_known_and_wrong_ones_are_named() {
        let rules = Arc::new(Meta::load(None, Default::default()).unwrap());
        let request = |query: &str| Request::read(query, &rules, Duration::from_secs(20));
        let all = "start=1&end=2&topic=a.*&not_user=x&contains=y&after=5_6&limit=7\
                   &total=exact&order=asc&budget=99&about=1&strict=1";
        let read = request(all).unwrap();
        assert_eq!((read.after, read.search.limit), (Some(Position { time: 5, id: 6 }), 7));
        assert_eq!(read.search.budget, Duration::from_secs(20));
        assert!(request("body.a.b=1&header.x=2&where=.msg.n&strict=1").is_ok());
        for wrong in ["after=x", "limit=0", "total=x", "order=x", "budget=-1", "where=)"] {
            let name = wrong.split('=').next().unwrap();
            assert_eq!(request(wrong).err().unwrap().parameter, name);
        }
        assert_eq!(request("total=exact&body.a=1").err().unwrap().parameter, "total");
    }
}
