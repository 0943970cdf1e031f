"""Every class of hostile picture: the expected answer, and the functions that make its samples."""

import struct
from functools import partial

from tests.support import hostile_pictures as hostile
from tests.support import pictures, webp_streams
from tests.support.pictures import chunk, raw_png, raw_tiff, segment, strip_tags

# As many pixels as are accepted, or slightly fewer if a format cannot have that number.
BOMBS = {
    "png": partial(raw_png, 10_000, 10_000, colour_type=6),
    "png 16 bit": partial(raw_png, 10_000, 10_000, 16, 6),
    "png interlaced": partial(raw_png, 10_000, 10_000, interlaced=1, rows=310_000_000),
    "jpeg": hostile.jpeg_bomb,
    "jpeg progressive": partial(pictures.jpeg, 5000, 5000, progressive=True),
    "jpeg scans": partial(hostile.scan_bomb, 80, width=3000, height=3000),
    "gif": hostile.gif_bomb,
    "gif too large to decode": partial(hostile.gif_bomb, 10_000, 10_000),
    "webp too large to decode": partial(hostile.webp_declaring, 10_000, 10_000),
    "webp small enough to decode": partial(pictures.webp, 3200, 3200, method=0),
    "webp lossless": partial(pictures.webp, 3200, 3200, lossless=True, method=0),
    "webp codes": webp_streams.codes,
    "webp codes few enough to decode": partial(webp_streams.codes, 11_500),
    "webp codes in a frame": webp_streams.codes_in_a_frame,
    "webp codes in the second frame": partial(webp_streams.codes_in_a_frame, before=b"JUNK"),
    "webp codes of transparency": webp_streams.codes_of_transparency,
    "webp small images": webp_streams.small_image,
    "avif": partial(hostile.avif_declaring, 10_000, 10_000),
    "bmp": partial(hostile.bmp_bomb, 10_000, 10_000),
    "tiff": partial(hostile.tiff_bomb, 5000, 5000),
    "tiff too large to decode": partial(hostile.tiff_bomb, 10_000, 10_000),
    "tiff tile": hostile.tiff_tile_bomb,
    "tiff tiles of the same jpeg": hostile.tiff_jpeg_tiles,
    "tiff strips": partial(hostile.tiff_strips, 100_000),
    "tiff strips too many to unpack": partial(hostile.tiff_strips, 400_000),
    "tiff strips again and again": partial(hostile.tiff_strips, 400_000, again=True),
    "tiff fax noise": hostile.tiff_fax_noise,
}
ABSURD = {
    "png": partial(raw_png, 2**31 - 1, 2**31 - 1, rows=b""),
    "gif": partial(hostile.gif_screen, 65535, 65535),
    "gif frame": partial(hostile.gif_screen, 10, 10, frame=(65535, 65535)),
    "jpeg": partial(hostile.jpeg_declaring, 65535, 65535),
    "webp": partial(hostile.webp_screen, 16384, 16384),
    "avif": partial(hostile.avif_declaring, 2**31, 2**31),
    "tiff": lambda: raw_tiff(strip_tags(2**31, 2**31, 64, compression=8), bytes(64)),
}
EXTREME = {
    "png wide": partial(raw_png, 100_000_000, 1),
    "png high": partial(raw_png, 1, 100_000_000),
    "png high, a bit a pixel": partial(raw_png, 1, 100_000_000, 1, 0),
    "jpeg": partial(pictures.jpeg, 65500, 1),
    "gif": partial(pictures.gif, 1, 65535),
    "webp": partial(pictures.webp, 16383, 1),
    "bmp": partial(pictures.bmp, 1, 1_000_000),
    "tiff": lambda: raw_tiff(strip_tags(1, 9_000_000, 9_000_000), bytes(9_000_000)),
}
PACKED = {
    "text": hostile.png_text_bomb,
    "international text": partial(hostile.png_text_bomb, b"iTXt"),
    "colour profile": hostile.png_profile_bomb,
    "more picture than declared": hostile.png_surplus_bomb,
    "jpeg colour profile": lambda: hostile.with_segments(
        *[segment(0xE2, b"ICC_PROFILE\0" + bytes([n, 100]) + bytes(65_000)) for n in range(1, 101)]
    ),
}
# Hundreds of directories of 4,000 tags: at most one of them counts.
DIRECTORY = b"II*\0\x08\0\0\0\xa0\x0f" + b"\x0f\1\3\0\1\0\0\0\1\0\0\0" * 4_000 + bytes(4)
PACKED |= {
    "png exif chunks": lambda: raw_png(extra=chunk(b"eXIf", DIRECTORY) * 200),
    "webp exif chunks": partial(hostile.webp_chunks, 200, b"EXIF", DIRECTORY),
}
FRAMES = {
    "gif": partial(hostile.gif_frames, 10_000),
    "webp": partial(hostile.webp_frames, 10_000),
    "png": partial(hostile.png_frames, 10_000),
    "tiff": hostile.tiff_loop,
}
EXIF = {
    "zeros": lambda: hostile.with_segments(hostile.exif_segment(bytes(100))),
    "far away": lambda: hostile.with_segments(hostile.exif_segment(b"II*\0\xff\xff\xff\xff")),
    "itself": lambda: hostile.with_segments(hostile.exif_segment(b"MM\0*" + bytes(4))),
    "endless": lambda: hostile.with_segments(
        hostile.exif_segment(b"II*\0\x08\0\0\0\xff\xff" + b"\x12\1\3\0\xff\xff\xff\xff" * 5_000)
    ),
    "in a png": lambda: raw_png(extra=chunk(b"eXIf", b"II*\0\x08\0\0\0\1\0\x12\1\3\0" + bytes(9))),
    "very many": lambda: hostile.with_segments(hostile.exif_segment(bytes(390)) * 10_000),
    "bad panorama": lambda: hostile.with_segments(segment(0xE2, b"MPF\0" + bytes(60))),
}
ENDLESS = {
    "scans": partial(hostile.scan_bomb, 1_000),
    "markers": lambda: hostile.with_segments(segment(0xFE) * 50_000),
    "fill bytes": lambda: hostile.with_segments(b"\xff" * 200_000),
    "fill bytes behind a scan": lambda: pictures.jpeg()[:-2] + b"\xff" * 8_000_000 + b"\xd9",
    "fill bytes to the end": lambda: pictures.jpeg()[:-2] + b"\xff" * 200_000,
    "metadata": lambda: hostile.with_segments(segment(0xE1, bytes(65_000)) * 130),
    "second frame": lambda: (
        pictures.jpeg()[:-2] + pictures.jpeg()[pictures.jpeg().index(b"\xff\xc0") :]
    ),
    "chunks": lambda: raw_png(extra=chunk(b"teXt") * 250_000),
    "blocks": lambda: pictures.gif()[:-1] + b"!\xfe" + b"\1x" * 120_000 + b"\0;",
    "webp chunks": partial(hostile.webp_chunks, 150_000),
    "boxes": partial(hostile.avif_boxes, 20_000),
    "tiff strips": partial(hostile.tiff_strips, 1_000_000),
    "tags": lambda: (
        b"II*\0"
        + struct.pack("<LH", 8, 5_000)
        + b"".join(struct.pack("<HHLL", tag, 4, 1, 0) for tag in range(5_000))
        + bytes(4)
    ),
}
INCOMPLETE = {
    "row short": lambda: raw_png(rows=bytes(48 * (1 + 64 * 3) - 1)),
    "no rows": lambda: raw_png(rows=b""),
    "checksum": lambda: raw_png(extra=chunk(b"PLTE", b"abc", checksum=0)),
    "no width": lambda: raw_png(0, 48, rows=b""),
    "no palette": lambda: raw_png(colour_type=3),
    "bmp without its rows": partial(hostile.bmp_declaring, 2**31 - 1, 1),
    "strip short": lambda: raw_tiff(strip_tags(8, 8, 60), bytes(60)),
    "no zlib": lambda: raw_tiff(strip_tags(8, 8, 64, compression=8), bytes(64)),
}


def half(name):
    """Return the first half of a sample."""
    data = pictures.sample(name)
    return data[: len(data) // 2]


def named(members):
    """Return {name: bytes} as {name: function that returns them}."""
    return {name: partial(members.get, name) for name in members}


# Of several pages only the first must be complete.
HALVES = {name: partial(half, name) for name in pictures.SAMPLES if name != "tiff pages"}
# The expected answers: the status, and for a refusal the code.
CLASSES = {
    "bombs": ("201", BOMBS),
    "absurd sizes": ("422 too-many-pixels", ABSURD),
    "extreme aspect": ("201", EXTREME),
    "packed text and profiles": ("201", PACKED),
    "frames and loops": ("201", FRAMES),
    "exif": ("201", EXIF),
    "polyglots": ("201", named(hostile.polyglots())),
    "cut in half": ("422 unreadable-image", HALVES),
    "incomplete": ("422 unreadable-image", INCOMPLETE),
    "endless structure": ("422 unreadable-image", ENDLESS),
    "no picture": ("415 unsupported-image", named(hostile.FOREIGN)),
}
