"""Stable URLs, and what a browser may keep, on an S3 that checks signatures."""

import io
import re
import urllib.request
from urllib.error import HTTPError
from urllib.parse import quote

import pytest

from service.models.cache_headers import STORED, cache_control
from tests.repositories.sample_images import CONTENT, sample
from tests.repositories.stores import AwsStores


@pytest.fixture(scope="module")
def objects(ministack):
    return AwsStores(ministack, ministack).new_objects()


@pytest.fixture(scope="module")
def image(objects):
    image = sample(filename="Été.jpg")
    objects.put(image, io.BytesIO(CONTENT))
    return image


def fetch(url, **headers):
    """Return (status, headers, body) of a GET."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=named)) as answer:
            return answer.status, answer.headers, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


@pytest.mark.parametrize(("expires_in", "seconds"), [(None, 3600), (90, 90), (604800, 604800)])
@pytest.mark.parametrize("download", [False, True])
def test_a_browser_may_keep_it(objects, image, expires_in, seconds, download):
    url, _end = objects.presign_get(image, expires_in, download)

    status, headers, body = fetch(url)

    assert (status, body) == (200, CONTENT)
    assert headers["Cache-Control"] == cache_control(seconds)
    assert headers["Content-Type"] == image.content_type
    assert headers["ETag"]
    assert ("attachment" in headers.get("Content-Disposition", "")) is download


def test_the_same_text_opens_again(objects, image):
    urls = [objects.presign_get(image, None, False)[0] for _ in range(2)]

    assert [fetch(url)[0] for url in urls] == [200, 200]


def test_a_part_may_be_kept_too(objects, image):
    url, _end = objects.presign_get(image, None, False)

    status, headers, body = fetch(url, Range="bytes=0-3")

    assert (status, body) == (206, CONTENT[:4])
    assert headers["Cache-Control"] == cache_control(3600)


def test_nobody_makes_it_last_longer(objects, image):
    url, _end = objects.presign_get(image, None, False)
    longer = url.replace(quote("max-age=3600", safe=""), quote("max-age=9999", safe=""))
    none = re.sub("response-cache-control=[^&]*&", "", url)

    assert longer != url != none
    assert [fetch(other)[0] for other in (longer, none)] == [403, 403]


def test_a_rendition_opens_under_its_own_name(objects, image):
    key = {"Bucket": objects.bucket_name, "Key": f"{image.object_key}.thumb.webp"}
    objects.client.put_object(**key, Body=b"RIFF", ContentType="image/webp", CacheControl=STORED)
    url, _end = objects.presign_get(image, None, True, "thumb")

    status, headers, body = fetch(url)

    assert (status, body, headers["Content-Type"]) == (200, b"RIFF", "image/webp")
    assert "%C3%89t%C3%A9.webp" in headers["Content-Disposition"]


def test_an_object_says_it_without_a_parameter(objects, image):
    place = {"Bucket": objects.bucket_name, "Key": image.object_key}
    copied = sample()
    version = objects.receive(image, io.BytesIO())

    assert objects.adopt(copied, image.object_key, version)
    url = objects.client.generate_presigned_url("get_object", Params=place)
    other = objects.client.generate_presigned_url(
        "get_object", Params=place | {"Key": copied.object_key}
    )

    assert [fetch(one)[1]["Cache-Control"] for one in (url, other)] == [STORED, STORED]
