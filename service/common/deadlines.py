"""The time that a request has left, and its waits. Work outside a request has no limit."""

import contextlib
import time
from contextvars import ContextVar

from service.common.errors import ServiceBusy

# Less than API Gateway's limit of 29 to 30 s, so that the client gets an answer.
REQUEST_SECONDS = 25

ends_at = ContextVar("ends_at", default=None)
# What a thread enters while it waits: the server sets it, to let another thread work meanwhile.
while_waiting = ContextVar("while_waiting", default=contextlib.nullcontext)


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


@contextlib.contextmanager
def holding(lock, seconds, busy):
    """Hold a lock or semaphore while a block runs.

    Raises ServiceBusy with the detail `busy` if others hold it for so many seconds.
    """
    if not take(lock, seconds):
        raise ServiceBusy(busy)
    try:
        yield
    finally:
        lock.release()


def take(lock, seconds):
    """Acquire a lock or semaphore; tell whether it was free within so many seconds."""
    if lock.acquire(blocking=False):
        return True
    with while_waiting.get()():
        return lock.acquire(timeout=seconds)
