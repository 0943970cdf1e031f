"""An issuer's public keys (JWKS): fetched when a token first needs them, cached, refreshed."""

import json
import logging
import threading
import time
import urllib.request

import jwt

from service.common.errors import KeysUnavailable

log = logging.getLogger(__name__)

ALGORITHMS = ("RS256", "ES256")
MOST_BYTES = 256 * 1024
# Keys older than this are fetched again, since the issuer may have withdrawn one.
FRESH_SECONDS = 3600
# Least time between two fetches, because anyone can send tokens with invented key ids.
PAUSE_SECONDS = 60
# The same without any key: sooner, because every token is refused until then.
RETRY_SECONDS = 5


class AnyAnswer(urllib.request.HTTPErrorProcessor):
    """Returns every answer unchanged: follows no redirect, and raises for no status."""

    def http_response(self, _request, response):
        """Return the answer unchanged."""
        return response

    https_response = http_response


class IssuerKeys:
    """The keys at a URL, by `kid`. clock: a function that returns seconds."""

    fetch_seconds = 3

    def __init__(self, url, clock=time.monotonic):
        self.url = url
        self.clock = clock
        self.keys = {}
        self.fetched_at = None
        self.tried_at = None
        self.lock = threading.Lock()

    def find(self, kid):
        """Return the key with this kid, or None. Raises KeysUnavailable if there is no key."""
        is_new = kid not in self.keys
        # Only a request with an unknown kid waits for a fetch that another thread has begun.
        if (is_new or self.is_older(self.fetched_at, FRESH_SECONDS)) and self.lock.acquire(is_new):
            try:
                self.renew()
            finally:
                self.lock.release()
        if not self.keys:
            raise KeysUnavailable("Tokens cannot be verified just now. Try again.")
        return self.keys.get(kid)

    def renew(self):
        """Fetch the keys unless the last try is recent. A failed fetch keeps the old keys."""
        if not self.is_older(self.tried_at, PAUSE_SECONDS if self.keys else RETRY_SECONDS):
            return
        try:
            self.keys = fetch_keys(self.url, self.fetch_seconds)
            self.fetched_at = self.clock()
        except Exception as error:
            # Any error: tokens of a cached key must be accepted even if the issuer is down.
            log.warning("keys not fetched", extra={"reason": repr(error)[:200]})
        self.tried_at = self.clock()

    def is_older(self, moment, seconds):
        """Tell whether a moment is None or more than so many seconds ago."""
        return moment is None or self.clock() - moment > seconds


def fetch_keys(url, seconds):
    """Return {kid: key} of the usable keys at a URL. Raises ValueError or the network's error."""
    keys = jwt.PyJWKSet.from_dict(json.loads(fetch(url, seconds))).keys
    usable = {
        key.key_id: key
        for key in keys
        if key.algorithm_name in ALGORITHMS and key.public_key_use in (None, "sig")
    }
    if not usable:
        raise ValueError("no key for " + " or ".join(ALGORITHMS))
    return usable


def fetch(url, seconds):
    """Return the bytes at a URL, up to MOST_BYTES, without redirects.

    seconds: the time for the whole answer. Raises ValueError or OSError.
    """
    end = time.monotonic() + seconds
    content = b""
    opener = urllib.request.build_opener(AnyAnswer)
    with opener.open(url, timeout=seconds) as response:
        if response.status != 200:
            raise ValueError(f"status {response.status}")
        while piece := response.read1(MOST_BYTES):
            content += piece
            if len(content) > MOST_BYTES or time.monotonic() > end:
                raise ValueError(f"over {MOST_BYTES} bytes, or over {seconds} s")
    return content
