//! Writing one message.

use std::sync::Arc;

use rusqlite::{CachedStatement, Connection, params};

use super::{Entry, Identity, Outcome, Receipt};

/// An entry as the writer wants it: looked at by the thread that brought it, so that the writer only
/// writes.
#[derive(Debug)]
pub(super) struct Prepared {
    received: i64,
    endpoint: Option<Arc<str>>,
    verdict: &'static str,
    topic: String,
    body: Vec<u8>,
    identity: Identity,
}

impl From<Entry> for Prepared {
    fn from(entry: Entry) -> Self {
        let Entry { message, received, endpoint, verdict } = entry;
        let identity = Identity::of(&message, verdict);
        let (topic, body) = message.into_frames();
        Self { received, endpoint, verdict, topic, body, identity }
    }
}

impl Prepared {
    pub(super) fn bytes(&self) -> usize {
        self.topic.len() + self.body.len()
    }
}

/// Writes messages in one transaction.
pub(super) struct Appender<'c> {
    connection: &'c Connection,
    same: CachedStatement<'c>,
    namesake: CachedStatement<'c>,
    insert: CachedStatement<'c>,
}

impl<'c> Appender<'c> {
    pub(super) fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            connection,
            same: connection
                .prepare_cached("SELECT seq FROM message WHERE digest = ?1 AND verdict = ?2")?,
            namesake: connection
                .prepare_cached("SELECT 1 FROM message WHERE msg_id = ?1 AND verdict = ?2")?,
            // Without RETURNING, for which SQLite keeps copies of the pages it changes.
            insert: connection.prepare_cached(
                "INSERT INTO message
                 (received, endpoint, verdict, topic, body, msg_id, digest, conflict)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?,
        })
    }

    /// Writes a message unless it is there.
    pub(super) fn append(&mut self, entry: &Prepared) -> rusqlite::Result<Receipt> {
        let Identity { msg_id, digest } = &entry.identity;
        let conflict = match msg_id {
            Some(msg_id) => self.namesake.exists(params![msg_id, entry.verdict])?,
            None => false,
        };
        // Most are new, so they are not looked for first. One that is refused uses up no number.
        let inserted = self.insert.execute(params![
            entry.received,
            entry.endpoint.as_deref(),
            entry.verdict,
            entry.topic.as_bytes(),
            entry.body,
            msg_id,
            digest,
            conflict,
        ]);
        if inserted.as_ref().is_err_and(is_duplicate) {
            let same = params![digest, entry.verdict];
            let seq = self.same.query_row(same, |row| row.get(0))?;
            return Ok(Receipt { seq, outcome: Outcome::Duplicate });
        }
        inserted?;
        let outcome = if conflict { Outcome::Conflict } else { Outcome::New };
        Ok(Receipt { seq: self.connection.last_insert_rowid(), outcome })
    }
}

fn is_duplicate(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    code == Some(rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
}

#[cfg(test)]
mod tests {
    use super::super::store::tests::{entry, store};
    use super::super::{Entry, Outcome, Receipt, Span, UNCHECKED};

    #[test]
    fn both_frames_come_back_as_they_went_in() {
        let (_dir, mut store) = store();
        let body = "{ \"msg_id\" :\t\"1\", \"n\": 1E3, \"é\": \"\\u00e9\" }\n";
        let mut entry = entry("a.b", body);
        entry.endpoint = Some("tcp://h:1".into());
        let receipts = store.append([&entry]);
        assert_eq!(receipts, [Receipt { seq: 1, outcome: Outcome::New }]);
        let record = store.get(1).unwrap().unwrap();
        assert_eq!((record.message.topic(), record.message.body()), ("a.b", body.as_bytes()));
        assert_eq!(record.endpoint.as_deref(), Some("tcp://h:1"));
        assert_eq!((record.received, record.verdict.as_str()), (1_000_000, UNCHECKED));
        assert_eq!(record.identity.msg_id.as_deref(), Some("1"));
    }

    #[test]
    fn the_same_is_kept_once_and_a_copied_id_is_marked() {
        let (_dir, mut store) = store();
        let real = entry("t", r#"{"msg_id":"1","n":1}"#);
        let respelt = entry("t", r#"{"n": 1, "msg_id": "1"}"#);
        let other = entry("t", r#"{"msg_id":"1","n":2}"#);
        let forged = Entry { verdict: "bad-signature", ..other.clone() };
        let (text, again) = (entry("t", "not json"), entry("t", "not json"));
        let receipts = store.append([&real, &respelt, &forged, &other, &text, &again]);
        let outcomes: Vec<_> = receipts.iter().map(|r| (r.seq, r.outcome)).collect();
        use Outcome::{Conflict, Duplicate, New};
        assert_eq!(
            outcomes,
            [(1, New), (1, Duplicate), (2, New), (3, Conflict), (4, New), (4, Duplicate)]
        );
        let marked: Vec<_> =
            store.read(0, Span::default()).unwrap().iter().map(|r| r.conflict).collect();
        assert_eq!(marked, [false, false, true, false]);
    }
}
