"""WebP: check every RIFF chunk up to the end that the file declares."""

import struct

from service.business.inspection import decoders
from service.business.inspection.header import Header, require
from service.business.inspection.tiff.directory import orientation_of

MOST_CHUNKS = 100_000
# In the first byte of an extended header. Viewers ignore Exif without it.
EXIF_MARK = 8
# Measured: the decoder keeps two canvases, the frame and copies of the frame.
BYTES_PER_PIXEL = 16
# Lossless pictures and transparency may have other Huffman codes for each block of 4 x 4 pixels.
# The codes of a block are at least so many bits in the file, and at most so many bytes decoded.
FEWEST_CODE_BITS = 20
MOST_CODE_BYTES = 12 * 1024
MOST_CODES = 65_536


def chunks(data):
    """Yield (kind, contents) of each chunk up to the declared end of the file."""
    end = 8 + struct.unpack_from("<L", data, 4)[0]
    require(end <= len(data), "shorter than declared")
    yield from chunks_between(data, 12, end)


def chunks_between(data, position, end):
    """Yield (kind, contents) of each chunk that begins from a position on."""
    for _ in range(MOST_CHUNKS):
        if position + 8 > end:
            return
        kind, length = struct.unpack_from("<4sL", data, position)
        require(position + 8 + length <= end, "a chunk lies beyond the end")
        yield kind, data[position + 8 : position + 8 + length]
        position += 8 + length + length % 2
    require(False, "too many chunks")


def read(data):
    """Return the Header of a WebP: the size of its canvas, or of its only picture."""
    canvas, picture, exif, lossless, marked = None, False, b"", 0, False
    for kind, contents in chunks(data):
        if canvas is None and kind in CANVASES:
            canvas = CANVASES[kind](contents)
        if not picture:
            lossless += lossless_size(kind, contents)
            picture = kind in (b"VP8 ", b"VP8L", b"ANMF")
        if kind == b"VP8X":
            marked = contents[0] & EXIF_MARK
        if kind == b"EXIF" and marked and not exif:
            exif = contents[6:] if contents[:6] == b"Exif\0\0" else contents
    require(canvas and picture, "no picture")
    width, height = canvas
    memory = BYTES_PER_PIXEL * width * height + len(data)
    memory += MOST_CODE_BYTES * most_codes(width, height, lossless)
    return Header(width, height, orientation=orientation_of(exif), memory=memory)


def lossless_size(kind, contents):
    """Return how many bytes of a chunk are coded without loss: a picture or its transparency."""
    if kind == b"ANMF":
        frame = chunks_between(contents, 16, len(contents))
        return sum(lossless_size(*chunk) for chunk in frame if chunk[0] != b"ANMF")
    packed = kind == b"VP8L" or (kind == b"ALPH" and contents[0] & 3)
    return len(contents) if packed else 0


def most_codes(width, height, lossless):
    """Return for how many blocks a lossless picture of so many bytes can have other codes."""
    blocks = -(-width // 4) * -(-height // 4)
    return min(MOST_CODES, blocks, 8 * lossless // FEWEST_CODE_BITS)


def extended_canvas(contents):
    """Return the (width, height) that an extended header declares."""
    low, high = struct.unpack_from("<LL", bytes(contents[4:10]) + b"\0\0")
    return (low & 0xFFFFFF) + 1, (low >> 24 | (high & 0xFFFF) << 8) + 1


def lossy_canvas(contents):
    """Return the (width, height) of a lossy picture."""
    require(contents[3:6] == b"\x9d\x01\x2a", "no key frame")
    width, height = struct.unpack_from("<HH", contents, 6)
    return width & 0x3FFF, height & 0x3FFF


def lossless_canvas(contents):
    """Return the (width, height) of a lossless picture."""
    require(contents[0] == 0x2F, "no lossless picture")
    (bits,) = struct.unpack_from("<L", contents, 1)
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


CANVASES = {b"VP8X": extended_canvas, b"VP8 ": lossy_canvas, b"VP8L": lossless_canvas}


def decode(file, _data, _layout):
    """Decode the first frame."""
    with decoders.opened("image/webp", file) as image:
        image.load()
