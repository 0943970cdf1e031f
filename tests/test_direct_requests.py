"""How clients ask for direct uploads and send their bytes, to the embedded store."""

import io

import pytest

from tests.support import pictures

PICTURE = pictures.png(8, 8)


@pytest.fixture
def view(client):
    """View an image."""

    def get(image):
        return client.get(f"/images/{image['image_id']}")

    return get


@pytest.mark.parametrize(
    ("written", "registered"),
    [
        ("IMAGE/PNG", "image/png"),
        (" image/png ", "image/png"),
        ("image/png; charset=binary", "image/png"),
        ("Image/JPEG;q=0.9", "image/jpeg"),
        ("image/jpg", "image/jpeg"),
        ("image/pjpeg", "image/jpeg"),
        ("image/x-png", "image/png"),
        ("image/x-ms-bmp", "image/bmp"),
        ("image/tif", "image/tiff"),
    ],
)
def test_other_names_of_a_type_are_understood(begin, written, registered):
    begun = begin(content_type=written)

    assert begun.status_code == 202
    assert begun.json["content_type"] == registered
    assert begun.json["upload"]["headers"] == {"Content-Type": registered}


def test_what_is_missing_says_what_to_send(client):
    fields = {"user_id": "ana", "filename": "cat.png", "size": "", "content_type": ""}

    rows = client.post("/images", json=fields | {"size": 5}).json["errors"]
    rows += client.post("/images", json=fields | {"content_type": "image/png"}).json["errors"]

    told = {row["field"]: row["message"] for row in rows}
    assert told["content_type"].startswith("Send one of: image/jpeg, image/png,")
    assert told["size"] == "Send the number of bytes, or the bytes as image_data."


@pytest.mark.parametrize("empty", ["", None])
def test_empty_optional_fields_count_as_left_out(begin, send, view, empty):
    begun = begin(method=empty, sha256=empty, tags=empty, description=empty).json
    send(begun["upload"])

    assert begun["upload"]["method"] == "PUT"
    assert (view(begun).json["description"], view(begun).json["tags"]) == (None, [])


@pytest.mark.parametrize("body", [PICTURE, b""])
def test_a_put_in_chunks_is_told_to_send_a_length(begin, client, view, body):
    begun = begin().json
    framing = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    framing |= {"wsgi.input": io.BytesIO(body), "CONTENT_TYPE": "image/png"}

    response = client.put(begun["upload"]["url"], environ_overrides=framing)

    assert (response.status_code, response.json["type"]) == (411, "/problems/length-required")
    assert f"Send Content-Length: {len(PICTURE)}" in response.json["detail"]
    assert view(begun).json["status"] == "pending"


def test_a_put_without_a_body_is_told_to_send_a_length(begin, client):
    assert client.put(begin().json["upload"]["url"]).status_code == 411
