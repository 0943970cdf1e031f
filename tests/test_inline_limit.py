"""Images too large for a request body, though not for a direct upload."""

import io

import pytest

from tests.support import pictures

SMALL, LARGE = pictures.png(8, 8), pictures.png(300, 300)


@pytest.fixture
def app(new_app):
    return new_app(MAX_INLINE_SIZE=str(len(LARGE) - 1))


def test_it_says_what_to_send_next(upload, client):
    refused = upload(LARGE, name="a/cat.png", tags="b,a", description="x")
    begun = client.post("/images", json=refused.json["direct_upload"])
    sent = client.put(begun.json["upload"]["url"], data=LARGE, content_type="image/png")
    image = client.get(begun.headers["Location"]).json

    assert (refused.status_code, begun.status_code, sent.status_code) == (413, 202, 200)
    assert refused.json["type"] == "/problems/too-large"
    assert (image["status"], image["user_id"], image["filename"]) == ("ready", "ana", "cat.png")
    assert (image["tags"], image["description"]) == (["a", "b"], "x")
    assert client.get(image["url"], buffered=True).data == LARGE


def test_json_gets_the_same_answer(upload, upload_json):
    assert upload_json(LARGE).json["direct_upload"] == upload(LARGE).json["direct_upload"]


def test_nothing_is_stored_for_it(upload, tmp_path):
    upload(LARGE, headers={"Idempotency-Key": "k1"})

    assert not (tmp_path / "data").exists()


def test_smaller_ones_are_uploaded(upload):
    assert upload(SMALL).status_code == 201


def test_a_file_that_is_no_image_is_unsupported(upload):
    assert upload(b"text" * len(LARGE)).status_code == 415


def test_no_direct_upload_is_offered_over_max_image_size(new_app):
    client = new_app(MAX_IMAGE_SIZE="500", MAX_INLINE_SIZE="400").test_client()
    form = {"user_id": "ana", "image_data": (io.BytesIO(LARGE), "cat.png")}

    response = client.post("/images", data=form)

    assert response.status_code == 413
    assert "direct_upload" not in response.json
