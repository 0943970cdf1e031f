"""A full disk: uploads are refused while what is there can still be seen and deleted."""

import errno
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.common.errors import StorageFull, StorageUnavailable
from service.repositories.embedded.folders import folder_errors
from service.repositories.embedded.room import (
    RESERVED_BYTES,
    RESERVED_FILES,
    Room,
    Space,
    free_space,
)

MAX_IMAGE_SIZE = 10 << 20
LEAST = RESERVED_BYTES + MAX_IMAGE_SIZE
KEY = {"Idempotency-Key": "k1"}


class Disk:
    """A disk whose free space the test sets."""

    def __init__(self, bytes=LEAST, files=10_000):
        self.bytes = bytes
        self.files = files

    def free_space(self, _folder):
        """Return the Space that is free."""
        return Space(self.bytes, self.files)


@pytest.fixture
def disk(app, tmp_path):
    """The disk of the app, with room for one image."""
    disk = Disk()
    objects = app.extensions["store"].objects
    objects.room = Room(tmp_path, MAX_IMAGE_SIZE, disk.free_space)
    return disk


@pytest.fixture
def records(app):
    """Return how many records there are."""
    images = app.extensions["image_service"].images
    return lambda: len(list(images.all()))


def files(folder):
    """Return the paths of all stored bytes."""
    return [path for path in (folder / "data" / "objects").glob("i*/*/*") if path.is_file()]


def check_full(response):
    """Check that an answer tells that there is no room."""
    assert response.status_code == 503
    assert response.json["type"] == "/problems/storage-full"
    assert response.headers["Retry-After"] == "60"


def test_it_works(upload, upload_json, client, disk, records, tmp_path):
    image_id = upload().json["image_id"]
    disk.bytes -= 1

    check_full(upload())
    check_full(upload_json())

    # The original and its thumb.
    assert (records(), len(files(tmp_path))) == (1, 2)
    assert client.get(f"/images/{image_id}").status_code == 200
    assert client.delete(f"/images/{image_id}").status_code == 204
    disk.bytes += 1
    assert upload().status_code == 201


def test_no_place_for_more_files(upload, disk):
    disk.files = RESERVED_FILES - 1

    check_full(upload())

    disk.files += 1
    assert upload().status_code == 201


def test_a_retry_gets_its_image_though_the_disk_is_full(upload, disk):
    image_id = upload(headers=KEY).json["image_id"]
    disk.bytes = 0

    assert upload(headers=KEY).json["image_id"] == image_id


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_direct_upload_has_no_room(begin, send, client, disk, records, method):
    begun = begin(method=method).json
    disk.bytes = LEAST - 1

    check_full(begin())
    check_full(send(begun["upload"]))
    assert records() == 1

    disk.bytes = LEAST
    assert send(begun["upload"]).status_code in (200, 204)
    disk.bytes = LEAST - 1
    check_full(client.get(f"/images/{begun['image_id']}"))
    disk.bytes = LEAST
    assert client.get(f"/images/{begun['image_id']}").json["status"] == "ready"


def test_ready_tells_it(client, disk):
    assert client.get("/ready").status_code == 200
    disk.bytes = 5 << 20

    response = client.get("/ready")

    assert response.status_code == 503
    assert response.json["detail"] == (
        "Missing or not answering: objects folder (storage-full: 5 MiB are left, 74 MiB must be)."
    )


def test_what_another_process_took_meanwhile_is_noticed(app, upload, disk, tmp_path):
    class Taken(Disk):
        """A disk that another process fills after the first looks."""

        looks = 0

        def free_space(self, folder):
            self.looks += 1
            return Space(LEAST * 2 if self.looks < 3 else RESERVED_BYTES - 1, 10_000)

    app.extensions["store"].objects.room.free_space = Taken().free_space

    check_full(upload(headers=KEY))

    assert files(tmp_path) == []
    app.extensions["store"].objects.room.free_space = disk.free_space
    assert upload(headers=KEY).status_code == 201


def test_what_is_being_written_is_counted(tmp_path):
    room = Room(tmp_path, 5, Disk(RESERVED_BYTES + 10).free_space)

    with room.taking(5):
        room.require()
        with room.taking(1), pytest.raises(StorageFull):
            room.require()

    assert room.lack() is None


def test_many_at_once_never_use_what_is_reserved(tmp_path):
    disk = Disk(RESERVED_BYTES + 50)
    room, lock, least = Room(tmp_path, 10, disk.free_space), threading.Lock(), []

    def write(_number):
        try:
            with room.taking(10), lock:
                disk.bytes -= 10
                least.append(disk.bytes)
        except StorageFull:
            return False
        return True

    with ThreadPoolExecutor(20) as threads:
        written = list(threads.map(write, range(100)))

    assert 1 <= sum(written) <= 5
    assert min(least) >= RESERVED_BYTES


def test_a_real_disk_is_asked(tmp_path):
    assert free_space(tmp_path / "not" / "there") == pytest.approx(free_space(tmp_path), rel=0.1)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, StorageFull),
        (errno.EDQUOT, StorageFull),
        (errno.EROFS, StorageUnavailable),
        (errno.EIO, StorageUnavailable),
    ],
)
def test_the_disks_own_words(number, kind):
    with pytest.raises(StorageUnavailable) as caught, folder_errors("a test"):
        raise OSError(number, "a fault of the test")

    assert type(caught.value) is kind
