-- Messages, what they are found by, counters, and what could not be kept.
CREATE TABLE message (
    -- AUTOINCREMENT: a number is never used again.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    msg_id TEXT NOT NULL,
    time INTEGER NOT NULL, -- unix microseconds, as all times
    received INTEGER NOT NULL,
    topic TEXT NOT NULL,
    frame BLOB, -- the topic it came with, where that is another one
    body BLOB NOT NULL,
    category TEXT NOT NULL,
    agent TEXT,
    users TEXT NOT NULL, -- a JSON list, as packages
    packages TEXT NOT NULL,
    verdict TEXT NOT NULL,
    digest BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX message_msg_id ON message (msg_id);
-- Each ends with the message's number, as all indices of SQLite do.
CREATE INDEX message_time ON message (time);
CREATE INDEX message_topic ON message (topic, time);
CREATE INDEX message_category ON message (category, time);
CREATE INDEX message_agent ON message (agent, time) WHERE agent IS NOT NULL;

CREATE TABLE message_user (
    name TEXT NOT NULL,
    time INTEGER NOT NULL,
    id INTEGER NOT NULL,
    PRIMARY KEY (name, time, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE message_package (
    name TEXT NOT NULL,
    time INTEGER NOT NULL,
    id INTEGER NOT NULL,
    PRIMARY KEY (name, time, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE total (
    kind TEXT NOT NULL, -- all, topic, category, agent, user, package
    name TEXT NOT NULL,
    count INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE daily (
    kind TEXT NOT NULL, -- all, topic, category
    name TEXT NOT NULL,
    day INTEGER NOT NULL, -- since 1970
    count INTEGER NOT NULL,
    PRIMARY KEY (kind, name, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    since INTEGER NOT NULL,
    reason TEXT NOT NULL,
    msg_id TEXT NOT NULL,
    digest BLOB NOT NULL,
    topic BLOB NOT NULL,
    body BLOB NOT NULL,
    received INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    UNIQUE (msg_id, digest)
) STRICT;
