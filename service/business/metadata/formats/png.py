"""PNG: texts, EXIF, XMP, the time, and the bytes behind the last chunk."""

import struct
import zlib

from service.business.metadata import exif, iptc, texts, xmp

MOST_CHUNKS = 50_000
TEXTS = {b"tEXt", b"zTXt", b"iTXt"}
XMP_KEYWORD = b"XML:com.adobe.xmp"
# ImageMagick writes other programs' blocks as hexadecimal texts.
PROFILE = b"Raw profile type "
MOST_INFLATED = 2 * 1024 * 1024
# Of an ordinary text only its beginning is looked at.
MOST_TEXT = 4096


def chunks(data):
    """Yield (kind, start, end) of each chunk up to the last one; the checksums were checked."""
    position = 8
    for _ in range(MOST_CHUNKS):
        length, kind = struct.unpack_from(">L4s", data, position)
        yield kind, position, position + 12 + length
        position += 12 + length
        if kind == b"IEND":
            return


def look(findings, data, _header):
    """Find the kinds of metadata in a PNG."""
    end = len(data)
    for kind, start, end in chunks(data):
        if kind in TEXTS:
            chunk = findings.limited(data[start + 8 : end - 4])
            findings.look(look_at_text, (kind, chunk))
        elif kind == b"eXIf":
            findings.look(exif.look, findings.limited(data[start + 8 : end - 4]))
        elif kind == b"tIME":
            findings.add("taken_at")
    if end < len(data):
        findings.add("trailing_bytes")


def look_at_text(findings, text):
    """Find what a text tells: (kind of chunk, contents)."""
    kind, contents = text
    keyword, _, rest = bytes(contents).partition(b"\0")
    profile = keyword.removeprefix(PROFILE) if keyword.startswith(PROFILE) else None
    whole = keyword == XMP_KEYWORD or profile
    value = text_value(findings, kind, rest, MOST_INFLATED if whole else MOST_TEXT)
    if keyword == XMP_KEYWORD:
        xmp.look(findings, value)
    elif profile:
        look_at_profile(findings, profile, bytes.fromhex(hexadecimal(value)))
    else:
        texts.look(findings, (keyword, value))


def text_value(findings, kind, rest, most):
    """Return the bytes of a text behind its keyword, at most so many, inflated if necessary."""
    packed = kind == b"zTXt"
    if kind == b"iTXt":
        packed, rest = rest[0] == 1, rest[2:]
        _language, _, rest = rest.partition(b"\0")
        _translated, _, rest = rest.partition(b"\0")
    elif packed:
        rest = rest[1:]
    if packed:
        rest = zlib.decompressobj().decompress(rest, max(1, min(most, findings.bytes_left)))
        findings.limited(rest)
    return rest[:most]


def hexadecimal(value):
    """Return the digits of a profile, which follow a line with its name and one with its length."""
    _name, _length, digits = value.strip().split(b"\n", 2)
    return digits.decode("ascii")


def look_at_profile(findings, profile, block):
    """Find what a profile tells, whose name says what it is."""
    if profile in (b"exif", b"APP1") and block[:4] != b"http":
        exif.look(findings, block)
    elif profile in (b"xmp", b"APP1"):
        xmp.look(findings, block)
    elif profile in (b"iptc", b"8bim"):
        iptc.look_at_resources(findings, block.removeprefix(b"Photoshop 3.0\0"))
        iptc.look(findings, block)
