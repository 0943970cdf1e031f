"""WebP: check every RIFF chunk up to the end that the file declares."""

import math
import struct
from itertools import islice

from service.business.inspection import decoders
from service.business.inspection.header import MOST_DECODE_MEMORY, Header, require
from service.business.inspection.tiff.directory import orientation_of
from service.business.inspection.webp import lossless

MOST_CHUNKS = 100_000
# In the first byte of an extended header. Viewers ignore Exif and ALPH without them.
EXIF_MARK, ALPHA_MARK = 8, 16
# Measured: the decoder keeps two canvases, the frame and copies of the frame. The last copies are
# made when the prefix codes of lossless pictures and transparency are gone.
BYTES_PER_PIXEL = 16
BYTES_PER_PIXEL_WITH_CODES = 13
PICTURES = (b"VP8 ", b"VP8L", b"ANMF")
# How many bytes are before the chunks of a frame, and before a stream of prefix codes.
ANMF_HEAD, VP8L_HEAD, ALPH_HEAD = 16, 5, 1
# How transparency is coded: in the two lowest bits of its first byte.
PACKED = 1


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
    canvas, exif, marks, frame, picture = None, b"", 0, {}, False
    for kind, contents in chunks(data):
        if canvas is None and kind in CANVASES:
            canvas = CANVASES[kind](contents)
        if kind == b"VP8X":
            marks = contents[0]
        if kind in PICTURES and not picture or kind == b"ALPH" and marks & ALPHA_MARK:
            frame.setdefault(kind, contents)
            picture = picture or kind in PICTURES
        if kind == b"EXIF" and marks & EXIF_MARK and not exif:
            exif = contents[6:] if contents[:6] == b"Exif\0\0" else contents
    require(canvas and picture, "no picture")
    width, height = canvas
    memory = decode_memory(frame, width * height, len(data))
    return Header(width, height, orientation=orientation_of(exif), memory=memory)


def decode_memory(frame, pixels, size):
    """Return the most bytes that decoding the first frame of a file of that size takes.

    frame: {kind: contents} of its chunks. Infinity: not known.
    """
    memory = BYTES_PER_PIXEL * pixels + size
    if memory > MOST_DECODE_MEMORY:
        return memory
    if b"ANMF" in frame:
        contents = frame[b"ANMF"]
        frame = dict(islice(chunks_between(contents, ANMF_HEAD, len(contents)), 2))
    return max(memory, BYTES_PER_PIXEL_WITH_CODES * pixels + size + code_memory(frame))


def code_memory(frame):
    """Return the most bytes that the prefix codes of a frame take."""
    if b"VP8L" in frame:
        contents = frame[b"VP8L"]
        return lossless.code_memory(contents[VP8L_HEAD:], *lossless_canvas(contents))
    if b"VP8 " not in frame:
        return math.inf
    alpha = frame.get(b"ALPH")
    if not alpha or alpha[0] & 3 != PACKED:
        return 0
    return lossless.code_memory(alpha[ALPH_HEAD:], *lossy_canvas(frame[b"VP8 "]))


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
    """Decode the first frame; return the picture."""
    with decoders.opened("image/webp", file) as image:
        image.load()
    return image


def picture(file, data, header, _longest):
    """Return the picture of the first frame."""
    return decode(file, data, header.layout)


def picture_memory(header, _longest):
    """Return how many bytes `picture` takes."""
    return header.memory
