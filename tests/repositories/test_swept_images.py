"""The contract of what the sweep does to image records: it changes what it has read, no other."""

import pytest

from service.models.image import DELETING, PENDING, READY
from tests.repositories.sample_images import DUE_AT, add, next_attempt, sample, values_of

LATER = "2026-02-14T00:00:00.000Z"
VERBS = {
    "postpone": lambda images, seen: images.postpone(seen, LATER),
    "settle": lambda images, seen: images.settle(seen),
    "forget": lambda images, seen: images.forget(seen),
}


def ready_and_due(images):
    """Store a ready record that the sweep must look at; return it as it is read."""
    image = sample()
    images.begin(image)
    images.finish(image)
    return images.get(image.image_id)


class TestSweptImages:
    """What every store of image records does alike for the sweep."""

    @pytest.mark.parametrize("verb", VERBS)
    def test_what_was_read_is_changed_once(self, images, verb):
        seen = ready_and_due(images)

        assert [VERBS[verb](images, seen) for _ in range(2)] == [True, False]

    @pytest.mark.parametrize("verb", VERBS)
    @pytest.mark.parametrize(("field", "value"), [("state", DELETING), ("due_at", LATER)])
    def test_what_has_moved_on_is_left(self, images, verb, field, value):
        seen = ready_and_due(images)
        before = values_of(images.get(seen.image_id))
        setattr(seen, field, value)

        done = VERBS[verb](images, seen)

        assert not done
        assert values_of(images.get(seen.image_id)) == before

    def test_condemn_gives_up_the_attempt_seen(self, images):
        image = sample()
        images.begin(image)

        condemned = [images.condemn(image, LATER) for _ in range(2)]

        record = images.get(image.image_id)
        assert condemned == [True, False]
        assert (record.state, record.due_at, record.bury_nonce) == (DELETING, LATER, None)

    def test_condemn_leaves_another_attempt(self, images):
        image, seen = sample(), sample()
        images.begin(image)
        seen.image_id = image.image_id

        condemned = images.condemn(seen, LATER)

        assert not condemned
        assert images.get(image.image_id).state == PENDING

    def test_condemn_leaves_a_ready_image(self, images):
        image = add(images)

        condemned = images.condemn(image, LATER)

        assert not condemned
        assert images.get(image.image_id).state == READY

    def test_take_over_replaces_what_was_condemned(self, images):
        image = sample()
        images.begin(image)
        images.condemn(image, LATER)
        images.postpone(images.get(image.image_id), LATER)
        second = next_attempt(image)

        taken = images.take_over(second, images.get(image.image_id))

        assert taken
        assert values_of(images.get(image.image_id)) == values_of(second)
        assert images.finish(second)

    def test_take_over_wants_the_state_that_was_read(self, images):
        image = sample()
        images.begin(image)
        seen = images.get(image.image_id)
        images.condemn(image, LATER)

        taken = images.take_over(next_attempt(image), seen)

        assert not taken
        assert images.get(image.image_id).is_condemned

    def test_a_late_take_over_revives_nothing(self, images):
        image = sample()
        images.begin(image)
        images.condemn(image, LATER)
        seen, second = images.get(image.image_id), next_attempt(image)
        images.take_over(second, seen)
        images.condemn(second, LATER)

        taken = images.take_over(second, seen)

        assert not taken
        assert images.get(image.image_id).is_condemned

    def test_due_are_the_oldest_first(self, images):
        now, later, never = sample(), sample(), sample()
        later.due_at, never.due_at = LATER, None
        for image in (later, now, never):
            images.begin(image)

        assert list(images.due(DUE_AT)) == [(DUE_AT, now.image_id)]
        assert [due_at for due_at, _ in images.due(LATER)] == [DUE_AT, LATER]
