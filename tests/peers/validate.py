"""Judges messages with the real fedmsg.

Usage: validate.py CONFIG MESSAGES. Prints "true" or "false" for each line of
MESSAGES. Where fedmsg crashes, the message is not valid.
"""

import sys

import fedmsg.config
import fedmsg.crypto
import fedmsg.encoding

config = fedmsg.config.load_config(filenames=[sys.argv[1]])
for line in open(sys.argv[2], encoding="utf-8"):
    try:
        valid = fedmsg.crypto.validate(fedmsg.encoding.loads(line), **config)
    except Exception as error:
        print("raised: %r" % error, file=sys.stderr)
        valid = False
    print("true" if valid else "false")
