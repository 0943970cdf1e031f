"""MAX_IMAGES_PER_USER and MAX_BYTES_PER_USER: what one user may keep."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.business.upkeep.sweep import Sweep
from service.common.errors import QuotaExceeded
from tests.support import pictures

PICTURE = pictures.png(8, 8)
SIZE = len(PICTURE)
KEY = {"Idempotency-Key": "k1"}


def settings(**values):
    """Return a mark for tests of an app with other settings."""
    return pytest.mark.parametrize("app", [values], indirect=True)


class LateImages:
    """Records whose finish is refused for the quota, and lands when there is room again."""

    def __init__(self, images):
        self.images = images

    def finish(self, image):
        """Finish, and tell that there was no room."""
        assert self.images.finish(image)
        raise QuotaExceeded(self.quota)

    def __getattr__(self, name):
        return getattr(self.images, name)


class PunctualObjects:
    """Objects whose puts wait for each other: none finishes before all have begun."""

    def __init__(self, objects, uploads):
        self.objects = objects
        self.barrier = threading.Barrier(uploads)

    def put(self, image, file, thumb):
        """Store the bytes, then wait for the others."""
        stored = self.objects.put(image, file, thumb)
        self.barrier.wait(timeout=30)
        return stored

    def __getattr__(self, name):
        return getattr(self.objects, name)


@pytest.fixture
def app(new_app, request):
    return new_app(**getattr(request, "param", {"MAX_IMAGES_PER_USER": "2"}))


@pytest.fixture
def records(app):
    """Return the states of all records."""
    images = app.extensions["image_service"].images
    return lambda: sorted(image.state for image in images.all())


@pytest.fixture
def files(tmp_path):
    """Return the paths of all stored bytes."""
    folder = tmp_path / "data" / "objects" / "images"
    return lambda: [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def upload_at_once(app):
    """Send parallel uploads, of which none finishes before all have begun; return the answers."""
    writes = app.extensions["image_service"].writes

    def post(number, keys=None, **fields):
        writes.objects = PunctualObjects(app.extensions["objects"], number)
        with ThreadPoolExecutor(number) as threads:
            sent = [
                threads.submit(upload_alone, app, fields, key) for key in keys or [None] * number
            ]
            answers = [one.result() for one in sent]
        writes.objects = app.extensions["objects"]
        return dict(zip(keys, answers, strict=True)) if keys else answers

    return post


def upload_alone(app, fields, key=None):
    """Upload Ana's cat with a client that no other thread uses."""
    form = {"user_id": "ana", "image_data": (io.BytesIO(PICTURE), "cat.png")} | fields
    headers = {"Idempotency-Key": key} if key else None
    return app.test_client().post("/images", data=form, headers=headers)


def test_it_works(upload):
    upload()
    upload()

    response = upload()

    assert response.status_code == 403
    assert response.json["type"] == "/problems/quota-exceeded"
    assert response.json["detail"] == (
        "Delete images first: a user may keep 2 images. The operator of this service sets this "
        "limit: MAX_IMAGES_PER_USER."
    )


def test_a_refused_upload_leaves_nothing(upload, client, records, tmp_path):
    upload()
    upload()
    before = sorted((tmp_path / "data" / "objects").rglob("*"))

    upload()

    assert client.get("/images").json["count"] == 2
    assert records() == ["ready", "ready"]
    assert sorted((tmp_path / "data" / "objects").rglob("*")) == before


def test_each_user_has_a_quota(upload):
    upload()
    upload()

    assert upload(user_id="bob").status_code == 201
    assert upload(user_id="ANA").status_code == 201


def test_a_delete_frees_a_place(upload, client, image_id):
    upload()
    client.delete(f"/images/{image_id}")
    client.delete(f"/images/{image_id}")

    assert [upload().status_code for _ in range(2)] == [201, 403]


