"""Starts the service: checks before the start, an announcement after it."""

import contextlib
import errno
import logging
import os
import shlex
import socket
import sys
import threading
import time
from pathlib import Path

from service.common import config
from service.common.errors import StorageUnavailable
from service.common.version import VERSION
from service.running.addresses import bracketed, reachable_addresses

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
SWEEP_SECONDS = 600


def serve():
    """Replace this process by gunicorn, or run Werkzeug's server without it. Never returns."""
    try:
        import gunicorn.arbiter  # noqa: F401
    except ImportError:
        serve_without_gunicorn()
    sys.stdout.flush()
    arguments = ["-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "main:app"]
    os.execv(sys.executable, [sys.executable, *arguments])


def serve_without_gunicorn():
    """Serve with threads of this process, because Windows has no gunicorn."""
    from werkzeug.serving import run_simple

    from service.app import create_app

    try:
        app = create_app()
    except config.ConfigError as error:
        refuse_settings(error)
    settings = app.extensions["settings"]
    with prepare(app) or contextlib.nullcontext():
        say("There is no gunicorn here, so Werkzeug's development server is used.")
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
    """End the process with an error of its settings, and exit code 2."""
    sys.stderr.write(f"{error}\n")
    sys.exit(2)


def prepare(app):
    """Check the port and prepare the store. An error ends the process with one line.

    Returns a file that the server must keep open until it ends, or None.
    """
    check_port(app.extensions["settings"])
    try:
        return app.extensions["store"].prepare(say)
    except StorageUnavailable as error:
        sys.exit(error.detail)


def start_sweeping(app, wait_for_turn=None):
    """Start a thread that sweeps now and every ten minutes, if the store needs it.

    wait_for_turn: returns once no other process sweeps.
    """
    if app.extensions["store"].swept_by_server:
        arguments = [app, wait_for_turn or (lambda: None)]
        threading.Thread(target=keep_sweeping, args=arguments, name="sweep", daemon=True).start()


def keep_sweeping(app, wait_for_turn):
    """Sweep again and again until the process ends."""
    wait_for_turn()
    while True:
        try:
            app.extensions["sweep"].run()
        except Exception:
            # Any error: the thread must not end, because the next sweep does what this one left.
            log.exception("sweep failed")
        time.sleep(SWEEP_SECONDS)


def check_port(settings):
    """End the process if it cannot listen on the port."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
            probe.listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                sys.exit(
                    f"Port {settings.port} is taken, perhaps by `app` of docker compose: stop it, "
                    f"or choose another port, for example PORT={settings.port % 65535 + 1}."
                )
            sys.exit(f"HOST={settings.host}, PORT={settings.port} cannot be used: {reason(error)}.")


def announce(app):
    """Print where the service listens, where the images are, and a command to try."""
    settings, place = app.extensions["settings"], app.extensions["store"].place()
    hint = first_upload(settings)
    say(f"Image service at {settings.address}, version {VERSION}, images in {place}. {hint}")
    if settings.auth == "none":
        warn_of_strangers(settings)


def first_upload(settings):
    """Return what to type for a first upload, with a token where one is needed."""
    url = f"{settings.address}/images"
    if settings.auth == "none":
        return f"Try: curl -F user_id=me -F image_data=@photo.jpg {url}"
    upload = f'curl -H "Authorization: Bearer $TOKEN" -F image_data=@photo.jpg {url}'
    if settings.jwt_jwks_url:
        return f"Try, with a TOKEN from your issuer: {upload}"
    command = shlex.join([sys.executable, str(ROOT / "main.py"), "token"])
    return (
        f"Try, in a shell with the same settings: TOKEN=$({command} --user me --days 1); {upload}"
    )


def warn_of_strangers(settings):
    """Warn whoever started a server without tokens that others can reach it, and where."""
    addresses = reachable_addresses(settings.host)
    if addresses:
        places = " and ".join(
            f"http://{bracketed(address)}:{settings.port}" for address in addresses
        )
        sys.stderr.write(
            f"Warning: HOST={settings.host} with AUTH=none: whoever reaches {places} may list, "
            "view and delete every image. Set HOST=127.0.0.1 or AUTH=jwt.\n"
        )
        sys.stderr.flush()


def say(line):
    """Write a line to stdout at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def reason(error):
    """Return the text of an OSError without its number."""
    return error.strerror or str(error)
