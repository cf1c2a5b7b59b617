"""Prints for each line its canonical text as Python's own json has it, or `refused`."""
import json
import sys


def canonical(line):
    try:
        value = json.loads(line.decode("utf-8"))
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError):
        return "refused"


print(sys.version.split()[0])
for line in sys.stdin.buffer:
    print(canonical(line[:-1]))
