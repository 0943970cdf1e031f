"""Forms as browsers, old programs and upload libraries write them."""

import io
from types import SimpleNamespace

import pytest
from werkzeug.datastructures import Headers

from service.api.uploads.part_names import part_filename
from tests.support import pictures
from tests.support.signed_tokens import SECRET, bearer

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


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        (r'filename="C:\Users\me\new photo.png"', "new photo.png"),
        (r'filename="C:\\Users\\me\\new photo.png"', "new photo.png"),
        (r'filename="\\server\share\x.png"', "x.png"),
        (r"filename=C:\Users\me\x.png", "x.png"),
        ('filename="/home/me/x.png"', "x.png"),
        ('filename="cat.png"', "cat.png"),
        ("filename=cat.png", "cat.png"),
        ('FileName="cat.png" ', "cat.png"),
        (r'filename="a \"quoted\" name.png"', 'a "quoted" name.png'),
        ('filename="a %22quoted%22 name.png"', 'a "quoted" name.png'),
        ('filename="100%.png"', "100%.png"),
        ('filename="a;b=c.png"', "a;b=c.png"),
        ('filename="; filename=evil.png"', "; filename=evil.png"),
        ('filename="it\'s 😀 写.png"', "it's 😀 写.png"),
        ("filename*=UTF-8''%F0%9F%98%80%20%22x%22.png", '😀 "x".png'),
        ("filename*=utf-8'en'C%3A%5CUsers%5Cx.png", "x.png"),
        ("filename*=iso-8859-1''caf%E9.png", "café.png"),
        ("filename=\"caf_.png\"; filename*=UTF-8''caf%C3%A9.png", "café.png"),
        ("filename*=UTF-8''caf%C3%A9.png; filename=\"caf_.png\"", "café.png"),
        ("filename=\"x.png\"; filename*=klingon''y.png", "x.png"),
        ('filename="cafe\u0301.png"', "café.png"),
    ],
)
def test_the_name_of_a_file_is_what_was_meant(send, named, kept):
    response = send(text("user_id", "ana"), file(named))

    assert response.status_code == 201, response.json
    assert response.json["filename"] == kept


def test_a_name_before_the_file_name_does_not_disturb():
    head = r'form-data; name="a; filename=\"b"; filename="c.png"'
    named = SimpleNamespace(headers=Headers({"Content-Disposition": head}), filename="d")

    assert part_filename(named) == "c.png"


def test_names_in_latin_1_are_told_to_be_utf_8(send):
    response = send(text("user_id", "ana"), file(b'filename="caf\xe9.png"'))

    assert response.status_code == 400
    assert "not in UTF-8" in response.json["detail"]
    assert "cut off" not in response.json["detail"]


def test_empty_optional_fields_count_as_left_out(send, upload_json):
    names = ["description", "tags", "filename", "width", "height"]
    by_form = send(text("user_id", "ana"), *map(text, names), file())
    by_json = upload_json(description="", tags="", width="", height="")
    null = upload_json(description=None, tags=None, width=None, height=None)

    for image in (by_form.json, by_json.json, null.json):
        assert (image["description"], image["tags"], image["filename"]) == (None, [], "cat.png")


def test_empty_required_fields_are_missing(send, upload_json):
    by_form = send(text("user_id"), file())
    by_json = [upload_json(user_id=empty, filename=empty) for empty in ("", None)]

    user = ("user_id", "Say whose image it is: -F user_id=ana")
    assert told(by_form) == [user]
    for answer in by_json:
        assert told(answer) == [user, ("filename", "Send the file's name, such as photo.jpg.")]


def test_an_empty_user_is_the_tokens(new_app, send):
    closed = new_app(AUTH="jwt", JWT_SECRET=SECRET).test_client()

    response = send(text("user_id"), file(), client=closed, headers=bearer("ana"))
    listed = closed.get("/images?user_id=&cursor=&limit=&match=&tags=", headers=bearer("ana"))

    assert response.json["user_id"] == "ana"
    assert listed.json["count"] == 1


