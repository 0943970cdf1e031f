"""Every error leaves here, as application/problem+json (RFC 9457)."""

import json
import logging

from flask import Response, g, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from service.common import logs
from service.common.errors import InvalidFields, ServiceError

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
# What the framework itself refuses, told as problems of their own.
FRAMEWORK = {
    400: ("bad-request", "Bad request", "Send a well-formed HTTP request."),
    404: ("not-found", "Not found", "Check the path: /docs shows what there is."),
    405: ("method-not-allowed", "Method not allowed", "Use one of the methods in Allow."),
    408: ("request-timeout", "Request timeout", "Send the request faster, or in smaller parts."),
    413: ("too-large", "Too large", "Send a smaller request body."),
    414: ("url-too-long", "URL too long", "Send a URL of at most 8190 bytes."),
    431: ("headers-too-large", "Headers too large", "Send fewer or shorter headers."),
    500: ("internal-error", "Internal error", "The fault is ours. Report it with the request_id."),
}
# An answer must not grow with the nonsense it was asked.
MOST_ROWS = 20
MOST_NAME = 100


def init_app(app):
    """Register the handlers."""
    app.register_error_handler(ServiceError, answer)
    app.register_error_handler(ValidationError, answer_validation)
    app.register_error_handler(HTTPException, answer_framework)
    app.register_error_handler(Exception, answer_unexpected)


def answer(error):
    """Answer one of our own errors."""
    level = logging.ERROR if error.status >= 500 else logging.INFO
    log.log(level, "request refused", extra={"problem": error.code, **error.facts})
    members = {"errors": error.errors, "direct_upload": error.direct_upload}
    facts = {"members": members, "headers": error.headers}
    return problem(error.status, error.code, error.title, error.detail, **facts)


def answer_validation(error):
    """Answer marshmallow's error with a row for each field."""
    rows = [
        {"field": field[:MOST_NAME], "message": message}
        for field, messages in error.normalized_messages().items()
        for message in flatten(messages)
    ][:MOST_ROWS]
    named = ", ".join(dict.fromkeys(row["field"] for row in rows))
    return answer(InvalidFields(f"Correct these fields and send again: {named}.", errors=rows))


def flatten(messages):
    """Return the texts in marshmallow's messages, which nest for lists."""
    if isinstance(messages, dict):
        return [text for nested in messages.values() for text in flatten(nested)]
    return messages if isinstance(messages, list) else [str(messages)]


def answer_framework(error):
    """Answer an error that Flask or Werkzeug raised."""
    code, title, detail = framework_problem(error)
    if isinstance(error, NotFound) and request.path.startswith("/images/"):
        detail = "Check the path: an image is at /images/{image_id}."
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        detail = f"Use one of {', '.join(sorted(error.valid_methods))} at this path."
        if request.path.startswith("/images/"):
            detail += " An image is never changed: POST another to /images."
    headers = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    log.info("request refused", extra={"problem": code})
    return problem(error.code, code, title, detail, headers=headers)


def framework_problem(error):
    """Return the (code, title, detail) of an HTTPException."""
    unnamed = (error.name.lower().replace(" ", "-"), error.name, error.description)
    return FRAMEWORK.get(error.code, unnamed)


def answer_unexpected(error):
    """Answer a fault of ours: the traceback goes to the log, nothing of it to the caller."""
    log.error("unexpected error", exc_info=error)
    return problem(500, *FRAMEWORK[500])


def problem(status, code, title, detail, *, members=None, headers=None):
    """Return the Response of one problem; members are what its body has beside the usual."""
    g.problem = code
    body = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail or title,
        "instance": request.path,
        "request_id": logs.request_id.get(),
    }
    body |= {name: value for name, value in (members or {}).items() if value}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    # A surrogate can only come from the caller's own text, echoed in a message.
    content = text.encode("utf-8", "replace") + b"\n"
    return Response(content, status, headers, content_type=CONTENT_TYPE)
