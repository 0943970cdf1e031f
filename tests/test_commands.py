"""The operator's commands, run as `python main.py <command>`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jwt
import pytest

from tests.support.signed_tokens import SECRET

ROOT = Path(__file__).resolve().parents[1]
MAIN = (ROOT / "main.py",)
FLASK = ("-m", "flask", "--app", ROOT / "main.py")
COMMANDS = (
    "doctor",
    "export",
    "import",
    "provision",
    "render",
    "restore",
    "stats",
    "sweep",
    "token",
)


@pytest.fixture
def run(tmp_path):
    """Run Python in another folder than that of the code, as a timer would."""

    def run(*command, **settings):
        own = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data")}
        return subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env=own | settings,
            capture_output=True,
            text=True,
        )

    return run


@pytest.mark.parametrize("program", [MAIN, FLASK], ids=["main", "flask"])
def test_a_token_is_printed(run, program):
    done = run(*program, "token", "--user", "ana", "--days", "1", AUTH="jwt", JWT_SECRET=SECRET)

    assert (done.returncode, done.stderr) == (0, "")
    assert jwt.decode(done.stdout.strip(), SECRET, ["HS256"])["sub"] == "ana"


@pytest.mark.parametrize("program", [MAIN, FLASK], ids=["main", "flask"])
def test_a_sweep_and_an_audit_print_their_figures(run, program):
    swept, audited = run(*program, "sweep"), run(*program, "sweep", "--audit")

    assert json.loads(swept.stdout)["failed"] == json.loads(audited.stdout)["faults"] == 0
    assert swept.returncode == audited.returncode == 0


def test_the_doctor_is_asked(run):
    done = run(*MAIN, "doctor", "--json", PORT="1")

    assert json.loads(done.stdout)["checks"][-1]["check"] == "delete"


def test_what_a_command_refuses_is_exit_code_one(run):
    done = run(*MAIN, "provision")

    assert done.returncode == 1
    assert done.stderr == "Error: Nothing to create: the embedded store creates its own files.\n"


def test_help_lists_the_commands_whatever_the_settings(run):
    done = run(*MAIN, "--help", MAX_IMAGE_SIZE="10MB")

    assert done.returncode == 0
    assert all(f"\n  {command} " in done.stdout for command in COMMANDS)


@pytest.mark.parametrize("word", ["swep", "run", "serve", "8001"])
def test_an_unknown_command_says_which_there_are(run, word):
    done = run(*MAIN, word)

    assert done.returncode == 2
    assert f"There are {', '.join(COMMANDS)}; without a command the service starts" in done.stderr
