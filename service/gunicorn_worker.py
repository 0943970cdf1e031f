"""gunicorn's threaded worker, made safe against slow clients and honest about broken requests."""

import contextlib
import errno
import json
import logging
import os
import secrets
import selectors
import signal
import socket
import time

from gunicorn import util
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

log = logging.getLogger(__name__)

# A refused sender reads the answer only when its whole body was taken.
LINGER_SECONDS = 5
LINGER_BYTES = 64 << 20

# Blocked while a worker is forked: it would take them for the master's, and lose them.
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)

# Titles are our own: Python's phrases, and so the problems' types, differ between versions.
FAULT = (500, "Internal error", "The fault is ours. Report it with the request_id.")
HEADERS = "Send at most 100 headers of at most 8190 bytes each."
REFUSALS = (
    (errors.LimitRequestLine, (414, "URL too long", "Send a URL of at most 8190 bytes.")),
    (errors.LimitRequestHeaders, (431, "Headers too large", HEADERS)),
    (errors.ExpectationFailed, (417, "Expectation failed", "Expect only 100-continue.")),
    ((errors.InvalidResponseHeader, errors.InvalidResponseHeaderName), FAULT),
    (errors.ParseException, (400, "Bad request", "Send a well-formed HTTP/1.1 request.")),
    (Exception, FAULT),
)


def keep_stop_signals():
    """Let no order to stop get lost between the fork of a worker and its init_signals."""
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS),
    )


class ImageWorker(ThreadWorker):
    """A threaded worker in which no client keeps a thread for ever or stalls the others."""

    # gunicorn itself waits for ever: whoever dribbles would keep a thread each.
    header_seconds = 20
    request_seconds = 180

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.deadlines = {}
        self.lifeline = None

    def init_signals(self):
        """Take the signals of a worker, and so whatever came since the fork."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def run(self):
        """Serve until told to stop, or until the master is gone."""
        # A killed master's orphans would keep the port from its successor.
        self.poller.register(self.lifeline, selectors.EVENT_READ, lambda _file: os._exit(1))
        super().run()

    def set_accept_enabled(self, enabled):
        """Take new connections or not; told to stop, refuse them. Runs in the main loop."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            # gunicorn would let callers wait, unheard, for as long as a request still runs.
            for listener in self.sockets:
                listener.close()

    def handle(self, conn):
        """Answer one request, then close the connection unless it is kept. Runs in a thread."""
        self.deadlines[conn] = time.monotonic() + self.header_seconds
        try:
            kept = super().handle(conn)
        finally:
            del self.deadlines[conn]
        # gunicorn would linger for a slow client in the main loop, and so keep everybody waiting.
        if kept is False:
            util.close_graceful(conn.sock, LINGER_SECONDS, LINGER_BYTES)
        return kept

    def finish_request(self, conn, future):
        """Take back a connection from its thread. Runs in the main loop."""
        if conn.sock.fileno() < 0:
            self.nr_conns -= 1
        else:
            super().finish_request(conn, future)

    def handle_request(self, req, conn):
        """Let the app answer a request whose headers are complete."""
        self.deadlines[conn] = time.monotonic() + self.request_seconds
        req.body.reader = BodyReader(req, conn.sock)
        return super().handle_request(req, conn)

    def murder_pending(self):
        """Hang up on connections whose time is over. Runs in the main loop, every second."""
        super().murder_pending()
        now = time.monotonic()
        for conn, deadline in list(self.deadlines.items()):
            if deadline < now:
                with contextlib.suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RDWR)

    def handle_error(self, _req, client, _addr, exc):
        """Answer what never reached the app, or broke outside it, as problem+json."""
        status, title, detail = next(told for kind, told in REFUSALS if isinstance(exc, kind))
        request_id = secrets.token_hex(8)
        facts = {"status": status, "kind": type(exc).__name__, "request_id": request_id}
        if status == 500:
            log.error("unexpected error", extra=facts, exc_info=exc)
        else:
            log.info("malformed request refused", extra=facts)
        with contextlib.suppress(OSError):
            client.sendall(problem(status, title, detail, request_id=request_id))


class BodyReader:
    """Reads a request's body when the app asks for it; until its end the connection is not kept."""

    def __init__(self, request, sock):
        self.request = request
        self.reader = request.body.reader
        self.sock = sock
        # gunicorn would invite the body before the app has seen the headers.
        self.awaits_continue = request._expected_100_continue
        request._expected_100_continue = False
        self.broken = None
        if not self.at_end():
            request.force_close()

    def read(self, size):
        """Return at most size bytes. Raises ConnectionResetError for a body that is malformed."""
        if self.broken:
            raise self.broken
        if self.awaits_continue:
            self.awaits_continue = False
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            piece = self.reader.read(size)
        except errors.ParseException as error:
            # Werkzeug makes a 400 of an OSError, and gunicorn closes the connection quietly.
            self.broken = ConnectionResetError(errno.ECONNRESET, str(error))
            raise self.broken from error
        if self.at_end():
            self.request.must_close = False
        return piece

    def at_end(self):
        """Tell whether nothing more will come."""
        return getattr(self.reader, "length", 0) == 0 and not getattr(self.reader, "parser", None)


def problem(status, title, detail, *, request_id):
    """Return the bytes of a whole HTTP answer."""
    body = {
        "type": f"/problems/{title.lower().replace(' ', '-')}",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": request_id,
    }
    content = json.dumps(body, separators=(",", ":")) + "\n"
    return (
        f"HTTP/1.1 {status} {title}\r\n"
        "Connection: close\r\n"
        "Content-Type: application/problem+json\r\n"
        f"Content-Length: {len(content)}\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        f"X-Request-Id: {request_id}\r\n"
        f"\r\n{content}"
    ).encode()
