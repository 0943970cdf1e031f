"""What is left of an answer to a client that does not take it at once."""

import os

SEND_BYTES = 512 << 10


class BytesPart:
    """Bytes of an answer, in the outbox."""

    def __init__(self, content):
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
        self.rest = memoryview(b"")


class FilePart:
    """A part of a file, in the outbox."""

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
