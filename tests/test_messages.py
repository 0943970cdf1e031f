"""A refused curl command is answered with what to type instead."""

import base64
import gzip
import json

import pytest

from tests.support import pictures
from tests.support.signed_tokens import SECRET, bearer

PICTURE = pictures.png(8, 8)
BASE64 = base64.b64encode(PICTURE).decode()
JSON = "application/json"
URLENCODED = "application/x-www-form-urlencoded"
OBJECT = {"user_id": "ana", "filename": "cat.png", "image_data": BASE64}


def form(*, files=None, **texts):
    """Return what curl -F sends: texts, and files under the names of their fields."""
    parts = [(f'name="{name}"', text.encode()) for name, text in texts.items()]
    parts += [(f'name="{name}"; filename="cat.png"', PICTURE) for name in files or ()]
    framed = [
        f"--x\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + value + b"\r\n"
        for head, value in parts
    ]
    return {
        "data": b"".join(framed) + b"--x--\r\n",
        "content_type": "multipart/form-data; boundary=x",
    }


def texts_of(response):
    """Return the texts of a refusal: its detail and the messages of its fields."""
    assert 400 <= response.status_code < 500, response.data
    rows = [f"{row['field']}: {row['message']}" for row in response.json.get("errors", [])]
    return "\n".join([response.json["detail"], *rows])


UPLOADS = {
    "forgotten @": (
        form(user_id="ana", image_data="cat.png"),
        "image_data: Send a file part, with @",
    ),
    "< in place of @": (form(user_id="ana", image_data="\ufffdPNG"), "-F image_data=@photo.jpg"),
    "file called image": (form(user_id="ana", files=["image"]), "-F image_data=@photo.jpg"),
    "file called file": (form(user_id="ana", files=["file"]), "file: Send the file as image_data"),
    "no file": (form(user_id="ana"), "image_data: Send the file: -F image_data=@photo.jpg"),
    "no user": (form(files=["image_data"]), "user_id: Say whose image it is: -F user_id=ana"),
    "user for user_id": (
        form(user="ana", files=["image_data"]),
        "user: Unknown name. The known names are: user_id",
    ),
    "JSON in a part": (form(data=json.dumps(OBJECT)), "data: Unknown name. The known names are"),
    "@ before a text": (
        form(user_id="ana", files=["image_data", "description"]),
        "-F description=…, without @",
    ),
    "tags as JSON": (
        form(user_id="ana", tags='["a","b"]', files=["image_data"]),
        "tags=beach,summer",
    ),
    "tags as Python": (
        form(user_id="ana", tags="['a']", files=["image_data"]),
        "tags=beach,summer",
    ),
    "two images": (form(user_id="ana", files=["image_data"] * 2), "an upload is one image"),
    "-d @photo.jpg": ({"data": PICTURE, "content_type": URLENCODED}, "curl -d and --data-binary"),
    "no content type": ({"data": PICTURE}, "(curl -F user_id=ana -F image_data=@photo.jpg)"),
    "nothing": ({}, "not a body without a Content-Type"),
    "gzip": (
        form(user_id="ana", files=["image_data"]) | {"headers": {"Content-Encoding": "gzip"}},
        "not compressed: without 'Content-Encoding: gzip'",
    ),
    "gzip called JSON": ({"data": gzip.compress(b"{}"), "content_type": JSON}, "send it as it is"),
    "image/png": ({"data": PICTURE, "content_type": "image/png"}, "not image/png"),
    "header without boundary": (
        {"data": PICTURE, "content_type": "multipart/form-data"},
        "fetch, axios, requests and curl write it with the boundary that they chose. For example: "
        "curl -F",
    ),
    "form called JSON": (
        form(files=["image_data"]) | {"content_type": JSON},
        "leave out -H 'Content-Type: application/json'",
    ),
    "picture called JSON": ({"data": PICTURE, "content_type": JSON}, "curl -F user_id=ana"),
    "file name called JSON": ({"data": "photo.json", "content_type": JSON}, "Send a JSON object"),
    "empty JSON": ({"data": b"", "content_type": JSON}, "curl -d @body.json"),
    "single quotes": ({"data": "{'user_id': 'ana'}", "content_type": JSON}, "double quotes"),
    "base64 with line breaks": (
        {"data": '{"image_data": "AAAA\n"}', "content_type": JSON},
        "tr -d '\\n'",
    ),
    "file name for bytes": (
        {"json": OBJECT | {"image_data": "cat.png"}},
        "base64 < photo.jpg | tr -d '\\n'",
    ),
    "@ in JSON": ({"json": OBJECT | {"image_data": "@photo-1.jpg"}}, "not the name"),
    "number for text": ({"json": OBJECT | {"user_id": 7}}, "user_id: Send text, in quotes."),
    "null for text": (
        {"json": OBJECT | {"filename": None}},
        "filename: Send the file's name, such as photo.jpg.",
    ),
    "no file name": ({"json": {"user_id": "ana", "image_data": BASE64}}, "such as photo.jpg"),
    "fields in the URL": (
        {"query_string": "user_id=ana"} | form(files=["image_data"]),
        "user_id: Remove it from the URL",
    ),
}
REQUESTS = [
    ("GET", "/images/{id}?expires_in=1d", "seconds; an hour has 3600, a day 86400"),
    (
        "GET",
        "/images/{id}?expires=60",
        "expires: Unknown name. The known names are: download, expires_in",
    ),
    ("GET", "/images/{id}?download=yes", "download: Send true or false."),
    ("GET", "/images?limit=1000", "from 1 to 100; use next_cursor for more"),
    ("GET", "/images?user=ana", "user_id, tags, match, none, untagged,"),
    ("GET", '/images?tags=["a"]', "tags=beach,summer"),
    ("GET", "/images?user_id=a+b", "(a + in a URL is %2B)"),
    ("GET", "/images?cursor=x", "exactly as it was given"),
    ("DELETE", "/images/{id}?user_id=ana", "user_id: Unknown name. The known names are: trash."),
    ("POST", "/images/{id}/restore?user_id=ana", "user_id: Remove it from the URL"),
    ("POST", "/images/{id}", "Use one of DELETE, GET, HEAD, OPTIONS, PATCH at this path."),
    ("PUT", "/images/{id}", "PATCH changes fields; the bytes never change: POST a new image"),
    ("DELETE", "/images/{id}?trash=", "trash: Send true or false, or leave it out to delete for"),
    ("PATCH", "/images/{id}", "application/merge-patch+json or application/json'), not a body"),
    ("POST", "/images/batch", "(-H 'Content-Type: application/json'), not a body without a"),
    ("DELETE", "/images", "Use one of GET, HEAD, OPTIONS, POST at this path."),
    ("GET", "/image/{id}", "/docs shows what there is"),
    ("GET", "/images/{id}/file", "an image is at /images/{image_id}"),
    ("GET", "/images/{{image_id}}", "Check the image_id"),
]


