"""Data of a newer version is refused by the server and by every command that would touch it."""

import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from service.operators.commands import COMMANDS
from tests.support.servers import Server

ROOT = Path(__file__).resolve().parents[2]
REFUSED = {
    "export": ["bag"],
    "render": ["--missing"],
    "restore": ["other"],
    "stats": [],
    "sweep": [],
    "sweep --audit": ["--audit"],
    "sweep --recount": ["--recount"],
}
# They read no images of a store: provision is for AWS, the doctor tells it among what it finds.
OTHERS = {"doctor", "import", "provision", "token"}


@pytest.fixture
def folder(tmp_path):
    """A folder with the data of a newer version, and the folders that commands work on."""
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "other").mkdir()
    with contextlib.closing(sqlite3.connect(tmp_path / "data/images.db")) as connection:
        connection.execute("PRAGMA user_version = 1000")
    (tmp_path / "data/images.db").chmod(0o600)
    return tmp_path


def run(folder, *arguments):
    return subprocess.run(
        [sys.executable, ROOT / "main.py", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "DATA_DIR": "data"},
        capture_output=True,
        text=True,
        timeout=60,
    )


def contents(folder):
    return {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}


@pytest.mark.parametrize("name", REFUSED)
def test_a_command_refuses_it_and_writes_nothing(folder, name):
    before = contents(folder)

    done = run(folder, name.split()[0], *REFUSED[name])

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: DATA_DIR=data was written by a newer version of the service: run that version, or "
        "choose another DATA_DIR.\n"
    )
    assert contents(folder) == before


def test_a_server_does_not_start_on_it(folder):
    before = (folder / "data/images.db").read_bytes()

    code, errors = Server(folder / "data").end()

    assert code == 1
    assert "was written by a newer version of the service: run that version, or" in errors
    assert (folder / "data/images.db").read_bytes() == before


def test_no_command_is_forgotten():
    named = {name.split()[0] for name in REFUSED} | OTHERS

    assert named == {command.name for command in COMMANDS}
