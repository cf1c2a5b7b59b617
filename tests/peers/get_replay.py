"""Asks a replay endpoint with the real fedmsg.

Usage: get_replay.py CONFIG NAME. Each line of standard input is a query; each line of
output is {"messages": [...], "raw": [...]} or {"error": "..."}: what fedmsg's client
makes of the answer, and the answer's frames.
"""

import json
import sys

import fedmsg.config
import fedmsg.replay
import zmq

config = fedmsg.config.load_config(filenames=[sys.argv[1]])
name = sys.argv[2]
context = zmq.Context(1)


def raw(query):
    socket = context.socket(zmq.REQ)
    socket.connect(config["replay_endpoints"][name])
    socket.send_string(query)
    frames = socket.recv_multipart()
    socket.close()
    return [frame.decode("utf-8") for frame in frames]


for line in sys.stdin:
    query = line.rstrip("\n")
    try:
        parsed = json.loads(query)
        messages = list(fedmsg.replay.get_replay(name, parsed, config, context))
        answer = {"messages": messages, "raw": raw(query)}
    except ValueError as error:
        argument = error.args[0]
        text = argument.decode("utf-8") if isinstance(argument, bytes) else str(error)
        answer = {"error": text, "raw": raw(query)}
    # A message without a number is fedmsg's sign that there is nothing to replay.
    if "messages" in answer:
        seen = {name: 0}
        last = answer["messages"][-1]
        answer["checked"] = fedmsg.replay.check_for_replay(name, seen, last, config, context) == [last]
    print(json.dumps(answer), flush=True)
