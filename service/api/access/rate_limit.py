"""Limit the requests of one caller (RATE_LIMIT). Each server process counts its own."""

import ipaddress
import math
import time
from functools import cached_property

from flask import g, request

from service.api.access.identity import OPEN
from service.api.problems import problem_answers
from service.common.errors import TooManyRequests, Unauthorized, set_by


def init_app(app):
    """Register the hooks if there is a limit. After identity's, which set g.caller."""
    rate_limit = app.extensions["settings"].rate_limit
    if rate_limit:
        limit = RateLimit(rate_limit)
        app.before_request(limit.count_caller)
        app.register_error_handler(Unauthorized, limit.answer_unauthorized)


class RateLimit:
    """Counts the requests of a user with a token by user_id, and all others by address.

    So requests without a token do not count against users behind the same proxy.
    """

    def __init__(self, rate_limit):
        # Imported here, because it adds 30 ms to a cold start.
        import limits

        self.limits = limits
        self.most = limits.parse(rate_limit)

    @cached_property
    def counter(self):
        """The counter. Its windows begin with a caller's first request."""
        # Made on the first request: it starts a thread, and gunicorn forks before that.
        return self.limits.strategies.FixedWindowRateLimiter(self.limits.storage.MemoryStorage())

    def count_caller(self):
        """Count a request that identity has let pass. Raises TooManyRequests."""
        if request.endpoint in OPEN:
            return
        user_id = g.caller.user_id if "caller" in g else None
        self.count(("user", user_id) if user_id else address_key())

    def answer_unauthorized(self, error):
        """Answer a request without a valid token: 401, or 429 if its address sends too many."""
        try:
            self.count(address_key())
        except TooManyRequests as excess:
            return problem_answers.answer(excess)
        return problem_answers.answer(error)

    def count(self, key):
        """Count a request under a key. Raises TooManyRequests."""
        if self.counter.hit(self.most, *key):
            return
        left = self.counter.get_window_stats(self.most, *key).reset_time - time.time()
        seconds = max(1, math.ceil(left))
        detail = f"Wait {seconds} s, then go on. {set_by('RATE_LIMIT')}"
        raise TooManyRequests(detail, retry_after=seconds)


def address_key():
    """Return the key of the client's address; for IPv6 that of its /64 network."""
    address = request.remote_addr or ""
    # A dot means IPv4: a socket for both versions shows it as ::ffff:192.0.2.1.
    if ":" in address and "." not in address:
        address = str(ipaddress.ip_network((address.partition("%")[0], 64), strict=False))
    return ("address", address)
