"""The sweep of direct uploads: it removes everything that no user can see."""

import io

import pytest

from service.models.image import DELETING, READY, REFUSED, now_text
from service.models.states import completed
from tests.repositories.sample_images import CONTENT, sample
from tests.support.moments import await_next_moment

MEASURED = {"content_type": "image/jpeg", "width": 4, "height": 3, "sha256": "a" * 64}


@pytest.fixture
def images(app):
    """The records of the app."""
    return app.extensions["image_service"].images


@pytest.fixture
def objects(app):
    """The objects of the app."""
    return app.extensions["objects"]


@pytest.fixture
def arrive(images, objects):
    """Begin a direct upload that is already due and whose bytes have arrived; return its Image."""

    def begin():
        image = sample(direct=True)
        assert images.begin(image)
        objects.put(image, io.BytesIO(CONTENT))
        return image

    return begin


@pytest.fixture
def complete(images, objects):
    """Complete a direct upload with or without `finish`, but keep the bytes that arrived."""

    def copy(image, *, finish):
        ready = completed(image, MEASURED | {"size": len(CONTENT)})
        objects.put(ready, io.BytesIO(CONTENT))
        assert not finish or images.finish(ready)
        return ready

    return copy


@pytest.fixture
def sweep(app):
    """Sweep once; return how many records were settled in which way."""

    def run():
        await_next_moment()
        figures = app.extensions["sweep"].run()
        return {name: number for name, number in figures.items() if type(number) is int and number}

    return run


@pytest.fixture
def keys(objects):
    """Return the keys of all objects."""
    return lambda: [key for folder in ("images/", "incoming/") for key in objects.list(folder)]


def test_an_abandoned_one_vanishes(arrive, complete, sweep, keys, images):
    image = arrive()
    complete(image, finish=False)

    swept = sweep()

    assert (swept, keys()) == ({"condemned": 1}, [])
    assert images.get(image.image_id).state == DELETING


def test_what_a_killed_process_received_vanishes(arrive, sweep, keys, objects):
    path = objects.path_of(arrive().object_key)
    path.rename(path.with_name(f"{path.name}.0a1b2c3d.part"))

    assert len(keys()) == 1
    assert (sweep(), keys()) == ({"condemned": 1}, [])
    assert list(path.parent.iterdir()) == []


def test_a_waiting_one_is_left_until_its_url_has_ended(begin, images, sweep):
    image = images.get(begin().json["image_id"])

    assert sweep() == {}
    # 15 minutes and GRACE_SECONDS, but for what the test itself takes.
    assert image.due_at > now_text(15 * 60 + 3600 - 60)


def test_a_ready_one_keeps_its_own_bytes_only(arrive, complete, sweep, keys, images):
    image = arrive()
    complete(image, finish=False)
    ready = complete(image, finish=True)

    swept = [sweep(), sweep()]

    assert (swept, keys()) == ([{"settled": 1}, {}], [ready.object_key])
    assert images.get(image.image_id).state == READY


def test_a_ready_one_loses_what_killed_processes_left(arrive, complete, sweep, keys, objects):
    image = arrive()
    ready = complete(image, finish=True)
    for object_key in (image.object_key, ready.object_key):
        path = objects.path_of(object_key)
        path.with_name(f"{path.name}.0a1b2c3d.part").write_bytes(CONTENT[:5])

    assert len(keys()) == 4
    assert (sweep(), keys()) == ({"settled": 1}, [ready.object_key])


def test_a_late_completion_leaves_others_their_time(client, begin, send, images, sweep):
    began = begin().json
    send(began["upload"])
    images.postpone(images.get(began["image_id"]), now_text())

    viewed = client.get(f"/images/{began['image_id']}")

    assert viewed.json["status"] == READY
    # Another completion may copy the bytes a moment later, when the sweep has already looked.
    assert sweep() == {}


def test_a_refused_one_is_kept_for_a_day(arrive, sweep, keys, images, client):
    image = arrive()
    image.problem = '{"status": 422}'
    images.refuse(image)

    swept = [sweep(), sweep()]

    assert (swept, keys()) == ([{"postponed": 1}, {}], [])
    assert images.get(image.image_id).state == REFUSED
    assert client.get(f"/images/{image.image_id}").json["problem"] == {"status": 422}


def test_after_that_it_is_forgotten(arrive, sweep, keys, images):
    image = arrive()
    image.problem = '{"status": 422}'
    images.refuse(image)
    for _ in range(2):
        images.postpone(images.get(image.image_id), image.due_at)

    swept = sweep()

    assert (swept, keys()) == ({"forgotten": 1}, [])
    assert images.get(image.image_id) is None


def test_a_deleted_ones_url_may_still_bring_bytes(new_app, client, sweep, images):
    body = {"user_id": "ana", "filename": "a", "content_type": "image/png", "size": 5}
    eager = new_app(GRACE_SECONDS="0").extensions["sweep"]
    begun = client.post("/images", json=body).json
    client.delete(f"/images/{begun['image_id']}")

    swept = [eager.run() for _ in range(2)]

    # The record outlives the URL, so that the sweep finds what that may bring.
    assert [figures["postponed"] for figures in swept] == [1, 0]
    assert images.get(begun["image_id"]).state == DELETING


def test_the_audit_looks_at_what_is_incoming(app, arrive, objects):
    arrive()
    objects.put(sample(direct=True), io.BytesIO(CONTENT))

    figures = app.extensions["audit"].run()

    assert (figures["objects"], figures["stray_objects"]) == (2, 1)
