"""Counts of requests in windows of time, which all processes of the server see."""

import hashlib
import math
import mmap
import secrets
import threading
import time

from service.common.errors import TooManyRequests, set_by

MOST_KEYS = 65536
# Windows of one process in a group. All keys with the same digest modulo the groups share one.
WAYS = 8
# A window: the requests that one process counted, its end (nanoseconds of the machine), its key.
COUNT, END, KEY, SIZE = range(4)


class Windows:
    """Counts requests by key, each key's in a window of time that begins with its first one.

    Each process writes windows of its own, and adds up those of all: so nobody waits for a lock of
    a process that was killed. Keeps about the newest `keys` windows: memory and time are bounded,
    whoever calls. Must be made before the fork. clock: returns nanoseconds, the same for all.
    """

    def __init__(self, most, seconds, seat, keys=MOST_KEYS, clock=time.monotonic_ns):
        self.most = most
        self.nanoseconds = int(seconds * 1e9)
        self.seat = seat
        self.clock = clock
        self.groups = max(1, keys // WAYS)
        # Nobody can choose keys that share a group.
        self.salt = secrets.token_bytes(16)
        self.lock = threading.Lock()
        self.part = WAYS * SIZE
        self.table = memoryview(mmap.mmap(-1, self.groups * seat.count * self.part * 8)).cast("Q")

    def count(self, key):
        """Count a request. Raises TooManyRequests."""
        digest = self.digest(key)
        now = self.clock()
        with self.lock:
            group = self.group(digest)
            own = self.own_window(group, digest, now)
            group[own + COUNT] += 1
            total = sum(group[at + COUNT] for at in found(group, digest, now))
            end = group[own + END]
        if total > self.most:
            seconds = max(1, math.ceil((end - now) / 1e9))
            detail = f"Wait {seconds} s, then go on. {set_by('RATE_LIMIT')}"
            raise TooManyRequests(detail, retry_after=seconds)

    def digest(self, key):
        """Return a number that stands for a key."""
        text = repr(key).encode(errors="surrogatepass")
        return int.from_bytes(hashlib.blake2b(text, digest_size=8, key=self.salt).digest(), "big")

    def group(self, digest):
        """Return the windows, of all processes, among which that of a digest is."""
        size = self.seat.count * self.part
        start = digest % self.groups * size
        return self.table[start : start + size]

    def own_window(self, group, digest, now):
        """Return where this process counts a digest in a group; begin a window if need be."""
        own = range(self.seat.number * self.part, (self.seat.number + 1) * self.part, SIZE)
        others = found(group, digest, now)
        for at in others:
            if at in own:
                return at
        at = min(own, key=lambda at: group[at + END])
        group[at + COUNT] = 0
        # Another process may have begun it: it ends for all at the same time.
        group[at + END] = group[others[0] + END] if others else now + self.nanoseconds
        group[at + KEY] = digest
        return at


def found(group, digest, now):
    """Return where the windows of a digest are in a group, without those that have ended."""
    keys = group.tolist()[KEY::SIZE]
    places = [place * SIZE for place, key in enumerate(keys) if key == digest]
    return [at for at in places if group[at + END] > now]
