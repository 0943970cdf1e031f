"""A worker that leaves new connections to those that have fewer."""

import mmap
import select
import selectors
import time

from gunicorn.workers.gthread import ThreadWorker

NOBODY = -1
# How long a connection may wait for a worker that has fewer, and between two looks at it.
PATIENCE_SECONDS, LOOK_SECONDS = 0.02, 0.001
# After a wait in vain the worker takes all that comes for so long: the other one is too busy.
HURRY_SECONDS = 0.05


def new_counts(seats):
    """Return the connections of each seat's worker, in memory that all share after the fork."""
    counts = memoryview(mmap.mmap(-1, 8 * seats)).cast("q")
    for seat in range(seats):
        counts[seat] = NOBODY
    return counts


class EvenWorker(ThreadWorker):
    """A threaded worker for connections that are kept: each worker gets as many of them.

    Whoever wakes first would take them all. counts and seat: set before the fork.
    """

    counts, seat = None, 0

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        # Listeners that are left to others, and until when.
        self.left = {}
        self.hurry_until = 0

    def set_accept_enabled(self, enabled):
        """Accept connections or not; who does not is no worker to wait for."""
        for listener in list(self.left):
            self.watch(listener)
        super().set_accept_enabled(enabled)
        self.tell()

    def accept(self, listener):
        """Take a new connection, unless another worker should."""
        now = time.monotonic()
        if now > self.hurry_until and self.has_more():
            self.poller.unregister(listener)
            self.left[listener] = now + PATIENCE_SECONDS
        else:
            self.take_new(listener)
            self.tell()

    def wait_for_and_dispatch_events(self, timeout):
        """Wait for events and handle them."""
        super().wait_for_and_dispatch_events(LOOK_SECONDS if self.left else timeout)
        self.tell()
        for listener, end in list(self.left.items()):
            self.look(listener, end)

    def look(self, listener, end):
        """Watch a listener again if it is this worker's turn, or if another one was quicker."""
        now = time.monotonic()
        if self.has_more() and is_waited_at(listener):
            if now < end:
                return
            self.hurry_until = now + HURRY_SECONDS
        self.watch(listener)

    def watch(self, listener):
        """Take part in accepting again."""
        del self.left[listener]
        self.poller.register(listener, selectors.EVENT_READ, self.accept)

    def has_more(self):
        """Tell whether another worker that accepts has fewer connections."""
        return any(NOBODY < count < self.nr_conns for count in self.counts)

    def tell(self):
        """Tell the other workers how many connections this one has."""
        self.counts[self.seat] = self.nr_conns if self._accepting else NOBODY


def is_waited_at(listener):
    """Tell whether a new connection waits at a listener."""
    waiting = select.poll()
    waiting.register(listener, select.POLLIN)
    return bool(waiting.poll(0))
