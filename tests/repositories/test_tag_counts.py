"""Counts of tags equal a plain count, and a recount corrects what is wrong, on every store."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.business.upkeep.tag_counts import TagCounts
from tests.repositories.sample_images import DUE_AT, add

NOTHING = {"tags_corrected": 0, "tags_uncorrected": 0}
USERS = ["ana", "a|b"]
# An upload of a user's image with tags, or a number that says which image to delete.
steps = st.lists(
    st.tuples(st.sampled_from(USERS), st.sets(st.sampled_from(["a", "a#b", "*", "é", "b"])))
    | st.integers(0, 9),
    max_size=12,
)


class BusyCounts:
    """Counts that change while the images are counted."""

    def __init__(self, counts, change):
        self.counts = counts
        self.change = change

    def __getattr__(self, name):
        return getattr(self.counts, name)

    def counted(self):
        """Yield what there is, then change something."""
        yield from self.counts.counted()
        self.change()


class BusyImages:
    """Images with such counts."""

    def __init__(self, images, change):
        self.tag_counts = BusyCounts(images.tag_counts, change)


def tags(images, user_id=None):
    return dict(images.tags(user_id, "", 100, None)[0])


def bury(images, image):
    assert images.bury(image, f"bury {image.nonce}", DUE_AT)


def spoil(images, by):
    """Add a number to every count."""
    counts = images.tag_counts
    for key, count in list(counts.stored()):
        assert counts.correct(key, count, count + by)


@pytest.mark.parametrize("store", ["embedded", "aws"])
@settings(
    max_examples=15,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_they_equal_a_plain_count(request, store, steps):
    images = request.getfixturevalue(f"{store}_stores").new_images()
    kept = []
    for second, step in enumerate(steps):
        if not isinstance(step, int):
            kept.append(add(images, *step, second=second))
        elif step < len(kept):
            image = kept.pop(step)
            bury(images, image)

    for user_id in (*USERS, None):
        mine = [image for image in kept if user_id in (None, image.user_id)]
        assert tags(images, user_id) == Counter(tag for image in mine for tag in image.tags)
    assert TagCounts(images).audit() == 0


class TestRecounts:
    """What recounts of every store do."""

    @pytest.mark.parametrize("by", [-3, -1, 1, 3])
    def test_wrong_counts_are_corrected(self, images, by):
        image = add(images, tags=["cat", "dog"])
        add(images, "bob", ["cat"])
        spoil(images, by)
        wrong = TagCounts(images).audit()

        figures = TagCounts(images).recount()

        assert figures == {"tags_corrected": wrong, "tags_uncorrected": 0}
        assert tags(images) == {"cat": 2, "dog": 1}
        assert (tags(images, "ana"), tags(images, "bob")) == ({"cat": 1, "dog": 1}, {"cat": 1})
        assert TagCounts(images).recount() == NOTHING
        bury(images, image)
        assert (tags(images), tags(images, "ana")) == ({"cat": 1}, {})

    def test_counts_of_users_without_images_go(self, images):
        image = add(images, tags=["cat"])
        spoil(images, 1)
        bury(images, image)
        assert (tags(images), tags(images, "ana")) == ({"cat": 1}, {"cat": 1})

        TagCounts(images).recount()

        assert (tags(images), tags(images, "ana")) == ({}, {})
        assert list(images.tag_counts.stored()) == []

    def test_a_correction_is_made_once(self, images):
        add(images, tags=["cat"])
        key, count = next(iter(images.tag_counts.stored()))

        done = [images.tag_counts.correct(key, count, 5) for _ in range(2)]

        assert done == [True, False]
        assert dict(images.tag_counts.stored())[key] == 5

    def test_a_correction_of_nothing_is_made_once(self, images):
        add(images, tags=["cat"])
        key, _ = next(iter(images.tag_counts.stored()))
        images.tag_counts.correct(key, 1, 0)

        done = [images.tag_counts.correct(key, 0, 2) for _ in range(2)]

        assert done == [True, False]
        assert dict(images.tag_counts.stored())[key] == 2

    @pytest.mark.parametrize("by", [0, 9, -9])
    def test_changes_meanwhile_are_kept(self, images, by):
        for second in range(9):
            add(images, tags=["cat"], second=second)
        spoil(images, by)
        busy = BusyImages(images, lambda: add(images, tags=["cat"]))

        TagCounts(busy).recount()
        TagCounts(images).recount()

        assert tags(images) == tags(images, "ana") == {"cat": 10}

    def test_a_right_count_that_changes_is_left(self, images):
        image = add(images, tags=["cat"])
        changes = [
            lambda: add(images, tags=["cat", "new"]),
            lambda: bury(images, image),
        ]

        figures = [TagCounts(BusyImages(images, change)).recount() for change in changes]

        assert figures == [NOTHING, NOTHING]

    def test_negative_counts_are_not_shown(self, images):
        add(images, tags=["cat", "dog"])
        spoil(images, -2)
        add(images, "bob", tags=["eel"])

        assert images.tags(None, "", 1, None)[0] == [("eel", 1)]

    def test_without_time_nothing_is_remembered(self, aws_stores):
        images = aws_stores.new_images()
        add(images, tags=["cat"])
        spoil(images, 1)

        assert TagCounts(images).fill(end=0) == {}
        assert tags(images) != {"cat": 1}
        assert TagCounts(images).fill()["tags_corrected"] == 2
        assert tags(images) == {"cat": 1}
        assert TagCounts(images).fill() == {}
