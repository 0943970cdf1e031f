"""An answer on its way: its head, and what is left of it while a client does not take it."""

import functools
import os
import time

from gunicorn import util
from gunicorn.http.wsgi import FileWrapper, Response

SEND_BYTES = 512 << 10
# Copying so much is faster than a second send.
JOINED_BYTES = 64 << 10


class Answer(Response):
    """gunicorn's answer, with a head that goes out together with a small body."""

    head = b""

    def send_headers(self):
        """Make the head; it goes out with the next bytes, or at the end."""
        if not self.headers_sent:
            self.head = self.new_head()
            self.headers_sent = True

    def new_head(self):
        """Return the status line and the headers."""
        lines = [
            f"HTTP/{self.req.version[0]}.{self.req.version[1]} {self.status}\r\n",
            f"Server: {self.version}\r\n",
            f"Date: {http_date(int(time.time()))}\r\n",
            f"Connection: {'close' if self.should_close() else 'keep-alive'}\r\n",
            "Transfer-Encoding: chunked\r\n" if self.chunked else "",
            *[f"{name}: {value}\r\n" for name, value in self.headers],
            "\r\n",
        ]
        return "".join(lines).encode("latin-1")

    def send_head(self):
        """Send the head if it has not gone out yet. Raises OSError."""
        head, self.head = self.head, b""
        if head:
            self.sock.sendall(head)

    def _emit_body(self, data):
        """Send bytes of the body. Raises OSError."""
        if self.chunked or len(data) > JOINED_BYTES:
            self.send_head()
            super()._emit_body(data)
        else:
            head, self.head = self.head, b""
            self.sock.sendall(head + data)

    def send(self, pieces):
        """Send the app's answer. Raises OSError."""
        if isinstance(pieces, FileWrapper) and util.has_fileno(pieces.filelike):
            self.send_file(pieces.filelike)
        else:
            for piece in pieces:
                self.write(piece)
        self.close()

    def send_file(self, file):
        """Send a file from its position on, as much of it as the answer says. Raises OSError."""
        self.send_headers()
        self.send_head()
        if not self._omits_body and self.response_length != 0:
            self.sock.sendfile(file, file.tell(), self.response_length)

    def close(self):
        """Send what has not gone out. Raises OSError."""
        self.send_headers()
        self.send_head()
        super().close()


@functools.lru_cache(maxsize=2)
def http_date(second):
    """Return a time, in seconds since 1970, as HTTP's headers have it."""
    return util.http_date(second)


class BytesPart:
    """Bytes of an answer, in the outbox."""

    def __init__(self, content):
        self.content = content
        self.rest = memoryview(content)

    def send(self, sock):
        """Send what the client takes at once; return the number of bytes. Raises OSError."""
        sent = sock.send(self.rest)
        self.rest = self.rest[sent:]
        return sent

    def is_sent(self):
        """Tell whether nothing is left."""
        return not self.rest

    def close(self):
        """Free the bytes."""
        self.content = b""
        self.rest = memoryview(b"")


class FilePart:
    """A part of a file, in the outbox. Nothing of it is in memory."""

    content = b""

    def __init__(self, fileno, offset, size):
        self.fileno = fileno
        self.offset = offset
        self.end = offset + size
        self.is_own = False

    def keep(self):
        """Keep the file open: the app closes its own when it has answered."""
        self.fileno = os.dup(self.fileno)
        self.is_own = True

    def send(self, sock):
        """Send what the client takes at once; return the number of bytes. Raises OSError."""
        size = min(self.end - self.offset, SEND_BYTES)
        sent = os.sendfile(sock.fileno(), self.fileno, self.offset, size)
        if sent == 0:
            raise ConnectionAbortedError("The file has become shorter.")
        self.offset += sent
        return sent

    def is_sent(self):
        """Tell whether nothing is left."""
        return self.offset == self.end

    def close(self):
        """Close the file, unless it is the app's."""
        if self.is_own:
            os.close(self.fileno)


def without_room(conns, most):
    """Return the connections, oldest first, for whose unsent bytes those after leave no room."""
    found, held, counted = [], 0, set()
    for conn in reversed(conns):
        # Answers may share their bytes: a script of /docs is in memory once.
        sizes = {id(part.content): len(part.content) for part in conn.sock.outbox}
        size = sum(sizes[one] for one in sizes.keys() - counted)
        if size and held + size > most:
            found.append(conn)
        else:
            held += size
            counted |= sizes.keys()
    return found[::-1]
