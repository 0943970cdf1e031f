import hashlib
import io
import re
from datetime import UTC, datetime

import pytest

from tests.support import pictures

FIELDS = [
    "image_id", "user_id", "filename", "description", "tags", "content_type", "size", "width",
    "height", "sha256", "created_at", "updated_at", "version", "taken_at", "color", "thumbhash",
    "renditions", "privacy", "trashed_at", "purged_at", "status", "url", "url_expires_at",
]  # fmt: skip
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def faults(response):
    """Return the fields that a refusal names; fail unless it is an invalid-fields problem."""
    assert response.status_code == 400, response.json
    assert response.json["type"] == "/problems/invalid-fields"
    return {row["field"] for row in response.json["errors"]}


def test_it_works(upload, client, picture):
    response = upload(filename="cat.png", tags="Pets, cat", description="Summer")

    assert response.status_code == 201
    image = response.json
    assert list(image) == FIELDS
    assert (image["user_id"], image["filename"]) == ("ana", "cat.png")
    assert (image["tags"], image["description"]) == (["cat", "pets"], "Summer")
    assert (image["content_type"], image["size"]) == ("image/png", len(picture))
    assert (image["width"], image["height"]) == (8, 8)
    assert image["sha256"] == hashlib.sha256(picture).hexdigest()
    assert response.headers["Location"] == f"http://localhost/images/{image['image_id']}"
    assert client.get(response.headers["Location"]).json == image


def test_json_works_alike(upload, upload_json):
    by_form = upload(tags="a,b", description="x").json
    by_json = upload_json(tags=["b", "A"], description="x").json

    own = {"image_id", "created_at", "updated_at", "url", "url_expires_at", "renditions"}
    assert list(by_json) == FIELDS
    assert {by_form[name] == by_json[name] for name in FIELDS if name not in own} == {True}


def test_the_bytes_come_back(upload, client, picture):
    url = upload().json["url"]

    assert client.get(url, buffered=True).data == picture


def test_times_are_utc_with_milliseconds(upload):
    before = datetime.now(UTC)
    image = upload().json

    assert TIME.fullmatch(image["created_at"])
    assert TIME.fullmatch(image["url_expires_at"])
    age = datetime.fromisoformat(image["created_at"]) - before
    assert abs(age.total_seconds()) < 60
    lives = datetime.fromisoformat(image["url_expires_at"]) - before
    assert 44 * 60 < lives.total_seconds() < 61 * 60


def test_the_file_part_gives_the_name(upload):
    assert upload(name="photo.jpg").json["filename"] == "photo.jpg"
    assert upload(name="photo.jpg", filename="cat.jpg").json["filename"] == "cat.jpg"


@pytest.mark.parametrize("sample", ["jpeg", "png", "gif", "webp", "avif", "tiff", "bmp", "mpo"])
def test_every_format_is_accepted(upload, sample):
    response = upload(data=getattr(pictures, sample)(), name="liar.svg")

    assert response.status_code == 201
    assert response.json["content_type"] == pictures.content_type(sample)
    assert (response.json["width"], response.json["height"]) == (64, 48)


def test_size_is_measured_as_displayed(upload, upload_json):
    turned = pictures.jpeg(orientation=6)

    assert (upload(data=turned).json["width"], upload(data=turned).json["height"]) == (48, 64)
    image = upload_json(data=turned, width=[{}], height="tall").json
    assert (image["width"], image["height"]) == (48, 64)


def test_sent_sizes_are_ignored(upload):
    assert upload(width="9999", height="x").json["width"] == 8


@pytest.mark.parametrize("user_id", ["a", "a" * 128, "AZaz09._@:|+-", "auth0|5f", "-", "."])
def test_user_ids_are_accepted(upload, upload_json, client, user_id):
    assert upload(user_id=user_id).json["user_id"] == user_id
    assert upload_json(user_id=user_id).json["user_id"] == user_id
    assert client.get("/images", query_string={"user_id": user_id}).json["count"] == 2


@pytest.mark.parametrize(
    "user_id", ["a" * 129, "a b", "a/b", "é", "a\n", "a#b", "*", "a\x00", "ａ", "٣"]
)
def test_user_ids_are_refused(upload, upload_json, client, user_id):
    assert faults(upload(user_id=user_id)) == {"user_id"}
    assert faults(upload_json(user_id=user_id)) == {"user_id"}
    assert faults(client.get("/images", query_string={"user_id": user_id})) == {"user_id"}


@pytest.mark.parametrize(
    ("filename", "stored"),
    [
        ("a/b/cat.png", "cat.png"),
        ("C:\\photos\\cat.png", "cat.png"),
        ("../..\\cat.png", "cat.png"),
        ("/" * 300 + "cat.png", "cat.png"),
        ("x" * 255, "x" * 255),
        ("é" * 255, "é" * 255),
        ("cafe\u0301.png", "café.png"),
        (" ", " "),
        ("..", ".."),
        ('😀 "quoted"; a=b.png', '😀 "quoted"; a=b.png'),
    ],
)
def test_filenames_are_cut_and_kept(upload, upload_json, filename, stored):
    assert upload(filename=filename).json["filename"] == stored
    assert upload_json(filename=filename).json["filename"] == stored


