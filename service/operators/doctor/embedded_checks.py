"""The checks for the embedded store: folder, disk, database, signing secret, server."""

import contextlib
import os
import shlex
import shutil
import threading

from werkzeug.serving import WSGIRequestHandler, make_server

from service.common.errors import StorageUnavailable
from service.operators.doctor.findings import Concern, Fault
from service.operators.doctor.public_url import check_public_url
from service.operators.doctor.round_trip import RoundTrip
from service.operators.doctor.visits import Unreachable, visit
from service.repositories.embedded.file_urls import SECRET_BYTES
from service.repositories.embedded.folders import make_folder, open_to_others

LEAST_FREE_BYTES = 256 * 1024 * 1024


class EmbeddedChecks:
    """The checks for an app on the embedded store. disk_usage(folder).free is in bytes."""

    def __init__(self, app, *, disk_usage=shutil.disk_usage):
        self.app = app
        self.settings = app.extensions["settings"]
        self.image_service = app.extensions["image_service"]
        self.store = app.extensions["store"]
        self.disk_usage = disk_usage
        self.address = None

    def checks(self, stack):
        """Return rows of (name, check). Closing the ExitStack removes what they create."""
        trip = RoundTrip(self.image_service, self.visit, self.explain)
        stack.callback(trip.clean_up)
        return [
            ("data folder", self.folder),
            ("disk space", self.disk),
            ("database", self.database),
            ("URL secret", self.secret),
            ("server", lambda: self.find_server(stack)),
            *([("public URL", self.public_url)] if self.settings.public_url else []),
            *trip.checks(),
        ]

    def folder(self):
        """Check that DATA_DIR can be written to, by this user alone."""
        folder = self.settings.data_dir
        try:
            make_folder(folder / "objects")
        except OSError as error:
            raise Fault(f"DATA_DIR={folder} cannot be created: {error.strerror}.") from error
        if not all(os.access(path, os.W_OK | os.X_OK) for path in (folder, folder / "objects")):
            raise Fault(
                f"DATA_DIR={folder} cannot be written to: make this user its owner (chown)."
            )
        opened = open_to_others(folder)
        if opened:
            names = ", ".join(str(path) for path in opened)
            line = shlex.join(["chmod", "-R", "go=", str(folder)])
            raise Concern(f"Other users of this machine may use {names}: {line}")
        return f"{folder.resolve()} can be written to, by this user alone"

    def disk(self):
        """Check that the disk has space for more images."""
        free = self.disk_usage(self.settings.data_dir).free
        needed = max(LEAST_FREE_BYTES, 2 * self.settings.max_image_size)
        megabytes = f"{free // 2**20} MiB free"
        if free < needed:
            raise Fault(f"{megabytes}: free some space, or move DATA_DIR to a larger disk.")
        return megabytes

    def database(self):
        """Check that the database is not damaged, nor written by a newer version."""
        database = self.store.database
        if database.is_newer():
            raise Fault(
                f"{database.path} was written by a newer version of the service: run that version, "
                "or choose another DATA_DIR."
            )
        try:
            (answer,), *_ = database.read("doctor", "PRAGMA quick_check(1)", ())
        except StorageUnavailable as error:
            answer = error.facts["reason"]
        if answer != "ok":
            raise Fault(f"{database.path} is damaged ({answer}): replace it by a backup.")
        return f"{database.path.name} is not damaged"

    def secret(self):
        """Check that the secret of the file URLs is long, and that only its owner can read it."""
        urls = self.store.file_urls
        path = urls.secret_path
        try:
            size = len(urls.read_secret())
        except StorageUnavailable as error:
            raise Fault(f"{path} cannot be read: make this user its owner (chown).") from error
        if size < SECRET_BYTES:
            raise Fault(
                f"{path} has only {size} bytes: stop the server and delete the file. The next "
                "start creates a new one, and URLs from before stop working."
            )
        if path.stat().st_mode & 0o077:
            raise Concern(f"Other users can read {path} and sign URLs with it: chmod 600 {path}")
        return "exists, and only its owner can read it"

    def find_server(self, stack):
        """Check who answers at the service's address. If nothing does, start a server briefly."""
        self.address = self.settings.address
        try:
            answer = visit(f"{self.address}/health")
        except Unreachable:
            self.address = stack.enter_context(serving(self.app))
            return "not running, so the doctor starts one for the next checks"
        if b'"status":"ok"' not in answer.body:
            raise Fault(f"Another program answers at {self.address}: choose another PORT.")
        return f"answers at {self.address}"

    def public_url(self):
        """Check that PUBLIC_URL leads to the running server; file URLs are then opened there."""
        if self.address != self.settings.address:
            raise Concern("Not tried, because the server is not running.")
        found = check_public_url(self.settings.public_url)
        self.address = self.settings.public_url
        return found

    def explain(self, answer, url, reason=None):
        """Return why a file URL does not open, and what to do."""
        if answer and self.address == self.settings.public_url:
            return (
                f"PUBLIC_URL={self.address} answers {answer.status}: the proxy leads to another "
                "service than this one, or it changes the path or the query."
            )
        return explain(answer, url, reason)

    def visit(self, url):
        """Return the server's Answer to a path of the service."""
        return visit(self.address + url)


@contextlib.contextmanager
def serving(app, host="127.0.0.1"):
    """Serve the app on a free port of this machine; yield its address."""
    server = make_server(host, 0, app, threaded=True, request_handler=QuietRequestHandler)
    # shutdown() waits at most this long, in seconds.
    options = {"poll_interval": 0.02}
    thread = threading.Thread(target=server.serve_forever, kwargs=options, name="doctor")
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class QuietRequestHandler(WSGIRequestHandler):
    """Keeps the doctor's requests out of the log."""

    def log(self, *_line):
        """Log nothing."""


def explain(answer, _url, reason=None):
    """Return a text: why a file URL of the service does not open, and what to do."""
    if answer is None:
        return f"The server does not answer ({reason}): start it again."
    if answer.status == 403:
        return "The server refuses the URL: it uses another DATA_DIR. Stop it, or set its DATA_DIR."
    return f"The server answers {answer.status}: it uses another DATA_DIR, or has a fault."
