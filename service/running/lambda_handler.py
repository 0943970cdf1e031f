"""The Lambda handler: HTTP events go to the app, events of S3 and of the schedule to services."""

import base64
import logging
from datetime import UTC, datetime

import serverless_wsgi
from flask import request
from werkzeug.datastructures import Headers

from service.common.errors import MEDIA_TYPE, BadRequest, ImageNotFound

log = logging.getLogger(__name__)

# Seconds that a sweep keeps free before Lambda's deadline, to log its figures.
SPARE_SECONDS = 30
# The key of an event under which `readable` puts an error that the app must answer.
REFUSAL = "service.refusal"

# serverless-wsgi returns every other type as base64, which not every gateway decodes.
serverless_wsgi.TEXT_MIME_TYPES.append(MEDIA_TYPE)


def new_handler(app):
    """Return the Lambda handler of an app that has served no request yet."""
    app.before_request(raise_refusal)

    def handler(event, context):
        if event.get("source") == "aws.s3":
            return complete(app, event)
        if "source" in event:
            return sweep(app, context)
        return answer(app, event, context)

    return handler


def complete(app, event):
    """Complete the direct upload whose bytes have arrived; return the image's status.

    An error of a store is raised, so that Lambda tries again.
    """
    image_id = event["detail"]["object"]["key"].split("/")[1]
    try:
        return app.extensions["image_service"].view(None, image_id).state
    except ImageNotFound:
        log.info("bytes arrived for no image", extra={"image_id": image_id})
        return None


def sweep(app, context):
    """Sweep until shortly before Lambda's deadline; return and log the figures."""
    seconds = context.get_remaining_time_in_millis() / 1000 - SPARE_SECONDS
    figures = app.extensions["sweep"].run(seconds)
    # The alarm in serverless.yml needs a number.
    figures["oldest_due_seconds"] = age(figures["oldest_due_at"])
    log.info("sweep reported", extra=figures)
    return figures


def age(moment):
    """Return the seconds since a moment (text in UTC), or 0 for None."""
    if moment is None:
        return 0
    return round((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds())


def answer(app, event, context):
    """Answer an HTTP event, even one that serverless-wsgi cannot read."""
    try:
        return serverless_wsgi.handle_request(app, readable(event), context)
    except Exception as error:
        with app.test_request_context():
            response = app.handle_user_exception(error)
        return serverless_wsgi.generate_response(response, {})


def readable(event):
    """Return the event without nulls, and with its body as bytes or an error to answer."""
    event = {"headers": {}} | without_nulls(event)
    event["requestContext"] = without_nulls(event.get("requestContext", {}))
    try:
        body = {"body": body_bytes(event)}
    except BadRequest as error:
        body = {"body": b"", REFUSAL: error}
    return event | body | {"isBase64Encoded": False}


def without_nulls(fields):
    """Return the fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


def body_bytes(event):
    """Return the body as the client sent it. Raises BadRequest if the gateway has changed it."""
    body = event.get("body", "")
    try:
        if event.get("isBase64Encoded"):
            return base64.b64decode(body, validate=True)
        content = body.encode()
    except (AttributeError, TypeError, ValueError) as error:
        raise BadRequest("The gateway passed on a body that cannot be read.") from error
    # A gateway that passes bytes as text has changed them.
    if not content.isascii() and not is_json(event):
        raise BadRequest(
            "The gateway treated the body as text and damaged it: configure it to pass "
            "multipart/form-data as binary, or send JSON."
        )
    return content


def is_json(event):
    """Tell whether the body is declared as JSON."""
    headers = Headers(event.get("multiValueHeaders") or event["headers"])
    return headers.get("Content-Type", "").startswith("application/json")


def raise_refusal():
    """Raise the error that `readable` has put into the event of the request."""
    refusal = request.environ.get("serverless.event", {}).get(REFUSAL)
    if refusal:
        raise refusal
