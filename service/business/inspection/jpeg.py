"""JPEG: check every marker up to the end of the image, also between the entropy-coded scans."""

import re
import struct

from service.business.inspection import decoders
from service.business.inspection.header import require
from service.business.inspection.jpeg_segments import (
    ARITHMETIC,
    END_OF_IMAGE,
    FRAMES,
    HUFFMAN_TABLES,
    LOSSLESS,
    OTHER_SEGMENTS,
    PROGRESSIVE,
    QUANTISERS,
    RESTARTS,
    START_OF_IMAGE,
    START_OF_SCAN,
    Walk,
    picture_memory_at,
)

SCAN_START = b"\xff\xda"
PICTURE_END = b"\xff\xd9"
# A long run of fill bytes, or a marker that is no stuffed zero and no restart inside a scan.
MARKER = re.compile(rb"\xff(?:[\x02-\xcf\xd8-\xfe]|\xff{32})")
FILL_END = re.compile(rb"[^\xff]")
RESTART = re.compile(rb"\xff[\xd0-\xd7]")
MOST_MARKERS = 20_000
# Read ahead by the decoder. Ones are no code, so that they complete no block that is cut short.
PADDING = b"\xff\0" * 8


def read(data):
    """Return the Header of a JPEG that has an end-of-image marker, or of one whose scans end."""
    walk = Walk()
    position = 2
    for _ in range(MOST_MARKERS):
        match = next_marker(data, position, walk)
        marker = data[match.end() - 1] if match else None
        if marker == END_OF_IMAGE:
            return walk.header(match.end(), len(data), ended=True)
        if walk.scans and not goes_on(walk, data, match):
            end = match.start() if match else len(data)
            return walk.header(end, len(data), ended=False)
        require(match, "no end-of-image marker")
        require(marker != START_OF_IMAGE, "an image inside the image")
        (length,) = struct.unpack_from(">H", data, match.end())
        segment = data[match.end() + 2 : match.end() + length]
        walk.take(marker, segment, match.start() - position)
        start, position = match.end() - 2, match.end() + max(length, 2)
        walk.keep(marker, segment, start, position)
    return require(False, "too many markers")


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


def decode(_file, data, layout):
    """Decode the image at a scale that suits a thumb; return the picture.

    Raises when scans are cut short.
    """
    return decoded(data, layout, layout.scale)


def picture(_file, data, header, longest):
    """Return the picture, its longest side at least `longest` pixels if the image has them."""
    return decoded(data, header.layout, scale_of(header, longest))


def picture_memory(header, longest):
    """Return how many bytes `picture` takes; None: it takes too much time."""
    kept = header.layout.kept
    if kept is None:
        return None
    return kept + picture_memory_at(scale_of(header, longest), header.width, header.height)


def scale_of(header, longest):
    """Return the scale at which the longest side has so many pixels."""
    if header.layout.kind == LOSSLESS:
        return 1
    return decoders.scale_for(max(header.width, header.height), longest)


def decoded(data, layout, scale):
    """Return the picture at a scale. Raises when scans are cut short."""
    # Without metadata: Pillow refuses the image when it cannot read them, viewers ignore them.
    pieces = [data[start:end] for start, end in layout.pieces]
    if not layout.ended:
        return decode_unended(b"".join([*pieces, PADDING]), layout, scale)
    with decoders.opened("image/jpeg", decoders.Pieces(pieces)) as image:
        if layout.kind in ARITHMETIC:
            # This decoder must have the whole file at once.
            image.decodermaxblock = sum(map(len, pieces))
        shrink(image, layout, scale)
        image.load()
    return decoders.with_profile(image, profile(layout.profile))


def shrink(image, layout, scale):
    """Let an image be decoded at a fraction of its size; a lossless one has no such size."""
    if layout.kind != LOSSLESS:
        # The fraction of a power of two is exact: so is the scale that Pillow makes of it.
        image.draft(None, (image.width / scale, image.height / scale))


def decode_unended(data, layout, scale):
    """Decode scans without an end-of-image marker; require that the last one is whole.

    Behind the only scan Pillow's decoder finishes. Behind the last of several it skips every byte
    up to the next marker. In a scan cut short it leaves bytes over, because it waits for the rest
    of a block, or it waits for a restart and goes on with what follows.
    """
    image = decoders.opened("image/jpeg", decoders.Pieces([data]))
    shrink(image, layout, scale)
    decoder = decoders.started(image)
    used, error = decoder.decode(data)
    if layout.scans == 1:
        require(used < 0 and not error, "picture cut short")
    else:
        require(used == len(data) and not error, "picture cut short")
        for probe in (b"\0", b"\0", next_restart(data), b"\0", b"\0"):
            require(decoder.decode(probe) == (len(probe), 0), "picture cut short")
        # Only now the decoder writes the pixels.
        decoder.decode(PICTURE_END)
    return decoders.finished(image, profile(layout.profile))


def next_restart(data):
    """Return the restart marker that follows those of the last scan."""
    restarts = RESTART.findall(data, data.rindex(SCAN_START))
    return b"\xff" + bytes([0xD0 + len(restarts) % 8])


def profile(segments):
    """Return the colour profile that segments have parts of; empty where one is missing.

    Each part begins with its number and with how many there are.
    """
    parts = sorted((segment[0], bytes(segment[2:])) for segment in segments if len(segment) > 2)
    if [number for number, _part in parts] != list(range(1, len(parts) + 1)):
        return b""
    return b"".join(part for _number, part in parts)
