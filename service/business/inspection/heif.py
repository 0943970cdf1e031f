"""AVIF and HEIC: the boxes, the primary item's properties, and where every item's bytes lie.

They are never decoded: the coded picture may make the decoder allocate far more than the boxes
declare, and damaged coded bytes decode to something all the same.
"""

import struct

from service.business.inspection.header import Header, require

QUARTER_TURNED = 6
MOST_BOXES = 10_000
MOST_ITEMS = 10_000
# Cut short, these are damage; anything else that does not fit is bytes behind the image.
NEEDED = {b"meta", b"mdat", b"moov", b"pitm", b"iloc", b"iprp", b"ipco", b"ipma", b"ispe", b"irot"}


class Reader:
    """Whole numbers of any width, one after the other, at most so many."""

    def __init__(self, data, position):
        self.data = data
        self.position = position
        self.left = 8 * MOST_ITEMS

    def take(self, size):
        """Return the next number, big endian, of so many bytes; 0 for none."""
        end = self.position + size
        self.left -= 1
        require(end <= len(self.data) and self.left >= 0, "item list broken")
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
    """Yield (kind, contents) of each box in a row."""
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
        require(fits or kind not in NEEDED, "box cut short")
        if not fits:
            return
        yield kind, data[start:end]
        position = end
    require(False, "too many boxes")


def first_of_each(data):
    """Return {kind: contents} of a row of boxes."""
    found = {}
    for kind, contents in boxes(data):
        found.setdefault(kind, contents)
    return found


def check_extents(locations, file_size, inner_size):
    """Require that every piece of every item lies in the file, or in the box for small items."""
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
            require(end <= (inner_size if inner else file_size), "item beyond the end")


def item_properties(found, item):
    """Return {kind: contents} of the properties that belong to an item."""
    properties = list(boxes(found[b"ipco"]))
    version, wide = found[b"ipma"][0], found[b"ipma"][3] & 1
    reader = Reader(found[b"ipma"], 4)
    mine = {}
    for _ in range(reader.take(4)):
        owner = reader.take(4 if version else 2)
        indexes = [reader.take(2 if wide else 1) for _ in range(reader.take(1))]
        if owner == item:
            mine.update(properties[(index & (0x7FFF if wide else 0x7F)) - 1] for index in indexes)
    return mine
