"""A client's socket: reading waits only for a client that keeps a minimum speed, sending never."""

import collections
import contextlib
import fcntl
import os
import select
import socket
import struct
import termios
import time

from service.running.gunicorn_outbox import BytesPart, FilePart

RECEIVE_BYTES = 128 << 10
# The kernel would keep megabytes for each slow reader.
UNSENT_BYTES = 256 << 10

# SO_LINGER: reset the connection on close.
RESET = struct.pack("ii", 1, 0)


class TooSlow(Exception):
    """A client sends too little for its body or headers to be waited for."""


class Pace:
    """The speed that a client must keep: so many bytes a second, over any so many seconds."""

    def __init__(self, seconds, speed):
        self.seconds = seconds
        self.speed = speed
        self.least = seconds * speed
        self.restart()

    def restart(self):
        """Begin a new count."""
        self.waited = self.moved = 0

    def count(self, size):
        """Count bytes that have come."""
        self.moved += size
        if self.moved >= self.least:
            self.restart()


class ClientSocket(socket.socket):
    """A socket that never blocks: recv() waits by itself, sendall() keeps the rest in `outbox`.

    waiting: returns a context manager for the time of a wait; takes what ends the wait.
    """

    def __init__(self, sock, pace, waiting):
        super().__init__(sock.family, sock.type, sock.proto, sock.detach())
        super().setblocking(False)
        self.pace = pace
        self.waiting = waiting
        self.given_up = False
        self.outbox = collections.deque()
        self.sent = 0

    def setblocking(self, _flag):
        """Do nothing: gunicorn would let a thread wait without limit."""

    def take(self, size):
        """Return what has come, b"" at the end, or None when nothing has come. Raises OSError."""
        try:
            return super().recv(size)
        except BlockingIOError:
            return None

    def recv(self, size, _flags=0):
        """Return what has come, waiting for it. Raises TooSlow or OSError."""
        while (piece := self.take(min(size, RECEIVE_BYTES))) is None:
            self.wait()
        self.pace.count(len(piece))
        return piece

    def wait(self):
        """Wait until something comes. Raises TooSlow or OSError."""
        began = time.monotonic()
        poll = select.poll()
        poll.register(self, select.POLLIN | (select.POLLOUT if self.outbox else 0))
        with self.waiting(self.give_up):
            ready = poll.poll(max(0, self.pace.seconds - self.pace.waited) * 1000)
        self.pace.waited += time.monotonic() - began
        if self.given_up or not ready:
            raise TooSlow
        self.flush()

    def give_up(self):
        """Let the thread that waits for this client raise TooSlow."""
        self.given_up = True
        with contextlib.suppress(OSError):
            self.shutdown(socket.SHUT_RD)

    def sendall(self, content, _flags=0):
        """Send bytes; what the client does not take at once stays in the outbox. Raises OSError."""
        self.outbox.append(BytesPart(content))
        self.flush()

    def sendfile(self, file, offset=0, count=None):
        """Send a part of a file, as sendall does."""
        part = FilePart(file.fileno(), offset, count)
        self.outbox.append(part)
        try:
            self.flush()
            if self.outbox:
                part.keep()
        except BaseException:
            # The app closes its file, and then the file's number may be that of another one.
            self.discard()
            raise
        if self.outbox and hasattr(os, "posix_fadvise"):
            # The main loop will send the rest, and must not wait for the disk.
            os.posix_fadvise(part.fileno, part.offset, count, os.POSIX_FADV_WILLNEED)

    def flush(self):
        """Send what the client takes of the outbox. Raises OSError."""
        while self.outbox and self.send_some():
            pass

    def send_some(self):
        """Send a little of the outbox, and tell whether the client took it. Raises OSError."""
        part = self.outbox[0]
        try:
            self.sent += part.send(self)
        except BlockingIOError:
            return False
        except OSError:
            self.discard()
            raise
        if part.is_sent():
            self.outbox.popleft().close()
        return True

    def taken(self):
        """Return how many bytes the client's machine has taken; the kernel holds the others."""
        held = bytes(4)
        with contextlib.suppress(OSError):
            held = fcntl.ioctl(self, termios.TIOCOUTQ, held)
        return self.sent - struct.unpack("i", held)[0]

    def discard(self):
        """Forget what is not sent."""
        while self.outbox:
            self.outbox.pop().close()

    def close(self):
        """Close the connection; if the client has not taken its answer, forget it at once."""
        if self.outbox:
            with contextlib.suppress(OSError):
                self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.discard()
        super().close()


def keep_little_unsent(listener):
    """Limit what the kernel keeps for each connection of a listener. Linux and macOS can."""
    with contextlib.suppress(AttributeError, OSError):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
