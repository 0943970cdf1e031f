"""AVIF and HEIC: check the boxes, the primary item's properties and the place of each item's bytes.

Pixels are never decoded: the coded picture may make the decoder allocate far more memory than the
boxes declare, and the decoder accepts damaged bytes without an error.
"""

import struct

from service.business.inspection.header import Header, require

QUARTER_TURNED = 6
MOST_BOXES = 10_000
MOST_ITEMS = 10_000
# If one of these is cut short, the file is damaged. Another box that does not fit is ignored.
NEEDED = {b"meta", b"mdat", b"moov", b"pitm", b"iloc", b"iprp", b"ipco", b"ipma", b"ispe", b"irot"}


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


def read(data):
    """Return the Header of the primary item."""
    meta = first_of_each(first_of_each(data)[b"meta"][4:])
    reader = Reader(meta[b"pitm"], 4)
    item = reader.take(4 if meta[b"pitm"][0] else 2)
    check_extents(meta[b"iloc"], len(data), len(meta.get(b"idat", b"")))
    properties = item_properties(first_of_each(meta[b"iprp"]), item)
    width, height = struct.unpack_from(">LL", properties[b"ispe"], 4)
    quarter_turns = properties[b"irot"][0] & 3 if b"irot" in properties else 0
    return Header(width, height, orientation=QUARTER_TURNED if quarter_turns % 2 else 1)


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


def check_extents(locations, file_size, inner_size):
    """Require that every extent of every item lies in the file, or in its box for small items."""
    version = locations[0]
    reader = Reader(locations, 4)
    widths = reader.take(2)
    offset_width, length_width, base_width = widths >> 12, widths >> 8 & 15, widths >> 4 & 15
    for _ in range(reader.take(4 if version == 2 else 2)):
        reader.take(4 if version == 2 else 2)
        inner = reader.take(2) & 15 if version else 0
        reader.take(2)
        base = reader.take(base_width)
        for _ in range(reader.take(2)):
            reader.take(widths & 15 if version else 0)
            end = base + reader.take(offset_width) + reader.take(length_width)
            require(end <= (inner_size if inner else file_size), "an item lies beyond the end")


def item_properties(containers, item):
    """Return {kind: contents} of the properties that belong to an item."""
    properties = list(boxes(containers[b"ipco"]))
    version, wide = containers[b"ipma"][0], containers[b"ipma"][3] & 1
    reader = Reader(containers[b"ipma"], 4)
    owned = {}
    for _ in range(reader.take(4)):
        owner = reader.take(4 if version else 2)
        indexes = [reader.take(2 if wide else 1) for _ in range(reader.take(1))]
        if owner == item:
            owned.update(properties[(index & (0x7FFF if wide else 0x7F)) - 1] for index in indexes)
    return owned
