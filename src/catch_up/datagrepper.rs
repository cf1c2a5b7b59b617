//! The past from datagrepper, or from who speaks as it does: GET `/raw`.
//!
//! Pages of one query shift while messages arrive, and messages of one second have no order among
//! pages. So only first pages are read: what a first page has before its last second is complete, and
//! the next query begins with that second. Only a second that fills a page by itself is read page by
//! page, until as many messages were seen as the other side counts.

mod page;

use std::collections::HashSet;
use std::time::Duration;

use openssl::sha::sha256;
use ureq::Body;
use ureq::http::{Response, StatusCode, Uri};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

use self::page::{Page, Row};
use super::{Batch, Failure, Source};
use crate::message::Message;
use crate::{Error, Kind, canonical};

/// How many rows are asked for; datagrepper gives no more.
const ROWS: usize = 100;
/// How many seconds one query may span. The other side counts all of it, each time.
const SPAN: i64 = 24 * 3600;
/// No message is as late as this second.
const FUTURE: i64 = 4_000_000_000;
/// How many messages of one second can be put together.
const MAX_SECOND: usize = 100_000;
/// How often the pages of one second are read at most, and how often without finding more.
const PASSES: usize = 30;
const ENOUGH: u32 = 6;
/// Refusals that are not the asker's fault.
const PASSING: [StatusCode; 3] =
    [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
const TIMEOUT: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// What is asked in the address itself would override what is asked for here.
const RESERVED: [&str; 7] = ["start", "end", "delta", "page", "rows_per_page", "order", "callback"];

/// A datagrepper.
#[derive(Debug)]
pub struct Datagrepper {
    agent: ureq::Agent,
    url: String,
    /// Fewer while pages are too large.
    rows: usize,
    /// Shorter while the other side cannot cope.
    span: i64,
}

impl Datagrepper {
    /// The one at this address, with or without its `/raw`; with `/v2/search` at its end, that API is
    /// used. Filters in the address, such as `?category=git`, apply to all that is read.
    pub fn new(address: &str) -> Result<Self, Error> {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::NativeTls)
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            // A refusal may say when to come again.
            .http_status_as_error(false)
            .user_agent(concat!("fedhub/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build()
            .new_agent();
        Ok(Self { agent, url: raw_url(address)?, rows: ROWS, span: SPAN })
    }

    /// The second of the oldest message; `None` if there is none.
    pub fn oldest(&mut self) -> Result<Option<i64>, Failure> {
        let rows = std::mem::replace(&mut self.rows, 1);
        // Nothing is older than a second; datagrepper takes 0 for no time at all.
        let page = self.fetch(1, FUTURE, 1);
        self.rows = rows;
        Ok(page?.rows.first().map(|row| row.second))
    }

    /// One page of the messages from the second `from` on and before `until`.
    fn fetch(&mut self, from: i64, until: i64, page: usize) -> Result<Page, Failure> {
        // Both ends count for it, to the microsecond.
        let query = [
            ("start", from.to_string()),
            ("end", format!("{}.999999", until - 1)),
            ("order", "asc".to_owned()),
            ("page", page.to_string()),
            ("rows_per_page", self.rows.to_string()),
        ];
        let request = self.agent.get(&self.url).query_pairs(query);
        let answer = request.header("accept", "application/json").call();
        let mut answer = answer.map_err(|error| self.unreadable(error))?;
        if answer.status() != StatusCode::OK {
            return Err(self.refused(&answer));
        }
        let limit = canonical::MAX_BYTES as u64;
        let text = answer.body_mut().with_config().limit(limit).read_to_vec();
        let text = text.map_err(|error| self.unreadable(error))?;
        let page = Page::read(&text, from, until).and_then(|page| match page.rows.len() {
            count if count <= self.rows => Ok(page),
            count => Err(format!("it gave {count} messages, and was asked for {}", self.rows)),
        });
        page.map_err(|why| self.nonsense(why))
    }

    fn unreadable(&mut self, error: ureq::Error) -> Failure {
        if matches!(error, ureq::Error::BodyExceedsLimit(_) | ureq::Error::Timeout(_)) {
            self.ask_less();
        }
        Error::new(Kind::TryAgain, format!("cannot read from {}", self.url)).because(error).into()
    }

    fn refused(&mut self, answer: &Response<Body>) -> Failure {
        let status = answer.status();
        let retry_after = answer.headers().get("retry-after");
        let retry_after = retry_after.and_then(|seconds| seconds.to_str().ok()?.parse().ok());
        let what = format!("{} answers {status}", self.url);
        let lasting = status.is_client_error() && !PASSING.contains(&status);
        let error = if lasting {
            let hint = "see what is set: fedhub config explain hub.datagrepper_url";
            Error::new(Kind::Config, what).hint(hint)
        } else {
            self.ask_less();
            Error::new(Kind::TryAgain, what)
        };
        Failure { error, retry_after: retry_after.map(Duration::from_secs), lasting }
    }

    /// What was too much may go through in smaller pieces.
    fn ask_less(&mut self) {
        self.span = (self.span / 2).max(1);
        self.rows = (self.rows / 2).max(1);
    }

    fn nonsense(&self, why: impl Into<String>) -> Failure {
        let what = format!("{} gives no usable answer: {}", self.url, why.into());
        Error::new(Kind::Protocol, what).into()
    }

    fn read_span(&mut self, from: i64, until: i64) -> Result<Batch, Failure> {
        let Page { mut rows, total } = self.fetch(from, until, 1)?;
        let last = rows.last().map_or(from, |row| row.second);
        let given = rows.len() as u64;
        let reached = if given >= total {
            until
        } else if rows.len() < self.rows {
            // A message came between its counting and its reading, or something is lost there.
            let why = format!("it counts {total} messages, and gave {given} where all fit");
            return Err(self.nonsense(why));
        } else if last == from {
            let messages = self.read_second(from)?;
            let left = total.saturating_sub(messages.len() as u64);
            return Ok(Batch { messages, reached: from + 1, left });
        } else {
            rows.retain(|row| row.second < last);
            last
        };
        let left = total.saturating_sub(rows.len() as u64);
        Ok(Batch { messages: rows.into_iter().map(|row| row.message).collect(), reached, left })
    }

    /// All messages of one second that has more than fit a page.
    fn read_second(&mut self, second: i64) -> Result<Vec<Message>, Failure> {
        let (mut seen, mut messages) = (HashSet::new(), Vec::new());
        let (mut unchanged, rows) = (0, self.rows);
        for pass in 0..PASSES {
            // Other borders show what hid between two pages.
            self.rows = rows - rows * (pass % 4) / 8;
            let before = messages.len();
            let total = self.read_pages(second, |row| {
                if seen.insert(sha256(row.message.body())) {
                    messages.push(row.message);
                }
                messages.len() <= MAX_SECOND
            })?;
            // It may keep the same message twice, and then its count is out of reach.
            unchanged = if messages.len() == before { unchanged + 1 } else { 0 };
            if messages.len() as u64 >= total || unchanged == ENOUGH {
                return Ok(messages);
            }
        }
        Err(self.nonsense(format!("its pages of the second {second} keep changing")))
    }

    /// Reads all pages of a second, and gives how many messages the other side counts in it.
    fn read_pages(
        &mut self,
        second: i64,
        mut take: impl FnMut(Row) -> bool,
    ) -> Result<u64, Failure> {
        let mut total = 0;
        // A server that ignores the number gives the first page for ever.
        for number in 1..=MAX_SECOND / self.rows.max(1) + 1 {
            let page = self.fetch(second, second + 1, number)?;
            // Past the end it counts nothing.
            total = page.total.max(total);
            let full = page.rows.len() == self.rows;
            if !page.rows.into_iter().all(&mut take) {
                let why = format!("more than {MAX_SECOND} messages are of the second {second}");
                return Err(self.nonsense(why));
            }
            if !full {
                break;
            }
        }
        Ok(total)
    }
}

impl Source for Datagrepper {
    fn read(&mut self, from: i64, until: i64) -> Result<Batch, Failure> {
        let end = until.min(from.saturating_add(self.span));
        let mut batch = self.read_span(from, end)?;
        self.span = (self.span + self.span / 8 + 1).min(SPAN);
        self.rows = (self.rows + self.rows / 8 + 1).min(ROWS);
        // What comes after this query's span, if it goes on like this.
        let found = batch.messages.len() as u64 + batch.left;
        let rest = u64::try_from((until - end) / (end - from)).unwrap_or(0);
        batch.left = batch.left.saturating_add(found.saturating_mul(rest));
        Ok(batch)
    }
}

/// The address of `/raw` or `/v2/search`.
fn raw_url(address: &str) -> Result<String, Error> {
    let refuse = |why: &str| {
        Error::new(Kind::Config, format!("{address}: {why}"))
            .hint("write it as https://apps.fedoraproject.org/datagrepper/raw")
    };
    let url: Uri = address.parse().map_err(|_| refuse("not a web address"))?;
    if !matches!(url.scheme_str(), Some("http" | "https")) || url.host().is_none() {
        return Err(refuse("not a web address"));
    }
    let query = url.query().unwrap_or_default();
    let mut names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    if let Some(name) = names.find(|name| RESERVED.contains(name)) {
        return Err(refuse(&format!(
            "what to read is not for the address to say, so without {name}"
        )));
    }
    let (base, query) = address.split_once('?').unwrap_or((address, ""));
    let base = base.trim_end_matches('/');
    let api = if base.ends_with("/v2/search") { "/v2/search" } else { "/raw" };
    let base = base.strip_suffix(api).unwrap_or(base);
    let question = if query.is_empty() { "" } else { "?" };
    Ok(format!("{base}{api}{question}{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_with_and_without_raw() {
        for (address, expected) in [
            ("https://x.org/datagrepper", "https://x.org/datagrepper/raw"),
            ("https://x.org/datagrepper/raw/", "https://x.org/datagrepper/raw"),
            ("http://x.org/v2/search/", "http://x.org/v2/search"),
            ("http://x.org:80/?category=git", "http://x.org:80/raw?category=git"),
            ("http://x.org/raw?category=a&category=b", "http://x.org/raw?category=a&category=b"),
        ] {
            assert_eq!(raw_url(address).unwrap(), expected);
        }
        for address in
            ["", "x.org", "/raw", "ftp://x.org/raw", "http://", "https://x/raw?a=1&page=2"]
        {
            assert_eq!(raw_url(address).unwrap_err().kind(), Kind::Config, "{address}");
        }
    }
}
