"""The real datagrepper 1.1.0, to compare with: DATABASE MESSAGES [--http], requests on standard input.

DATABASE is the address of an empty PostgreSQL database. MESSAGES has one JSON object a line, in the
order they are to be stored in: msg_id, topic, timestamp, msg, headers, agent, users, packages. Each
line of standard input is a path with its query; for each a line comes back: status, type and body,
the body as JSON where it is JSON. With --http it answers at an address instead, which it prints.
"""

import datetime
import json
import os
import sys
import tempfile

# Beside this file is an imitation of the same name.
del sys.path[0]
import sqlalchemy

database, messages = sys.argv[1:3]

# What TimescaleDB has and plain PostgreSQL has not.
STUBS = """
SET check_function_bodies = off;
CREATE FUNCTION create_hypertable(text, text) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION approximate_row_count(regclass) RETURNS bigint LANGUAGE sql
    AS 'SELECT count(*) FROM messages';
"""

engine = sqlalchemy.create_engine(database)
with engine.begin() as connection:
    connection.execute(sqlalchemy.text(STUBS))
    import datanommer.models as models

    models.DeclarativeBase.metadata.create_all(connection)

with tempfile.NamedTemporaryFile("w", suffix=".cfg") as config:
    config.write(f"DATANOMMER_SQLALCHEMY_URL = {database!r}\n")
    config.flush()
    os.environ["DATAGREPPER_CONFIG"] = config.name
    from datagrepper.app import app

with app.app_context(), open(messages, encoding="utf-8") as lines:
    for line in lines:
        one = json.loads(line)
        time = datetime.datetime.fromtimestamp(one["timestamp"], datetime.UTC)
        models.Message.create(
            i=0,
            msg_id=one["msg_id"],
            topic=one["topic"],
            timestamp=time.replace(tzinfo=None),
            msg=one["msg"],
            headers=one["headers"],
            agent_name=one["agent"],
            users=one["users"],
            packages=one["packages"],
        )
    models.session.commit()

if "--http" in sys.argv[3:]:
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, app)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()

client = app.test_client()
print("ready", flush=True)
for path in sys.stdin:
    answer = client.get(path.strip(), headers={"Accept": "application/json"})
    try:
        body = json.loads(answer.get_data(as_text=True))
    except ValueError:
        body = answer.get_data(as_text=True)
    print(json.dumps({"status": answer.status_code, "body": body}), flush=True)
