"""The contract of objects, on every store of bytes."""

import io
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.repositories.sample_images import CONTENT, sample
from tests.repositories.stores import read_object

LARGE = b"0123456789abcdef" * 200_000  # more than S3Objects keeps in memory
NAMES = ["cat.jpg", "Kätzchen 😀.jpg", "*", "a" * 255, 'a"b;c%.jpg', "..", "a&b=c?d#e+f.jpg"]


def put(objects, content=CONTENT, **fields):
    """Store bytes and return their Image."""
    image = sample(content=content, **fields)
    objects.put(image, io.BytesIO(content))
    return image


class TestObjects:
    """What every store of bytes does."""

    @pytest.mark.parametrize("content", [b"x", CONTENT, bytes(range(256)), LARGE])
    def test_bytes_are_read_back_as_sent(self, objects, content):
        image = put(objects, content)

        assert read_object(objects, image.object_key) == content

    def test_put_reads_the_file_from_its_start(self, objects):
        image = sample()
        file = io.BytesIO(CONTENT)
        file.read(7)

        objects.put(image, file)

        assert read_object(objects, image.object_key) == CONTENT

    def test_put_can_be_repeated(self, objects):
        image = put(objects)

        objects.put(image, io.BytesIO(CONTENT))

        assert read_object(objects, image.object_key) == CONTENT

    def test_attempts_at_an_image_lie_side_by_side(self, objects):
        first, second = sample(), sample(content=b"other")
        second.object_key = first.object_key + "2"
        objects.put(first, io.BytesIO(CONTENT))
        objects.put(second, io.BytesIO(b"other"))

        objects.delete(first.object_key)

        assert read_object(objects, first.object_key) is None
        assert read_object(objects, second.object_key) == b"other"

    def test_delete_removes_the_object(self, objects):
        image, other = put(objects), put(objects)

        objects.delete(image.object_key)

        assert read_object(objects, image.object_key) is None
        assert read_object(objects, other.object_key) == CONTENT

    def test_deleting_what_is_absent_is_no_error(self, objects):
        image = put(objects)
        objects.delete(image.object_key)

        objects.delete(image.object_key)

        assert read_object(objects, sample().object_key) is None

    def test_a_list_goes_on_beside_deletes(self, objects):
        images = [put(objects, image_id=f"ab{number:030d}") for number in range(4)]
        listed = objects.list("images/")

        first = next(listed)
        for image in images:
            objects.delete(image.object_key)

        assert {first, *listed} <= {image.object_key for image in images}

    def test_only_a_whole_object_is_there(self, objects):
        whole, part, absent = put(objects), sample(), sample()
        put(objects, CONTENT[:-1], image_id=part.image_id)
        part.object_key = next(objects.list(f"images/{part.image_id}/"))

        assert [objects.has(image) for image in (whole, part, absent)] == [True, False, False]

    def test_a_presigned_url_ends_after_its_seconds(self, objects):
        image = put(objects)
        before = datetime.now(UTC).replace(microsecond=0)

        url, end = objects.presign_get(image, 90, False)

        assert unquote(urlsplit(url).path).endswith(image.object_key)
        assert before <= end - timedelta(seconds=90) <= datetime.now(UTC)
        assert "attachment" not in url

    @pytest.mark.parametrize("name", NAMES)
    def test_a_presigned_download_names_the_file(self, objects, name):
        image = put(objects, filename=name)

        url, _ = objects.presign_get(image, 90, True)

        values = [value for values in parse_qs(urlsplit(url).query).values() for value in values]
        (disposition,) = [value for value in values if value.startswith("attachment;")]
        assert disposition.isascii()
        assert unquote(disposition.partition("filename*=UTF-8''")[2]) == name

    def test_nothing_is_missing(self, objects):
        assert objects.missing() == []
