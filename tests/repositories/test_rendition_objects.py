"""Renditions beside their original, and the change of a ready record, on every store."""

import io
import secrets

import pytest

from service.models.image import READY, changed
from service.models.query import Query
from service.models.renditions import LARGE, THUMB, Rendition, rendition_key
from tests.repositories.sample_images import CONTENT, add, sample
from tests.repositories.stores import read_object

WEBP = Rendition(b"a small WebP", 4, 3)
OTHER = Rendition(b"another WebP", 4, 3)
NAMED = {"thumb": {"width": 4, "height": 3, "size": 12}}


@pytest.fixture
def revisions():
    """Fresh ones: DynamoDB takes a transaction with a known token for a repeat."""
    return [secrets.token_hex(8) for _ in range(3)]


@pytest.fixture
def image(objects):
    """An image with its bytes and a thumb."""
    image = sample()
    assert objects.put(image, io.BytesIO(CONTENT), WEBP) is True
    return image


class TestRenditionObjects:
    """What every store does with renditions, and with changes of ready records."""

    def test_a_thumb_is_put_beside_its_original(self, objects, image):
        assert read_object(objects, image.object_key) == CONTENT
        assert read_object(objects, rendition_key(image.object_key, THUMB)) == WEBP.content
        assert objects.rendition_size(image, THUMB) == len(WEBP.content)
        assert objects.has(image)

    def test_what_is_not_there_has_no_size(self, objects, image):
        assert objects.rendition_size(image, LARGE) is None
        assert objects.rendition_size(sample(), THUMB) is None

    def test_an_upload_without_a_thumb_says_so(self, objects):
        image = sample()

        assert objects.put(image, io.BytesIO(CONTENT)) is False
        assert objects.rendition_size(image, THUMB) is None

    def test_a_thumb_can_be_put_alone(self, objects):
        image = sample()

        assert objects.put_thumb(image, WEBP) is True
        assert objects.rendition_size(image, THUMB) == len(WEBP.content)

    def test_what_is_put_later_is_there(self, objects, image):
        assert objects.put_rendition(image, LARGE, WEBP) is True
        assert read_object(objects, rendition_key(image.object_key, LARGE)) == WEBP.content

    def test_all_of_an_image_is_deleted_at_once(self, objects, image):
        objects.put_rendition(image, LARGE, WEBP)

        objects.delete(*image.own_keys)

        assert list(objects.list(f"images/{image.image_id}/")) == []

    def test_deleting_an_image_without_renditions_is_no_error(self, objects):
        image = sample()
        objects.put(image, io.BytesIO(CONTENT))

        objects.delete(*image.own_keys)

        assert not objects.has(image)

    def test_a_change_shows_in_the_record_and_in_every_list(self, images, revisions):
        image = add(images, tags=["a", "b"])

        assert images.change(changed(image, renditions=NAMED, color="#112233"), revisions[0])

        record = images.get(image.image_id)
        assert (record.state, record.renditions, record.revision) == (READY, NAMED, revisions[0])
        for query in (Query(), Query("ana"), Query("ana", ["a"]), Query(None, ["a", "b"], True)):
            (listed,), _ = images.list(query, 10, None)
            assert (listed.renditions, listed.color, listed.tags) == (NAMED, "#112233", ["a", "b"])

    @pytest.mark.parametrize("tags", [[], ["a"]])
    def test_a_change_needs_what_it_has_read(self, images, revisions, tags):
        image = add(images, tags=tags)
        assert images.change(changed(image, color="#111111"), revisions[0])

        assert not images.change(changed(image, color="#222222"), revisions[1])
        assert not images.change(
            changed(image, color="#222222", revision=revisions[2]), revisions[1]
        )

        assert images.get(image.image_id).color == "#111111"
        assert images.change(changed(image, color="#222222", revision=revisions[0]), revisions[1])
        assert images.get(image.image_id).color == "#222222"

    def test_a_change_keeps_the_rest_of_the_record(self, images, revisions):
        image = sample(tags=["a"], keyed=True)
        assert images.begin(image)
        assert images.finish(image)
        before = vars(images.get(image.image_id))

        assert images.change(changed(image, color="#111111"), revisions[0])

        after = vars(images.get(image.image_id))
        assert after == before | {"color": "#111111", "revision": revisions[0]}

    @pytest.mark.parametrize("tags", [[], ["a"]])
    def test_what_is_not_ready_is_not_changed(self, images, revisions, tags):
        pending, gone = sample(tags=tags), add(images, tags=tags)
        assert images.begin(pending)
        assert images.bury(gone, revisions[2], gone.created_at)

        assert not images.change(changed(pending, color="#111111"), revisions[0])
        assert not images.change(changed(gone, color="#111111"), revisions[0])
        assert not images.change(changed(sample(tags=tags), color="#111111"), revisions[0])

        assert images.list(Query("ana"), 10, None)[0] == []
        assert images.get(pending.image_id).revision is None

    def test_a_delete_that_read_before_a_change_is_done(self, images, revisions):
        image = add(images, tags=["a"])
        stale = images.get(image.image_id)
        assert images.change(changed(image, renditions=NAMED), revisions[0])

        assert images.bury(stale, revisions[2], image.created_at)

        assert images.list(Query("ana", ["a"]), 10, None)[0] == []
        assert not images.change(
            changed(image, color="#111111", revision=revisions[0]), revisions[1]
        )


def test_of_two_makers_the_first_one_wins_on_aws(aws_stores):
    objects, image = aws_stores.new_objects(), sample()
    assert objects.put_rendition(image, LARGE, WEBP)

    assert objects.put_rendition(image, LARGE, OTHER) is False
    assert read_object(objects, rendition_key(image.object_key, LARGE)) == WEBP.content
