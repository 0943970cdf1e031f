"""A clock that a test sets."""

from datetime import timedelta


class Clock:
    """Returns the same time until it is set; hand it in for the current time."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now

    def forward(self, **span):
        """Go forward by a span of time, such as minutes=15."""
        self.now += timedelta(**span)
