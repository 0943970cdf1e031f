"""Uploads whose bytes go straight to the store, on the embedded one: see also tests/system."""

import hashlib
import io
import shlex
from datetime import UTC, datetime, timedelta

import pytest

from tests.support import pictures

PICTURE = pictures.png(8, 8)
SHA256 = hashlib.sha256(PICTURE).hexdigest()
METHODS = ["PUT", "POST"]


@pytest.fixture
def view(client):
    """View an image."""

    def get(image):
        return client.get(f"/images/{image['image_id']}")

    return get


@pytest.mark.parametrize("sha256", [None, SHA256, SHA256.upper()])
@pytest.mark.parametrize("method", METHODS)
def test_it_works(begin, send, view, client, method, sha256):
    begun = begin(method=method, sha256=sha256, tags="a")
    waiting = view(begun.json).json
    sent = send(begun.json["upload"])
    image = view(begun.json).json

    assert begun.status_code == 202
    assert begun.headers["Location"] == f"http://localhost/images/{image['image_id']}"
    assert (begun.json["status"], waiting["status"], image["status"]) == (
        "pending",
        "pending",
        "ready",
    )
    assert sent.status_code == (200 if method == "PUT" else 204)
    assert (image["width"], image["height"], image["sha256"]) == (8, 8, SHA256)
    assert client.get(image["url"], buffered=True).data == PICTURE
    assert client.get("/images?tags=a").json["count"] == 1


def test_nothing_is_known_until_it_is_ready(begin, view, client):
    begun = begin(sha256=SHA256).json
    image = view(begun).json

    unknown = {name: image[name] for name in ("width", "height", "sha256", "url", "url_expires_at")}
    assert set(unknown.values()) == {None}
    assert (image["size"], image["content_type"]) == (len(PICTURE), "image/png")
    assert "upload" in begun
    assert "upload" not in image
    assert client.get("/images").json["images"] == []


def test_it_lasts_for_fifteen_minutes(begin):
    upload = begin().json["upload"]

    lasts = datetime.fromisoformat(upload["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=14) < lasts <= timedelta(minutes=15)


@pytest.mark.parametrize(
    "name", ["cat.png", "a b.png", "$(id).png", "-v", "@x", "a;type=x", "写.png"]
)
@pytest.mark.parametrize("method", METHODS)
def test_the_curl_line_names_the_file(begin, method, name):
    upload = begin(method=method, filename=name).json["upload"]

    words = shlex.split(upload["curl"])
    file = words[words.index("-T" if method == "PUT" else "-F") + 1].removeprefix("file=@")
    assert (words[0], words[-1]) == ("curl", upload["url"])
    assert file == (name if name in ("cat.png", "写.png") else "YOUR-FILE")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"size": 0}, "size"),
        ({"size": -1}, "size"),
        ({"size": "5"}, "size"),
        ({"size": 5.5}, "size"),
        ({"size": True}, "size"),
        ({"size": None}, "size"),
        ({"content_type": "image/svg+xml"}, "content_type"),
        ({"content_type": "png"}, "content_type"),
        ({"content_type": ["image/png"]}, "content_type"),
        ({"content_type": None}, "content_type"),
        ({"method": "put"}, "method"),
        ({"method": "GET"}, "method"),
        ({"sha256": "0" * 63}, "sha256"),
        ({"sha256": "g" * 64}, "sha256"),
        ({"sha256": "0" * 64 + "\n"}, "sha256"),
        ({"user_id": "a/b"}, "user_id"),
        ({"filename": ""}, "filename"),
        ({"image_data": ""}, "size"),
        ({"object_key": "x"}, "object_key"),
    ],
)
def test_fields_are_refused_by_name(begin, fields, field, tmp_path):
    response = begin(**fields)

    assert response.status_code == 400
    assert field in [row["field"] for row in response.json["errors"]]
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("fields", [{"size": 5}, {"content_type": "image/png"}])
def test_size_and_type_belong_together(client, fields):
    response = client.post("/images", json={"user_id": "ana", "filename": "c"} | fields)

    (missing,) = {"size", "content_type"} - fields.keys()
    assert [row["field"] for row in response.json["errors"]] == [missing]


def test_a_whole_size_may_have_a_decimal_point(begin):
    assert begin(size=5.0).get_data(as_text=True).count('"size":5,') == 1


def test_too_large_a_size_is_413_and_writes_nothing(begin, tmp_path):
    response = begin(size=10485761)

    assert (response.status_code, response.json["type"]) == (413, "/problems/too-large")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("data", "changes"),
    [
        (PICTURE + b"1", {}),
        (PICTURE[:-1], {}),
        (b"x", {}),
        (PICTURE, {"Content-Type": "image/jpeg"}),
        (PICTURE, {"Content-Type": "image/png; charset=x"}),
        (PICTURE, {"x-amz-checksum-sha256": "AAAA"}),
    ],
)
def test_what_was_not_declared_is_not_taken(begin, send, view, method, data, changes):
    begun = begin(method=method, sha256=SHA256).json

    response = send(begun["upload"], data, **changes)

    assert response.status_code == 403
    assert response.json["type"] == "/problems/invalid-url"
    assert view(begun).json["status"] == "pending"


