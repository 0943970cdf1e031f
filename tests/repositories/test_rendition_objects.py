"""Renditions beside their original, on every store."""

import io

import pytest

from service.models.renditions import LARGE, THUMB, Rendition, rendition_key
from tests.repositories.sample_images import CONTENT, sample
from tests.repositories.stores import read_object

WEBP = Rendition(b"a small WebP", 4, 3)
OTHER = Rendition(b"another WebP", 4, 3)


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


def test_of_two_makers_the_first_one_wins_on_aws(aws_stores):
    objects, image = aws_stores.new_objects(), sample()
    assert objects.put_rendition(image, LARGE, WEBP)

    assert objects.put_rendition(image, LARGE, OTHER) is False
    assert read_object(objects, rendition_key(image.object_key, LARGE)) == WEBP.content
