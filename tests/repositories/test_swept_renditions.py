"""What the sweep does to renditions, on every store: those of an image stay, all others go."""

import io

import pytest

from service.business.upkeep.audit import Audit
from service.business.upkeep.sweep import Sweep
from service.models.renditions import LARGE, THUMB, Rendition
from tests.repositories.sample_images import CONTENT, DUE_AT, add, next_attempt, sample
from tests.support.moments import await_next_moment

WEBP = Rendition(b"a small WebP", 4, 3)


@pytest.fixture
def sweep(images, objects):
    """Sweep; return the figures that are not 0."""

    def run():
        await_next_moment()
        figures = Sweep(images, objects, grace_seconds=0).run()
        return {name: figures[name] for name in ("postponed", "settled") if figures[name]}

    return run


@pytest.fixture
def keys(objects):
    """Return the keys of all objects, sorted."""
    return lambda: sorted(objects.list("images/"))


def put_all(objects, image):
    """Store an original and all its renditions."""
    objects.put(image, io.BytesIO(CONTENT), WEBP)
    objects.put_rendition(image, LARGE, WEBP)


def test_those_of_a_ready_image_stay(images, objects, sweep, keys):
    first = sample(keyed=True)
    assert images.begin(first)
    put_all(objects, first)
    second = next_attempt(first)
    assert images.take_over(second, first)
    put_all(objects, second)
    assert images.finish(second)

    assert sweep() == {"settled": 1}
    assert keys() == sorted(second.own_keys)
    assert sweep() == {}
    assert Audit(images, objects).run()["faults"] == 0


def test_those_of_a_deleted_image_go(images, objects, sweep, keys):
    image = add(images)
    put_all(objects, image)
    assert images.bury(image, "b" * 16, DUE_AT)

    assert sweep() == {"postponed": 1}
    assert keys() == []


def test_those_that_land_after_a_sweep_go_with_the_next(images, objects, sweep, keys):
    image = add(images)
    put_all(objects, image)
    assert images.bury(image, "b" * 16, DUE_AT)
    sweep()
    for name in (THUMB, LARGE):
        objects.put_rendition(image, name, WEBP)

    sweep()

    assert keys() == []
    assert images.get(image.image_id) is None