@pytest.mark.parametrize("method", METHODS)
def test_bytes_of_another_digest_are_not_taken(begin, send, view, method):
    begun = begin(method=method, sha256=SHA256).json

    response = send(begun["upload"], PICTURE[:-1] + b"x")

    assert response.status_code == 400
    assert view(begun).json["status"] == "pending"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("size=", "size=1"),
        ("type=image%2Fpng", "type=image%2Fjpeg"),
        ("expires=", "expires=9"),
        ("method=P", "method=p"),
        ("&signature=", "&signature=0"),
        ("&sha256=", "&sha257="),
        ("/files/incoming/", "/files/images/"),
    ],
)
def test_an_altered_url_is_refused(begin, send, view, method, old, new):
    begun = begin(method=method, sha256=SHA256).json
    upload = begun["upload"]

    response = send(upload | {"url": upload["url"].replace(old, new, 1)})

    assert old in upload["url"]
    assert response.status_code in (403, 405)
    assert view(begun).json["status"] == "pending"


def test_a_url_is_for_its_own_method_and_image(begin, send, client):
    first, second = (begin(method=method).json["upload"] for method in METHODS)

    assert send(first | {"method": "POST"}).status_code == 403
    assert send(second | {"method": "PUT", "headers": second["fields"]}).status_code == 403
    path, query = first["url"].split("?")[0], second["url"].split("?")[1]
    assert send(first | {"url": f"{path}?{query}"}).status_code == 403
    assert client.get(first["url"]).status_code == 405


@pytest.mark.parametrize("method", METHODS)
def test_an_expired_url_is_refused(app, begin, send, method):
    begun = begin(method=method).json
    image = app.extensions["image_service"].images.get(begun["image_id"])

    url, _, _ = app.extensions["objects"].presign_upload(image, method, -1)

    assert send(begun["upload"] | {"url": url}).status_code == 403


@pytest.mark.parametrize(
    ("data", "declared", "status", "code"),
    [
        (b"hello, I am a picture", {}, 415, "unsupported-image"),
        (PICTURE[:-30], {}, 422, "unreadable-image"),
        (pictures.png(8, 8)[:8] + b"\0" * 40, {}, 422, "unreadable-image"),
        (PICTURE, {"content_type": "image/jpeg"}, 422, "not-as-declared"),
    ],
)
def test_bad_bytes_are_refused_and_gone(
    begin, send, view, tmp_path, *, data, declared, status, code
):
    begun = begin(size=len(data), **declared).json
    send(begun["upload"], data)

    images = [view(begun).json for _ in range(2)]

    assert [image["status"] for image in images] == ["refused", "refused"]
    problem = images[1]["problem"]
    assert (problem["status"], problem["type"]) == (status, f"/problems/{code}")
    assert problem["title"]
    assert problem["detail"]
    assert [path for path in tmp_path.rglob("*") if begun["image_id"] in str(path)] == []


def test_a_store_that_checks_no_digest_does_no_harm(app, begin, view):
    begun = begin(sha256="0" * 64).json
    image = app.extensions["image_service"].images.get(begun["image_id"])
    app.extensions["objects"].put(image, io.BytesIO(PICTURE))

    seen = view(begun).json

    assert (seen["status"], seen["problem"]["type"]) == ("refused", "/problems/not-as-declared")


def test_sent_again_before_it_is_seen_the_last_counts(begin, send, view):
    other = pictures.png(8, 8, "red")
    begun = begin(size=len(other)).json
    padded = PICTURE[: len(other)].ljust(len(other), b"\0")

    send(begun["upload"], padded)
    send(begun["upload"], other)

    assert view(begun).json["sha256"] == hashlib.sha256(other).hexdigest()


def test_sent_again_afterwards_nothing_changes(begin, send, view, client):
    begun = begin().json
    send(begun["upload"])
    image = view(begun).json

    again = send(begun["upload"], b"\0" * len(PICTURE))

    assert again.status_code == 200
    assert view(begun).json["sha256"] == image["sha256"]
    assert client.get(view(begun).json["url"], buffered=True).data == PICTURE


@pytest.mark.parametrize("bytes_sent", [None, PICTURE, b"\0" * len(PICTURE)])
@pytest.mark.parametrize("viewed", [False, True])
def test_it_can_be_deleted_in_every_state(begin, send, view, client, bytes_sent, viewed):
    begun = begin(tags="a").json
    if bytes_sent:
        send(begun["upload"], bytes_sent)
    if viewed:
        view(begun)

    response = client.delete(f"/images/{begun['image_id']}")

    assert response.status_code == 204
    assert view(begun).status_code == 404
    assert client.delete(f"/images/{begun['image_id']}").status_code == 404
    assert client.get("/images?tags=a").json["count"] == 0
