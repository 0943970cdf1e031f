"""The contract of the records and objects of direct uploads."""

import io

import pytest

from service.models.image import DELETING, PENDING, READY, REFUSED
from service.models.query import Query
from service.models.states import completed
from tests.repositories.sample_images import CONTENT, DUE_AT, sample, values_of
from tests.repositories.stores import read_object

LATER = "2026-02-14T00:00:00.000Z"
MEASURED = {"content_type": "image/jpeg", "size": 7, "width": 4, "height": 3, "sha256": "a" * 64}
TAGS = [[], ["beach", "sea"]]


def declared(tags=(), **fields):
    """Return the pending Image of a direct upload."""
    return sample(tags=tags, direct=True, width=None, height=None, sha256=None, **fields)


def begin(images, tags=()):
    """Store the record of a direct upload and return it."""
    image = declared(tags)
    assert images.begin(image)
    return image


def refuse(images, image):
    image.problem = '{"status": 422}'
    return images.refuse(image)


def count(images, image):
    """Return in how many lists an image is."""
    queries = [Query(), *(Query(image.user_id, [tag]) for tag in image.tags)]
    pages = [images.list(query, 100, None)[0] for query in queries]
    return sum(one.image_id == image.image_id for page in pages for one in page)


class TestDirectRecords:
    """What every store of image records does with direct uploads."""

    def test_it_is_read_back_whole(self, images):
        image = begin(images)

        record = images.get(image.image_id)

        assert values_of(record) == values_of(image)
        assert record.is_visible

    @pytest.mark.parametrize("tags", TAGS)
    def test_finish_writes_what_was_measured(self, images, tags):
        image = begin(images, tags)
        ready = completed(image, MEASURED)

        finished = images.finish(ready)

        record = images.get(image.image_id)
        assert finished
        assert (record.state, record.due_at, record.doc()) == (READY, DUE_AT, ready.doc())
        assert images.list(Query(), 1, None)[0][0].doc() == ready.doc()
        assert count(images, image) == 1 + len(tags)

    def test_what_a_newer_version_wrote_survives(self, images):
        image = declared(["beach"], unknown={"colour": "red"})
        assert images.begin(image)

        assert images.finish(completed(images.get(image.image_id), MEASURED))

        assert images.get(image.image_id).unknown == {"colour": "red"}
        for query in (Query(), Query("ana"), Query("ana", ["beach"])):
            ((one,), _position) = images.list(query, 100, None)
            assert (one.unknown, one.tags) == ({"colour": "red"}, ["beach"])

    @pytest.mark.parametrize("tags", TAGS)
    def test_one_of_two_completions_wins(self, images, tags):
        image = begin(images, tags)
        first, second = (completed(image, MEASURED) for _ in range(2))

        finished = [images.finish(one) for one in (first, second, first, second)]

        assert finished == [True, False, True, False]
        assert images.get(image.image_id).object_key == first.object_key
        assert count(images, image) == 1 + len(tags)

    @pytest.mark.parametrize("tags", TAGS)
    def test_a_refused_one_keeps_its_problem(self, images, tags):
        image = begin(images, tags)

        refused = refuse(images, image)

        record = images.get(image.image_id)
        assert refused
        assert (record.state, record.problem) == (REFUSED, '{"status": 422}')
        assert not images.finish(completed(image, MEASURED))
        assert count(images, image) == 0

    def test_only_its_pending_attempt_is_refused(self, images):
        ready, other, unknown = begin(images), begin(images), declared()
        images.finish(completed(ready, MEASURED))
        other.nonce = "another"

        assert [refuse(images, image) for image in (ready, other, unknown)] == [False] * 3
        assert images.get(ready.image_id).state == READY
        assert images.get(other.image_id).state == PENDING
        assert images.get(unknown.image_id) is None

    @pytest.mark.parametrize("tags", TAGS)
    @pytest.mark.parametrize("state", [PENDING, READY, REFUSED])
    def test_bury_hides_it_in_every_state(self, images, state, tags):
        image = begin(images, tags)
        if state == READY:
            images.finish(completed(image, MEASURED))
        if state == REFUSED:
            refuse(images, image)

        mine, other = image.nonce + "1", image.nonce + "2"
        seen = images.get(image.image_id)
        buried = [images.bury(seen, nonce, LATER) for nonce in (mine, mine, other)]

        record = images.get(image.image_id)
        assert buried == [True, True, False]
        assert (record.state, record.bury_nonce, record.due_at) == (DELETING, mine, LATER)
        assert count(images, image) == 0
        assert not images.finish(completed(image, MEASURED))

    @pytest.mark.parametrize("tags", TAGS)
    def test_bury_needs_what_it_has_read(self, images, tags):
        image = begin(images, tags)
        stale = images.get(image.image_id)
        images.finish(completed(image, MEASURED))

        assert not images.bury(stale, image.nonce[::-1], LATER)
        assert images.bury(images.get(image.image_id), image.nonce[::-1], LATER)
        assert count(images, image) == 0

    def test_bury_counts_its_sweeps_anew(self, images):
        image = begin(images)
        refuse(images, image)
        images.postpone(images.get(image.image_id), LATER)

        images.bury(images.get(image.image_id), "nonce", LATER)

        assert images.get(image.image_id).swept is None

    def test_a_refused_one_is_postponed_then_forgotten(self, images):
        image = begin(images)
        refuse(images, image)
        before = images.get(image.image_id)

        postponed = [images.postpone(before, LATER) for _ in range(2)]
        after = images.get(image.image_id)
        forgotten = [images.forget(one) for one in (before, after)]

        assert postponed == [True, False]
        assert (after.state, after.due_at, after.swept) == (REFUSED, LATER, 1)
        assert forgotten == [False, True]
        assert images.get(image.image_id) is None


