"""What every request tells the recorder (METRICS=1), and the page that Prometheus reads."""

import time

from flask import Blueprint, Response, current_app, g, request

blueprint = Blueprint("metrics", __name__)

# Labels have few values: a stranger's own words are none of them.
OUTCOMES = {200: "refused", 201: "stored", 202: "pending"}
METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}


class CountedBody:
    """A request's body, its bytes counted as they are read."""

    def __init__(self, body):
        self.body = body
        self.count = 0

    def read(self, *size):
        """Return what the body gives."""
        piece = self.body.read(*size)
        self.count += len(piece)
        return piece


def init_app(app):
    """Register the hooks, before all others: a request that these refuse counts as well."""
    if app.extensions["recorder"] is None:
        return
    app.before_request(begin)
    app.after_request(finish)
    if not app.extensions["settings"].aws_lambda_function_name:
        app.register_blueprint(blueprint)


@blueprint.get("/metrics")
def show_metrics():
    """Show the metrics to Prometheus"""
    text, content_type = current_app.extensions["recorder"].page()
    return Response(text, content_type=content_type)


def begin():
    """Count the body from its first byte."""
    g.body = request.environ["wsgi.input"] = CountedBody(request.environ["wsgi.input"])


def finish(response):
    """Tell of the request and, if it was one, of the upload."""
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
