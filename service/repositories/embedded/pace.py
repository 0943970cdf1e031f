"""How often costly work may run beside the other threads of its process."""

import contextlib
import time

from service.common import deadlines

# After each piece of work there is a rest of this many times its length, so that it takes a third
# of one processor at most. A processor that nobody else wants needs no rest.
REST = 2
LONGEST_REST_SECONDS = 0.2
# Others are at work if they use this part of a processor.
WORKING = 0.1


class Pace:
    """Pieces of work, one at a time, and the rests between them while other threads work.

    clock, own and all: return seconds; those that passed, and the CPU's of this thread and of the
    process. sleep: waits for seconds.
    """

    def __init__(
        self,
        *,
        clock=time.monotonic,
        own=time.thread_time,
        all=time.process_time,
        sleep=time.sleep,
    ):
        self.clock = clock
        self.own = own
        self.all = all
        self.sleep = sleep
        self.free_at = 0

    @contextlib.contextmanager
    def piece(self):
        """Wait until the rest is over, then let a block work. Only one thread may be here."""
        left = self.free_at - self.clock()
        if left > 0:
            with deadlines.while_waiting.get()():
                self.sleep(left)
        began, others = self.clock(), self.used_by_others()
        try:
            yield
        finally:
            now = self.clock()
            if self.used_by_others() - others > WORKING * (now - began):
                self.free_at = now + min(REST * (now - began), LONGEST_REST_SECONDS)

    def used_by_others(self):
        """Return the CPU seconds that the other threads of the process have used."""
        return self.all() - self.own()
