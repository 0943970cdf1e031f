"""Every command of the README, pasted in order into a fresh clone, as git would make it."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from service.common.config import SETTINGS
from tests.system import readme_outcomes
from tests.system.emulators import ROOT, free_port

TEXT = "\n".join((ROOT / name).read_text() for name in ("README.md", "docs/SECURITY.md"))
SERVERS = {"make run", "python main.py"}
# It runs these lines of the README as they are, with another name.
CLOSED = (
    "docker run --init --read-only --tmpfs /tmp --cap-drop ALL"
    " --security-opt no-new-privileges --pids-limit 512 "
)
OWN_SERVER = ("tests/packaging/own_server.sh", "$(five_lines | ")
# Commands that need Docker, npm or minutes: the check that runs them, and text of that check.
ELSEWHERE = {
    "docker compose up": ("tests/packaging/containers.sh", "docker compose up --detach --wait"),
    "docker compose up -d localstack": (
        "tests/packaging/containers.sh",
        "docker compose up --detach",
    ),
    CLOSED + "-p 127.0.0.1:8000:8000 -v images:/data image-service": (
        "tests/packaging/closed_container.sh",
        'readme_line ""',
    ),
    CLOSED.replace("run", "run --rm")
    + "--env-file settings.env image-service python main.py sweep": (
        "tests/packaging/closed_container.sh",
        'readme_line " python main.py sweep"',
    ),
    'echo "DOMAIN=photos.example.com" > .env': OWN_SERVER,
    'echo "JWT_SECRET=$(openssl rand -hex 32)" >> .env': OWN_SERVER,
    "chmod 600 .env": OWN_SERVER,
    "docker compose up -d caddy": OWN_SERVER,
    "docker compose exec photos python main.py token --user ana --days 90": OWN_SERVER,
    "npm ci": ("tests/packaging/tools.sh", "npm ci"),
    "aws secretsmanager create-secret --region us-east-1 --name image-service-tokens "
    '--secret-string "$(openssl rand -hex 32)"': (
        "tests/packaging/deploy.sh",
        "make_secret tokens",
    ),
    "npx osls deploy --verbose --param auth=jwt --param jwt-secret-id=image-service-tokens": (
        "tests/packaging/deploy.sh",
        "osls deploy --param jwt-secret-id=tokens",
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
            readme_outcomes.of(command)(newcomer, newcomer.paste(command))


@pytest.mark.parametrize("command", ELSEWHERE)
def test_what_is_not_pasted_here_is_run_by_a_check(command):
    check, words = ELSEWHERE[command]

    assert command in commands()
    assert words in (ROOT / check).read_text()
