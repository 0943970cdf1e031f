"""Changes of ready and trashed records, on every store: each needs the record as it was read."""

import secrets

import pytest

from service.business.changes.edits import restored, trashed
from service.models.image import DELETING, READY, TRASHED, changed
from service.models.query import Query
from service.models.quota import Quota
from tests.repositories.sample_images import CONTENT, DUE_AT, add, sample

NAMED = {"thumb": {"width": 4, "height": 3, "size": 12}}
LATER = "2026-02-14T00:00:00.000Z"
TAGS = pytest.mark.parametrize("tags", [[], ["a"]])


@pytest.fixture(params=["embedded", "aws", "aws_plain"])
def stores(request):
    """Every store, and DynamoDB a second time with calls of the AWS SDK alone."""
    return request.getfixturevalue(f"{request.param}_stores")


def fresh(image, **values):
    """Return an image with other values and a new revision."""
    return changed(image, **values, revision=secrets.token_hex(8))


def change(images, image, **values):
    """Change an image as it was read; return what it is then, or None if it was refused."""
    after = fresh(image, **values)
    return after if images.change(image, after) else None


def move(images, image, moved):
    """Change an image as a function says that returns the image as it will be."""
    after = fresh(moved(image))
    assert images.change(image, after)
    return after


def to_trash(image):
    return trashed(image, 30)


def listed(images, *queries):
    """Return the image_ids of each list."""
    return [[image.image_id for image in images.list(query, 10, None)[0]] for query in queries]


class TestGuardedChanges:
    """What every store of image records does with changes."""

    def test_a_change_shows_in_the_record_and_in_every_list(self, images):
        image = add(images, tags=["a", "b"])

        after = change(images, image, renditions=NAMED, color="#112233")

        record = images.get(image.image_id)
        assert (record.state, record.renditions) == (READY, NAMED)
        assert record.revision == after.revision
        for query in (Query(), Query("ana"), Query("ana", ["a"]), Query(None, ["a", "b"], True)):
            (found,), _ = images.list(query, 10, None)
            assert (found.renditions, found.color, found.tags) == (NAMED, "#112233", ["a", "b"])

    @TAGS
    def test_a_change_needs_what_it_has_read(self, images, tags):
        image = add(images, tags=tags)
        first = change(images, image, color="#111111")

        assert not change(images, image, color="#222222")
        assert not change(images, fresh(image), color="#222222")

        assert images.get(image.image_id).color == "#111111"
        assert change(images, first, color="#222222")
        assert images.get(image.image_id).color == "#222222"

    def test_a_change_keeps_the_rest_of_the_record(self, images):
        image = add(images, tags=["a"], keyed=True)
        before = vars(images.get(image.image_id))

        after = change(images, image, color="#111111")

        expected = before | {"color": "#111111", "revision": after.revision}
        assert vars(images.get(image.image_id)) == expected

    @TAGS
    def test_what_is_not_ready_is_not_changed(self, images, tags):
        pending, gone = sample(tags=tags), add(images, tags=tags)
        assert images.begin(pending)
        assert images.bury(gone, gone.nonce[::-1], gone.created_at)

        for image in (changed(pending, state=READY), gone, changed(sample(), state=READY)):
            assert not change(images, image, color="#111111")

        assert listed(images, Query("ana")) == [[]]
        assert images.get(pending.image_id).revision is None

    def test_new_tags_move_it_to_their_lists(self, images):
        image = add(images, tags=["a", "b"])

        change(images, image, tags=["b", "c"])

        lists = [Query(user, [tag]) for tag in "abc" for user in ("ana", None)]
        here = [image.image_id]
        assert listed(images, *lists) == [[], [], here, here, here, here]
        assert listed(images, Query(), Query("ana")) == [here, here]

    @TAGS
    def test_a_delete_needs_what_it_has_read(self, images, tags):
        image = add(images, tags=tags)
        after = change(images, image, tags=["new"])

        assert not images.bury(image, image.nonce[::-1], LATER)
        assert images.bury(after, image.nonce[::-1], LATER)

        assert listed(images, Query("ana"), Query("ana", ["new"])) == [[], []]
        assert not change(images, after, tags=["again"])

    @TAGS
    def test_the_trash_takes_it_out_of_its_lists(self, images, tags):
        image = add(images, tags=tags)

        move(images, image, to_trash)

        record = images.get(image.image_id)
        assert (record.state, record.due_at) == (TRASHED, record.purged_at)
        queries = [Query(), Query("ana"), *(Query("ana", [tag]) for tag in tags)]
        assert listed(images, *queries) == [[]] * len(queries)

    def test_a_restored_one_is_where_it_was(self, images):
        several = [add(images, tags=["a"], second=second) for second in range(3)]
        before = vars(images.get(several[1].image_id))
        queries = [Query(), Query("ana"), Query("ana", ["a"])]
        lists = listed(images, *queries)

        after = move(images, move(images, several[1], to_trash), restored)

        record = vars(images.get(several[1].image_id))
        assert record == before | {"revision": after.revision}
        assert listed(images, *queries) == lists

    def test_a_late_repeat_of_the_trash_is_refused(self, images):
        image = add(images, tags=["a"])
        late = fresh(to_trash(image))
        assert images.change(image, late)
        move(images, late, restored)

        assert not images.change(image, fresh(late))
        assert images.get(image.image_id).state == READY

    def test_what_was_due_stays_due(self, images):
        image = sample(direct=True)
        images.begin(image)
        images.finish(image)
        image.state = READY

        in_trash = move(images, image, to_trash)
        record = images.get(image.image_id)
        assert (record.due_at, record.tidy_at) == (DUE_AT, DUE_AT)

        move(images, in_trash, restored)
        record = images.get(image.image_id)
        assert (record.due_at, record.tidy_at) == (DUE_AT, None)

    def test_a_settled_one_is_due_when_it_is_purged(self, images):
        image = sample(direct=True)
        images.begin(image)
        images.finish(image)
        image.state = READY
        seen = move(images, image, to_trash)

        assert images.settle(seen)
        assert not images.settle(seen)

        record = images.get(image.image_id)
        assert (record.due_at, record.tidy_at) == (seen.purged_at, None)
        assert [pair[1] for pair in images.due(seen.purged_at)] == [image.image_id]

    def test_a_settle_needs_what_it_has_read(self, images):
        image = sample(direct=True)
        images.begin(image)
        images.finish(image)
        image.state = READY
        seen = move(images, image, to_trash)
        again = move(images, move(images, seen, restored), to_trash)

        assert not images.settle(seen)
        assert images.settle(again)

    @TAGS
    def test_a_purge_deletes(self, images, tags):
        image = move(images, add(images, tags=tags), to_trash)

        assert images.purge(image, image.nonce[::-1], LATER)
        assert images.purge(image, image.nonce[::-1], LATER)

        record = images.get(image.image_id)
        assert (record.state, record.bury_nonce, record.due_at) == (
            DELETING,
            image.nonce[::-1],
            LATER,
        )
        assert (record.tidy_at, record.swept) == (None, None)

    def test_a_purge_needs_what_it_has_read(self, images):
        image = add(images, tags=["a"])
        seen = move(images, image, to_trash)
        ready = move(images, seen, restored)
        assert not images.purge(seen, image.nonce[::-1], LATER)
        again = move(images, ready, to_trash)
        assert not images.purge(seen, image.nonce[::-1], LATER)
        assert not images.purge(changed(again, due_at=LATER), image.nonce[::-1], LATER)
        assert images.get(image.image_id).state == TRASHED

    def test_the_trash_keeps_its_place_in_the_quota(self, stores):
        images = stores.new_images(Quota(1))
        image = add(images, tags=["a"])

        in_trash = move(images, image, to_trash)
        assert images.usages()["ana"][:2] == (1, len(CONTENT))
        assert images.purge(in_trash, image.nonce[::-1], LATER)
        assert images.usages()["ana"][:2] == (0, 0)


