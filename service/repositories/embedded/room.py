"""The room on a disk: what of it is kept for deletes, the sweep and the database."""

import contextlib
import math
import os
import threading
from collections import namedtuple

from service.common.errors import StorageFull
from service.repositories.embedded.folders import folder_errors

# What no upload may use: a full disk can be emptied with it.
RESERVED_BYTES = 64 << 20
RESERVED_FILES = 64
# What one upload makes at most: a folder and two files.
FILES_EACH = 3

Space = namedtuple("Space", "bytes files")


def free_space(folder):
    """Return the Space that is free for a folder, or for what there is of its parents."""
    while not folder.exists():
        folder = folder.parent
    found = os.statvfs(folder)
    # Some file systems make a file's entry when it is needed, and tell 0.
    return Space(found.f_bavail * found.f_frsize, found.f_favail if found.f_files else math.inf)


class Room:
    """Refuses uploads while less than RESERVED_BYTES and one largest image are free.

    free_space(folder) returns a Space; max_image_size is in bytes.
    """

    def __init__(self, folder, max_image_size, free_space=free_space):
        self.folder = folder
        self.least = RESERVED_BYTES + max_image_size
        self.free_space = free_space
        self.lock = threading.Lock()
        self.writes = []

    @contextlib.contextmanager
    def taking(self, size):
        """Count so many bytes as used while a block writes them. Raises StorageFull."""
        with self.lock:
            self.require()
            self.writes.append(size)
        try:
            yield
        finally:
            with self.lock:
                self.writes.remove(size)

    def require(self):
        """Raise StorageFull if there is no room for one more image."""
        if lack := self.lack():
            raise full(lack)

    def require_reserve(self):
        """Raise StorageFull if what was written has used what is reserved.

        Each process counts only what it writes itself, so all of them may have begun too much.
        """
        if self.measure().bytes < RESERVED_BYTES:
            raise full("other processes took it meanwhile")

    def left(self):
        """Return the bytes that uploads may still take; at 0 the next one may be refused."""
        return max(self.measure().bytes - self.least, 0)

    def lack(self):
        """Return what is too little for one more image, as a text, or None."""
        free = self.measure()
        left = free.bytes - sum(self.writes)
        if left < self.least:
            return f"{max(left, 0) >> 20} MiB are left, {self.least >> 20} MiB must be"
        if free.files - FILES_EACH * len(self.writes) < RESERVED_FILES:
            return f"{free.files} files can be made, {RESERVED_FILES} must be"
        return None

    def measure(self):
        """Return the Space that is free now. Raises StorageUnavailable."""
        with folder_errors("room"):
            return self.free_space(self.folder)


def full(reason):
    """Return the StorageFull of a disk that is kept from getting full."""
    return StorageFull("There is no room for more images; delete some.", reason=reason)
