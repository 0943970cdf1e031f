"""BMP: the header, and that all rows are there. Rows are stored plainly: nothing to decode."""

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
    height = abs(height)  # Negative: stored top down.
    require(width > 0 and bits in (1, 2, 4, 8, 16, 24, 32), "no such bitmap")
    require(compression in PLAIN | RUN_LENGTHS, "no such compression")
    if compression in PLAIN:
        stored = (width * bits + 31) // 32 * 4 * height
    require(stored and start + stored <= len(data), "rows missing")
    return Header(width, height)
