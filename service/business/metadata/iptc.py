"""IPTC: the records of newspapers, and Photoshop's resources, in which they mostly are."""

import struct

from service.business.metadata import exif, xmp

# Numbers in record 2, from the IPTC-IIM specification.
LOCATION = {26, 27, 90, 92, 95, 100, 101}
AUTHOR = {80, 85, 110, 115, 116, 118, 122}
TIMES = {55, 60, 62, 63}
PREVIEW = {202}
KIND_OF = {
    number: kind
    for kind, numbers in {
        "location": LOCATION, "author": AUTHOR, "taken_at": TIMES, "embedded_thumbnail": PREVIEW
    }.items()
    for number in numbers
}  # fmt: skip
MARK, EDITORIAL = 0x1C, 2
# Numbers of Photoshop's resources.
RECORDS, THUMBNAILS, EXIF, PACKET = 0x0404, {0x0409, 0x040C}, {0x0422, 0x0423}, 0x0424
# Before the pixels of a thumbnail.
THUMBNAIL_HEAD = 28
MOST_RECORDS = 2_000
MOST_RESOURCES = 1_000


def look(findings, block):
    """Find what IPTC records tell: each is a mark, two numbers, a length and the value."""
    position = 0
    for _ in range(MOST_RECORDS):
        mark, record, number, length = struct.unpack_from(">BBBH", block, position)
        if mark != MARK or length & 0x8000:
            return
        position += 5 + length
        value = bytes(block[position - length : position])
        if record == EDITORIAL and value.strip(b" \0"):
            findings.add(KIND_OF.get(number))


def look_at_resources(findings, block):
    """Find what Photoshop's resources tell: each has a number, a name and its contents."""
    position = 0
    for _ in range(MOST_RESOURCES):
        if bytes(block[position : position + 4]) != b"8BIM":
            return
        number, name = struct.unpack_from(">HB", block, position + 4)
        position += 6 + (name + 2) // 2 * 2
        (length,) = struct.unpack_from(">L", block, position)
        contents = block[position + 4 : position + 4 + length]
        position += 4 + length + length % 2
        look_at_resource(findings, number, contents)


def look_at_resource(findings, number, contents):
    """Find what one of Photoshop's resources tells."""
    if number == RECORDS:
        findings.look(look, contents)
    elif number in THUMBNAILS and len(contents) > THUMBNAIL_HEAD:
        findings.add("embedded_thumbnail")
    elif number in EXIF:
        findings.look(exif.look, contents)
    elif number == PACKET:
        findings.look(xmp.look, contents)
