"""Waits for the clock, for tests that would be too fast."""

from service.models.image import now_text


def await_next_moment():
    """Wait for the next millisecond: a sweep reads each record at most once in a millisecond."""
    moment = now_text(0.001)
    while now_text() <= moment:
        pass
