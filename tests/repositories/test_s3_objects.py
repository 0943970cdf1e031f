"""What only S3 has: lists and deletes in parts, deletes refused one by one, and headers."""

import io

import pytest
from botocore.awsrequest import AWSResponse

from service.common.errors import StorageUnavailable
from service.models.states import completed
from tests.repositories.sample_images import CONTENT, sample

ANSWER = {"Errors": [{"Key": "images/1/1", "Code": "AccessDenied"}]}


@pytest.fixture
def objects(aws_stores):
    return aws_stores.new_objects()


@pytest.fixture
def hook(objects):
    """Register a hook of the SDK's, for one test."""
    hooks = []

    def register(event, function):
        hooks.append((event, function))
        objects.client.meta.events.register(event, function)

    yield register
    for event, function in hooks:
        objects.client.meta.events.unregister(event, function)


def test_a_list_has_all_its_pages(objects, hook):
    hook("provide-client-params.s3.ListObjectsV2", lambda params, **_: params | {"MaxKeys": 2})
    images = [sample() for _ in range(5)]
    for image in images:
        objects.put(image, io.BytesIO(CONTENT))

    assert list(objects.list("images/")) == sorted(image.object_key for image in images)


def test_no_call_deletes_more_than_a_thousand(objects, hook):
    calls = []
    hook("provide-client-params.s3.DeleteObjects", lambda params, **_: calls.append(params))
    keys = [f"images/{number}" for number in range(2001)]

    objects.delete_all(keys)

    parts = [[one["Key"] for one in call["Delete"]["Objects"]] for call in calls]
    assert [len(part) for part in parts] == [1000, 1000, 1]
    assert sum(parts, []) == keys


def test_an_object_that_stays_is_a_fault(objects, hook):
    answer = (AWSResponse("", 200, {}, None), ANSWER)
    hook("before-call.s3.DeleteObjects", lambda **_: answer)

    with pytest.raises(StorageUnavailable) as caught:
        objects.delete_all(["images/1/1"])

    assert caught.value.facts["code"] == "AccessDenied"


def test_a_senders_headers_are_not_adopted(objects):
    image = sample(direct=True)
    place = {"Bucket": objects.bucket_name, "Key": image.object_key}
    headers = {"ContentType": "text/html", "ContentEncoding": "gzip", "Metadata": {"a": "b"}}
    objects.client.put_object(**place, **headers, Body=CONTENT)
    ready = completed(image, {"content_type": "image/jpeg"})

    objects.adopt(ready, image.object_key, objects.receive(image, io.BytesIO()))

    found = objects.client.head_object(**place | {"Key": ready.object_key})
    assert (found["ContentType"], found["Metadata"]) == ("image/jpeg", {})
    assert "ContentEncoding" not in found
    assert found["CacheControl"] == "private, max-age=31536000, immutable"


def test_browsers_may_keep_what_is_put(objects):
    image = sample()
    objects.put(image, io.BytesIO(CONTENT))

    found = objects.client.head_object(Bucket=objects.bucket_name, Key=image.object_key)

    assert found["CacheControl"] == "private, max-age=31536000, immutable"


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_sender_sends_no_cache_control(objects, method):
    url, fields, _end = objects.presign_upload(sample(direct=True), method, 60)

    assert "cache" not in f"{url}{fields}".lower()
