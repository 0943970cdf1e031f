"""An export killed at any line, then another one: of a first export, and of an update.

A killed process leaves only its files, so these are copied after every line that changes them.
"""

import contextlib
import hashlib
import json
import sys
import threading

import pytest

from service.operators.bags import layout
from tests.bags.contents import lines_of, require_valid
from tests.support import pictures

INDEX = "index.db"
# The modules of an export that change files.
NAMES = ("export", "folder", "leftovers", "originals", "tags")
CHANGING = tuple(f"/service/operators/bags/{name}.py" for name in NAMES)


@pytest.fixture
def app(embedded_app):
    return embedded_app


def files_of(folder):
    """Return {path: bytes} of a folder; a file may vanish meanwhile."""
    found = {}
    for path in sorted(folder.rglob("*")):
        with contextlib.suppress(FileNotFoundError):
            if path.name != INDEX and path.is_file():
                found[path.relative_to(folder)] = path.read_bytes()
    return found


def states_during(folder, run):
    """Return the different states of a folder while `run` runs, in all its threads."""
    states, turn = [], threading.Lock()

    def trace(frame, event, _argument):
        if not frame.f_code.co_filename.endswith(CHANGING):
            return None
        with turn:
            state = files_of(folder)
            if not states or state != states[-1]:
                states.append(state)
        return trace

    earlier = sys.gettrace()
    threading.settrace(trace)
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(earlier)
        threading.settrace(None)
    return states


def restored(state, folder):
    """Make a folder of a state, with the modes that a bag has."""
    for path, content in state.items():
        (folder / path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
        (folder / path).chmod(0o600)
    for path in folder.rglob("*"):
        if path.is_dir():
            path.chmod(0o700)
    return folder


def some(states):
    """Return two of some states: one of the first half, one of the second."""
    return states[len(states) // 4 :: max(1, len(states) // 2)]


def check_whole(state, contents):
    """Check that each original is whole, and that the records name only what is there."""
    named = {str(path): content for path, content in state.items()}
    for path, content in named.items():
        if path.startswith(layout.USERS):
            assert hashlib.sha256(content).hexdigest() in contents
    lines = named.get(layout.RECORDS, b"").decode().splitlines()
    for fields in map(json.loads, lines):
        assert hashlib.sha256(named[fields["path"]]).hexdigest() == fields["doc"]["sha256"]


@pytest.fixture
def ids(upload):
    """Images of two users; the files differ in their size."""
    return [
        upload(data=pictures.png(8 + number, 8), user_id=user_id).json["image_id"]
        for number, user_id in enumerate(["ana", "ana", "Bob"])
    ]


@pytest.fixture
def change(client, upload, export, ids):
    """Export, then rename, trash, delete and upload an image."""
    export()
    client.patch(f"/images/{ids[0]}", json={"filename": "lion.png"})
    client.delete(f"/images/{ids[1]}?trash=true")
    client.delete(f"/images/{ids[2]}")
    upload(data=pictures.png(12, 8), user_id="cleo")


def digests():
    return {hashlib.sha256(pictures.png(8 + number, 8)).hexdigest() for number in range(5)}


def test_a_first_export_goes_on(ids, export, bag, tmp_path):
    states = states_during(bag, export)

    assert len(states) > 12
    for number, state in enumerate(states[:-1]):
        check_whole(state, digests())
        folder = restored(state, tmp_path / str(number))
        is_complete = {layout.MANIFEST, layout.TAG_MANIFEST} <= set(map(str, state))
        figures = export(*(["--update"] if is_complete else []), folder=folder)
        assert figures["images"] == 3
        require_valid(folder)


def test_an_update_goes_on(change, export, bag, tmp_path):
    states = states_during(bag, lambda: export("--update"))

    assert len(states) > 12
    for number, state in enumerate(states):
        check_whole(state, digests())
        folder = restored(state, tmp_path / str(number))
        figures = export("--update", folder=folder)
        assert (figures["images"], figures["trashed"]) == (2, 1)
        require_valid(folder)


def test_an_update_that_is_killed_twice_goes_on(change, export, bag, tmp_path):
    states = states_during(bag, lambda: export("--update"))

    for number, state in enumerate(some(states)):
        folder = restored(state, tmp_path / f"first-{number}")
        again = states_during(folder, lambda folder=folder: export("--update", folder=folder))
        for second, other in enumerate(some(again)):
            check_whole(other, digests())
            folder = restored(other, tmp_path / f"second-{number}-{second}")
            export("--update", folder=folder)
            require_valid(folder)
            assert len(lines_of(folder)) == 3
