"""Measure every request (METRICS=1), and serve the page that Prometheus reads."""

import contextlib
import time

from flask import Blueprint, Response, current_app, g, request

from service.common.errors import ServiceError

blueprint = Blueprint("metrics", __name__)

# Label values never come from the client (cardinality).
OUTCOMES = {200: "refused", 201: "stored", 202: "pending"}
METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}


class CountedBody:
    """A request's body that counts its bytes as they are read."""

    def __init__(self, body):
        self.body = body
        self.count = 0

    def read(self, *size):
        """Return bytes of the body."""
        piece = self.body.read(*size)
        self.count += len(piece)
        return piece


def init_app(app):
    """Register the hooks. They must be the first: requests that other hooks refuse count too."""
    if app.extensions["recorder"] is None:
        return
    app.before_request(begin)
    app.after_request(finish)
    if not app.extensions["settings"].aws_lambda_function_name:
        app.register_blueprint(blueprint)


# A proxy may close the exact path alone.
@blueprint.get("/metrics", strict_slashes=True)
def show_metrics():
    """Show the metrics to Prometheus"""
    text, content_type = current_app.extensions["recorder"].page(stored())
    return Response(text, content_type=content_type)


def stored():
    """Return the figures of what the store keeps, or None if it cannot tell them at once."""
    # Prometheus must see the other figures also while the store fails.
    with contextlib.suppress(ServiceError):
        return current_app.extensions["stats"].at_once()


def begin():
    """Replace the body with one that counts its bytes."""
    g.body = request.environ["wsgi.input"] = CountedBody(request.environ["wsgi.input"])


def finish(response):
    """Record the request and, if it was an upload, how it ended."""
    recorder = current_app.extensions["recorder"]
    if request.endpoint == "images.upload_image" and request.method == "POST":
        recorder.upload_ended(g.get("problem") or OUTCOMES[response.status_code])
    recorder.request_served(
        request.method if request.method in METHODS else "other",
        request.url_rule.rule if request.url_rule else "none",
        response.status_code,
        seconds=time.monotonic() - g.started_at,
        body_bytes=g.body.count,
    )
    return response
