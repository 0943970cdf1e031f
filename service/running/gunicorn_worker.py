"""gunicorn's threaded worker, with time limits for slow clients and answers to bad requests."""

import contextlib
import logging
import os
import secrets
import select
import selectors
import signal
from urllib.parse import unquote

from gunicorn.http import errors, wsgi

from service.common.errors import (
    MEDIA_TYPE,
    BadRequest,
    ExpectationFailed,
    HeadersTooLarge,
    InternalError,
    RequestTimeout,
    UrlTooLong,
)
from service.running.gunicorn_body import BodyReader, NoHost, check_headers
from service.running.gunicorn_loop import LoopWorker
from service.running.gunicorn_outbox import Answer
from service.running.gunicorn_sockets import TooSlow

log = logging.getLogger(__name__)


# How long a thread waits for the next request on a connection: most clients send it at once.
FOLLOW_MILLISECONDS = 50
# Blocked during the fork of a worker: until init_signals the worker would lose them.
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)

# (exception, error of the service that answers it): the first row that fits.
REFUSALS = (
    (TooSlow, RequestTimeout("The headers did not arrive in time: send them at once.")),
    (errors.LimitRequestLine, UrlTooLong()),
    (errors.LimitRequestHeaders, HeadersTooLarge()),
    (errors.ExpectationFailed, ExpectationFailed()),
    ((errors.InvalidResponseHeader, errors.InvalidResponseHeaderName), InternalError()),
    (NoHost, BadRequest("Send a Host header with a host name, and a port if there is one.")),
    (errors.ParseException, BadRequest("Send a well-formed HTTP/1.1 request.")),
    (Exception, InternalError()),
)


def keep_stop_signals():
    """Block stop signals during the fork of a worker, until its init_signals."""
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS),
    )


class ImageWorker(LoopWorker):
    """A threaded worker in which no client keeps a thread for ever or blocks the others."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.lifeline = None

    def init_signals(self):
        """Set the signal handlers, then receive the signals that came since the fork."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def handle_quit(self, sig, frame):
        """End at once (SIGINT, SIGQUIT). Threads at work end first, but wait for no client."""
        # In the main loop: the signal may have come while this thread has a lock of the threads.
        self.method_queue.defer(self.quit, sig, frame)

    def quit(self, sig, frame):
        """End at once. Runs in the main loop."""
        self.tpool.quit()
        super().handle_quit(sig, frame)

    def run(self):
        """Serve until a stop signal comes or the master ends."""
        # Workers of a killed master would keep the port, and a new server could not listen.
        self.poller.register(self.lifeline, selectors.EVENT_READ, lambda _file: os._exit(1))
        super().run()

    def set_accept_enabled(self, enabled):
        """Accept connections or not. A worker that stops refuses them. Runs in the main loop."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            # gunicorn would let new clients wait, without an answer, until the last request ends.
            for listener in self.sockets:
                listener.close()

    def handle(self, conn):
        """Answer requests that follow at once; tell whether the connection is kept.

        Runs in a thread.
        """
        kept = self.answer(conn)
        while kept and not conn.sock.outbox and self.follows(conn):
            kept = self.answer(conn)
        return kept

    def answer(self, conn):
        """Answer the request whose head has arrived. Return whether the connection is kept."""
        conn.init()
        conn.parser.unreader.unread(bytes(conn.head.buffer))
        kept = super().handle(conn)
        if kept:
            start = conn.parser.unreader.take_buffered()
            conn.head = self.new_head(conn.sock, start, self.cfg.keepalive)
        return kept

    def follows(self, conn):
        """Wait briefly for the next head, if more than half of the threads are free.

        It saves two switches between threads, which take a fifth of the CPU time of a view.
        """
        if not self.alive or self.tpool.working() > self.cfg.threads // 2:
            return False
        # The main loop meets the same error again.
        with contextlib.suppress(OSError, errors.ParseException):
            if conn.head.buffer and conn.head.step():
                return True
            waiting = select.poll()
            waiting.register(conn.sock, select.POLLIN)
            return bool(waiting.poll(FOLLOW_MILLISECONDS)) and conn.head.step()
        return False

    def _keepalive_after(self, conn, keepalive):
        """Tell whether a connection can be kept. A body read to its end needs no draining."""
        reader = conn.parser.mesg.body.reader
        conn.parser.mesg = None
        return keepalive and reader.at_end() and not reader.broken

    def handle_request(self, req, conn):
        """Let the app answer a request whose headers are complete; tell whether both go on.

        Not gunicorn's own, which calls hooks, keeps times and sends the head apart.
        """
        check_headers(req)
        conn.sock.pace.restart()
        req.body.reader = BodyReader(req, conn.sock)
        answer, variables = wsgi.create(req, conn.sock, conn.client, conn.server, self.cfg, Answer)
        variables["wsgi.multithread"] = True
        if not self.alive or self.max_keepalived <= 0:
            answer.force_close()
        pieces = self.wsgi(variables, answer.start_response)
        try:
            answer.send(pieces)
        except Exception as error:
            if isinstance(error, OSError) or not answer.headers_sent:
                raise
            # The client would take a second answer for a part of this one.
            log.exception("answer broken off")
            return False
        finally:
            if hasattr(pieces, "close"):
                pieces.close()
        return not answer.should_close()

    def handle_error(self, req, client, addr, exc):
        """Answer a request that did not reach the app, or failed outside it, with a problem."""
        error = next(refusal for kind, refusal in REFUSALS if isinstance(exc, kind))
        request_id = secrets.token_hex(8)
        facts = {"status": error.status, "kind": type(exc).__name__, "request_id": request_id}
        if self.wsgi.extensions["settings"].log_clients:
            facts["client"] = addr[0] if addr else None
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
