"""Gets URLs as any HTTP client does: without the SDK and without credentials."""

import http.client
import urllib.error
import urllib.request

ANSWER_SECONDS = 5
MOST_BYTES = 65536


class Unreachable(Exception):
    """No server answers at an address. The text is the reason."""


class Answer:
    """An answer over HTTP: status, headers, the first MOST_BYTES of the body, URL that answered."""

    def __init__(self, response):
        self.status = response.status
        self.url = response.url
        self.headers = response.headers
        self.body = response.read(MOST_BYTES)


def visit(url, host=None):
    """Get a URL; return the Answer. Raises Unreachable.

    host: a Host header to send instead of the URL's own.
    """
    try:
        request = urllib.request.Request(url, headers={"Host": host} if host else {})
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
            return Answer(response)
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error)
    except (OSError, http.client.HTTPException, ValueError) as error:
        # A ValueError: a redirect leads to what can be no host.
        raise Unreachable(str(getattr(error, "reason", error))) from error
