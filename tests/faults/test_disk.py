"""The embedded store on a disk that is full, locked, broken or read-only."""

import base64
import contextlib
import json
import sqlite3

import pytest

from service.common import deadlines
from service.common.errors import ServiceBusy
from service.models.image import SPOOL_BYTES
from service.repositories.embedded.sqlite.database import SqliteDatabase
from service.repositories.embedded.sqlite.images import SqliteImages
from tests.faults.world import PICTURE, World
from tests.support import pictures

resource = pytest.importorskip("resource", reason="no limits on this system")

FORM = "multipart/form-data; boundary=x"
IMAGE_ID = "0" * 32
VERBS = [("POST", "/images"), ("GET", "/images"), ("GET", f"/images/{IMAGE_ID}")]
VERBS += [("DELETE", f"/images/{IMAGE_ID}"), ("GET", "/ready")]


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def world(new_app):
    app = new_app()
    service = app.extensions["image_service"]
    return World(app, service.images, service.objects)


@contextlib.contextmanager
def no_file_larger_than(size):
    """Let no file of this process grow beyond a size, as if the disk were full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_no_room_for_the_object(world, data_dir):
    world.upload()
    large = pictures.bmp(400, 300)

    with no_file_larger_than(len(large) - 1):
        response = world.upload("k", data=large)

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert not list(data_dir.rglob("*.part"))
    assert [path.name for path in data_dir.glob("objects/images/*/*") if path.is_dir()] == []
    assert world.upload("k", data=large).status_code == 201
    world.check_nothing_is_left_over()


def form_of(content, name, **fields):
    """Return a form with a file and text fields."""
    parts = [f'name="{field}"\r\n\r\n{text}'.encode() for field, text in fields.items()]
    parts.append(f'name="{name}"; filename="a.bmp"\r\n\r\n'.encode() + content)
    start = b"--x\r\nContent-Disposition: form-data; "
    return b"".join(start + part + b"\r\n" for part in parts) + b"--x--\r\n"


def json_of(content):
    """Return an upload as JSON."""
    text = base64.b64encode(content).decode()
    return json.dumps({"user_id": "ana", "filename": "a.bmp", "image_data": text}).encode()


def form_of_upload(content):
    """Return an upload as a form."""
    return form_of(content, "image_data", user_id="ana")


@pytest.mark.parametrize(
    ("body_of", "content_type"), [(form_of_upload, FORM), (json_of, "application/json")]
)
def test_no_room_for_the_body(client, body_of, content_type):
    large = pictures.bmp(600, 600)
    arguments = {"data": body_of(large), "content_type": content_type}

    with no_file_larger_than(len(large) // 2):
        response = client.post("/images", **arguments)

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert response.json["type"] == "/problems/storage-unavailable"
    assert client.post("/images", **arguments).status_code == 201


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_no_room_for_the_body_of_a_direct_upload(client, begin, method):
    large = pictures.bmp(600, 600)
    offer = begin(method=method, size=len(large), content_type="image/bmp").json["upload"]
    arguments = {"data": large, "content_type": "image/bmp", "method": method}
    if method == "POST":
        body = form_of(large, "file", **offer["fields"])
        arguments |= {"data": body, "content_type": FORM}

    with no_file_larger_than(len(large) // 2):
        response = client.open(offer["url"], **arguments)

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert client.open(offer["url"], **arguments).status_code in (200, 204)


@pytest.mark.parametrize("way", ["form", "json", "direct"])
def test_no_room_in_the_temporary_folder(world, data_dir, way):
    large = pictures.bmp(500, 400)
    begun = world.begin(data=large).json["upload"]
    body = {"user_id": "ana", "filename": "a", "image_data": base64.b64encode(large).decode()}
    client = world.client
    # As bytes, because the client would write a form into the temporary folder itself.
    part = b'--x\r\nContent-Disposition: form-data; name="image_data"; filename="a"\r\n\r\n'
    form = {"data": part + large + b"\r\n--x--", "content_type": "multipart/form-data; boundary=x"}
    sends = {
        "form": lambda: client.post("/images", **form),
        "json": lambda: client.post("/images", json=body),
        "direct": lambda: client.put(begun["url"], data=large, headers=begun["headers"]),
    }

    with no_file_larger_than(SPOOL_BYTES):
        response = sends[way]()

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert not list(data_dir.rglob("*.part"))


def test_no_room_for_the_secret(client, data_dir):
    with no_file_larger_than(16):
        answers = [client.get("/ready") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [503] * 3
    assert [path.name for path in data_dir.rglob("*secret*")] == []
    assert client.get("/ready").status_code == 200


def test_no_room_for_the_record(world, data_dir):
    image_id = world.upload("k", ["a"]).json["image_id"]

    with no_file_larger_than((data_dir / "images.db-wal").stat().st_size):
        responses = [
            world.upload(),
            world.upload("other"),
            world.client.delete(f"/images/{image_id}"),
        ]
        shown = world.client.get("/images")

    assert [response.status_code for response in responses] == [503, 503, 503]
    assert shown.json["count"] == 1
    assert world.upload("other").status_code == 201
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()


def test_a_locked_database_is_read_but_not_written(new_app, data_dir):
    app = new_app()
    database = SqliteDatabase(data_dir / "images.db", busy_seconds=0.05)
    world = World(app, SqliteImages(database), app.extensions["image_service"].objects)
    image_id = world.upload("k", ["a"]).json["image_id"]
    other = sqlite3.connect(data_dir / "images.db", isolation_level=None)

    with contextlib.closing(other):
        other.execute("BEGIN IMMEDIATE")
        refused = [
            world.upload(),
            world.upload("other"),
            world.client.delete(f"/images/{image_id}"),
        ]
        world.check_users_see_the_truth()

    assert [response.status_code for response in refused] == [503, 503, 503]
    assert all(response.headers["Retry-After"] for response in refused)
    assert world.upload("other").status_code == 201
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()
    database.close()


def test_an_endless_write_makes_others_wait_only_briefly(new_app, data_dir):
    app = new_app()
    database = SqliteDatabase(data_dir / "images.db", turn_seconds=0.05)
    world = World(app, SqliteImages(database), app.extensions["image_service"].objects)

    with database.writing("test"):
        response = world.upload()

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert world.upload().status_code == 201
    database.close()


def test_a_write_that_may_last_too_long_is_not_begun(world):
    deadlines.start(11)

    with pytest.raises(ServiceBusy):
        world.die()

    deadlines.stop()
    world.check_nothing_is_left_over()


@pytest.mark.parametrize("name", [".", "objects", "images.db", "objects/url-secret"])
def test_another_kind_of_file_is_in_its_place(new_app, data_dir, name):
    is_file = name in (".", "objects")
    place = data_dir / name
    (place.parent if is_file else place).mkdir(parents=True, exist_ok=True)
    if is_file:
        place.write_text("not ours")

    answers = answers_of(new_app().test_client())

    assert set(answers.values()) <= {503, 404, 200}
    assert answers["POST /images"] == answers["GET /ready"] == 503


def test_the_database_file_is_not_sqlite(new_app, data_dir):
    data_dir.mkdir()
    (data_dir / "images.db").write_text("not ours " * 1000)

    assert set(answers_of(new_app().test_client()).values()) == {503}


def answers_of(client):
    """Return the status of every verb on an empty store, 503 only with Retry-After."""
    body = {"user_id": "ana", "filename": "cat.png"}
    body["image_data"] = base64.b64encode(PICTURE).decode()
    answers = {}
    for method, path in VERBS:
        response = client.open(path, method=method, json=body if method == "POST" else None)
        assert response.status_code != 503 or response.headers["Retry-After"]
        answers[f"{method} {path}"] = response.status_code
    return answers
