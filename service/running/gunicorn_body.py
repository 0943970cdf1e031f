"""Check a request's headers, and read its body with gunicorn's reader to its end."""

import errno
import re

from gunicorn.http import errors

from service.common.errors import RequestTimeout
from service.running.gunicorn_sockets import TooSlow

# Limits all headers together, because gunicorn joins those of one name, and parsing a long one may
# be slow.
MOST_HEADER_BYTES = 65536
# Some clients send a body in small chunks, and even a small chunk takes time.
MOST_CHUNKS = 10_000
LEAST_CHUNK_BYTES = 512


class NoHost(errors.ParseException):
    """A request of HTTP/1.1 has no Host header."""


class BodyReader:
    """Reads a request's body on demand. If the app does not read it all, the connection closes."""

    def __init__(self, request, sock):
        self.request = request
        self.reader = request.body.reader
        self.sock = sock
        # gunicorn would answer 100 Continue before the app has read the headers.
        self.awaits_continue = request._expected_100_continue
        request._expected_100_continue = False
        self.broken = None
        if getattr(self.reader, "parser", None):
            self.reader.parser = limit_chunks(self.reader.parser)
        self.must_close = request.must_close
        if not self.at_end():
            request.force_close()

    def read(self, size):
        """Return at most size bytes. Raises RequestTimeout for a body that comes too slowly, and
        ConnectionResetError for one that is malformed.
        """
        if self.broken:
            raise self.broken
        if self.awaits_continue:
            self.awaits_continue = False
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            piece = self.reader.read(size)
        except TooSlow as error:
            pace = self.sock.pace
            self.broken = RequestTimeout(
                f"Fewer than {pace.least} bytes of the body arrived in {pace.seconds} s: "
                "send it again, over a faster connection."
            )
            raise self.broken from error
        except errors.ParseException as error:
            # An OSError: Werkzeug answers 400, gunicorn closes the connection and logs nothing.
            self.broken = ConnectionResetError(errno.ECONNRESET, str(error))
            raise self.broken from error
        if self.at_end():
            self.request.must_close = self.must_close
        return piece

    def at_end(self):
        """Tell whether the body has been read to its end."""
        return getattr(self.reader, "length", 0) == 0 and not getattr(self.reader, "parser", None)


def limit_chunks(chunks):
    """Yield the chunks of a body. Raises InvalidChunkSize if they are too many for its size."""
    most = MOST_CHUNKS
    for number, chunk in enumerate(chunks, 1):
        most += len(chunk) / LEAST_CHUNK_BYTES
        if number > most:
            raise errors.InvalidChunkSize(b"too many small chunks")
        yield chunk


def check_headers(req):
    """Refuse long headers and a missing Host; see a close in a list of Connection's options.

    gunicorn asks for no Host (RFC 9112, section 3.2) and reads Connection as one word (9.6).
    """
    if sum(len(value) for _, value in req.headers) > MOST_HEADER_BYTES:
        raise errors.LimitRequestHeaders("all headers together are too large")
    if req.version >= (1, 1) and not any(name == "HOST" for name, _ in req.headers):
        raise NoHost
    options = [value for name, value in req.headers if name == "CONNECTION"]
    if "close" in re.split("[ \t,]+", " ".join(options).lower()):
        req.must_close = True
