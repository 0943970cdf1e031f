"""Sample images in every accepted format, built in code. Another colour gives other bytes."""

import io
import struct
import zlib
from functools import cache, partial

from PIL import Image

ORIENTATION = 274
MEGABYTE = 1024 * 1024


def canvas(width, height, colour, mode="RGB"):
    """Return a Pillow image: a plain ground with a lighter corner."""
    image = Image.new("RGB", (width, height), colour)
    image.paste("white", (0, 0, width // 3, height // 3))
    if mode.startswith("I;16"):
        return image.convert("L").convert("I").convert("I;16")
    return image.convert(mode)


@cache
def saved(format_name, width, height, colour, mode="RGB", orientation=None, frames=1, **options):
    """Return the bytes of an image that Pillow saves with these options."""
    if orientation:
        options["exif"] = Image.Exif()
        options["exif"][ORIENTATION] = orientation
    if frames > 1:
        more = [canvas(width, height, (number % 256, 90, 30), mode) for number in range(1, frames)]
        options |= {"save_all": True, "append_images": more}
    file = io.BytesIO()
    canvas(width, height, colour, mode).save(file, format_name, **options)
    return file.getvalue()


def jpeg(width=64, height=48, colour="teal", **options):
    """Return a JPEG; mode="CMYK", progressive=True, orientation=6 ..., as needed."""
    return saved("JPEG", width, height, colour, **options)


def png(width=64, height=48, colour="teal", **options):
    """Return a PNG; mode="P", "1", "I;16", "RGBA" ..., as needed."""
    return saved("PNG", width, height, colour, **options)


def gif(width=64, height=48, colour="teal", **options):
    """Return a GIF; frames=3 for an animated one."""
    return saved("GIF", width, height, colour, **options)


def webp(width=64, height=48, colour="teal", **options):
    """Return a WebP; lossless=True, frames=3, as needed."""
    return saved("WEBP", width, height, colour, **options)


def avif(width=64, height=48, colour="teal", **options):
    """Return an AVIF; speed 10, for tests that make many."""
    return saved("AVIF", width, height, colour, **{"speed": 10} | options)


def tiff(width=64, height=48, colour="teal", **options):
    """Return a TIFF; compression="tiff_lzw", big_tiff=True, mode="CMYK" ..., as needed."""
    return saved("TIFF", width, height, colour, **options)


def bmp(width=64, height=48, colour="teal", **options):
    """Return a BMP; mode="1", "P", "L", as needed."""
    return saved("BMP", width, height, colour, **options)


def mpo(width=64, height=48, colour="teal", **options):
    """Return a JPEG of several pictures, as phones make them."""
    return saved("MPO", width, height, colour, **{"frames": 2} | options)


SAMPLES = {
    "jpeg": partial(jpeg),
    "jpeg gray": partial(jpeg, mode="L"),
    "jpeg progressive": partial(jpeg, progressive=True),
    "jpeg cmyk": partial(jpeg, mode="CMYK"),
    "jpeg restart markers": partial(jpeg, restart_marker_blocks=1),
    "jpeg narrow": partial(jpeg, 1, 300),
    "mpo": partial(mpo),
    "png": partial(png),
    "png 1 bit": partial(png, mode="1"),
    "png paletted": partial(png, mode="P"),
    "png alpha": partial(png, mode="RGBA"),
    "png gray alpha": partial(png, mode="LA"),
    "png 16 bit": partial(png, mode="I;16"),
    "png animated": partial(png, frames=3),
    "gif": partial(gif),
    "gif animated": partial(gif, frames=3),
    "webp": partial(webp),
    "webp lossless": partial(webp, lossless=True),
    "webp alpha": partial(webp, mode="RGBA"),
    "webp animated": partial(webp, frames=3),
    "avif": partial(avif),
    "avif alpha": partial(avif, mode="RGBA"),
    "avif animated": partial(avif, frames=3),
    "tiff": partial(tiff),
    "tiff big": partial(tiff, big_tiff=True),
    "tiff lzw": partial(tiff, compression="tiff_lzw"),
    "tiff deflate": partial(tiff, compression="tiff_adobe_deflate"),
    "tiff jpeg": partial(tiff, compression="jpeg"),
    "tiff fax": partial(tiff, mode="1", compression="group4"),
    "tiff packbits cmyk": partial(tiff, mode="CMYK", compression="packbits"),
    "tiff zstd": partial(tiff, compression="zstd"),
    "tiff 16 bit": partial(tiff, mode="I;16"),
    "tiff pages": partial(tiff, frames=3),
    "bmp": partial(bmp),
    "bmp 1 bit": partial(bmp, mode="1"),
    "bmp paletted": partial(bmp, mode="P"),
}


def sample(name):
    """Return the bytes of a sample by its name."""
    return SAMPLES[name]()


def content_type(name):
    """Return the content type of a sample by its name."""
    return "image/" + name.split()[0].replace("mpo", "jpeg")


def chunk(kind, contents=b"", checksum=None):
    """Return a PNG chunk, with the right checksum unless `checksum` replaces it."""
    checksum = zlib.crc32(kind + contents) if checksum is None else checksum
    return struct.pack(">L", len(contents)) + kind + contents + struct.pack(">L", checksum)


@cache
def packed_megabyte():
    """Return a megabyte of zeros as deflate packs it, ready to be repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(bytes(MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)


def packed_zeros(size):
    """Return zeros as zlib.compress packs them, but at once however many they are."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    rest = packer.compress(bytes(size % MEGABYTE)) + packer.flush()
    checksum = struct.pack(">HH", size % 65521, 1)
    return b"\x78\xda" + packed_megabyte() * (size // MEGABYTE) + rest + checksum


def raw_png(width=64, height=48, depth=8, colour_type=2, *, interlaced=0, rows=None, extra=b""):
    """Return a PNG of zeros written chunk by chunk; extra chunks go before the picture.

    rows: the uncompressed picture, or how many zeros it is; by default the right number of zeros.
    """
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour_type]
    head = struct.pack(">LLBBBBB", width, height, depth, colour_type, 0, 0, interlaced)
    if rows is None:
        rows = height * (1 + (width * depth * channels + 7) // 8)
    packed = packed_zeros(rows) if isinstance(rows, int) else zlib.compress(rows, 6)
    picture = chunk(b"IDAT", packed)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + picture + chunk(b"IEND")


def segment(marker, contents=b""):
    """Return a JPEG segment."""
    return bytes([0xFF, marker]) + struct.pack(">H", 2 + len(contents)) + contents


def box(kind, contents):
    """Return an AVIF box."""
    return struct.pack(">L4s", 8 + len(contents), kind) + contents


def raw_tiff(tags, picture=b"", *, order="<", after=0):
    """Return a TIFF of one directory {tag: (type, count, value)}; the picture starts at byte 8."""
    start = 8 + len(picture) + len(picture) % 2
    entries = b"".join(
        struct.pack(order + "HHLL", tag, *entry) for tag, entry in sorted(tags.items())
    )
    mark = b"II*\0" if order == "<" else b"MM\0*"
    head = mark + struct.pack(order + "L", start) + picture.ljust(start - 8, b"\0")
    return head + struct.pack(order + "H", len(tags)) + entries + struct.pack(order + "L", after)


def strip_tags(width, height, size, *, bits=8, compression=1, rows=None, **more):
    """Return the tags of a gray TIFF of one strip at byte 8."""
    tags = {
        256: (4, 1, width), 257: (4, 1, height), 258: (3, 1, bits), 259: (3, 1, compression),
        262: (3, 1, 1), 273: (4, 1, 8), 277: (3, 1, 1), 278: (4, 1, rows or height),
        279: (4, 1, size),
    }  # fmt: skip
    return tags | {int(tag[1:]): entry for tag, entry in more.items()}
