import pytest

from service.business.direct_uploads import LEAST_SECONDS
from service.models.image import UPLOAD_SECONDS, now_text
from tests.repositories.stores import archive
from tests.support import pictures

KEY = {"Idempotency-Key": "k1"}


@pytest.fixture(params=["form", "direct"])
def upload_either_way(request, upload, begin, send, client, picture):
    """Upload as a form or directly; the image is ready when it returns."""

    def directly(data=picture, headers=None, **fields):
        begun = begin(headers, size=len(data), **fields)
        if begun.status_code != 202:
            return begun
        send(begun.json["upload"], data)
        return client.get(begun.headers["Location"])

    return upload if request.param == "form" else directly


def test_the_same_request_makes_one_image(upload_either_way, client):
    first = upload_either_way(tags="a", headers=KEY)
    second = upload_either_way(tags="a", headers=KEY)

    assert second.status_code == 201
    own = {"url", "url_expires_at"}
    for name in set(first.json) - own:
        assert first.json[name] == second.json[name]
    assert second.headers["Location"].endswith(f"/images/{first.json['image_id']}")
    assert client.get(second.json["url"], buffered=True).status_code == 200
    assert client.get("/images").json["count"] == 1


def test_without_a_key_each_makes_its_own(upload, client):
    upload()
    upload()

    assert client.get("/images").json["count"] == 2


def test_form_and_json_are_the_same_request(upload, upload_json, client):
    by_form = upload(tags="b,a", filename="a/cat.png", headers=KEY)
    by_json = upload_json(tags=["A", "b"], filename="cat.png", width=5, headers=KEY)

    assert by_json.status_code == 201
    assert by_json.json["image_id"] == by_form.json["image_id"]


@pytest.mark.parametrize(
    "other",
    [
        {"tags": "b"},
        {"filename": "dog.png"},
        {"description": "x"},
        {"data": pictures.png(8, 8, "red")},
    ],
)
def test_another_request_is_refused(upload_either_way, client, other):
    first = upload_either_way(tags="a", headers=KEY)

    response = upload_either_way(**{"tags": "a"} | other, headers=KEY)

    assert response.status_code == 422
    assert response.json["type"] == "/problems/idempotency-key-reused"
    assert response.json["image_id"] == first.json["image_id"]
    assert client.get("/images").json["count"] == 1


def test_bobs_key_is_his_own(upload_either_way):
    ana = upload_either_way(headers=KEY)
    bob = upload_either_way(user_id="bob", headers=KEY)

    assert ana.json["image_id"] != bob.json["image_id"]


def test_a_refused_upload_leaves_the_key_free(upload):
    assert upload(data=b"text", headers=KEY).status_code == 415
    assert upload(tags="x" * 51, headers=KEY).status_code == 400

    assert upload(headers=KEY).status_code == 201


@pytest.mark.parametrize("fields", [{}, {"tags": "other"}])
def test_after_a_delete_the_key_is_spent(upload_either_way, client, fields):
    image_id = upload_either_way(headers=KEY).json["image_id"]
    client.delete(f"/images/{image_id}")

    response = upload_either_way(headers=KEY, **fields)

    assert response.status_code == (422 if fields else 409)
    if not fields:
        assert response.json["type"] == "/problems/idempotency-key-spent"
        assert "Retry-After" not in response.headers
    assert client.get(f"/images/{image_id}").status_code == 404


@pytest.mark.parametrize("key", ["!", "~", "x" * 128, "550e8400-e29b-41d4", '"a"'])
def test_keys_are_accepted(upload, key):
    first, second = (upload(headers={"Idempotency-Key": key}) for _ in range(2))

    assert first.json["image_id"] == second.json["image_id"]


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 129, "é", "\x7f", "a\tb"])
def test_keys_are_refused(upload, client, key):
    response = upload(headers={"Idempotency-Key": key})

    assert response.status_code == 400
    assert [row["field"] for row in response.json["errors"]] == ["Idempotency-Key"]
    assert client.get("/images").json["count"] == 0


def test_the_id_tells_nothing_of_the_key(upload):
    image_id = upload(headers=KEY).json["image_id"]

    assert len(image_id) == len(upload().json["image_id"]) == 32


def test_a_waiting_one_gets_the_same_place_again(begin):
    first, second = (begin(headers=KEY) for _ in range(2))

    assert (first.status_code, second.status_code) == (202, 202)
    assert second.json["image_id"] == first.json["image_id"]
    place = [answer.json["upload"]["url"].split("?")[0] for answer in (first, second)]
    assert place[0] == place[1]


def test_a_retry_completes_what_has_arrived(begin, send):
    send(begin(headers=KEY).json["upload"])

    response = begin(headers=KEY)

    assert (response.status_code, response.json["status"]) == (201, "ready")


def test_a_retry_tells_what_was_refused(begin, send, picture):
    send(begin(headers=KEY).json["upload"], bytes(len(picture)))

    response = begin(headers=KEY)

    assert (response.status_code, response.json["status"]) == (200, "refused")
    assert response.json["problem"]["status"] == 415


def test_a_deleted_one_that_waited_spends_its_key(begin, client):
    client.delete(begin(headers=KEY).headers["Location"])

    assert begin(headers=KEY).json["type"] == "/problems/idempotency-key-spent"


def test_shortly_before_its_end_it_gets_a_new_place(app, begin, send):
    first = begin(headers=KEY).json
    images = app.extensions["image_service"].images
    record = images.get(first["image_id"])
    record.created_at = now_text(LEAST_SECONDS - UPLOAD_SECONDS - 1)
    assert images.take_over(record, record)

    second = begin(headers=KEY).json
    send(first["upload"], bytes(first["size"]))
    send(second["upload"])

    assert second["image_id"] == first["image_id"]
    assert second["upload"]["url"].split("?")[0] != first["upload"]["url"].split("?")[0]
    assert begin(headers=KEY).json["status"] == "ready"


def test_what_a_newer_version_keeps_is_unavailable(app, upload_either_way):
    image_id = upload_either_way(headers=KEY).json["image_id"]
    archive(app.extensions["image_service"].images, image_id)

    response = upload_either_way(headers=KEY)

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert response.json["detail"].startswith("A newer version of the service")
