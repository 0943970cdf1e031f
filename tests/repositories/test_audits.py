"""What an audit counts, on every store."""

import io

import pytest

from service.business.upkeep.audit import Audit
from service.models.image import changed
from service.models.renditions import LARGE, THUMB, Rendition, rendition_key
from tests.repositories.sample_images import CONTENT, DUE_AT, add, sample

WEBP = Rendition(b"a small WebP", 4, 3)
NAMED = {"thumb": {"width": 4, "height": 3, "size": 12}}
FAULT = {"thumb": {"fault": "The decoder failed on this image."}}


@pytest.fixture
def audit(images, objects):
    return Audit(images, objects).run


def test_it_works(audit, images, objects):
    for user_id in ("ana", "bob"):
        objects.put(add(images, user_id, ["sea"]), io.BytesIO(CONTENT))
    images.begin(sample())
    images.bury(add(images), "b" * 16, DUE_AT)

    figures = audit()

    assert {name: number for name, number in figures.items() if number} == {
        "images": 2,
        "pending": 1,
        "tombstones": 1,
        "objects": 2,
    }
    assert figures["faults"] == 0


@pytest.fixture
def image(images, objects):
    """A ready image with its bytes, whose record names no thumb."""
    image = add(images, tags=["sea"])
    objects.put(image, io.BytesIO(CONTENT))
    return image


def test_renditions_are_the_images_own(audit, objects, image):
    for name in (THUMB, LARGE):
        objects.put_rendition(image, name, WEBP)

    figures = audit()

    assert (figures["objects"], figures["faults"]) == (3, 0)


@pytest.mark.parametrize("end", [".webp", ".square.webp", ".thumb.webp.part", "2.thumb.webp"])
def test_other_keys_beside_an_original_are_strays(audit, objects, image, end):
    stray = changed(image, object_key=image.object_key + end)
    objects.put(stray, io.BytesIO(CONTENT))

    assert audit()["stray_objects"] == 1


def test_renditions_of_another_attempt_are_strays(audit, objects, image):
    other = changed(image, object_key=f"images/{image.image_id}/{'0' * 16}")
    for name in (THUMB, LARGE):
        objects.put_rendition(other, name, WEBP)

    assert audit()["stray_objects"] == 2


@pytest.mark.parametrize(("renditions", "faults"), [(NAMED, 1), (FAULT, 0), ({}, 0), (None, 0)])
def test_a_thumb_that_is_named_must_be_there(audit, images, objects, image, renditions, faults):
    assert images.change(image, changed(image, renditions=renditions, revision="r1"))

    assert audit()["images_without_thumb"] == faults

    objects.put_rendition(image, THUMB, WEBP)
    assert audit()["faults"] == 0
    objects.delete(rendition_key(image.object_key, THUMB))
    assert audit()["faults"] == faults


def test_faults_are_added_up(audit, images, objects):
    add(images)
    objects.put(sample(), io.BytesIO(CONTENT))

    figures = audit()

    assert (figures["images_without_object"], figures["stray_objects"]) == (1, 1)
    assert figures["faults"] == 2