class TestManyAtOnce:
    """What every store of image records does with many images in one call."""

    def test_get_many_finds_those_that_there_are(self, images):
        several = [add(images, second=second) for second in range(3)]
        image_ids = [image.image_id for image in several]

        found = images.get_many([*image_ids, *image_ids, "no id", "0" * 32])

        assert found.keys() == set(image_ids)
        assert found[image_ids[1]].created_at == several[1].created_at
        assert images.get_many([]) == images.get_many(["no id"]) == {}

    @pytest.mark.parametrize("quota", [Quota(), Quota(100)])
    def test_each_is_done_or_not(self, stores, quota):
        images = stores.new_images(quota)
        several = [add(images, tags=["a"], second=second) for second in range(5)]
        change(images, several[1], tags=["b"])

        pairs = [(image, fresh(image, tags=["c"])) for image in several]
        assert images.change_many(pairs) == [True, False, True, True, True]

        afters = [images.get(image.image_id) for image in several]
        change(images, afters[3], tags=["d"])
        buried = images.bury_many(afters, several[0].nonce[::-1], LATER)
        assert buried == [True, True, True, False, True]
        assert listed(images, Query("ana"), Query("ana", ["d"])) == [[several[3].image_id]] * 2

    def test_more_than_threads_at_once(self, images):
        several = [add(images, tags=["a"], second=second) for second in range(30)]

        pairs = [(image, fresh(image, tags=["b"])) for image in several]
        assert images.change_many(pairs) == [True] * 30
        assert len(images.list(Query("ana", ["b"]), 100, None)[0]) == 30
        afters = [after for _, after in pairs]
        assert images.bury_many(afters, several[0].nonce[::-1], LATER) == [True] * 30
        assert listed(images, Query("ana")) == [[]]
