"""BMP: check the header, and that the file holds all rows. Pixels are never decoded."""

import struct

from service.business.inspection.header import Header, require

RUN_LENGTHS = {1, 2}
PLAIN = {0, 3, 6}


def read(data):
    """Return the Header of a Windows or OS/2 bitmap."""
    start, header_size = struct.unpack_from("<LL", data, 10)
    if header_size == 12:
        width, height, _planes, bits = struct.unpack_from("<HHHH", data, 18)
        compression, stored = 0, 0
    else:
        width, height, _planes, bits, compression, stored = struct.unpack_from("<llHHLL", data, 18)
    height = abs(height)  # Negative means that the rows are stored from top to bottom.
    require(width > 0 and bits in (1, 2, 4, 8, 16, 24, 32), "invalid bitmap header")
    require(compression in PLAIN | RUN_LENGTHS, "unknown compression")
    if compression in PLAIN:
        stored = (width * bits + 31) // 32 * 4 * height
    require(stored and start + stored <= len(data), "rows are missing")
    return Header(width, height)
