#!/usr/bin/env bash
# Write a software bill of materials (CycloneDX) of the locked packages: sbom.sh [FILE], else to
# stdout. With HEIC=1 those for HEIC too. The same locks give the same bytes.
set -euo pipefail
. "$(dirname "$0")/tools.sh"
. tests/packaging/sbom/tools.sh

{ need_service & need_sbom & wait; } >&2
bill=$tools/sbom.cdx.json
make_sbom "$bill" ${HEIC:+heic}
if [ $# = 0 ]; then cat "$bill"; else cp "$bill" "$1"; fi
