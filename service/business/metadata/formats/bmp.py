"""BMP: it has no metadata, but bytes may follow its rows."""

import struct

# Behind the start of a header that has a colour profile: where the profile is, and its size.
HEADER_START, PROFILE_HEADER, PROFILE_PLACE = 14, 124, 112


def look(findings, data, _header):
    """Find bytes behind the size that the file declares, its rows and its profile."""
    declared, start, header_size = struct.unpack_from("<L4xLL", data, 2)
    ends = [declared, start + rows_size(data, header_size)]
    if header_size >= PROFILE_HEADER:
        profile, size = struct.unpack_from("<LL", data, HEADER_START + PROFILE_PLACE)
        ends.append(HEADER_START + profile + size)
    if len(data) > max(ends):
        findings.add("trailing_bytes")


def rows_size(data, header_size):
    """Return the size of the rows, in bytes: as declared, or as the width and height make it."""
    if header_size == 12:
        width, height, _planes, bits = struct.unpack_from("<HHHH", data, 18)
        return (width * bits + 31) // 32 * 4 * height
    width, height, _planes, bits, _packing, stored = struct.unpack_from("<llHHLL", data, 18)
    return stored or (width * bits + 31) // 32 * 4 * abs(height)
