"""Who is asking: settled before any route runs, closed by default."""

import re

from flask import current_app, g, request

from service.common.errors import Forbidden, Unauthorized

# The only endpoints that answer without a caller; signed file URLs carry their own proof.
OPEN = {
    "health.health",
    "health.ready",
    "files.serve_file",
    "files.receive_file",
    "docs.show_document",
    "docs.show_docs",
    "docs.show_asset",
    "problems.show_problem",
    # Counts only, and only with METRICS=1.
    "metrics.show_metrics",
}
BEARER = re.compile(r"Bearer +([A-Za-z0-9._=-]{1,8192})", re.IGNORECASE)


class Caller:
    """Who is asking.

    user_id: None while nobody is asked who they are. limited_to: the only user_id whose images the
    caller reaches; None is everyone's.
    """

    def __init__(self, user_id=None, *, is_admin=False):
        self.user_id = user_id
        self.limited_to = None if is_admin else user_id

    def acts_for(self, user_id):
        """Return whose images a request that names this user_id, or None, is about.

        None is everyone's. Raises Forbidden.
        """
        if self.limited_to and user_id not in (None, self.limited_to):
            raise Forbidden("Leave user_id out, or send your own: it is your token's sub.")
        return user_id or self.limited_to


def init_app(app):
    """Register the hook, and read tokens where the settings ask for them."""
    settings = app.extensions["settings"]
    app.extensions["tokens"] = None
    if settings.auth == "jwt":
        # Late: its imports cost a cold start 50 ms.
        from service.api.access.tokens import new_tokens

        app.extensions["tokens"] = new_tokens(settings)
    app.before_request(identify)


def identify():
    """Set g.caller. Raises Unauthorized.

    A path or method that does not exist is told as such to anyone: no code of ours would run.
    """
    tokens = current_app.extensions["tokens"]
    if tokens is None:
        g.caller = Caller()
    elif request.endpoint and request.endpoint not in OPEN:
        g.caller = Caller(**tokens.verify(bearer_token()))


def bearer_token():
    """Return the token of the Authorization header. Raises Unauthorized."""
    given = BEARER.fullmatch(request.headers.get("Authorization", ""))
    if not given:
        raise Unauthorized("Send one token: Authorization: Bearer <token>.", refused=False)
    return given[1]
