//! Requests: read, answered from a journal, refused in fedmsg's words.

use serde::{Deserialize, Serialize};

use crate::canonical::{Int, Object, Value, parse, to_vec};
use crate::journal::{Limits, Record, Selection, Span, Store, Wanted};
use crate::{Error, Result};

/// How many bytes a request may have.
pub(super) const MAX_REQUEST: usize = 4 * 1024 * 1024;
/// How many messages a request may name.
const MAX_NAMED: usize = 100_000;
/// How much an answer to fedmsg may have; it is all or nothing.
const WHOLE: Limits = Limits { messages: 100_000, bytes: 64 * 1024 * 1024 };
/// How much a page has.
const PAGE: Limits = Limits { messages: 1000, bytes: 8 * 1024 * 1024 };
/// The version of the extension.
const VERSION: i64 = 1;

const MICROSECONDS: f64 = 1e6;

/// The first frame of an answer to a request with `"fedhub": 1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version: 1.
    pub fedhub: i64,
    /// The journal the numbers are of. Another one numbers its messages anew.
    pub epoch: String,
    /// The oldest number in the journal; without messages the next one to be given.
    pub oldest: i64,
    /// The newest number that was given, also when its message is gone.
    pub newest: i64,
    /// The numbers of the messages that follow.
    pub seqs: Vec<i64>,
    /// Whether there are more messages, to be asked for with `"after"` and the last number.
    pub more: bool,
}

/// Why a request is not answered. The texts that fedmsg has too are fedmsg's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("Something went wrong when processing the field \"{0}\"")]
    Field(&'static str),
    #[error("Ill-format \"{0}\" field")]
    Form(&'static str),
    // fedmsg does not say which one it is.
    #[error("Unsupported field: \"key\"")]
    Unsupported,
    #[error("There was no match for the given query")]
    NoMatch,
    #[error("The query is not UTF-8")]
    NotUtf8,
    #[error("The query is not JSON")]
    NotJson,
    #[error("The query is not an object")]
    NotAnObject,
    #[error("The query has more than one frame")]
    Frames,
    #[error("The query has more than {MAX_REQUEST} bytes")]
    TooLong,
    #[error("The query names more than {MAX_NAMED} messages")]
    TooManyNamed,
    #[error(
        "More than {} messages or {} bytes match; ask for less at a time",
        WHOLE.messages, WHOLE.bytes
    )]
    TooMuch,
    #[error("The journal cannot be read")]
    Unreadable,
}

impl Refusal {
    /// What is answered.
    pub(super) fn frames(&self) -> Vec<Vec<u8>> {
        vec![format!("error: '{self}'").into_bytes()]
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        tracing::warn!("cannot answer a request: {error}");
        Refusal::Unreadable
    }
}

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    wanted: Vec<Wanted>,
    after: i64,
    /// Whether the answer is a page with a header.
    paged: bool,
}

impl Query {
    pub(super) fn parse(request: &[u8]) -> Result<Self, Refusal> {
        if request.len() > MAX_REQUEST {
            return Err(Refusal::TooLong);
        }
        let text = std::str::from_utf8(request).map_err(|_| Refusal::NotUtf8)?;
        let value = parse(text.as_bytes()).map_err(|_| Refusal::NotJson)?;
        let fields = value.as_object().ok_or(Refusal::NotAnObject)?;
        let mut query = Self { wanted: Vec::new(), after: 0, paged: false };
        if let Some(version) = fields.get("fedhub") {
            if version.as_i64() != Some(VERSION) {
                return Err(Refusal::Unsupported);
            }
            query.paged = true;
        }
        for (key, value) in fields.iter() {
            match key.as_str() {
                Some("fedhub") => {}
                Some("after") if query.paged => query.after = seq(value, "after")?,
                Some(key) => query.wanted.push(wanted(key, value)?),
                None => return Err(Refusal::Unsupported),
            }
        }
        Ok(query)
    }

