"""Records whose state only a newer version of the service knows: they are left as they are."""

import io

import pytest

from service.business.upkeep import usage
from service.business.upkeep.audit import Audit
from service.business.upkeep.sweep import Sweep
from service.models.quota import Quota, Usage
from tests.repositories.sample_images import CONTENT, DUE_AT, add, next_attempt, sample, values_of
from tests.repositories.stores import archive, read_object

LATER = "2026-02-14T00:00:00.000Z"
VERBS = {
    "begin": lambda images, image: images.begin(image),
    "begin another": lambda images, image: images.begin(next_attempt(image)),
    "take over": lambda images, image: images.take_over(next_attempt(image), image),
    "finish": lambda images, image: images.finish(image),
    "refuse": lambda images, image: images.refuse(image),
    "bury": lambda images, image: images.bury(image, "b" * 16, LATER),
    "condemn": lambda images, image: images.condemn(image, LATER),
    "release": lambda images, image: images.release(image),
}


@pytest.fixture
def image(images, objects):
    """Store a record of a newer version that is due, with its bytes; return it as it is read."""
    image = sample(tags=["beach"], problem="{}")
    images.begin(image)
    objects.put(image, io.BytesIO(CONTENT))
    archive(images, image.image_id)
    return images.get(image.image_id)


class TestNewerStates:
    """What every store does alike with the records of a newer version."""

    def test_they_are_read_whole(self, images):
        image = sample(tags=["beach"], keyed=True)
        images.begin(image)

        archive(images, image.image_id)

        values = values_of(image) | {"state": "archived"}
        assert values_of(images.get(image.image_id)) == values
        assert [values_of(one) for one in images.all()] == [values]
        assert list(images.due(LATER)) == [(DUE_AT, image.image_id)]
        assert not images.get(image.image_id).is_visible

    @pytest.mark.parametrize("verb", VERBS)
    def test_no_verb_changes_them(self, images, image, verb):
        done = VERBS[verb](images, image)

        assert not done
        assert values_of(images.get(image.image_id)) == values_of(image)

    def test_a_sweep_tells_them_and_keeps_their_bytes(self, images, objects, image):
        figures = [Sweep(images, objects, grace_seconds=0).run() for _ in range(3)]

        assert [(one["unknown"], one["skipped"]) for one in figures] == [(1, 0)] * 3
        assert values_of(images.get(image.image_id)) == values_of(image)
        assert read_object(objects, image.object_key) == CONTENT

    def test_an_audit_counts_them_as_no_fault(self, images, objects, image):
        figures = Audit(images, objects).run()

        assert (figures["unknown"], figures["objects"], figures["faults"]) == (1, 1, 0)

    def test_what_else_they_keep_is_not_stray(self, images, objects):
        image = add(images)
        objects.put(image, io.BytesIO(CONTENT))
        image.object_key += "-thumb"
        objects.put(image, io.BytesIO(CONTENT))
        archive(images, image.image_id)

        assert Audit(images, objects).run()["stray_objects"] == 0

    def test_a_recount_leaves_the_counts_of_their_users(self, stores):
        images = stores.new_images(Quota(9))
        for user_id in ("ana", "ana", "bob"):
            image = add(images, user_id)
        archive(images, next(one.image_id for one in images.all() if one.user_id == "ana"))
        images.correct_usage("bob", images.usages()["bob"], Usage(5, 5))

        found, figures = usage.audit(images), usage.Recount(images).run()

        # Only the newer version knows whether it counts such an image.
        assert (found, figures) == (1, {"corrected": 1, "uncorrected": 0})
        assert images.usages()["ana"].images == 2
        assert images.usages()["bob"][:2] == (1, image.size)
