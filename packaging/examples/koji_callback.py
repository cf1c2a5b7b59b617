"""A plugin of the Koji hub that announces builds: /usr/lib/koji-hub-plugins/koji_callback.py

It needs nothing but Python. The message goes to POST /publish of the relay (`fedhub relay --journal FILE
--http ADDRESS:PORT --publish-tokens FILE`), which signs it if it runs with --sign, and answers when it is on
its disk. The environment of the hub has FEDHUB_URL and FEDHUB_TOKEN.
"""

import json
import logging
import os
import threading
import urllib.request

from koji.plugin import callback

# What happens in a transaction is announced when that is committed.
waiting = threading.local()


def publish(topic, msg):
    request = urllib.request.Request(
        os.environ.get("FEDHUB_URL", "http://127.0.0.1:9921/publish"),
        data=json.dumps({"topic": topic, "msg": msg}, default=str).encode(),
        headers={"Authorization": "Bearer " + os.environ["FEDHUB_TOKEN"]},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


@callback("postBuildStateChange")
def changed(cbtype, attribute, old, new, info, **_):
    build = {key: info.get(key) for key in ("name", "version", "release", "task_id")}
    build.update(
        attribute=attribute,
        build_id=info.get("id"),
        instance="primary",
        new=new,
        old=old,
        owner=info.get("owner_name"),
    )
    if not hasattr(waiting, "messages"):
        waiting.messages = []
    waiting.messages.append(("buildsys.build.state.change", build))


@callback("postCommit")
def committed(cbtype, **_):
    messages, waiting.messages = getattr(waiting, "messages", []), []
    for topic, msg in messages:
        try:
            publish(topic, msg)
        except Exception:
            # A build is not undone because nobody could be told of it.
            logging.getLogger("koji.plugin.fedhub").exception("not published: %s", topic)
