"""Search with a coverage-guided fuzzer for inputs that break the service: `make test-fuzz-deep`.

FUZZ_SECONDS is how long each target runs. Useful inputs are kept in .tools/fuzz and used again;
inputs that break the service are kept there too, under crashes. Exit code 1 if there is one.
Needs Linux and Python 3.12 or newer.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile

from tests.fuzz import api_fuzz
from tests.support import hostile_pictures, pictures
from tests.system import emulators

ATHERIS = "atheris==3.1.0"
SECONDS = os.environ.get("FUZZ_SECONDS", "600")
KEPT = emulators.TOOLS / "fuzz"
# The most seconds for one input, and the most megabytes for the process.
LIMITS = ["-timeout=10", "-rss_limit_mb=1024", "-max_len=20000"]


def main():
    """Run both targets; end with exit code 1 if an input broke one."""
    environment = emulators.installed("atheris", ATHERIS, install)
    picture_seeds = list(small_pictures())
    seeds = {"inspect_images": picture_seeds, "read_bodies": list(bodies(picture_seeds))}
    broken = [target for target in seeds if not fuzz(environment, target, seeds[target])]
    sys.exit(f"FAILED: {' and '.join(broken)}: see {KEPT}/*/crashes" if broken else None)


def install(folder, package):
    """Install the fuzzer and what the service needs."""
    emulators.install_environment(folder, package)
    pip = [folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check"]
    lock = emulators.ROOT / "requirements-run.lock"
    subprocess.run([*pip, "--require-hashes", "--requirement", lock], check=True)


def fuzz(environment, target, seeds):
    """Tell whether a target ran for the whole time without a failure."""
    found, seeded, crashes = (KEPT / target / name for name in ("found", "given", "crashes"))
    for folder in (found, seeded, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (seeded / str(number)).write_bytes(seed)
    with tempfile.TemporaryDirectory() as data_dir:
        command = [environment / "bin/python", "-m", f"tests.fuzz.{target}", *LIMITS]
        command += [f"-max_total_time={SECONDS}", f"-artifact_prefix={crashes}/", found, seeded]
        environ = os.environ | {"DATA_DIR": data_dir}
        return subprocess.run(command, cwd=emulators.ROOT, env=environ).returncode == 0


def small_pictures():
    """Yield pictures of every format as first inputs."""
    yield from (pictures.sample(name) for name in pictures.SAMPLES)
    yield from hostile_pictures.polyglots().values()
    yield from hostile_pictures.FOREIGN.values()
    yield api_fuzz.ascii_tiff(8)
    yield hostile_pictures.tiff_loop()


def bodies(seeds):
    """Yield uploads of these pictures, as forms and as JSON."""
    for picture in seeds:
        fields = {"user_id": "ana", "filename": "a.png", "tags": ["a", "é"], "description": "\n"}
        fields["image_data"] = base64.b64encode(picture).decode()
        yield b"\0" + json.dumps(fields).encode()
        yield b"\1" + form(picture)


def form(picture):
    """Return a form with a picture."""
    texts = {"user_id": "ana", "filename": "é.png", "tags": "a, b", "description": "c"}
    head = b'--x\r\nContent-Disposition: form-data; name="'
    parts = [head + f'{name}"\r\n\r\n{text}\r\n'.encode() for name, text in texts.items()]
    file = head + b'image_data"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    return b"".join(parts) + file + picture + b"\r\n--x--\r\n"


if __name__ == "__main__":
    main()
