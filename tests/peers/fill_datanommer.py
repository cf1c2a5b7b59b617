"""The real datanommer.models, of either time: DATABASE, messages on standard input, rows on standard output.

DATABASE is the address of an empty PostgreSQL database; it gets the tables. Each line of standard input
is a message: for the datanommer of fedmsg an envelope, for the one of today topic, body, headers, id,
agent, users and packages. All go through add(). Then each stored message comes back as a line of what the
models say about it.
"""

import datetime
import json
import sys

# Beside this file are imitations of the same names.
del sys.path[0]
import sqlalchemy
import datanommer.models as models

database = sys.argv[1]
old = not hasattr(models, "create_view")
engine = sqlalchemy.create_engine(database)
with engine.begin() as connection:
    if not old:
        # What TimescaleDB has and plain PostgreSQL has not.
        connection.execute(
            sqlalchemy.text(
                "CREATE FUNCTION create_hypertable(text, text) RETURNS void LANGUAGE sql AS ''"
            )
        )
    models.DeclarativeBase.metadata.create_all(connection)

if old:
    import fedmsg.meta

    models.init(engine=engine)
    fedmsg.meta.make_processors(topic_prefix_re=r"org\.fedoraproject\.(dev|stg|prod)")

    def add(line):
        models.add({"body": line, "headers": None})

else:
    from fedora_messaging.message import Message

    models.init(engine=engine)

    class Sample(Message):
        agent_name = property(lambda self: self.line["agent"])
        usernames = property(lambda self: self.line["users"])
        packages = property(lambda self: self.line["packages"])

    def add(line):
        message = Message(topic=line["topic"], body=line["body"])
        # A class of its own cannot be made: it would have to be installed as a schema.
        message.__class__ = Sample
        message.line = line
        message.id = line["id"]
        message._properties.headers.update(line["headers"])
        models.add(message)


for line in sys.stdin:
    add(json.loads(line))


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=datetime.timezone.utc).timestamp()
    return value


for message in models.session.query(models.Message).order_by(models.Message.id):
    known = message.__json__() if old else message.as_dict()
    known["users"] = sorted(user.name for user in message.users)
    known["packages"] = sorted(package.name for package in message.packages)
    print(json.dumps({name: plain(value) for name, value in known.items()}))
