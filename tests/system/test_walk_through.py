"""A walk through the API with curl, on an emulator whose S3 checks signatures."""

import base64
import contextlib
import json
import shlex
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from service.common import config
from service.repositories.aws import clients
from tests.support import pictures
from tests.system import emulators

REGION = "us-east-1"
DEFAULT_PORT = 4566
PHOTO = pictures.jpeg(640, 480)
UPLOAD = """curl -X POST "http://localhost:8000/images" -F "user_id=user123"
    -F "filename=photo.jpg" -F "image_data=@/path/to/photo.jpg" -F "tags=vacation,beach"
    -F "description=Summer photo" """
LIST = 'curl "http://localhost:8000/images?user_id=user123"'
VIEW = 'curl "http://localhost:8000/images/{image_id}?download=true&expires_in=3600"'
VIEW_BRIEFLY = 'curl "http://localhost:8000/images/{image_id}?expires_in=1"'
UPLOAD_JSON = """curl -X POST "http://localhost:8000/images" -H "Content-Type: application/json"
    -d @/path/to/body.json"""
DELETE = 'curl -X DELETE "http://localhost:8000/images/{image_id}"'
READY = 'curl "http://localhost:8000/ready"'


class Caller:
    """Someone who pastes curl commands; the real port and folder replace those in the text."""

    def __init__(self, port, folder):
        self.port = port
        self.folder = folder

    def run(self, command, **values):
        """Run a command; return its answer: status, headers, content and, if it is JSON, json."""
        command = command.format(**values).replace("localhost:8000", f"localhost:{self.port}")
        command = command.replace("/path/to", str(self.folder))
        body, headers = self.folder / "answer", self.folder / "headers"
        body.write_bytes(b"")
        report = ["-sS", "-o", body, "-D", headers, "-w", "%{http_code}"]
        status = subprocess.check_output([*shlex.split(command), *report], text=True)
        content = body.read_bytes()
        return SimpleNamespace(
            status=int(status),
            headers=headers.read_text("latin-1").lower(),
            content=content,
            json=json.loads(content) if content[:1] == b"{" else None,
        )

    def load(self, url):
        """Load a URL without changing it."""
        return self.run('curl "{url}"', url=url)


@pytest.fixture(scope="module")
def emulator():
    """A new emulator, at the default address if that is free."""
    port = DEFAULT_PORT if emulators.is_free(DEFAULT_PORT) else None
    with emulators.ministack(port) as url:
        yield url


@pytest.fixture
def serve(emulator, tmp_path):
    """Run `python main.py` on a bucket and a table of this name; return a caller."""
    servers = contextlib.ExitStack()

    def start(name):
        port = emulators.free_port()
        environ = settings_of(name, emulator) | {"PORT": str(port)}
        servers.enter_context(
            emulators.running([sys.executable, "main.py"], port, environ, emulators.ROOT)
        )
        return Caller(port, tmp_path)

    (tmp_path / "photo.jpg").write_bytes(PHOTO)
    with servers:
        yield start


def settings_of(name, emulator):
    """Return the variables that the user exports."""
    exported = {"USE_LOCALSTACK": "1", "AWS_DEFAULT_REGION": REGION}
    exported |= {"BUCKET_NAME": name, "TABLE_NAME": name}
    if emulator != f"http://localhost:{DEFAULT_PORT}":
        exported["AWS_ENDPOINT_URL"] = emulator
    return exported


def make_by_hand(name, emulator):
    """Create the bucket, and the table with only its key."""
    settings = config.load(settings_of(name, emulator))
    session = clients.new_session(settings)
    clients.s3_client(session, settings).create_bucket(Bucket=name)
    clients.dynamodb_client(session, settings).create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "image_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "image_id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def test_the_walk_through_works_as_pasted(serve, emulator):
    make_by_hand("image-storage", emulator)
    caller = serve("image-storage")

    uploaded = caller.run(UPLOAD)
    image_id = uploaded.json["image_id"]
    listed = caller.run(LIST)
    viewed = caller.run(VIEW, image_id=image_id)
    loaded = caller.load(viewed.json["url"])
    deleted = caller.run(DELETE, image_id=image_id)

    assert uploaded.status == 201
    assert uploaded.json["tags"] == ["beach", "vacation"]
    assert [image["image_id"] for image in listed.json["images"]] == [image_id]
    assert (loaded.status, loaded.content) == (200, PHOTO)
    assert "content-type: image/jpeg" in loaded.headers
    assert 'content-disposition: attachment; filename="photo.jpg"' in loaded.headers
    assert deleted.status == 204
    assert caller.run(VIEW, image_id=image_id).status == 404
    assert caller.run(DELETE, image_id=image_id).status == 404
    assert caller.run(LIST).json["images"] == []
    assert caller.load(viewed.json["url"]).status == 404


def test_a_rendition_wanted_by_many_is_stored_once(serve):
    caller = serve("renditions")
    image_id = caller.run(UPLOAD).json["image_id"]
    path = f"http://localhost:{caller.port}/images/{image_id}?rendition=large"

    def view(_):
        with urllib.request.urlopen(path, timeout=30) as response:
            return json.load(response)

    with ThreadPoolExecutor(24) as threads:
        answers = list(threads.map(view, range(24)))

    (size,) = {answer["renditions"]["large"]["size"] for answer in answers}
    for url in {answer["url"] for answer in answers}:
        loaded = caller.load(url)
        assert (loaded.status, len(loaded.content), loaded.content[8:12]) == (200, size, b"WEBP")
        assert "content-type: image/webp" in loaded.headers
    thumb = answers[0]["renditions"]["thumb"]
    assert len(caller.load(thumb["url"]).content) == thumb["size"]


def test_the_start_makes_what_is_missing(serve, tmp_path):
    photo = base64.b64encode(PHOTO).decode()
    body = {"user_id": "user123", "filename": "photo.jpg", "image_data": photo}
    (tmp_path / "body.json").write_text(json.dumps(body))
    caller = serve("from-nothing")

    ready = caller.run(READY)
    uploaded = caller.run(UPLOAD_JSON)

    assert ready.status == 200
    assert uploaded.status == 201
    assert caller.load(uploaded.json["url"]).content == PHOTO
    assert caller.run(LIST).json["count"] == 1


def test_an_expired_or_altered_url_is_refused(serve):
    caller = serve("signatures")
    image_id, other_id = (caller.run(UPLOAD).json["image_id"] for _ in range(2))
    url = caller.run(VIEW, image_id=image_id).json["url"]
    brief_url = caller.run(VIEW_BRIEFLY, image_id=image_id).json["url"]

    altered = url[:-1] + ("0" if url[-1] != "0" else "1")
    swapped = url.replace(image_id, other_id)
    longer = url.replace("X-Amz-Expires=3600", "X-Amz-Expires=7200")
    renamed = url.replace("photo.jpg", "virus.exe")
    statuses = [caller.load(one).status for one in (url, altered, swapped, longer, renamed)]

    assert statuses == [200, 403, 403, 403, 403]
    assert refused_within(caller, brief_url, seconds=20)


def refused_within(caller, url, seconds):
    """Tell whether a URL is refused within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if caller.load(url).status == 403:
            return True
        time.sleep(0.2)
    return False
