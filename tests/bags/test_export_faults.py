"""Exports while stores fail, disks fill up, and users upload, change and delete."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from service.common.errors import StorageUnavailable
from service.operators.bags.export import MOST_FAULTS, Export
from service.operators.bags.faults import BagFault
from tests.bags.contents import lines_of, originals_of, require_valid
from tests.support import pictures

ROOT = Path(__file__).parents[2]


class OtherObjects:
    """A store whose objects do something before each `receive`."""

    own_folder = None

    def __init__(self, store, before):
        self.store = store
        self.before = before
        self.images = store.images
        self.objects = self
        self.identity = store.identity

    def is_there(self):
        return True

    def receive(self, image, file):
        self.before(image)
        return self.store.objects.receive(image, file)


@pytest.fixture
def run(app, bag):
    """Run an export on a store whose objects do something before; return (figures, lines)."""

    def run(before=lambda image: None, watch=lambda records, *_: records, update=False):
        said = []
        store = OtherObjects(app.extensions["store"], before)
        export = Export(store, bag, say=said.append, watch=watch, pause_seconds=0)
        return export.run(update), said

    return run


def object_path(app, image_id):
    (path,) = app.extensions["store"].own_folder.glob(f"images/*/{image_id}.*[0-9a-f]")
    return path


def fail(image):
    raise StorageUnavailable(operation="receive object", code="SlowDown")


def test_a_store_that_fails_twice_is_asked_again(image_id, run, bag):
    calls = []

    def fail_twice(image):
        calls.append(image)
        if len(calls) < 3:
            fail(image)

    figures, said = run(fail_twice)

    assert (figures["copied"], said) == (1, [])
    require_valid(bag)


def test_the_others_are_exported_when_one_fails(upload, image_id, run, bag):
    upload(data=pictures.png(9, 9))

    figures, said = run(lambda image: image.image_id == image_id and fail(image))

    assert (figures["images"], figures["failed"], figures["copied"]) == (1, 1, 1)
    assert len(said) == 1
    assert image_id in said[0]
    assert "SlowDown" in said[0]
    require_valid(bag)
    assert run(update=True)[0]["copied"] == 1
    require_valid(bag)


@pytest.mark.parametrize("app", ["embedded"], indirect=True)
def test_a_dead_store_ends_the_export(app, upload, run, bag):
    for _ in range(MOST_FAULTS):
        upload()

    with pytest.raises(BagFault, match="The store does not answer"):
        run(fail)

    assert run()[0]["copied"] == MOST_FAULTS
    require_valid(bag)


def test_an_image_that_is_deleted_meanwhile_is_passed_over(client, upload, image_id, run, bag):
    upload()

    def delete(image):
        if image.image_id == image_id:
            client.delete(f"/images/{image_id}")

    figures, said = run(delete)

    assert (figures["images"], figures["skipped"], figures["failed"]) == (1, 1, 0)
    assert said == []
    require_valid(bag)


def test_an_export_goes_on_while_users_work(client, upload, run, bag):
    images = [upload().json["image_id"] for _ in range(8)]
    deletes = iter(images[:4])

    def watch(records, label, _length):
        for record in records:
            yield record
            if label == "Records":
                upload(user_id="bob")
            if image_id := next(deletes, None):
                client.delete(f"/images/{image_id}")
            client.patch(f"/images/{images[-1]}", json={"filename": f"{label}.png"})

    figures, said = run(watch=watch)

    assert (figures["failed"], said) == (0, [])
    assert set(images[4:]) <= {line["image_id"] for line in lines_of(bag)}
    require_valid(bag)
    run(update=True)
    assert {line["image_id"] for line in lines_of(bag)} == set(listed(client))
    require_valid(bag)


def listed(client):
    return [image["image_id"] for image in client.get("/images?limit=100").json["images"]]


@pytest.mark.parametrize("app", ["embedded"], indirect=True)
def test_an_image_without_bytes_is_a_fault(app, upload, image_id, export, bag):
    upload()
    object_path(app, image_id).unlink()

    said = export(code=1)

    assert f"{image_id} (data/users/ana/" in said
    assert "its bytes are not in the store" in said
    require_valid(bag)
    assert len(lines_of(bag)) == 1


@pytest.mark.parametrize("app", ["embedded"], indirect=True)
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda content: content[:-1], "has another number"),
        (lambda content: b"x" + content[1:], "SHA-256"),
    ],
    ids=["size", "digest"],
)
def test_an_image_with_other_bytes_is_a_fault(app, image_id, upload, export, bag, change, reason):
    upload()
    path = object_path(app, image_id)
    path.write_bytes(change(path.read_bytes()))

    assert reason in export(code=1)
    require_valid(bag)
    assert len(originals_of(bag)) == 1


@pytest.mark.parametrize("app", ["embedded"], indirect=True)
def test_a_full_disk_is_told_in_one_line(app, upload_json, bag, tmp_path):
    large = pictures.bmp(1000, 900)
    upload_json(data=large)
    arguments = [sys.executable, ROOT / "main.py", "export", bag]
    own = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data"), "LOG_LEVEL": "ERROR"}

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(large) - 1, len(large) - 1))

    full = subprocess.run(arguments, env=own, capture_output=True, text=True, preexec_fn=limit)
    then = subprocess.run(arguments, env=own, capture_output=True, text=True)

    assert (full.returncode, full.stdout) == (1, "")
    assert full.stderr.splitlines() == [
        "Error: The folder cannot be written to: File too large. What is there stays; run the same "
        "command again to go on."
    ]
    assert (then.returncode, json.loads(then.stdout)["copied"]) == (0, 1)
    require_valid(bag)
