"""What every request gets: an id, a deadline, a log line, security headers."""

import logging
import random
import re
import time

from flask import current_app, g, request

from service.api.sent_names import gathered, values_of
from service.common import deadlines, logs
from service.common.errors import BadRequest, PathNotFound, UrlTooLong

log = logging.getLogger(__name__)

# gunicorn's limit for the whole request line, checked here because other servers have none.
MOST_QUERY_BYTES = 8190
# The parameters that may be sent more than once.
LISTS = {"tags", "none"}
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# A request target may be a whole URL: its scheme and host.
AUTHORITY = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
}


def init_app(app):
    """Register the hooks."""
    app.before_request(begin)
    app.after_request(finish)
    app.teardown_request(end)


def begin():
    """Set the request's id and deadline.

    Refuse a long query string, a missing Host and another spelling of a route's path.
    """
    request_id = request.environ.get("HTTP_X_REQUEST_ID", "")
    if not REQUEST_ID.fullmatch(request_id):
        # Not a secret, so the fast generator will do: os.urandom would be the slowest call here.
        request_id = f"{random.getrandbits(64):016x}"
    logs.request_id.set(request_id)
    if current_app.extensions["settings"].log_clients:
        logs.add_sender(client=request.remote_addr)
    g.started_at = time.monotonic()
    deadlines.start()
    if len(request.environ.get("QUERY_STRING", "")) > MOST_QUERY_BYTES:
        raise UrlTooLong
    if not request.host:
        raise BadRequest("Send a Host header with a host name, and a port if there is one.")
    if request.url_rule and not is_plain(request.environ.get("RAW_URI"), request.url_rule.rule):
        raise PathNotFound


def is_plain(target, rule):
    """Tell whether a request's target spells the path of its route as the route itself does.

    Werkzeug also takes //metrics and /%6detrics for /metrics, and a proxy that keeps /metrics from
    the public may compare bytes.
    """
    if target is None:
        return True
    path = AUTHORITY.sub("", target.partition("?")[0], count=1)
    fixed, variable, _ = rule.partition("<")
    return path.startswith(fixed) if variable else path.removesuffix("/") == fixed.removesuffix("/")


def load_query(schema):
    """Load the query string by a schema; an empty parameter counts as left out, if it may be empty.

    Raises ValidationError, also for a parameter sent twice.
    """
    if not request.query_string:
        return dict(schema.of_nothing)
    lists = LISTS & schema.fields.keys()
    empty = [name for name in schema.never_empty if "" in request.args.getlist(name)]
    faults = [(name, schema.never_empty[name]) for name in empty]
    return schema.load(values_of(gathered(request.args, lists), schema, lists, faults))


def finish(response):
    """Add the headers of every answer and log the request."""
    response.headers["X-Request-Id"] = logs.request_id.get()
    # Werkzeug makes an exception to find that a header is not there.
    there = {name.lower() for name, _value in response.headers}
    for name, value in SECURITY_HEADERS.items():
        if name.lower() not in there:
            response.headers.add(name, value)
    # Answers about images have signed URLs, and are for one caller. An error may soon be over.
    about_images = f"{request.path}/".startswith(("/images/", "/tags/"))
    if about_images or response.status_code >= 400:
        response.headers["Cache-Control"] = "no-store"
    if "allow" in there:
        # Flask's order depends on the seed of Python's hashes.
        response.headers["Allow"] = ", ".join(sorted(response.allow))
    # Flask declares text/html even for an answer without a body.
    if response.mimetype == "text/html" and not response.get_data():
        del response.headers["Content-Type"]
    facts = {
        "method": request.method,
        "route": request.url_rule.rule if request.url_rule else None,
        "status": response.status_code,
        "milliseconds": round((time.monotonic() - g.started_at) * 1000, 1),
    }
    log.info("request served", extra=facts)
    return response


def end(_error):
    """Close the request's files and clear its deadline and log facts, since threads are reused."""
    request.close()
    deadlines.stop()
    logs.request_id.set(None)
    logs.sender.set(None)
