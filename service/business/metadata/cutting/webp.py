"""WebP: keep the picture or the frames, the colour profile, and the marks that still hold."""

import struct

from service.business.metadata.cutting.pieces import Pieces, turn

HEAD, CHUNK_HEAD = 12, 8
# Before the chunks inside a frame.
FRAME_HEAD = 16
EXTENDED, PROFILE, ANIMATION, FRAME = b"VP8X", b"ICCP", b"ANIM", b"ANMF"
EXIF = b"EXIF"
PICTURES, OPACITY = {b"VP8 ", b"VP8L"}, b"ALPH"
# In the first byte of an extended header.
PROFILE_MARK, ALPHA_MARK, EXIF_MARK, ANIMATION_MARK = 32, 16, 8, 2
EXTENDED_SIZE = 10
MOST_CHUNKS = 100_000


def cut(data, header):
    """Return the Pieces of a WebP that stay."""
    (size,) = struct.unpack_from("<L", data, 4)
    found = list(chunks(data, HEAD, 8 + size))
    marks = new_marks(data, found, header.orientation)
    inner, end = Pieces(data), HEAD
    for kind, start, end in kept(found, marks):
        if kind == EXTENDED:
            canvas = bytes(data[start + CHUNK_HEAD + 4 : start + CHUNK_HEAD + EXTENDED_SIZE])
            inner.put(start, chunk(EXTENDED, bytes([marks, 0, 0, 0]) + canvas))
        elif kind == FRAME:
            keep_frame(inner, start, end)
        else:
            keep(inner, start, end)
    if marks & EXIF_MARK:
        inner.put(end + end % 2, chunk(EXIF, turn(header.orientation)))
    pieces = Pieces(data)
    pieces.put(0, b"RIFF" + struct.pack("<L", 4 + len(inner)) + b"WEBP")
    pieces.extend(inner)
    return pieces


def chunks(data, position, end):
    """Yield (kind, start, end without padding) of each chunk between two positions."""
    for _ in range(MOST_CHUNKS):
        if position + CHUNK_HEAD > end:
            return
        kind, length = struct.unpack_from("<4sL", data, position)
        yield kind, position, position + CHUNK_HEAD + length
        position += CHUNK_HEAD + length + length % 2


def new_marks(data, found, orientation):
    """Return the marks of the extended header that hold for what stays; 0 without such a header."""
    kind, start, _end = found[0]
    if kind != EXTENDED:
        return 0
    marks = data[start + CHUNK_HEAD]
    if PROFILE not in {kind for kind, _start, _end in found}:
        marks &= ~PROFILE_MARK
    return marks & (PROFILE_MARK | ALPHA_MARK | ANIMATION_MARK) | (orientation != 1 and EXIF_MARK)


def kept(found, marks):
    """Yield (kind, start, end) of the chunks that stay: those that viewers look at."""
    wanted = {EXTENDED, *PICTURES}
    wanted |= {PROFILE} if marks & PROFILE_MARK else set()
    wanted |= {ANIMATION, FRAME} if marks & ANIMATION_MARK else {OPACITY}
    for kind, start, end in found:
        if kind in wanted:
            yield kind, start, end
        # Of these the first one counts, and a picture is the last of a file without frames.
        if kind in PICTURES:
            wanted -= {EXTENDED, PROFILE, OPACITY, *PICTURES}
        elif kind in (EXTENDED, PROFILE, ANIMATION):
            wanted.discard(kind)


def keep_frame(pieces, start, end):
    """Keep the picture of a frame and its opacity, and write the size of the frame anew."""
    inner = Pieces(pieces.data)
    for kind, inner_start, inner_end in chunks(pieces.data, start + CHUNK_HEAD + FRAME_HEAD, end):
        if kind in PICTURES or kind == OPACITY:
            keep(inner, inner_start, inner_end)
        if kind in PICTURES:
            break
    pieces.put(start, struct.pack("<4sL", FRAME, FRAME_HEAD + len(inner)))
    pieces.keep(start + CHUNK_HEAD, start + CHUNK_HEAD + FRAME_HEAD)
    pieces.extend(inner)


def keep(pieces, start, end):
    """Keep a chunk, with a zero behind an odd number of bytes."""
    pieces.keep(start, end)
    if (end - start) % 2:
        pieces.put(end, b"\0")


def chunk(kind, contents):
    """Return a chunk of an even number of bytes."""
    return struct.pack("<4sL", kind, len(contents)) + contents
