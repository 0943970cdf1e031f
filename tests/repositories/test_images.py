"""The contract of image records. Lists are in tests/repositories/test_image_lists.py."""

import pytest

from service.models.image import DELETING, PENDING, READY
from service.models.query import Query
from tests.repositories.sample_images import (
    DUE_AT,
    LONGEST,
    LONGEST_TAGS,
    add,
    next_attempt,
    sample,
    values_of,
)

LATER = "2026-02-14T00:00:00.000Z"
IMAGE_ID = "0123456789abcdef0123456789abcdef"
ODD_IDS = ["", "a", IMAGE_ID[1:], IMAGE_ID + "0", IMAGE_ID.upper(), IMAGE_ID + "\n", "g" * 32,
           "٣" * 32, "../" * 10, "\x00", "\ud800", "*", "a" * 5000]  # fmt: skip


@pytest.fixture(params=["embedded", "aws", "aws_plain"])
def stores(request):
    """Every store, and DynamoDB a second time with calls of the AWS SDK alone."""
    return request.getfixturevalue(f"{request.param}_stores")


def bury(images, image, bury_nonce=None):
    return images.bury(image, bury_nonce or image.nonce[::-1], DUE_AT)


def listed(images, image):
    """Return how often an image is in each list that must contain it, as a set of numbers."""
    queries = [Query(), Query(image.user_id)]
    queries += [Query(user, [tag]) for tag in image.tags for user in (None, image.user_id)]
    found = [images.list(query, 100, None)[0] for query in queries]
    return {[one.image_id for one in page].count(image.image_id) for page in found}


