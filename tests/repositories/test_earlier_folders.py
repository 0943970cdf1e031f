"""Objects that earlier versions of the embedded store wrote: each image had a folder of its own."""

import io

import pytest

from service.models.renditions import LARGE, THUMB, Rendition, rendition_key
from service.repositories.embedded.folder_objects import FolderObjects
from tests.faults.power import Disk
from tests.repositories.sample_images import CONTENT, next_attempt, sample
from tests.repositories.stores import read_object

WEBP = Rendition(b"a small WebP", 4, 3)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "disk" / "objects"


@pytest.fixture
def objects(folder):
    folder.mkdir(parents=True)
    return FolderObjects(folder)


@pytest.fixture
def write_early(folder):
    """Write an object as earlier versions did."""

    def write(object_key, content):
        kind, image_id, name = object_key.split("/")
        path = folder / kind / image_id[:2] / image_id / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    return write


@pytest.fixture
def image(objects, write_early):
    """An image of an earlier version, with its thumb."""
    image = sample()
    write_early(image.object_key, CONTENT)
    write_early(rendition_key(image.object_key, THUMB), WEBP.content)
    return image


def paths(folder):
    """Return the paths of all files and folders of images."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob("*i*/*/**/*"))


def test_they_are_found(objects, image):
    assert read_object(objects, image.object_key) == CONTENT
    assert objects.has(image)
    assert objects.rendition_size(image, THUMB) == len(WEBP.content)


def test_they_are_listed_beside_those_of_today(objects, image):
    other = next_attempt(image)
    late = sample()
    for one in (other, late):
        objects.put(one, io.BytesIO(CONTENT))

    keys = [image.object_key, rendition_key(image.object_key, THUMB), other.object_key]
    assert sorted(objects.list(f"images/{image.image_id}/")) == sorted(keys)
    assert sorted(objects.list("images/")) == sorted([*keys, late.object_key])
    assert list(objects.list("incoming/")) == []


def test_a_later_rendition_lies_where_it_would_today(objects, image):
    assert objects.put_rendition(image, LARGE, WEBP)

    assert objects.rendition_size(image, LARGE) == len(WEBP.content)
    assert len(list(objects.list(f"images/{image.image_id}/"))) == 3


def test_their_folder_goes_with_the_last_of_them(objects, image, folder):
    objects.put_rendition(image, LARGE, WEBP)

    objects.delete(image.object_key)
    assert read_object(objects, image.object_key) is None
    assert objects.rendition_size(image, THUMB) == len(WEBP.content)
    objects.delete(*image.own_keys)

    assert list(objects.list("images/")) == []
    # No folder of an image is left; those of today and of earlier stay.
    assert paths(folder) == []


def test_what_was_sent_again_counts(objects, write_early):
    image = sample(content=b"later", direct=True)
    write_early(image.object_key, CONTENT)

    objects.store(image.object_key, io.BytesIO(b"later"))
    assert read_object(objects, image.object_key) == b"later"
    objects.delete(image.object_key)

    assert read_object(objects, image.object_key) is None


@pytest.mark.parametrize("before", [True, False])
def test_what_is_deleted_stays_deleted(objects, image, tmp_path, monkeypatch, before):
    disk = Disk(tmp_path / "disk", monkeypatch)
    disk.keep_all()
    if before:
        objects.delete(*image.own_keys)

    objects.delete_all(image, list(objects.list(f"images/{image.image_id}/")))

    restored = FolderObjects(disk.restore(tmp_path / "restored") / "objects")
    assert list(restored.list("images/")) == []


def test_strange_files_are_no_objects(objects, image, folder):
    objects.put(sample(image_id="abc" + "d" * 29), io.BytesIO(CONTENT))
    for place in ("images", "images/abc", f"images/{image.image_id[:2]}"):
        (folder / place / ".DS_Store").write_bytes(b"")
        (folder / place / "README").write_bytes(b"")

    assert len(list(objects.list("images/"))) == 3
