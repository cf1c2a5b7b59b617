"""Publishes with the real fedmsg from an endpoint it binds, and answers replay requests with fedmsg's
own server.

Usage: replay.py CONFIG NAME. Sends the messages {"n": 1}, {"n": 2}, … under the topic "count" until it
is stopped, at most for two minutes, and prints each number. Messages are kept in memory: fedmsg's own
store needs a database. Its `get` answers as fedmsg's does, errors included.
"""

import json
import sys
import threading
import time

import fedmsg
import fedmsg.config
from fedmsg.replay import ReplayContext


class Store:
    def __init__(self):
        self.messages = []
        self.lock = threading.Lock()

    def add(self, msg):
        with self.lock:
            msg["seq_id"] = len(self.messages) + 1
            self.messages.append(json.dumps(msg))
        return msg

    def get(self, query):
        wanted = set()
        for key, value in query.items():
            if key == "seq_ids":
                wanted.update(value)
            elif key == "seq_id_range":
                raise ValueError('Something went wrong when processing the field "seq_id_range"')
            else:
                raise ValueError('Unsupported field: "key"')
        with self.lock:
            found = [m for n, m in enumerate(self.messages, 1) if n in wanted]
        if not found:
            raise ValueError("There was no match for the given query")
        return [json.loads(m) for m in found]


config = fedmsg.config.load_config(filenames=[sys.argv[1]])
config["name"] = sys.argv[2]
config["persistent_store"] = Store()
threading.Thread(target=ReplayContext(**config).listen, daemon=True).start()
fedmsg.init(**config)
for n in range(1, 12001):
    fedmsg.publish(modname="logger", topic="count", msg={"n": n})
    print(n, flush=True)
    time.sleep(0.01)
