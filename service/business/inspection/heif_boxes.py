"""The boxes that AVIF and HEIC files consist of, and numbers of any width inside them."""

import struct

from service.business.inspection.header import require

MOST_BOXES = 10_000
MOST_ITEMS = 10_000
# If one of these is cut short, the file is damaged. Another box that does not fit is ignored.
NEEDED = {
    b"meta", b"mdat", b"moov", b"pitm", b"iloc", b"iprp", b"ipco", b"ipma", b"ispe", b"irot",
    b"clap",
}  # fmt: skip

# By orientation: the (a, b, c, d) that turn a point (x, y) into (ax + by, cx + dy); y goes down.
TURNS = {
    1: (1, 0, 0, 1), 2: (-1, 0, 0, 1), 3: (-1, 0, 0, -1), 4: (1, 0, 0, -1),
    5: (0, 1, 1, 0), 6: (0, -1, 1, 0), 7: (0, -1, -1, 0), 8: (0, 1, -1, 0),
}  # fmt: skip
ORIENTATIONS = {matrix: orientation for orientation, matrix in TURNS.items()}


class Turns:
    """What turns and mirrors, one after the other, come to: an orientation (1 to 8)."""

    def __init__(self):
        self.orientation = 1

    def add(self, orientation):
        """Add a turn or mirror, which is itself given as an orientation."""
        a, b, c, d = TURNS[self.orientation]
        e, f, g, h = TURNS[orientation]
        matrix = e * a + f * c, e * b + f * d, g * a + h * c, g * b + h * d
        self.orientation = ORIENTATIONS[matrix]


class Reader:
    """Reads whole numbers of any width in sequence, up to a limit."""

    def __init__(self, data, position):
        self.data = data
        self.position = position
        self.left = 8 * MOST_ITEMS

    def take(self, size):
        """Return the next big-endian number of `size` bytes; 0 if size is 0."""
        end = self.position + size
        self.left -= 1
        require(end <= len(self.data) and self.left >= 0, "invalid item list")
        value = int.from_bytes(self.data[self.position : end], "big")
        self.position = end
        return value


def boxes(data):
    """Yield (kind, contents) of each box in a sequence."""
    position = 0
    for _ in range(MOST_BOXES):
        if position + 8 > len(data):
            return
        size, kind = struct.unpack_from(">L4s", data, position)
        start = position + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        end = position + size if size else len(data)
        fits = start <= end <= len(data)
        require(fits or kind not in NEEDED, "a box is cut short")
        if not fits:
            return
        yield kind, data[start:end]
        position = end
    require(False, "too many boxes")


def first_of_each(data):
    """Return {kind: contents} of a sequence of boxes: of each kind the first box."""
    first = {}
    for kind, contents in boxes(data):
        first.setdefault(kind, contents)
    return first
