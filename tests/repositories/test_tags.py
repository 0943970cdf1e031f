"""The contract of tags and their counts, on every store of image records."""

import pytest

from service.models.states import completed
from tests.repositories.sample_images import (
    DUE_AT,
    LONGEST,
    LONGEST_TAGS,
    add,
    next_attempt,
    sample,
)

ODD_TAGS = [
    "%",
    "_",
    "a",
    "a#b",
    "a|b",
    "b",
    "#",
    "é",
    "😀",
    "\U0010ffff",
    "\U0010ffff😀",
    "ut#ana#a",
]
LAST = "\U0010ffff" * 50


def bury(images, image):
    assert images.bury(image, f"bury {image.nonce}", DUE_AT)


def walk(images, user_id=None, prefix="", limit=50):
    """Return the pages of tags, each as {tag: count}."""
    pages, position = [], None
    while not pages or position:
        page, position = images.tags(user_id, prefix, limit, position)
        pages.append(dict(page))
        assert list(pages[-1]) == sorted(pages[-1])
    return pages


class TestTags:
    """What the tags of every store do."""

    def test_there_are_none_at_first(self, images):
        assert images.tags(None, "", 50, None) == images.tags("ana", "", 50, None) == ([], None)

    def test_they_are_counted_for_a_user_and_for_everyone(self, images):
        for number in range(9):
            add(images, tags=["beach", f"n{number}"], second=number)
        add(images, "bob", ["beach"])

        assert walk(images, "ana", "b") == [{"beach": 9}]
        assert walk(images, "bob") == [{"beach": 1}]
        assert walk(images, None) == [{"beach": 10} | {f"n{number}": 1 for number in range(9)}]
        assert walk(images, "a") == walk(images, "ana#beach") == [{}]

    def test_only_ready_images_count(self, images):
        images.begin(sample(tags=["beach"]))
        ready, buried = add(images, tags=["beach", "sea"]), add(images, tags=["beach", "cat"])

        bury(images, buried)

        for user_id in ("ana", None):
            assert walk(images, user_id) == [{"beach": 1, "sea": 1}]
        bury(images, ready)
        for user_id in ("ana", None):
            assert walk(images, user_id) == [{}]

    def test_a_repeated_finish_counts_once(self, images):
        image = sample(tags=["beach"])
        images.begin(image)
        assert images.finish(image)

        other = next_attempt(image)
        assert not images.finish(other)

        assert walk(images) == walk(images, "ana") == [{"beach": 1}]

    def test_two_completions_count_once(self, images):
        image = sample(tags=["beach"], direct=True)
        images.begin(image)

        finished = [images.finish(completed(image, {})) for _ in range(2)]

        assert finished == [True, False]
        assert walk(images) == walk(images, "ana") == [{"beach": 1}]

    def test_a_repeated_bury_counts_once(self, images):
        image = add(images, tags=["beach"])
        add(images, tags=["beach"])

        for number in range(2):
            images.bury(image, f"bury {number} {image.nonce}", DUE_AT)

        assert walk(images) == walk(images, "ana") == [{"beach": 1}]

    def test_a_refused_or_waiting_one_never_counted(self, images):
        waiting, refused = (sample(tags=["beach"], direct=True) for _ in range(2))
        for image in (waiting, refused):
            images.begin(image)
        refused.problem = "{}"
        images.refuse(refused)

        bury(images, waiting)
        bury(images, images.get(refused.image_id))
        add(images, tags=["beach"])

        assert walk(images) == walk(images, "ana") == [{"beach": 1}]

    @pytest.mark.parametrize("user_id", ["ana", None])
    @pytest.mark.parametrize("limit", [1, 2, 5, 100])
    def test_pages_are_in_order_and_full(self, images, user_id, limit):
        for second, tag in enumerate(ODD_TAGS):
            add(images, tags=[tag, "every"], second=second)

        pages = walk(images, user_id, limit=limit)

        assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
        tags = [tag for page in pages for tag in page]
        assert tags == sorted([*ODD_TAGS, "every"])
        assert pages[-1]

    @pytest.mark.parametrize("user_id", ["ana", None])
    @pytest.mark.parametrize("prefix", [*ODD_TAGS, "a#", "a\U0010ffff", "c", "ut#", "A", " "])
    def test_a_prefix_is_plain_text(self, images, user_id, prefix):
        add(images, tags=ODD_TAGS)
        expected = sorted(tag for tag in ODD_TAGS if tag.startswith(prefix))

        pages = walk(images, user_id, prefix, limit=1)

        assert [tag for page in pages for tag in page] == expected

    @pytest.mark.parametrize("user_id", [LONGEST["user_id"], None])
    def test_the_longest_tags(self, images, user_id):
        tags = sorted([*LONGEST_TAGS[:18], LAST, LAST[:-1]])
        add(images, LONGEST["user_id"], tags)

        assert walk(images, user_id) == [dict.fromkeys(tags, 1)]
        assert walk(images, user_id, LAST) == [{LAST: 1}]
        assert walk(images, user_id, LAST[:-1], limit=1) == [{LAST[:-1]: 1}, {LAST: 1}]

    def test_a_position_need_not_exist_any_more(self, images):
        several = {tag: add(images, tags=[tag]) for tag in "abcd"}
        _, position = images.tags(None, "", 2, None)

        bury(images, several[position])

        assert images.tags(None, "", 2, position) == ([("c", 1), ("d", 1)], None)
