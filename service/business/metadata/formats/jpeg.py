"""JPEG: the segments of applications and comments, and the bytes behind the picture."""

import struct

from service.business.metadata import exif, iptc, jpeg_ends, texts, xmp

# A comment, and the first, second and third application's segments.
COMMENT, FIRST, SECOND, THIRD, PHOTOSHOP = 0xFE, 0xE0, 0xE1, 0xE2, 0xED
XMP_START, MORE_XMP = b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"
PHOTOSHOP_START = b"Photoshop 3.0\0"
# Behind the start of such a segment: the packet's name, its size, and where the part belongs.
MORE_HEAD = len(MORE_XMP) + 32
# Kinds of pictures behind the first one that are smaller copies of it (CIPA DC-007).
PREVIEWS, MPF_ENTRIES = {0x010001, 0x010002}, 0xB002


def look(findings, data, header):
    """Find the kinds of metadata in a JPEG."""
    findings.look(look_behind, (data, header))
    parts, resources = [], []
    for marker, start, end in header.segments:
        segment = data[start + 4 : end]
        if marker in LOOKS:
            findings.look(LOOKS[marker], segment)
        elif marker == PHOTOSHOP and segment[: len(PHOTOSHOP_START)] == PHOTOSHOP_START:
            resources.append(findings.limited(segment[len(PHOTOSHOP_START) :]))
        if marker == SECOND and segment[: len(MORE_XMP)] == MORE_XMP:
            parts.append(segment)
    # Both may be split over several segments.
    findings.look(iptc.look_at_resources, b"".join(resources))
    findings.look(look_at_parts, parts)


def look_behind(findings, file):
    """Find bytes behind the picture of a file: (data, Header)."""
    data, header = file
    if jpeg_ends.picture_end(data, header) < len(data):
        findings.add("trailing_bytes")


def look_at_comment(findings, segment):
    """Find what a comment tells."""
    texts.look_at_comment(findings, findings.limited(segment))


def look_at_first_application(findings, segment):
    """Find the thumbnail of a JFIF or JFXX segment."""
    if segment[:5] == b"JFXX\0" or segment[:5] == b"JFIF\0" and segment[12] * segment[13]:
        findings.add("embedded_thumbnail")


def look_at_second_application(findings, segment):
    """Find what EXIF or XMP tells."""
    if segment[:6] == b"Exif\0\0":
        exif.look(findings, findings.limited(segment))
    elif segment[: len(XMP_START)] == XMP_START:
        xmp.look(findings, findings.limited(segment[len(XMP_START) :]))


def look_at_list_of_pictures(findings, segment):
    """Find previews in a list of the pictures in the file."""
    if segment[:4] != b"MPF\0":
        return
    directory = exif.opened(findings, segment[4:])
    entries = exif.content(directory, MPF_ENTRIES)
    kinds = [
        struct.unpack_from(directory.order + "L", entries, start)[0] & 0xFFFFFF
        for start in range(0, len(entries) - 15, 16)
    ]
    if PREVIEWS & set(kinds):
        findings.add("embedded_thumbnail")


def look_at_parts(findings, parts):
    """Find what an XMP packet tells that does not fit into one segment."""
    ordered = sorted(parts, key=lambda part: bytes(part[MORE_HEAD - 32 : MORE_HEAD + 8]))
    packet = b"".join(findings.limited(part[MORE_HEAD + 8 :]) for part in ordered)
    findings.look(xmp.look, packet)


LOOKS = {
    COMMENT: look_at_comment,
    FIRST: look_at_first_application,
    SECOND: look_at_second_application,
    THIRD: look_at_list_of_pictures,
}