@pytest.mark.parametrize(
    "filename", ["a/", "a\\", "x" * 256, "a\nb", "a\x00b", "\x7f", "\x85", "a\tb", "\x00/b"]
)
def test_filenames_are_refused(upload, upload_json, filename):
    assert faults(upload(filename=filename)) == {"filename"}
    assert faults(upload_json(filename=filename)) == {"filename"}


@pytest.mark.parametrize(
    ("tags", "stored"),
    [
        ("", []),
        ("  ", []),
        ("b, A ,b", ["a", "b"]),
        ("new york", ["new york"]),
        ("cafe\u0301", ["café"]),
        ("ÉTÉ,É", ["é", "été"]),
        ("x" * 50, ["x" * 50]),
        (" " * 9 + "x" * 50, ["x" * 50]),
        (",".join(f"t{n:02}" for n in range(20)), [f"t{n:02}" for n in range(20)]),
        ("*,#,a#b,%", ["#", "%", "*", "a#b"]),
        ("İ", ["i\u0307"]),
        ("\u212a", ["k"]),
    ],
)
def test_tags_are_normalised(upload, upload_json, tags, stored):
    assert upload(tags=tags).json["tags"] == stored
    assert upload_json(tags=tags).json["tags"] == stored
    if stored:
        assert upload_json(tags=[*stored, stored[0].upper()]).json["tags"] == stored


@pytest.mark.parametrize(
    "tags", ["x" * 51, "a,,b", "a,", ",", "a\x00b", "a\nb", ",".join(map(str, range(21)))]
)
def test_tags_are_refused(upload, upload_json, tags):
    assert faults(upload(tags=tags)) == {"tags"}
    assert faults(upload_json(tags=tags)) == {"tags"}


def test_tags_may_be_repeated_fields(upload):
    assert upload(tags=["b,c", "A"]).json["tags"] == ["a", "b", "c"]


@pytest.mark.parametrize("text", ["x" * 1000, "a\nb\tc", "  kept  ", "😀" * 1000, "<b>&"])
def test_descriptions_are_kept(upload, upload_json, text):
    assert upload(description=text).json["description"] == text
    assert upload_json(description=text).json["description"] == text


@pytest.mark.parametrize("text", ["x" * 1001, "a\x00b", "a\x0bb", "\x85", "\x1b[31m", "\x9b"])
def test_descriptions_are_refused(upload, upload_json, text):
    assert faults(upload(description=text)) == {"description"}
    assert faults(upload_json(description=text)) == {"description"}


def test_length_is_that_of_the_normal_form(upload):
    # U+0958 has two characters in NFC; a letter and its accent become one.
    assert faults(upload(description="\u0958" * 501)) == {"description"}
    assert upload(description="e\u0301" * 1000).json["description"] == "é" * 1000


def test_unknown_fields_are_refused_by_name(upload, upload_json):
    assert faults(upload(colour="red", sise="1")) == {"colour", "sise"}
    assert faults(upload_json(colour=None)) == {"colour"}


def test_missing_fields_are_named_together(client):
    refused = client.post("/images", json={})

    assert faults(refused) == {"user_id", "filename", "image_data"}


def test_parameters_are_refused(client, picture):
    assert faults(client.post("/images?user_id=ana", json={})) == {"user_id"}


def test_a_refused_upload_leaves_nothing(upload, client, tmp_path):
    upload(tags="x" * 51)
    upload(data=b"hello")

    assert client.get("/images").json["count"] == 0
    assert list(tmp_path.glob("data/objects/images")) == []


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 400, "empty-image"),
        (b"hello, I am a picture", 415, "unsupported-image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "unsupported-image"),
        (b"%PDF-1.7", 415, "unsupported-image"),
        (pictures.jpeg()[:-100], 422, "unreadable-image"),
        (pictures.png()[:40], 422, "unreadable-image"),
        (pictures.raw_png(20000, 10000, rows=b""), 422, "too-many-pixels"),
    ],
)
def test_the_bytes_decide(upload, upload_json, data, status, code):
    for response in (upload(data=data), upload_json(data=data)):
        assert (response.status_code, response.json["type"]) == (status, f"/problems/{code}")


@pytest.mark.parametrize(("most", "status"), [("63", 422), ("64", 201)])
def test_the_pixel_limit_is_a_setting(new_app, picture, most, status):
    client = new_app(MAX_IMAGE_PIXELS=most).test_client()
    form = {"user_id": "ana", "image_data": (io.BytesIO(picture), "cat.png")}

    assert client.post("/images", data=form).status_code == status
