"""CORS: which web pages of other origins may use the service from a browser. None by default.

Not Flask-Cors: it treats an origin as a regular expression if it looks like one, leaves out `Vary`
if a request has no origin, and does not know which requests need no token.
"""

import re

from flask import current_app, request

from service.models.page_headers import EXPOSED_HEADERS

# The names of headers in a preflight: front ends send headers of their own, such as
# X-Requested-With, and a browser refuses to send one that is not allowed.
HEADER_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,4000}")
# Chrome caches a preflight for two hours at most.
PREFLIGHT_SECONDS = "7200"


def init_app(app):
    """Register the hooks if CORS_ORIGINS is set. Before identity's: a preflight has no token."""
    if app.extensions["settings"].cors_origins:
        app.before_request(answer_preflight)
        app.after_request(add_headers)


def answer_preflight():
    """Answer a preflight, by which a browser asks whether it may send a request."""
    is_preflight = (
        request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    )
    if not is_preflight or allowed_origin() is None:
        return None
    response = current_app.make_default_options_response()
    response.status_code = 204
    response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(response.allow))
    asked = request.headers.get("Access-Control-Request-Headers", "")
    if HEADER_NAMES.fullmatch(asked):
        # Not `*`, which does not include Authorization.
        response.headers["Access-Control-Allow-Headers"] = asked
    response.vary.add("Access-Control-Request-Headers")
    response.headers["Access-Control-Max-Age"] = PREFLIGHT_SECONDS
    return response


def add_headers(response):
    """Allow pages of the request's origin to read the answer."""
    # Also if this origin is not allowed: a cache must not serve this answer to an allowed one.
    if origins() != ("*",):
        response.vary.add("Origin")
    # For a star also without an origin: a browser that keeps an <img> may give it to a script.
    origin = allowed_origin() if origins() != ("*",) else "*"
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = ", ".join(EXPOSED_HEADERS)
    return response


def allowed_origin():
    """Return the value of Access-Control-Allow-Origin, or None if the origin is not allowed."""
    origin = request.headers.get("Origin")
    if origins() == ("*",):
        return "*" if origin else None
    return origin if origin in origins() else None


def origins():
    """Return the origins that the settings allow."""
    return current_app.extensions["settings"].cors_origins
