#!/usr/bin/env bash
# Run the Postman collection with newman against a new embedded service.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

need_newman() {
  once newman 6.2.2 npm install --prefix "$tools/newman" --no-audit --no-fund newman@6.2.2
}
together need_service need_newman

port=$(free_port) work=$tools/postman
rm -rf "$work"
PORT=$port DATA_DIR=$work LOG_LEVEL=WARNING "$tools/service/bin/python" main.py >"$tools/last.log" 2>&1 &
started+=($!)
wait_for "http://127.0.0.1:$port/health"
"$tools/newman/node_modules/.bin/newman" run docs/postman/collection.json --working-dir docs/postman \
  --environment docs/postman/environment.json --env-var "base_url=http://127.0.0.1:$port"
step "the collection works"
