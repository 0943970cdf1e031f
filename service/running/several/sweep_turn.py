"""The turn of the one worker that sweeps."""

import contextlib
import fcntl
import tempfile
import time

PAUSE_SECONDS = 5


class SweepTurn:
    """A lock that one process has until it ends, in whatever way. Must be made before the fork.

    folder: where its file is made, which has no name; None: that for temporary files.
    """

    def __init__(self, folder=None):
        self.file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115

    def wait(self, seconds=PAUSE_SECONDS):
        """Return as soon as this process is the one that sweeps. seconds: between two tries."""
        while not self.is_mine():
            time.sleep(seconds)

    def is_mine(self):
        """Take the turn unless another process has it; tell whether this one has it now."""
        # Not flock: all processes have the same open file, and would share its lock. And without
        # waiting in the kernel, which sees a deadlock where each thread waits for another lock.
        with contextlib.suppress(BlockingIOError, PermissionError):
            fcntl.lockf(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False
