"""The Lambda handlers: HTTP events go to the app, events of S3 and of the schedule to services."""

import logging
import re
from datetime import UTC, datetime
from urllib.parse import unquote_plus

import serverless_wsgi
from flask import request

from service.common.errors import MEDIA_TYPE, ImageNotFound
from service.running.gateway_events import PLACE, REFUSAL, readable

log = logging.getLogger(__name__)
# INFO whatever LOG_LEVEL says, because an alarm waits for the line of the sweep.
log.setLevel(logging.INFO)

# Seconds that a sweep keeps free before Lambda's deadline, to log its figures.
SPARE_SECONDS = 30
# Where a direct upload's bytes arrive.
INCOMING = re.compile(r"incoming/([0-9a-f]{32})/[^/]+")

# serverless-wsgi returns every other type as base64, which not every gateway decodes.
serverless_wsgi.TEXT_MIME_TYPES.append(MEDIA_TYPE)


def new_handler(app):
    """Return the Lambda handler of an app that has served no request yet."""
    app.before_request(raise_refusal)

    def handler(event, context):
        event = event if isinstance(event, dict) else {}
        image_id = image_id_of(event)
        if image_id:
            return complete(app, image_id)
        if is_sweeps_schedule(event):
            return sweep(app, context)
        # A request has no source of its own; warm-ups, pings and events of other services have.
        if "source" in event and "requestContext" not in event:
            return pass_over(event)
        return answer(app, event, context)

    return handler


def new_sweeper(app):
    """Return the Lambda handler of a function that only sweeps: no other event does anything."""

    def handler(event, context):
        # An operator's own call has an empty event.
        if not event or (isinstance(event, dict) and is_sweeps_schedule(event)):
            return sweep(app, context)
        return pass_over(event if isinstance(event, dict) else {})

    return handler


def pass_over(event):
    """Log where an event came from, and do nothing else."""
    facts = {"source": str(event.get("source"))[:100], "kind": str(kind_of(event))[:100]}
    log.info("event passed over", extra=facts)


def kind_of(event):
    """Return what EventBridge calls the kind of an event."""
    return event.get("detail-type")


def is_sweeps_schedule(event):
    """Tell whether an event comes from the schedule of serverless.yml, whose name has `sweep`."""
    names = event.get("resources") if isinstance(event.get("resources"), list) else []
    return (
        event.get("source") in ("aws.events", "aws.scheduler")
        and kind_of(event) == "Scheduled Event"
        and any("sweep" in str(name).rpartition("/")[2].lower() for name in names)
    )


def image_id_of(event):
    """Return the image whose bytes have arrived in the bucket, or None for any other event."""
    if event.get("source") != "aws.s3" or kind_of(event) != "Object Created":
        return None
    try:
        key = event["detail"]["object"]["key"]
        # EventBridge has the key as it is, S3's own notifications have it encoded.
        match = INCOMING.fullmatch(key) or INCOMING.fullmatch(unquote_plus(key))
    except (KeyError, TypeError, AttributeError):
        return None
    return match and match[1]


def complete(app, image_id):
    """Complete the direct upload whose bytes have arrived; return the image's status.

    An error of a store is raised, so that Lambda tries again.
    """
    try:
        return app.extensions["image_service"].view(None, image_id).state
    except ImageNotFound:
        log.info("bytes arrived for no image", extra={"image_id": image_id})
        return None


def sweep(app, context):
    """Sweep until shortly before Lambda's deadline; return and log the figures."""
    seconds = context.get_remaining_time_in_millis() / 1000 - SPARE_SECONDS
    figures = app.extensions["sweep"].run(seconds)
    # The alarm in deployment/alarms.yml needs a number.
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

    def placed(variables, start_response):
        return app(variables | variables["serverless.event"][PLACE], start_response)

    try:
        event = readable(event, app.extensions["settings"])
        return serverless_wsgi.handle_request(placed, event, context)
    except Exception as error:
        with app.test_request_context():
            response = app.handle_user_exception(error)
        return serverless_wsgi.generate_response(response, {})


def raise_refusal():
    """Raise the error that `readable` has put into the event of the request."""
    refusal = request.environ.get("serverless.event", {}).get(REFUSAL)
    if refusal:
        raise refusal
