"""Dates and times as clients write them, in the form in which the service compares them."""

import re
from datetime import datetime, timedelta

from service.models.image import utc_text

# A date, or a time of RFC 3339; its zone may be absent.
WRITTEN = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"([Tt](?P<minute>\d\d:\d\d):(?P<second>\d\d)(\.(?P<fraction>\d+))?"
    r"([Zz]|(?P<sign>[+-])(?P<hours>[01]\d|2[0-3]):(?P<minutes>[0-5]\d))?)?",
    re.ASCII,
)


def utc_of(text):
    """Return the first whole millisecond not before a date or time, as UTC text like created_at.

    A date is its first moment; without a zone it is UTC. Raises ValueError for any other text.
    """
    written = WRITTEN.fullmatch(text)
    if not written:
        raise ValueError("This is no date and no time.")
    second, later = written["second"] or "00", timedelta()
    if second == "60":
        # A leap second. Like the clock of a computer, count it as the next one.
        second, later = "59", timedelta(seconds=1)
    moment = datetime.fromisoformat(f"{written['date']}T{written['minute'] or '00:00'}:{second}")
    later += timedelta(milliseconds=milliseconds(written["fraction"] or ""))
    if written["sign"]:
        offset = timedelta(hours=int(written["hours"]), minutes=int(written["minutes"]))
        later += offset if written["sign"] == "-" else -offset
    try:
        return utc_text(moment + later)
    except OverflowError:
        # An offset leads out of the years that there are.
        return utc_text(datetime.max if later > timedelta() else datetime.min)


def milliseconds(fraction):
    """Return the milliseconds of the digits of a second's fraction, rounded up."""
    whole = int(f"{fraction}000"[:3])
    return whole + 1 if fraction[3:].strip("0") else whole
