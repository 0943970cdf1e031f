"""Turns every error into an answer of application/problem+json (RFC 9457)."""

import logging
from types import SimpleNamespace

from flask import Response, g, request
from marshmallow import ValidationError
from werkzeug import exceptions

from service.api import pages
from service.api.problems import problem_body, problem_page
from service.common import errors, logs

log = logging.getLogger(__name__)

# By status: our error for a refusal by the framework.
FRAMEWORK = {
    error.status: error
    for error in (
        errors.BadRequest("Send a well-formed HTTP request."),
        errors.PathNotFound(),
        errors.MethodNotAllowed(),
        errors.RequestTimeout(),
        errors.TooLarge("Send a smaller request body."),
        errors.UrlTooLong(),
        errors.ExpectationFailed(),
        errors.HeadersTooLarge(),
        errors.InternalError(),
    )
}
# These limit how much of a request its answer repeats.
MOST_ROWS = 20
MOST_NAME = 100


def init_app(app):
    """Register the error handlers, and `problem_bytes` for servers that answer without the app."""
    app.extensions["problem_bytes"] = problem_body.as_bytes
    app.register_error_handler(errors.ServiceError, answer)
    app.register_error_handler(ValidationError, answer_validation)
    app.register_error_handler(exceptions.HTTPException, answer_framework)
    app.register_error_handler(Exception, answer_unexpected)


def answer(error):
    """Answer an error of the service."""
    report(error)
    return problem(error, error.detail, headers=error.headers, **members_of(error))


def logged_body(error, instance):
    """Log an error, and return the body of its problem: of one image among many in an answer."""
    report(error)
    members = {"instance": instance, "request_id": logs.request_id.get()} | members_of(error)
    return problem_body.build(error, error.detail, **members)


def report(error):
    """Log an error of the service."""
    level = logging.ERROR if error.status >= 500 else logging.INFO
    log.log(level, "request refused", extra=place() | {"problem": error.code, **error.facts})


def place():
    """Return the method and the route of the request, for a log line."""
    route = request.url_rule.rule if request.url_rule else None
    return {"method": request.method, "route": route}


def members_of(error):
    """Return what the body of an error's problem has beside its type, title and detail."""
    return {
        "errors": error.errors,
        "direct_upload": error.direct_upload,
        "image_id": error.image_id,
    }


def answer_validation(error):
    """Answer an error of marshmallow, with a row for each message of a field."""
    rows = rows_of(error)
    named = ", ".join(dict.fromkeys(row["field"] for row in rows))
    detail = f"Correct these fields and send again: {named}."
    return answer(errors.InvalidFields(detail, errors=rows))


def rows_of(error):
    """Return the rows of an error of marshmallow: one for each message of a field."""
    return [
        {"field": field[:MOST_NAME], "message": message}
        for field, messages in error.normalized_messages().items()
        for message in flatten(messages)
    ][:MOST_ROWS]


def flatten(messages):
    """Return the texts in marshmallow's messages, which are nested for list fields."""
    if isinstance(messages, dict):
        return [text for nested in messages.values() for text in flatten(nested)]
    return messages if isinstance(messages, list) else [str(messages)]


def answer_framework(error):
    """Answer an error that Flask or Werkzeug raised."""
    kind = framework_kind(error)
    detail = kind.detail
    if isinstance(error, exceptions.NotFound) and request.path.startswith("/images/"):
        detail = "Check the path: an image is at /images/{image_id}."
    if isinstance(error, exceptions.MethodNotAllowed) and error.valid_methods:
        detail = f"Use one of {', '.join(sorted(error.valid_methods))} at this path."
        if request.path.startswith("/images/"):
            detail += " PATCH changes fields; the bytes never change: POST a new image to /images."
    headers = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    log.info("request refused", extra=place() | {"problem": kind.code})
    return problem(kind, detail, headers=headers)


def framework_kind(error):
    """Return an object with status, code, title and detail for an HTTPException."""
    if error.code in FRAMEWORK:
        return FRAMEWORK[error.code]
    code = error.name.lower().replace(" ", "-")
    facts = {"status": error.code, "code": code, "title": error.name}
    return SimpleNamespace(**facts, detail=error.description)


def answer_unexpected(error):
    """Answer an unexpected error. The traceback goes to the log, never to the client."""
    log.error("unexpected error", exc_info=error)
    return problem(errors.InternalError, errors.InternalError.advice)


def problem(kind, detail, *, headers=None, **members):
    """Return the Response of a problem; a browser's GET gets a page. members: more of the body."""
    g.problem = kind.code
    members = {"instance": request.path, "request_id": logs.request_id.get()} | members
    is_get = request.method in ("GET", "HEAD")
    if is_get and pages.is_preferred():
        response = problem_page.new(problem_body.build(kind, detail, **members), headers)
    else:
        content = problem_body.as_bytes(kind, detail, **members)
        response = Response(content, kind.status, headers, content_type=errors.MEDIA_TYPE)
    if is_get:
        response.vary.add("Accept")
    return response
