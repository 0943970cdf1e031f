"""Send requests that the API document allows, and that it forbids: `make test-fuzz`.

EXAMPLES is how many requests each operation gets in each phase, SEED the random seed. Runs
schemathesis with all its checks against the embedded store, without tokens and with them. Exit
code 1 on any failure.
"""

import contextlib
import os
import random
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support import pictures
from tests.system import emulators

SCHEMATHESIS = "schemathesis==4.32.5"
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = os.environ.get("EXAMPLES", "2000")
SEED = os.environ.get("SEED") or str(random.randrange(10**6))
# The user_id of the document's examples, so that the token's owner has images.
USER = "user123"


def main():
    """Run without tokens and with them; end with exit code 1 when anything failed."""
    tool = emulators.installed("schemathesis", SCHEMATHESIS, emulators.install_environment)
    failed = [auth for auth in ("none", "jwt") if not fuzz(tool / "bin/schemathesis", auth)]
    sys.exit(f"FAILED with AUTH={' and '.join(failed)}, SEED={SEED}" if failed else None)


def fuzz(schemathesis, auth):
    """Tell whether a service with that AUTH passes."""
    with tempfile.TemporaryDirectory() as folder, service(Path(folder), auth) as (url, headers):
        write_pictures(Path(folder) / "pictures")
        command = [schemathesis, "--config-file", CONFIGURATION, "run", f"{url}/openapi.json"]
        command += ["--checks", "all", "--max-examples", EXAMPLES, "--seed", SEED, *headers]
        # The path of a batch is also that of an image with this id, which does not exist.
        command += ["--exclude-checks", "allow_header_conformance"]
        environ = os.environ | {"PYTHONPATH": str(emulators.ROOT)}
        environ |= {"PICTURES": f"{folder}/pictures"}
        return subprocess.run(command, cwd=folder, env=environ).returncode == 0


@contextlib.contextmanager
def service(folder, auth):
    """Run the service; give its address and, as arguments, the headers its callers send."""
    settings = {"DATA_DIR": str(folder / "data"), "LOG_LEVEL": "WARNING", "AUTH": auth}
    settings |= {"JWT_SECRET": secrets.token_hex(32)} if auth == "jwt" else {}
    settings |= {"PORT": str(emulators.free_port()), "FLASK_APP": "main"}
    headers = ["--header", f"Authorization: Bearer {token(settings)}"] if auth == "jwt" else []
    command = [sys.executable, "main.py"]
    with emulators.running(command, int(settings["PORT"]), settings, cwd=emulators.ROOT) as url:
        yield url, headers


def token(settings):
    """Return a token as an operator issues it."""
    command = [sys.executable, "-m", "flask", "token", "--user", USER, "--days", "1"]
    environ = os.environ | settings
    return subprocess.check_output(command, cwd=emulators.ROOT, env=environ, text=True).strip()


def write_pictures(folder):
    """Write pictures of every format that the service accepts; some are plain ASCII."""
    folder.mkdir()
    samples = {name: pictures.sample(name) for name in pictures.SAMPLES}
    samples |= {f"tiff {side}": ascii_tiff(side) for side in range(1, 9)}
    for name, data in samples.items():
        (folder / name).write_bytes(data)


def ascii_tiff(side):
    """Return a TIFF without a byte over 127."""
    return pictures.raw_tiff(pictures.strip_tags(side, side, side**2), bytes(side**2))


if __name__ == "__main__":
    main()
