"""gunicorn's threaded worker, made safe against slow clients and honest about broken requests."""

import contextlib
import logging
import os
import secrets
import select
import selectors
import signal
import socket
import time
from urllib.parse import unquote

from gunicorn import util
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from service.common.errors import (
    MEDIA_TYPE,
    BadRequest,
    ExpectationFailed,
    HeadersTooLarge,
    InternalError,
    UrlTooLong,
)
from service.running.gunicorn_body import BodyReader

log = logging.getLogger(__name__)

# A refused sender reads the answer only when its whole body was taken.
LINGER_SECONDS = 5
LINGER_BYTES = 64 << 20

# How long a thread stays with a kept connection: whoever asks again, mostly asks at once.
FOLLOW_MILLISECONDS = 50
# Blocked while a worker is forked: it would take them for the master's, and lose them.
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)

# gunicorn joins headers of one name, and what reads them may be slow: bound them together as well.
MOST_HEADER_BYTES = 65536
# The error of ours that is told for an exception: the first row that fits.
REFUSALS = (
    (errors.LimitRequestLine, UrlTooLong()),
    (errors.LimitRequestHeaders, HeadersTooLarge()),
    (errors.ExpectationFailed, ExpectationFailed()),
    ((errors.InvalidResponseHeader, errors.InvalidResponseHeaderName), InternalError()),
    (errors.ParseException, BadRequest("Send a well-formed HTTP/1.1 request.")),
    (Exception, InternalError()),
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
        """Answer requests that follow at once; keep or close the connection. Runs in a thread."""
        try:
            kept = self.answer(conn)
            while kept is True and self.alive and self.follows(conn):
                kept = self.answer(conn)
        finally:
            del self.deadlines[conn]
        # gunicorn would linger for a slow client in the main loop, and so keep everybody waiting.
        if kept is False:
            util.close_graceful(conn.sock, LINGER_SECONDS, LINGER_BYTES)
        return kept

    def answer(self, conn):
        """Answer one request. Returns whether the connection is kept."""
        self.deadlines[conn] = time.monotonic() + self.header_seconds
        return super().handle(conn)

    def follows(self, conn):
        """Wait a moment for the next request while threads are plenty: it saves two handings-over.

        The way through the main loop and back takes a fifth of a view's CPU time.
        """
        if len(self.deadlines) > self.cfg.threads // 2:
            return False
        if conn.parser.unreader.buf.getvalue():
            return True
        waiting = select.poll()
        waiting.register(conn.sock, select.POLLIN)
        return bool(waiting.poll(FOLLOW_MILLISECONDS))

    def _keepalive_after(self, conn, keepalive):
        """Tell whether a connection can be kept; what was read to its end needs no draining."""
        body = conn.parser.mesg.body
        if keepalive and body.reader.at_end() and not body.reader.broken:
            conn.parser.mesg = None
            return True
        return super()._keepalive_after(conn, keepalive)

    def finish_request(self, conn, future):
        """Take back a connection from its thread. Runs in the main loop."""
        if conn.sock.fileno() < 0:
            self.nr_conns -= 1
        else:
            super().finish_request(conn, future)

    def handle_request(self, req, conn):
        """Let the app answer a request whose headers are complete."""
        if sum(len(value) for _, value in req.headers) > MOST_HEADER_BYTES:
            raise errors.LimitRequestHeaders("headers too large together")
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

    def handle_error(self, req, client, _addr, exc):
        """Answer what never reached the app, or broke outside it, as a problem."""
        error = next(told for kind, told in REFUSALS if isinstance(exc, kind))
        request_id = secrets.token_hex(8)
        facts = {"status": error.status, "kind": type(exc).__name__, "request_id": request_id}
        if error.status == 500:
            log.error("unexpected error", extra=facts, exc_info=exc)
        else:
            log.info("malformed request refused", extra=facts)
        # The path is unknown if the headers could not be read.
        members = {"instance": req and unquote(req.path), "request_id": request_id}
        content = self.wsgi.extensions["problem_bytes"](error, error.detail, **members)
        with contextlib.suppress(OSError):
            client.sendall(head(error, len(content), request_id) + content)


def head(error, length, request_id):
    """Return the status line and the headers of an error's answer."""
    return (
        f"HTTP/1.1 {error.status} {error.title}\r\n"
        "Connection: close\r\n"
        f"Content-Type: {MEDIA_TYPE}\r\n"
        f"Content-Length: {length}\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        f"X-Request-Id: {request_id}\r\n"
        "\r\n"
    ).encode()
