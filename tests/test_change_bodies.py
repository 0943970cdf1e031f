"""The bodies of PATCH and of batches: which are read, and which are refused cheaply."""

import io
import json
import time

import pytest

from service.api.images.change_bodies import MOST_BYTES

JSON = "application/json"
CHANGES = {"filename": "dog.png", "tags": ["dog"]}
CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
FORM = "multipart/form-data; boundary=x"
# Every text at its limit, each character escaped: what a client may send at most.
LONGEST = {
    "filename": "\U0001f600" * 255,
    "description": "\U0001f600" * 1000,
    "tags": [f"{number:02}" + "\U0001f600" * 48 for number in range(20)],
}


@pytest.fixture(params=["PATCH", "batch"])
def route(request, image_id):
    """Return (method, path, body) of requests that change the image; body: a function of changes.

    The body is a text of JSON around a text of JSON.
    """
    if request.param == "PATCH":
        return "PATCH", f"/images/{image_id}", lambda text: text
    start = f'{{"image_ids": ["{image_id}"], "action": "update", "changes": '
    return "POST", "/images/batch", lambda text: start + text + "}"


@pytest.fixture
def send(client, route):
    """Send a body, or the changes in one; return the answer."""
    method, path, body_of = route

    def ask(body=None, content_type=JSON, changes=None, **options):
        data = body if changes is None else body_of(changes)
        return client.open(path, method=method, data=data, content_type=content_type, **options)

    return ask


@pytest.fixture
def version(client, image_id):
    """Return the version of the image."""
    return lambda: client.get(f"/images/{image_id}").json["version"]


def problem(response):
    """Return (status, code) of a problem."""
    assert response.content_type == "application/problem+json"
    return response.status_code, response.json["type"].removeprefix("/problems/")


@pytest.mark.parametrize("kind", [JSON, "application/json; charset=utf-8", "Application/JSON;"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_it_works(send, version, kind, ascii_only):
    for changes in (CHANGES, LONGEST):
        text = json.dumps(changes, ensure_ascii=ascii_only)
        assert send(changes=text, content_type=kind).status_code == 200
    assert version() == 3


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/x-www-form-urlencoded", FORM, "application/xml", "a" * 1000,
     "application/json-patch+json", "application/problem+json", "application/jsonx"],
)  # fmt: skip
def test_other_content_types_are_refused(send, version, kind):
    response = send(changes=json.dumps(CHANGES), content_type=kind)

    assert problem(response) == (415, "unsupported-body")
    assert "Send a JSON object (-H 'Content-Type: application/" in response.json["detail"]
    assert len(response.data) < 1000
    assert version() == 1


def test_a_batch_is_no_merge_patch(client, image_id):
    body = json.dumps({"image_ids": [image_id], "action": "delete"})

    response = client.post("/images/batch", data=body, content_type="application/merge-patch+json")

    assert problem(response) == (415, "unsupported-body")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_compressed_bodies_are_refused(send, version, coding):
    response = send(changes=json.dumps(CHANGES), headers={"Content-Encoding": coding})

    assert problem(response) == (415, "unsupported-body")
    assert version() == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "Send a body"),
        (b" ", "Send a JSON object"),
        (b"\x1f\x8b\x08", "compressed with gzip"),
        (b"--x\r\n", "Send a JSON object"),
        (b"{", "double quotes"),
        (b"{'tags': null}", "double quotes"),
        (b'{"tags": null} x', ""),
        (b'{"description": "a\nb"}', "Write a line break in a text as \\n."),
        (b"[]", "Send a JSON object."),
        (b"null", "Send a JSON object."),
        (b'"text"', "Send a JSON object."),
        (b"1", "Send a JSON object."),
        (b"[" * 60_000, "nesting"),
        (b'{"a":' * 10_000, "nesting"),
        (b'{"tags": NaN}', "NaN is not JSON"),
        (b'{"tags": ' + b"9" * 10_000 + b"}", "more than 500 characters"),
        (b'{"tags": null, "tags": null}', "a name appears twice"),
        (b'{"tags": {"a": 1, "a": 2}}', "a name appears twice"),
        (b'{"description": "\xff"}', "UTF-8"),
        (json.dumps(CHANGES).encode("utf-16"), "UTF-8"),
        (json.dumps({f"n{number}": 0 for number in range(31)}).encode(), "at most 30 names"),
    ],
    ids=range(21),
)
def test_a_body_that_is_no_json_object_is_refused(send, version, body, words):
    response = send(body)

    assert problem(response) == (400, "bad-request")
    assert words in response.json["detail"]
    # Advice for uploads would mislead.
    assert "image_data" not in response.json["detail"]
    assert "base64" not in response.json["detail"]
    assert version() == 1


