"""PNG: keep the picture, its frames, and what decides about colours and size."""

import struct
import zlib

from service.business.metadata.cutting.pieces import Pieces, turn
from service.business.metadata.formats.png import chunks

# Colours and display; then the frames of an animation.
KEPT = {
    b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs", b"hIST", b"sPLT",
    b"cICP", b"mDCV", b"cLLI",
    b"acTL", b"fcTL", b"fdAT",
}  # fmt: skip
HEAD, END = b"IHDR", b"IEND"


def cut(data, header):
    """Return the Pieces of a PNG that stay."""
    pieces = Pieces(data)
    pieces.keep(0, 8)
    for kind, start, end in chunks(data):
        if kind == END:
            pieces.put(start, chunk(END, b""))
        elif kind in KEPT or kind[:1].isupper():
            pieces.keep(start, end)
        if kind == HEAD and header.orientation != 1:
            pieces.put(end, chunk(b"eXIf", turn(header.orientation)))
    return pieces


def chunk(kind, contents):
    """Return a chunk."""
    checksum = zlib.crc32(kind + contents)
    return struct.pack(">L", len(contents)) + kind + contents + struct.pack(">L", checksum)
