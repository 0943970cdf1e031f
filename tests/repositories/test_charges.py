"""Direct uploads are charged for their place in a quota from `begin` on."""

import pytest

from service.common.errors import QuotaExceeded
from service.models.quota import Quota
from tests.repositories.sample_images import DUE_AT, add, sample
from tests.repositories.test_usage import SIZE, bury, kept


def declared(tags=(), **fields):
    """Return the pending Image of a direct upload that is charged for its place."""
    return sample(tags=tags, direct=True, charged=SIZE, **fields)


def retry(image, **fields):
    """Return the Image of the next attempt at a direct upload."""
    return declared(image.tags, image_id=image.image_id, attempts=image.attempts or 1, **fields)


class TestCharges:
    """What every store of image records does alike with direct uploads while a quota is set."""

    @pytest.fixture
    def images(self, stores):
        return stores.new_images(Quota(2, 2 * SIZE))

    @pytest.fixture
    def image(self, images):
        image = declared(["beach"])
        assert images.begin(image)
        return image

    def test_begin_counts_what_it_charges(self, images, image):
        assert kept(images) == (1, SIZE)
        assert images.get(image.image_id).charged == SIZE

    def test_a_repeated_begin_counts_once(self, images, image):
        assert images.begin(image)
        assert not images.begin(retry(image))
        assert kept(images) == (1, SIZE)

    @pytest.mark.parametrize("quota", [Quota(1), Quota(0, SIZE), Quota(9, 2 * SIZE - 1)])
    def test_a_full_quota_refuses_begin(self, stores, quota):
        images = stores.new_images(quota)
        first, second = declared(), declared()
        assert images.begin(first)

        with pytest.raises(QuotaExceeded):
            images.begin(second)

        assert images.get(second.image_id) is None
        assert kept(images) == (1, SIZE)
        assert images.begin(first)
        assert not images.begin(retry(first))

    def test_finish_counts_it_no_second_time(self, images, image):
        add(images)

        finished = [images.finish(image), images.finish(image)]

        assert finished == [True, True]
        assert kept(images) == (2, 2 * SIZE)
        assert images.get(image.image_id).charged is None

    @pytest.mark.parametrize("less", [0, 1])
    def test_finish_counts_the_difference(self, stores, less):
        images = stores.new_images(Quota(1, SIZE - less))
        image = declared()
        image.charged = SIZE - 1
        images.begin(image)

        if less:
            with pytest.raises(QuotaExceeded):
                images.finish(image)
        else:
            assert images.finish(image)

        assert kept(images) == (1, SIZE - less)

    def test_a_lower_quota_does_not_refuse_what_was_promised(self, images, image):
        images.quota.images = images.quota.bytes = 1

        assert images.finish(image)
        assert kept(images) == (1, SIZE)

    @pytest.mark.parametrize("verb", ["refuse", "condemn", "bury"])
    def test_what_does_not_become_ready_is_given_back(self, images, image, verb):
        image.problem = "{}"
        verbs = {
            "refuse": lambda: images.refuse(image),
            "condemn": lambda: images.condemn(image, DUE_AT),
            "bury": lambda: bury(images, image),
        }

        done = [verbs[verb]() for _ in range(2)]

        assert done == [True, verb == "bury"]
        assert kept(images) == (0, 0)
        assert images.get(image.image_id).charged is None
        assert verb == "bury" or bury(images, images.get(image.image_id)) == (verb == "refuse")
        assert kept(images) == (0, 0)

    def test_a_takeover_keeps_its_place(self, images, image):
        add(images)
        second = retry(image)

        taken = [images.take_over(second, images.get(image.image_id)) for _ in range(2)]

        assert taken == [True, True]
        assert kept(images) == (2, 2 * SIZE)
        assert images.finish(second)
        assert kept(images) == (2, 2 * SIZE)

    def test_a_takeover_charges_what_was_given_back(self, images, image):
        images.condemn(image, DUE_AT)
        seen, second = images.get(image.image_id), retry(image)
        others = [add(images) for _ in range(2)]

        with pytest.raises(QuotaExceeded):
            images.take_over(second, seen)

        assert images.get(image.image_id).is_condemned
        bury(images, others[0])
        assert images.take_over(second, seen)
        assert kept(images) == (2, 2 * SIZE)

    def test_a_takeover_charges_what_an_older_version_began(self, images):
        image = sample(direct=True)
        images.begin(image)
        assert kept(images) == (0, 0)

        assert images.take_over(retry(image), images.get(image.image_id))

        assert kept(images) == (1, SIZE)

    @pytest.mark.parametrize("charged", [None, SIZE])
    def test_bury_gives_back_what_a_later_attempt_was_charged(self, images, charged):
        image = sample(direct=True, charged=charged)
        images.begin(image)
        seen = images.get(image.image_id)
        second = sample(image_id=image.image_id, direct=True, charged=None if charged else SIZE)
        images.take_over(second, seen)

        bury(images, seen)
        bury(images, images.get(image.image_id))

        assert kept(images) == (0, 0)
