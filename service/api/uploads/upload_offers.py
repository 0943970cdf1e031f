"""Direct uploads over HTTP: asked for as JSON without bytes, answered with where to send them."""

import re
import shlex
from urllib.parse import urljoin

from flask import request

from service.business.inspection import image_inspector
from service.common.errors import TooLarge
from service.models.image import utc_text

# Any other name would mean more to curl than a name.
PLAIN_NAME = re.compile(r"\w[\w.-]*")


def is_wanted(values):
    """Tell whether a body's fields announce bytes instead of bringing them."""
    announced = {"size", "content_type"} & values.keys()
    return bool(announced) and request.mimetype == "application/json" and "image_data" not in values


def show(image, method, offer):
    """Return how to send a pending image's bytes: a URL, what to send with them, and till when."""
    url, given, expires_at = offer
    url = urljoin(request.root_url, url)
    return {
        "method": method,
        "url": url,
        "headers" if method == "PUT" else "fields": given,
        "expires_at": utc_text(expires_at),
        "curl": curl(method, url, given, image.filename),
    }


def curl(method, url, given, filename):
    """Return a line that sends the file, to be pasted into a shell."""
    name = filename if PLAIN_NAME.fullmatch(filename) else "YOUR-FILE"
    if method == "PUT":
        words = ["-T", name]
        words += [word for field, text in given.items() for word in ("-H", f"{field}: {text}")]
    else:
        pairs = [("--form-string", f"{field}={text}") for field, text in given.items()]
        words = [word for pair in pairs for word in pair] + ["-F", f"file=@{name}"]
    return shlex.join(["curl", *words, url])


def check_inline(file, fields, most):
    """Refuse a file too large for a request body here, with the request to send in its place.

    Raises TooLarge or UnsupportedImage.
    """
    size = file.seek(0, 2)
    file.seek(0)
    if size > most:
        content_type, _ = image_inspector.recognise(file.read(image_inspector.HEAD))
        raise TooLarge(
            f"Here a request may bring an image of at most {most} bytes. POST direct_upload to "
            "/images as JSON and send the bytes where the answer says.",
            direct_upload=fields | {"size": size, "content_type": content_type},
        )
