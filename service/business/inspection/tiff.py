"""TIFF: check the first directory and its strips; read the orientation of any EXIF block."""

import struct

from service.business.inspection.header import Header, require

# Tags, from the TIFF 6.0 specification.
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
STRIP_OFFSETS, ORIENTATION, SAMPLES, STRIP_ROWS, STRIP_SIZES = 273, 274, 277, 278, 279
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_SIZES = 322, 323, 324, 325

UNCOMPRESSED = 1
# LZW, JPEG, deflate, PackBits. Of the others (rare, slow or fragile) only the structure is checked.
# With fax (2 to 4) libtiff decodes any bytes, and writes every invalid row to stderr.
DECODED = {5, 7, 8, 32773, 32946}
JPEG = 7
YCBCR = 6
LETTERS = {1: "B", 3: "H", 4: "L", 13: "L", 16: "Q"}
# Bytes per value, indexed by the type (1 to 18).
UNITS = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)
MOST_TAGS = 4_096
MOST_STRIPS = 1_000_000
MOST_PIXEL_BITS = 1024


class Directory:
    """The first directory of a TIFF file or EXIF block: either byte order, classic or BigTIFF."""

    def __init__(self, data):
        self.data = data
        self.order = {b"II": "<", b"MM": ">"}[bytes(data[:2])]
        big = self.unpack("H", 2)[0] == 43
        (start,) = self.unpack("Q", 8) if big else self.unpack("L", 4)
        (count,) = self.unpack("Q" if big else "H", start)
        require(count <= MOST_TAGS, "too many tags")
        self.inline, self.address = (8, "Q") if big else (4, "L")
        start += 8 if big else 2
        self.end = start + count * (4 + 2 * self.inline)
        self.tags = {}
        for position in range(start, self.end, 4 + 2 * self.inline):
            tag, kind, length = self.unpack("HH" + self.address, position)
            self.tags.setdefault(tag, (kind, length, position + 4 + self.inline))

    def unpack(self, letters, position):
        """Return the numbers at a position."""
        return struct.unpack_from(self.order + letters, self.data, position)

    def numbers(self, tag, default=None):
        """Return a tag's whole numbers. If it is absent: the default, or KeyError without one."""
        if tag not in self.tags and default is not None:
            return (default,)
        letter, count, position = self.place(tag)
        return self.unpack(f"{count}{letter}", position)

    def place(self, tag):
        """Return (letter of the numbers' type, count, position) of a tag."""
        kind, count, position = self.tags[tag]
        require(1 <= count <= MOST_STRIPS, "no numbers, or too many")
        letter = LETTERS[kind]
        if struct.calcsize(f"={count}{letter}") > self.inline:
            (position,) = self.unpack(self.address, position)
        return letter, count, position

    def require_whole(self):
        """Require that the directory and every value it points at lie in the file."""
        self.unpack(self.address, self.end)
        for kind, count, position in self.tags.values():
            size = count * UNITS[kind] if kind < len(UNITS) else 0
            if size > self.inline:
                (start,) = self.unpack(self.address, position)
                require(start + size <= len(self.data), "a tag points beyond the end")

    def number(self, tag, default=None):
        """Return a tag's first whole number; the default when it is absent."""
        if tag not in self.tags and default is not None:
            return default
        letter, _count, position = self.place(tag)
        return self.unpack(letter, position)[0]


def orientation_of(exif):
    """Return the orientation (1 to 8) that an EXIF block declares; 1 when it cannot be read."""
    try:
        orientation = Directory(exif).number(ORIENTATION, 1)
    except Exception:
        # Viewers show an image with broken metadata without turning it.
        return 1
    return orientation if orientation in range(1, 9) else 1


def read(data):
    """Return the Header of a TIFF's first page. Its strips or tiles must lie in the file."""
    directory = Directory(data)
    directory.require_whole()
    width, height = directory.number(WIDTH), directory.number(HEIGHT)
    pixel_bits = directory.number(SAMPLES, 1) * max(directory.numbers(BITS, 1))
    require(0 < pixel_bits <= MOST_PIXEL_BITS, "unknown kind of pixels")
    row_bits = width * pixel_bits
    tiled = TILE_OFFSETS in directory.tags
    offsets = directory.numbers(TILE_OFFSETS if tiled else STRIP_OFFSETS)
    sizes = directory.numbers(TILE_SIZES if tiled else STRIP_SIZES)
    require(len(offsets) == len(sizes), "a strip has no size")
    # A size of 0 marks a strip that was left out on purpose (sparse files).
    require(max(map(sum, zip(offsets, sizes, strict=True))) <= len(data), "strips end too late")
    compression = directory.number(COMPRESSION, UNCOMPRESSED)
    if compression == UNCOMPRESSED and directory.number(PHOTOMETRIC, 0) != YCBCR:
        require(sum(sizes) >= row_bits * height // 8, "the strips are too short")
    orientation = directory.number(ORIENTATION, 1)
    memory = decode_memory(directory, row_bits) if compression in DECODED else None
    return Header(width, height, orientation=orientation, memory=memory)


def decode_memory(directory, row_bits):
    """Return how many bytes decoding takes: the image, its turned copy, one strip or tile.

    A JPEG strip may be progressive; then its coefficients take two bytes each in addition.
    """
    width, height = directory.number(WIDTH), directory.number(HEIGHT)
    strip = row_bits * min(directory.number(STRIP_ROWS, height), height)
    if TILE_OFFSETS in directory.tags:
        tile = directory.number(TILE_WIDTH) * directory.number(TILE_HEIGHT)
        strip = row_bits // max(width, 1) * tile
    copies = 2 if directory.number(ORIENTATION, 1) > 1 else 1
    parts = 3 if directory.number(COMPRESSION) == JPEG else 1
    return 4 * width * height * copies + strip // 8 * parts
