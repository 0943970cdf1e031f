"""BMP: check the header, and that the file holds all rows. The check decodes no pixels."""

import re
import struct

from service.business.inspection import decoders
from service.business.inspection.header import Header, require

# Compression of run lengths: how many bits a pixel must have.
RUN_LENGTHS = {1: 8, 2: 4}
PLAIN = {0, 3, 6}
RUNS = re.compile(rb"(?:[^\0].)++", re.DOTALL)
END_OF_ROW, END_OF_BITMAP, MOVE = 0, 1, 2
# Some writers fill rows up to a multiple of four pixels.
MOST_SURPLUS = 3
# More takes seconds: the rest is not looked at.
MOST_CODES = 500_000
# Pillow unpacks run lengths in Python: more bytes, or more pixels of four bits, take seconds.
MOST_PACKED = 1_000_000
MOST_HALF_BYTES = 4_000_000


def read(data):
    """Return the Header of a Windows or OS/2 bitmap."""
    start, header_size = struct.unpack_from("<LL", data, 10)
    if header_size == 12:
        width, height, _planes, bits = struct.unpack_from("<HHHH", data, 18)
        compression, stored, colours = 0, 0, 0
    else:
        width, height, _planes, bits, compression, stored = struct.unpack_from("<llHHLL", data, 18)
        (colours,) = struct.unpack_from("<L", data, 46)
    height = abs(height)  # Negative means that the rows are stored from top to bottom.
    require(width > 0 and bits in (1, 2, 4, 8, 16, 24, 32), "invalid bitmap header")
    require(compression in PLAIN or RUN_LENGTHS.get(compression) == bits, "unknown compression")
    require(start >= 14 + header_size, "rows inside the header")
    if bits <= 8:
        require(colours <= 256 and start >= 14 + header_size + 3, "no palette")
    if compression in PLAIN:
        # The padding of the last row may be missing.
        row = (width * bits + 7) // 8
        missing = start + (row + 3) // 4 * 4 * (height - 1) + row - len(data)
        require(missing <= 0, "rows are missing")
    else:
        packed = data[start : start + stored] if stored else data[start:]
        require(rows_end(packed, bits, width, height), "rows are missing")
    memory = decode_memory(width * height, bits, compression, len(data) - start)
    return Header(width, height, layout=memory)


def decode_memory(pixels, bits, compression, packed):
    """Return how many bytes the picture takes; None: it takes too much time."""
    if compression in PLAIN:
        return pixels * (1 if bits <= 8 else 4)
    slow = packed > MOST_PACKED or (bits == 4 and pixels > MOST_HALF_BYTES)
    return None if slow else 3 * pixels + packed


def picture(file, _data, _header, _longest):
    """Return the picture."""
    with decoders.opened("image/bmp", file) as image:
        image.load()
    return image


def picture_memory(header, _longest):
    """Return how many bytes `picture` takes; None: it takes too much time."""
    return header.layout


def rows_end(packed, bits, width, height):
    """Tell whether run lengths fill all rows, or end the bitmap before. Raises on nonsense.

    A run may reach beyond the end of its row, but none may begin there.
    """
    position, column, row = 0, 0, 0
    for _ in range(MOST_CODES):
        if row >= height or (row == height - 1 and column >= width):
            return True
        runs = RUNS.match(packed, position)
        if runs:
            counts = packed[position : runs.end() : 2]
            column += sum(counts)
            require(column - counts[-1] <= width + MOST_SURPLUS, "a run behind the end of its row")
            position = runs.end()
            continue
        if position + 2 > len(packed):
            return False
        code = packed[position + 1]
        position += 2
        if code == END_OF_BITMAP:
            return True
        if code == END_OF_ROW:
            column, row = 0, row + 1
        elif code == MOVE:
            right, down = packed[position : position + 2]
            column, row, position = column + right, row + down, position + 2
        else:
            require(column <= width + MOST_SURPLUS, "a run behind the end of its row")
            size = (code * bits + 7) // 8
            column, position = column + code, position + size + size % 2
    return True
