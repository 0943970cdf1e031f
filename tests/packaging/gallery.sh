#!/usr/bin/env bash
# Use the gallery in a real Chromium, on both stores. CHECK names the files of
# tests/packaging/gallery/checks/ to run. Two of them run on the embedded store only: `speed`, and
# `pictures`, which writes pictures of the page for people into .tools/gallery-pictures/.
# STORES=aws runs on one store. ONLY="drop|paste" runs the checks whose names match. PATIENCE is how
# many seconds a check waits for something, AT_ONCE how many files run at the same time.
set -euo pipefail
. "$(dirname "$0")/tools.sh"
together need_service need_checks need_chromium need_browser_libraries

gallery=tests/packaging/gallery
export CHROMIUM NODE_PATH=$tools/browser/node_modules PYTHON=$tools/service/bin/python
CHROMIUM=$(command -v chromium)
# Beside the speed, which one file measures alone.
everything=(looking finding uploads refusals selection tokens outages keyboard everybody hostile)
# What depends on where the bytes are.
about_bytes=(uploads outages)

# in_chromium STORE NAME...: run these checks on a store.
in_chromium() {
  local files=() name
  for name in "${@:2}"; do files+=("$gallery/checks/$name.cjs"); done
  export STORE=$1 WORK=$tools/gallery-$1
  rm -rf "$WORK" && mkdir -p "$WORK"
  node --test --test-reporter=spec --test-concurrency="${AT_ONCE:-2}" ${ONLY:+--test-name-pattern="$ONLY"} "${files[@]}" ||
    fail "the gallery, ${*:2}, on the store $1"
  step "ok: the gallery, ${*:2}, on the store $1"
}

IFS=' ' read -ra chosen <<<"${CHECK:-}"
stores=${STORES:-embedded aws}
case ${CHECK:-} in speed | pictures) stores=embedded ;; esac
if [[ $stores == *embedded* ]]; then
  in_chromium embedded "${chosen[@]:-${everything[@]}}"
  # Fewer images than by hand, because it takes long.
  [ -n "${CHECK:-}" ] || COUNT=${COUNT:-1500} in_chromium embedded speed
fi
if [[ $stores == *aws* ]]; then
  start_emulator
  in_chromium aws "${chosen[@]:-${about_bytes[@]}}"
fi
