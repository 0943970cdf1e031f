"""A refusal names the setting behind its limit, so that the operator knows what to change."""

import base64
import io

import pytest

from tests.support import pictures
from tests.support.hostile_pictures import gif_screen

SETS = "The operator of this service sets this limit: "
LARGE = {"MAX_IMAGE_SIZE": "1000"}
PICTURE = pictures.png(8, 8)
BIG = bytes(2000)
HUGE = bytes(300_000)


def form(data, **texts):
    """Return what a client sends as a form."""
    return {"data": {"user_id": "ana", "image_data": (io.BytesIO(data), "a.png")} | texts}


def as_json(data):
    """Return what a client sends as JSON."""
    text = base64.b64encode(data).decode()
    return {"json": {"user_id": "ana", "filename": "a", "image_data": text}}


def direct(size):
    """Return the request that begins a direct upload."""
    fields = {"user_id": "ana", "filename": "a", "content_type": "image/png", "size": size}
    return {"json": fields}


CASES = {
    "form": (LARGE, form(BIG), 413, "MAX_IMAGE_SIZE"),
    "large form": (LARGE, form(HUGE), 413, "MAX_IMAGE_SIZE"),
    "JSON": (LARGE, as_json(BIG), 413, "MAX_IMAGE_SIZE"),
    "large JSON": (LARGE, as_json(HUGE), 413, "MAX_IMAGE_SIZE"),
    "direct": (LARGE, direct(1001), 413, "MAX_IMAGE_SIZE"),
    "inline": ({"MAX_INLINE_SIZE": "10"}, form(PICTURE), 413, "MAX_INLINE_SIZE"),
    "inline JSON": ({"MAX_INLINE_SIZE": "10"}, as_json(PICTURE), 413, "MAX_INLINE_SIZE"),
    "pixels": ({"MAX_IMAGE_PIXELS": "99"}, form(gif_screen(10, 10)), 422, "MAX_IMAGE_PIXELS"),
    "bytes": ({"MAX_BYTES_PER_USER": "10"}, form(PICTURE), 403, "MAX_BYTES_PER_USER"),
    "bytes, direct": ({"MAX_BYTES_PER_USER": "10"}, direct(11), 403, "MAX_BYTES_PER_USER"),
    "both": (
        {"MAX_BYTES_PER_USER": "10", "MAX_IMAGES_PER_USER": "7"},
        form(PICTURE),
        403,
        "MAX_IMAGES_PER_USER and MAX_BYTES_PER_USER",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_setting_is_named(new_app, case):
    settings, sent, status, name = CASES[case]

    response = new_app(**settings).test_client().post("/images", **sent)

    assert response.status_code == status
    assert response.json["detail"].endswith(f"{SETS}{name}.")


def test_a_form_over_what_was_declared_names_no_setting(begin, client):
    upload = begin(method="POST").json["upload"]
    file = (io.BytesIO(HUGE), "a.png")

    response = client.post(upload["url"], data=upload["fields"] | {"file": file})

    assert response.status_code == 413
    assert response.json["detail"].endswith("That is the size that the upload declared.")
