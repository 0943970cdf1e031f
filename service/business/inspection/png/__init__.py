"""PNG: check every chunk, and inflate the pixels piece by piece."""

import struct
import zlib
from collections import namedtuple

from service.business.inspection.header import MOST_DECODE_MEMORY, Header, require
from service.business.inspection.png.canvas import Canvas, NoCanvas
from service.business.inspection.tiff.directory import orientation_of

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
PALETTED = 3
DEPTHS = {0: {1, 2, 4, 8, 16}, PALETTED: {1, 2, 4, 8}}
# The chunks that a viewer must understand: their kinds start in upper case.
NEEDED = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
FILTERS = bytes(range(5))
# The passes of an interlaced image: first column, first row, column step, row step.
PASSES = (
    (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)
)  # fmt: skip
MOST_CHUNKS = 50_000
# More takes seconds: the rows behind are not looked at.
MOST_INFLATED = 420_000_000
# The decoder takes them one by one.
MOST_ROWS = 100_000
PIECE = 1024 * 1024
# Small slices, because zlib copies the input that it has not used yet.
SLICE = 16 * 1024
# head: the contents of the first chunk. memory: what the picture takes; None: it is not made.
Layout = namedtuple("Layout", "head memory")


def chunks(data):
    """Yield (kind, contents) of each chunk up to IEND, which must exist; check the checksums."""
    position = 8
    for _ in range(MOST_CHUNKS):
        length, kind = struct.unpack_from(">L4s", data, position)
        require(kind.isalpha(), "a chunk's kind is no letters")
        contents = data[position + 8 : position + 8 + length]
        (checksum,) = struct.unpack_from(">L", data, position + 8 + length)
        # Viewers ignore a wrong checksum in an optional chunk, whose kind starts in lower case.
        if kind[:1].isupper():
            require(zlib.crc32(contents, zlib.crc32(kind)) == checksum, "wrong checksum")
        yield kind, contents
        if kind == b"IEND":
            return
        position += 12 + length
    require(False, "too many chunks")


def read(data):
    """Return the Header of a PNG that has every required chunk, in an order that viewers accept."""
    exif, first, kinds = b"", None, []
    for kind, contents in chunks(data):
        first = first or (kind, contents)
        if kind == b"eXIf":
            exif = contents
        if kind == b"PLTE" and first[1][9] == PALETTED:
            require(len(contents) % 3 == 0 and 0 < len(contents) <= 768, "invalid palette")
        if kind[:1].isupper():
            require(kind in NEEDED, "unknown chunk that viewers must know")
            kinds.append(kind)
    require(first[0] == b"IHDR" and len(first[1]) == 13 and b"IDAT" in kinds, "no picture")
    require(kinds.count(b"IHDR") == 1 and kinds.count(b"PLTE") <= 1, "a chunk comes twice")
    width, height, depth, colour, *methods = struct.unpack_from(">LLBBBBB", first[1])
    require(colour in CHANNELS and depth in DEPTHS.get(colour, {8, 16}), "unknown colour type")
    require(methods[:2] == [0, 0] and methods[2] <= 1, "unknown method")
    require(colour != PALETTED or b"PLTE" in kinds[: kinds.index(b"IDAT")], "no palette")
    memory = decode_memory(width * height, depth, colour) if height <= MOST_ROWS else None
    layout = Layout(bytes(first[1]), memory)
    return Header(width, height, orientation=orientation_of(exif), memory=2 * PIECE, layout=layout)


def decode_memory(pixels, depth, colour):
    """Return how many bytes the picture takes."""
    plain = depth // 8 or 1
    return 2 * PIECE + pixels * (plain if colour in (0, PALETTED) else 4)


def decode(_file, data, layout):
    """Inflate the pixels, and require that all rows are there and valid; return the picture.

    It is None if it would take too much memory, or if Pillow does not know its kind. The chunks of
    the picture must follow one another: viewers ignore those behind another chunk.
    """
    fits = layout.memory is not None and layout.memory <= MOST_DECODE_MEMORY
    return inflated(data, layout.head, Canvas if fits else NoCanvas)


def picture(_file, data, header, _longest):
    """Return the picture, or None if Pillow does not know its kind."""
    return inflated(data, header.layout.head, Canvas)


def picture_memory(header, _longest):
    """Return how many bytes `picture` takes; None: it takes too much time."""
    return header.layout.memory


def inflated(data, head, new_canvas):
    """Return the picture on a new canvas. Raises where rows are missing or invalid."""
    inflater, rows = zlib.decompressobj(), Rows(*struct.unpack_from(">LLBBBBB", head))
    others, canvas, before = {}, None, None
    for kind, contents in chunks(data):
        if kind == b"IDAT":
            canvas = canvas or new_canvas(head, others)
            inflate(inflater, contents, rows, canvas)
        elif before == b"IDAT":
            break
        others.setdefault(kind, contents)
        before = kind
    whole = rows.taken > rows.size or (rows.taken == rows.size and inflater.eof)
    require(whole or rows.taken > MOST_INFLATED, "picture cut short")
    return canvas.picture()


def inflate(inflater, contents, rows, canvas):
    """Inflate the contents of a chunk, up to the first byte behind the rows."""
    most = min(rows.size, MOST_INFLATED)
    for start in range(0, len(contents), SLICE):
        packed = contents[start : start + SLICE]
        while packed and rows.taken <= most:
            piece = inflater.decompress(packed, PIECE)
            rows.take(piece)
            canvas.take(piece)
            packed = inflater.unconsumed_tail


class Rows:
    """The rows of a picture, which begin with the number of a filter.

    size: how many bytes they have; taken: how many of them have come.
    """

    def __init__(self, width, height, depth, colour, *methods):
        self.passes = passes(width, height, depth * CHANNELS[colour], methods[2])
        self.size = sum(count * length for count, length in self.passes)
        self.taken = 0
        # Where the next row begins, from the first byte of the pieces that come.
        self.next = 0
        self.left = 0
        self.length = 0

    def take(self, piece):
        """Count a piece of the rows, and check each filter in it."""
        self.taken += len(piece)
        while self.next < len(piece):
            if not self.left:
                if not self.passes:
                    break
                self.left, self.length = self.passes.pop(0)
            end = min(len(piece), self.next + self.left * self.length)
            filters = piece[self.next : end : self.length]
            require(not filters.translate(None, FILTERS), "unknown filter")
            self.left -= len(filters)
            self.next += len(filters) * self.length
        self.next -= len(piece)


def passes(width, height, bits, interlaced):
    """Return [(rows, bytes in a row with its filter)] of each pass that has pixels."""
    found = []
    for left, top, across, down in PASSES if interlaced else ((0, 0, 1, 1),):
        columns, rows = -((left - width) // across), -((top - height) // down)
        if columns > 0 and rows > 0:
            found.append((rows, 1 + (columns * bits + 7) // 8))
    return found