class TestImages:
    """What every store of image records does."""

    def test_a_pending_record_is_read_back_whole(self, images):
        image = sample(tags=["beach", "sea"], description="Línea 1\n2 😀", keyed=True)

        begun = images.begin(image)

        assert begun
        assert values_of(images.get(image.image_id)) == values_of(image)
        assert listed(images, image) == {0}

    def test_the_longest_record_is_read_back_whole(self, images):
        image = add(images, tags=LONGEST_TAGS, **LONGEST)

        record = images.get(image.image_id)

        assert record.doc() == image.doc()
        assert listed(images, image) == {1}

    def test_an_unknown_image_is_absent(self, images):
        assert images.get(IMAGE_ID) is None

    @pytest.mark.parametrize("image_id", ODD_IDS)
    def test_an_odd_id_is_absent(self, images, image_id):
        assert images.get(image_id) is None

    def test_a_tag_entry_is_no_image(self, images):
        image = add(images, tags=["beach"])

        assert images.get(f"entry#{image.image_id}#beach") is None

    def test_begin_can_be_repeated(self, images):
        image = sample()
        images.begin(image)

        begun = images.begin(image)

        assert begun
        assert images.get(image.image_id).state == PENDING

    def test_begin_refuses_another_attempt(self, images):
        image = sample()
        images.begin(image)

        begun = images.begin(next_attempt(image))

        assert not begun
        assert images.get(image.image_id).nonce == image.nonce

    def test_a_late_begin_does_not_change_a_ready_record(self, images):
        image = add(images, tags=["beach"])

        begun = [images.begin(image), images.begin(next_attempt(image))]

        assert begun == [False, False]
        assert images.get(image.image_id).state == READY

    def test_a_late_begin_does_not_change_a_deleting_one(self, images):
        image = add(images)
        bury(images, image)

        begun = [images.begin(image), images.begin(next_attempt(image))]

        assert begun == [False, False]
        assert images.get(image.image_id).state == DELETING

    def test_take_over_replaces_the_attempt_that_was_read(self, images):
        image = sample()
        images.begin(image)
        images.release(image)
        second = next_attempt(image)

        taken = images.take_over(second, images.get(image.image_id))

        assert taken
        assert values_of(images.get(image.image_id)) == values_of(second)

    def test_take_over_can_be_repeated(self, images):
        image = sample()
        images.begin(image)
        second = next_attempt(image)
        images.take_over(second, image)

        taken = images.take_over(second, image)

        assert taken
        assert images.get(image.image_id).nonce == second.nonce

    def test_take_over_is_refused_after_another(self, images):
        image = sample()
        images.begin(image)
        second = next_attempt(image)
        images.take_over(second, image)

        taken = images.take_over(next_attempt(image), image)

        assert not taken
        assert images.get(image.image_id).nonce == second.nonce

    @pytest.mark.parametrize("state", [READY, DELETING, None])
    def test_take_over_needs_a_pending_record(self, images, state):
        image = add(images) if state else sample()
        if state == DELETING:
            bury(images, image)
        seen = images.get(image.image_id) or image

        taken = [images.take_over(next_attempt(image), one) for one in (image, seen)]

        record = images.get(image.image_id)
        assert taken == [False, False]
        assert (record and record.state) == state

    def test_release_marks_the_attempt(self, images):
        image = sample()
        images.begin(image)

        images.release(image)

        assert images.get(image.image_id).released

    def test_release_does_not_change_the_next_attempt(self, images):
        image = sample()
        images.begin(image)
        images.take_over(next_attempt(image), image)

        images.release(image)

        assert not images.get(image.image_id).released

    def test_release_does_not_change_a_ready_record(self, images):
        image = add(images)

        images.release(image)

        assert not images.get(image.image_id).released

    def test_release_makes_no_record(self, images):
        image = sample()

        images.release(image)

        assert images.get(image.image_id) is None

    @pytest.mark.parametrize("tags", [[], ["beach"], ["beach", "sea", "sun"]])
    def test_finish_makes_it_ready_and_listed(self, images, tags):
        image = sample(tags=tags)
        images.begin(image)
        image.due_at = None

        finished = images.finish(image)

        record = images.get(image.image_id)
        assert finished
        assert (record.state, record.due_at) == (READY, None)
        assert record.doc() == image.doc()
        assert listed(images, image) == {1}

    @pytest.mark.parametrize("due_at", [DUE_AT, LATER])
    def test_finish_can_make_it_due(self, images, due_at):
        image = sample()
        images.begin(image)
        image.due_at = due_at

        images.finish(image)

        assert images.get(image.image_id).due_at == due_at
        assert list(images.due(LATER)) == [(due_at, image.image_id)]

    @pytest.mark.parametrize("tags", [[], ["beach"]])
    def test_finish_can_be_repeated(self, images, tags):
        image = add(images, tags=tags)

        finished = images.finish(image)

        assert finished
        assert listed(images, image) == {1}

    @pytest.mark.parametrize("tags", [[], ["beach"]])
    def test_finish_is_refused_after_another_attempt(self, images, tags):
        image = sample(tags=tags)
        images.begin(image)
        second = next_attempt(image)
        images.take_over(second, image)

        finished = images.finish(image)

        assert not finished
        assert images.get(image.image_id).state == PENDING
        assert listed(images, image) == {0}
        assert images.finish(second)
        assert listed(images, second) == {1}

    @pytest.mark.parametrize("tags", [[], ["beach"]])
    def test_finish_does_not_bring_it_back(self, images, tags):
        image = add(images, tags=tags)
        bury(images, image)

        # A late repeat of `finish`: its answer may be that of the first call.
        images.finish(image)

        assert images.get(image.image_id).state == DELETING
        assert listed(images, image) == {0}

    @pytest.mark.parametrize("tags", [[], ["beach"]])
    def test_finish_needs_a_record(self, images, tags):
        image = sample(tags=tags)

        finished = images.finish(image)

        assert not finished
        assert images.get(image.image_id) is None
        assert listed(images, image) == {0}

    @pytest.mark.parametrize("tags", [[], ["beach", "sea"]])
    def test_bury_takes_it_out_of_every_list(self, images, tags):
        image = add(images, tags=tags)
        nonce = image.nonce[::-1]

        buried = bury(images, image, nonce)

        record = images.get(image.image_id)
        assert buried
        assert (record.state, record.bury_nonce, record.due_at) == (DELETING, nonce, DUE_AT)
        assert record.object_key == image.object_key
        assert listed(images, image) == {0}

    @pytest.mark.parametrize("tags", [[], ["beach"]])
    def test_bury_can_be_repeated(self, images, tags):
        image = add(images, tags=tags)
        bury(images, image)

        assert bury(images, image)

    @pytest.mark.parametrize("tags", [[], ["beach"]])
    def test_only_one_of_two_deletes_buries(self, images, tags):
        image = add(images, tags=tags)
        bury(images, image)

        buried = images.bury(image, image.nonce + "2", LATER)

        record = images.get(image.image_id)
        assert not buried
        assert (record.bury_nonce, record.due_at) == (image.nonce[::-1], DUE_AT)

    @pytest.mark.parametrize("tags", [[], ["beach"]])
    def test_bury_needs_a_visible_record(self, images, tags):
        pending, unknown = sample(tags=tags), sample(tags=tags)
        images.begin(pending)

        buried = [bury(images, pending), bury(images, unknown)]

        assert buried == [False, False]
        assert images.get(pending.image_id).state == PENDING
        assert images.get(unknown.image_id) is None

    def test_nothing_is_missing(self, images):
        assert images.missing() == []
