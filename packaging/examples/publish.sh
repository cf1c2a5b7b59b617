#!/bin/sh
# Publishes from a script with curl alone:  publish.sh TOPIC < JSON
# The relay (`fedhub relay --journal FILE --http ADDRESS:PORT --publish-tokens FILE`) signs the message if it runs
# with --sign, and answers when it is on its disk. FEDHUB_TOKEN_FILE has the token, so that ps does not show it.
# Where fedhub is installed, `fedhub logger --json-input --durable` does the same.
set -eu
url=${FEDHUB_URL:-http://127.0.0.1:9921/publish}
header="Authorization: Bearer $(cat "$FEDHUB_TOKEN_FILE")"
msg=$(cat)
printf 'header = "%s"\n' "$header" |
    curl --silent --show-error --fail-with-body --max-time 10 --retry 3 --config - \
        --data-binary "{\"topic\": \"$1\", \"msg\": $msg}" "$url"
