"""The trash: in, out, and for good."""

import pytest

KEY = {"Idempotency-Key": "k1"}
FLEETING = {"url", "url_expires_at", "renditions"}
OWN = {"status", "trashed_at", "purged_at"}


@pytest.fixture
def cat(upload):
    """The JSON of an image of Ana's."""
    return upload(tags="cat", description="Asleep", headers=KEY).json


@pytest.fixture
def path(cat):
    """The path of the image."""
    return f"/images/{cat['image_id']}"


@pytest.fixture
def trashed(client, path):
    """The JSON of the image, once it is in the trash."""
    assert client.delete(f"{path}?trash=true").status_code == 204
    return client.get(path).json


def without(image, *names):
    """Return an image's JSON without what differs from view to view, and some names."""
    return {name: image[name] for name in image if name not in FLEETING | set(names)}


@pytest.mark.parametrize("word", ["true", "1", "TRUE"])
def test_it_works(client, cat, path, word):
    response = client.delete(f"{path}?trash={word}")

    assert (response.status_code, response.data) == (204, b"")
    assert client.get("/images").json["count"] == 0
    assert client.get("/images?tags=cat&user_id=ana").json["count"] == 0
    image = client.get(path).json
    assert image["status"] == "trashed"
    assert cat["created_at"] <= image["trashed_at"] < image["purged_at"]
    assert without(image, *OWN) == without(cat, *OWN)


def test_it_is_viewed_with_its_bytes_and_renditions(client, path, trashed, picture):
    large = client.get(f"{path}?rendition=large&download=true")

    assert list(trashed["renditions"]) == ["thumb"]
    assert client.get(trashed["url"], buffered=True).data == picture
    thumb = trashed["renditions"]["thumb"]["url"]
    assert client.get(thumb, buffered=True).content_type == "image/webp"
    assert (large.status_code, large.json["status"]) == (200, "trashed")
    assert client.get(large.json["url"], buffered=True).content_type == "image/webp"
    assert client.head(path).headers["ETag"] == f'"{trashed["image_id"]}-1"'


def test_presigned_urls_stay_as_they_are(client, cat, trashed, picture):
    assert client.get(cat["url"], buffered=True).data == picture


def test_restore_brings_it_back_as_it_was(client, cat, path, trashed, upload):
    other = upload().json

    response = client.post(f"{path}/restore")

    assert (response.status_code, response.headers["ETag"]) == (200, f'"{cat["image_id"]}-1"')
    assert without(response.json) == without(cat)
    assert without(client.get(path).json) == without(cat)
    listed = client.get("/images").json["images"]
    assert [image["image_id"] for image in listed] == [other["image_id"], cat["image_id"]]
    assert client.get("/images?tags=cat").json["count"] == 1


def test_trashing_twice_changes_nothing(client, path, trashed):
    assert client.delete(f"{path}?trash=true").status_code == 204
    assert without(client.get(path).json) == without(trashed)


def test_restoring_what_is_not_there_changes_nothing(client, cat, path):
    for _ in range(2):
        response = client.post(f"{path}/restore")
        assert response.status_code == 200
        assert without(response.json) == without(cat)


@pytest.mark.parametrize("query", ["", "?trash=false", "?trash=0", "?trash=FALSE"])
def test_a_delete_without_trash_is_final_from_there(client, path, trashed, query, tmp_path):
    assert client.delete(path + query).status_code == 204

    assert client.get(path).status_code == 404
    assert client.post(f"{path}/restore").status_code == 404
    assert client.delete(f"{path}?trash=true").status_code == 404
    assert [file for file in tmp_path.rglob("*") if trashed["image_id"] in str(file)] == []


@pytest.mark.parametrize("query", ["trash=false", "trash=0"])
def test_a_delete_that_says_so_is_final(client, path, query):
    assert client.delete(f"{path}?{query}").status_code == 204
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("trash=", "trash"),
        ("trash", "trash"),
        ("trash=&trash=true", "trash"),
        ("trash=true&trash=true", "trash"),
        ("trash=true&trash=false", "trash"),
        ("trash=yes", "trash"),
        ("trash=2", "trash"),
        ("trash=%20true", "trash"),
        ("trashed=true", "trashed"),
        ("Trash=true", "Trash"),
        ("force=", "force"),
    ],
)
def test_what_is_not_clear_is_refused(client, cat, path, query, field):
    response = client.delete(f"{path}?{query}")

    assert (response.status_code, response.json["type"]) == (400, "/problems/invalid-fields")
    assert [row["field"] for row in response.json["errors"]] == [field]
    assert without(client.get(path).json) == without(cat)


def test_an_upload_repeated_with_its_key_finds_it_there(client, upload, path, trashed):
    again = upload(tags="cat", description="Asleep", headers=KEY)

    assert (again.status_code, again.json["status"]) == (201, "trashed")
    assert without(again.json) == without(trashed)
    assert client.get("/images").json["count"] == 0


def test_a_direct_upload_repeated_with_its_key_finds_it_there(client, begin, send):
    begun = begin(headers=KEY)
    send(begun.json["upload"])
    assert client.delete(f"/images/{begun.json['image_id']}?trash=true").status_code == 204

    again = begin(headers=KEY)

    assert (again.status_code, again.json["status"]) == (201, "trashed")
    assert "upload" not in again.json


@pytest.mark.parametrize("data", [None, b"\0"])
def test_what_has_no_bytes_cannot_be_trashed(client, begin, send, data):
    begun = begin(size=1)
    if data:
        send(begun.json["upload"], data)
    path = f"/images/{begun.json['image_id']}"

    response = client.delete(f"{path}?trash=true")

    assert (response.status_code, response.json["type"]) == (409, "/problems/image-not-ready")
    assert client.get(path).json["status"] == ("refused" if data else "pending")
    assert client.delete(path).status_code == 204


def test_restoring_a_direct_upload_that_waits_changes_nothing(client, begin):
    begun = begin().json

    response = client.post(f"/images/{begun['image_id']}/restore")

    assert (response.status_code, response.json["status"]) == (200, "pending")


@pytest.mark.parametrize("body", [None, b"", b"{}", b" {}\n"])
@pytest.mark.parametrize("kind", [None, "application/json", "application/x-www-form-urlencoded"])
def test_a_restore_needs_no_body(client, path, trashed, body, kind):
    response = client.post(f"{path}/restore", data=body, content_type=kind)

    assert (response.status_code, response.json["status"]) == (200, "ready")


@pytest.mark.parametrize("body", [b"[]", b'{"filename": "a"}', b"x" * 70_000])
def test_a_restore_refuses_a_body(client, path, trashed, body):
    response = client.post(f"{path}/restore", data=body, content_type="application/json")

    assert response.status_code == (413 if len(body) > 65536 else 400)
    assert client.get(path).json["status"] == "trashed"


def test_a_restore_has_no_parameters(client, path, trashed):
    assert client.post(f"{path}/restore?force=true").status_code == 400
    assert client.get(path).json["status"] == "trashed"


@pytest.mark.parametrize("image_id", ["x", "0" * 32, "%00", "batch"])
def test_what_is_not_there_is_not_found(client, image_id):
    trashed = client.delete(f"/images/{image_id}?trash=true")
    restored = client.post(f"/images/{image_id}/restore")

    for response in (trashed, restored):
        assert (response.status_code, response.json["type"]) == (404, "/problems/image-not-found")


def test_other_methods_are_refused(client, path):
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        response = client.open(f"{path}/restore", method=method)
        assert (response.status_code, response.headers["Allow"]) == (405, "OPTIONS, POST")
