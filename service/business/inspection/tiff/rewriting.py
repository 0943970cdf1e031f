"""The picture of a TIFF page, which Pillow decodes by a directory that is written anew.

It has only what pixels need, so that neither metadata nor other pages are read. It stands behind
the file's own bytes, which stay where they are.
"""

import struct

from service.business.inspection import decoders
from service.business.inspection.tiff.strips import (
    BITS,
    COMPRESSION,
    FILL_ORDER,
    HEIGHT,
    JPEG,
    JPEG_TABLES,
    PHOTOMETRIC,
    PLANES,
    SAMPLES,
    STRIP_OFFSETS,
    STRIP_ROWS,
    STRIP_SIZES,
    SUBSAMPLING,
    TILE_HEIGHT,
    TILE_OFFSETS,
    TILE_SIZES,
    TILE_WIDTH,
    UNCOMPRESSED,
    UNPACKED,
    WIDTH,
    YCBCR,
)

SHORT, LONG = 3, 4
# Of one value of each type, in bytes.
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
# Fax options, predictor, colour map, extra samples, sample format, old JPEG tables, YCbCr.
COPIED = {
    BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, SAMPLES, PLANES, JPEG_TABLES, SUBSAMPLING,
    292, 293, 317, 320, 338, 339, *range(512, 522), 529, 531, 532,
}  # fmt: skip
PROFILE = 34675
MOST_VALUE_BYTES = 1024 * 1024
# Pillow decodes strips without compression one by one.
MOST_STRIPS = 20_000
TWELVE_BITS, WHITE = 12, "white"


def picture(_file, data, header, _longest):
    """Return the picture of the page that was checked."""
    strips = header.layout
    order = strips.directory.order
    mark = {"<": b"II", ">": b"MM"}[order]
    start = len(data) + len(data) % 2
    head = mark + struct.pack(order + "HL", 42, start)
    directory = written(entries(strips), order, start)
    pieces = [head, data[8:], bytes(start - len(data)), directory]
    with decoders.opened("image/tiff", decoders.Pieces(pieces)) as image:
        image.load()
    if strips.bits == TWELVE_BITS:
        image.info[WHITE] = (1 << TWELVE_BITS) - 1
    return decoders.with_profile(image, profile(strips))


def picture_memory(header, _longest):
    """Return how many bytes `picture` takes; None: it takes too much time."""
    strips = header.layout
    known = strips.compression == UNCOMPRESSED or header.memory is not None
    if not known or strips.compression not in {UNCOMPRESSED, JPEG, *UNPACKED}:
        return None
    total = sum(size for _offset, size, _rows in strips.places)
    if total > 2 * strips.size or len(strips.places) > MOST_STRIPS:
        return None
    sample = -(-strips.bits // 8)
    pixel = sample if strips.samples == 1 and sample <= 2 else 4
    # The strip that is unpacked; of brightness and two colours also as red, green and blue.
    largest = 0 if strips.compression == UNCOMPRESSED else strips.row_bytes * strips.rows
    if strips.directory.number(PHOTOMETRIC, 0) == YCBCR:
        largest += 4 * strips.across * strips.down
    return pixel * strips.width * strips.height + 2 * largest + strips.size


def profile(strips):
    """Return the page's colour profile; empty where it cannot be read."""
    try:
        return strips.directory.block(PROFILE)
    except Exception:
        return b""


def entries(strips):
    """Return [(tag, type, count, value)] of a directory that describes the strips."""
    directory, order = strips.directory, strips.directory.order
    offsets = [offset for offset, _size, _rows in strips.places]
    sizes = [size for _offset, size, _rows in strips.places]
    numbers = {WIDTH: [strips.width], HEIGHT: [strips.height]}
    if strips.tiled:
        numbers |= {TILE_WIDTH: [strips.across], TILE_HEIGHT: [strips.down]}
        numbers |= {TILE_OFFSETS: offsets, TILE_SIZES: sizes}
    else:
        numbers |= {STRIP_ROWS: [strips.down], STRIP_OFFSETS: offsets, STRIP_SIZES: sizes}
    found = [
        (tag, LONG, len(values), struct.pack(f"{order}{len(values)}L", *values))
        for tag, values in numbers.items()
    ]
    copies = (copied(directory, tag) for tag in COPIED & directory.tags.keys())
    return sorted(found + list(filter(None, copies)))


def copied(directory, tag):
    """Return a tag as it is, or None where it lies outside the file or is too large."""
    kind, count, position = directory.tags[tag]
    size = SIZES.get(kind, 0) * count
    if size > directory.inline:
        (position,) = directory.unpack(directory.address, position)
    value = bytes(directory.data[position : position + min(size, MOST_VALUE_BYTES)])
    return (tag, kind, count, value) if size and len(value) == size else None


def written(rows, order, start):
    """Return the bytes of a directory that begins at `start`, and of the values behind it."""
    behind = start + 2 + 12 * len(rows) + 4
    directory, values = struct.pack(order + "H", len(rows)), b""
    for tag, kind, count, value in rows:
        place = value.ljust(4, b"\0")
        if len(value) > 4:
            place = struct.pack(order + "L", behind + len(values))
            values += value + bytes(len(value) % 2)
        directory += struct.pack(order + "HHL", tag, kind, count) + place
    return directory + bytes(4) + values
