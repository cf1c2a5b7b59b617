"""A consumer for tests: appends a value of each message to a file, once, whoever else has done so before.

Usage: record_once.py FILE KEY...
"""
import fcntl
import json
import sys

path, *keys = sys.argv[1:]
file = open(path, "a+")
fcntl.flock(file, fcntl.LOCK_EX)
file.seek(0)
known = set(file.read().split())
for line in sys.stdin:
    value = json.loads(line)
    for key in keys:
        value = value[key]
    value = str(value)
    if value not in known:
        known.add(value)
        file.write(value + "\n")
        file.flush()
    print("ok", flush=True)
