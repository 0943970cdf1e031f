#!/usr/bin/env bash
# Upload with the front ends of the web in a real Chromium, from a page of another origin.
# CHECK names another program of tests/packaging/browser/ to run in its place.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

libraries=(playwright-core@1.65.1 dropzone@6.3.5 uppy@6.0.1 filepond@4.32.12)

install_chromium() { apt-get -q update && apt-get -q -y --no-install-recommends install chromium; }
need_chromium() {
  command -v chromium >/dev/null && return
  { has_debian_packages && [ "$(id -u)" = 0 ]; } || fail "install chromium, such as: apt install chromium"
  must "chromium is installed" install_chromium
}
need_libraries() {
  once browser "${libraries[*]}" \
    npm install --prefix "$tools/browser" --ignore-scripts --no-audit --no-fund "${libraries[@]}"
}
together need_service need_chromium need_libraries

port=$(free_port) page_port=$(free_port) work=$tools/browser-data
rm -rf "$work"
PORT=$port DATA_DIR=$work LOG_LEVEL=WARNING CORS_ORIGINS=http://127.0.0.1:$page_port \
  "$tools/service/bin/python" main.py >"$tools/last.log" 2>&1 &
started+=($!)
wait_for "http://127.0.0.1:$port/health"
CHROMIUM=$(command -v chromium) NODE_PATH=$tools/browser/node_modules \
  node "tests/packaging/browser/${CHECK:-front_ends}.cjs" \
  "http://127.0.0.1:$port" "$page_port"
step "the check in Chromium works"
