"""Fetch a URL within one deadline, however slowly its server sends."""

import functools
import http.client
import io
import time
import urllib.request


class TimedReads(io.RawIOBase):
    """Reads what a socket receives until a deadline, a time of time.monotonic."""

    def __init__(self, raw, sock, end):
        super().__init__()
        self.raw = raw
        self.sock = sock
        self.end = end

    def readable(self):
        """Tell that it can be read."""
        return True

    def readinto(self, buffer):
        """Read into a buffer; return how many bytes. Raises TimeoutError after the deadline."""
        self.sock.settimeout(seconds_left(self.end))
        return self.raw.readinto(buffer)

    def close(self):
        """Close the socket as well."""
        self.raw.close()
        super().close()


class TimedResponse(http.client.HTTPResponse):
    """An answer whose headers and body must have arrived by a deadline."""

    def __init__(self, sock, *arguments, end, **options):
        super().__init__(sock, *arguments, **options)
        self.fp = io.BufferedReader(TimedReads(self.fp.detach(), sock, end))


class Timed:
    """A connection whose `timeout` is for everything together, not for each read."""

    def __init__(self, *arguments, timeout, **options):
        super().__init__(*arguments, timeout=timeout, **options)
        self.response_class = functools.partial(TimedResponse, end=time.monotonic() + timeout)


class HttpConnection(Timed, http.client.HTTPConnection):
    """A timed connection without TLS."""


class HttpsConnection(Timed, http.client.HTTPSConnection):
    """A timed connection with TLS."""


class HttpHandler(urllib.request.HTTPHandler):
    """Opens http URLs with timed connections."""

    def http_open(self, request):
        """Return the answer to a request."""
        return self.do_open(HttpConnection, request)


class HttpsHandler(urllib.request.HTTPSHandler):
    """Opens https URLs with timed connections."""

    def https_open(self, request):
        """Return the answer to a request."""
        return self.do_open(HttpsConnection, request, context=self._context)


class AnyAnswer(urllib.request.HTTPErrorProcessor):
    """Returns every answer unchanged: follows no redirect, and raises for no status."""

    def http_response(self, _request, response):
        """Return the answer unchanged."""
        return response

    https_response = http_response


def fetch(url, seconds, most_bytes):
    """Return the bytes at a URL, without redirects and without decompressing anything.

    seconds: the time for the whole answer. Raises ValueError, OSError or HTTPException.
    """
    end = time.monotonic() + seconds
    content = b""
    opener = urllib.request.build_opener(AnyAnswer, HttpHandler, HttpsHandler)
    with opener.open(url, timeout=seconds) as response:
        if response.status != 200:
            raise ValueError(f"status {response.status}")
        while piece := response.read1(most_bytes):
            content += piece
            if len(content) > most_bytes:
                raise ValueError(f"over {most_bytes} bytes")
            seconds_left(end)
    return content


def seconds_left(end):
    """Return the seconds until a deadline. Raises TimeoutError once it has passed."""
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError("the answer took too long")
    return left
