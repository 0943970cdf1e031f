"""What the embedded store keeps is for the user alone who runs the service."""

import base64
import io
import json
import os
import stat
import urllib.request

import pytest

from tests.doctor.conftest import concerns
from tests.support.servers import Server


@pytest.fixture
def wide_umask():
    """Let every new file be for everybody, unless who makes it says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def old_data(new_app, picture, data_dir):
    """The data folder of an earlier version, which every user of the machine could read."""
    client = new_app().test_client()
    client.post("/images", data={"user_id": "ana", "image_data": (io.BytesIO(picture), "a.png")})
    for path in (data_dir, *data_dir.rglob("*")):
        if path.name != "url-secret":
            path.chmod(0o755 if path.is_dir() else 0o644)
    return data_dir


def modes(folder):
    """Return the modes of a folder and of everything in it, by name."""
    paths = [folder, *folder.rglob("*")]
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in paths}


def uploading(server, picture):
    """Return the request that uploads a picture to a server."""
    body = {"user_id": "ana", "filename": "a.png", "image_data": base64.b64encode(picture).decode()}
    headers = {"Content-Type": "application/json"}
    url = f"http://127.0.0.1:{server.port}/images"
    return urllib.request.Request(url, json.dumps(body).encode(), headers)


def assert_private(folder):
    """See that nobody else may use a folder, nor anything in it."""
    opened = {name: oct(mode) for name, mode in modes(folder).items() if mode & 0o077}
    assert opened == {}


@pytest.mark.usefixtures("wide_umask")
def test_it_works(app, upload, begin, send, client, sweep, data_dir):
    direct = begin().json
    send(direct["upload"])
    client.get(f"/images/{direct['image_id']}")
    send(begin().json["upload"])
    image_id = upload().json["image_id"]
    client.delete(f"/images/{upload().json['image_id']}")
    app.extensions["store"].prepare(print).close()
    sweep()

    assert client.get(f"/images/{image_id}").status_code == 200
    assert {"images.db", "images.db-wal", "images.db-shm", "server.lock", "url-secret"} <= set(
        modes(data_dir)
    )
    assert_private(data_dir)


@pytest.mark.usefixtures("wide_umask")
@pytest.mark.parametrize("command", ["sweep", "doctor"])
def test_a_command_makes_private_files_too(app, data_dir, command):
    app.test_cli_runner().invoke(args=[command])

    assert_private(data_dir)


@pytest.mark.usefixtures("wide_umask")
def test_a_server_makes_private_files(tmp_path, picture, data_dir):
    server = Server(data_dir).wait_until_up()
    with urllib.request.urlopen(uploading(server, picture)) as answer:
        assert answer.status == 201

    assert "images.db-wal" in modes(data_dir)
    assert_private(data_dir)
    server.stop()


def test_a_start_closes_what_was_open(new_app, old_data):
    new_app().extensions["store"].prepare(print).close()

    found = modes(old_data)
    assert found["data"] == found["objects"] == 0o700
    assert found["images.db"] == 0o600


def test_a_folder_with_files_of_others_stays_as_it_is(new_app, old_data):
    (old_data / "notes.txt").write_text("shared")
    app = new_app()

    app.extensions["store"].prepare(print).close()

    found = modes(old_data)
    assert (found["data"], found["objects"], found["images.db"]) == (0o755, 0o700, 0o600)
    (line,) = concerns(app)
    assert line.endswith(f"may use {old_data}: chmod -R go= {old_data}")


def test_the_doctor_says_what_others_may_use(new_app, old_data):
    line, *_ = concerns(new_app())

    assert line.startswith(f"data folder: Other users of this machine may use {old_data}, ")
    assert f"{old_data / 'images.db'}" in line
    assert line.endswith(f": chmod -R go= {old_data}")


@pytest.mark.parametrize("name", ["objects", "images.db"])
def test_the_doctor_looks_inside(new_app, old_data, name):
    app = new_app()
    app.extensions["store"].prepare(print).close()
    (old_data / name).chmod(0o755)

    (line,) = concerns(app)

    assert line.startswith(f"data folder: Other users of this machine may use {old_data / name}:")
