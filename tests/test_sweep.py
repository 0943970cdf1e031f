import io
import json
import os
import pty
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from service.models.image import DELETING, PENDING, READY, now_text
from tests.repositories.sample_images import CONTENT, sample
from tests.support.moments import await_next_moment

ROOT = Path(__file__).parents[1]
NOTHING = {
    "condemned": 0,
    "purged": 0,
    "postponed": 0,
    "forgotten": 0,
    "settled": 0,
    "unknown": 0,
    "skipped": 0,
    "failed": 0,
    "left_due": False,
    "oldest_due_at": None,
}
COMMAND = ("main.py", "sweep")
# Prints how many records were read, and by how many KiB the peak of memory grew.
MEASURED = """
import resource, main
def most(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = most()
figures = main.app.extensions["sweep"].run(dry_run=True)
print(figures["condemned"], most() - before)
"""
INSERT = """
WITH RECURSIVE numbers (number) AS (
    SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < :count
) INSERT INTO images (image_id, state, nonce, due_at, doc)
SELECT printf('%032x', number), :state, 'n', :due_at, :doc FROM numbers
"""


@pytest.fixture
def app(new_app):
    """The app on the embedded store, with a grace time of 0."""
    return new_app(GRACE_SECONDS="0")


@pytest.fixture
def images(app):
    """The records of the app."""
    return app.extensions["image_service"].images


@pytest.fixture
def objects(app):
    """The objects of the app."""
    return app.extensions["objects"]


