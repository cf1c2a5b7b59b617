"""Publishes with the real fedmsg from an endpoint it binds.

Usage: publish.py CONFIG NAME. Sends the messages {"n": 1}, {"n": 2}, … under the
topic "count" until it is stopped, at most for two minutes.
"""

import sys
import time

import fedmsg
import fedmsg.config

config = fedmsg.config.load_config(filenames=[sys.argv[1]])
config["name"] = sys.argv[2]
fedmsg.init(**config)
print("publishing", flush=True)
for n in range(1, 1201):
    fedmsg.publish(modname="logger", topic="count", msg={"n": n})
    time.sleep(0.1)
