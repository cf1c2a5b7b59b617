"""Fills the database of a datagrepper 1.1.0 that is to be measured: DATABASE, messages on standard input.

DATABASE is the address of a PostgreSQL database. Each line is a JSON object: msg_id, topic, category,
timestamp, msg, headers, agent, users, packages. Rows are copied: how fast the original writes is not
measured here.
"""

import csv
import datetime
import json
import sys
import tempfile

import datanommer.models as models
import sqlalchemy

# What TimescaleDB has and plain PostgreSQL has not.
STUBS = """
SET check_function_bodies = off;
CREATE OR REPLACE FUNCTION create_hypertable(text, text) RETURNS void LANGUAGE sql AS '';
CREATE OR REPLACE FUNCTION approximate_row_count(regclass) RETURNS bigint LANGUAGE sql
    AS 'SELECT count(*) FROM messages';
"""

COLUMNS = {
    "messages": "id, msg_id, i, topic, timestamp, category, agent_name, source_name, source_version, msg, headers",
    "users": "id, name",
    "packages": "id, name",
    "users_messages": "user_id, msg_id, msg_timestamp",
    "packages_messages": "package_id, msg_id, msg_timestamp",
}

engine = sqlalchemy.create_engine(sys.argv[1])
with engine.begin() as connection:
    connection.execute(sqlalchemy.text(STUBS))
    models.DeclarativeBase.metadata.create_all(connection)

files = {table: tempfile.TemporaryFile("w+", newline="") for table in COLUMNS}
writers = {table: csv.writer(file) for table, file in files.items()}
numbers = {"users": {}, "packages": {}}
for number, line in enumerate(sys.stdin, 1):
    one = json.loads(line)
    time = datetime.datetime.fromtimestamp(one["timestamp"], datetime.timezone.utc).replace(tzinfo=None)
    writers["messages"].writerow(
        [number, one["msg_id"], 0, one["topic"], time, one["category"], one["agent"], "datanommer"]
        + ["1.5.0", json.dumps(one["msg"]), json.dumps(one["headers"])]
    )
    for table, known in numbers.items():
        for name in one[table]:
            if name not in known:
                known[name] = len(known) + 1
                writers[table].writerow([known[name], name])
            writers[table + "_messages"].writerow([known[name], number, time])

raw = engine.raw_connection()
with raw.cursor() as cursor:
    for table, columns in COLUMNS.items():
        files[table].seek(0)
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN WITH CSV", files[table])
raw.commit()
