"""GIF: check every block of every frame, up to the trailer or what stands in its place."""

import re
import struct

from service.business.inspection import decoders
from service.business.inspection.header import Header, require

EXTENSION, FRAME, TRAILER, PADDING = 0x21, 0x2C, 0x3B, 0
# An extension with the transparent colour of the frame behind it: its label, size and end.
CONTROL = re.compile(rb"\xf9\x04.{4}\0", re.DOTALL)
TRANSPARENT = 1
# A block has up to 255 bytes. Many small ones are slow, both here and in the decoder.
MOST_BLOCKS = 100_000
FEWEST_BYTES = 64


class Walk:
    """The current position in a GIF, and the number of blocks before it."""

    def __init__(self, data):
        self.data = data
        self.start = self.position = 13 + palette_size(data[10])
        self.blocks = 0
        self.most_blocks = MOST_BLOCKS + len(data) // FEWEST_BYTES

    def skip_blocks(self):
        """Move behind a sequence of sub-blocks and the empty block that ends it."""
        while self.data[self.position]:
            self.position += 1 + self.data[self.position]
            self.count()
        self.position += 1

    def end(self):
        """Return where the picture ends: behind the trailer, where there is one."""
        return self.position + (self.data[self.position : self.position + 1] == b";")

    def count(self):
        """Count a block. Raises UnreadableImage for too many."""
        self.blocks += 1
        require(self.blocks <= self.most_blocks, "too many blocks")

    def parts(self):
        """Yield the kind of each part up to the trailer; the caller moves behind the part.

        Some writers forget the trailer: the file may also end behind a part.
        """
        while self.position < len(self.data) and self.data[self.position] != TRAILER:
            self.count()
            self.position += 1
            yield self.data[self.position - 1]


def read(data):
    """Return the Header of a GIF. Its size is at least that of the first frame."""
    width, height = struct.unpack_from("<HH", data, 6)
    walk, frames, first, extensions, control = Walk(data), 0, None, [], b""
    for part in walk.parts():
        if part == EXTENSION:
            start = walk.position
            if not frames and CONTROL.match(data, walk.position):
                control = bytes(data[walk.position + 2 : walk.position + 6])
            walk.position += 1
            walk.skip_blocks()
            extensions.append((data[start], start + 1, walk.position))
        elif part == FRAME:
            left, top, across, down, flags = struct.unpack_from("<HHHHB", data, walk.position)
            start = walk.position - 1
            walk.position += 10 + palette_size(flags)
            walk.skip_blocks()
            if not frames:
                width, height = max(width, left + across), max(height, top + down)
                first = start, walk.position
            frames += 1
        elif part != PADDING:
            # Viewers show the frames before anything that is not GIF.
            require(frames, "unknown block")
            walk.position -= 1
            break
    require(frames, "no frame")
    return Header(
        width,
        height,
        memory=2 * width * height,
        layout=(walk.start, control, first),
        end=walk.end(),
        segments=extensions,
    )


def palette_size(flags):
    """Return how many bytes of palette the flags declare."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def decode(_file, data, layout):
    """Decode the first frame, without the extensions before it; return the picture.

    Pillow refuses an image when it cannot read one of them, viewers ignore it. Of the control of
    the frame only the transparent colour is left.
    """
    head, control, (start, end) = layout
    pieces = [data[:head], data[start:end], TRAILER.to_bytes()]
    if control and control[0] & TRANSPARENT:
        pieces.insert(1, b"!\xf9\4\1\0\0" + control[3:] + b"\0")
    with decoders.opened("image/gif", decoders.Pieces(pieces)) as image:
        image.load()
    return image


def picture(file, data, header, _longest):
    """Return the picture of the first frame."""
    return decode(file, data, header.layout)


def picture_memory(header, _longest):
    """Return how many bytes `picture` takes."""
    return header.memory
