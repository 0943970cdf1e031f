"""What the answer to a direct upload says about sending the bytes."""

import re
import shlex

from service.api.addresses import absolute, own_root
from service.models.image import utc_text

# Other characters have a meaning for curl.
PLAIN_NAME = re.compile(r"\w[\w.-]*")


def instructions(image, method, offer):
    """Return how to send the bytes of a pending image: method, URL, headers or fields, and end."""
    url, values, expires_at = offer
    url = absolute(url, own_root())
    return {
        "method": method,
        "url": url,
        "headers" if method == "PUT" else "fields": values,
        "expires_at": utc_text(expires_at),
        "curl": curl_line(method, url, values, image.filename),
    }


def curl_line(method, url, values, filename):
    """Return a shell command that sends the file."""
    name = filename if PLAIN_NAME.fullmatch(filename) else "YOUR-FILE"
    if method == "PUT":
        words = ["-T", name]
        words += [word for field, text in values.items() for word in ("-H", f"{field}: {text}")]
    else:
        pairs = [("--form-string", f"{field}={text}") for field, text in values.items()]
        words = [word for pair in pairs for word in pair] + ["-F", f"file=@{name}"]
    return shlex.join(["curl", *words, url])
