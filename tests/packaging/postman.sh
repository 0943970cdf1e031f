#!/usr/bin/env bash
# Run the Postman collection with newman against new embedded services, without tokens and with them.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

need_newman() {
  once newman 6.2.2 npm install --prefix "$tools/newman" --no-audit --no-fund newman@6.2.2
}
together need_service need_newman

work=$tools/postman
rm -rf "$work" && mkdir -p "$work"

# run_collection AUTH [TOKEN]: against a new service with that AUTH.
run_collection() {
  local port; port=$(free_port)
  AUTH=$1 PORT=$port DATA_DIR=$work/$1 LOG_LEVEL=WARNING \
    "$tools/service/bin/python" main.py >"$work/$1.log" 2>&1 &
  started+=($!)
  wait_for "http://127.0.0.1:$port/health"
  "$tools/newman/node_modules/.bin/newman" run docs/postman/collection.json --working-dir docs/postman \
    --environment docs/postman/environment.json \
    --env-var "base_url=http://127.0.0.1:$port" --env-var "token=${2:-}"
  step "the collection works with AUTH=$1"
}

run_collection none
JWT_SECRET=$("$python" -c 'import secrets; print(secrets.token_hex(32))')
export JWT_SECRET
run_collection jwt "$(AUTH=jwt "$tools/service/bin/python" main.py token --user ana --days 30)"
