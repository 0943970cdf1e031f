"""An issuer's public keys (JWKS): fetched when a token first needs them, kept, renewed."""

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
# After so long a key that the issuer has withdrawn is asked about.
FRESH_SECONDS = 3600
# Strangers invent key ids: they must not make this service knock at the issuer's door all day.
PAUSE_SECONDS = 60
# Without any key nobody gets in, so the next try comes soon.
RETRY_SECONDS = 5


class AnyAnswer(urllib.request.HTTPErrorProcessor):
    """Hands out every answer as it came: redirects are not followed."""

    def http_response(self, _request, response):
        """Return the answer."""
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
        """Return the key of a kid, or None. Raises KeysUnavailable while there is no key at all."""
        is_new = kid not in self.keys
        # Whoever has a key at hand waits for nobody's fetch.
        if (is_new or self.is_older(self.fetched_at, FRESH_SECONDS)) and self.lock.acquire(is_new):
            try:
                self.renew()
            finally:
                self.lock.release()
        if not self.keys:
            raise KeysUnavailable("Tokens cannot be verified just now. Try again.")
        return self.keys.get(kid)

    def renew(self):
        """Fetch the keys, unless that was tried a moment ago; keep the old ones when it fails."""
        if not self.is_older(self.tried_at, PAUSE_SECONDS if self.keys else RETRY_SECONDS):
            return
        try:
            self.keys = fetch_keys(self.url, self.fetch_seconds)
            self.fetched_at = self.clock()
        except Exception as error:
            # Whatever it is, an issuer's bad hour must not lock out those whose keys are known.
            log.warning("keys not fetched", extra={"reason": repr(error)[:200]})
        self.tried_at = self.clock()

    def is_older(self, moment, seconds):
        """Tell whether a moment lies further back than that, or never came."""
        return moment is None or self.clock() - moment > seconds


def fetch_keys(url, seconds):
    """Return {kid: key} of the usable keys at a URL. Raises ValueError or what the network does."""
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
    """Return the bytes at a URL; few, soon, and from there only. Raises ValueError or OSError."""
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
