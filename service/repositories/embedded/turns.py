"""Turns among the threads of a process, and among processes: nobody waits for ever."""

import collections
import os
import threading
import time

from service.repositories.embedded.folders import open_private

# How long a process waits before it looks again: longer each time, from the first to the last.
FIRST_PAUSE_SECONDS = 0.0002
LAST_PAUSE_SECONDS = 0.002
BUSY = "others write"


class Place:
    """A thread's place in a queue. given: what the one before handed on, or None."""

    def __init__(self):
        self.entered = time.monotonic()
        self.given = None
        self.called = threading.Lock()
        self.called.acquire()

    def call(self):
        """Let the thread go on."""
        self.called.release()

    def wait(self, seconds):
        """Wait for a call until so long after the place was taken. Raises TimeoutError."""
        left = self.entered + seconds - time.monotonic()
        if not self.called.acquire(timeout=max(left, 0)):
            raise TimeoutError(BUSY)


class Queue:
    """Threads in the order in which they came. The first one is called and has the turn."""

    def __init__(self):
        self.lock = threading.Lock()
        self.places = collections.deque()

    def enter(self):
        """Return a new place at the end."""
        place = Place()
        with self.lock:
            self.places.append(place)
            if len(self.places) == 1:
                place.call()
        return place

    def withdraw(self, place):
        """Give a place up that has not got the turn; return whether that is so."""
        with self.lock:
            has_turn = self.places[0] is place
            if not has_turn:
                self.places.remove(place)
        return not has_turn

    def end_turn(self):
        """Leave with the turn: the next one gets it."""
        with self.lock:
            self.places.popleft()
            if self.places:
                self.places[0].call()

    def hand_on(self, given):
        """Leave with the turn, and give something to the next one. False if nobody waits."""
        with self.lock:
            if len(self.places) == 1:
                return False
            self.places.popleft()
            self.places[0].given = given
            self.places[0].call()
        return True


class FileTurn:
    """A turn that one process at a time has. It ends with its process, also with a killed one.

    Whoever has the turn has locked one file, and whoever gets it next the other one: so a process
    that wants it again stands behind the one that waits. One thread at a time may use this.
    Nothing but fairness depends on it: where the files cannot be opened or locked, all have turns.
    """

    def __init__(self, turn_path, next_path):
        self.paths = (turn_path, next_path)
        self.files = ()
        self.fcntl = None

    def take(self, end):
        """Wait for the turn until a time of time.monotonic. Raises TimeoutError: then close."""
        try:
            if not self.files:
                self.open()
            turn, following = self.files
            self.lock(following, end)
            self.lock(turn, end)
            self.fcntl.flock(following, self.fcntl.LOCK_UN)
        except TimeoutError:
            raise
        except OSError:
            # Another user's files, for one: a command of root's has made them.
            self.close()

    def give_back(self):
        """End the turn."""
        if self.files:
            self.fcntl.flock(self.files[0], self.fcntl.LOCK_UN)

    def open(self):
        """Open the files: after any fork, because a fork would share the locks."""
        # Windows has no fcntl, and late imports take a part of each write.
        import fcntl

        self.fcntl = fcntl
        self.files = []
        for path in self.paths:
            self.files.append(open_private(path, os.O_RDWR | os.O_CREAT))

    def close(self):
        """End the turn or the wait for it, and close the files."""
        files, self.files = self.files, ()
        for file in files:
            os.close(file)

    def lock(self, file, end):
        """Lock an open file. Raises TimeoutError if others have it until `end`."""
        at_once = self.fcntl.LOCK_EX | self.fcntl.LOCK_NB
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return self.fcntl.flock(file, at_once)
            except BlockingIOError:
                if time.monotonic() > end:
                    raise TimeoutError(BUSY) from None
            time.sleep(pause)
            pause = min(2 * pause, LAST_PAUSE_SECONDS)
