"""PNGs that libpng refuses, and so every viewer: chunks out of order, unknown filters."""

import io
import struct
import zlib

import pytest

from service.business.inspection.image_inspector import ImageInspector
from service.common.errors import UnreadableImage
from tests.support.pictures import chunk, raw_png

ROWS = bytes(48 * (1 + 64 * 3))
PACKED = zlib.compress(ROWS)
HALVES = chunk(b"IDAT", PACKED[:20]), chunk(b"IDAT", PACKED[20:])
WHOLE, END, TEXT = chunk(b"IDAT", PACKED), chunk(b"IEND"), chunk(b"tEXt", b"k\0v")
GRAY_ROWS = chunk(b"IDAT", zlib.compress(bytes(48 * 65)))
COLOURS = chunk(b"PLTE", b"abc")


def inspect(data):
    return ImageInspector(100_000_000).inspect(io.BytesIO(data))[0]


def head(colour=2, compression=0, filtering=0, interlaced=0, more=b""):
    methods = (8, colour, compression, filtering, interlaced)
    return chunk(b"IHDR", struct.pack(">LLBBBBB", 64, 48, *methods) + more)


def file(*chunks):
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize("chunks", [
    (head(), *HALVES, END),
    (head(), WHOLE, TEXT, chunk(b"IDAT"), END),
    (head(), WHOLE, TEXT, chunk(b"IDAT", b"surplus"), END),
    (head(), chunk(b"IDAT", zlib.compress(ROWS + bytes(99))), END),
    (head(0), COLOURS, GRAY_ROWS, END),
    (head(3), COLOURS, GRAY_ROWS, END),
], ids=["split", "empty behind", "surplus behind", "surplus", "gray", "palette"])  # fmt: skip
def test_what_viewers_accept_is_accepted(chunks):
    assert inspect(file(*chunks))["width"] == 64


@pytest.mark.parametrize("chunks", [
    (head(), head(), WHOLE, END),
    (head(), WHOLE, head(), END),
    (TEXT, head(), WHOLE, END),
    (head(more=b"x"), WHOLE, END),
    (head(), HALVES[0], TEXT, HALVES[1], END),
    (head(), HALVES[0], COLOURS, HALVES[1], END),
    (head(), chunk(b"ABCD", b"x"), WHOLE, END),
    (head(), chunk(b"t1Xt", b"k\0v"), WHOLE, END),
    (head(), WHOLE, chunk(b"t\xffXt", b"k\0v"), END),
    (head(), chunk(b"IDAT", PACKED[:-4]), END),
    (head(compression=1), WHOLE, END),
    (head(filtering=1), WHOLE, END),
    (head(interlaced=2), WHOLE, END),
    (head(3), GRAY_ROWS, COLOURS, END),
    (head(3), chunk(b"PLTE"), GRAY_ROWS, END),
    (head(3), chunk(b"PLTE", b"abcd"), GRAY_ROWS, END),
    (head(3), chunk(b"PLTE", bytes(900)), GRAY_ROWS, END),
    (head(3), COLOURS, COLOURS, GRAY_ROWS, END),
])  # fmt: skip
def test_what_viewers_refuse_is_refused(chunks):
    with pytest.raises(UnreadableImage):
        inspect(file(*chunks))


def filtered(width, height, interlaced, at, number):
    """Return a gray PNG of zeros; the row that begins at that byte has that filter."""
    rows = bytearray(5 + width * height * 2 if interlaced else height * (1 + width))
    rows[at] = number
    return raw_png(width, height, 8, 0, interlaced=interlaced, rows=bytes(rows))


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("at", [0, 65, 47 * 65])
def test_the_five_filters_are_accepted(at, number):
    assert inspect(filtered(64, 48, 0, at, number))["width"] == 64


@pytest.mark.parametrize("number", [5, 255])
@pytest.mark.parametrize(("size", "interlaced", "at"), [
    ((64, 48), 0, 0), ((64, 48), 0, 65), ((64, 48), 0, 47 * 65),
    # The first pass has 6 rows of 8 pixels, the second as many.
    ((64, 48), 1, 0), ((64, 48), 1, 9), ((64, 48), 1, 54), ((64, 48), 1, 63),
    ((1, 3_000_000), 0, 5_999_998), ((3_000_000, 2), 0, 3_000_001),
])  # fmt: skip
def test_other_filters_are_refused(size, interlaced, at, number):
    with pytest.raises(UnreadableImage):
        inspect(filtered(*size, interlaced, at, number))


def test_a_byte_that_is_no_filter_may_have_any_value():
    assert inspect(filtered(64, 48, 0, 1, 255))["width"] == 64
    assert inspect(filtered(64, 48, 1, 8, 255))["width"] == 64
