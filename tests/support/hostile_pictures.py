"""Hostile images: decompression bombs, loops, huge declared sizes, files of two formats at once."""

import struct
import zlib
from random import Random

from tests.support import pictures
from tests.support.pictures import (
    MEGABYTE,
    box,
    chunk,
    jpeg,
    packed_zeros,
    png,
    raw_png,
    raw_tiff,
    segment,
    strip_tags,
)


def with_segments(*segments):
    """Return a JPEG with more segments right at its start."""
    return jpeg()[:2] + b"".join(segments) + jpeg()[2:]


def exif_segment(block):
    """Return a JPEG segment with an EXIF block."""
    return segment(0xE1, b"Exif\0\0" + block)


def scan_bomb(scans, **options):
    """Return a progressive JPEG whose last scan comes again and again."""
    sample = jpeg(progressive=True, **options)
    start = sample.rindex(b"\xff\xda")
    return sample[:-2] + sample[start:-2] * scans + sample[-2:]


def png_text_bomb(kind=b"zTXt", size=200 * MEGABYTE):
    """Return a PNG whose text inflates to very many bytes."""
    packed = packed_zeros(size)
    text = b"k\0\0" + packed if kind == b"zTXt" else b"k\0\1\0\0\0" + packed
    return raw_png(extra=chunk(kind, text))


def png_profile_bomb(size=200 * MEGABYTE):
    """Return a PNG whose colour profile inflates to very many bytes."""
    return raw_png(extra=chunk(b"iCCP", b"p\0\0" + packed_zeros(size)))


def png_surplus_bomb(size=200 * MEGABYTE):
    """Return a small PNG with far more picture than it declares."""
    return raw_png(8, 8, rows=size)


def gif_screen(width, height, frame=None):
    """Return a GIF that declares any screen and a frame of any size."""
    across, down = frame or (width, height)
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    return head + b"," + struct.pack("<HHHHB", 0, 0, across, down, 0) + b"\2\2\x4c\1\0;"


def gif_frames(count):
    """Return a GIF of one good frame and many tiny ones."""
    sample = pictures.gif()
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"
    return sample[:-1] + frame * count + b";"


