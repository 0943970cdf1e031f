"""Uploads with `strip`, and what answers tell of private metadata."""

import hashlib
import io
import json

import pytest

from tests.support import pictures, private_pictures

KINDS = ["location", "camera", "taken_at", "author", "embedded_thumbnail", "trailing_bytes"]
NOTHING = dict.fromkeys(KINDS, False)
PHONE = private_pictures.phone_jpeg()


@pytest.fixture
def load(client):
    """Load a URL; return its bytes."""
    return lambda url: client.get(url, buffered=True).data


def test_answers_name_the_kinds_of_private_metadata(upload, client):
    image = upload(PHONE, "phone.jpg").json

    assert list(image["privacy"]) == KINDS
    assert image["privacy"]["location"]
    assert image["privacy"]["camera"]
    assert image["taken_at"] == "2026-02-13T09:30:00+02:00"
    (listed,) = client.get("/images").json["images"]
    assert listed["privacy"] == image["privacy"]


def test_a_picture_without_metadata_has_none(upload):
    assert upload(pictures.png()).json["privacy"] == NOTHING


@pytest.mark.parametrize("word", ["true", "1", "TRUE"])
def test_strip_stores_a_copy_without_them(upload, load, word):
    image = upload(PHONE, "phone.jpg", strip=word).json

    stored = load(image["url"])
    assert image["privacy"] == NOTHING
    assert image["taken_at"] == "2026-02-13T09:30:00+02:00"
    assert b"Acme" in PHONE
    assert b"Acme" not in stored
    assert (image["size"], image["sha256"]) == (len(stored), hashlib.sha256(stored).hexdigest())
    assert image["renditions"]["thumb"]
    assert "strip" not in image


@pytest.mark.parametrize("word", ["false", "0", ""])
def test_without_strip_the_bytes_are_those_sent(upload, load, word):
    assert load(upload(PHONE, strip=word).json["url"]) == PHONE


@pytest.mark.parametrize("value", [True, "true", "1"])
def test_json_strips_too(upload_json, load, value):
    image = upload_json(PHONE, strip=value).json

    assert image["privacy"] == NOTHING
    assert b"Acme" not in load(image["url"])


@pytest.mark.parametrize("value", [False, None, "", "0"])
def test_json_may_leave_strip_out(upload_json, load, value):
    assert load(upload_json(PHONE, strip=value).json["url"]) == PHONE


@pytest.mark.parametrize("value", ["yes", 1, [], {}, "tru", 1.5])
def test_other_values_are_refused(upload_json, value):
    response = upload_json(PHONE, strip=value)

    assert response.status_code == 400
    assert response.json["errors"] == [{"field": "strip", "message": "Send true or false."}]


def test_nothing_to_cut_are_the_same_bytes(upload, load):
    picture = pictures.png()

    assert load(upload(picture, strip="true").json["url"]) == picture


@pytest.mark.parametrize("name", ["gif", "avif", "tiff", "bmp"])
def test_other_formats_cannot_be_stripped(upload, client, name):
    response = upload(pictures.sample(name), strip="true")

    assert response.status_code == 422
    assert response.json["type"] == "/problems/strip-impossible"
    assert client.get("/images").json["images"] == []


def test_a_retry_with_strip_meets_the_same_image(upload):
    key = {"Idempotency-Key": "k"}
    first, again = (upload(PHONE, strip="true", headers=key) for _ in range(2))
    without = upload(PHONE, headers=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert without.status_code == 422


def test_a_retry_without_strip_is_as_before(upload):
    key = {"Idempotency-Key": "k"}
    first, again = upload(PHONE, headers=key), upload(PHONE, strip="false", headers=key)

    assert first.json == again.json


# A direct upload declares what is sent, not what is stored.


def begin_with(begin, data, **fields):
    """Begin a direct upload of a JPEG with `strip`; return the answer."""
    declared = {"size": len(data), "content_type": "image/jpeg", "strip": True}
    return begin(filename="phone.jpg", **declared | fields).json


@pytest.mark.parametrize("digest", [None, hashlib.sha256(PHONE).hexdigest()])
def test_a_direct_upload_is_stripped_when_it_completes(begin, send, client, load, app, digest):
    begun = begin_with(begin, PHONE, sha256=digest)
    send(begun["upload"], PHONE)

    image = client.get(f"/images/{begun['image_id']}").json

    stored = load(image["url"])
    assert (image["status"], image["privacy"]) == ("ready", NOTHING)
    assert b"Acme" not in stored
    assert (image["size"], image["sha256"]) == (len(stored), hashlib.sha256(stored).hexdigest())
    assert image["taken_at"]
    assert list(app.extensions["objects"].list("incoming/")) == []


def test_a_direct_upload_that_cannot_be_stripped_is_refused(begin, send, client):
    gif = pictures.gif()
    begun = begin_with(begin, gif, content_type="image/gif")
    send(begun["upload"], gif)

    image = client.get(f"/images/{begun['image_id']}").json

    assert image["status"] == "refused"
    assert image["problem"]["type"] == "/problems/strip-impossible"


def test_the_quota_counts_what_is_stored(new_app):
    client = new_app(MAX_BYTES_PER_USER="1000000").test_client()
    form = {"user_id": "ana", "strip": "true", "image_data": (io.BytesIO(PHONE), "a.jpg")}
    size = client.post("/images", data=form).json["size"]

    assert size < len(PHONE)
    app = client.application
    result = app.test_cli_runner().invoke(args=["sweep", "--audit"])
    assert json.loads(result.stdout)["faults"] == 0
    assert app.extensions["store"].images.usages()["ana"].bytes == size
