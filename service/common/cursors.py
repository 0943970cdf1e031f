"""Cursors: where the next page of one list begins, as opaque text."""

import base64
import hashlib
import re

from service.common.errors import InvalidCursor

VERSION = "1"
# The listed_at of a page's last image: UTC text of fixed width and an image_id.
POSITION = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[0-9a-f]{32}")
# The last tag of a page of tags. It may have a `|`, which ends the parts of a cursor.
TAG = re.compile(r"[^,\x00-\x1f\x7f-\x9f]{1,50}")


def encode(position, filters):
    """Return the cursor for a position in the list that these filters describe; None for None."""
    if position is None:
        return None
    plain = f"{VERSION}|{position}|{digest(filters)}"
    return encode_text(f"{plain}|{digest(plain)}")


def decode(cursor, filters, shape=POSITION, filtered_by="filters and the order"):
    """Return the position that a cursor holds; None for None. Raises InvalidCursor.

    shape: that of a position. filtered_by: the names of the filters.
    """
    if cursor is None:
        return None
    version, position, filters_digest = parts(cursor)
    if version != VERSION or not shape.fullmatch(position):
        raise InvalidCursor("Start again without a cursor: this one is not from this service.")
    if filters_digest != digest(filters):
        raise InvalidCursor(f"Send a cursor only with the {filtered_by} it came from.")
    return position


def parts(cursor):
    """Return (version, position, digest of filters) of an unaltered cursor."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        plain, checksum = text.rsplit("|", 1)
        version, position = plain.split("|", 1)
        position, filters_digest = position.rsplit("|", 1)
    except ValueError as error:
        raise InvalidCursor("Pass next_cursor back exactly as it was given.") from error
    # Several base64 texts decode to the same bytes: accept only the one that encode_text writes.
    if checksum != digest(plain) or cursor != encode_text(text):
        raise InvalidCursor("Pass next_cursor back exactly as it was given.")
    return version, position, filters_digest


def encode_text(text):
    """Return URL-safe base64 of text, without padding."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def digest(value):
    """Return a short checksum of any plain value."""
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()[:16]
