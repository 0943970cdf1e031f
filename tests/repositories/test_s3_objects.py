"""What only S3 has: lists and deletes in parts, deletes refused one by one, and headers."""

import hashlib
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

    objects.delete_all(sample(), keys)

    parts = [[one["Key"] for one in call["Delete"]["Objects"]] for call in calls]
    assert [len(part) for part in parts] == [1000, 1000, 1]
    assert sum(parts, []) == keys


def test_an_object_that_stays_is_a_fault(objects, hook):
    answer = (AWSResponse("", 200, {}, None), ANSWER)
    hook("before-call.s3.DeleteObjects", lambda **_: answer)

    with pytest.raises(StorageUnavailable) as caught:
        objects.delete_all(sample(), ["images/1/1"])

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


def test_an_etag_need_be_no_digest_of_the_bytes(objects):
    """As in a bucket that is encrypted with a KMS key: its ETags are no MD5."""
    image = sample(direct=True)
    place = {"Bucket": objects.bucket_name, "Key": image.object_key}
    upload = place | {"UploadId": objects.client.create_multipart_upload(**place)["UploadId"]}
    part = objects.client.upload_part(**upload, PartNumber=1, Body=CONTENT)
    parts = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    objects.client.complete_multipart_upload(**upload, MultipartUpload=parts)
    ready = completed(image, {"content_type": "image/jpeg"})

    version = objects.receive(image, io.BytesIO())

    assert hashlib.md5(CONTENT, usedforsecurity=False).hexdigest() not in version
    assert objects.adopt(ready, image.object_key, version)
    assert objects.has(ready)


def test_the_bucket_alone_says_how_it_encrypts(objects, hook):
    sent = []
    hook("before-call.s3", lambda params, **_: sent.append(params["headers"]))
    image, direct = sample(), sample(direct=True)
    objects.put(image, io.BytesIO(CONTENT))
    objects.put(direct, io.BytesIO(CONTENT))
    ready = completed(direct, {"content_type": "image/jpeg"})

    objects.adopt(ready, direct.object_key, objects.receive(direct, io.BytesIO()))
    sent += [objects.presign_upload(direct, method, 60)[:2] for method in ("PUT", "POST")]
    sent += [objects.presign_get(image, 60, download=False)]

    assert len(sent) == 7
    assert "encryption" not in str(sent).lower()
