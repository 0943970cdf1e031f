import base64
import io
import json

import pytest

from tests.support import pictures

FORM = "multipart/form-data; boundary=x"
PICTURE = pictures.png(8, 8)
BASE64 = base64.b64encode(PICTURE).decode()
JSON = {"user_id": "ana", "filename": "cat.png", "image_data": BASE64}


@pytest.fixture
def send(client):
    """Post a raw body of a declared length, or in chunks."""

    def post(body, content_type, length=True, client=client):
        stream = io.BytesIO(body) if isinstance(body, bytes) else body
        framing = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
        if length:
            framing = {"CONTENT_LENGTH": str(len(body) if length is True else length)}
        environ = {"wsgi.input": stream, "CONTENT_TYPE": content_type or ""} | framing
        return client.post("/images", environ_overrides=environ)

    return post


def part(value, **names):
    """Return one part of a form."""
    named = "".join(f'; {name}="{text}"' for name, text in names.items())
    return f"--x\r\nContent-Disposition: form-data{named}\r\n\r\n".encode() + value + b"\r\n"


def form(*parts, picture=PICTURE):
    """Return a form with a user, a picture and other parts."""
    image_data = part(picture, name="image_data", filename="cat.png")
    return b"".join([part(b"ana", name="user_id"), image_data, *parts]) + b"--x--\r\n"


def problem(response):
    """Return (status, code) of a problem."""
    assert response.content_type == "application/problem+json"
    return response.status_code, response.json["type"].removeprefix("/problems/")


class BrokenChunks(io.RawIOBase):
    """A body whose chunks a server cannot read, for which it raises an error of its own."""

    def read(self, size=-1):
        raise SyntaxError("bad chunk")


class OpenConnection(io.BytesIO):
    """A body from a connection that stays open: a read beyond its end would wait for ever."""

    waits = False

    def read(self, size=-1):
        self.waits |= not 0 <= size <= len(self.getvalue()) - self.tell()
        return super().read(size)


def test_a_form_written_by_hand_works(send):
    assert send(form(), FORM).status_code == 201
    assert send(form(), FORM, length=False).status_code == 201


def test_large_files_full_of_line_breaks_work(send, client):
    # Werkzeug keeps line breaks in its buffer: they may be the start of a boundary.
    picture = pictures.bmp(600, 600, (10, 10, 10))

    response = send(form(picture=picture), FORM)

    assert response.status_code == 201
    assert client.get(response.json["url"], buffered=True).data == picture


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (form(), "multipart/form-data"),
        (form(), "multipart/form-data; boundary="),
        (form(), "multipart/form-data; boundary=é"),
        (form(), "multipart/form-data; boundary=y"),
        (form()[:-9], FORM),
        (form()[:120], FORM),
        (form(part(b"a")), FORM),
        (form(part(b"a", filename="a")), FORM),
        (b"", FORM),
        (b"--x\r\nX: y\r\n\r\na\r\n--x--\r\n", FORM),
        (b"--x\r\n\xff: y\r\n\r\na\r\n--x--\r\n", FORM),
        (b"--x\r\nContent-Disposition: \x00\r\n\r\na\r\n--x--\r\n", FORM),
    ],
)
def test_malformed_forms_are_bad_requests(send, body, content_type):
    assert problem(send(body, content_type)) == (400, "bad-request")
    assert problem(send(body, content_type, length=False)) == (400, "bad-request")


@pytest.mark.parametrize(
    ("more", "field", "word"),
    [
        (part(b"bob", name="user_id"), "user_id", "once"),
        (part(PICTURE, name="image_data", filename="b"), "image_data", "once"),
        (part(b"a", name="description", filename="a"), "description", "file"),
        (part(b"a", name="other", filename="a"), "other", "Leave it out"),
        (part(b"\xff", name="description"), "description", "UTF-8"),
        (part(b"1", name="width") * 2, "width", "once"),
    ],
)
def test_misplaced_parts_are_named(send, more, field, word):
    response = send(form(more), FORM)

    assert problem(response) == (400, "invalid-fields")
    assert response.json["errors"][0]["field"] == field
    assert word in response.json["errors"][0]["message"]


def test_a_forgotten_at_sign_is_explained(client):
    response = client.post("/images", data={"user_id": "ana", "image_data": "photo.jpg"})
    assert response.status_code == 415

    response = client.post(
        "/images",
        data={"user_id": "ana", "image_data": "photo.jpg"},
        content_type="multipart/form-data",
    )
    assert problem(response) == (400, "invalid-fields")
    assert "-F image_data=@photo.jpg" in response.json["errors"][0]["message"]


