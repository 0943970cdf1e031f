"""What an audit counts, on every store."""

import io

import pytest

from service.business.sweep import Audit
from tests.repositories.sample_images import CONTENT, DUE_AT, add, sample


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


def test_faults_are_added_up(audit, images, objects):
    add(images)
    objects.put(sample(), io.BytesIO(CONTENT))

    figures = audit()

    assert (figures["images_without_object"], figures["stray_objects"]) == (1, 1)
    assert figures["faults"] == 2
