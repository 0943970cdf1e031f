"""Limit the requests of one caller (RATE_LIMIT), whichever process of the server answers."""

import ipaddress

from flask import g, request

from service.api.access.identity import OPEN
from service.api.access.trusted_proxies import parsed
from service.api.access.windows import Windows
from service.api.problems import problem_answers
from service.common.errors import TooManyRequests, Unauthorized

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
# How many networks of a /48 may send as much as one is allowed to.
NETWORK_SHARE = 16


def init_app(app):
    """Register the hooks if there is a limit. After identity's, which set g.caller."""
    rate_limit = app.extensions["settings"].rate_limit
    if rate_limit:
        limit = RateLimit(rate_limit, app.extensions["seat"])
        app.before_request(limit.count_caller)
        app.register_error_handler(Unauthorized, limit.answer_unauthorized)


class RateLimit:
    """Counts the requests of a user with a token by user_id, and all others by address.

    So requests without a token do not count against users behind the same proxy.
    """

    def __init__(self, rate_limit, seat):
        most, _, unit = rate_limit.partition("/")
        most, seconds = int(most), SECONDS[unit]
        self.users = Windows(most, seconds, seat)
        self.addresses = Windows(most, seconds, seat)
        self.networks = Windows(most * NETWORK_SHARE, seconds, seat)

    def count_caller(self):
        """Count a request that identity has let pass. Raises TooManyRequests."""
        if request.endpoint in OPEN:
            return
        user_id = g.caller.user_id if "caller" in g else None
        if user_id:
            self.users.count(user_id)
        else:
            self.count_address()

    def count_address(self):
        """Count a request by its address; for IPv6 by its network. Raises TooManyRequests."""
        # A gateway may name what is no address: then its text counts.
        address = parsed(request.remote_addr or "") or request.remote_addr
        if isinstance(address, ipaddress.IPv6Address):
            # One subscriber may have a /48 with 65,536 networks of his own: bound them together.
            self.networks.count(address.packed[:6])
            address = address.packed[:8]
        self.addresses.count(address)

    def answer_unauthorized(self, error):
        """Answer a request without a valid token: 401, or 429 if its address sends too many."""
        try:
            self.count_address()
        except TooManyRequests as excess:
            return problem_answers.answer(excess)
        return problem_answers.answer(error)
