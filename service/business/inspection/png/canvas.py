"""The picture of a PNG: its rows, already inflated and checked, are handed to Pillow's decoder.

So the picture is inflated once, and the check stays the judge of what is complete.
"""

import io
import struct
import zlib

from service.business.inspection import decoders

START = b"\x89PNG\r\n\x1a\n"
GRAY, RGB, PALETTED = 0, 2, 3
DEEP = 16
# How a zlib stream starts, and what deflate can store in a block without compression.
STREAM_HEAD = b"\x78\x01"
MOST_STORED = 65_535


class NoCanvas:
    """In place of a picture that is not kept."""

    def __init__(self, _head, _others):
        pass

    def take(self, piece):
        """Ignore rows."""

    def picture(self):
        """Return None: there is no picture."""


class Canvas:
    """Pillow's picture of the rows that come.

    head: the contents of IHDR. others: {kind: contents} of the chunks before the picture. What
    Pillow refuses never raises: then there is no picture.
    """

    def __init__(self, head, others):
        self.others = others
        self.whole = False
        try:
            self.image = decoders.opened("image/png", io.BytesIO(head_file(head, others)))
            self.decoder = decoders.started(self.image)
            self.decoder.decode(STREAM_HEAD)
        except Exception:
            self.decoder = None

    def take(self, piece):
        """Decode more of the rows."""
        for start in range(0, len(piece), MOST_STORED):
            if self.decoder is None:
                return
            block = piece[start : start + MOST_STORED]
            used, error = self.decoder.decode(
                struct.pack("<BHH", 0, len(block), len(block) ^ 0xFFFF) + block
            )
            if used < 0:
                self.whole, self.decoder = not error, None

    def picture(self):
        """Return the picture with its colour profile, or None where it is not whole."""
        if not self.whole:
            return None
        return decoders.finished(self.image, profile(self.others.get(b"iCCP", b"")))


def head_file(head, others):
    """Return a PNG up to the begin of its picture, with the chunks that its pixels need."""
    chunks = [(b"IHDR", head)]
    if b"PLTE" in others:
        chunks.append((b"PLTE", bytes(others[b"PLTE"])))
    if b"tRNS" in others:
        chunks.append((b"tRNS", transparency(head, bytes(others[b"tRNS"]))))
    written = b"".join(chunk(kind, contents) for kind, contents in chunks if contents)
    return START + written + struct.pack(">L4s", 0, b"IDAT")


def chunk(kind, contents):
    """Return a chunk with its checksum."""
    checksum = zlib.crc32(contents, zlib.crc32(kind))
    return struct.pack(">L", len(contents)) + kind + contents + struct.pack(">L", checksum)


def transparency(head, contents):
    """Return what says which samples are transparent, in the depth of Pillow's picture.

    Empty where it is cut short: viewers ignore it then.
    """
    depth, colour = head[8:10]
    if colour == PALETTED:
        return contents[:256]
    needed = {GRAY: 1, RGB: 3}.get(colour, 0)
    if not needed or len(contents) < 2 * needed:
        return b""
    samples = struct.unpack_from(f">{needed}H", contents)
    if colour == GRAY and depth < 8:
        samples = [sample * 255 // ((1 << depth) - 1) for sample in samples]
    if colour == RGB and depth == DEEP:
        samples = [sample >> 8 for sample in samples]
    return struct.pack(f">{needed}H", *(min(sample, 0xFFFF) for sample in samples))


def profile(contents):
    """Return the colour profile of a chunk; empty where it is damaged or too large."""
    packed = bytes(contents).partition(b"\0")[2]
    inflater = zlib.decompressobj()
    try:
        inflated = inflater.decompress(packed[1:], decoders.MOST_PROFILE)
    except zlib.error:
        return b""
    return inflated if inflater.eof else b""
