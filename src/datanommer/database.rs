//! A datanommer's PostgreSQL database, of the time of fedmsg (up to 0.9) or of TimescaleDB (from 1.0).

use std::collections::HashMap;

use postgres::Client;

use super::{Original, names};
use crate::canonical::{Int, Object, Value, parse, to_vec};
use crate::crypto::datagrepper::restore;
use crate::message::Message;
use crate::store::{Address, failed};
use crate::{Error, Kind, Result};

/// How many bytes of messages are read at once, about, and how many messages at most.
const BYTES: usize = 4 * 1024 * 1024;
const MESSAGES: i64 = 1000;

/// Which tables there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Schema {
    /// Up to 0.9: names are the keys of users and packages.
    Fedmsg,
    /// From 1.0.
    Timescale,
}

/// A connection that only reads.
pub struct Database {
    address: Address,
    client: Client,
    schema: Schema,
    /// The statement that gives a page of messages.
    page: String,
    limit: i64,
}

/// A row, and the message in it, or why there is none.
#[derive(Debug)]
pub struct Found {
    /// The row's number; reading goes on behind it.
    pub id: i64,
    /// The message, or what is wrong and the row as JSON.
    pub outcome: Result<Original, (String, Vec<u8>)>,
}

impl Database {
    /// Connects to `postgresql://user@host/database`.
    pub fn open(url: &str) -> Result<Self> {
        let address = Address::parse(url)?;
        let cannot = |error| failed(format!("cannot read from {address}"), &error);
        let mut client = address.connect().map_err(cannot)?;
        let rows = client
            .batch_execute("SET default_transaction_read_only = on")
            .and_then(|()| {
                let columns = "SELECT column_name::text FROM information_schema.columns
                               WHERE table_schema = ANY (current_schemas(false))
                                 AND table_name = 'messages'";
                client.query(columns, &[])
            })
            .map_err(cannot)?;
        let columns: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let has = |name: &str| columns.iter().any(|column| column == name);
        let schema = match (has("_msg"), has("msg")) {
            (true, _) => Schema::Fedmsg,
            (_, true) => Schema::Timescale,
            _ => {
                let what = format!("{address} is no database of datanommer");
                return Err(Error::new(Kind::Data, what)
                    .hint("name the database that datanommer.models writes to"));
            }
        };
        let (msg, headers) = match schema {
            Schema::Fedmsg => ("_msg", "_headers"),
            Schema::Timescale => ("msg", "headers"),
        };
        let agent = ["agent_name", "username"].into_iter().find(|name| has(name));
        let agent = agent.unwrap_or("NULL");
        // Times have no zone there, and are UTC.
        let page = format!(
            "SELECT id::bigint, msg_id::text, i::bigint, topic::text,
                 round(extract(epoch FROM timestamp) * 1000000)::bigint, certificate::text,
                 signature::text, crypto::text, {agent}::text, {msg}::text, {headers}::text
             FROM messages WHERE id > $1::bigint ORDER BY id LIMIT $2::bigint"
        );
        let mut database = Self { address, client, schema, page, limit: 100 };
        database.advise()?;
        Ok(database)
    }

