"""The segments of a JPEG: what they say, and which of them still belong to the image."""

import itertools
import re
import struct

from service.business.inspection.header import Header, require
from service.business.inspection.tiff.directory import orientation_of
from service.common.errors import UnsupportedImage

# A long run of fill bytes, or a marker that is no stuffed zero and no restart inside a scan.
MARKER = re.compile(rb"\xff(?:[\x02-\xcf\xd8-\xfe]|\xff{32})")
FILL_END = re.compile(rb"[^\xff]")
# Baseline, extended, progressive, lossless; the same with arithmetic coding but for lossless.
FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA}
OTHER_FRAMES = {0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF, 0xDE}
PROGRESSIVE, ARITHMETIC, LOSSLESS = {0xC2, 0xCA}, {0xC9, 0xCA}, 0xC3
HUFFMAN_TABLES, QUANTISERS, RESTARTS = 0xC4, 0xDB, 0xDD
# Comments and what applications add; then arithmetic codes as well.
METADATA = {0xFE, *range(0xE0, 0xF0)}
OTHER_SEGMENTS = {0xCC} | METADATA
START_OF_IMAGE, END_OF_IMAGE, START_OF_SCAN, EXIF = 0xD8, 0xD9, 0xDA, 0xE1

# Coefficients of a block of pixels.
BLOCK = 64
MOST_SCANS = 100
# Bytes before the first scan: in segments, and of junk between them.
MOST_METADATA = 8 * 1024 * 1024
# Fill bytes count as junk everywhere: the decoder reads a long run again and again.
MOST_JUNK = 65_536
# Coefficients to decode in all scans. More would take seconds: only the structure is checked.
MOST_WORK = 800_000_000
# Arithmetic coding takes ten times as long as Huffman's.
MOST_ARITHMETIC = 10 * 1024 * 1024


class Walk:
    """Collects the frame, the scans and the orientation, one marker after the other."""

    def __init__(self):
        self.frame = None
        self.kind = None
        self.scans = 0
        # The (component, coefficient) pairs that have come with all their bits.
        self.complete = set()
        self.interleaved = False
        self.metadata = 0
        self.junk = 0
        self.orientation = None
        # (start, end) of what the decoder needs before the first scan: no metadata, no junk.
        self.pieces = [(0, 2)]
        self.first_scan = None
        # (marker, start, end) of all segments.
        self.segments = []

    def take(self, marker, segment, junk):
        """Add what one segment says, and the number of junk bytes before it."""
        if marker in OTHER_FRAMES:
            refuse_kind("hierarchical, or lossless with arithmetic coding")
        if marker in FRAMES:
            require(self.frame is None, "two frames")
            self.kind, self.frame = marker, segment
        elif marker == START_OF_SCAN:
            require(self.frame is not None, "a scan without a frame")
            self.take_scan(segment)
        elif marker == EXIF and segment[:6] == b"Exif\0\0":
            self.orientation = self.orientation or orientation_of(segment[6:])
        if not self.scans:
            self.metadata += len(segment)
            self.junk += junk
        require(self.scans <= MOST_SCANS, "too many scans")
        require(self.metadata <= MOST_METADATA, "too much metadata")
        self.require_little_junk()

    def keep(self, marker, start, end):
        """Note where the first scan starts, and the places of the segments that it needs."""
        self.segments.append((marker, start, end))
        if self.scans:
            self.first_scan = self.first_scan or start
        elif marker not in METADATA:
            self.pieces.append((start, end))

    def take_scan(self, segment):
        """Add the components that a scan codes."""
        components = set(segment[1 : 1 + 2 * segment[0] : 2])
        first, last, bits = segment[1 + 2 * segment[0] : 4 + 2 * segment[0]]
        self.scans += 1
        self.interleaved = self.scans == 1 and len(components) == self.frame[5]
        if self.kind not in PROGRESSIVE:
            first, last, bits = 0, BLOCK - 1, 0
        if bits & 15 == 0:
            coefficients = range(first, min(last + 1, BLOCK))
            self.complete |= set(itertools.product(components, coefficients))

    def require_little_junk(self):
        """Refuse more junk and fill bytes than anybody writes."""
        require(self.junk <= MOST_JUNK, "junk between the segments")

    def covered(self):
        """Tell whether the scans so far bring every coefficient of every component."""
        return len(self.complete) >= BLOCK * self.frame[5]

    def header(self, end, size, *, ended):
        """Return the Header that the segments describe; size: of the file, in bytes.

        end: where the picture ends; ended: whether it ends with an end-of-image marker.
        """
        require(self.scans, "no scan")
        bits, height, width, count = struct.unpack_from(">BHHB", self.frame)
        if bits != 8:
            refuse_kind(f"{bits} bits in a sample")
        require(len(self.frame) >= 6 + 3 * count, "a frame cut short")
        samplings = self.frame[7 : 6 + 3 * count : 3]
        memory = decode_memory(self, width * height, samplings)
        if self.kind in ARITHMETIC and size > MOST_ARITHMETIC:
            memory = None
        header = Header(
            width,
            height,
            orientation=self.orientation or 1,
            memory=memory,
            layout=(self.kind, self.scans, ended, [*self.pieces, (self.first_scan, end)]),
            end=end,
            segments=self.segments,
        )
        whole = ended or (header.decodable and self.covered())
        require(whole, "no end-of-image marker")
        return header


