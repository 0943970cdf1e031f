"""Turns of threads: of those that work on one image, one at a time."""

import contextlib
import threading

from service.common import deadlines


class Turns:
    """A lock for each image that a thread of this process works on, held by a block.

    Raises ServiceBusy with the detail `busy` if others hold it for so many seconds.
    """

    def __init__(self, seconds, busy):
        self.seconds = seconds
        self.busy = busy
        # image_id: [its lock, how many threads hold it or wait for it].
        self.locks = {}
        self.guard = threading.Lock()

    @contextlib.contextmanager
    def of(self, image_id):
        """Hold the lock of an image."""
        with self.guard:
            turn = self.locks.setdefault(image_id, [threading.Lock(), 0])
            turn[1] += 1
        try:
            with deadlines.holding(turn[0], self.seconds, self.busy):
                yield
        finally:
            with self.guard:
                turn[1] -= 1
                if not turn[1]:
                    del self.locks[image_id]
