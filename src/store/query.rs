//! Filters as SQL that both databases understand.
//!
//! A page is made in two steps: first the places of its messages, each from one index in the order of
//! the page, then the messages. So it costs as much in a large archive as in a small one.

use super::archived::clean;
use super::{Order, Position, Query, text};

/// What differs between the databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// A value in a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Param {
    Int(i64),
    Text(String),
}

/// A statement with its values.
#[derive(Debug)]
pub(super) struct Sql {
    dialect: Dialect,
    pub(super) text: String,
    pub(super) params: Vec<Param>,
}

/// What a message is found by. Each has a column or a table of its own, and an index with the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Topic,
    Category,
    Agent,
    User,
    Package,
}

impl Key {
    pub(super) const ALL: [Key; 5] =
        [Key::Topic, Key::Category, Key::Agent, Key::User, Key::Package];

    /// As counters call it, and its column if it has one.
    pub(super) fn name(self) -> &'static str {
        match self {
            Key::Topic => "topic",
            Key::Category => "category",
            Key::Agent => "agent",
            Key::User => "user",
            Key::Package => "package",
        }
    }

    /// Its table, if a message may have several.
    fn table(self) -> Option<&'static str> {
        match self {
            Key::User => Some("message_user"),
            Key::Package => Some("message_package"),
            _ => None,
        }
    }

    /// What a query wants of it.
    pub(super) fn wanted(self, query: &Query) -> &[String] {
        match self {
            Key::Topic => &query.topics,
            Key::Category => &query.categories,
            Key::Agent => &query.agents,
            Key::User => &query.users,
            Key::Package => &query.packages,
        }
    }

    fn unwanted(self, query: &Query) -> &[String] {
        match self {
            Key::Topic => &query.not_topics,
            Key::Category => &query.not_categories,
            Key::Agent => &query.not_agents,
            Key::User => &query.not_users,
            Key::Package => &query.not_packages,
        }
    }
}

/// The index that a page is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// That of the time.
    Time,
    /// That of these names.
    Names(Key, Vec<String>),
    /// That of texts: an expression that finds all that may have the wanted ones.
    Texts(String),
}

/// What a page has beyond its messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) offset: u64,
    /// Messages that have so many bytes before them on the page are left out.
    pub(super) bytes: i64,
    /// Whether all that fits is to be counted.
    pub(super) total: bool,
}

/// How messages with a text are found.
#[derive(Debug, Clone, Copy)]
enum Texts {
    /// By looking at each.
    Seen,
    /// By the index of texts.
    Indexed,
}

/// The part of the index that is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) order: Order,
    pub(super) after: Option<Position>,
    /// How many places at most.
    pub(super) limit: u64,
}

/// Databases know no greater number.
const MOST: u64 = i64::MAX.unsigned_abs();

/// What rows of messages have, in this order.
pub(super) const COLUMNS: &str = "m.id, m.msg_id, m.time, m.received, m.topic, m.frame, m.body, \
                                  m.category, m.agent, m.users, m.packages, m.verdict, m.digest";

/// The first and the last text of a pattern `prefix.*`; the second is not part of it.
pub(super) fn glob(pattern: &str) -> Option<(String, String)> {
    let prefix = pattern.strip_suffix('*').filter(|prefix| prefix.ends_with('.'))?;
    let end = format!("{}/", prefix.strip_suffix('.')?);
    Some((prefix.to_owned(), end))
}