def test_empty_parameters_count_as_left_out(client, image_id):
    viewed = client.get(f"/images/{image_id}?download=&expires_in=")
    listed = client.get("/images?tags=&tags[]=&user_id=&user_id=ana")

    assert "disposition" not in viewed.json["url"]
    assert listed.json["count"] == 1
    assert told(client.get("/images?page="))[0][0] == "page"
    assert told(client.delete(f"/images/{image_id}?user_id="))[0][0] == "user_id"


@pytest.mark.parametrize(
    "names", [["tags[]"], ["tags[]", "tags[]"], ["tags[0]", "tags[1]"], ["tags", "tags[]"]]
)
def test_lists_may_have_brackets(send, client, names):
    tags = ["Beach", "summer,sun"][: len(names)]
    parts = [text(name, tag) for name, tag in zip(names, tags, strict=True)]
    response = send(text("user_id", "ana"), *parts, file())

    query = "&".join(f"{name}={tag}" for name, tag in zip(names, tags, strict=True))
    listed = client.get(f"/images?match=all&limit=1&{query}")

    assert response.json["tags"] == sorted(",".join(tags).lower().split(","))
    assert listed.json["count"] == 1


def test_links_keep_lists_with_brackets(client, upload):
    for _ in range(2):
        upload(tags="a,b")

    first = client.get("/images?match=all&tags[]=a&tags[]=b&limit=1")
    second = client.get(first.headers["Link"].split(">")[0][1:])

    assert (second.json["count"], second.json["next_cursor"]) == (1, None)


def test_json_lists_may_have_brackets(upload_json):
    assert upload_json(**{"tags[]": ["B", "a"]}).json["tags"] == ["a", "b"]
    for other in ("tags", "tags[0]"):
        assert "tags[]" in dict(told(upload_json(**{"tags[]": ["a"], other: ["b"]})))


def test_other_names_with_brackets_are_unknown(send, client):
    names = ["user_id[]", "description[0]", "tags[x]", "tags[][]"]

    refused = send(text("user_id", "ana"), *[text(name, "a") for name in names], file())

    assert [field for field, _ in told(refused)] == names
    assert told(client.get("/images?user_id[]=ana"))[0][0] == "user_id[]"
    form = {"data": {"user_id": "ana"}, "content_type": "multipart/form-data"}
    assert told(client.post("/images?tags[]=a", **form))[0][0] == "tags[]"


def test_what_upload_libraries_add_is_ignored(send):
    # Uppy: name, type and relativePath. FilePond: image_data. Before the file and behind it.
    added = [text("name", "a"), text("type", "image/png"), text("relativePath", "null")]
    added += [text("name", "b"), text("image_data", "{}"), part('name="type"', b"\xff")]

    for parts in ([*added, file()], [file(), *added]):
        response = send(text("user_id", "ana"), *parts)
        assert (response.status_code, response.json["filename"]) == (201, "cat.png")


def test_such_names_are_unknown_elsewhere(upload_json, client):
    assert told(upload_json(name="a"))[0][0] == "name"
    assert told(client.get("/images?type=a"))[0][0] == "type"


def test_of_several_file_inputs_the_filled_one_counts(send):
    none = file('filename=""', data=b"")

    for parts in ([none, file()], [file(), none]):
        assert send(text("user_id", "ana"), *parts).json["filename"] == "cat.png"


def test_unknown_names_are_told_before_repeated_ones(send, client):
    twice = [text("user_id", "a"), text("user_id", "b"), text("colour", "a"), text("colour", "b")]

    by_form = told(send(*twice, file()))
    by_query = told(client.get("/images?limit=1&limit=2&page=1&page=2"))

    assert [field for field, _ in by_form] == ["colour", "user_id"]
    assert [field for field, _ in by_query] == ["page", "limit"]
    assert by_form[0][1].startswith("Unknown name.")


def test_a_retry_across_the_upgrade_has_the_same_digest(app, send):
    # Version 1.0 kept an empty description as such.
    fields = {"user_id": "ana", "filename": "cat.png", "description": "", "tags": []}
    before = app.extensions["image_service"].upload(io.BytesIO(PICTURE), fields, "k1")

    again = send(
        text("user_id", "ana"), text("description"), file(), headers={"Idempotency-Key": "k1"}
    )

    assert (again.status_code, again.json["image_id"]) == (201, before.image_id)
