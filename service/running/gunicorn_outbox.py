"""What is left of an answer to a client that does not take it at once."""

import os

SEND_BYTES = 512 << 10


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
        # The app closes its file when it has answered.
        self.fileno = os.dup(fileno)
        self.offset = offset
        self.end = offset + size

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
        """Close the file."""
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
