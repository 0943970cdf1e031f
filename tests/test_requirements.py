import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMES = ["requirements-run", "requirements", "requirements-heic"]


def pins(name):
    """Return the name==version texts of a file, names in lower case."""
    lines = (ROOT / name).read_text().splitlines()
    pinned = [re.match(r"([A-Za-z0-9._-]+)(\[.*\])?==([^ ;\\]+)", line) for line in lines]
    return {f"{found[1].lower()}=={found[3]}" for found in pinned if found}


@pytest.mark.parametrize("name", NAMES)
def test_the_lock_has_what_is_required(name):
    required = pins(f"{name}.txt")

    assert required
    assert required <= pins(f"{name}.lock"), "run: make lock"


@pytest.mark.parametrize("name", NAMES)
def test_every_locked_package_has_its_hashes(name):
    entries = re.split(r"\n(?=\S)", (ROOT / f"{name}.lock").read_text())
    packages = [entry for entry in entries if not entry.startswith("#")]

    assert len(packages) == len(pins(f"{name}.lock"))
    assert all("--hash=sha256:" in package for package in packages)


@pytest.mark.parametrize("name", NAMES)
def test_the_lock_names_no_place_to_download_from(name):
    assert "://" not in (ROOT / f"{name}.lock").read_text()


def test_tests_run_on_what_is_shipped():
    assert pins("requirements-run.lock") <= pins("requirements.lock")
