"""The time a request has left; work outside a request has all the time it wants."""

import time
from contextvars import ContextVar

from service.common.errors import ServiceBusy

# API Gateway gives up after 29 to 30 s; an answer of ours must leave before.
REQUEST_SECONDS = 25

ends_at = ContextVar("ends_at", default=None)


def start(seconds=REQUEST_SECONDS):
    """Start the clock of the current request."""
    ends_at.set(time.monotonic() + seconds)


def stop():
    """Forget the clock."""
    ends_at.set(None)


def seconds_left():
    """Return how many seconds the request has left, or None outside a request."""
    end = ends_at.get()
    return None if end is None else end - time.monotonic()


def require(seconds):
    """Raise ServiceBusy unless that many seconds are left."""
    left = seconds_left()
    if left is not None and left < seconds:
        raise ServiceBusy("The service is short of time; try again.", seconds_left=round(left, 3))