def arrive(objects, content=CONTENT, **fields):
    """Store bytes as a client does in a direct upload; return the image."""
    image = sample(direct=True, content=content, **fields)
    objects.put(image, io.BytesIO(content))
    return image


def receive(objects, image):
    """Return (version, bytes) of the object that arrived."""
    file = io.BytesIO()
    return objects.receive(image, file), file.getvalue()


class TestDirectObjects:
    """What every store of bytes does with direct uploads."""

    def test_what_arrived_is_received(self, objects):
        image = arrive(objects)

        version, content = receive(objects, image)

        assert image.object_key.startswith(f"incoming/{image.image_id}/")
        assert version
        assert content == CONTENT

    def test_nothing_has_arrived(self, objects):
        assert receive(objects, declared()) == (None, b"")

    def test_another_number_of_bytes_is_not_read(self, objects):
        image = arrive(objects)
        image.size += 1

        version, content = receive(objects, image)

        assert version
        assert content == b""

    def test_it_is_adopted_as_it_was_received(self, objects):
        image = arrive(objects)
        version, _ = receive(objects, image)
        ready = completed(image, MEASURED)

        adopted = objects.adopt(ready, image.object_key, version)

        assert adopted
        assert read_object(objects, ready.object_key) == CONTENT
        assert list(objects.list(f"images/{image.image_id}/")) == [ready.object_key]
        assert list(objects.list(f"incoming/{image.image_id}/")) == [image.object_key]

    def test_what_came_later_is_not_adopted(self, objects):
        image = arrive(objects)
        version, _ = receive(objects, image)
        later = sample(content=CONTENT[::-1])
        later.object_key = image.object_key
        objects.put(later, io.BytesIO(CONTENT[::-1]))
        ready = completed(image, MEASURED)

        adopted = objects.adopt(ready, image.object_key, version)

        assert not adopted
        assert read_object(objects, ready.object_key) is None

    def test_what_is_gone_is_not_adopted(self, objects):
        image = arrive(objects)
        version, _ = receive(objects, image)
        objects.delete(image.object_key)

        assert not objects.adopt(completed(image, MEASURED), image.object_key, version)

    @pytest.mark.parametrize("method", ["PUT", "POST"])
    def test_an_upload_is_signed_with_what_was_declared(self, objects, method):
        image = sample(direct=True)

        url, fields, end = objects.presign_upload(image, method, 90)

        assert image.image_id in url + fields.get("key", "")
        assert fields["Content-Type"] == "image/jpeg"
        assert len(fields["x-amz-checksum-sha256"]) == 44
        assert end.tzinfo
