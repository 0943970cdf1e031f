"""When the next request may be sent: the threads wait together, and give up together."""

import random
import threading
import time

# How long a service that was never reached is waited for, in seconds.
FIRST_PATIENCE = 10
LONGEST_PAUSE = 15


class Stopped(Exception):
    """The run ends here. Its text says why, or is empty if the user wants it."""


class Pace:
    """Makes all threads wait while the service asks for it or does not answer.

    patience: after how many seconds without a good answer the run ends.
    """

    def __init__(self, patience):
        self.patience = patience
        self.ended = threading.Event()
        # None before the first good answer.
        self.answered_at = None
        self.resume_at = 0
        self.trouble = None
        self.troubled_since = None

    def wait(self):
        """Return when a request may be sent. Raises Stopped."""
        while (left := self.resume_at - time.monotonic()) > 0:
            if self.ended.wait(left):
                break
        self.go_on()

    def go_on(self):
        """Raise Stopped if the run has ended."""
        if self.ended.is_set():
            raise Stopped

    def rest(self, seconds):
        """Let this thread alone wait. Raises Stopped."""
        self.ended.wait(seconds)
        self.go_on()

    def answered(self):
        """Note a good answer: what troubled the service is over."""
        self.answered_at = time.monotonic()
        self.trouble = self.troubled_since = None

    def answered_since(self, moment):
        """Tell whether there was a good answer since a moment of the monotonic clock."""
        return self.answered_at is not None and self.answered_at > moment

    def pause(self, seconds, trouble, *, is_there):
        """Let every thread wait; is_there: the service has answered. Raises Stopped."""
        now = time.monotonic()
        since = self.troubled_since or now
        self.trouble, self.troubled_since = trouble, since
        patience = self.patience
        if not is_there and self.answered_at is None:
            patience = min(FIRST_PATIENCE, patience)
        if now + seconds - since > patience:
            raise Stopped(f"Gave up after {now - since:.0f} s. {trouble}")
        self.resume_at = max(self.resume_at, now + seconds)

    @property
    def waiting(self):
        """What is waited for, as text, or None."""
        left = self.resume_at - time.monotonic()
        return f"waiting {left:.0f} s: {self.trouble}" if left > 0.5 and self.trouble else None


def backoff(tries):
    """Return how many seconds to wait after so many tries: about twice as long each time."""
    return min(LONGEST_PAUSE, 0.25 * 2**tries) * random.uniform(0.75, 1.25)
