"""The time that a request has left. Work outside a request has no limit."""

import time
from contextvars import ContextVar

from service.common.errors import ServiceBusy

# Less than API Gateway's limit of 29 to 30 s, so that the client gets an answer.
REQUEST_SECONDS = 25

ends_at = ContextVar("ends_at", default=None)


def start(seconds=REQUEST_SECONDS):
    """Set the deadline of the current request."""
    ends_at.set(time.monotonic() + seconds)


def stop():
    """Clear the deadline."""
    ends_at.set(None)


def seconds_left():
    """Return how many seconds the request has left, or None outside a request."""
    end = ends_at.get()
    return None if end is None else end - time.monotonic()


def require(seconds):
    """Raise ServiceBusy unless that many seconds are left."""
    left = seconds_left()
    if left is not None and left < seconds:
        raise ServiceBusy("The request took too long; try again.", seconds_left=round(left, 3))
