"""The header that makes a browser save a download under its own name."""

import re
from urllib.parse import quote

# Replaced, not percent-encoded, because clients decode a name before they use it.
UNSAFE_IN_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f/\\\ud800-\udfff]")
# Clients read quotes, `%` and `;` in different ways (RFC 6266, appendix D).
UNSAFE_IN_FALLBACK = re.compile(r"[^A-Za-z0-9 ._()+-]")


def content_disposition(filename):
    """Return the Content-Disposition (RFC 6266) that saves a download under a file name."""
    name = UNSAFE_IN_NAME.sub("_", filename)
    fallback = UNSAFE_IN_FALLBACK.sub("_", name).strip(" .") or "image"
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(name, safe='')}"
