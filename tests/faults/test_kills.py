"""A process killed at any line of an upload, a completion, a late rendition, a change, a delete, a
batch or a sweep, embedded.

A killed process leaves only its files, so these are copied after every line.
"""

import os
import sys

import pytest

from tests.faults.journeys import JOURNEYS
from tests.faults.world import World

UPLOADS = ["upload, keyed", "upload, takeover"]
DIRECT = ["direct, begin", "direct, complete", "direct, refuse"]
DIRECT += ["sweep, abandoned", "sweep, completed", "sweep, refused"]
RENDITIONS = ["upload, strip", "direct, strip", "view, large", "view, late thumb"]
OTHERS = ["delete, tagged", "sweep, unfinished", "sweep, deleted", "sweep, second", "sweep, ready"]
CHANGES = ["change", "change, direct", "trash", "trash, direct", "restore", "delete, trashed"]
CHANGES += ["batch, change", "batch, trash", "batch, restore", "batch, delete"]
CHANGES += ["sweep, overdue", "sweep, trashed"]


@pytest.fixture
def new_world(new_app):
    def start(folder):
        app = new_app(DATA_DIR=str(folder))
        service = app.extensions["image_service"]
        return World(app, service.images, service.objects)

    return start


@pytest.mark.parametrize("journey", UPLOADS + OTHERS + DIRECT + RENDITIONS + CHANGES)
def test_a_kill_at_any_line_does_no_harm(new_world, tmp_path, journey):
    prepare, act, *_ = JOURNEYS[journey]
    before = new_world(tmp_path / "before")
    prepared = prepare(before)
    possible = dict(before.promises.possible)

    states = states_during(tmp_path / "before", lambda: act(before, prepared))

    # A change is one step: it has happened or not.
    assert len(states) >= (2 if journey in CHANGES else 3)
    for number, state in enumerate(states):
        after = new_world(restored(state, tmp_path / str(number)))
        # The request that was killed may have been applied or not.
        after.promises.possible = {
            image_id: may | before.promises.possible[image_id] for image_id, may in possible.items()
        }
        after.check_users_see_the_truth()
        after.check_nothing_is_left_over()
        if journey in UPLOADS:
            assert after.upload("k", ["a"]).status_code == 201
            after.check_users_see_the_truth()
            assert len(after.listed("")) == 1


def states_during(folder, run):
    """Return the different states of a folder's files, as {path: bytes}, while `run` runs."""
    states = []

    def trace(frame, event, _argument):
        if "/service/" not in frame.f_code.co_filename:
            return None
        state = files_of(folder)
        if not states or state != states[-1]:
            states.append(state)
        return trace

    earlier = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(earlier)
    return states


def files_of(folder):
    """Return the contents of all files in a folder except SQLite's shared memory."""
    # Called after every line, so without Path, which takes twice as long.
    contents, start = {}, len(f"{folder}/")
    for place, _folders, names in os.walk(folder):
        for name in names:
            if not name.endswith(".db-shm"):
                with open(f"{place}/{name}", "rb", buffering=0) as file:
                    contents[f"{place}/{name}"[start:]] = file.read()
    return contents


def restored(state, folder):
    """Write a state's files into a folder; return it."""
    for path, content in state.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder
