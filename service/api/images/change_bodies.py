"""Read the small JSON bodies of requests that change images."""

import io
import shutil

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from service.api.uploads import json_bodies, upload_bodies
from service.common import deadlines
from service.common.errors import BadRequest, TooLarge, UnsupportedBody

# More than a hundred ids and every text at its limit take, each character escaped.
MOST_BYTES = 64 * 1024
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"


def read(*types):
    """Return the JSON object of a body, which must have one of these content types.

    Raises UnsupportedBody, TooLarge or BadRequest.
    """
    upload_bodies.require_plain()
    if request.mimetype not in types:
        sent = request.mimetype[:100] or "a body without a Content-Type"
        wanted = " or ".join(types)
        raise UnsupportedBody(f"Send a JSON object (-H 'Content-Type: {wanted}'), not {sent}.")
    values = json_bodies.parse_small(content())
    json_bodies.require_object(values)
    return values


def require_none():
    """Refuse a body in which something stands. Raises TooLarge or BadRequest."""
    if content().strip() not in (b"", b"{}"):
        raise BadRequest("Leave out the body: this request needs none.")


def content():
    """Return the bytes of a body. Raises TooLarge or BadRequest."""
    # One more, because Werkzeug refuses a body without a length as soon as it reaches the limit.
    request.max_content_length = MOST_BYTES + 1
    body = io.BytesIO()
    try:
        with upload_bodies.malformed_errors():
            # In pieces: what Werkzeug reads at once ends at the limit, as if the body did.
            shutil.copyfileobj(request.stream, body, upload_bodies.READ_BYTES)
    except RequestEntityTooLarge as error:
        raise too_large() from error
    if body.tell() > MOST_BYTES:
        raise too_large()
    # A slow sender must not reduce the time that the stores have.
    deadlines.start()
    return body.getvalue()


def too_large():
    """Return the error for a body of more than MOST_BYTES."""
    return TooLarge(f"Send a body of at most {MOST_BYTES} bytes.")
