//! Messages as HTTP requests, signed as Standard Webhooks has it.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant, SystemTime};

use fedhub::journal::Record;
use fedhub::{Error, Kind as ErrorKind, Result, escape, journal};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use ureq::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

use crate::hub::consumer::{Consumer, Context, Delivered, Ending, Failure, Kind, SHARE};

/// How often the end is looked at.
const GLANCE: Duration = Duration::from_millis(50);
/// How long a request may take when the end was asked for.
const LAST: Duration = Duration::from_secs(1);
/// How much of an answer is read; a longer one costs the connection.
const MAX_ANSWER: u64 = 64 * 1024;
/// How many characters of it are kept when it says what is wrong.
const MAX_WORDS: usize = 200;
/// Nobody is left alone longer than this, whatever they ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// Posts each message to an address.
pub(super) const KIND: Kind = Kind { name: "webhook", build };

fn build(context: Context<'_>) -> Result<Box<dyn Consumer>> {
    let url = context.settings.url.as_deref().ok_or_else(|| wrong("no url is named".into()))?;
    let uri: Uri = url
        .parse()
        .map_err(|error| wrong(format!("{url:?} is not an address of the web: {error}")))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none() {
        return Err(wrong(format!("{url:?} is not an address of the web")));
    }
    let secrets = context.settings.secret_file.as_deref();
    let secrets = secrets.map(|file| read_secrets(&context.config.secret(file))).transpose()?;
    let tls = TlsConfig::builder()
        .provider(TlsProvider::NativeTls)
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(context.timeout()?))
        .http_status_as_error(false)
        // Who has moved says so to somebody who can judge it.
        .max_redirects(0)
        .user_agent(concat!("fedhub/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls)
        .build()
        .new_agent();
    let (jobs, waiting) = sync_channel(1);
    let (answers, replies) = sync_channel(1);
    std::thread::Builder::new()
        .name(format!("webhook {}", context.name))
        .spawn(move || {
            // It ends with the consumer.
            for request in waiting {
                if answers.send(post(&agent, &uri, request)).is_err() {
                    return;
                }
            }
        })
        .map_err(|error| Error::io("cannot start a thread", error))?;
    Ok(Box::new(Webhook { secrets: secrets.unwrap_or_default(), jobs, replies }))
}

fn wrong(what: String) -> Error {
    Error::new(ErrorKind::Config, what).hint(r#"url = "https://example.org/hook""#)
}

/// The secrets in a file, one on each line. With several, each signs, so that they can be changed
/// while messages flow.
fn read_secrets(path: &Path) -> Result<Vec<Vec<u8>>> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::io(format!("cannot read {}", path.display()), error))?;
    let secret = |line: &str| {
        let encoded = line.trim().strip_prefix("whsec_")?;
        openssl::base64::decode_block(encoded).ok().filter(|secret| !secret.is_empty())
    };
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let secrets: Option<Vec<_>> = lines.map(secret).collect();
    secrets.filter(|secrets| !secrets.is_empty()).ok_or_else(|| {
        let what = format!("{} is not a secret of Standard Webhooks", path.display());
        Error::new(ErrorKind::Config, what)
            .hint("one a line, made with: echo whsec_$(openssl rand -base64 32)")
    })
}

/// The thread of the hub looks at the end while another waits for the answer.
struct Webhook {
    secrets: Vec<Vec<u8>>,
    jobs: SyncSender<Request>,
    replies: Receiver<Answer>,
}

struct Request {
    headers: HeaderMap,
    body: Vec<u8>,
}

type Answer = Result<Reply, Box<ureq::Error>>;

struct Reply {
    status: StatusCode,
    retry_after: Option<Duration>,
    words: String,
}

impl Consumer for Webhook {
    fn deliver(&mut self, batch: &[Record], ending: &Ending) -> Delivered {
        let begin = Instant::now();
        for (done, record) in batch.iter().enumerate() {
            if ending.asked() || (done > 0 && begin.elapsed() > SHARE) {
                return Delivered { done, failure: None };
            }
            match self.post(record, ending) {
                None => return Delivered { done, failure: None },
                Some(Err(failure)) => return Delivered::until(done, failure),
                Some(Ok(())) => {}
            }
        }
        Delivered::all(batch)
    }
}

