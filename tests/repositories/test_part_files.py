"""What a killed process leaves of a file that it was writing, in the embedded store."""

import io
import os

import pytest

from service.common.errors import StorageUnavailable
from service.repositories.embedded.file_urls import utc_now
from service.repositories.embedded.folder_objects import FolderObjects
from tests.repositories.sample_images import CONTENT, sample
from tests.support.clocks import Clock


@pytest.fixture
def clock():
    return Clock(utc_now())


@pytest.fixture
def objects(tmp_path, clock):
    return FolderObjects(tmp_path / "objects", clock=clock)


@pytest.fixture
def parts(tmp_path, objects):
    """The folder of the part files, with one of this moment."""
    objects.put(sample(), io.BytesIO(CONTENT))
    (tmp_path / "objects/parts/0123.part").write_bytes(b"half")
    return tmp_path / "objects/parts"


class Broken(io.BytesIO):
    """A file that cannot be read."""

    def read(self, *_size):
        """Raise an error."""
        raise OSError("broken")


def names(folder):
    return sorted(os.listdir(folder))


def test_what_may_still_be_written_stays(objects, parts, clock):
    clock.forward(minutes=59)

    objects.delete_unfinished()

    assert names(parts) == ["0123.part"]


def test_what_is_old_goes(objects, parts, clock):
    clock.forward(minutes=61)

    objects.delete_unfinished()

    assert names(parts) == []


def test_it_is_no_object(objects, parts):
    assert [key for key in objects.list("images/") if "part" in key] == []


def test_nothing_is_left_of_a_write_that_fails(objects, parts):
    image = sample()

    with pytest.raises(StorageUnavailable):
        objects.put(image, Broken(CONTENT))

    assert names(parts) == ["0123.part"]
    assert list(objects.list(f"images/{image.image_id}/")) == []


def test_without_a_folder_there_is_nothing_to_delete(objects):
    objects.delete_unfinished()


def test_every_sweep_deletes_what_is_old(app, sweep, image_id):
    part = app.extensions["objects"].folder / "parts/0123.part"
    part.write_bytes(b"half")
    os.utime(part, (0, 0))

    sweep("--dry-run")
    assert part.exists()

    sweep()
    assert not part.exists()