    /// The frames of the answer.
    pub(super) fn answer(&self, store: &Store) -> Result<Vec<Vec<u8>>, Refusal> {
        let limits = if self.paged { PAGE } else { WHOLE };
        let selection = store.select(&self.wanted, self.after, limits)?;
        if self.paged {
            return Ok(page(selection, store.epoch()?));
        }
        if selection.more {
            return Err(Refusal::TooMuch);
        }
        if selection.records.is_empty() {
            return Err(Refusal::NoMatch);
        }
        Ok(selection.records.into_iter().map(plain).collect())
    }
}

fn wanted(key: &str, value: &Value) -> Result<Wanted, Refusal> {
    match key {
        "seq_id" => Ok(Wanted::Seqs(vec![seq(value, "seq_id")?])),
        "seq_ids" => list(value, "seq_ids", seq).map(Wanted::Seqs),
        "seq_id_range" => {
            let [first, last] = pair(value, "seq_id_range")?;
            Ok(Wanted::Range(seq(first, "seq_id_range")?, seq(last, "seq_id_range")?))
        }
        "msg_id" => Ok(Wanted::MsgIds(vec![msg_id(value, "msg_id")?])),
        "msg_ids" => list(value, "msg_ids", msg_id).map(Wanted::MsgIds),
        "time" => {
            let [from, to] = pair(value, "time")?;
            let (from, to) = (seconds(from)?, seconds(to)?);
            // fedmsg's times are whole seconds: `to` means all of that second.
            let until = (to.floor() + 1.0) * MICROSECONDS;
            Ok(Wanted::Arrived(Span { since: (from * MICROSECONDS) as i64, until: until as i64 }))
        }
        _ => Err(Refusal::Unsupported),
    }
}

fn seq(value: &Value, field: &'static str) -> Result<i64, Refusal> {
    value.as_i64().ok_or(Refusal::Field(field))
}

fn msg_id(value: &Value, field: &'static str) -> Result<String, Refusal> {
    value.as_str().map(str::to_owned).ok_or(Refusal::Field(field))
}

fn seconds(value: &Value) -> Result<f64, Refusal> {
    match value {
        Value::Int(Int::Small(seconds)) => Ok(*seconds as f64),
        Value::Float(seconds) if seconds.is_finite() => Ok(*seconds),
        _ => Err(Refusal::Field("time")),
    }
}

fn list<T>(
    value: &Value,
    field: &'static str,
    item: impl Fn(&Value, &'static str) -> Result<T, Refusal>,
) -> Result<Vec<T>, Refusal> {
    let Value::Array(items) = value else { return Err(Refusal::Field(field)) };
    if items.len() > MAX_NAMED {
        return Err(Refusal::TooManyNamed);
    }
    items.iter().map(|value| item(value, field)).collect()
}

fn pair<'a>(value: &'a Value, field: &'static str) -> Result<[&'a Value; 2], Refusal> {
    match value {
        Value::Array(items) => match items.as_slice() {
            [first, second] => Ok([first, second]),
            _ => Err(Refusal::Form(field)),
        },
        _ => Err(Refusal::Form(field)),
    }
}

fn page(selection: Selection, epoch: String) -> Vec<Vec<u8>> {
    let header = Header {
        fedhub: VERSION,
        epoch,
        oldest: selection.oldest,
        newest: selection.newest,
        seqs: selection.records.iter().map(|record| record.seq).collect(),
        more: selection.more,
    };
    let header = serde_json::to_vec(&header).expect("numbers and text always become JSON");
    let mut frames = Vec::with_capacity(1 + 2 * selection.records.len());
    frames.push(header);
    for Record { message, .. } in selection.records {
        let (topic, body) = message.into_frames();
        frames.extend([topic.into_bytes(), body]);
    }
    frames
}