def next_marker(data, position, walk):
    """Return the match of the next marker, or None. Counts the fill bytes before it as junk."""
    while True:
        match = MARKER.search(data, position)
        if not match or match.end() - match.start() == 2:
            return match
        fill = FILL_END.search(data, match.end())
        require(fill, "only fill bytes up to the end")
        if walk.scans:
            walk.junk += fill.start() - match.start()
            walk.require_little_junk()
        position = fill.start() - 1


def goes_on(walk, data, match):
    """Tell whether a marker behind a scan belongs to the image, and not to what a maker added."""
    if not match:
        return False
    marker, start = data[match.end() - 1], match.end() + 2
    if start > len(data):
        return False
    (length,) = struct.unpack_from(">H", data, match.end())
    segment = data[start : start + length - 2]
    if length < 2 or len(segment) < length - 2:
        return False
    if marker in FRAMES:
        return len(segment) > 5 and len(segment) == 6 + 3 * segment[5]
    return (walk.kind in PROGRESSIVE or not walk.covered()) and fits(marker, segment)


def fits(marker, segment):
    """Tell whether a segment between two scans has the form that its marker asks for."""
    size = len(segment)
    if marker == START_OF_SCAN:
        return size > 0 and segment[0] in range(1, 5) and size == 4 + 2 * segment[0]
    if marker == HUFFMAN_TABLES:
        return size >= 17 and segment[0] & 0xEC == 0
    if marker == QUANTISERS:
        return size in range(65, 600)
    if marker == RESTARTS:
        return size == 2
    return marker in OTHER_SEGMENTS


def refuse_kind(what):
    """Refuse a whole image that decoders lack."""
    raise UnsupportedImage(
        f"This kind of JPEG ({what}) is not supported. Save it as an ordinary JPEG with 8 bits."
    )


def decode_memory(walk, pixels, samplings):
    """Return how many bytes decoding takes; None when it takes too much time.

    It is decoded at an eighth of its size, but for a lossless image, which has no smaller size.
    For an image in several scans the decoder keeps every coefficient (two bytes) to the last scan.
    """
    areas = [(sampling >> 4) * (sampling & 15) for sampling in samplings]
    coefficients = pixels * sum(areas) // max(areas)
    decoded = 4 * pixels if walk.kind == LOSSLESS else pixels // 16
    if walk.interleaved and walk.kind not in PROGRESSIVE:
        return decoded
    return 2 * coefficients + decoded if coefficients * walk.scans <= MOST_WORK else None
