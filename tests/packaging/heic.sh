#!/usr/bin/env bash
# Install pillow-heif into a folder of its own, then run the tests that need it.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=.tools/heic

if ! cmp -s requirements-heic.lock "$folder/installed"; then
  rm -rf "$folder"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
    --target "$folder" -r requirements-heic.lock
  cp requirements-heic.lock "$folder/installed"
fi
PYTHONPATH=$folder .venv/bin/python -c "import pillow_heif"
PYTHONPATH=$folder .venv/bin/python -m pytest -q tests/test_heic.py