/// A message for fedmsg, which takes any frame that is no JSON for an error. What is no envelope is
/// put into one, as fedmsg's relay does it.
fn plain(record: Record) -> Vec<u8> {
    let message = record.message;
    if message.envelope().is_some() {
        return message.into_frames().1;
    }
    let content = match message.value() {
        Ok(value) => value.clone(),
        Err(_) => Value::from(String::from_utf8_lossy(message.body()).as_ref()),
    };
    let mut envelope = Object::new();
    envelope.insert("topic", message.topic());
    envelope.insert("msg", content);
    to_vec(&envelope.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::journal::{Entry, UNCHECKED};
    use crate::message::Message;

    fn store(bodies: &[&str]) -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::create(&dir.path().join("journal")).unwrap();
        let entries = bodies.iter().zip(1..).map(|(body, n)| Entry {
            message: Message::new(format!("t.{n}"), *body),
            received: n * 1_000_000,
            endpoint: None,
            verdict: UNCHECKED,
        });
        store.append(entries);
        (dir, store)
    }

    fn ask(store: &Store, request: &[u8]) -> Vec<String> {
        let answer = Query::parse(request).and_then(|query| query.answer(store));
        let frames = answer.unwrap_or_else(|refusal| refusal.frames());
        frames.into_iter().map(|frame| String::from_utf8(frame).unwrap()).collect()
    }

    const BODIES: [&str; 4] = [
        r#"{ "msg_id": "a", "n": 1.50 }"#,
        r#"{"n":1E3,"msg_id":"b"}"#,
        r#"{"msg_id":"c"}"#,
        r#"{"msg_id":"d"}"#,
    ];

    #[test]
    fn queries_are_answered_in_order_and_byte_for_byte() {
        let (_dir, store) = store(&BODIES);
        for (request, numbers) in [
            ("{}", &[1, 2, 3, 4][..]),
            (r#"{"seq_id": 2}"#, &[2]),
            (r#"{"seq_ids": [3, 1, 9]}"#, &[1, 3]),
            (r#"{"seq_id_range": [2, 3]}"#, &[2, 3]),
            (r#"{"msg_id": "d"}"#, &[4]),
            (r#"{"msg_ids": ["c", "a", "z"]}"#, &[1, 3]),
            (r#"{"time": [2, 3]}"#, &[2, 3]),
            (r#"{"time": [2.5, 1e300]}"#, &[3, 4]),
            (r#"{"msg_id": "d", "seq_id": 1, "time": [2, 2]}"#, &[1, 2, 4]),
        ] {
            let expected: Vec<_> = numbers.iter().map(|n| BODIES[n - 1]).collect();
            assert_eq!(ask(&store, request.as_bytes()), expected, "{request}");
        }
    }

    #[test]
    fn refusals_have_fedmsgs_words() {
        let (_dir, store) = store(&BODIES);
        let wrong = |field| format!("Something went wrong when processing the field \"{field}\"");
        let no_match = "There was no match for the given query".to_owned();
        for (request, text) in [
            (r#"{"seq_id": 9}"#, no_match.clone()),
            (r#"{"seq_ids": []}"#, no_match.clone()),
            (r#"{"seq_id_range": [3, 2]}"#, no_match),
            (r#"{"seq_id": "x"}"#, wrong("seq_id")),
            (r#"{"seq_id": 99999999999999999999}"#, wrong("seq_id")),
            (r#"{"seq_ids": 5}"#, wrong("seq_ids")),
            (r#"{"seq_ids": [null]}"#, wrong("seq_ids")),
            (r#"{"seq_id_range": 5}"#, "Ill-format \"seq_id_range\" field".into()),
            (r#"{"seq_id_range": [1,2,3]}"#, "Ill-format \"seq_id_range\" field".into()),
            (r#"{"seq_id_range": [1,[]]}"#, wrong("seq_id_range")),
            (r#"{"msg_id": 1}"#, wrong("msg_id")),
            (r#"{"msg_ids": {"a": 1}}"#, wrong("msg_ids")),
            (r#"{"time": [1]}"#, "Ill-format \"time\" field".into()),
            (r#"{"time": null}"#, "Ill-format \"time\" field".into()),
            (r#"{"time": ["a", "b"]}"#, wrong("time")),
            (r#"{"time": [NaN, Infinity]}"#, wrong("time")),
            (r#"{"foo": 1}"#, "Unsupported field: \"key\"".into()),
            (r#"{"after": 1}"#, "Unsupported field: \"key\"".into()),
            (r#"{"fedhub": 2}"#, "Unsupported field: \"key\"".into()),
            (r#"{"\ud800": 2}"#, "Unsupported field: \"key\"".into()),
            ("[1]", "The query is not an object".into()),
            ("\"{}\"", "The query is not an object".into()),
            ("", "The query is not JSON".into()),
            ("{", "The query is not JSON".into()),
        ] {
            assert_eq!(ask(&store, request.as_bytes()), [format!("error: '{text}'")], "{request}");
        }
        assert_eq!(ask(&store, b"\xff"), ["error: 'The query is not UTF-8'"]);
        let many = format!("{{\"seq_ids\":[1{}]}}", ",1".repeat(MAX_NAMED));
        assert_eq!(Query::parse(many.as_bytes()), Err(Refusal::TooManyNamed));
        assert_eq!(Query::parse(&vec![b' '; MAX_REQUEST + 1]), Err(Refusal::TooLong));
    }

    #[test]
    fn what_is_no_envelope_is_put_into_one() {
        let (_dir, store) = store(&["no json", "[1]", ""]);
        let expected = [
            r#"{"msg":"no json","topic":"t.1"}"#,
            r#"{"msg":[1],"topic":"t.2"}"#,
            r#"{"msg":"","topic":"t.3"}"#,
        ];
        assert_eq!(ask(&store, b"{}"), expected);
    }

    #[test]
    fn pages_have_a_header_and_both_frames() {
        let (_dir, store) = store(&["no json", BODIES[0]]);
        let frames = ask(&store, br#"{"fedhub": 1, "seq_id_range": [1, 10]}"#);
        let header: Header = serde_json::from_str(&frames[0]).unwrap();
        let expected = Header {
            fedhub: 1,
            epoch: store.epoch().unwrap(),
            oldest: 1,
            newest: 2,
            seqs: vec![1, 2],
            more: false,
        };
        assert_eq!(header, expected);
        assert_eq!(frames[1..], ["t.1", "no json", "t.2", BODIES[0]]);
        let frames = ask(&store, br#"{"fedhub": 1, "after": 2}"#);
        let header: Header = serde_json::from_str(&frames[0]).unwrap();
        assert_eq!((frames.len(), header), (1, Header { seqs: vec![], ..expected }));
    }

    #[test]
    fn a_page_ends_and_the_next_begins_after_it() {
        let bodies: Vec<_> = (0..2500).map(|n| n.to_string()).collect();
        let (_dir, store) = store(&bodies.iter().map(String::as_str).collect::<Vec<_>>());
        let (mut after, mut seen, mut more) = (0, Vec::new(), true);
        while more {
            let request = format!("{{\"fedhub\": 1, \"after\": {after}}}");
            let frames = ask(&store, request.as_bytes());
            let header: Header = serde_json::from_str(&frames[0]).unwrap();
            assert_eq!(frames.len(), 1 + 2 * header.seqs.len());
            seen.extend(frames.into_iter().skip(2).step_by(2));
            (after, more) = (*header.seqs.last().unwrap(), header.more);
        }
        assert_eq!(seen, bodies);
    }

    proptest! {
        #[test]
        fn whatever_is_asked_has_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let (_dir, store) = store(&BODIES[..1]);
            prop_assert!(!ask(&store, &bytes).is_empty());
        }

        #[test]
        fn any_value_of_any_field_has_an_answer(
            key in prop::sample::select(vec![
                "seq_id", "seq_ids", "seq_id_range", "msg_id", "msg_ids", "time", "fedhub", "after",
            ]),
            value in prop::sample::select(vec![
                "null", "true", "-1", "1e308", "-1e308", "1.5", "NaN", "-Infinity", "\"x\"",
                "\"\\ud800\"", "[]", "[1]", "[1,2]", "[-1e400,1e400]", "[[],{}]",
                "[9223372036854775807,-9223372036854775808]", "{}", "99999999999999999999",
            ]),
            paged in any::<bool>(),
        ) {
            let (_dir, store) = store(&BODIES[..1]);
            let extension = if paged { "\"fedhub\":1," } else { "" };
            let request = format!("{{{extension}\"{key}\":{value}}}");
            prop_assert!(!ask(&store, request.as_bytes()).is_empty());
        }
    }
}