def test_a_byte_order_mark_is_accepted(send, route, version):
    assert send(b"\xef\xbb\xbf" + route[2](json.dumps(CHANGES)).encode()).status_code == 200
    assert version() == 2


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize("framing", [{}, CHUNKED])
def test_the_most_bytes(send, version, route, extra, framing):
    body = route[2](json.dumps(CHANGES)).encode()
    body += b" " * (MOST_BYTES - len(body) + extra)

    response = send(body, environ_overrides=framing)

    if extra:
        assert problem(response) == (413, "too-large")
        assert response.json["detail"] == "Send a body of at most 65536 bytes."
    assert version() == 2 - extra


def test_a_body_without_a_length_is_not_read_to_its_end(send, version):
    endless = io.BytesIO(b" " * 10**6)

    response = send(environ_overrides=CHUNKED | {"wsgi.input": endless})

    assert problem(response) == (413, "too-large")
    assert endless.tell() <= 2 * MOST_BYTES
    assert version() == 1


def test_a_body_that_is_cut_off_is_told(send, version):
    response = send(environ_overrides={"CONTENT_LENGTH": "90", "wsgi.input": io.BytesIO(b"{")})

    assert response.status_code == 400
    assert version() == 1


def test_many_unknown_names_are_cut_short(send):
    changes = {f"{number}" + "\ud800" * 90: 0 for number in range(29)}

    response = send(changes=json.dumps(changes))

    assert problem(response) == (400, "invalid-fields")
    assert len(response.json["errors"]) == 20
    assert len(response.data) < 10_000


MARKS = "a" + "\u0301" * 8000 + "\u0316" * 8000
COSTLY = {
    "marks": {"description": MARKS},
    "marks in a name": {"filename": MARKS},
    "marks in a tag": {"tags": [MARKS]},
    "marks in tags": {"add_tags": ["a" + "\u0301\u0316" * 90] * 100},
    "commas": {"tags": "a," * 30_000},
    "a written list": {"remove_tags": "['" + "' " * 30_000},
    "names": {str(number): number for number in range(5000)},
    "numbers": {"tags": [10**400] * 140},
    "entries": {"tags": list(range(9000))},
    "lists": {"tags": [[]] * 20_000},
    "objects": {"add_tags": [{}] * 15_000},
}


@pytest.mark.parametrize("name", COSTLY)
def test_no_body_takes_long(send, version, name):
    text = json.dumps(COSTLY[name], ensure_ascii=False)

    def seconds():
        began = time.process_time()
        response = send(changes=text)
        assert response.status_code in (400, 413)
        assert len(response.data) < 10_000
        return time.process_time() - began

    assert min(seconds() for _ in range(3)) < 0.1
    assert version() == 1


def test_many_long_ids_take_no_long_time(client):
    body = {"image_ids": ["x" * 600] * 50 + ["a\u0301" * 100] * 50, "action": "delete"}

    began = time.process_time()
    response = client.post("/images/batch", json=body)

    assert {row["status"] for row in response.json["results"]} == {404}
    assert time.process_time() - began < 0.5
