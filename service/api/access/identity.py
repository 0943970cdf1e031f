"""Identify the caller before any route runs. A route needs a token unless OPEN names it."""

import re

from flask import current_app, g, request

from service.common import logs
from service.common.errors import Forbidden, Unauthorized

# The endpoints that need no token. A signed file URL has a signature instead.
OPEN = {
    "root.show_root",
    # The page and its files show no image: the page asks for them with its user's token.
    "gallery.serve_file",
    "health.health",
    "health.ready",
    "files.serve_file",
    "files.receive_file",
    "docs.show_document",
    "docs.show_docs",
    "docs.show_asset",
    "problems.show_problem",
    # Shows only numbers, and exists only with METRICS=1.
    "metrics.show_metrics",
}
BEARER = re.compile(r"Bearer +([A-Za-z0-9._=-]{1,8192})", re.IGNORECASE)


class Caller:
    """The sender of a request.

    user_id: None unless AUTH=jwt. limited_to: the only user_id whose images the caller may use;
    None means every user's.
    """

    def __init__(self, user_id=None, *, is_admin=False):
        self.user_id = user_id
        self.limited_to = None if is_admin else user_id

    def acts_for(self, user_id):
        """Return the user_id whose images a request is about; None means every user's.

        user_id: what the request names, or None. Raises Forbidden.
        """
        if self.limited_to and user_id not in (None, self.limited_to):
            raise Forbidden("Leave user_id out, or send your own: it is your token's sub.")
        return user_id or self.limited_to


def init_app(app):
    """Register the hook, and verify tokens if AUTH=jwt."""
    settings = app.extensions["settings"]
    app.extensions["tokens"] = None
    if settings.auth == "jwt":
        # Imported here, because it adds 50 ms to a cold start.
        from service.api.access.tokens import new_tokens

        app.extensions["tokens"] = new_tokens(settings)
    app.before_request(identify)


def identify():
    """Set g.caller. Raises Unauthorized.

    A path or method that does not exist needs no token: the answer is 404 or 405.
    """
    tokens = current_app.extensions["tokens"]
    if tokens is None:
        g.caller = Caller()
    elif request.endpoint and request.endpoint not in OPEN:
        g.caller = Caller(**tokens.verify(bearer_token(tokens.source)))
        logs.add_sender(user_id=g.caller.user_id)


def bearer_token(source):
    """Return the token of the Authorization header. Raises Unauthorized.

    source: a sentence that tells where tokens come from.
    """
    match = BEARER.fullmatch(request.headers.get("Authorization", ""))
    if not match:
        detail = f"Send one token: Authorization: Bearer <token>. {source}"
        raise Unauthorized(detail, refused=False)
    return match[1]
