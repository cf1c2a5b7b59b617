# wrong_endpoint.py:2 | tcp://HOST:PORT
config = dict(relay_inbound=['tcp://127.0.0.1'])