@pytest.mark.parametrize("mistake", UPLOADS)
def test_a_wrong_upload_says_what_to_type(client, mistake):
    sent, expected = UPLOADS[mistake]

    text = texts_of(client.post("/images", **sent))

    assert expected in text
    assert client.get("/images").json["count"] == 0


@pytest.mark.parametrize(("method", "path", "expected"), REQUESTS)
def test_a_wrong_request_says_what_to_type(client, image_id, method, path, expected):
    response = client.open(path.format(id=image_id), method=method)

    assert expected in texts_of(response)


def test_a_url_without_its_end_asks_for_quotes(client, upload):
    url = upload().json["url"]

    # Without quotes a shell ends the command at the &.
    response = client.get(url.partition("&")[0])

    assert response.status_code == 403
    assert "in quotes on a command line" in texts_of(response)


def test_words_in_brackets_are_still_tags(upload):
    assert upload(tags="[draft],a[1]").json["tags"] == ["[draft]", "a[1]"]


RAW = [{}, {"content_type": "image/png"}, {"content_type": URLENCODED}, {"content_type": "text/a"}]


@pytest.mark.parametrize("kind", RAW)
def test_a_raw_body_is_told_all_faults_at_once(client, kind):
    path = "/images?user_id=ana&tags=a&tags=b"
    headers = {"Idempotency-Key": "two words"}

    response = client.post(path, data=PICTURE, headers=headers, **kind)

    assert (response.status_code, response.json["type"]) == (415, "/problems/unsupported-body")
    assert "curl -F user_id=ana -F image_data=@photo.jpg" in response.json["detail"]
    told = {row["field"]: row["message"] for row in response.json["errors"]}
    assert list(told) == ["user_id", "tags", "Idempotency-Key", "image_data"]
    assert told["user_id"] == told["tags"] == "Remove it from the URL. Fields belong in the body."
    assert told["image_data"].startswith("Send the file: -F image_data=@photo.jpg")


def test_a_raw_body_without_more_is_told_what_to_send(client):
    response = client.post("/images", data=PICTURE)

    assert [row["field"] for row in response.json["errors"]] == ["user_id", "image_data"]


def test_a_known_caller_with_a_raw_body_need_not_say_who_it_is(new_app):
    client = new_app(AUTH="jwt", JWT_SECRET=SECRET).test_client()

    response = client.post("/images", data=PICTURE, headers=bearer("ana"))

    assert [row["field"] for row in response.json["errors"]] == ["image_data"]
