"""AVIF and HEIC: the items of EXIF and XMP, thumbnails, and what follows the boxes."""

import struct

from service.business.inspection.heif_boxes import Reader, boxes, first_of_each
from service.business.metadata import exif, xmp

# Other boxes belong to no picture: phones keep a film in one.
KNOWN = {b"ftyp", b"styp", b"meta", b"mdat", b"moov", b"free", b"skip", b"wide", b"pdin", b"uuid"}
XMP_ID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
MOST_BOXES = 10_000
INNER = 1


def look(findings, data, _header):
    """Find the kinds of metadata in an AVIF or HEIC."""
    findings.look(look_behind, data)
    outer = first_of_each(data)
    for kind, contents in boxes(data):
        if kind == b"uuid" and contents[:16] == XMP_ID:
            findings.look(xmp.look, findings.limited(contents[16:]))
    if b"meta" not in outer:
        return
    meta = first_of_each(outer[b"meta"][4:])
    if any(kind == b"thmb" for kind, _contents in boxes(meta.get(b"iref", b"")[4:])):
        findings.add("embedded_thumbnail")
    readers = dict(readers_of_items(meta.get(b"iinf", b"")))
    for item, block in blocks(data, meta, readers):
        findings.look(readers[item], findings.limited(block))


def look_behind(findings, data):
    """Find bytes behind the last box, and boxes that are no part of the picture."""
    position = 0
    for _ in range(MOST_BOXES):
        if position == len(data):
            return
        size, kind = struct.unpack_from(">L4s", data, position)
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, position + 8)
        size = size or len(data) - position
        if kind not in KNOWN or size < 8 or position + size > len(data):
            break
        position += size
    findings.add("trailing_bytes")


def readers_of_items(contents):
    """Yield (item, reader) of each item that is EXIF or XMP."""
    for kind, entry in boxes(contents[6 if contents[:1] == b"\0" else 8 :]):
        # Only these versions name the kind of the item.
        if kind != b"infe" or entry[0] not in (2, 3):
            continue
        width = 2 if entry[0] == 2 else 4
        item = int.from_bytes(entry[4 : 4 + width], "big")
        name = bytes(entry[6 + width : 10 + width])
        if name == b"Exif":
            yield item, look_at_exif
        elif name == b"mime" and b"rdf+xml" in bytes(entry[10 + width :]):
            yield item, xmp.look


def look_at_exif(findings, block):
    """Find what an EXIF item tells, which begins with the length of what is before the block."""
    (before,) = struct.unpack_from(">L", block)
    exif.look(findings, block[4 + before :])


def blocks(data, meta, wanted):
    """Yield (item, first extent) of the items wanted; the others' places are passed over."""
    version = meta[b"iloc"][0]
    reader = Reader(meta[b"iloc"], 4)
    widths = reader.take(2)
    for _ in range(reader.take(4 if version == 2 else 2)):
        item = reader.take(4 if version == 2 else 2)
        inner = reader.take(2) & 15 if version else 0
        reader.take(2)
        base, found = reader.take(widths >> 4 & 15), None
        for _ in range(reader.take(2)):
            reader.take(widths & 15 if version else 0)
            start, size = base + reader.take(widths >> 12), reader.take(widths >> 8 & 15)
            found = found or (start, size)
        if item in wanted and found:
            start, size = found
            source = meta.get(b"idat", b"") if inner == INNER else data
            yield item, source[start : start + size if size else None]
