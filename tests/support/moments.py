"""Waits for the clock, where a test would be too fast."""

from service.models.image import now_text


def await_next_moment():
    """Let a millisecond pass: a sweep never meets a record twice in the same one."""
    moment = now_text(0.001)
    while now_text() <= moment:
        pass
