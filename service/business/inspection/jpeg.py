"""JPEG: check every marker up to the end of the image, also between the entropy-coded scans."""

import re
import struct

from service.business.inspection import decoders
from service.business.inspection.header import Header, require
from service.business.inspection.tiff_directory import orientation_of

# A marker that is no stuffed zero, no restart inside a scan and no fill byte.
MARKER = re.compile(rb"\xff[\x02-\xcf\xd8-\xfe]")
FRAMES = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}
OTHER_FRAMES = {0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF, 0xDE}
PROGRESSIVE = {0xC2, 0xCA}
START_OF_IMAGE, END_OF_IMAGE, START_OF_SCAN, EXIF = 0xD8, 0xD9, 0xDA, 0xE1

MOST_MARKERS = 20_000
MOST_SCANS = 100
# For each Exif segment the decoder copies everything before it.
MOST_EXIF = 64
# Bytes before the first scan: in segments, and of junk between them, which is slow to decode.
MOST_METADATA = 8 * 1024 * 1024
MOST_JUNK = 65_536
# Coefficients to decode in all scans. More would take seconds: only the structure is checked.
MOST_WORK = 800_000_000


class Walk:
    """Collects the frame, the scans and the orientation, one marker after the other."""

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
        """Add what one segment says, and the number of junk bytes before it."""
        require(marker not in OTHER_FRAMES, "a kind of JPEG that browsers cannot show")
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
        """Return the Header that the segments describe."""
        require(self.scans, "no scan")
        bits, height, width, count = struct.unpack_from(">BHHB", self.frame)
        require(bits == 8 and len(self.frame) >= 6 + 3 * count, "a frame that browsers cannot show")
        memory = decode_memory(self, width * height, self.frame[7 : 6 + 3 * count : 3])
        return Header(width, height, orientation=self.orientation or 1, memory=memory)


def read(data):
    """Return the Header of a JPEG, which must have an end-of-image marker."""
    walk = Walk()
    position = 2
    for _ in range(MOST_MARKERS):
        match = MARKER.search(data, position)
        require(match, "no end-of-image marker")
        marker = data[match.end() - 1]
        if marker == END_OF_IMAGE:
            return walk.header()
        require(marker != START_OF_IMAGE, "an image inside the image")
        (length,) = struct.unpack_from(">H", data, match.end())
        segment = data[match.end() + 2 : match.end() + length]
        walk.take(marker, segment, match.start() - position)
        position = match.end() + max(length, 2)
    return require(False, "too many markers")


def decode_memory(walk, pixels, samplings):
    """Return how many bytes decoding at an eighth takes; None when it takes too much time.

    For an image in several scans the decoder keeps every coefficient (two bytes) to the last scan.
    """
    areas = [(sampling >> 4) * (sampling & 15) for sampling in samplings]
    coefficients = pixels * sum(areas) // max(areas)
    whole = walk.scans == 1 and walk.components == len(areas)
    if whole and walk.kind not in PROGRESSIVE:
        return pixels // 16
    return 2 * coefficients + pixels // 16 if coefficients * walk.scans <= MOST_WORK else None


def decode(file, _data, _layout):
    """Decode the image at an eighth of its size."""
    with decoders.opened("image/jpeg", file) as image:
        image.draft("L", (1, 1))
        image.load()
