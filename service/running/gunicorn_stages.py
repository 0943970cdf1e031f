"""What the main loop does with a connection while no thread works for it.

A stage has the event that it waits for; step(), which tells whether the stage is done; and
is_over(now), which tells whether its time is over. None of them blocks.
"""

import selectors
import socket
import time

from gunicorn.http import errors

# Before its parser runs; gunicorn itself would take 800 KB.
MOST_HEAD_BYTES = 100_000
MOST_LINE_BYTES = 8192
# gunicorn's parser copies what was read with the head once for each chunk of a body: read little.
HEAD_BYTES = 8192
MOST_EARNED_SECONDS = 300
# Whoever asks this may end a server that answers late, although it only has much to do.
URGENT = b"GET /health "
# A refused sender reads the answer only when its whole body was taken.
LINGER_SECONDS = 5
LINGER_BYTES = 64 << 20
LINGER_PIECE = 64 << 10


class Head:
    """Collects the head of a request: its first line and its headers.

    start: bytes that have come already. idle_seconds: how long to wait for the first byte.
    head_seconds: how long the whole head may take from then on.
    """

    event = selectors.EVENT_READ

    def __init__(self, sock, start, idle_seconds, head_seconds):
        self.sock = sock
        self.buffer = bytearray(start)
        self.searched = 0
        self.head_seconds = head_seconds
        self.ends_at = time.monotonic() + (head_seconds if start else idle_seconds)

    def step(self):
        """Read until the head is complete, or bad. Raises OSError or gunicorn's errors."""
        while not self.is_complete():
            piece = self.sock.take(HEAD_BYTES)
            if piece is None:
                return False
            if not piece:
                raise ConnectionResetError("The client has gone.")
            if not self.buffer:
                self.ends_at = time.monotonic() + self.head_seconds
            self.buffer += piece
        return True

    def is_complete(self):
        """Tell whether gunicorn's parser can decide: the head is there, or can never be good."""
        position = max(0, self.searched - 3)
        self.searched = len(self.buffer)
        if self.buffer.find(b"\r\n\r\n", position) >= 0:
            return True
        if self.buffer.count(b"\n", position) != self.buffer.count(b"\r\n", max(0, position - 1)):
            return True
        if self.searched > MOST_HEAD_BYTES:
            raise errors.LimitRequestHeaders("headers too large")
        too_long = self.searched > MOST_LINE_BYTES
        return too_long and self.buffer.find(b"\r\n", 0, MOST_LINE_BYTES + 2) < 0

    def is_urgent(self):
        """Tell whether the request should not wait for those before it."""
        return self.buffer.startswith(URGENT)

    def end_by(self, deadline):
        """Wait no longer than until then: the worker stops."""
        self.ends_at = min(self.ends_at, deadline)

    def is_over(self, now):
        """Tell whether the client took too long."""
        return now > self.ends_at


class Sending:
    """Sends what is left of an answer, while the client takes it at a minimum speed.

    What was taken faster counts for later: a kernel with a large buffer tells only now and then
    that there is room again, a slow client's after minutes.
    """

    event = selectors.EVENT_WRITE

    def __init__(self, sock):
        self.sock = sock
        self.ends_at = time.monotonic() + sock.pace.seconds
        self.taken = sock.taken()

    def step(self):
        """Send a little. Raises OSError."""
        self.sock.send_some()
        return not self.sock.outbox

    def is_over(self, now):
        """Tell whether the client takes too little."""
        if now < self.ends_at:
            return False
        before, self.taken = self.taken, self.sock.taken()
        earned = (self.taken - before) / self.sock.pace.speed
        self.ends_at = min(self.ends_at + earned, now + MOST_EARNED_SECONDS)
        return now >= self.ends_at


class Farewell:
    """Ends a connection so that the client can read the last answer."""

    event = selectors.EVENT_READ

    def __init__(self, sock):
        self.sock = sock
        self.ends_at = time.monotonic() + LINGER_SECONDS
        self.left = LINGER_BYTES
        self.is_told = False

    def step(self):
        """Say that nothing more comes; then read to the client's end. Raises OSError."""
        if not self.is_told:
            self.is_told = True
            self.sock.shutdown(socket.SHUT_WR)
        piece = self.sock.take(LINGER_PIECE)
        if piece is None:
            return False
        self.left -= len(piece)
        return not piece or self.left < 0

    def is_over(self, now):
        """Tell whether the client still sends."""
        return now > self.ends_at
