import base64
import json
import tracemalloc

import pytest

from service.api.uploads.json_bodies import Turns
from tests.support import pictures

PICTURE = pictures.png(8, 8)
BASE64 = base64.b64encode(PICTURE).decode()
JSON = {"user_id": "ana", "filename": "cat.png", "image_data": BASE64}


@pytest.fixture
def send(client):
    """Post raw JSON."""
    return lambda body, content_type="application/json": client.post(
        "/images", data=body, content_type=content_type
    )


def problem(response):
    """Return (status, code) of a problem."""
    assert response.content_type == "application/problem+json"
    return response.status_code, response.json["type"].removeprefix("/problems/")


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/json;"]
)
def test_json_is_recognised_by_its_content_type(send, content_type):
    assert send(json.dumps(JSON).encode(), content_type).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"1",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"width":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"width": NaN}',
        b'{"width": -Infinity}',
        b'{"width": ' + b"9" * 10_000 + b"}",
        b'{"a": 1, "a": 2}',
        b'{"user_id": "a", "user\\u005fid": "b"}',
        b'{"width": {"a": 1, "a": 2}}',
        b'{"user_id": "\xff"}',
        json.dumps(JSON).encode("utf-16"),
        b"{'user_id': 'ana'}",
        b'{"user_id": "a\nb"}',
        b'{"user_id": "ana"} x',
    ],
    ids=range(20),
)
def test_a_body_that_is_no_json_object_is_refused(send, body):
    assert problem(send(body)) == (400, "bad-request")


def test_a_byte_order_mark_is_accepted(send):
    assert send(b"\xef\xbb\xbf" + json.dumps(JSON).encode()).status_code == 201


@pytest.mark.parametrize("value", [0, 1.5, True, [], ["a"], {}, {"a": "b"}, [1], 10**400, 1e308])
@pytest.mark.parametrize("field", ["user_id", "filename", "image_data", "tags", "description"])
def test_wrong_types_are_named(send, field, value):
    if field == "tags" and value in ([], ["a"]):
        return
    response = send(json.dumps(JSON | {field: value}).encode())

    assert problem(response) == (400, "invalid-fields")
    assert [row["field"] for row in response.json["errors"]] == [field]


def test_optional_fields_may_be_null(upload_json):
    image = upload_json(tags=None, description=None, width=None, height=None).json

    assert (image["tags"], image["description"]) == ([], None)
    for field in ("user_id", "filename", "image_data"):
        assert problem(upload_json(**{field: None})) == (400, "invalid-fields")


@pytest.mark.parametrize("field", ["user_id", "filename", "image_data", "tags", "description"])
def test_lone_surrogates_are_refused(send, field):
    body = json.dumps(JSON | {field: "a\ud800b"}).encode()

    assert problem(send(body)) == (400, "invalid-fields")


def test_long_unknown_names_are_shortened_in_the_answer(send):
    body = json.dumps(JSON | {f"{n}" + "\ud800" * 50_000: 0 for n in range(25)}).encode()

    response = send(body)

    assert problem(response) == (400, "invalid-fields")
    assert len(response.data) < 10_000


@pytest.mark.parametrize(
    "text",
    [
        "data:image/png;base64," + BASE64,
        "DATA:image/jpeg;charset=utf-8;BASE64," + BASE64,
        " \n" + BASE64 + "\n",
        "\r\n".join(BASE64[place : place + 19] for place in range(0, len(BASE64), 19)),
        "data:image/png;base64,\n" + BASE64[:70] + "\t " + BASE64[70:],
    ],
)
def test_base64_may_have_white_space_and_a_data_uri(upload_json, client, text):
    url = upload_json(image_data=text).json["url"]

    assert client.get(url, buffered=True).data == PICTURE


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("_-__" * 8, "URL-safe"),
        ("_-_", "URL-safe"),
        (BASE64.rstrip("=") if BASE64.endswith("=") else BASE64[:-1], "padding"),
        ("iVBO=", "padding"),
        ("iVB=" + BASE64, "standard"),
        (BASE64 + "====", "standard"),
        ("====", "standard"),
        ("i===", "standard"),
        ("é" * 4, "standard"),
        ("٣" * 4, "standard"),
        ("a\x00bc", "standard"),
        ("a%2B", "standard"),
        ("data:image/png,AAAAA", "standard"),
        ("data:,;base64,AAAAAA", "standard"),
        ("http://x/cat.png", "standard"),
    ],
)
def test_other_base64_is_explained(upload_json, text, word):
    response = upload_json(image_data=text)

    assert problem(response) == (400, "invalid-fields")
    assert word in response.json["errors"][0]["message"]


@pytest.mark.parametrize("text", ["", " \n", "data:image/png;base64,"])
def test_no_base64_is_an_empty_image(upload_json, text):
    assert problem(upload_json(image_data=text)) == (400, "empty-image")


def test_long_base64_is_checked_in_every_piece(upload_json, client):
    picture = pictures.bmp(600, 600)
    text = base64.b64encode(picture).decode()

    image = upload_json(data=picture).json
    padded = text[: (4 << 16) - 2] + "==" + text[4 << 16 :]

    assert client.get(image["url"], buffered=True).data == picture
    assert problem(upload_json(image_data=padded)) == (400, "invalid-fields")


def test_base64_with_much_white_space_takes_little_memory(send):
    body = json.dumps(JSON | {"image_data": "AB \n" * 1_000_000}).encode()

    tracemalloc.start()
    response = send(body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert response.status_code == 415
    assert peak < 6 * len(body)


def test_large_bodies_wait_for_their_turn(app, upload_json):
    turns = app.extensions["large_bodies"] = Turns(most=1, seconds=0)
    large = pictures.bmp(600, 600)

    with turns.one():
        small, refused = upload_json(), upload_json(data=large)

    assert small.status_code == 201
    assert problem(refused) == (503, "service-busy")
    assert refused.headers["Retry-After"] == "5"
    assert upload_json(data=large).status_code == 201
