"""The threads that answer requests: one that waits makes room for another."""

import collections
import contextlib
import sys
from concurrent.futures import ThreadPoolExecutor

from service.common import deadlines

# How many may wait, for the rest of a body or for a lock, beside those that work.
MOST_WAITING = 1000
# For so many threads Python's own interval between two of them is right, in seconds.
FEW, INTERVAL = 100, sys.getswitchinterval()


class RequestThreads(ThreadPoolExecutor):
    """Calls tasks in threads, of which so many may work at once; the main loop adds the tasks.

    wake: calls a function in the main loop.
    """

    def __init__(self, most, wake):
        super().__init__(most + MOST_WAITING)
        self.most = most
        self.wake = wake
        # Tasks that wait for a thread: the urgent ones, the others.
        self.urgent = collections.deque()
        self.queued = collections.deque()
        self.is_urgents_turn = False
        self.busy = 0
        # Waits of threads, the longest first: what gives up the client, or None.
        self.waiting = {}
        self.quitting = False

    def add(self, *task):
        """Call a function with its arguments as soon as a thread is free."""
        self.queued.append(task)
        self.start()

    def add_urgent(self, *task):
        """Call a function as `add` does, but before most tasks that wait."""
        self.urgent.append(task)
        self.start()

    def start(self):
        """Give queued tasks to threads that are free. Runs in the main loop."""
        while (self.queued or self.urgent) and self.working() < self.most:
            if len(self.waiting) >= MOST_WAITING:
                self.end_a_wait()
                break
            self.count(1)
            # A system that allows no further thread: one of the others will take the task.
            with contextlib.suppress(RuntimeError):
                self.submit(self.call, *self.take())

    def take(self):
        """Return the next task: every other time an urgent one, so that none waits for ever."""
        self.is_urgents_turn = not self.is_urgents_turn
        if self.urgent and (self.is_urgents_turn or not self.queued):
            return self.urgent.popleft()
        return (self.queued or self.urgent).popleft()

    def call(self, task, *given):
        """Call a task, which lets another begin while it waits for a lock. Runs in a thread."""
        deadlines.while_waiting.set(self.while_waiting)
        task(*given)

    def end_a_wait(self):
        """Give up the client that was waited for longest."""
        give_up = next(filter(None, self.waiting.copy().values()), None)
        if give_up:
            give_up()

    def quit(self):
        """Give up every client that is waited for, now or later: the worker ends at once."""
        self.quitting = True
        for give_up in filter(None, self.waiting.copy().values()):
            give_up()

    def end(self):
        """Count a thread as free again. Runs in the main loop, after each task."""
        self.count(-1)
        self.start()

    def count(self, change):
        """Count tasks that threads have; the more, the longer one may keep Python's lock.

        Whoever waits for the lock asks for it once in an interval. A thousand threads that each ask
        every 5 ms leave no processor time for the work, and nobody is answered.
        """
        self.busy += change
        sys.setswitchinterval(INTERVAL * max(1, self.busy / FEW))

    def working(self):
        """Return the number of threads that do not wait."""
        return self.busy - len(self.waiting)

    @contextlib.contextmanager
    def while_waiting(self, give_up=None):
        """Let another thread start while this one waits, for a client that can be given up."""
        wait = object()
        self.waiting[wait] = give_up
        if self.quitting and give_up:
            give_up()
        if self.queued or self.urgent:
            self.wake(self.start)
        try:
            yield
        finally:
            del self.waiting[wait]
