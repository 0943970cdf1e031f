"""When a picture was taken, as a camera writes it."""

import datetime
import re

MOMENT = re.compile(rb"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\D|$)")
OFFSET = re.compile(rb"[+-](?:0\d|1[0-4]):[0-5]\d(?:\s|\0|$)")


def moment(text, offset=b""):
    """Return `2026-02-13T09:30:00`, with the offset if it is one; None for an impossible moment."""
    match = MOMENT.match(text)
    if not match:
        return None
    try:
        found = datetime.datetime(*map(int, match.groups())).isoformat()
    except ValueError:
        return None
    return found + (offset[:6].decode() if OFFSET.match(offset) else "")


def told(text):
    """Tell whether a text names any moment: cameras without one write zeros and spaces."""
    return any(digit in text for digit in b"123456789")
