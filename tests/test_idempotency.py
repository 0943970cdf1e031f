import pictures
import pytest

KEY = {"Idempotency-Key": "k1"}


def test_the_same_request_makes_one_image(upload, client):
    first = upload(tags="a", headers=KEY)
    second = upload(tags="a", headers=KEY)

    assert (first.status_code, second.status_code) == (201, 201)
    own = {"url", "url_expires_at"}
    for name in set(first.json) - own:
        assert first.json[name] == second.json[name]
    assert second.headers["Location"] == first.headers["Location"]
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
def test_another_request_is_refused(upload, client, other):
    upload(tags="a", headers=KEY)

    response = upload(**{"tags": "a"} | other, headers=KEY)

    assert response.status_code == 422
    assert response.json["type"] == "/problems/idempotency-key-reused"
    assert client.get("/images").json["count"] == 1


def test_bobs_key_is_his_own(upload, client):
    ana = upload(headers=KEY)
    bob = upload(user_id="bob", headers=KEY)

    assert (ana.status_code, bob.status_code) == (201, 201)
    assert ana.json["image_id"] != bob.json["image_id"]


def test_a_refused_upload_leaves_the_key_free(upload):
    assert upload(data=b"text", headers=KEY).status_code == 415
    assert upload(tags="x" * 51, headers=KEY).status_code == 400

    assert upload(headers=KEY).status_code == 201


@pytest.mark.parametrize("fields", [{}, {"tags": "other"}])
def test_after_a_delete_the_key_is_spent(upload, client, fields):
    image_id = upload(headers=KEY).json["image_id"]
    client.delete(f"/images/{image_id}")

    response = upload(headers=KEY, **fields)

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
