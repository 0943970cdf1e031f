"""JPEG: check every marker up to the end of the image, also between the entropy-coded scans."""

import io
import re
import struct

from service.business.inspection import decoders
from service.business.inspection.header import require
from service.business.inspection.jpeg_segments import (
    ARITHMETIC,
    END_OF_IMAGE,
    LOSSLESS,
    START_OF_IMAGE,
    Walk,
    goes_on,
    next_marker,
)

START_OF_SCAN = b"\xff\xda"
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
        walk.keep(marker, start, position)
    return require(False, "too many markers")


def decode(_file, data, layout):
    """Decode the image, at an eighth of its size if possible. Raises when scans are cut short."""
    kind, scans, ended, pieces = layout
    # Without metadata: Pillow refuses the image when it cannot read them, viewers ignore them.
    picture = b"".join(data[start:end] for start, end in pieces)
    if not ended:
        decode_unended(picture + PADDING, kind, scans)
        return
    with decoders.opened("image/jpeg", io.BytesIO(picture)) as image:
        if kind in ARITHMETIC:
            # This decoder must have the whole file at once.
            image.decodermaxblock = len(picture)
        shrink(image, kind)
        image.load()


def shrink(image, kind):
    """Let an image be decoded in gray at an eighth of its size; a lossless one has no such size."""
    if kind != LOSSLESS:
        image.draft("L", (1, 1))


def decode_unended(data, kind, scans):
    """Decode scans without an end-of-image marker, and require that the last one is whole.

    Behind the only scan Pillow's decoder finishes. Behind the last of several it skips every byte
    up to the next marker. In a scan cut short it leaves bytes over, because it waits for the rest
    of a block, or it waits for a restart and goes on with what follows.
    """
    image = decoders.opened("image/jpeg", io.BytesIO(data))
    shrink(image, kind)
    decoder = decoders.started(image)
    used, error = decoder.decode(data)
    if scans == 1:
        require(used < 0 and not error, "picture cut short")
        return
    require(used == len(data) and not error, "picture cut short")
    for probe in (b"\0", b"\0", next_restart(data), b"\0", b"\0"):
        require(decoder.decode(probe) == (len(probe), 0), "picture cut short")


def next_restart(data):
    """Return the restart marker that follows those of the last scan."""
    restarts = RESTART.findall(data, data.rindex(START_OF_SCAN))
    return b"\xff" + bytes([0xD0 + len(restarts) % 8])
