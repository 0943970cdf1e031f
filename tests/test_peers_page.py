"""The tables of the comparison with others in tests/bench/README.md."""

import json

from tests.bench.peers import table
from tests.bench.peers.__main__ import KEPT, PAGE


def test_the_page_has_the_last_figures():
    """After make bench-peers: .venv/bin/python -m tests.bench.peers --write."""
    page = PAGE.read_text()

    assert table.written(page, json.loads(KEPT.read_text())) == page


def test_what_was_not_measured_is_in_the_tables():
    kept = json.loads(KEPT.read_text())
    kept["stores"][0] |= {"compared": [], "missing": ["PocketBase"]}
    kept["stores"][0]["services"][0]["flushes"] = {}

    found = table.tables(kept)

    assert "| embedded | all | PocketBase | not measured |" in found
    assert " | not counted | – | nothing is left out |" in found
