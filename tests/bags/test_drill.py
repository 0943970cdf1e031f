"""The loss of a server's images, and their return, by the commands of docs/operations.md."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.support import pictures
from tests.support.gateway_events import multipart
from tests.support.servers import Server

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/operations.md").read_text().partition("\n## Embedded\n")[2]


def block(language):
    """Return the first block of a language in the page's section about the embedded store."""
    return re.search(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)[1]


def timer():
    """Return the command of the line for cron."""
    (line,) = block("crontab").splitlines()
    return re.fullmatch(r"\d+ \d+ \* \* \* (.+)", line)[1]


@pytest.fixture
def house(tmp_path):
    """A folder as that of a clone, in which a server keeps its images."""
    house = tmp_path / "house"
    (house / ".venv/bin").mkdir(parents=True)
    program = house / ".venv/bin/python"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    program.chmod(0o755)
    (house / "main.py").symlink_to(ROOT / "main.py")
    return house


@pytest.fixture
def serve(house):
    """Return a function that starts a server on the house's images."""
    servers = []

    def start():
        servers.append(Server(house / "data").wait_until_up())
        return servers[-1]

    yield start
    for server in servers:
        server.process.kill()
        server.end()


@pytest.fixture
def run(house, tmp_path):
    """Return a function that runs lines of the page in a shell; it returns what they print."""

    def run(lines, **settings):
        lines = lines.replace("/srv/image-service", str(house))
        lines = lines.replace("/backup/images", str(tmp_path / "bag"))
        done = subprocess.run(
            ["bash", "-euc", lines],
            env={"PATH": os.environ["PATH"]} | settings,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    return run


def ask(server, method, path, body=None, content_type="application/json"):
    """Return the JSON of an answer, None if there is none."""
    headers = {"Content-Type": content_type}
    url = f"http://127.0.0.1:{server.port}{path}"
    with urlopen(Request(url, body, headers, method=method), timeout=20) as answer:
        content = answer.read()
    return json.loads(content) if content else None


def upload(server, filename):
    body, content_type = multipart(pictures.png(9, 7), user_id="ana", filename=filename)
    return ask(server, "POST", "/images", body, content_type)["image_id"]


def told(server, query=""):
    """Return what lists tell of ana's images, without URLs, and the bytes that these serve."""
    found = {}
    for image in ask(server, "GET", f"/images?user_id=ana{query}")["images"]:
        with urlopen(image.pop("url"), timeout=20) as answer:
            content = answer.read()
        image.pop("url_expires_at")
        for rendition in image["renditions"].values():
            rendition.pop("url")
        found[image["image_id"]] = (image, content)
    return found


def test_lost_images_come_back(house, serve, run):
    server = serve()
    for name in ("beach.png", "Été 1.png", "old.png"):
        upload(server, name)
    ask(server, "DELETE", f"/images/{upload(server, 'trash.png')}?trash=true")
    before = told(server), told(server, "&status=trashed")

    said = run(timer())
    server.stop(9)
    (house / "data/images.db").write_bytes(b"no database any more" * 100)
    restored, audited = map(json.loads, run(block("bash"), LOG_LEVEL="ERROR"))
    server = serve()

    assert said == []
    assert (restored["restored"], audited["images"], audited["trashed"]) == (4, 3, 1)
    assert audited["faults"] == 0
    assert [len(images) for images in before] == [3, 1]
    assert (told(server), told(server, "&status=trashed")) == before
    assert (house / "data.lost/objects").is_dir()


def test_the_timer_follows_what_changes(serve, run, tmp_path):
    server = serve()
    run(timer())
    gone, kept = upload(server, "gone.png"), upload(server, "kept.png")
    run(timer())
    ask(server, "DELETE", f"/images/{gone}")

    run(timer())

    originals = [path.name for path in (tmp_path / "bag/data/users").rglob("*.png")]
    assert originals == [f"kept-{kept}.png"]
    assert run("cd /backup/images; sha256sum --check --quiet manifest-sha256.txt") == []
