"""An issuer's public keys (JWKS): fetched when a token first needs them, cached, refreshed."""

import json
import logging
import threading
import time

import jwt

from service.api.access.timed_fetch import fetch
from service.api.uploads.json_texts import unique
from service.common.errors import KeysUnavailable

log = logging.getLogger(__name__)

ALGORITHMS = ("RS256", "ES256")
MOST_BYTES = 256 * 1024
# OpenSSL verifies with no longer RSA key.
MOST_KEY_BITS = 16384
# Keys older than this are fetched again, since the issuer may have withdrawn one.
FRESH_SECONDS = 3600
# Keys older than this are no longer used, although the issuer cannot be reached.
KEPT_SECONDS = 24 * 3600
# Least time between two fetches, because anyone can send tokens with invented key ids.
PAUSE_SECONDS = 60
# The same without any key: sooner, because every token is refused until then.
RETRY_SECONDS = 5
UNAVAILABLE = "Tokens cannot be verified just now. Try again."


class IssuerKeys:
    """The usable keys at a URL. A thread of its own fetches them.

    clock: a function that returns seconds. most_waiting: how many requests may wait for a fetch at
    once; the others are refused, so that some threads stay free for known keys. waits: let requests
    wait for a refresh too, as Lambda stops all threads between two requests.
    """

    fetch_seconds = 3

    def __init__(self, url, clock=time.monotonic, *, most_waiting=32, waits=False):
        self.url = url
        self.clock = clock
        self.waits = waits
        self.keys = []
        self.fetched_at = None
        self.tried_at = None
        self.thread = None
        # Held only while a fetch is begun, never during one.
        self.lock = threading.Lock()
        self.places = threading.BoundedSemaphore(most_waiting)

    def find(self, kid):
        """Return the keys with this kid, or all keys for None. Raises KeysUnavailable.

        Only a request without a known key waits for a fetch.
        """
        found = self.known(kid)
        if not found or self.is_older(self.fetched_at, FRESH_SECONDS):
            self.begin_fetch()
            if not found or self.waits:
                self.await_fetch()
                found = self.known(kid)
        if self.is_older(self.fetched_at, KEPT_SECONDS):
            raise KeysUnavailable(UNAVAILABLE)
        return found

    def known(self, kid):
        """Return the cached keys with this kid, or all of them for None."""
        if self.is_older(self.fetched_at, KEPT_SECONDS):
            return []
        return [key for key in self.keys if kid in (None, key.key_id)]

    def begin_fetch(self):
        """Begin a fetch, unless one is running or the last one is recent."""
        with self.lock:
            if self.thread and self.thread.is_alive():
                return
            if self.is_older(self.tried_at, PAUSE_SECONDS if self.keys else RETRY_SECONDS):
                self.tried_at = self.clock()
                self.thread = threading.Thread(target=self.renew, name="keys", daemon=True)
                self.thread.start()

    def await_fetch(self):
        """Wait for the fetch that is running, until its deadline. Raises KeysUnavailable."""
        left = self.tried_at + self.fetch_seconds - self.clock()
        if left <= 0 or not self.thread.is_alive():
            return
        if not self.places.acquire(blocking=False):
            raise KeysUnavailable(UNAVAILABLE)
        try:
            self.thread.join(left)
        finally:
            self.places.release()

    def renew(self):
        """Fetch the keys. A set without usable keys withdraws all; a failed fetch keeps the old."""
        try:
            keys, ignored = usable_keys(fetch(self.url, self.fetch_seconds, MOST_BYTES))
        except Exception as error:
            # Any error: tokens of a cached key must be accepted even if the issuer is down.
            log.warning("keys not fetched", extra={"reason": repr(error)[:200]})
            return
        self.keys, self.fetched_at = keys, self.clock()
        level = logging.INFO if keys else logging.WARNING
        log.log(level, "keys fetched", extra={"usable": len(keys), "ignored": ignored})

    def is_older(self, moment, seconds):
        """Tell whether a moment is None or more than so many seconds ago."""
        return moment is None or self.clock() - moment > seconds


def usable_keys(content):
    """Return (usable keys, how many others) of a JWK set's bytes. Raises ValueError."""
    document = json.loads(content, object_pairs_hook=unique)
    members = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(members, list):
        raise ValueError("not a JWK set")
    keys = [key for key in map(usable_key, members) if key]
    return keys, len(members) - len(keys)


def usable_key(member):
    """Return the PyJWK of a set's member, or None if no token may be verified with it."""
    if not isinstance(member, dict) or not is_for_tokens(member):
        return None
    try:
        key = jwt.PyJWK(member)
        is_long_enough = not key.Algorithm.check_key_length(key.key)
    except Exception:
        # PyJWT and cryptography raise many kinds of errors for the members that are no keys.
        return None
    is_usable = key.algorithm_name in ALGORITHMS and key.key.key_size <= MOST_KEY_BITS
    return key if is_usable and is_long_enough else None


def is_for_tokens(member):
    """Tell whether a key may verify signatures, by what its issuer says of it."""
    operations = member.get("key_ops", ["verify"])
    return (
        member.get("use") in (None, "sig")
        and isinstance(operations, list)
        and "verify" in operations
        and isinstance(member.get("kid"), str | None)
        and member.get("crv", "P-256") == "P-256"
        # A private key in public: anyone can sign with it.
        and "d" not in member
    )
