"""Every command of the README, pasted in order into a fresh clone, as git would make it."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from service.common.config import SETTINGS
from tests.system.emulators import ROOT, free_port

TEXT = "\n".join((ROOT / name).read_text() for name in ("README.md", "docs/SECURITY.md"))
PHOTO = (ROOT / "docs/postman/beach.png").read_bytes()
SERVERS = {"make run", "python main.py"}
# Commands that need Docker, npm or minutes: the check that runs them, and text of that check.
ELSEWHERE = {
    "docker compose up": ("tests/packaging/containers.sh", "docker compose up --detach --wait"),
    "docker compose up -d localstack": (
        "tests/packaging/containers.sh",
        "docker compose up --detach",
    ),
    "docker run -p 8000:8000 -v images:/data image-service": (
        "tests/packaging/containers.sh",
        "docker run -d --name $image-web",
    ),
    "npm ci": ("tests/packaging/tools.sh", "npm ci"),
    'npx osls deploy --verbose --param auth=jwt --param jwt-secret="$SECRET"': (
        "tests/packaging/packaging.sh",
        "osls package --param auth=jwt",
    ),
    "npx osls deploy --param auth=none --param bucket=NAME --param table=NAME": (
        "tests/packaging/deploy.sh",
        'osls deploy --param "bucket=$bucket" --param "table=$table"',
    ),
    "make run HEIC=1": ("tests/packaging/heic.sh", "-r requirements-heic.lock"),
    "make test": (".ci/run", "\nmake test\n"),
}


def commands():
    """Return the commands of all fenced blocks, in order; continued lines are one command."""
    blocks = re.findall(r"^```bash\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    return "".join(re.sub(r"([|\\])\n", r"\1 ", block) for block in blocks).splitlines()


def path_without_environment():
    """Return PATH without the virtual environment of the tests, which a newcomer has not."""
    ours = Path(sys.executable).parent
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if Path(folder) != ours)


class Newcomer:
    """Someone who pastes the README's commands; a free port takes the place of 8000."""

    def __init__(self, folder, emulator):
        self.folder = folder
        self.address = f"http://localhost:{free_port()}"
        ours = {name for name, *_ in SETTINGS} | {"VIRTUAL_ENV"}
        self.environ = {
            name: text
            for name, text in os.environ.items()
            if name not in ours and not name.startswith("AWS_")
        }
        self.environ |= {
            "PORT": self.address.rpartition(":")[2],
            "PATH": path_without_environment(),
            "AWS_ENDPOINT_URL": emulator,
            "LOG_LEVEL": "ERROR",
        }
        self.server = self.serving = self.image_id = None

    def paste(self, command):
        """Run a command as the shell would; return what it wrote. Its variables stay."""
        command = command.replace("http://localhost:8000", self.address)
        kept = self.folder / "environment"
        script = f"set -a -o pipefail\n{command}\ncode=$?\nenv -0 >{kept}\nexit $code"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        variables = kept.read_text().rstrip("\0").split("\0")
        self.environ = dict(line.split("=", 1) for line in variables)
        return done.stdout

    def serve(self, command, **settings):
        """Stop the previous server, start another, and wait until it prints its address."""
        self.stop()
        self.environ |= settings
        self.serving = command
        self.server = subprocess.Popen(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        output = []
        for line in self.server.stdout:
            output.append(line)
            if f"Image service at {self.address}" in line:
                return
        raise AssertionError("".join(output))

    def stop(self):
        """Stop the server and all processes that it started."""
        if self.server:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.server.pid, signal.SIGTERM)
            self.server.communicate(timeout=30)


def uploaded(newcomer, output):
    image = json.loads(output)
    newcomer.image_id = image["image_id"]
    assert "beach" in image["tags"]
    assert read(newcomer, image["url"]) == PHOTO


def begun(newcomer, output):
    image = json.loads(output)
    newcomer.image_id = image["image_id"]
    assert image["upload"]["curl"].startswith("curl -T beach.png -H ")


def sent(newcomer, output):
    assert output == ""
    viewed(newcomer, read(newcomer, f"/images/{newcomer.image_id}"))


def listed(newcomer, output):
    assert [one["image_id"] for one in json.loads(output)["images"]] == [newcomer.image_id]


def found(newcomer, output):
    assert newcomer.environ["ID"] == newcomer.image_id


def viewed(newcomer, output):
    assert read(newcomer, json.loads(output)["url"]) == PHOTO


def rendered(newcomer, output):
    image = json.loads(output)
    assert image["url"] == image["renditions"]["large"]["url"]
    assert is_webp(read(newcomer, image["url"]))


def thumb_loaded(newcomer, _output):
    assert is_webp((newcomer.folder / "thumb.webp").read_bytes())


def is_webp(content):
    return (content[:4], content[8:12]) == (b"RIFF", b"WEBP")


