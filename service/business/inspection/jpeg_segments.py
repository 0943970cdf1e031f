"""The segments of a JPEG: what they say, and which of them still belong to the image."""

import itertools
import struct
from collections import namedtuple

from service.business.inspection import decoders
from service.business.inspection.header import MOST_DECODE_MEMORY, Header, require
from service.business.inspection.tiff.directory import orientation_of
from service.common.errors import UnsupportedImage
from service.models.renditions import SIZES, THUMB

# Baseline, extended, progressive, lossless; the same with arithmetic coding but for lossless.
FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA}
OTHER_FRAMES = {0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF, 0xDE}
PROGRESSIVE, ARITHMETIC, LOSSLESS = {0xC2, 0xCA}, {0xC9, 0xCA}, 0xC3
HUFFMAN_TABLES, QUANTISERS, RESTARTS = 0xC4, 0xDB, 0xDD
# Comments and what applications add; then arithmetic codes as well.
METADATA = {0xFE, *range(0xE0, 0xF0)}
OTHER_SEGMENTS = {0xCC} | METADATA
START_OF_IMAGE, END_OF_IMAGE, START_OF_SCAN, EXIF = 0xD8, 0xD9, 0xDA, 0xE1
# By marker: how a segment starts that says what the samples mean, and how long it must be.
COLOURS = {0xE0: (b"JFIF\0", 14), 0xEE: (b"Adobe", 12)}
PROFILE, PROFILE_HEAD = 0xE2, b"ICC_PROFILE\0"

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

# kept: the bytes of memory that the decoder takes whatever the scale. profile: segments.
Layout = namedtuple("Layout", "kind scans ended pieces profile kept scale")


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
        self.colours = []
        self.profile = []
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

    def keep(self, marker, segment, start, end):
        """Note where the first scan starts, and the places of the segments that it needs."""
        self.segments.append((marker, start, end))
        if self.scans:
            self.first_scan = self.first_scan or start
        elif marker not in METADATA:
            self.pieces.append((start, end))
        elif marker == PROFILE and segment[:12] == PROFILE_HEAD:
            self.profile.append(segment[12:])
        elif marker in COLOURS:
            head, size = COLOURS[marker]
            if segment[: len(head)] == head and len(segment) >= size:
                self.colours.append((start, end))

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
        kept = coefficient_memory(self, width * height, samplings)
        if self.kind in ARITHMETIC and size > MOST_ARITHMETIC:
            kept = None
        scale = scale_within(kept, self.kind, width, height)
        # A lossless image has no colours but those of its samples.
        colours = [] if self.kind == LOSSLESS else self.colours
        pieces = [self.pieces[0], *colours, *self.pieces[1:], (self.first_scan, end)]
        header = Header(
            width,
            height,
            orientation=self.orientation or 1,
            memory=None if kept is None else kept + picture_memory_at(scale, width, height),
            layout=Layout(self.kind, self.scans, ended, pieces, self.profile, kept, scale),
            end=end,
            segments=self.segments,
        )
        whole = ended or (header.decodable and self.covered())
        require(whole, "no end-of-image marker")
        return header


def refuse_kind(what):
    """Refuse a whole image that decoders lack."""
    raise UnsupportedImage(
        f"This kind of JPEG ({what}) is not supported. Save it as an ordinary JPEG with 8 bits."
    )


def coefficient_memory(walk, pixels, samplings):
    """Return how many bytes the decoder keeps beside the picture; None: it takes too much time.

    For an image in several scans it keeps every coefficient (two bytes) to the last scan.
    """
    if walk.interleaved and walk.kind not in PROGRESSIVE:
        return 0
    areas = [(sampling >> 4) * (sampling & 15) for sampling in samplings]
    coefficients = pixels * sum(areas) // max(areas)
    return 2 * coefficients if coefficients * walk.scans <= MOST_WORK else None


def picture_memory_at(scale, width, height):
    """Return how many bytes the picture takes at that scale."""
    return 4 * -(-width // scale) * -(-height // scale)


def scale_within(kept, kind, width, height):
    """Return the scale of the decoding that checks: enough for a thumb where memory allows it."""
    if kind == LOSSLESS:
        return 1
    scale = decoders.scale_for(max(width, height), decoders.DETAIL * SIZES[THUMB])
    fits = kept is None or kept + picture_memory_at(scale, width, height) <= MOST_DECODE_MEMORY
    return scale if fits else max(decoders.SCALES)
