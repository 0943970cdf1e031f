"""How much users keep: counted in the transactions of finish and bury, limited by a quota."""

import copy

import pytest

from service.common.errors import QuotaExceeded
from service.models.image import PENDING, READY, changed
from service.models.quota import Quota, Usage
from tests.repositories.sample_images import CONTENT, DUE_AT, add, sample

SIZE = len(CONTENT)
TAGS = pytest.mark.parametrize("tags", [[], ["beach", "sea"]])


def kept(images, user_id="ana"):
    """Return how many images and bytes are counted as a user's."""
    return images.usages().get(user_id, Usage())[:2]


def bury(images, image):
    return images.bury(image, image.nonce[::-1], DUE_AT)


class TestUsage:
    """What every store of image records does while a quota is set."""

    @pytest.fixture
    def images(self, stores):
        return stores.new_images(Quota(3, 3 * SIZE))

    @TAGS
    def test_finish_counts_the_image(self, images, tags):
        add(images, tags=tags)
        add(images, "bob", tags)
        add(images, tags=tags)

        assert kept(images) == (2, 2 * SIZE)
        assert kept(images, "bob") == (1, SIZE)

    @TAGS
    def test_a_repeated_finish_counts_once(self, images, tags):
        image = add(images, tags=tags)

        finished = images.finish(changed(image, state=PENDING))

        assert finished
        assert kept(images) == (1, SIZE)

    @TAGS
    def test_a_refused_finish_counts_nothing(self, images, tags):
        finished = images.finish(sample(tags=tags))

        assert not finished
        assert kept(images) == (0, 0)

    @TAGS
    def test_bury_frees_the_place(self, images, tags):
        image = [add(images, tags=tags) for _ in range(3)][0]

        buried = bury(images, image)

        assert buried
        assert kept(images) == (2, 2 * SIZE)
        assert add(images, tags=tags)

    @TAGS
    def test_a_repeated_bury_counts_once(self, images, tags):
        image = add(images, tags=tags)
        bury(images, image)

        buried = [bury(images, image), images.bury(image, "another", DUE_AT)]

        assert buried == [True, False]
        assert kept(images) == (0, 0)

    @pytest.mark.parametrize("quota", [Quota(2), Quota(0, 2 * SIZE), Quota(9, 3 * SIZE - 1)])
    @TAGS
    def test_a_full_quota_refuses_finish(self, stores, quota, tags):
        images = stores.new_images(quota)
        images_of_ana = [add(images, tags=tags) for _ in range(2)]
        image = sample(tags=tags)
        images.begin(image)

        with pytest.raises(QuotaExceeded):
            images.finish(image)

        assert images.get(image.image_id).state == PENDING
        assert kept(images) == (2, 2 * SIZE)
        assert add(images, "bob", tags)
        assert bury(images, images_of_ana[0])
        assert images.finish(image)

    @TAGS
    def test_what_is_ready_is_not_refused_later(self, stores, tags):
        images = stores.new_images(Quota(1))
        image = add(images, tags=tags)

        assert images.finish(changed(image, state=PENDING))
        assert images.get(image.image_id).state == READY
        assert kept(images) == (1, SIZE)

    def test_an_image_larger_than_the_quota_is_refused(self, stores):
        images = stores.new_images(Quota(0, SIZE - 1))
        image = sample()
        images.begin(image)

        with pytest.raises(QuotaExceeded):
            images.finish(image)

        assert not images.has_room(image)

    def test_there_is_room_up_to_the_limit(self, stores):
        images = stores.new_images(Quota(5, 2 * SIZE))
        larger = sample()
        larger.size += 1

        room = []
        for _ in range(3):
            room.append((images.has_room(sample()), images.has_room(larger)))
            if room[-1][0]:
                add(images)

        assert room == [(True, True), (True, False), (False, False)]
        assert images.has_room(sample("bob"))

    def test_without_a_quota_nothing_is_counted(self, stores):
        images = stores.new_images()

        image = add(images, tags=["beach"])
        room = images.has_room(image)
        bury(images, image)

        assert room
        assert images.usages() == {}

    def test_a_count_can_be_corrected(self, images):
        add(images)
        previous = images.usages()["ana"]

        corrected = images.correct_usage("ana", previous, Usage(3, 70))

        assert corrected
        assert kept(images) == (3, 70)
        assert not images.has_room(sample())

    def test_a_count_can_be_begun(self, images):
        assert images.correct_usage("ana", Usage(), Usage(2, 70))
        assert kept(images) == (2, 70)

    @pytest.mark.parametrize("before", [0, 1])
    def test_a_count_that_has_changed_is_not_corrected(self, images, before):
        for _ in range(before):
            add(images)
        previous = images.usages().get("ana", Usage())
        image = add(images)
        bury(images, image)

        corrected = images.correct_usage("ana", previous, Usage(3, 70))

        assert not corrected
        assert kept(images) == (before, before * SIZE)

    def test_a_count_is_no_image(self, images):
        image = add(images)
        fake = copy.copy(image)
        fake.image_id = "usage#ana"

        assert images.get("usage#ana") is None
        assert [one.image_id for one in images.all()] == [image.image_id]
        assert not images.take_over(fake, fake)

    @TAGS
    def test_bury_subtracts_what_became_ready_meanwhile(self, images, tags):
        image = sample(tags=tags, direct=True)
        images.begin(image)
        previous = images.get(image.image_id)
        images.finish(image)

        assert not bury(images, previous)
        assert kept(images) == (1, SIZE)
        assert bury(images, images.get(image.image_id))
        assert kept(images) == (0, 0)
