"""Unpacks the strips or tiles of a TIFF page, which must have all its rows.

Libraries differ in the kinds of pixels they know, but all pack them in the same way. So the strips
are unpacked as if they were gray, with as many pixels in a row as it has bytes.
"""

import io
import struct

from service.business.inspection import decoders
from service.business.inspection.header import require
from service.business.inspection.tiff import rewriting
from service.business.inspection.tiff.strips import (
    BITS,
    COMPRESSION,
    FILL_ORDER,
    GROUP,
    HEIGHT,
    JPEG,
    JPEG_TABLES,
    PHOTOMETRIC,
    SAMPLES,
    STRIP_OFFSETS,
    STRIP_ROWS,
    STRIP_SIZES,
    SUBSAMPLING,
    TILE_HEIGHT,
    TILE_OFFSETS,
    TILE_SIZES,
    TILE_WIDTH,
    WIDTH,
)


def decode(_file, data, strips):
    """Decode the strips; return the picture if they are JPEGs, which are decoded in colour.

    Raises when one of them unpacks to fewer rows than it must have.
    """
    if strips.compression == JPEG:
        return decoders.with_profile(decode_jpeg(data, strips), rewriting.profile(strips))
    places = list(dict.fromkeys(strips.places))
    require(sum(size for _offset, size, _rows in places) <= 2 * len(data), "strips overlap")
    for group in groups(places, strips):
        unpack(data, strips, group)
    return None


def groups(places, strips):
    """Yield lists of strips that are unpacked together; only the last may have fewer rows."""
    group, total = [], 0
    for place in places:
        group.append(place)
        total += place[2] * strips.row_bytes
        if total > GROUP or place[2] != strips.rows:
            yield group
            group, total = [], 0
    if group:
        yield group


def unpack(data, strips, group):
    """Unpack strips as a gray picture of as many columns as a row has bytes."""
    packed = [bytes(data[offset : offset + size]) for offset, size, _rows in group]
    offsets, position = [], 8
    for strip in packed:
        offsets.append(position)
        position += len(strip)
    load(b"".join(packed), {
        WIDTH: [strips.row_bytes], HEIGHT: [sum(rows for _offset, _size, rows in group)], BITS: [8],
        COMPRESSION: [strips.compression], PHOTOMETRIC: [1], STRIP_OFFSETS: offsets,
        FILL_ORDER: [strips.directory.number(FILL_ORDER, 1)], SAMPLES: [1],
        STRIP_ROWS: [strips.rows], STRIP_SIZES: list(map(len, packed)),
    })  # fmt: skip


def decode_jpeg(data, strips):
    """Decode JPEG strips or tiles, which share their tables; return the picture."""
    directory = strips.directory
    offsets = [8 + offset for offset, _size, _rows in strips.places]
    sizes = [size for _offset, size, _rows in strips.places]
    tags = {
        WIDTH: [strips.width], HEIGHT: [strips.height], BITS: [8] * strips.samples,
        COMPRESSION: [JPEG], PHOTOMETRIC: [directory.number(PHOTOMETRIC, 0)],
        SAMPLES: [strips.samples],
    }  # fmt: skip
    if strips.tiled:
        tags |= {TILE_WIDTH: [strips.across], TILE_HEIGHT: [strips.down]}
        tags |= {TILE_OFFSETS: offsets, TILE_SIZES: sizes}
    else:
        tags |= {STRIP_ROWS: [strips.down], STRIP_OFFSETS: offsets, STRIP_SIZES: sizes}
    if SUBSAMPLING in directory.tags:
        tags[SUBSAMPLING] = list(directory.numbers(SUBSAMPLING))[:2]
    return load(bytes(data), tags, directory.block(JPEG_TABLES))


def load(picture, tags, tables=b""):
    """Return Pillow's image of a TIFF made of a picture, which starts at byte 8, and of tags.

    Numbers that decoders take only as short ones (up to 65,535) are written as such.
    """
    start = 8 + len(picture)
    entries, values = [], b""
    behind = start + 2 + 12 * (len(tags) + bool(tables)) + 4
    for tag, numbers in sorted(tags.items()):
        short = tag in (BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, SAMPLES, SUBSAMPLING)
        value = struct.pack(f"<{len(numbers)}{'H' if short else 'L'}", *numbers)
        entries.append((tag, 3 if short else 4, len(numbers), value))
    if tables:
        entries.append((JPEG_TABLES, 7, len(tables), tables))
    written = struct.pack("<H", len(entries))
    for tag, kind, count, value in sorted(entries):
        if len(value) > 4:
            place, values = struct.pack("<L", behind + len(values)), values + value
        else:
            place = value.ljust(4, b"\0")
        written += struct.pack("<HHL", tag, kind, count) + place
    file = io.BytesIO(
        struct.pack("<2sHL", b"II", 42, start) + picture + written + bytes(4) + values
    )
    with decoders.opened("image/tiff", file) as image:
        image.load()
    return image
