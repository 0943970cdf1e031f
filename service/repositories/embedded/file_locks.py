"""Locks between threads and processes: files that one of them at a time holds."""

import contextlib
import os
import time

from service.common import deadlines
from service.common.errors import ServiceBusy
from service.repositories.embedded.folders import folder_errors, make_folder, open_private

# How long the holder of a lock works at most: outside a request nobody waits longer either.
MOST_SECONDS = 60
PAUSE_SECONDS = 0.02


class FileLocks:
    """Locks by name, in a folder. A lock ends with its process, also with a killed one."""

    def __init__(self, folder):
        self.folder = folder

    @contextlib.contextmanager
    def holding(self, name):
        """Hold the lock of a name while a block runs; first wait for others. Raises ServiceBusy."""
        with folder_errors("lock"):
            make_folder(self.folder)
            descriptor = open_private(self.folder / name, os.O_RDWR | os.O_CREAT)
        with os.fdopen(descriptor, "rb+") as file:
            if not locked(file):
                with deadlines.while_waiting.get()():
                    self.wait(file)
            yield

    def wait(self, file):
        """Wait until this file is locked for the caller. Raises ServiceBusy."""
        end = time.monotonic() + MOST_SECONDS
        while not locked(file):
            deadlines.require(PAUSE_SECONDS)
            if time.monotonic() > end:
                raise ServiceBusy("Another request works on the same image; try again.")
            time.sleep(PAUSE_SECONDS)


def locked(file):
    """Lock an open file unless another open file has the lock; tell whether it is locked now."""
    import fcntl

    with contextlib.suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False
