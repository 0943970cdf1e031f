"""The contract of lists, on every store of image records."""

import pytest

from service.models.query import Query
from tests.repositories.sample_images import DUE_AT, add, sample, walk

ODD_TAGS = [
    "*",
    "#",
    "a#b",
    "a",
    "b",
    "%",
    "_",
    "ut#ana#a",
    "t#0#a",
    "a'b",
    "é",
    "𝓉",
    "a b",
    ":key",
]
ODD_USERS = ["a|b", "a", "b", "A", "a@b.org", "a:b", "+", ".", "_", "ana-1"]


def ids(found):
    """Return the image_ids of (images, position)."""
    return [image.image_id for image in found[0]]


class TestImageLists:
    """What the lists of every store do."""

    def test_an_empty_list_has_one_empty_page(self, images):
        found = [images.list(query, 5, None) for query in (Query(), Query("ana", ["beach"]))]

        assert found == [([], None), ([], None)]

    def test_the_newest_stands_first(self, images):
        old, newest, newer = (add(images, second=second) for second in (1, 3, 2))

        found = images.list(Query(), 5, None)

        assert ids(found) == [newest.image_id, newer.image_id, old.image_id]

    def test_a_listed_image_has_what_a_list_shows(self, images):
        image = add(images, tags=["beach", "sea"], description="two\nlines 😀")

        (listed,), _ = images.list(Query("ana", ["sea"]), 5, None)

        assert listed.doc() == image.doc()
        assert (listed.image_id, listed.state) == (image.image_id, "ready")

    def test_only_ready_images_are_listed(self, images):
        images.begin(sample(tags=["beach"]))
        buried, ready = (add(images, tags=["beach"]) for _ in range(2))
        images.bury(buried, f"bury {buried.nonce}", DUE_AT)

        queries = Query(), Query("ana"), Query(None, ["beach"]), Query("ana", ["beach"])
        found = [ids(images.list(query, 5, None)) for query in queries]

        assert found == [[ready.image_id]] * 4

    def test_users_see_their_own(self, images):
        mine = {user: add(images, user, ["beach"]).image_id for user in ODD_USERS}

        by_user = {user: ids(images.list(Query(user), 50, None)) for user in ODD_USERS}
        by_tag = {user: ids(images.list(Query(user, ["beach"]), 50, None)) for user in ODD_USERS}

        assert by_user == by_tag == {user: [image_id] for user, image_id in mine.items()}

    @pytest.mark.parametrize("user", ["ana", None])
    def test_tags_are_compared_whole(self, images, user):
        tagged = {tag: add(images, tags=[tag]).image_id for tag in ODD_TAGS}

        found = {tag: ids(images.list(Query(user, [tag]), 50, None)) for tag in ODD_TAGS}

        assert found == {tag: [image_id] for tag, image_id in tagged.items()}

    @pytest.mark.parametrize("user", ["ana", None])
    def test_any_shows_an_image_once(self, images, user):
        both = add(images, tags=["beach", "sea"], second=2)
        one = add(images, tags=["sea"], second=1)
        add(images, tags=["sun"])

        found = images.list(Query(user, ["beach", "sea"]), 5, None)

        assert ids(found) == [both.image_id, one.image_id]

    @pytest.mark.parametrize("user", ["ana", None])
    def test_all_wants_every_tag(self, images, user):
        both = add(images, tags=["beach", "sea", "sun"])
        for tag in ("beach", "sea"):
            add(images, tags=[tag, "sun"])

        found = images.list(Query(user, ["beach", "sea"], match_all=True), 5, None)

        assert ids(found) == [both.image_id]

    @pytest.mark.parametrize("user", ["ana", None])
    def test_all_pages_are_full_where_matches_are_rare(self, images, user):
        made = [add(images, tags=["beach", "sea"][number % 7 > 0 :], second=number)
                for number in range(40)]  # fmt: skip
        both = [image.image_id for image in reversed(made) if len(image.tags) == 2]

        pages = walk(images, Query(user, ["beach", "sea"], match_all=True), 2)

        assert [page for page in pages if page] == [both[0:2], both[2:4], both[4:6]]

    @pytest.mark.parametrize("user", ["ana", None])
    @pytest.mark.parametrize("limit", [1, 2, 3, 5, 12, 50])
    def test_pages_cut_ties_in_time_cleanly(self, images, user, limit):
        made = [add(images, tags=["beach"], second=number // 4) for number in range(12)]
        newest_first = sorted(made, key=lambda image: image.listed_at, reverse=True)
        expected = [image.image_id for image in newest_first]

        for query in (Query(user), Query(user, ["beach"]), Query(user, ["beach", "sea"])):
            pages = walk(images, query, limit)

            assert sum(pages, []) == expected
            assert {len(page) for page in pages[:-1]} <= {limit}

    def test_a_page_goes_on_below_any_position(self, images):
        made = [add(images, second=second) for second in (1, 2, 3)]
        gone = sample(second=2)

        found = images.list(Query("ana"), 5, gone.listed_at)
        none = images.list(Query("ana"), 5, made[0].listed_at)

        assert made[0].image_id in ids(found)
        assert made[2].image_id not in ids(found)
        assert none == ([], None)

    def test_a_walk_survives_a_delete_at_its_position(self, images):
        made = [add(images, second=second) for second in (1, 2, 3)]
        _, position = images.list(Query(), 2, None)
        images.bury(made[1], f"bury {made[1].nonce}", DUE_AT)

        found = images.list(Query(), 2, position)

        assert ids(found) == [made[0].image_id]

    def test_a_taken_over_image_is_listed_once(self, images):
        first = sample(tags=["beach"], second=1)
        images.begin(first)
        second = sample(tags=["beach"], second=2)
        second.image_id = first.image_id
        images.take_over(second, first)
        images.finish(second)

        found = images.list(Query(None, ["beach"]), 5, None)

        assert [image.created_at for image in found[0]] == [second.created_at]
