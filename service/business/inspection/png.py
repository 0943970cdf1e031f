"""PNG: check every chunk, and inflate the pixels piece by piece."""

import struct
import zlib

from service.business.inspection.header import Header, require
from service.business.inspection.tiff_directory import orientation_of

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = {0: {1, 2, 4, 8, 16}, 3: {1, 2, 4, 8}}
# The passes of an interlaced image: first column, first row, column step, row step.
PASSES = (
    (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)
)  # fmt: skip
MOST_CHUNKS = 50_000
PIECE = 1024 * 1024
# Small slices, because zlib copies the input that it has not used yet.
SLICE = 16 * 1024


def chunks(data):
    """Yield (kind, contents) of each chunk up to IEND, which must exist; check the checksums."""
    position = 8
    for _ in range(MOST_CHUNKS):
        length, kind = struct.unpack_from(">L4s", data, position)
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
    """Return the Header of a PNG that has every required chunk."""
    exif, first, kinds = b"", None, set()
    for kind, contents in chunks(data):
        first = first or (kind, contents)
        if kind == b"eXIf":
            exif = contents
        kinds.add(kind)
    require(first[0] == b"IHDR" and b"IDAT" in kinds, "no picture")
    width, height, depth, colour = struct.unpack_from(">LLBB", first[1])
    require(colour in CHANNELS and depth in DEPTHS.get(colour, {8, 16}), "unknown colour type")
    require(colour != 3 or b"PLTE" in kinds, "no palette")
    return Header(width, height, orientation=orientation_of(exif), memory=2 * PIECE)


def decode(_file, data, _layout):
    """Inflate the pixels without keeping them, and require that none are missing."""
    inflater, missing = zlib.decompressobj(), None
    for kind, contents in chunks(data):
        if kind == b"IHDR":
            missing = picture_size(*struct.unpack_from(">LLBBBBB", contents))
        if kind == b"IDAT" and missing > 0:
            missing -= inflate(inflater, contents, missing)
    require(missing <= 0, "picture cut short")


def inflate(inflater, contents, most):
    """Return how many bytes the contents inflate to; stop counting at `most`."""
    total = 0
    for start in range(0, len(contents), SLICE):
        packed = contents[start : start + SLICE]
        while packed and total < most:
            total += len(inflater.decompress(packed, PIECE))
            packed = inflater.unconsumed_tail
    return total


def picture_size(width, height, depth, colour, _compression, _filter, interlaced):
    """Return how many bytes the filtered rows of an image have."""
    bits = depth * CHANNELS[colour]
    total = 0
    for left, top, across, down in PASSES if interlaced else ((0, 0, 1, 1),):
        columns, rows = -((left - width) // across), -((top - height) // down)
        total += rows * (1 + (columns * bits + 7) // 8) if columns > 0 and rows > 0 else 0
    return total
