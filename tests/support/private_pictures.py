"""Pictures with private metadata, written by hand: EXIF, XMP, IPTC, texts and comments."""

import io
import struct
import zlib

from service.business.inspection.image_inspector import recognise
from tests.support import pictures
from tests.support.pictures import box, chunk, segment

MAKE, DATE_TIME, ARTIST = 271, 306, 315
ORIGINAL, DIGITISED, OFFSET_ORIGINAL, OFFSET_DIGITISED = 36867, 36868, 36881, 36882
EXIF_POINTER, GPS_POINTER, THUMBNAIL, THUMBNAIL_SIZE = 0x8769, 0x8825, 513, 514
# In every block: what a phone writes.
PHONE = {MAKE: b"Acme\0", ARTIST: b"Ana\0"}
MOMENT = {ORIGINAL: b"2026:02:13 09:30:00\0", OFFSET_ORIGINAL: b"+02:00\0"}
BERLIN = {1: b"N\0", 2: (52, 30, 36), 3: b"E\0", 4: (13, 22, 12)}
# The namespaces, and a property as an attribute and as an element.
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description'
    b' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:City="Berlin"'
    b' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator><rdf:Seq><rdf:li>Ana</rdf:li>'
    b"</rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"
)
XMP_START, MORE_XMP = b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"


def exif(first=None, inner=None, position=None, thumbnail=None):
    """Return an EXIF block of the tags {tag: bytes or numbers} of its directories."""
    first = dict(first or {})
    directories = [first, inner, position, thumbnail]
    for pointer, tags in ((EXIF_POINTER, inner), (GPS_POINTER, position)):
        if tags is not None:
            first[pointer] = 0
    starts, end = [], 8
    for tags in directories:
        starts.append(end)
        end += 0 if tags is None else 6 + 12 * len(tags)
    first |= {tag: starts[place] for tag, place in ((EXIF_POINTER, 1), (GPS_POINTER, 2))
              if tag in first}  # fmt: skip
    block, values = b"MM\0*\0\0\0\x08", b""
    for number, tags in enumerate(directories):
        if tags is None:
            continue
        following = starts[3] if number == 0 and thumbnail is not None else 0
        entries, values = written(tags, end, values)
        block += struct.pack(">H", len(tags)) + entries + struct.pack(">L", following)
    return block + values


def written(tags, end, values):
    """Return (entries, values) of a directory; its longer values follow those before it."""
    entries = b""
    for tag, value in sorted(tags.items()):
        kind, count, content = encoded(value)
        entries += struct.pack(">HHL", tag, kind, count)
        if len(content) <= 4:
            entries += content.ljust(4, b"\0")
        else:
            entries += struct.pack(">L", end + len(values))
            values += content
    return entries, values


def encoded(value):
    """Return (type, count, bytes) of a value: text, one number, or several fractions."""
    if isinstance(value, bytes):
        return 2, len(value), value
    if isinstance(value, int):
        return 4, 1, struct.pack(">L", value)
    return 5, len(value), b"".join(struct.pack(">LL", number, 1) for number in value)


def record(number, value):
    """Return an IPTC record."""
    return struct.pack(">BBBH", 0x1C, 2, number, len(value)) + value


def resource(number, contents):
    """Return one of Photoshop's resources."""
    head = b"8BIM" + struct.pack(">HHL", number, 0, len(contents))
    return head + contents + b"\0" * (len(contents) % 2)


def jpeg(*segments, **options):
    """Return a JPEG with more segments behind its first one: (marker, contents)."""
    plain = pictures.jpeg(**options)
    return plain[:20] + b"".join(segment(*found) for found in segments) + plain[20:]


def png(*chunks, **options):
    """Return a PNG with more chunks right behind its head."""
    plain = pictures.png(**options)
    return plain[:33] + b"".join(chunks) + plain[33:]


def webp(*chunks, marks=0, **options):
    """Return a WebP with more chunks (kind, contents) behind its picture."""
    plain = pictures.webp(**options)
    inner = plain[12:]
    if not inner.startswith(b"VP8X"):
        inner = webp_chunk(b"VP8X", bytes([0, 0, 0, 0, 63, 0, 0, 47, 0, 0])) + inner
    inner = inner[:8] + bytes([inner[8] | marks]) + inner[9:]
    inner += b"".join(webp_chunk(*found) for found in chunks)
    return b"RIFF" + struct.pack("<L", 4 + len(inner)) + b"WEBP" + inner


def webp_chunk(kind, contents):
    """Return a chunk of a WebP."""
    head = kind + struct.pack("<L", len(contents))
    return head + contents + b"\0" * (len(contents) % 2)


def text(keyword, value, kind=b"tEXt"):
    """Return a chunk of text of any kind."""
    if kind == b"zTXt":
        return chunk(kind, keyword + b"\0\0" + zlib.compress(value))
    if kind == b"iTXt":
        return chunk(kind, keyword + b"\0\1\0\0\0" + zlib.compress(value))
    return chunk(kind, keyword + b"\0" + value)


def profile(name, block):
    """Return a text in which ImageMagick keeps a block."""
    digits = block.hex().encode()
    return text(b"Raw profile type " + name, b"\n%s\n%8d\n%s\n" % (name, len(block), digits))


def gif(label, contents):
    """Return a GIF with an extension."""
    plain = pictures.gif()
    return plain[:-1] + b"!" + bytes([label]) + contents + b"\0;"


def phone_jpeg():
    """Return a JPEG with EXIF and XMP, as phones make them."""
    block = b"Exif\0\0" + exif(PHONE, MOMENT, BERLIN)
    return jpeg((0xE1, block), (0xE1, XMP_START + XMP))


def phone_avif():
    """Return an AVIF with EXIF and XMP, as phones make them."""
    return pictures.avif(exif=exif(PHONE, MOMENT, BERLIN), xmp=XMP)


def film():
    """Return a box in which phones keep the film of a motion photo."""
    return box(b"mpvd", b"a film of the same moment")


def opened(content):
    """Return (content type, memoryview, Header) of a file, as the inspection hands them on."""
    content_type, walker = recognise(content[:64])
    data = memoryview(content)
    return content_type, data, walker.read(data)


def tiff(tags):
    """Return a TIFF that Pillow saves with more tags {tag: value}."""
    file = io.BytesIO()
    pictures.canvas(64, 48, "teal").save(file, "TIFF", tiffinfo=tags)
    return file.getvalue()
