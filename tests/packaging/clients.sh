#!/usr/bin/env bash
# Lint the API document; make clients of it in TypeScript and Python, and use a new service with them.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

sources=$root/tests/packaging/clients
install_generators() {
  cp "$sources/package.json" "$tools/generators"
  npm install --prefix "$tools/generators" --ignore-scripts --no-audit --no-fund
}
need_generators() { once generators "$(cat "$sources/package.json")" install_generators; }
need_python_generator() {
  once python-generator "$(cat "$sources/requirements.txt")" \
    new_environment python-generator "$sources/requirements.txt"
}
together need_service need_generators need_python_generator

export PATH=$tools/generators/node_modules/.bin:$PATH REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
picture=$root/docs/postman/beach.png

lint() {
  echo 'extends: ["spectral:oas"]' >spectral.yaml
  spectral lint --ruleset spectral.yaml --fail-severity hint openapi.json >lint.log 2>&1 &&
    redocly lint --extends recommended-strict openapi.json >>lint.log 2>&1
}
make_python_client() {
  "$tools/python-generator/bin/openapi-python-client" generate --path openapi.json --meta none \
    --output-path image_service_client >python.log 2>&1
}
make_typescript_clients() {
  openapi-typescript openapi.json --output schema.d.ts &&
    openapi-ts --input openapi.json --output hey_api --client @hey-api/client-fetch --silent &&
    tsc --project tsconfig.json
}
# make_clients: lint the document and make its clients at once.
make_clients() {
  local running=() failed=0
  for part in lint make_python_client make_typescript_clients; do $part & running+=($!); done
  for part in "${running[@]}"; do wait "$part" || failed=1; done
  cat lint.log python.log
  return $failed
}

# use_service AUTH [TOKEN]: check the document of a service with that AUTH; use it with clients.
use_service() {
  local auth=$1 address work=$tools/clients-$1 port; port=$(free_port) address=http://127.0.0.1:$port
  rm -rf "$work" && mkdir -p "$work"
  cp "$sources"/*.ts "$sources"/tsconfig.json "$sources"/*.py "$work"
  ln -s "$tools/generators/node_modules" "$work/node_modules"
  AUTH=$auth PORT=$port DATA_DIR=$work/data LOG_LEVEL=WARNING \
    "$tools/service/bin/python" main.py >"$work/service.log" 2>&1 &
  started+=($!)
  wait_for "$address/health"
  (
    cd "$work"
    curl -sf "$address/openapi.json" >openapi.json
    must "AUTH=$auth: no linter complains, the clients of the API document compile" make_clients
    must "AUTH=$auth: the page of the API" \
      node "$sources/docs_page.cjs" "$root/service/api/document/pages/docs.js" openapi.json
    for client in hey_api openapi_fetch; do
      must "AUTH=$auth: $client" node "built/$client.js" "$address" "$picture" "${@:2}"
    done
    must "AUTH=$auth: openapi-python-client" \
      "$tools/python-generator/bin/python" python_client.py "$address" "$picture" "${@:2}"
  )
}

use_service none
JWT_SECRET=$("$python" -c 'import secrets; print(secrets.token_hex(32))')
export JWT_SECRET
use_service jwt "$(AUTH=jwt "$tools/service/bin/python" main.py token --user user123 --days 1)"
step "generated clients work"
