"""The limits per user apply to direct uploads, too."""

import pytest

from tests.support import pictures

PICTURE = pictures.png(8, 8)


@pytest.fixture
def app(new_app):
    return new_app(MAX_IMAGES_PER_USER="1")


@pytest.fixture
def begin(client):
    """Begin a direct upload of Ana's."""

    def post(headers=None):
        body = {"user_id": "ana", "filename": "cat.png", "size": len(PICTURE)}
        return client.post("/images", json=body | {"content_type": "image/png"}, headers=headers)

    return post


@pytest.fixture
def send(client):
    """Send the bytes; return the image as it then is."""

    def put(begun):
        upload = begun.json["upload"]
        client.put(upload["url"], data=PICTURE, headers=upload["headers"])
        return client.get(f"/images/{begun.json['image_id']}").json

    return put


@pytest.fixture
def kept(app):
    """Return how many images are counted as Ana's."""
    images = app.extensions["image_service"].images
    return lambda: images.usages()["ana"].images


def test_it_works(begin, send, kept, client):
    image = send(begin())

    assert (image["status"], kept()) == ("ready", 1)
    assert begin().status_code == 403
    assert client.delete(f"/images/{image['image_id']}").status_code == 204
    assert (begin().status_code, kept()) == (202, 0)


def test_the_last_place_goes_to_one(begin, send, kept, client):
    first, second = begin(), begin()

    images = [send(first), send(second)]

    assert [image["status"] for image in images] == ["ready", "refused"]
    assert images[1]["problem"]["type"] == "/problems/quota-exceeded"
    assert kept() == 1
    assert client.delete(f"/images/{images[1]['image_id']}").status_code == 204
    assert kept() == 1


def test_what_is_deleted_while_pending_was_not_counted(begin, send, kept, client):
    waiting, begun = begin(), begin()
    send(begun)

    assert client.delete(f"/images/{waiting.json['image_id']}").status_code == 204
    assert kept() == 1


def test_a_retry_with_a_key_is_answered_though_full(begin, send):
    headers = {"Idempotency-Key": "k1"}
    image = send(begin(headers))

    again = begin(headers)

    assert (again.status_code, again.json["image_id"]) == (201, image["image_id"])
