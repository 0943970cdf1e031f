"""A `finish` of an image with a trashed_at puts it straight into the trash, on every store."""

import copy

import pytest

from service.business.changes.edits import restored
from service.common.errors import QuotaExceeded
from service.models.image import DELETING, PENDING, READY, TRASHED, changed
from service.models.query import Query
from service.models.quota import Quota
from tests.repositories.sample_images import CONTENT, DUE_AT, add, at, next_attempt, sample

TRASHED_AT, PURGED_AT = at(30), at(90 * 60)
EARLIER, LATER = at(60), "2026-02-14T00:00:00.000Z"
TAGS = pytest.mark.parametrize("tags", [[], ["a", "b"]])
DUE = pytest.mark.parametrize("due_at", [None, EARLIER, LATER])


@pytest.fixture(params=["embedded", "aws", "aws_plain"])
def stores(request):
    """Every store, and DynamoDB a second time with calls of the AWS SDK alone."""
    return request.getfixturevalue(f"{request.param}_stores")


def in_trash(images, due_at=None, **fields):
    """Finish an image that was in the trash; return it as it was before."""
    image = sample(trashed_at=TRASHED_AT, purged_at=PURGED_AT, revision="r" * 16, **fields)
    assert images.begin(image)
    image.due_at = due_at
    assert images.finish(image)
    return image


def listed(images, trashed):
    """Return the image_ids of every list: those of the trash, or of ready images."""
    queries = [Query(trashed=trashed), Query("ana", trashed=trashed)]
    queries += [] if trashed else [Query(tags=["a"]), Query("ana", tags=["a"])]
    return {image.image_id for query in queries for image in images.list(query, 10, None)[0]}


@TAGS
def test_it_is_in_the_trash_and_nowhere_else(images, tags):
    image = in_trash(images, tags=tags)

    record = images.get(image.image_id)
    assert (record.state, record.doc(), record.revision) == (TRASHED, image.doc(), "r" * 16)
    assert listed(images, trashed=True) == {image.image_id}
    assert listed(images, trashed=False) == set()
    assert images.tags("ana", "", 10, None)[0] == []


@DUE
def test_it_is_due_at_the_earlier_date(images, due_at):
    image = in_trash(images, due_at=due_at)

    record = images.get(image.image_id)
    assert record.tidy_at == due_at
    assert record.due_at == min(due_at or PURGED_AT, PURGED_AT)
    assert list(images.due(LATER)) == [(record.due_at, image.image_id)]


@DUE
def test_a_restored_one_is_as_if_it_had_been_ready(images, due_at):
    image = in_trash(images, due_at=due_at, tags=["a", "b"])

    record = images.get(image.image_id)
    assert images.change(record, changed(restored(record), revision="s" * 16))

    record = images.get(image.image_id)
    assert (record.state, record.due_at, record.tidy_at) == (READY, due_at, None)
    assert record.listed_at == f"{image.created_at}#{image.image_id}"
    assert listed(images, trashed=False) == {image.image_id}
    assert listed(images, trashed=True) == set()
    assert images.tags("ana", "", 10, None)[0] == [("a", 1), ("b", 1)]


def test_a_settled_one_is_due_when_it_is_purged(images):
    image = in_trash(images, due_at=EARLIER)

    assert images.settle(images.get(image.image_id))

    record = images.get(image.image_id)
    assert (record.due_at, record.tidy_at) == (PURGED_AT, None)


@TAGS
def test_it_can_be_purged(images, tags):
    image = in_trash(images, tags=tags)

    assert images.purge(images.get(image.image_id), "p" * 16, LATER)

    assert images.get(image.image_id).state == DELETING
    assert listed(images, trashed=True) == set()


@TAGS
def test_a_repeat_is_answered_as_done(images, tags):
    image = in_trash(images, tags=tags)

    assert images.finish(image)
    assert images.get(image.image_id).state == TRASHED


@TAGS
def test_another_attempt_stops_it(images, tags):
    image = sample(tags=tags, trashed_at=TRASHED_AT, purged_at=PURGED_AT)
    images.begin(image)
    assert images.take_over(next_attempt(image), image)

    assert not images.finish(image)
    assert images.get(image.image_id).state == PENDING
    assert listed(images, trashed=True) == set()


@TAGS
def test_a_ready_one_stays_ready(images, tags):
    image = add(images, tags=tags)
    late = changed(image, state=PENDING, trashed_at=TRASHED_AT, purged_at=PURGED_AT)

    images.finish(late)

    assert images.get(image.image_id).state == READY


@TAGS
def test_it_takes_its_place_in_the_quota(stores, tags):
    images = stores.new_images(Quota(1))
    in_trash(images, tags=tags)
    other = sample(tags=tags, trashed_at=TRASHED_AT, purged_at=PURGED_AT)
    images.begin(other)

    with pytest.raises(QuotaExceeded):
        images.finish(copy.copy(other))

    assert images.usages()["ana"][:2] == (1, len(CONTENT))
    assert images.get(other.image_id).due_at == DUE_AT