@pytest.fixture
def start_sweep(tmp_path):
    """Start the command in a process of its own."""

    def start(*command, stderr=subprocess.PIPE):
        settings = {"DATA_DIR": str(tmp_path / "data"), "GRACE_SECONDS": "0", "LOG_LEVEL": "ERROR"}
        return subprocess.Popen(
            [sys.executable, *(command or COMMAND)],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"]} | settings,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    return start


@pytest.fixture
def fill(images, tmp_path):
    """Insert many due records by SQL; return a connection to the database."""
    connections = []

    def insert(count):
        images.missing()
        connections.append(sqlite3.connect(tmp_path / "data/images.db", isolation_level=None))
        image = sample()
        values = {"count": count, "state": PENDING, "due_at": image.due_at, "doc": image.doc()}
        connections[0].execute(INSERT, values)
        return connections[0]

    yield insert
    for connection in connections:
        connection.close()


def begin(images, objects, **fields):
    """Store an upload whose process died before its end; return its Image."""
    image = sample(**fields)
    assert images.begin(image)
    objects.put(image, io.BytesIO(CONTENT))
    return image


def keys(objects, image=None):
    """Return the keys of all objects, or of an image's."""
    return list(objects.list(f"images/{image.image_id}/" if image else "images/"))


def count(connection, condition):
    """Return how many records meet a condition."""
    return connection.execute(f"SELECT count(*) FROM images WHERE {condition}").fetchone()[0]


def test_it_works(sweep, images, objects):
    died = begin(images, objects)

    assert sweep() == NOTHING | {"condemned": 1, "oldest_due_at": died.due_at}
    assert keys(objects) == []
    assert images.get(died.image_id).state == DELETING
    assert sweep()["forgotten"] == 1
    assert images.get(died.image_id) is None


def test_nothing_due_is_nothing_done(sweep, image_id, client):
    assert sweep() == NOTHING
    assert client.get(f"/images/{image_id}").status_code == 200


def test_a_deleted_image_is_postponed_then_forgotten(sweep, images, objects, image_id, client):
    image = images.get(image_id)
    client.delete(f"/images/{image_id}")
    objects.put(image, io.BytesIO(CONTENT))

    first, second = sweep(), sweep()

    assert (first["postponed"], second["forgotten"]) == (1, 1)
    assert keys(objects) == []
    assert images.get(image_id) is None


def test_a_tombstone_waits_for_bytes_that_land_late(new_app, images, image_id, client):
    client.delete(f"/images/{image_id}")
    await_next_moment()

    figures = new_app(GRACE_SECONDS="600").extensions["sweep"].run()

    assert figures["postponed"] == 1
    assert images.get(image_id).due_at > now_text(540)


def test_a_deleted_images_key_stays_taken_for_a_day(sweep, images, upload, client):
    headers = {"Idempotency-Key": "one"}
    image_id = upload(headers=headers).json["image_id"]
    client.delete(f"/images/{image_id}")

    sweep()
    sweep()

    assert sweep() == NOTHING
    assert images.get(image_id).state == DELETING
    assert images.get(image_id).due_at > now_text(24 * 3600 - 60)
    assert upload(headers=headers).json["type"] == "/problems/idempotency-key-spent"


def test_bytes_that_land_late_under_a_spent_key_go(sweep, images, objects, upload, client):
    image = images.get(upload(headers={"Idempotency-Key": "one"}).json["image_id"])
    client.delete(f"/images/{image.image_id}")
    sweep()
    objects.put(image, io.BytesIO(CONTENT))

    assert sweep()["postponed"] == 1
    assert keys(objects) == []


def test_what_another_attempt_put_is_deleted(sweep, images, objects):
    first = begin(images, objects, keyed=True)
    second = sample(keyed=True, attempts=2)
    second.image_id, second.object_key = first.image_id, first.object_key + "2"
    images.take_over(second, first)
    objects.put(second, io.BytesIO(CONTENT))
    images.finish(second)

    assert sweep()["settled"] == 1
    assert keys(objects) == [second.object_key]
    assert images.get(first.image_id).state == READY
    assert sweep() == NOTHING


def test_a_dry_run_only_counts(sweep, images, objects):
    died = begin(images, objects)

    assert sweep("--dry-run") == sweep("--dry-run")
    assert sweep("--dry-run")["condemned"] == 1
    assert images.get(died.image_id).state == PENDING
    assert keys(objects) == [died.object_key]


def test_the_next_run_does_what_the_time_limit_left(sweep, images, objects):
    died = begin(images, objects)
    due = {"oldest_due_at": died.due_at}

    assert sweep("--seconds", "0") == NOTHING | due | {"left_due": True}
    assert sweep("--seconds", "60") == NOTHING | due | {"condemned": 1}


def test_a_record_that_cannot_be_swept_stays_due(sweep, images, objects):
    stuck, other = sample(), begin(images, objects)
    images.begin(stuck)
    folder = objects.path_of(stuck.object_key)
    folder.mkdir(parents=True)

    failed = sweep(code=1)
    folder.rmdir()

    assert (failed["failed"], failed["condemned"]) == (1, 1)
    assert images.get(other.image_id).state == DELETING
    assert sweep()["postponed"] == 1


@pytest.mark.parametrize("swept", [None, 1, 2])
def test_a_state_of_a_newer_version_is_left_alone(sweep, images, objects, fill, swept):
    other = begin(images, objects)
    newer = begin(images, objects)
    change = "UPDATE images SET state = 'archived', swept = ? WHERE image_id = ?"
    fill(0).execute(change, (swept, newer.image_id))

    figures = [sweep(), sweep("--dry-run")]

    assert [one["unknown"] for one in figures] == [1, 1]
    assert keys(objects) == [newer.object_key]
    assert vars(images.get(newer.image_id)) == vars(newer) | {"state": "archived", "swept": swept}
    assert images.get(other.image_id).state == DELETING


def test_what_is_left_alone_is_told_in_the_log(new_app, images, fill, capsys):
    fill(1).execute("UPDATE images SET state = 'archived'")

    new_app(GRACE_SECONDS="0", LOG_LEVEL="WARNING").extensions["sweep"].run()

    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (line["level"], line["event"]) == ("WARNING", "record of an unknown state not swept")
    assert (line["image_id"], line["state"]) == (f"{1:032x}", "archived")


def test_a_stray_object_is_not_swept(sweep, objects):
    objects.put(sample(), io.BytesIO(CONTENT))

    assert sweep() == NOTHING
    assert len(keys(objects)) == 1


def test_many_due_records_take_no_more_memory(start_sweep, fill):
    fill(20_000)
    count, grown = start_sweep("-c", MEASURED).communicate()[0].split()

    assert int(count) == 20_000
    assert int(grown) < 30 * 1024


def test_two_sweeps_at_once_do_no_harm(start_sweep, fill):
    connection = fill(100)
    sweeps = [start_sweep(), start_sweep()]
    figures = [json.loads(one.communicate()[0]) for one in sweeps]

    # One may postpone what the other has just condemned.
    assert sum(one["condemned"] + one["postponed"] for one in figures) == 100
    assert sum(one["failed"] for one in figures) == 0
    assert count(connection, "state = 'pending'") == 0


def test_a_stopped_sweep_is_continued(start_sweep, fill):
    connection = fill(300)
    stopped = start_sweep()
    while not count(connection, "swept = 1"):
        assert stopped.poll() is None
    stopped.terminate()
    stopped.communicate()
    left = count(connection, "state = 'pending'")

    figures = json.loads(start_sweep().communicate()[0])

    assert left > 0
    assert figures["condemned"] == left
    assert count(connection, "state = 'pending'") == 0


def test_a_terminal_sees_progress(start_sweep, fill):
    fill(2)
    screen, terminal = pty.openpty()
    figures, _ = start_sweep(stderr=terminal).communicate()
    output = os.read(screen, 4096)
    os.close(terminal)
    os.close(screen)

    assert b"Records" in output
    assert json.loads(figures)["condemned"] == 2
