"""Running the service: what is checked before the start, and what is said when it is up."""

import contextlib
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
SWEEP_SECONDS = 600


def serve():
    """Become gunicorn, or run Werkzeug's server where there is no gunicorn. Never returns."""
    try:
        import gunicorn.arbiter  # noqa: F401
    except ImportError:
        serve_without_gunicorn()
    sys.stdout.flush()
    given = ["-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "main:app"]
    os.execv(sys.executable, [sys.executable, *given])


def serve_without_gunicorn():
    """Serve with threads in this process: Windows has no gunicorn."""
    from werkzeug.serving import run_simple

    from service.app import create_app

    try:
        app = create_app()
    except config.ConfigError as error:
        refuse_settings(error)
    settings = app.extensions["settings"]
    with prepare(app) or contextlib.nullcontext():
        say("There is no gunicorn here: Werkzeug's development server is used.")
        announce(app)
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


def prepare(app):
    """Check the port and make the store ready; a fault ends the process with one line.

    Returns the open file that the server must hold until its end, or None.
    """
    check_port(app.extensions["settings"])
    try:
        return app.extensions["store"].prepare(say)
    except StorageUnavailable as error:
        sys.exit(error.detail)


def start_sweeping(app):
    """Sweep now and every ten minutes, beside the requests of a worker, if the store wants it."""
    if app.extensions["store"].swept_by_server:
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


def announce(app):
    """Say where the service listens, where the images are, and what to try."""
    address, place = app.extensions["settings"].address, app.extensions["store"].place()
    say(
        f"Image service at {address}, version {VERSION}, images in {place}. "
        f"Try: curl -F user_id=me -F image_data=@photo.jpg {address}/images"
    )


def say(line):
    """Write a line for whoever started the server, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def reason(error):
    """Return what the system says about an OSError, in one phrase."""
    return error.strerror or str(error)
