"""What sweep and audit do with images in the trash, on every store."""

import io

import pytest

from service.business.changes.edits import restored, trashed
from service.business.upkeep.audit import Audit
from service.business.upkeep.sweep import Sweep
from service.models.image import DELETING, READY, TRASHED, changed
from tests.repositories.sample_images import CONTENT, add, next_attempt, sample
from tests.support.moments import await_next_moment


@pytest.fixture
def sweep(images, objects):
    """Sweep; return the figures that are not 0."""

    def run():
        await_next_moment()
        figures = Sweep(images, objects, grace_seconds=0).run()
        return {name: count for name, count in figures.items() if count and name != "oldest_due_at"}

    return run


@pytest.fixture
def stored(images, objects):
    """Store an image with its bytes, moved to the trash for some days."""

    def store(days, image=None):
        image = image or add(images, tags=["a"])
        objects.put(image, io.BytesIO(CONTENT))
        after = changed(trashed(image, days), revision=image.nonce)
        assert images.change(image, after)
        return after

    return store


def audit(images, objects):
    """Return the audit's figures that are not 0."""
    return {name: count for name, count in Audit(images, objects).run().items() if count}


def test_what_is_overdue_is_purged(images, objects, stored, sweep):
    image = stored(days=0)

    assert sweep() == {"purged": 1}
    record = images.get(image.image_id)
    assert (record.state, bool(record.bury_nonce)) == (DELETING, True)
    assert list(objects.list("images/")) == []
    assert sweep() == {"forgotten": 1}
    assert images.get(image.image_id) is None


def test_what_has_time_left_stays(images, objects, stored, sweep):
    image = stored(days=1)

    assert sweep() == {}
    assert images.get(image.image_id).state == TRASHED
    assert audit(images, objects) == {"trashed": 1, "objects": 1}


def test_what_came_back_is_not_purged(images, objects, stored, sweep):
    image = stored(days=0)
    assert images.change(image, changed(restored(image), revision="r2"))

    assert sweep() == {}
    assert images.get(image.image_id).state == READY
    assert objects.has(image)


def test_a_key_stays_taken_for_a_day_after_a_purge(images, stored, sweep):
    image = stored(0, add(images, keyed=True))

    assert sweep() == {"purged": 1}
    assert sweep() == {"postponed": 1}
    assert sweep() == {}
    assert images.get(image.image_id).bury_nonce


def test_what_was_still_to_be_tidied_is(images, objects, stored, sweep):
    first = sample(keyed=True)
    assert images.begin(first)
    objects.put(first, io.BytesIO(CONTENT))
    second = next_attempt(first)
    assert images.take_over(second, first)
    assert images.finish(second)
    image = stored(1, images.get(second.image_id))
    assert audit(images, objects) == {"trashed": 1, "objects": 2}

    assert sweep() == {"settled": 1}
    assert list(objects.list("images/")) == [image.object_key]
    record = images.get(image.image_id)
    assert (record.state, record.due_at, record.tidy_at) == (TRASHED, image.purged_at, None)
    assert sweep() == {}


def test_a_stray_beside_it_is_found(images, objects, stored):
    objects.put(next_attempt(stored(1)), io.BytesIO(CONTENT))

    assert audit(images, objects)["stray_objects"] == 1


def test_lost_bytes_are_found(images, objects, stored):
    image = stored(1)
    objects.delete(image.object_key)

    assert audit(images, objects) == {"trashed": 1, "images_without_object": 1, "faults": 1}
