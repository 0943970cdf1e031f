"""Turns of those that check pictures: few at once, and nobody's crowd delays others."""

import collections
import contextlib
import threading

from service.common import deadlines
from service.common.errors import ServiceBusy

# Most bytes of a small file, and what decoding it may take. A walker keeps up to as much again.
SMALL_FILE = 1 << 20
SMALL_MEMORY = 16 << 20
# Together these take 128 MiB at most, however many processors there are.
MOST_SMALL = 4
BUSY = "Other images are being checked. Try again in a few seconds."


class CheckTurns:
    """A few turns at once for small pictures, and one for any other, which may be hostile.

    seconds: how long to wait for others. processors: how many this process may keep busy; more
    small pictures at once would only delay other requests.
    """

    def __init__(self, seconds, processors):
        self.seconds = seconds
        self.small = FairTurns(max(1, min(processors, MOST_SMALL)))
        self.large = FairTurns(1)

    def one(self, owner, *, is_small):
        """Return a turn of an owner, to be held while a block runs. Raises ServiceBusy."""
        turns = self.small if is_small else self.large
        left = deadlines.seconds_left()
        return turns.one(owner, self.seconds if left is None else min(self.seconds, left), BUSY)


class FairTurns:
    """Lets so many threads at once do what takes memory; the others wait.

    The owners of those that wait take turns: however many one of them has, the first thread of
    another waits for one turn of each owner.
    """

    def __init__(self, most):
        self.lock = threading.Lock()
        self.free = most
        # By owner, the next one first: the events of those that wait.
        self.waiting = {}

    @contextlib.contextmanager
    def one(self, owner, seconds, busy):
        """Hold a turn while a block runs. Raises ServiceBusy, with the detail `busy`."""
        if not self.take(owner, seconds):
            raise ServiceBusy(busy)
        try:
            yield
        finally:
            self.give_back()

    def take(self, owner, seconds):
        """Take a turn; tell whether there was one within so many seconds."""
        with self.lock:
            if self.free:
                self.free -= 1
                return True
            given = threading.Event()
            self.waiting.setdefault(owner, collections.deque()).append(given)
        try:
            with deadlines.while_waiting.get()():
                given.wait(seconds)
        except BaseException:
            # A turn that nobody takes would be lost.
            if self.leave(owner, given):
                self.give_back()
            raise
        return self.leave(owner, given)

    def leave(self, owner, given):
        """Wait no more; tell whether a turn was given before."""
        with self.lock:
            if not given.is_set():
                self.waiting[owner].remove(given)
                if not self.waiting[owner]:
                    del self.waiting[owner]
            return given.is_set()

    def give_back(self):
        """Give a turn to the next owner that waits, who then is the last one."""
        with self.lock:
            if not self.waiting:
                self.free += 1
                return
            owner = next(iter(self.waiting))
            events = self.waiting.pop(owner)
            events.popleft().set()
            if events:
                self.waiting[owner] = events