    /// What the old tables lack when no migration has added it, each page pays for.
    fn advise(&mut self) -> Result<()> {
        let (users, packages, column) = self.tables();
        for table in [users, packages] {
            let indexed = "SELECT EXISTS (SELECT 1 FROM pg_index AS i
                 JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                 WHERE i.indrelid = to_regclass($1) AND a.attname = $2)";
            let rows = self.client.query(indexed, &[&table, &column]);
            let rows = rows.map_err(|error| self.failed(&error))?;
            if !rows.first().is_some_and(|row| row.get(0)) {
                tracing::warn!(
                    "{table} has no index on {column}, which makes reading slow: \
                     CREATE INDEX ON {table} ({column})"
                );
            }
        }
        Ok(())
    }

    /// The tables with the names of messages, and their column with the message's number.
    fn tables(&self) -> (&'static str, &'static str, &'static str) {
        match self.schema {
            Schema::Fedmsg => ("user_messages", "package_messages", "msg"),
            Schema::Timescale => ("users_messages", "packages_messages", "msg_id"),
        }
    }

    /// The number of the last row; 0 if there is none. It tells how much there is, about.
    pub fn newest(&mut self) -> Result<i64> {
        let rows = self.client.query("SELECT coalesce(max(id), 0)::bigint FROM messages", &[]);
        let rows = rows.map_err(|error| self.failed(&error))?;
        Ok(rows.first().map_or(0, |row| row.get(0)))
    }

    /// The next rows behind a number; none at the end.
    pub fn read(&mut self, after: i64) -> Result<Vec<Found>> {
        let rows = self.client.query(self.page.as_str(), &[&after, &self.limit]);
        let rows = rows.map_err(|error| self.failed(&error))?;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Ok(Vec::new());
        };
        let (first, last) = (first.get(0), last.get(0));
        let mut users = self.names(first, last, "user")?;
        let mut packages = self.names(first, last, "package")?;
        let mut bytes = 0;
        let found: Vec<_> = rows
            .iter()
            .map(|row| {
                let id = row.get(0);
                let names = |of: &mut HashMap<_, _>| of.remove(&id).unwrap_or_default();
                let (users, packages) = (names(&mut users), names(&mut packages));
                bytes += row.get::<_, &str>(9).len();
                Found { id, outcome: self.original(row, users, packages) }
            })
            .collect();
        let fitting = BYTES / (bytes / found.len()).max(1);
        let most = MESSAGES.min(self.limit * 2);
        self.limit = i64::try_from(fitting).unwrap_or(MESSAGES).clamp(1, most);
        Ok(found)
    }

    /// The users or packages of messages, by their numbers.
    fn names(&mut self, first: i64, last: i64, kind: &str) -> Result<HashMap<i64, Vec<Value>>> {
        let text = match self.schema {
            Schema::Fedmsg => {
                let column = if kind == "user" { "username" } else { "package" };
                format!(
                    "SELECT msg::bigint, {column} FROM {kind}_messages
                     WHERE msg BETWEEN $1::bigint AND $2::bigint AND {column} IS NOT NULL"
                )
            }
            Schema::Timescale => format!(
                "SELECT a.msg_id::bigint, n.name::text
                 FROM {kind}s_messages AS a JOIN {kind}s AS n ON n.id = a.{kind}_id
                 WHERE a.msg_id BETWEEN $1::bigint AND $2::bigint"
            ),
        };
        let rows = self.client.query(text.as_str(), &[&first, &last]);
        let rows = rows.map_err(|error| self.failed(&error))?;
        let mut names = HashMap::<i64, Vec<Value>>::new();
        for row in rows {
            names.entry(row.get(0)).or_default().push(row.get::<_, String>(1).into());
        }
        Ok(names)
    }

    /// The message of a row.
    fn original(
        &self,
        row: &postgres::Row,
        users: Vec<Value>,
        packages: Vec<Value>,
    ) -> Result<Original, (String, Vec<u8>)> {
        let text = |at: usize| row.get::<_, Option<String>>(at).map_or(Value::Null, Value::from);
        let (topic, micros): (String, i64) = (row.get(3), row.get(4));
        let mut message = Object::new();
        message.insert("msg_id", text(1));
        message.insert("i", row.get::<_, i64>(2));
        message.insert("topic", topic.as_str());
        message.insert("certificate", text(5));
        message.insert("signature", text(6));
        message.insert("crypto", text(7));
        message.insert("username", text(8));
        message.insert("users", Value::Array(users));
        message.insert("packages", Value::Array(packages));
        message.insert("source_name", "datanommer");
        message.insert("source_version", "");
        let mut wrong = None;
        for (name, at) in [("msg", 9), ("headers", 10)] {
            let value = match row.get::<_, Option<&str>>(at) {
                None => Value::Null,
                Some(json) => match parse(json.as_bytes()) {
                    Ok(value) => value,
                    Err(error) => {
                        wrong = Some(format!("its {name} is not JSON: {error}"));
                        text(at)
                    }
                },
            };
            message.insert(name, value);
        }
        if let Some(wrong) = wrong {
            return Err((wrong, to_vec(&message.into())));
        }
        let (users, packages) = (names(&message, "users"), names(&message, "packages"));
        restore(&mut message);
        message.insert("timestamp", self.timestamp(micros));
        let message = Message::new(topic, to_vec(&message.into()));
        Ok(Original { message, time: Some(micros), users, packages })
    }

    /// The timestamp as it was in the message, where it was in whole seconds unless it had others.
    fn timestamp(&self, micros: i64) -> Value {
        let whole = micros.rem_euclid(1_000_000) == 0;
        match self.schema {
            Schema::Fedmsg if !whole => Value::Float(micros as f64 / 1e6),
            _ => Value::Int(Int::Small(micros.div_euclid(1_000_000))),
        }
    }

    fn failed(&self, error: &postgres::Error) -> Error {
        failed(format!("cannot read from {}", self.address), error)
    }
}
