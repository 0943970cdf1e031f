"""Forms as browsers, old programs and upload libraries write them."""

import pytest

from tests.support import pictures

FORM = "multipart/form-data; boundary=BOUND"
PICTURE = pictures.png(8, 8)


def part(head, value):
    """Return one part of a form. head: what follows form-data; in its Content-Disposition."""
    named = head.encode() if isinstance(head, str) else head
    return b"--BOUND\r\nContent-Disposition: form-data; " + named + b"\r\n\r\n" + value + b"\r\n"


def text(name, value=""):
    """Return a text part."""
    return part(f'name="{name}"', value.encode())


def file(filename='filename="cat.png"', name="image_data", data=PICTURE):
    """Return a file part. filename: the parameters that name the file."""
    named = filename.encode() if isinstance(filename, str) else filename
    return part(f'name="{name}"; '.encode() + named, data)


@pytest.fixture
def send(client):
    """Send the parts of a form; return the answer."""

    def post(*parts, client=client, headers=None):
        data = b"".join(parts) + b"--BOUND--\r\n"
        return client.post("/images", data=data, content_type=FORM, headers=headers)

    return post


def told(response):
    """Return the faults of a refusal: [(field, message)]."""
    assert response.status_code == 400, response.json
    assert response.json["type"] == "/problems/invalid-fields"
    return [(row["field"], row["message"]) for row in response.json["errors"]]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a\r\nb", "a\nb"),
        ("a\rb", "a\nb"),
        ("a\nb", "a\nb"),
        ("a\r\n\r\nb\n\rc\r\r\n", "a\n\nb\n\nc\n\n"),
        ("\r\n", "\n"),
        ("a\u2028b", "a\u2028b"),
        ("x\r\n" * 500, "x\n" * 500),
        ("\r\n" * 1000, "\n" * 1000),
    ],
)
def test_line_breaks_become_line_feeds(send, upload_json, begin, sent, kept):
    by_form = send(text("user_id", "ana"), text("description", sent), file())
    by_json = upload_json(description=sent)
    direct = begin(description=sent)

    assert [answer.json["description"] for answer in (by_form, by_json, direct)] == [kept] * 3


def test_the_limit_counts_line_feeds(upload_json):
    assert upload_json(description="x\r\n" * 500 + "y").status_code == 400
    assert upload_json(description="\r\n" * 1001).status_code == 400


@pytest.mark.parametrize("field", ["filename", "tags"])
def test_other_fields_have_one_line(upload, upload_json, field):
    for answer in (upload(**{field: "a\r\nb"}), upload_json(**{field: "a\r\nb"})):
        assert told(answer) == [(field, "Send text without control characters.")]


def test_a_retry_may_have_other_line_breaks(upload, upload_json):
    key = {"Idempotency-Key": "k1"}

    first = upload(description="a\r\nb", headers=key).json
    second = upload_json(description="a\nb", headers=key).json

    assert first["image_id"] == second["image_id"]
