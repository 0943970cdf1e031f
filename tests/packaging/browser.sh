#!/usr/bin/env bash
# Upload with the front ends of the web in a real Chromium, from a page of another origin; then look
# at a page of pictures twice, on both stores. CHECK names the one program of tests/packaging/browser/
# to run.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

together need_service need_checks need_chromium need_browser_libraries

page_port=$(free_port) work=$tools/browser-data
rm -rf "$work" && mkdir -p "$work"
export CORS_ORIGINS=http://127.0.0.1:$page_port,http://localhost:$page_port LOG_LEVEL=WARNING

# start STORE NAME=VALUE...: start the service with these settings; its address is in $address.
start() {
  local port; port=$(free_port)
  env "${@:2}" PORT="$port" "$tools/service/bin/python" main.py >"$work/$1.log" 2>&1 &
  started+=($!)
  address=http://127.0.0.1:$port
  wait_for "$address/health"
}

# in_chromium PROGRAM ARGUMENT...
in_chromium() {
  CHROMIUM=$(command -v chromium) NODE_PATH=$tools/browser/node_modules \
    node "tests/packaging/browser/$1.cjs" "${@:2}"
  step "the check $1 works in Chromium"
}

start embedded DATA_DIR="$work/data"
embedded=$address
[ "${CHECK:-second_look}" = second_look ] || { in_chromium "$CHECK" "$embedded" "$page_port"; exit; }
[ -n "${CHECK:-}" ] || in_chromium front_ends "$embedded" "$page_port"

start_emulator
start aws USE_LOCALSTACK=1 BUCKET_NAME=images TABLE_NAME=images
in_chromium second_look "$page_port" "$embedded" "$address"
