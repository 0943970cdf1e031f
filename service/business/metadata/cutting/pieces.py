"""The pieces of a file that stay, and the few bytes that are written anew."""

import struct

ORIENTATION, SHORT = 274, 3


class Pieces:
    """Collects what stays of a file, in its order; neighbours become one piece."""

    def __init__(self, data):
        self.data = data
        # Blocks of bytes, and (start, end) of what stays as it is.
        self.parts = []

    def keep(self, start, end):
        """Let the bytes between two positions stay."""
        if self.parts and isinstance(self.parts[-1], tuple) and self.parts[-1][1] == start:
            start = self.parts.pop()[0]
        self.parts.append((start, end))

    def put(self, position, block):
        """Write a block; if the file has the same bytes at that position, they stay."""
        if self.data[position : position + len(block)] == block:
            self.keep(position, position + len(block))
        else:
            self.parts.append(block)

    def extend(self, others):
        """Take over all pieces of the same file from other Pieces."""
        for part in others.parts:
            if isinstance(part, tuple):
                self.keep(*part)
            else:
                self.parts.append(part)

    @property
    def unchanged(self):
        """Whether the whole file stays."""
        return self.parts == [(0, len(self.data))]

    def __iter__(self):
        """Yield each piece: a memoryview of the file, or bytes."""
        for part in self.parts:
            yield self.data[slice(*part)] if isinstance(part, tuple) else part

    def __len__(self):
        """Return how many bytes all pieces have."""
        return sum(len(piece) for piece in self)


def turn(orientation):
    """Return an EXIF block that says only how the picture is turned."""
    return b"MM\0*" + struct.pack(">LHHHLHHL", 8, 1, ORIENTATION, SHORT, 1, orientation, 0, 0)
