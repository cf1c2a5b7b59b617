"""Signs with the real fedmsg.

Each line of standard input is {"ssldir", "certname", "message"}; each line of
output is the signed message as fedmsg would send it.
"""

import json
import sys

import fedmsg.crypto
import fedmsg.encoding

for line in sys.stdin:
    order = json.loads(line)
    signed = fedmsg.crypto.sign(
        order["message"], ssldir=order["ssldir"], certname=order["certname"]
    )
    print(fedmsg.encoding.dumps(signed))
