"""A thousand images move from the embedded store to S3 and DynamoDB and back, unchanged."""

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.app import new_store
from service.common import config
from service.operators.bags import layout
from tests.restoring.restored_stores import answers, originals
from tests.support import pictures

MAIN = Path(__file__).parents[2] / "main.py"
COUNT = 1000
PATIENCE = 120


@pytest.fixture
def command(tmp_path):
    """Start a command with settings of its own, in another folder than that of the code."""

    def start(*arguments, **settings):
        own = {"PATH": os.environ["PATH"], "LOG_LEVEL": "ERROR", "HOME": str(tmp_path)}
        return subprocess.Popen(
            [sys.executable, MAIN, *arguments],
            cwd=tmp_path,
            env=own | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture
def run(command):
    """Run a command to its end; return the figures that it prints."""

    def run(*arguments, **settings):
        process = command(*arguments, **settings)
        stdout, stderr = process.communicate(timeout=PATIENCE)
        assert (process.returncode, stderr) == (0, "")
        return json.loads(stdout.splitlines()[-1])

    return run


@pytest.fixture
def aws(ministack, command):
    """The settings of an empty bucket and table, and their store."""
    settings = {"BUCKET_NAME": "moving", "TABLE_NAME": "moving", "AWS_DEFAULT_REGION": "us-east-1"}
    settings |= {"USE_LOCALSTACK": "1", "AWS_ENDPOINT_URL": ministack}
    process = command("provision", **settings)
    assert process.wait(timeout=PATIENCE) == 0, process.stderr.read()
    process.stdout.close()
    process.stderr.close()
    return settings, new_store(config.load(settings))


def fill(app):
    """Upload images of several users, with and without tags and keys, and trash a tenth."""
    client, trashed = app.test_client(), []
    for number in range(COUNT):
        data = pictures.png(8 + number % 40, 8 + number // 40)
        form = {"user_id": f"Ana{number % 7}", "image_data": (io.BytesIO(data), f"é {number}.png")}
        form |= {"tags": ["a"] if number % 10 == 1 else [], "description": f"Nr. {number}\n😀"}
        headers = {"Idempotency-Key": f"k{number}"} if number % 2 else None
        response = client.post("/images", data=form, headers=headers)
        assert response.status_code == 201
        if number % 10 == 0:
            trashed.append(response.json["image_id"])
    body = {"image_ids": trashed, "action": "trash"}
    assert client.post("/images/batch", json=body).status_code == 200


def left_over(store):
    """Return the images beside which there are objects that are not their own."""
    images = {image.image_id: image for image in store.images.all()}
    owned = {key for image in images.values() for key in image.own_keys}
    keys = set(store.objects.list("images/"))
    assert {image.object_key for image in images.values()} <= keys
    return [images[key.split("/")[1]] for key in keys - owned]


def kill_when(process, store, enough):
    """Kill a process that fills a store when it has stored more than enough."""
    end = time.monotonic() + PATIENCE
    while sum(1 for _ in store.objects.list("images/")) <= enough:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end
        # Counting keeps the emulator from the work itself.
        time.sleep(1)
    process.kill()
    process.communicate()


def test_everything_comes_back(new_app, tmp_path, command, run, aws):
    source = new_app(DATA_DIR=str(tmp_path / "first"))
    fill(source)
    settings, aws_store = aws
    bags = [tmp_path / name for name in ("one", "two", "three")]
    run("export", bags[0], DATA_DIR=str(tmp_path / "first"))

    # Each image has two objects.
    for enough in (COUNT // 2, COUNT):
        kill_when(command("restore", bags[0], **settings), aws_store, enough)
    moved = run("restore", bags[0], **settings)
    run("export", bags[1], **settings)
    back = run("restore", bags[1], DATA_DIR=str(tmp_path / "last"))
    run("export", bags[2], DATA_DIR=str(tmp_path / "last"))

    assert moved["restored"] > 0
    assert moved["restored"] + moved["present"] == COUNT
    assert back["restored"] == COUNT
    records = [(bag / layout.RECORDS).read_text().splitlines() for bag in bags]
    assert len(records[0]) == COUNT
    assert records[0] == records[1] == records[2]
    last = new_app(DATA_DIR=str(tmp_path / "last"))
    assert answers(last) == answers(source)
    assert originals(last) == originals(source)
    audit = run("sweep", "--audit", DATA_DIR=str(tmp_path / "last"))
    assert (audit["faults"], audit["images"], audit["trashed"]) == (0, COUNT * 9 // 10, 100)
    # What the kills left is still to be tidied. An audit would ask for each object.
    strays = left_over(aws_store)
    assert all(image.attempts > 1 and image.due_at for image in strays)
