"""WebP: the chunks of EXIF and XMP, also those that viewers ignore, and the bytes behind."""

import struct

from service.business.inspection import webp
from service.business.metadata import exif, xmp

READERS = {b"EXIF": exif.look, b"XMP ": xmp.look}


def look(findings, data, _header):
    """Find the kinds of metadata in a WebP."""
    (size,) = struct.unpack_from("<L", data, 4)
    if len(data) > 8 + size + size % 2:
        findings.add("trailing_bytes")
    for kind, contents in webp.chunks(data):
        if kind in READERS:
            findings.look(READERS[kind], findings.limited(contents))