impl Webhook {
    /// `None`: the end was asked for before there was an answer.
    fn post(&mut self, record: &Record, ending: &Ending) -> Option<Result<(), Failure>> {
        let body = record.message.body().to_vec();
        let headers = match headers(record, &self.secrets) {
            Ok(headers) => headers,
            Err(error) => return Some(Err(Failure::Message(error.to_string()))),
        };
        let gone = || Some(Err(away("the thread that posts has ended".into(), None)));
        if self.jobs.send(Request { headers, body }).is_err() {
            return gone();
        }
        let mut asked = None;
        loop {
            match self.replies.recv_timeout(GLANCE) {
                Ok(Ok(reply)) => return Some(judge(reply)),
                Ok(Err(error)) => return Some(Err(unanswered(&error))),
                Err(RecvTimeoutError::Disconnected) => return gone(),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if ending.asked() && asked.get_or_insert_with(Instant::now).elapsed() > LAST {
                return None;
            }
        }
    }
}

/// The headers of Standard Webhooks. An id that no header can have gives way to the message's number.
fn headers(record: &Record, secrets: &[Vec<u8>]) -> Result<HeaderMap> {
    let bug = |error: String| Error::new(ErrorKind::Bug, format!("cannot make a header: {error}"));
    let id = record.identity.msg_id.clone().filter(|id| is_plain(id));
    let id = id.unwrap_or_else(|| record.seq.to_string());
    let timestamp = (journal::now() / 1_000_000).to_string();
    let mut signatures = Vec::new();
    for secret in secrets {
        let signature = sign(secret, &id, &timestamp, record.message.body())
            .map_err(|error| bug(error.to_string()))?;
        signatures.push(format!("v1,{signature}"));
    }
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    let signature = signatures.join(" ");
    let all =
        [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)];
    for (name, value) in all.into_iter().filter(|(_, value)| !value.is_empty()) {
        let value = HeaderValue::from_str(&value).map_err(|error| bug(error.to_string()))?;
        headers.insert(name, value);
    }
    Ok(headers)
}

fn is_plain(id: &str) -> bool {
    (1..=256).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

fn sign(
    secret: &[u8],
    id: &str,
    timestamp: &str,
    body: &[u8],
) -> Result<String, openssl::error::ErrorStack> {
    let key = PKey::hmac(secret)?;
    let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
    signer.update(format!("{id}.{timestamp}.").as_bytes())?;
    signer.update(body)?;
    Ok(openssl::base64::encode_block(&signer.sign_to_vec()?))
}

fn post(agent: &ureq::Agent, uri: &Uri, request: Request) -> Answer {
    let mut post = agent.post(uri);
    if let Some(headers) = post.headers_mut() {
        *headers = request.headers;
    }
    let mut response = post.send(&request.body[..])?;
    let status = response.status();
    let retry_after = response.headers().get("retry-after");
    let retry_after = retry_after.and_then(|value| wait_for(value.to_str().ok()?));
    // All of it is read, so that the connection can be used again; if that fails it is not.
    let answer = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
    let answer = answer.unwrap_or_default();
    let text = String::from_utf8_lossy(&answer);
    let first = text.trim().lines().next().unwrap_or_default();
    let words = escape::text(&first.chars().take(MAX_WORDS).collect::<String>());
    Ok(Reply { status, retry_after, words })
}

/// How long to wait, as Retry-After has it: seconds, or a date.
fn wait_for(text: &str) -> Option<Duration> {
    let text = text.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = httpdate::parse_http_date(text).ok()?;
            date.duration_since(SystemTime::now()).unwrap_or_default()
        }
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

/// What an answer means for the message.
fn judge(Reply { status, retry_after, words }: Reply) -> Result<(), Failure> {
    let why = format!("the answer is {status}: {words}");
    match status.as_u16() {
        200..=299 => Ok(()),
        410 => Err(Failure::Gone(why)),
        300..=399 | 408 | 425 | 429 | 502..=504 => Err(away(why, retry_after)),
        _ => Err(Failure::Message(why)),
    }
}

fn unanswered(error: &ureq::Error) -> Failure {
    match error {
        ureq::Error::Http(_) => Failure::Message(error.to_string()),
        _ => away(format!("no answer: {error}"), None),
    }
}

fn away(why: String, retry_after: Option<Duration>) -> Failure {
    Failure::Unavailable { why, retry_after }
}

#[cfg(test)]
mod tests;
