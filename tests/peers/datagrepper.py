"""A datagrepper to test against: MESSAGES [FAULT ...].

Serves /raw on a free port, which it prints, with the paging of the real one. MESSAGES has one JSON
object a line: {"time": unix time, "row": what datagrepper gives for the message, "after": after how
many requests it turns up, if not at once}. Rows of one second come in another order each time, as a
database may have them.

The faults befall the first requests: a status such as 500; "garbage" is text that is not JSON, "cut"
an answer that breaks off, "short" one that lacks a row, "old" one with a row nobody asked for, "ok"
none. "forever:FAULT" befalls all that follow.

Each request is a line on stderr: its number, the start and the page asked for, and what came of it.
"""

import http.server
import json
import random
import sys
import threading
import urllib.parse

with open(sys.argv[1], encoding="utf-8") as lines:
    messages = [json.loads(line) for line in lines]
faults = sys.argv[2:]
lock = threading.Lock()
requests = 0


def next_fault():
    if not faults:
        return "ok"
    if faults[0].startswith("forever:"):
        return faults[0].removeprefix("forever:")
    return faults.pop(0)


def search(query):
    start, end = float(query["start"][0]), float(query["end"][0])
    page, size = int(query["page"][0]), int(query["rows_per_page"][0])
    found = [
        message
        for message in messages
        if start <= message["time"] <= end and message.get("after", 0) < requests
    ]
    found.sort(key=lambda message: (int(message["time"]), random.random()))
    rows = [message["row"] for message in found[(page - 1) * size : page * size]]
    total = len(found) if rows or page == 1 else 0
    return {"raw_messages": rows, "total": total, "count": len(rows), "pages": -(-total // size)}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        global requests
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        with lock:
            requests += 1
            fault = next_fault()
            if url.path != "/raw":
                fault = "404"
            elif query["order"] != ["asc"] or not 1 <= int(query["rows_per_page"][0]) <= 100:
                fault = "400"
            self.log(requests, query, fault)
            answer = search(query) if not fault.isdigit() else {"error": "internal_error"}
        if fault == "short":
            answer["raw_messages"] = answer["raw_messages"][1:]
        if fault == "old":
            answer["raw_messages"].insert(0, {"topic": "old", "timestamp": 1.0})
        text = b"<html>" if fault == "garbage" else json.dumps(answer).encode()
        self.send_response(int(fault) if fault.isdigit() else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        if fault in ("429", "503"):
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(text[: len(text) // 2] if fault == "cut" else text)
        self.close_connection = fault == "cut"

    def log(self, number, query, fault):
        start, page = query.get("start", ["?"])[0], query.get("page", ["?"])[0]
        print(f"request {number} start={start} page={page} {fault}", file=sys.stderr, flush=True)

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(f"http://127.0.0.1:{server.server_port}/raw", flush=True)
server.serve_forever()