@pytest.mark.parametrize(
    "more",
    [
        part(b"a", name="tags") * 5000,
        part(b"a" * 600_000, name="image_data"),
        part(b"a" * 200_000, name="description"),
        part(b"a", name="a" * 200_000),
    ],
)
def test_oversized_forms_are_explained(send, more):
    response = send(form(more), FORM)

    assert problem(response) == (413, "too-large")
    assert "-F image_data=@photo.jpg" in response.json["detail"]


@pytest.mark.parametrize("more", [b"", part(b"", name="filename"), part(b"a", name="filename")])
def test_no_file_chosen_is_told_of_the_file(send, more):
    # A browser sends a part without name and bytes for a file input that was left empty.
    body = part(b"ana", name="user_id") + part(b"", name="image_data", filename="")

    response = send(body + more + b"--x--\r\n", FORM)

    assert problem(response) == (400, "invalid-fields")
    assert response.json["errors"] == [{"field": "image_data", "message": "Choose a file."}]


def test_an_empty_file_is_an_empty_image(send):
    body = part(b"ana", name="user_id") + part(b"", name="image_data", filename="a.png")

    assert problem(send(body + b"--x--\r\n", FORM)) == (400, "empty-image")


@pytest.mark.parametrize(
    "content_type",
    [None, "", "image/png", "text/plain", "application/x-www-form-urlencoded", "multipart/mixed"],
)
def test_other_bodies_are_unsupported(send, content_type):
    assert problem(send(PICTURE, content_type)) == (415, "unsupported-body")


def limited(new_app, size):
    """Return a client of a service whose largest image has so many bytes."""
    return new_app(MAX_IMAGE_SIZE=str(size)).test_client()


def test_exactly_the_largest_image_is_accepted(new_app):
    client = limited(new_app, len(PICTURE))

    assert client.post("/images", data=form(), content_type=FORM).status_code == 201
    assert client.post("/images", json=JSON).status_code == 201


def test_one_byte_more_is_too_large(new_app):
    size = len(PICTURE) - 1
    client = limited(new_app, size)

    for response in (
        client.post("/images", data=form(), content_type=FORM),
        client.post("/images", json=JSON),
    ):
        assert problem(response) == (413, "too-large")
        assert f"{size} bytes" in response.json["detail"]


def test_no_more_is_read_than_was_declared(send):
    body = OpenConnection(form(picture=b"no picture"))

    response = send(body, FORM, length=len(body.getvalue()))

    assert problem(response) == (415, "unsupported-image")
    assert not body.waits


@pytest.mark.parametrize("content_type", [FORM, "application/json", "text/plain"])
def test_a_huge_body_is_refused_unread(send, content_type):
    body = OpenConnection(b"start")

    response = send(body, content_type, length=10**12)

    assert response.status_code == (415 if content_type == "text/plain" else 413)
    assert body.tell() == 0


@pytest.mark.parametrize("length", [True, False])
@pytest.mark.parametrize("content_type", [FORM, "application/json"])
def test_oversized_bodies_are_not_read(new_app, send, length, content_type):
    body = form(picture=bytes(400_000)) if content_type == FORM else b'"' + b"A" * 400_000

    response = send(body, content_type, length, client=limited(new_app, 1000))

    assert problem(response) == (413, "too-large")
    assert "1000 bytes" in response.json["detail"]


def test_wrapped_base64_of_the_largest_image_is_accepted(new_app):
    picture = pictures.bmp(600, 600)
    client = limited(new_app, len(picture))
    wrapped = base64.encodebytes(picture).decode().replace("\n", "\r\n")

    assert client.post("/images", json=JSON | {"image_data": wrapped}).status_code == 201


@pytest.mark.parametrize("content_type", [FORM, "application/json"])
def test_broken_chunks_are_a_bad_request(send, content_type):
    assert problem(send(BrokenChunks(), content_type, length=False)) == (400, "bad-request")


@pytest.mark.parametrize("content_type", [FORM, "application/json"])
def test_bodies_shorter_than_declared_are_refused(send, content_type):
    body = form() if content_type == FORM else json.dumps(JSON).encode()

    assert problem(send(body[:-1], content_type, length=len(body))) == (400, "bad-request")
