"""Running the service: what is checked before the start, and what is said when it is up."""

import contextlib
import ctypes
import errno
import logging
import os
import socket
import sys
import threading
import time
from pathlib import Path

from service.common import config
from service.common.errors import StorageUnavailable
from service.common.version import VERSION

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
EMULATOR_SECONDS = 30
SWEEP_SECONDS = 600


def serve():
    """Become gunicorn, or run Werkzeug's server where there is no gunicorn. Never returns."""
    settings = load_settings()
    try:
        import gunicorn.arbiter  # noqa: F401
    except ImportError:
        serve_without_gunicorn(settings)
    sys.stdout.flush()
    given = ["-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "main:app"]
    os.execv(sys.executable, [sys.executable, *given])


def serve_without_gunicorn(settings):
    """Serve with threads in this process: Windows has no gunicorn."""
    from werkzeug.serving import run_simple

    from service.app import create_app

    check_port(settings)
    say("There is no gunicorn here: Werkzeug's development server is used.")
    announce(settings)
    app = create_app()
    start_sweeping(app)
    run_simple(settings.host, settings.port, app, threaded=True)
    sys.exit()


def load_settings():
    """Return the environment's Settings, or end the process with one line and exit code 2."""
    try:
        return config.load(os.environ)
    except config.ConfigError as error:
        refuse_settings(error)


def refuse_settings(error):
    """End the process because of its settings."""
    sys.stderr.write(f"{error}\n")
    sys.exit(2)


def prepare(arbiter, settings):
    """Check port and store in gunicorn's master before it listens; a fault ends it with a line."""
    check_port(settings)
    if settings.embedded:
        arbiter.data_lock = lock(settings.data_dir)
    if settings.use_localstack:
        prepare_emulator(settings)
    limit_arenas()
    # Its writing end closes with the master, however that ends, and its workers see it.
    arbiter.lifeline = os.pipe()


def limit_arenas():
    """Let threads share two of malloc's heaps: one each would keep what large uploads left there.

    M_ARENA_MAX of glibc's mallopt(3); other C libraries have no such thing.
    """
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).mallopt(-8, 2)


def enter_worker(arbiter, worker):
    """Leave the master's own files in a worker just forked: they must close with the master."""
    worker.lifeline, writing_end = arbiter.lifeline
    os.close(writing_end)
    if hasattr(arbiter, "data_lock"):
        os.close(arbiter.data_lock)


def start_sweeping(app):
    """Sweep the embedded store now and every ten minutes, beside the requests of a worker."""
    if app.extensions["settings"].embedded:
        threading.Thread(target=keep_sweeping, args=[app], name="sweep", daemon=True).start()


def keep_sweeping(app):
    """Sweep for as long as the process lives."""
    while True:
        try:
            app.extensions["sweep"].run()
        except Exception:
            # The next round finds what this one left; the thread must live to begin it.
            log.exception("sweep failed")
        time.sleep(SWEEP_SECONDS)


def check_port(settings):
    """End the process unless the port can be listened on."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
            probe.listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                sys.exit(
                    f"Port {settings.port} is taken, perhaps by the `app` of docker compose: stop "
                    f"that, or choose another port, for example PORT={settings.port % 65535 + 1}."
                )
            sys.exit(f"HOST={settings.host}, PORT={settings.port} cannot be used: {reason(error)}.")


def lock(data_dir):
    """Lock a data folder, made if missing; return the descriptor that holds the lock."""
    import fcntl

    from service.repositories.embedded.folders import make_folder

    try:
        make_folder(data_dir)
        descriptor = os.open(data_dir / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Another server is already running on DATA_DIR={data_dir}: stop it first.")
    except OSError as error:
        sys.exit(f"DATA_DIR={data_dir} cannot be written to: {reason(error)}.")
    return descriptor


def prepare_emulator(settings):
    """Wait for the emulator, then make bucket, table and indexes."""
    from service.repositories.aws import clients, provision

    say(f"Making bucket and table at {settings.aws_endpoint_url}, if it answers in 30 s.")
    end = time.monotonic() + EMULATOR_SECONDS
    session = clients.new_session(settings)
    while True:
        try:
            return provision.complete(settings, *provision.patient_clients(session, settings))
        except StorageUnavailable as error:
            if time.monotonic() > end:
                sys.exit(
                    f"The emulator at {settings.aws_endpoint_url} does not work "
                    f"({error.facts['code']}): start it, or set AWS_ENDPOINT_URL."
                )
            time.sleep(0.5)


def announce(settings):
    """Say where the service listens, where the images lie, and what to try."""
    place = f"bucket {settings.bucket_name} and table {settings.table_name}"
    if settings.embedded:
        place = f"{settings.data_dir.resolve()}"
    say(
        f"Image service at {settings.address}, version {VERSION}, images in {place}. "
        f"Try: curl -F user_id=me -F image_data=@photo.jpg {settings.address}/images"
    )


def say(line):
    """Write a line for whoever started the server, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def reason(error):
    """Return what the system says about an OSError, in one phrase."""
    return error.strerror or str(error)
