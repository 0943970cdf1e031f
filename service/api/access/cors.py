"""Which pages of other origins may use the service from a browser (CORS): none by default.

Our own, not Flask-Cors: that one takes origins for regular expressions by their look, leaves
`Vary` out of answers to requests without an origin, and knows nothing of who may skip the token.
"""

from flask import current_app, request

# The last one goes with a direct upload, as S3 names it.
ALLOWED_HEADERS = (
    "Authorization, Content-Type, Idempotency-Key, X-Request-Id, X-Amz-Checksum-Sha256"
)
EXPOSED_HEADERS = "Link, Location, Retry-After, X-Request-Id"
# Chrome remembers a preflight for two hours at most.
PREFLIGHT_SECONDS = "7200"


def init_app(app):
    """Register the hooks where the settings name an origin; before those that ask for a token."""
    if app.extensions["settings"].cors_origins:
        app.before_request(answer_preflight)
        app.after_request(add_headers)


def answer_preflight():
    """Answer a browser's question whether it may send a request; it never shows a token."""
    is_preflight = (
        request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    )
    if not is_preflight or allowed_origin() is None:
        return None
    response = current_app.make_default_options_response()
    response.status_code = 204
    response.headers["Access-Control-Allow-Methods"] = response.allow.to_header()
    response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
    response.headers["Access-Control-Max-Age"] = PREFLIGHT_SECONDS
    return response


def add_headers(response):
    """Let the pages of the request's origin read the answer."""
    # Also where no origin is allowed: a cache must not hand this answer to one that is.
    if origins() != ("*",):
        response.vary.add("Origin")
    origin = allowed_origin()
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    return response


def allowed_origin():
    """Return what to answer as the allowed origin, or None for a stranger's or none."""
    given = request.headers.get("Origin")
    if origins() == ("*",):
        return "*" if given else None
    return given if given in origins() else None


def origins():
    """Return the origins that the settings allow."""
    return current_app.extensions["settings"].cors_origins
