"""Direct uploads by PUT and by POST, to an S3 that checks signatures and policies."""

import hashlib
import subprocess
import urllib.request
from itertools import count
from urllib.error import HTTPError

import pytest

from service.app import create_app
from service.repositories.aws.provision import provision
from tests.repositories.test_direct_images import TestDirectObjects, TestDirectRecords
from tests.support import pictures
from tests.system.large_pictures import jpeg_of

__all__ = ["TestDirectObjects", "TestDirectRecords"]

METHODS = ["PUT", "POST"]
PICTURE = pictures.jpeg(64, 48)
SHA256 = hashlib.sha256(PICTURE).hexdigest()
REFUSED = (400, 403)
numbers = count(1)


@pytest.fixture
def app(ministack):
    """The app on a bucket and a table of its own."""
    name = f"direct-{next(numbers)}"
    settings = {"USE_LOCALSTACK": "1", "AWS_ENDPOINT_URL": ministack, "LOG_LEVEL": "ERROR"}
    app = create_app(settings | {"BUCKET_NAME": name, "TABLE_NAME": name, "AUTH": "none"})
    provision(app.extensions["settings"])
    yield app
    app.extensions["readiness"].askers.shutdown()


@pytest.fixture
def begin(app):
    """Begin a direct upload of a picture."""

    def post(data=PICTURE, **fields):
        body = {"user_id": "ana", "filename": "photo.jpg", "size": len(data)}
        body |= {"content_type": "image/jpeg"} | fields
        return app.test_client().post("/images", json=body).json

    return post


@pytest.fixture
def view(app):
    """View an image."""

    def get(image):
        return app.test_client().get(f"/images/{image['image_id']}").json

    return get


def send(upload, data=PICTURE, *, url=None, **changes):
    """Send bytes as an upload says. Arguments replace headers or fields. Return the status."""
    if upload["method"] == "PUT":
        return status_of(url or upload["url"], data, upload["headers"] | changes, "PUT")
    return status_of(url or upload["url"], *multipart(upload["fields"] | changes, data), "POST")


def multipart(fields, data):
    """Return (body, headers) of a form with a file as its last part."""
    parts = [(f'name="{name}"', text.encode()) for name, text in fields.items()]
    parts.append(('name="file"; filename="photo.jpg"', data))
    lines = [
        b"--limit\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (name.encode(), content)
        for name, content in parts
    ]
    body = b"".join(lines) + b"--limit--\r\n"
    return body, {"Content-Type": "multipart/form-data; boundary=limit"}


def status_of(url, data, headers, method):
    """Send a request; return the status of the answer."""
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status
    except HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("sha256", [None, SHA256])
@pytest.mark.parametrize("method", METHODS)
def test_the_largest_jpeg_comes_back_as_it_was(begin, view, method, sha256, tmp_path):
    data = jpeg_of(10_485_760)
    sha256 = sha256 and hashlib.sha256(data).hexdigest()
    (tmp_path / "photo.jpg").write_bytes(data)
    begun = begin(data, method=method, sha256=sha256)

    subprocess.run(begun["upload"]["curl"] + " -fsS", shell=True, check=True, cwd=tmp_path)
    image = view(begun)

    assert (begun["status"], image["status"]) == ("pending", "ready")
    assert image["sha256"] == hashlib.sha256(data).hexdigest()
    with urllib.request.urlopen(image["url"], timeout=30) as response:
        assert response.headers["Content-Type"] == "image/jpeg"
        assert response.read() == data


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("data", "changes"),
    [
        (PICTURE + b"1", {}),
        (PICTURE[:-1], {}),
        (PICTURE, {"Content-Type": "image/png"}),
        (PICTURE, {"x-amz-checksum-sha256": "0" * 43 + "="}),
    ],
)
def test_what_was_not_declared_is_not_taken(begin, view, method, data, changes):
    begun = begin(method=method, sha256=SHA256)

    status = send(begun["upload"], data, **changes)

    assert status in REFUSED
    assert view(begun)["status"] == "pending"


@pytest.mark.parametrize("changed", ["X-Amz-Signature=", "X-Amz-Expires=", "/incoming/"])
def test_an_altered_put_is_refused(begin, view, changed):
    begun = begin()
    url = begun["upload"]["url"].replace(changed, changed + "1", 1)

    assert send(begun["upload"], url=url) in REFUSED
    assert view(begun)["status"] == "pending"


@pytest.mark.parametrize("changed", ["key", "policy", "x-amz-signature", "x-amz-credential"])
def test_an_altered_post_is_refused(begin, view, changed):
    begun = begin(method="POST")
    text = begun["upload"]["fields"][changed]

    assert (
        send(begun["upload"], **{changed: text[:-1] + ("A" if text[-1] != "A" else "B")}) in REFUSED
    )
    assert view(begun)["status"] == "pending"


@pytest.mark.parametrize("method", METHODS)
def test_an_expired_one_is_refused(app, begin, view, method):
    begun = begin(method=method)
    image = app.extensions["image_service"].images.get(begun["image_id"])

    url, given, _ = app.extensions["objects"].presign_upload(image, method, -5)
    expired = {"method": method, "url": url, "headers" if method == "PUT" else "fields": given}

    assert send(expired) in REFUSED
    assert view(begun)["status"] == "pending"


@pytest.mark.parametrize("method", METHODS)
def test_sent_again_afterwards_nothing_changes(begin, view, method):
    begun = begin(method=method)
    send(begun["upload"])
    image = view(begun)

    send(begun["upload"], PICTURE[:-1] + b"x")

    assert view(begun)["sha256"] == image["sha256"] == SHA256
    with urllib.request.urlopen(view(begun)["url"], timeout=30) as response:
        assert response.read() == PICTURE


@pytest.mark.parametrize("method", METHODS)
def test_bad_bytes_are_refused_and_gone(app, begin, view, method):
    begun = begin(b"hello, I am a picture", method=method)
    send(begun["upload"], b"hello, I am a picture")

    image = view(begun)

    assert (image["status"], image["problem"]["status"]) == ("refused", 415)
    assert list(app.extensions["objects"].list("incoming/")) == []
    assert list(app.extensions["objects"].list("images/")) == []


@pytest.mark.parametrize("method", METHODS)
def test_bytes_of_another_digest_are_never_shown(begin, view, method):
    begun = begin(method=method, sha256=SHA256)

    send(begun["upload"], PICTURE[:-1] + b"x")

    # S3 itself refuses them; this emulator does not check a form's checksum.
    assert view(begun)["status"] == ("pending" if method == "PUT" else "refused")


def test_headers_of_the_sender_are_not_kept(begin, view):
    begun = begin()
    send(begun["upload"], **{"Content-Disposition": "attachment", "Cache-Control": "max-age=1"})

    with urllib.request.urlopen(view(begun)["url"], timeout=30) as response:
        assert response.headers["Content-Disposition"] is None
        assert response.headers["Cache-Control"] == "private, max-age=3600, immutable"
