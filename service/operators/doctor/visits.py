"""Plain HTTP, as any client speaks it: no SDK, no credentials."""

import http.client
import urllib.error
import urllib.request

ANSWER_SECONDS = 5
MOST_BYTES = 65536


class Unreachable(Exception):
    """Nobody answers at an address; the text is the reason."""


class Answer:
    """What came back: status, headers, the first bytes of the body."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read(MOST_BYTES)


def visit(url, host=None):
    """Return the Answer at a URL, asked under another Host header where one is given.

    Raises Unreachable.
    """
    request = urllib.request.Request(url, headers={"Host": host} if host else {})
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
            return Answer(response)
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error)
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(str(getattr(error, "reason", error))) from error