def stripped(newcomer, output):
    image = json.loads(output)
    assert not any(image["privacy"].values())
    assert read(newcomer, image["url"]) == PHOTO


def tagged(newcomer, output):
    rows = json.loads(output)["results"]
    assert [row["status"] for row in rows] == [200] * 3


def counted(newcomer, output):
    assert {"tag": "trip", "count": 3} in json.loads(output)["tags"]


def sunday_found(newcomer, output):
    (image,) = json.loads(output)["images"]
    newcomer.image_id = image["image_id"]
    assert image["filename"] == "sunday.png"


def changed(newcomer, output):
    image = json.loads(output)
    assert (image["description"], image["tags"], image["version"]) == ("The last day", [], 3)


def trashed(newcomer, output):
    (image,) = json.loads(output)["images"]
    assert (image["image_id"], image["status"]) == (newcomer.image_id, "trashed")


def restored(newcomer, output):
    assert json.loads(output)["status"] == "ready"
    viewed(newcomer, output)


def deleted(newcomer, output):
    assert output == ""
    with pytest.raises(HTTPError, match="404"):
        read(newcomer, f"/images/{newcomer.image_id}")


def nothing_of_anas(newcomer, output):
    assert json.loads(output)["images"] == []


def secret_shown(newcomer, output):
    assert re.fullmatch(r"[0-9a-f]{64}\n", output)


def healthy(newcomer, output):
    assert {line.split()[0] for line in output.splitlines()} == {"ok"}
    assert output.splitlines()[-1].startswith("ok       delete")


def done(newcomer, output):
    """Expect nothing more than exit code 0."""


# How a command begins, and the check of its result.
OUTCOMES = {
    "python3 -m venv venv": done,
    ". venv/bin/activate": done,
    "pip install -r requirements-run.txt": done,
    "export ": done,
    'curl -X POST "http://localhost:8000/images" -F "user_id=user123" -F "image_data=': uploaded,
    'curl -X POST "http://localhost:8000/images" -F "user_id=user123" -F "strip=true"': stripped,
    "THUMB=$(curl ": done,
    "curl -o thumb.webp ": thumb_loaded,
    "ANSWER=$(curl ": done,
    'echo "$ANSWER"': begun,
    "URL=$(echo ": done,
    "curl -T docs/postman/beach.png ": sent,
    "printf ": uploaded,
    "for NAME in ": done,
    "IDS=$(curl ": done,
    'curl -X POST "http://localhost:8000/images/batch" ': tagged,
    'curl "http://localhost:8000/tags?': counted,
    'curl "http://localhost:8000/images?user_id=user123&tags=trip': sunday_found,
    "curl -X PATCH ": changed,
    'curl "http://localhost:8000/images?user_id=user123&status=trashed': trashed,
    'curl -X POST "http://localhost:8000/images/$ID/restore"': restored,
    'curl "http://localhost:8000/images?user_id=user123&tags=beach': listed,
    "ID=$(curl ": found,
    'curl "http://localhost:8000/images/$ID?download': viewed,
    'curl "http://localhost:8000/images/$ID?rendition': rendered,
    'curl -X DELETE "http://localhost:8000/images/$ID?trash=true"': done,
    'curl -X DELETE "http://localhost:8000/images/$ID"': deleted,
    "TOKEN=$(make ": done,
    'curl -H "Authorization: ': nothing_of_anas,
    "SECRET=$(openssl ": secret_shown,
    "make doctor": healthy,
}


def outcome(command):
    """Return the check of a command's result; a new command needs a row in the table."""
    checks = [check for start, check in OUTCOMES.items() if command.startswith(start)]
    assert len(checks) == 1, f"Give {command!r} a row in OUTCOMES or ELSEWHERE."
    return checks[0]


def read(newcomer, url):
    """Return the bytes at a URL, the service's own paths included."""
    with urlopen(url if url.startswith("http") else newcomer.address + url, timeout=10) as answer:
        return answer.read()


@pytest.fixture
def newcomer(tmp_path, ministack):
    """Someone in a folder with the files that git tracks, as they are now."""
    tracked = subprocess.check_output(["git", "-C", ROOT, "ls-files", "-z"], text=True)
    for name in tracked.rstrip("\0").split("\0"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    newcomer = Newcomer(tmp_path, ministack)
    yield newcomer
    newcomer.stop()


def test_every_command_does_what_the_text_says(newcomer):
    for command in commands():
        if command in SERVERS:
            newcomer.serve(command)
        elif command not in ELSEWHERE:
            if command.startswith("TOKEN="):
                newcomer.serve(newcomer.serving, AUTH="jwt", JWT_SECRET="not a secret" * 4)
            outcome(command)(newcomer, newcomer.paste(command))


@pytest.mark.parametrize("command", ELSEWHERE)
def test_what_is_not_pasted_here_is_run_by_a_check(command):
    check, words = ELSEWHERE[command]

    assert command in commands()
    assert words in (ROOT / check).read_text()
