"""AVIF and HEIC: check the boxes, the primary item's properties and the place of each item's bytes.

The check decodes no pixels: the coded picture may make the decoder allocate far more memory than
the boxes declare, and the decoder accepts damaged bytes without an error.
"""

import re
import struct

from service.business.inspection import decoders, heif_sequence
from service.business.inspection.header import Header, require
from service.business.inspection.heif_boxes import Reader, Turns, boxes, first_of_each

# How an AVIF starts, with that brand among its first ones; the others are HEIC.
AVIF = rb"\0\0\0.ftyp(....)*?avi[fs]"
BRANDS = 64
QUARTER_TURN_LEFT = 8
# Which sides a mirror exchanges: top and bottom, left and right; as orientations.
MIRRORED = {0: 4, 1: 2}


def read(data):
    """Return the Header of the primary item, or of the first track of a sequence without one."""
    outer = first_of_each(data)
    meta = first_of_each(outer[b"meta"][4:]) if b"meta" in outer else {}
    if b"pitm" not in meta and b"moov" in outer:
        return heif_sequence.read(outer[b"moov"], len(data))
    reader = Reader(meta[b"pitm"], 4)
    item = reader.take(4 if meta[b"pitm"][0] else 2)
    check_extents(meta[b"iloc"], len(data), len(meta.get(b"idat", b"")))
    properties = item_properties(first_of_each(meta[b"iprp"]), item)
    width, height = struct.unpack_from(">LL", dict(properties)[b"ispe"], 4)
    return Header(
        width,
        height,
        orientation=orientation(properties),
        shown=shown(width, height, properties),
        layout=properties,
    )


def picture(file, data, header, _longest):
    """Return the picture, without what lies outside its clean aperture."""
    if not re.match(AVIF, data[:BRANDS], re.DOTALL):
        return decoders.heic(file)
    with decoders.opened("image/avif", file) as image:
        image.load()
    box = crop(*image.size, header.layout or ())
    return image.crop(box) if box else image


def picture_memory(_header, _longest):
    """Return None: only a process with limits of its own may decode what the boxes do not tell."""


def orientation(properties):
    """Return the orientation (1 to 8) that the turns and mirrors of the properties come to."""
    turns = Turns()
    for kind, contents in properties:
        if kind == b"irot":
            for _ in range(contents[0] & 3):
                turns.add(QUARTER_TURN_LEFT)
        if kind == b"imir" and contents:
            turns.add(MIRRORED[contents[0] & 1])
    return turns.orientation


def crop(width, height, properties):
    """Return the (left, top, right, bottom) of a clean aperture, or None where there is none."""
    contents = dict(properties).get(b"clap", b"")
    across, down = aperture(width, height, contents) if contents else (width, height)
    if (across, down) == (width, height):
        return None
    x, x_parts, y, y_parts = struct.unpack_from(">llll", contents, 16)
    left = (width - across) // 2 + (x // x_parts if x_parts > 0 else 0)
    top = (height - down) // 2 + (y // y_parts if y_parts > 0 else 0)
    left, top = min(max(left, 0), width - across), min(max(top, 0), height - down)
    return left, top, left + across, top + down


def shown(width, height, properties):
    """Return the size after the clean aperture and the turns, in the order of the properties."""
    for kind, contents in properties:
        if kind == b"clap":
            width, height = aperture(width, height, contents)
        if kind == b"irot" and contents[0] % 2:
            width, height = height, width
    return width, height


def aperture(width, height, contents):
    """Return the size of a clean aperture; the whole size if the aperture does not fit into it."""
    across, across_parts, down, down_parts = struct.unpack_from(">llll", contents)
    if across_parts <= 0 or down_parts <= 0:
        return width, height
    across, down = across // across_parts, down // down_parts
    fits = 0 < across <= width and 0 < down <= height
    return (across, down) if fits else (width, height)


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
    """Return [(kind, contents)] of the properties that belong to an item, in their order."""
    properties = list(boxes(containers[b"ipco"]))
    version, wide = containers[b"ipma"][0], containers[b"ipma"][3] & 1
    reader = Reader(containers[b"ipma"], 4)
    owned = []
    for _ in range(reader.take(4)):
        owner = reader.take(4 if version else 2)
        indexes = [reader.take(2 if wide else 1) for _ in range(reader.take(1))]
        if owner == item:
            numbers = [index & (0x7FFF if wide else 0x7F) for index in indexes]
            owned += [properties[number - 1] for number in numbers if number]  # 0: no property.
    return owned
