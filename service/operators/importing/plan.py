"""Which files are the same picture, and what the threads do next."""

import collections
import hashlib
import threading

from service.operators.importing.folder import unreadable
from service.operators.importing.outcomes import FAILED, Outcome


class Comparison:
    """Files of one size, which may be the same picture."""

    def __init__(self, files):
        self.left = len(files)
        self.digests = dict.fromkeys(files)

    def add(self, file, sha256):
        """Note a file's digest, None if there is none; tell whether it was the last."""
        self.digests[file] = sha256
        self.left -= 1
        return not self.left

    def pictures(self):
        """Return the pictures: of each the files, in their order in the folder."""
        found = {}
        for file, sha256 in self.digests.items():
            if sha256:
                found.setdefault(sha256, []).append(file)
        return found.values()


class Plan:
    """Hands out pictures, each a list of the files that have its bytes.

    Only files that share their size with another are read beforehand; so uploads begin at once.
    """

    def __init__(self, files):
        by_size = collections.defaultdict(list)
        for file in files:
            by_size[file.size].append(file)
        self.tasks = collections.deque()
        for same in by_size.values():
            comparison = Comparison(same) if len(same) > 1 else None
            self.tasks.extend((file, comparison) for file in same)
        self.ready = collections.deque()
        self.comparing = 0
        self.changed = threading.Condition()

    def next(self, failed):
        """Return the next picture, or None at the end. failed(file, Outcome): what can't be read.

        Comparing is part of it: a call may read files before it has a picture.
        """
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.ready or self.tasks or not self.comparing)
                if self.ready:
                    return self.ready.popleft()
                if not self.tasks:
                    return None
                file, comparison = self.tasks.popleft()
                if comparison is None:
                    return [file]
                self.comparing += 1
            sha256 = digest_of(file, failed)
            with self.changed:
                self.comparing -= 1
                if comparison.add(file, sha256):
                    self.ready.extend(comparison.pictures())
                self.changed.notify_all()


def digest_of(file, failed):
    """Return the hex digest of a file's bytes, or None if it cannot be read."""
    try:
        with open(file.path, "rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        failed(file, Outcome(FAILED, unreadable(error)))
        return None