impl Sql {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, text: String::new(), params: Vec::new() }
    }

    /// A statement as it is.
    pub(super) fn plain(dialect: Dialect, text: &str) -> Self {
        Self { dialect, text: text.to_owned(), params: Vec::new() }
    }

    pub(super) fn push(&mut self, text: &str) {
        self.text += text;
    }

    /// Adds a value, and gives what stands for it.
    pub(super) fn int(&mut self, value: i64) -> String {
        self.bind(Param::Int(value), "bigint")
    }

    /// The same for a text.
    pub(super) fn text(&mut self, value: &str) -> String {
        self.bind(Param::Text(clean(value)), "text")
    }

    fn bind(&mut self, value: Param, kind: &str) -> String {
        self.params.push(value);
        let number = self.params.len();
        match self.dialect {
            Dialect::Sqlite => format!("?{number}"),
            Dialect::Postgres => format!("${number}::{kind}"),
        }
    }

    /// A list of texts in parentheses.
    pub(super) fn list(&mut self, names: &[String]) -> String {
        let marks: Vec<_> = names.iter().map(|name| self.text(name)).collect();
        format!("({})", marks.join(", "))
    }

    /// The messages at places, in order.
    pub(super) fn page(
        dialect: Dialect,
        query: &Query,
        source: &Source,
        window: Window,
        offset: u64,
    ) -> Self {
        let mut sql = Self::new(dialect);
        let inner = Window { limit: window.limit.saturating_add(offset), ..window };
        sql.push(&format!("SELECT {COLUMNS} FROM (SELECT time, id FROM ("));
        sql.places(query, source, Some(inner));
        let (limit, offset) = (window.limit.min(MOST), offset.min(MOST));
        sql.push(&format!(
            ") AS p ORDER BY {} LIMIT {limit} OFFSET {offset}) AS k CROSS JOIN message AS m \
             WHERE m.id = k.id AND m.time = k.time ORDER BY {}",
            ordering(window.order, "p"),
            ordering(window.order, "k"),
        ));
        sql
    }

    /// The messages at places, in order, as long as there is room; after each the number of places on
    /// the page and, if that is wanted, of all.
    pub(super) fn bounded(
        dialect: Dialect,
        query: &Query,
        source: &Source,
        window: Window,
        bounds: Bounds,
    ) -> Self {
        let mut sql = Self::new(dialect);
        let inner = Window { limit: window.limit.saturating_add(bounds.offset), ..window };
        sql.push("WITH fits AS MATERIALIZED (");
        sql.places(query, source, (!bounds.total).then_some(inner));
        let (limit, offset) = (window.limit.min(MOST), bounds.offset.min(MOST));
        let bytes = sql.int(bounds.bytes);
        let total = if bounds.total { ", (SELECT count(*) FROM fits)" } else { "" };
        let [of_fits, of_places, of_page] =
            ["f", "k", "m"].map(|table| ordering(window.order, table));
        let from = match dialect {
            // It would keep the bodies of the whole page while it adds up their bytes.
            Dialect::Sqlite => format!(
                "(SELECT k.time, k.id, \
                 sum(octet_length(s.body)) OVER (ORDER BY {of_places}) - octet_length(s.body) AS bytes \
                 FROM k CROSS JOIN message AS s WHERE s.id = k.id AND s.time = k.time) AS b \
                 CROSS JOIN message AS m WHERE m.id = b.id AND m.time = b.time AND b.bytes < {bytes}"
            ),
            Dialect::Postgres => format!(
                "(SELECT {COLUMNS}, \
                 sum(octet_length(m.body)) OVER (ORDER BY {of_places}) - octet_length(m.body) AS bytes \
                 FROM k CROSS JOIN message AS m WHERE m.id = k.id AND m.time = k.time) AS m \
                 WHERE m.bytes < {bytes}"
            ),
        };
        sql.push(&format!(
            "), k AS MATERIALIZED (SELECT f.time, f.id FROM fits AS f ORDER BY {of_fits} \
             LIMIT {limit} OFFSET {offset}) \
             SELECT {COLUMNS}, (SELECT count(*) FROM k){total} FROM {from} ORDER BY {of_page}"
        ));
        sql
    }

    /// Selects time and id of what fits.
    pub(super) fn places(&mut self, query: &Query, source: &Source, window: Option<Window>) {
        match source {
            Source::Time => self.part(query, None, window),
            Source::Texts(expression) => self.texts(query, expression, window),
            Source::Names(_, names) if names.is_empty() => {
                self.push("SELECT 0 AS time, 0 AS id WHERE false");
            }
            Source::Names(key, names) => {
                for (number, name) in names.iter().enumerate() {
                    self.push(if number > 0 {
                        " UNION SELECT * FROM ("
                    } else {
                        "SELECT * FROM ("
                    });
                    self.part(query, Some((*key, name)), window);
                    self.push(&format!(") AS s{number}"));
                }
            }
        }
    }

    /// What fits, from one place in one index.
    fn part(&mut self, query: &Query, name: Option<(Key, &str)>, window: Option<Window>) {
        let order = window.map(|window| window.order);
        let table = name.and_then(|(key, _)| key.table());
        // A table of names has all that the page's order needs.
        let at = if table.is_some() { "d" } else { "m" };
        let mut conditions = Vec::new();
        if let Some((key, name)) = name {
            let column =
                if table.is_some() { "d.name".into() } else { format!("m.{}", key.name()) };
            conditions.push(format!("{column} = {}", self.text(name)));
        }
        self.span(query, at, &mut conditions);
        if let Some(window) = window {
            self.behind(window, at, &mut conditions);
        }
        let others = conditions.len();
        self.filters(query, name.map(|(key, _)| key), Texts::Seen, &mut conditions);
        let joined = conditions.len() > others;
        let from = match (table, joined) {
            (Some(table), false) => format!("{table} AS d"),
            (Some(table), true) => {
                conditions.push("m.id = d.id AND m.time = d.time".into());
                format!("{table} AS d CROSS JOIN message AS m")
            }
            (None, _) => format!("message AS m{}", self.hint(name.map(|(key, _)| key), order)),
        };
        self.push(&format!("SELECT {at}.time, {at}.id FROM {from}"));
        if !conditions.is_empty() {
            self.push(&format!(" WHERE {}", conditions.join(" AND ")));
        }
        if let Some(window) = window {
            self.first(window, at);
        }
    }

    /// The first of what is selected. How many is part of the text: PostgreSQL plans a statement once and
    /// for all only if it knows.
    fn first(&mut self, window: Window, at: &str) {
        let order = ordering(window.order, at);
        self.push(&format!(" ORDER BY {order} LIMIT {}", window.limit.min(MOST)));
    }

    /// What fits, from the index of texts: all of it, put in order afterwards.
    fn texts(&mut self, query: &Query, expression: &str, window: Option<Window>) {
        let mut conditions = Vec::new();
        if self.dialect == Dialect::Sqlite {
            conditions.push(format!("t.message_text MATCH {}", self.text(expression)));
            conditions.push("m.id = t.rowid".into());
        }
        self.span(query, "m", &mut conditions);
        if let Some(window) = window {
            self.behind(window, "m", &mut conditions);
        }
        self.filters(query, None, Texts::Indexed, &mut conditions);
        let conditions = conditions.join(" AND ");
        self.push(&match self.dialect {
            Dialect::Sqlite => format!(
                "SELECT m.time, m.id FROM message_text AS t CROSS JOIN message AS m \
                 WHERE {conditions}"
            ),
            // On its own, so that the order of the page does not lead to another index.
            Dialect::Postgres => format!(
                "SELECT m.time, m.id FROM (WITH t AS MATERIALIZED (SELECT m.time, m.id \
                 FROM message AS m WHERE {conditions}) SELECT * FROM t) AS m"
            ),
        });
        if let Some(window) = window {
            self.first(window, "m");
        }
    }

    /// Selects what the index of texts may have, at most so many.
    pub(super) fn candidates(&mut self, query: &Query, expression: &str, limit: i64) {
        match self.dialect {
            Dialect::Sqlite => {
                let expression = self.text(expression);
                self.push(&format!(
                    "SELECT 1 FROM message_text AS t WHERE t.message_text MATCH {expression}"
                ));
            }
            Dialect::Postgres => {
                let mut conditions = Vec::new();
                self.span(query, "m", &mut conditions);
                self.filters(query, None, Texts::Indexed, &mut conditions);
                self.push("SELECT 1 FROM message AS m WHERE ");
                self.push(&conditions.join(" AND "));
            }
        }
        self.push(&format!(" LIMIT {limit}"));
    }

    /// Names the index, where the database would otherwise guess.
    fn hint(&self, key: Option<Key>, order: Option<Order>) -> String {
        match (self.dialect, key, order) {
            (Dialect::Postgres, ..) => String::new(),
            (_, Some(key), _) => format!(" INDEXED BY message_{}", key.name()),
            (_, None, Some(Order::Arrival)) => " NOT INDEXED".into(),
            (_, None, _) => " INDEXED BY message_time".into(),
        }
    }

    fn span(&mut self, query: &Query, at: &str, conditions: &mut Vec<String>) {
        if let Some(since) = query.since {
            conditions.push(format!("{at}.time >= {}", self.int(since)));
        }
        if let Some(until) = query.until {
            conditions.push(format!("{at}.time <= {}", self.int(until)));
        }
    }

    fn behind(&mut self, window: Window, at: &str, conditions: &mut Vec<String>) {
        let Some(Position { time, id }) = window.after else { return };
        let compared = match window.order {
            Order::Newest => "<",
            Order::Oldest | Order::Arrival => ">",
        };
        let condition = if window.order == Order::Arrival {
            format!("{at}.id > {}", self.int(id))
        } else {
            format!("({at}.time, {at}.id) {compared} ({}, {})", self.int(time), self.int(id))
        };
        conditions.push(condition);
    }

    /// All that a query asks of a message, but for its time and what is found already.
    fn filters(
        &mut self,
        query: &Query,
        found: Option<Key>,
        texts: Texts,
        conditions: &mut Vec<String>,
    ) {
        for key in Key::ALL {
            let wanted = key.wanted(query);
            if found != Some(key) && !wanted.is_empty() {
                conditions.push(self.fits(key, wanted));
            }
            let unwanted = key.unwanted(query);
            if !unwanted.is_empty() {
                let fits = self.fits(key, unwanted);
                conditions.push(match key {
                    Key::Agent => format!("(m.agent IS NULL OR NOT {fits})"),
                    _ => format!("NOT {fits}"),
                });
            }
        }
        let needles = query.contains.iter().flat_map(|contained| text::needles(contained));
        let any: Vec<_> = needles.map(|needle| self.contains(&needle, texts)).collect();
        if !any.is_empty() {
            conditions.push(format!("({})", any.join(" OR ")));
        }
    }

    fn fits(&mut self, key: Key, names: &[String]) -> String {
        if let Some(table) = key.table() {
            let list = self.list(names);
            return format!(
                "EXISTS (SELECT 1 FROM {table} AS e WHERE e.name IN {list} \
                 AND e.time = m.time AND e.id = m.id)"
            );
        }
        let column = key.name();
        let globs = names.iter().filter(|_| key == Key::Topic).filter_map(|name| glob(name));
        let mut any: Vec<_> = globs
            .map(|(first, end)| {
                let (first, end) = (self.text(&first), self.text(&end));
                format!("(m.{column} >= {first} AND m.{column} < {end})")
            })
            .collect();
        let list = self.list(names);
        any.push(format!("m.{column} IN {list}"));
        format!("({})", any.join(" OR "))
    }

    fn contains(&mut self, needle: &str, texts: Texts) -> String {
        match (self.dialect, texts) {
            (Dialect::Sqlite, _) => format!("contains(m.body, {})", self.text(needle)),
            // Five times as fast as LIKE, which alone knows of the index.
            (Dialect::Postgres, Texts::Seen) => {
                format!("strpos(m.searched, {}) > 0", self.text(needle))
            }
            (Dialect::Postgres, Texts::Indexed) => {
                let mut pattern = String::from("%");
                for c in needle.chars() {
                    if matches!(c, '%' | '_' | '\\') {
                        pattern.push('\\');
                    }
                    pattern.push(c);
                }
                pattern.push('%');
                format!("m.searched LIKE {}", self.text(&pattern))
            }
        }
    }
}

fn ordering(order: Order, at: &str) -> String {
    match order {
        Order::Newest => format!("{at}.time DESC, {at}.id DESC"),
        Order::Oldest => format!("{at}.time, {at}.id"),
        Order::Arrival => format!("{at}.id"),
    }
}