def gif_bomb(width=7000, height=7000):
    """Return a GIF whose few codes unfold to a whole screen of one colour.

    Its codes: clear the table, one pixel, then always the longest run that the table has.
    """
    bits, size, left, code = ["001", "000"], 3, width * height - 1, 6
    while left:
        run = min(code - 4, left)
        bits.append(format(run + 4 if run > 1 else 0, f"0{size}b")[::-1])
        left -= run
        code = min(code + 1, 4095)
        size = max(size, min(code.bit_length(), 12))
    text = "".join(bits) + format(5, f"0{size}b")[::-1]
    packed = int(text[::-1], 2).to_bytes(-(-len(text) // 8), "little")
    blocks = [packed[start : start + 255] for start in range(0, len(packed), 255)]
    head = gif_screen(width, height)[:-5]
    return head + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0;"


def jpeg_bomb(width=10_000, rows=625):
    """Return a JPEG of the same row of 16 pixels again and again, each with a restart marker."""
    sample = jpeg(width, 16, restart_marker_rows=1)
    size, scan = sample.index(b"\xff\xc0") + 5, sample.index(b"\xff\xda") + 14
    head = sample[:size] + struct.pack(">H", 16 * rows) + sample[size + 2 : scan]
    marks = [b"\xff" + bytes([0xD0 + row % 8]) for row in range(rows - 1)] + [b"\xff\xd9"]
    return head + b"".join(sample[scan:-2] + mark for mark in marks)


def webp_screen(width, height):
    """Return a WebP with an extended header that declares any canvas."""
    small = pictures.webp()
    sizes = struct.pack("<LL", width - 1, (height - 1) << 8)
    canvas = bytes(4) + sizes[:3] + sizes[5:]
    chunks = b"WEBPVP8X" + struct.pack("<L", 10) + canvas + small[12:]
    return b"RIFF" + struct.pack("<L", len(chunks)) + chunks


def webp_declaring(width, height):
    """Return a lossy WebP that declares any size."""
    sample = pictures.webp()
    at = sample.index(b"\x9d\x01\x2a") + 3
    return sample[:at] + struct.pack("<HH", width, height) + sample[at + 4 :]


def webp_frames(count):
    """Return an animated WebP whose last frame comes again and again."""
    sample = pictures.webp(8, 8, frames=2)
    start = sample.rindex(b"ANMF")
    chunks = sample[8:] + sample[start:] * count
    return b"RIFF" + struct.pack("<L", len(chunks)) + chunks


def png_frames(count):
    """Return a PNG that is animated by very many tiny frames."""
    frame = struct.pack(">LLLLHHBB", 1, 1, 0, 0, 0, 1, 0, 0)
    row = zlib.compress(bytes(4))
    frames = [chunk(b"acTL", struct.pack(">LL", count, 0))]
    for number in range(0, 2 * count, 2):
        frames.append(chunk(b"fcTL", struct.pack(">L", number) + frame))
        frames.append(chunk(b"fdAT", struct.pack(">L", number + 1) + row))
    return raw_png(extra=b"".join(frames))


def jpeg_declaring(width, height):
    """Return a JPEG that declares any size."""
    sample = jpeg()
    at = sample.index(b"\xff\xc0") + 5
    return sample[:at] + struct.pack(">HH", height, width) + sample[at + 4 :]


def bmp_bomb(width=7000, height=7000):
    """Return a BMP of black rows, each packed into a few run lengths."""
    runs = (b"\xff\0" * (width // 255) + bytes([width % 255, 0]) + b"\0\0") * height
    fields = struct.pack("<LllHHLLllLL", 40, width, height, 1, 8, 1, len(runs), 0, 0, 0, 0)
    return b"BM" + struct.pack("<LLL", 1078 + len(runs), 0, 1078) + fields + bytes(1024) + runs


def webp_chunks(count, kind=b"JUNK", contents=b""):
    """Return a WebP with many chunks behind the picture."""
    chunks = pictures.webp()[8:] + (kind + struct.pack("<L", len(contents)) + contents) * count
    return b"RIFF" + struct.pack("<L", len(chunks)) + chunks


def avif_declaring(width, height):
    """Return an AVIF whose properties declare any size."""
    sample = pictures.avif()
    at = sample.index(b"ispe") + 8
    return sample[:at] + struct.pack(">LL", width, height) + sample[at + 8 :]


def avif_boxes(count):
    """Return an AVIF with many empty boxes at its start."""
    sample = pictures.avif()
    start = struct.unpack_from(">L", sample)[0]
    return sample[:start] + box(b"free", b"") * count + sample[start:]


def bmp_declaring(width, height):
    """Return a BMP that declares any size."""
    sample = pictures.bmp()
    return sample[:18] + struct.pack("<ll", width, height) + sample[26:]


def tiff_bomb(width=6000, height=6000, **more):
    """Return a gray TIFF of zeros, deflated to a thousandth."""
    packed = packed_zeros(width * height)
    return raw_tiff(strip_tags(width, height, len(packed), compression=8, **more), packed)


def tiff_tile_bomb():
    """Return a tiny TIFF whose only tile inflates to a gigabyte."""
    packed = packed_zeros(64 * MEGABYTE)
    tags = strip_tags(16, 16, 0, compression=8)
    for tag in (273, 278, 279):
        del tags[tag]
    tile = {322: (4, 1, 32768), 323: (4, 1, 32768), 324: (4, 1, 8), 325: (4, 1, len(packed))}
    return raw_tiff(tags | tile, packed)


def tiff_jpeg_tiles(width=3200, height=3200, comments=100_000):
    """Return a TIFF of very many tiles, all of them the same slow JPEG."""
    sample = jpeg(16, 16, mode="L")
    sample = sample[:2] + segment(0xFE) * comments + sample[2:]
    count = (width // 16) * (height // 16)
    places = struct.pack(f"<{count}L", *[8] * count)
    sizes = struct.pack(f"<{count}L", *[len(sample)] * count)
    tags = strip_tags(width, height, 0, compression=7)
    for tag in (273, 278, 279):
        del tags[tag]
    behind = 8 + len(sample)
    tags |= {322: (4, 1, 16), 323: (4, 1, 16), 324: (4, count, behind)}
    tags |= {325: (4, count, behind + len(places))}
    return raw_tiff(tags, sample + places + sizes)


def tiff_strips(count, again=False):
    """Return a TIFF of very many rows, each in a strip; again: all of them in the same bytes."""
    rows = b"\0\x78" * (1 if again else count)
    places = struct.pack(f"<{count}L", *(8 if again else 8 + 2 * row for row in range(count)))
    sizes = struct.pack(f"<{count}L", *[2] * count)
    tags = strip_tags(1, count, 0, compression=32773, rows=1)
    tags |= {273: (4, count, 8 + len(rows)), 279: (4, count, 8 + len(rows) + len(places))}
    return raw_tiff(tags, rows + places + sizes)


def tiff_fax_noise(compression=3, height=1_300_000):
    """Return a TIFF of very many invalid rows of fax."""
    noise = Random(1).randbytes(MEGABYTE)
    tags = strip_tags(30, height, len(noise), bits=1, compression=compression)
    return raw_tiff(tags, noise)


def tiff_loop():
    """Return a good TIFF whose directory says that the next one is itself."""
    return raw_tiff(strip_tags(8, 8, 64), bytes(64), after=72)


def polyglots():
    """Return {what: bytes}: whole images that are something else as well."""
    html = b"<html><script>alert(1)</script></html>"
    gif_script = b"GIF89a" + pictures.gif()[6:] + b"=1;alert(1)"
    return {
        "html behind": png() + html,
        "html inside": with_segments(segment(0xFE, html)),
        "php inside": raw_png(extra=chunk(b"tEXt", b"k\0<?php system($_GET[0]); ?>")),
        "zip behind": jpeg() + b"PK\5\6" + bytes(18),
        "script behind": gif_script,
        "pdf inside": with_segments(segment(0xFE, b"%PDF-1.7 ")),
    }


FOREIGN = {
    "text": b"hello, I am a picture",
    "html": b"<!doctype html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "xml svg": b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg/>',
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (w) file",
    "pdf": b"%PDF-1.7\n",
    "mvg": b"push graphic-context\nfill 'url(https://127.0.0.1/)'\npop graphic-context",
    "zip": b"PK\3\4" + bytes(40),
    "icon": b"\0\0\1\0\1\0" + bytes(40),
    "jpeg 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(20),
    "photoshop": b"8BPS\0\1" + bytes(40),
    "video": b"\0\0\0\x18ftypisom\0\0\0\0isommp42",
    "sound": b"RIFF\x24\0\0\0WAVEfmt " + bytes(30),
    "ppm": b"P6 1 1 255 abc",
    "bm words": b"BM is a short name for a bitmap",
    "one byte": b"\xff",
}
