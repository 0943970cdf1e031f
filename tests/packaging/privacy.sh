#!/usr/bin/env bash
# Compare with exiftool what the service tells of private metadata, and what its copies have of it.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

# A package of npm's has exiftool whole; like Debian's it needs perl.
need_exiftool() {
  once exiftool 13.59.3 npm install --prefix "$tools/exiftool" --no-audit --no-fund exiftool-vendored.pl@13.59.3
}
exiftool=$(command -v exiftool) || {
  need_exiftool
  exiftool=$tools/exiftool/node_modules/exiftool-vendored.pl/bin/exiftool
}
step "exiftool $("$exiftool" -ver)"
.venv/bin/python -m tests.packaging.privacy "$tools/privacy" "$exiftool"
