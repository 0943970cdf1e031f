"""JPEG: keep what decides about pixels and colours, of the segments and between them."""

import struct

from service.business.inspection.jpeg_segments import METADATA, START_OF_SCAN
from service.business.metadata.cutting.pieces import Pieces, turn
from service.business.metadata.jpeg_ends import END, picture_end

JFIF_START, JFIF_SIZE = b"JFIF\0", 14
ADOBE_START, ADOBE_SIZE = b"Adobe", 12
PROFILE_START = b"ICC_PROFILE\0"
# Names and the size of its segment, which counts itself; the width and height of the thumbnail.
FIRST, SECOND, THIRD, ADOBE = 0xE0, 0xE1, 0xE2, 0xEE
NO_THUMBNAIL = b"\0\0"


def cut(data, header):
    """Return the Pieces of a JPEG that stay.

    Metadata between scans goes, with the bytes up to the next marker: the decoder passes over
    these, but would decode them if they followed the scan. Behind the last scan nothing counts.
    """
    pieces, turned = Pieces(data), header.orientation == 1
    pieces.keep(0, 2)
    scans = [start for marker, start, _end in header.segments if marker == START_OF_SCAN]
    # A maker's bytes may stand where the marker of the end should be.
    ended = data[header.end - len(END) : header.end] == END
    last = header.end - len(END) if ended else picture_end(data, header)
    following = [start for _marker, start, _end in header.segments[1:]] + [last]
    for (marker, start, end), next_start in zip(header.segments, following, strict=True):
        application = first_application(data[start + 4 : end]) if marker == FIRST else None
        if not turned and not application:
            pieces.put(start, segment(SECOND, b"Exif\0\0" + turn(header.orientation)))
            turned = True
        if marker == START_OF_SCAN:
            pieces.keep(start, next_start)
        elif marker in METADATA and start < scans[0]:
            keep_application(pieces, marker, start, end)
        elif marker not in METADATA and start < scans[-1]:
            pieces.keep(start, end)
    if ended or not pieces.unchanged:
        pieces.put(last, END)
    return pieces


def keep_application(pieces, marker, start, end):
    """Keep of an application's segment what decides about the colours and the display."""
    contents = pieces.data[start + 4 : end]
    if marker == THIRD and contents[: len(PROFILE_START)] == PROFILE_START:
        pieces.keep(start, end)
    elif marker == FIRST and first_application(contents):
        pieces.put(start, segment(FIRST, first_application(contents)))
    elif marker == ADOBE and is_adobe(contents):
        pieces.put(start, segment(ADOBE, bytes(contents[:ADOBE_SIZE])))


def first_application(contents):
    """Return a JFIF segment's contents without the thumbnail; None if it is another's segment."""
    if len(contents) < JFIF_SIZE or contents[: len(JFIF_START)] != JFIF_START:
        return None
    return bytes(contents[: JFIF_SIZE - len(NO_THUMBNAIL)]) + NO_THUMBNAIL


def is_adobe(contents):
    """Tell whether a segment says how Adobe's colours are coded."""
    return len(contents) >= ADOBE_SIZE and contents[: len(ADOBE_START)] == ADOBE_START


def segment(marker, contents):
    """Return a segment."""
    return struct.pack(">BBH", 0xFF, marker, 2 + len(contents)) + contents
