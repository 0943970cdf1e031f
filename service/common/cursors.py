"""Cursors: where the next page of one list begins, as opaque text."""

import base64
import hashlib
import re

from service.common.errors import InvalidCursor

VERSION = "1"
# listed_at of the last image seen: fixed-width UTC text and an image_id.
POSITION = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[0-9a-f]{32}")


def encode(position, filters):
    """Return the cursor for a position in the list that these filters describe; None for None."""
    if position is None:
        return None
    plain = f"{VERSION}|{position}|{digest(filters)}"
    return encode_text(f"{plain}|{digest(plain)}")


def decode(cursor, filters):
    """Return the position a cursor stands for; None for None. Raises InvalidCursor."""
    if cursor is None:
        return None
    version, position, owner = parts(cursor)
    if version != VERSION or not POSITION.fullmatch(position):
        raise InvalidCursor("Start again without a cursor: this one is not from this service.")
    if owner != digest(filters):
        raise InvalidCursor("Send a cursor only with the user_id, tags and match it came from.")
    return position


def parts(cursor):
    """Return (version, position, digest of filters) of an unaltered cursor."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        plain, checksum = text.rsplit("|", 1)
        version, position, owner = plain.split("|")
    except ValueError as error:
        raise InvalidCursor("Pass next_cursor back exactly as it was given.") from error
    # Base64 has spellings that decode alike: only our own is ours.
    if checksum != digest(plain) or cursor != encode_text(text):
        raise InvalidCursor("Pass next_cursor back exactly as it was given.")
    return version, position, owner


def encode_text(text):
    """Return URL-safe base64 of ASCII text, without padding."""
    return base64.urlsafe_b64encode(text.encode("ascii")).decode().rstrip("=")


def digest(value):
    """Return a short checksum of any plain value."""
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()[:16]
