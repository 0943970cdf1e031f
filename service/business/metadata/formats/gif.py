"""GIF: comments, the XMP of an application, and the bytes behind the picture."""

from service.business.metadata import texts, xmp

COMMENT, APPLICATION = 0xFE, 0xFF
XMP_START = b"\x0bXMP DataXMP"


def look(findings, data, header):
    """Find the kinds of metadata in a GIF."""
    for label, start, end in header.segments:
        if label == COMMENT:
            # With the length of each block of 255 bytes between the letters.
            findings.look(texts.look_at_comment, findings.limited(data[start:end]))
        elif label == APPLICATION and data[start : start + len(XMP_START)] == XMP_START:
            findings.look(xmp.look, findings.limited(data[start + len(XMP_START) : end]))
    if header.end < len(data):
        findings.add("trailing_bytes")
