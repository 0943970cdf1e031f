"""Counts of tags: many requests at once, and faults while images are counted."""

import pytest

from service.business.upkeep.sweep import Sweep
from service.business.upkeep.tag_counts import TagCounts
from service.common import deadlines
from tests.faults.world import at_once
from tests.repositories.sample_images import add
from tests.support import promises

TAGS = ["a", "b", "c"]
# The calls of the first sweep of a table: it looks for due records, then counts.
FIRST_SWEEP = ["Query"] * 4 + ["GetItem"] + ["Query"] * 20 + ["CountTag"] * 4 + ["PutItem"]


def tags(world, user_id=""):
    """Return the counts of a user's tags, or of everyone's."""
    rows = world.client.get(f"/tags?user_id={user_id}").json["tags"]
    return {row["tag"]: row["count"] for row in rows}


@pytest.fixture
def uncounted(aws_world):
    """A world on a table whose images nobody has counted, and whose sweep does."""
    images = aws_world.images
    for number, user_id in enumerate(("ana", "bob")):
        # In another shard each.
        add(images, user_id, ["a"], image_id=f"{number:08x}" + "0" * 24)
    for key, count in list(images.tag_counts.stored()):
        images.tag_counts.correct(key, count, 0)
    parts = (images, aws_world.objects, TagCounts(images))
    aws_world.app.extensions["sweep"] = Sweep(*parts, grace_seconds=0)
    assert tags(aws_world) == {}
    return aws_world


def test_many_uploads_and_deletes_at_once(world):
    uploads = [lambda tags=TAGS[: number % 4]: world.upload(tags=tags) for number in range(12)]

    image_ids = [answer.json["image_id"] for answer in at_once(uploads)]
    assert tags(world) == tags(world, "ana") == {"a": 9, "b": 6, "c": 3}
    for image_id in image_ids[:8]:
        # Another client deletes it too, and either of them may be the first.
        world.promises.add(image_id, promises.deleted)
    deletes = [lambda image_id=image_id: world.delete(image_id) for image_id in image_ids[:8]]
    answers = at_once(deletes + deletes + uploads[:4])

    assert sorted(answer.status_code for answer in answers[:16]) == [204] * 8 + [404] * 8
    assert tags(world) == tags(world, "ana") == {"a": 6, "b": 4, "c": 2}
    assert TagCounts(world.images).audit() == 0


def test_a_key_at_once_counts_once(world):
    at_once([lambda: world.upload("k", ["a"])] * 8)

    assert tags(world) == tags(world, "ana") == {"a": 1}


def test_an_upload_without_tags_makes_no_further_call(aws_world, wire):
    wire.listen()
    aws_world.upload()
    calls = wire.calls
    aws_world.upload(tags=TAGS)

    assert calls == ["PutItem", "PutObject", "PutRendition", "UpdateItem"]
    assert wire.calls.count("CountTag") == 2 * len(TAGS)


def test_without_time_nothing_is_counted(aws_world, wire):
    image = aws_world.images.get(aws_world.upload(tags=["a"]).json["image_id"])
    wire.listen()
    deadlines.start(1)
    try:
        aws_world.images.tag_counts.moved(image, (), ["b"])
    finally:
        deadlines.stop()

    assert wire.calls == []
    assert tags(aws_world) == {"a": 1}


@pytest.mark.parametrize("fault", ["refused", "lost"])
def test_a_recount_finds_what_a_fault_left(aws_world, wire, fault):
    # Both attempts of every call.
    wire.fail("CountTag", fault, 4 * len(TAGS))
    image_id = aws_world.upload(tags=TAGS).json["image_id"]
    wire.listen()

    figures = TagCounts(aws_world.images).recount()

    assert figures["tags_corrected"] == 2 * len(TAGS)
    assert tags(aws_world) == tags(aws_world, "ana") == dict.fromkeys(TAGS, 1)
    aws_world.delete(image_id)
    assert tags(aws_world) == tags(aws_world, "ana") == {}


def test_these_are_the_calls_of_a_first_sweep(uncounted, wire):
    wire.listen()
    first = uncounted.sweep()
    calls = wire.calls
    wire.listen()

    second = uncounted.sweep()

    assert (first["tags_corrected"], first["tags_uncorrected"]) == (4, 0)
    assert calls == FIRST_SWEEP
    assert "tags_corrected" not in second
    assert wire.calls == FIRST_SWEEP[:5]
    assert tags(uncounted) == {"a": 2}


@pytest.mark.parametrize("number", range(4, len(FIRST_SWEEP)))
def test_a_fault_in_it_is_made_good_by_the_next(uncounted, wire, number):
    wire.fail(number, "refused", 2)
    first = uncounted.sweep()
    wire.listen()

    second = uncounted.sweep()

    assert "tags_corrected" not in first
    assert "tags_corrected" in second
    assert (tags(uncounted), tags(uncounted, "bob")) == ({"a": 2}, {"a": 1})
