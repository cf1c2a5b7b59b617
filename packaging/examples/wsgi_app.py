"""An application under Apache's mod_wsgi that publishes by itself: N processes on N endpoints.

Each process binds the first free one of FEDHUB_ENDPOINTS, which stand in the settings of the bus as
`endpoints."app.HOST"`, so subscribers connect to all of them. Nobody signs for it, so it does that with the
key and certificate FEDHUB_KEY and FEDHUB_CERT (python3-cryptography), and sends unsigned without them.

    WSGIDaemonProcess app processes=4 threads=8
    WSGIScriptAlias / /srv/app/wsgi_app.py process-group=app application-group=%{GLOBAL}

Both groups have to be named: then the processes bind when Apache starts, not with their first request.
"""

import base64
import getpass
import json
import os
import threading
import time
import uuid

import zmq
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding


def bind(endpoints):
    """The socket of this process; another one may have the first endpoints."""
    socket = zmq.Context.instance().socket(zmq.PUB)
    for endpoint in endpoints:
        try:
            socket.bind(endpoint)
            return socket, endpoint
        except zmq.ZMQError as error:
            if error.errno != zmq.EADDRINUSE:
                raise
    raise RuntimeError("more processes than endpoints")


def read(variable):
    path = os.environ.get(variable)
    return open(path, "rb").read() if path else None


SOCKET, ENDPOINT = bind(os.environ.get("FEDHUB_ENDPOINTS", "tcp://127.0.0.1:3001").split())
PREFIX = os.environ.get("FEDHUB_TOPIC_PREFIX", "org.example.dev")
KEY, CERTIFICATE = read("FEDHUB_KEY"), read("FEDHUB_CERT")
LOCK = threading.Lock()
count = 0


def text(message):
    return json.dumps(message, sort_keys=True, separators=(",", ":")).encode()


def sign(message):
    """What fedmsg does: RSA and SHA-1 over the sorted JSON, the credentials beside it."""
    message["crypto"] = "x509"
    key = serialization.load_pem_private_key(KEY, None)
    signature = key.sign(text(message), padding.PKCS1v15(), hashes.SHA1())
    message["signature"] = base64.encodebytes(signature).decode()
    message["certificate"] = base64.encodebytes(CERTIFICATE).decode()


def publish(topic, msg):
    global count
    with LOCK:  # A socket of ZeroMQ belongs to one thread at a time.
        count += 1
        message = {
            "i": count,
            "msg": msg,
            "msg_id": "%d-%s" % (time.localtime().tm_year, uuid.uuid4()),
            "timestamp": int(time.time()),
            "topic": PREFIX + "." + topic,
            "username": getpass.getuser(),
        }
        if KEY:
            sign(message)
        SOCKET.send_multipart([message["topic"].encode(), text(message)])


def application(environ, start_response):
    publish("app.visit", {"path": environ["PATH_INFO"], "endpoint": ENDPOINT})
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [ENDPOINT.encode() + b"\n"]
