"""The contract of stable URLs: one text for a quarter of an hour, on every store of bytes."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from service.models.image import Image
from service.models.renditions import rendition_key
from service.repositories.stable_urls import MOST_KEPT, KeptUrls
from tests.repositories.sample_images import CONTENT, NOON, sample
from tests.support.clocks import Clock

HOUR = timedelta(hours=1)


@pytest.fixture
def clock():
    return Clock(NOON)


@pytest.fixture
def objects(stores, clock):
    return stores.new_objects(clock)


@pytest.fixture
def image(objects):
    image = sample(filename="Été.photo.jpg")
    objects.put(image, io.BytesIO(CONTENT))
    return image


def values(url):
    """Return the values in the query of a URL."""
    return [value for _, value in parse_qsl(urlsplit(url).query)]


class TestStableUrls:
    """What every store of bytes does."""

    def test_the_text_is_the_same_for_a_quarter_of_an_hour(self, objects, image, clock):
        first = objects.presign_get(image, None, False)
        for _ in range(3):
            clock.forward(minutes=4, seconds=59, milliseconds=900)
            assert objects.presign_get(image, None, False) == first

        assert first[1] == NOON + HOUR

    def test_the_next_quarter_has_another_text(self, objects, image, clock):
        first, _ = objects.presign_get(image, None, False)
        clock.forward(minutes=15)

        second, end = objects.presign_get(image, None, False)

        assert second != first
        assert end == NOON + timedelta(minutes=15) + HOUR

    def test_a_clock_that_is_set_back_is_followed(self, objects, image, clock):
        first, _ = objects.presign_get(image, None, False)
        clock.forward(minutes=-1)

        second, end = objects.presign_get(image, None, False)

        assert second != first
        assert clock() < end <= clock() + HOUR

    def test_what_is_shown_again_is_not_signed_again(self, objects):
        page = [sample(second=number) for number in range(100)]
        first = [objects.presign_get(image, None, False)[0] for image in page]

        again = [objects.presign_get(image, None, False)[0] for image in page]

        # The same objects, not only the same texts.
        assert all(one is other for one, other in zip(first, again, strict=True))
        assert len(set(first)) == 100

    def test_more_than_are_kept_have_the_same_text(self, objects):
        many = [sample(second=number) for number in range(MOST_KEPT + 10)]
        first = [objects.presign_get(image, None, False)[0] for image in many]

        assert [objects.presign_get(image, None, False)[0] for image in many] == first

    def test_threads_get_one_text(self, objects, image, clock):
        texts = set()
        with ThreadPoolExecutor(8) as threads:
            for _ in range(20):
                clock.forward(minutes=15)
                asked = [threads.submit(objects.presign_get, image, None, False) for _ in range(8)]
                texts.add(frozenset(one.result() for one in asked))

        assert [len(one) for one in texts] == [1] * 20

    def test_a_life_that_is_asked_for_begins_at_once(self, objects, image, clock):
        objects.presign_get(image, None, False)
        clock.forward(minutes=7, seconds=3)
        url, end = objects.presign_get(image, 90, False)
        clock.forward(seconds=1)

        assert end == NOON + timedelta(minutes=7, seconds=93)
        assert objects.presign_get(image, 90, False)[0] != url

    def test_a_download_has_a_url_of_its_own(self, objects, image):
        shown, _ = objects.presign_get(image, None, False)
        saved, _ = objects.presign_get(image, None, True)
        renamed = Image(**vars(image) | {"filename": "b.png"})
        other, _ = objects.presign_get(renamed, None, True)

        assert len({shown, saved, other}) == 3
        assert "attachment" not in shown
        assert "Été.photo.jpg" in unquote(unquote(saved))
        assert objects.presign_get(renamed, None, False)[0] == shown

    @pytest.mark.parametrize("expires_in", [None, 90])
    def test_a_rendition_has_its_own_key_and_name(self, objects, image, expires_in):
        for rendition in ("thumb", "large"):
            url, _ = objects.presign_get(image, expires_in, False, rendition)
            saved, _ = objects.presign_get(image, expires_in, True, rendition)
            for address in (url, saved):
                path = unquote(urlsplit(address).path)
                assert path.endswith(rendition_key(image.object_key, rendition))
            assert unquote(unquote(saved)).count("Été.photo.webp") == 1
            assert "image/jpeg" not in values(url)

    @pytest.mark.parametrize(("expires_in", "seconds"), [(None, 3600), (90, 90), (604800, 604800)])
    def test_a_url_says_how_long_its_bytes_may_be_kept(self, objects, image, expires_in, seconds):
        url, _ = objects.presign_get(image, expires_in, False)

        named = {str(seconds), f"private, max-age={seconds}, immutable"} & set(values(url))
        assert named


def test_no_more_than_a_number_of_urls_is_kept():
    urls = KeptUrls(most=3)

    sizes = [urls.keep(number, str(number)) and len(urls) for number in range(8)]

    assert sizes == [1, 2, 3, 1, 2, 3, 1, 2]
    assert dict(urls) == {6: "6", 7: "7"}
