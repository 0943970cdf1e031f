"""JPEG: every marker to the end of the image, through the entropy-coded scans."""

import re
import struct

from service.business.inspection.header import Header, require
from service.business.inspection.tiff import orientation_of

# The next marker: not a stuffed zero, not a restart inside a scan, not a fill byte.
MARKER = re.compile(rb"\xff[\x02-\xcf\xd8-\xfe]")
FRAMES = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}
OTHER_FRAMES = {0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF, 0xDE}
PROGRESSIVE = {0xC2, 0xCA}
START_OF_IMAGE, END_OF_IMAGE, START_OF_SCAN, EXIF = 0xD8, 0xD9, 0xDA, 0xE1

MOST_MARKERS = 20_000
MOST_SCANS = 100
# The decoder copies all before it for each of them.
MOST_EXIF = 64
# Bytes before the first scan: in segments, and of junk between them (the decoder is slow there).
MOST_METADATA = 8 * 1024 * 1024
MOST_JUNK = 65_536
# Coefficients a decoder may visit over all scans; beyond, seconds of CPU: structure only.
MOST_WORK = 800_000_000


class Walk:
    """The frame, the scans and the orientation, gathered marker by marker."""

    def __init__(self):
        self.frame = None
        self.kind = None
        self.scans = 0
        self.components = 0
        self.metadata = 0
        self.junk = 0
        self.exif = 0
        self.orientation = None

    def take(self, marker, segment, junk):
        """Note what one segment says, and how many bytes of junk came before it."""
        require(marker not in OTHER_FRAMES, "a kind of JPEG that nobody shows")
        if marker in FRAMES:
            require(self.frame is None, "two frames")
            self.kind, self.frame = marker, segment
        elif marker == START_OF_SCAN:
            require(self.frame is not None, "a scan without a frame")
            self.scans += 1
            self.components = self.components or segment[0]
        elif marker == EXIF and segment[:6] == b"Exif\0\0":
            self.exif += 1
            self.orientation = self.orientation or orientation_of(segment[6:])
        if not self.scans:
            self.metadata += len(segment)
            self.junk += junk
        require(self.scans <= MOST_SCANS, "too many scans")
        require(self.exif <= MOST_EXIF, "too many Exif segments")
        require(self.metadata <= MOST_METADATA, "too much metadata")
        require(self.junk <= MOST_JUNK, "junk between the segments")

    def header(self):
        """Return the Header that the segments add up to."""
        require(self.scans, "no scan")
        bits, height, width, count = struct.unpack_from(">BHHB", self.frame)
        require(bits == 8 and len(self.frame) >= 6 + 3 * count, "a frame nobody shows")
        memory = decode_memory(self, width * height, self.frame[7 : 6 + 3 * count : 3])
        return Header(width, height, orientation=self.orientation or 1, memory=memory)


def read(data):
    """Return the Header of a JPEG whose end-of-image marker is there."""
    walk = Walk()
    position = 2
    for _ in range(MOST_MARKERS):
        found = MARKER.search(data, position)
        require(found, "no end-of-image marker")
        marker = data[found.end() - 1]
        if marker == END_OF_IMAGE:
            return walk.header()
        require(marker != START_OF_IMAGE, "an image inside the image")
        (length,) = struct.unpack_from(">H", data, found.end())
        segment = data[found.end() + 2 : found.end() + length]
        walk.take(marker, segment, found.start() - position)
        position = found.end() + max(length, 2)
    return require(False, "too many markers")


def decode_memory(walk, pixels, samplings):
    """Return the bytes that decoding at an eighth takes; None when it takes too long.

    A picture in several scans keeps every coefficient, two bytes each, until the last one.
    """
    areas = [(sampling >> 4) * (sampling & 15) for sampling in samplings]
    coefficients = pixels * sum(areas) // max(areas)
    whole = walk.scans == 1 and walk.components == len(areas)
    if whole and walk.kind not in PROGRESSIVE:
        return pixels // 16
    return 2 * coefficients + pixels // 16 if coefficients * walk.scans <= MOST_WORK else None
