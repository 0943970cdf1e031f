"""How often one caller may ask, where RATE_LIMIT says so. Each server process counts for itself."""

import ipaddress
import math
import time
from functools import cached_property

from flask import g, request

from service.api.access.identity import OPEN
from service.api.problems import problem_answers
from service.common.errors import TooManyRequests, Unauthorized


def init_app(app):
    """Register the hooks, after identity's, where there is a limit."""
    rate_limit = app.extensions["settings"].rate_limit
    if rate_limit:
        limit = RateLimit(rate_limit)
        app.before_request(limit.count_caller)
        app.register_error_handler(Unauthorized, limit.answer_stranger)


class RateLimit:
    """Counts a known user's requests under their name, everyone else's under their address.

    So strangers never use up what users behind the same proxy may ask.
    """

    def __init__(self, rate_limit):
        # Late: the package costs a cold start 30 ms.
        import limits

        self.limits = limits
        self.most = limits.parse(rate_limit)

    @cached_property
    def counter(self):
        """Counts in windows that begin with a caller's first request."""
        # On the first request only: it starts a thread, and a server forks before that.
        return self.limits.strategies.FixedWindowRateLimiter(self.limits.storage.MemoryStorage())

    def count_caller(self):
        """Count the request of a caller who may come in. Raises TooManyRequests."""
        if request.endpoint in OPEN:
            return
        user_id = g.caller.user_id if "caller" in g else None
        self.count(("user", user_id) if user_id else stranger())

    def answer_stranger(self, error):
        """Answer who shows no valid token; who tries too often is told that instead."""
        try:
            self.count(stranger())
        except TooManyRequests as excess:
            return problem_answers.answer(excess)
        return problem_answers.answer(error)

    def count(self, key):
        """Count a request under a key. Raises TooManyRequests."""
        if self.counter.hit(self.most, *key):
            return
        left = self.counter.get_window_stats(self.most, *key).reset_time - time.time()
        seconds = max(1, math.ceil(left))
        raise TooManyRequests(f"Wait {seconds} s, then go on.", retry_after=seconds)


def stranger():
    """Return the key of the address that asks; in IPv6 of its network, all of one subscriber's."""
    address = request.remote_addr or ""
    # With a dot it is IPv4, as a socket for both kinds tells it: ::ffff:192.0.2.1.
    if ":" in address and "." not in address:
        address = str(ipaddress.ip_network((address.partition("%")[0], 64), strict=False))
    return ("address", address)
