"""The contract of filters, orders and the trash, on every store of image records."""

import pytest

from service.models.image import READY, changed
from service.models.query import Query
from tests.repositories.sample_images import (
    DUE_AT,
    add,
    at,
    restore,
    rewrite,
    sample,
    trash,
    walk,
)

USERS = ["ana", None]
BOTH_ORDERS = [False, True]


def ids(images):
    """Return the image_ids of images."""
    return [image.image_id for image in images]


def listed(images, *arguments, **filters):
    """Return the image_ids of the first page of a list."""
    return ids(images.list(Query(*arguments, **filters), 100, None)[0])


class TestFilteredLists:
    """What the filters of every store do."""

    @pytest.mark.parametrize("user", USERS)
    def test_dates_are_from_then_on_and_until_before_then(self, images, user):
        made = [add(images, second=number) for number in range(5)]

        assert listed(images, user, created_after=at(3)) == ids([made[4], made[3]])
        assert listed(images, user, created_before=at(1)) == ids([made[0]])
        found = listed(images, user, created_after=at(1), created_before=at(3), oldest=True)
        assert found == ids([made[1], made[2]])
        assert listed(images, user, created_after=at(3), created_before=at(3)) == []
        assert listed(images, user, created_after=at(9), created_before=at(0)) == []

    @pytest.mark.parametrize("user", USERS)
    @pytest.mark.parametrize("oldest", BOTH_ORDERS)
    @pytest.mark.parametrize("limit", [1, 3, 8])
    def test_a_walk_between_dates_meets_each_image_once(self, images, user, oldest, limit):
        made = [add(images, tags=["a"], second=number // 3) for number in range(12)]
        expected = ids(sorted(made[3:9], key=lambda image: image.listed_at, reverse=not oldest))

        for tags in ((), ["a"], ["a", "b"]):
            query = Query(
                user, tags, created_after=at(1), created_before=at(3), oldest=oldest
            )  # fmt: skip
            pages = walk(images, query, limit)

            assert sum(pages, []) == expected
            assert {len(page) for page in pages[:-1]} <= {limit}

    @pytest.mark.parametrize("oldest", BOTH_ORDERS)
    def test_a_position_outside_the_dates_does_no_harm(self, images, oldest):
        made = [add(images, second=second) for second in range(4)]
        query = Query("ana", created_after=at(1), created_before=at(3), oldest=oldest)

        before, after = (images.list(query, 5, made[place].listed_at)[0] for place in (0, 3))

        inside = ids(made[1:3] if oldest else made[2:0:-1])
        assert (ids(before), ids(after)) == ((inside, []) if oldest else ([], inside))

    @pytest.mark.parametrize("user", USERS)
    def test_text_is_compared_folded_and_within_a_field(self, images, user):
        image = add(images, tags=["größe"], filename="ΑΣ.png", description="İ\n100 %")

        for text in ("ας", "GRÖSSE", "ße", "i\u0307\n100", ".PNG", "%"):
            assert listed(images, user, text=text) == [image.image_id], text
        for text in ("pngi", "%größe", ",größe,", "groesse", "_"):
            assert listed(images, user, text=text) == [], text

    @pytest.mark.parametrize("user", USERS)
    def test_every_filter_is_about_whole_values(self, images, user):
        image = add(images, tags=["a", "a b", "%"], content_type="image/png")

        for hidden in ({"none": ["%"]}, {"untagged": True}, {"content_types": ["image/gif"]}):
            assert listed(images, user, **hidden) == []
        for shown in ({"none": ["b", "_", "a  b"]}, {"content_types": ["image/gif", "image/png"]}):
            assert listed(images, user, **shown) == [image.image_id]
        assert listed(images, user, ["a"], none=["a", "b"]) == []
        assert listed(images, user, ["a", "c"], none=["c"]) == [image.image_id]

    @pytest.mark.parametrize("user", USERS)
    @pytest.mark.parametrize("oldest", BOTH_ORDERS)
    def test_rare_matches_fill_pages(self, images, user, oldest):
        made = [add(images, tags=["b", "a", "rare"][: 1 + 2 * (number % 7 == 0)], second=number)
                for number in range(60)]  # fmt: skip
        rare = [image.image_id for image in made if len(image.tags) == 3]
        rare = rare if oldest else rare[::-1]

        for query in (
            Query(user, ["b"], text="RARE", oldest=oldest),
            Query(user, ["a", "b"], match_all=True, oldest=oldest),
        ):
            pages = walk(images, query, 2)

            assert [page for page in pages if page] == [rare[place : place + 2]
                                                        for place in range(0, 9, 2)]  # fmt: skip

    @pytest.mark.parametrize("user", USERS)
    def test_a_change_is_in_the_lists_at_once(self, images, user):
        before = changed(add(images, tags=["a", "b"], description="Sea"), state=READY)

        rewrite(images, before, changed(before, tags=["b", "c"], description="Land"))

        (shown,), _ = images.list(Query(user, ["c", "b"], match_all=True, text="LAND"), 5, None)
        assert (shown.tags, shown.description) == (["b", "c"], "Land")
        for query in (Query(user, ["a"]), Query(user, text="sea"), Query(user, none=["c"])):
            assert images.list(query, 5, None) == ([], None)

    @pytest.mark.parametrize("user", USERS)
    def test_a_deleted_image_is_found_by_no_search(self, images, user):
        image = add(images, tags=["a", "b"])
        images.bury(image, f"bury {image.nonce}", DUE_AT)
        images.begin(sample(tags=["a"]))

        for query in (Query(user, text="cat"), Query(user, ["a", "b"], match_all=True)):
            assert images.list(query, 5, None) == ([], None)


class TestTrashLists:
    """What the lists of the trash show on every store."""

    @pytest.mark.parametrize("user", USERS)
    def test_the_last_trashed_stands_first(self, images, user):
        made = [add(images, second=second) for second in (1, 2, 3)]
        for second, image in enumerate((made[1], made[2], made[0])):
            trash(images, image, 10 + second)

        assert listed(images, user, trashed=True) == ids([made[0], made[2], made[1]])
        assert listed(images, user, trashed=True, oldest=True) == ids([made[1], made[2], made[0]])
        assert listed(images, user) == []
        (first, *_), _ = images.list(Query(user, trashed=True), 1, None)
        assert (first.state, first.trashed_at, first.purged_at) == ("trashed", at(12), at(72))

    @pytest.mark.parametrize("user", USERS)
    def test_all_filters_work_there(self, images, user):
        made = [add(images, tags=tags, second=second, filename=f"{second}.png")
                for second, tags in enumerate((["a"], ["a", "b"], []))]  # fmt: skip
        for image in made:
            trash(images, image, 20 - made.index(image))

        def found(*arguments, **filters):
            return listed(images, user, *arguments, trashed=True, **filters)

        assert found(["a"]) == ids(made[:2])
        assert found(["a", "b"]) == ids(made[:2])
        assert found(["a", "b"], match_all=True) == ids([made[1]])
        assert found(none=["b"]) == ids([made[0], made[2]])
        assert found(untagged=True) == ids([made[2]])
        assert found(text="1.P") == ids([made[1]])
        # Dates are those of uploads, also where the order is that of the trash.
        assert found(created_after=at(1)) == ids(made[1:])
        assert found(created_after=at(0), created_before=at(2), oldest=True) == ids(
            [made[1], made[0]]
        )
        assert found(created_after=at(10)) == []

    @pytest.mark.parametrize("oldest", BOTH_ORDERS)
    @pytest.mark.parametrize("user", USERS)
    def test_walks_meet_each_image_once(self, images, user, oldest):
        made = [
            trash(images, add(images, tags=["a"], second=9), number // 3) for number in range(9)
        ]
        expected = ids(sorted(made, key=lambda image: image.listed_at, reverse=not oldest))

        for filters in ({}, {"tags": ["a", "b"]}, {"created_after": at(9)}):
            query = Query(user, trashed=True, oldest=oldest, **filters)
            assert sum(walk(images, query, 2), []) == expected

    @pytest.mark.parametrize("user", USERS)
    def test_a_restored_image_has_its_place_again(self, images, user):
        made = [changed(add(images, tags=["a"], second=second), state=READY) for second in range(3)]

        restore(images, trash(images, made[1], 50))

        for filters in ({}, {"tags": ["a"]}, {"text": "cat"}):
            assert listed(images, user, **filters) == ids(made[::-1])
        assert listed(images, user, trashed=True) == []

    def test_users_have_a_trash_of_their_own(self, images):
        hers, his = (trash(images, add(images, user), 5) for user in ("ana", "bob"))

        assert listed(images, "ana", trashed=True, text="cat") == [hers.image_id]
        assert listed(images, "bob", trashed=True) == [his.image_id]
        assert sorted(listed(images, trashed=True)) == sorted(ids([hers, his]))
