"""The limits per user apply to direct uploads, too."""

import concurrent.futures

import pytest

from service.business.upkeep.usage import audit
from service.models.image import UPLOAD_SECONDS
from tests.support import pictures
from tests.support.moments import await_next_moment

PICTURE = pictures.png(8, 8)


@pytest.fixture
def app(new_app):
    return new_app(MAX_IMAGES_PER_USER="1")


@pytest.fixture
def older(new_app):
    """The service without limits: it charges nothing, as versions before this did."""
    return new_app().test_client()


@pytest.fixture
def begin(client):
    """Begin a direct upload of Ana's."""

    def post(headers=None, by=client):
        body = {"user_id": "ana", "filename": "cat.png", "size": len(PICTURE)}
        return by.post("/images", json=body | {"content_type": "image/png"}, headers=headers)

    return post


@pytest.fixture
def send(client):
    """Send the bytes; return the image as it then is."""

    def put(begun, data=PICTURE):
        upload = begun.json["upload"]
        client.put(upload["url"], data=data, headers=upload["headers"])
        return client.get(f"/images/{begun.json['image_id']}").json

    return put


@pytest.fixture
def kept(app):
    """Return how many images are counted as Ana's."""
    images = app.extensions["image_service"].images

    def count():
        assert audit(images) == 0
        return images.usages()["ana"].images

    return count


def test_it_works(begin, send, kept, client):
    image = send(begin())

    assert (image["status"], kept()) == ("ready", 1)
    assert begin().status_code == 403
    assert client.delete(f"/images/{image['image_id']}").status_code == 204
    assert (begin().status_code, kept()) == (202, 1)


def test_what_waits_for_its_bytes_counts(begin, kept, client, upload):
    begun = begin()

    assert [begin().status_code, upload().status_code] == [403, 403]
    assert (client.get("/images").json["count"], kept()) == (0, 1)
    assert client.delete(f"/images/{begun.json['image_id']}").status_code == 204
    assert (kept(), upload().status_code, kept()) == (0, 201, 1)


def test_bytes_that_are_refused_free_the_place(begin, send, kept):
    image = send(begin(), bytes(len(PICTURE)))

    assert (image["status"], kept()) == ("refused", 0)
    assert begin().status_code == 202


def test_an_abandoned_one_frees_the_place(app, begin, kept, sweep):
    app.extensions["image_service"].attempts.grace_seconds = -UPLOAD_SECONDS
    begin({"Idempotency-Key": "k1"})
    await_next_moment()

    assert begin().status_code == 403
    assert sweep()["condemned"] == 1

    assert kept() == 0
    assert begin({"Idempotency-Key": "k1"}).status_code == 202
    assert kept() == 1


def test_a_retry_keeps_its_place(begin, kept):
    headers = {"Idempotency-Key": "k1"}

    answers = [begin(headers) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {202}
    assert kept() == 1


def test_many_at_once_get_the_places_there_are(new_app, kept):
    app = new_app(MAX_IMAGES_PER_USER="5", MAX_BYTES_PER_USER=str(3 * len(PICTURE)))
    body = {"user_id": "ana", "filename": "cat.png", "size": len(PICTURE)}
    body["content_type"] = "image/png"

    def begin(_number):
        return app.test_client().post("/images", json=body)

    with concurrent.futures.ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(begin, range(30)))

    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(202), statuses.count(403)) == (3, 27)
    assert kept() == 3
    for answer in answers:
        if answer.status_code == 202:
            app.test_client().delete(f"/images/{answer.json['image_id']}")
    assert kept() == 0


def test_the_last_place_goes_to_one_of_those_that_were_not_charged(
    begin, send, kept, client, older
):
    first, second = begin(by=older), begin(by=older)

    images = [send(first), send(second)]

    assert [image["status"] for image in images] == ["ready", "refused"]
    assert images[1]["problem"]["type"] == "/problems/quota-exceeded"
    assert kept() == 1
    assert client.delete(f"/images/{images[1]['image_id']}").status_code == 204
    assert kept() == 1


def test_what_was_not_charged_is_not_given_back(begin, send, kept, client, older):
    waiting, begun = begin(by=older), begin()
    send(begun)

    assert client.delete(f"/images/{waiting.json['image_id']}").status_code == 204
    assert kept() == 1


def test_a_retry_with_a_key_is_answered_though_full(begin, send):
    headers = {"Idempotency-Key": "k1"}
    image = send(begin(headers))

    again = begin(headers)

    assert (again.status_code, again.json["image_id"]) == (201, image["image_id"])


@pytest.mark.parametrize("outcome", ["deleted", "refused"])
def test_bytes_without_a_place_are_not_stored(app, client, begin, send, outcome):
    begun = begin()
    upload, address = begun.json["upload"], begun.headers["Location"]
    if outcome == "deleted":
        client.delete(address)
    else:
        send(begun, bytes(len(PICTURE)))

    again = client.put(upload["url"], data=PICTURE, headers=upload["headers"])

    # Else a user could fill the disk beside the quota, until the sweep looks.
    assert again.status_code == 403
    assert again.json["type"] == "/problems/invalid-url"
    assert list(app.extensions["store"].objects.list("incoming/")) == []