@settings(MAX_BYTES_PER_USER=str(2 * SIZE))
def test_bytes_are_counted(upload):
    answers = [upload(PICTURE) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 403]
    assert answers[2].json["detail"] == (
        f"Delete images first: a user may keep {2 * SIZE} bytes in all. The operator of this "
        "service sets this limit: MAX_BYTES_PER_USER."
    )


@settings(MAX_BYTES_PER_USER=str(SIZE - 1))
def test_an_image_larger_than_the_quota_is_refused(upload):
    assert upload(PICTURE).status_code == 403


def test_retries_with_a_key_count_once(upload):
    statuses = [upload(headers=KEY).status_code for _ in range(4)]

    assert statuses == [201] * 4
    assert [upload().status_code for _ in range(2)] == [201, 403]


def test_a_retry_gets_its_image_though_the_quota_is_full(upload):
    image_id = upload(headers=KEY).json["image_id"]
    upload()

    response = upload(headers=KEY)

    assert (response.status_code, response.json["image_id"]) == (201, image_id)
    assert upload(tags="other", headers=KEY).status_code == 422


def test_a_full_quota_leaves_the_key_free(upload, client, image_id):
    upload()
    assert upload(headers=KEY).status_code == 403

    client.delete(f"/images/{image_id}")

    assert upload(headers=KEY).status_code == 201


@pytest.mark.parametrize("tags", ["", "a,b"])
def test_the_last_place_goes_to_one(upload, upload_at_once, client, records, tags):
    upload()

    answers = upload_at_once(5, tags=tags)

    assert sorted(answer.status_code for answer in answers) == [201, 403, 403, 403, 403]
    assert client.get("/images").json["count"] == 2
    assert records() == ["deleting"] * 4 + ["ready"] * 2


def test_who_loses_the_last_place_leaves_no_bytes(upload, upload_at_once, files):
    upload()

    upload_at_once(5)

    # Each image has its thumb.
    assert len(files()) == 4


def test_who_loses_the_last_place_gets_the_key_back(upload, upload_at_once, client, records):
    image_id = upload().json["image_id"]
    answers = upload_at_once(2, keys=["k1", "k2"])
    (lost,) = [key for key, answer in answers.items() if answer.status_code == 403]
    lost = {"Idempotency-Key": lost}

    assert upload(headers=lost).status_code == 403
    assert upload(headers=lost, tags="other").status_code == 403
    client.delete(f"/images/{image_id}")

    assert upload(headers=lost, tags="other").status_code == 422
    taken = [upload(headers=lost) for _ in range(2)]
    assert [answer.status_code for answer in taken] == [201, 201]
    assert taken[0].json["image_id"] == taken[1].json["image_id"]
    assert records() == ["deleting", "ready", "ready"]


def test_a_late_finish_is_no_loss(app, upload, records):
    writes = app.extensions["image_service"].writes
    writes.images = writes.attempts.images = LateImages(writes.images)

    response = upload()

    assert (response.status_code, records()) == (201, ["ready"])
    assert app.extensions["audit"].run()["images_without_object"] == 0


def test_the_sweep_removes_what_was_refused(app, upload, upload_at_once, records, files):
    upload()
    upload_at_once(5)
    images, objects = app.extensions["image_service"].images, app.extensions["objects"]
    sweep = Sweep(images, objects, grace_seconds=0)

    figures = [sweep.run()]
    # Nothing is due twice in one millisecond.
    while list(images.due("9")):
        figures.append(sweep.run())

    assert figures[0]["postponed"] == sum(one["forgotten"] for one in figures) == 4
    assert records() == ["ready", "ready"]
    # Each image has its thumb.
    assert len(files()) == 4
    assert set(app.extensions["audit"].run().values()) == {0, 2, 4}


@settings()
def test_without_limits_nothing_is_counted(app, upload):
    statuses = [upload().status_code for _ in range(3)]

    assert statuses == [201] * 3
    assert app.extensions["image_service"].images.usages() == {}
