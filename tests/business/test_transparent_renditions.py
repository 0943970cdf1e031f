"""Thumbs of pictures that are transparent in part."""

import pytest
from PIL import Image

from tests.support import pictures
from tests.support.thumbs import saved, thumb

RED = (200, 60, 60)


@pytest.mark.parametrize("format_name", ["PNG", "GIF", "WEBP", "TIFF"])
def test_transparency_is_kept_without_a_rim(format_name):
    """The transparent half is green, which must not be seen at the border."""
    picture = Image.new("RGBA", (1001, 700), (0, 255, 0, 0))
    picture.paste((255, 0, 0, 255), (0, 0, 500, 700))

    small = thumb(saved(picture, format_name))

    assert small.mode == "RGBA"
    assert small.getpixel((20, 100))[3] == 255
    assert small.getpixel((300, 100))[3] == 0
    seen = [small.getpixel((x, 100)) for x in range(320)]
    assert max(green for _red, green, _blue, opacity in seen if opacity > 20) < 30


@pytest.mark.parametrize(("mode", "colours", "key"), [
    ("P", (1, 0), 0),
    ("L", (90, 0), 0),
    ("1", (1, 0), 0),
    ("RGB", (RED, (0, 10, 0)), (0, 10, 0)),
    ("I;16", (40_000, 0), 0),
    ("LA", ((90, 255), (0, 0)), None),
])  # fmt: skip
def test_every_kind_of_transparent_png_stays_so(mode, colours, key):
    picture = Image.new(mode, (64, 48), colours[0])
    picture.paste(colours[1], (0, 0, 32, 48))
    options = {} if key is None else {"transparency": key}

    small = thumb(saved(picture, "PNG", **options))

    assert small.mode == "RGBA"
    assert small.getpixel((5, 5))[3] < 10
    assert small.getpixel((60, 5))[3] > 245


def transparent_png(depth, colour_type, key):
    """Return a PNG whose left pixel is 0 and whose right one is as bright as can be."""
    size = depth * (3 if colour_type == 2 else 1)
    row = ((1 << size) - 1).to_bytes(-(-2 * size // 8), "big")
    row = (int.from_bytes(row, "big") << len(row) * 8 - 2 * size).to_bytes(len(row), "big")
    chunk = pictures.chunk(b"tRNS", key)
    return pictures.raw_png(2, 1, depth, colour_type, rows=b"\0" + row, extra=chunk)


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_the_transparent_gray_has_the_depth_of_the_picture(depth):
    bright = ((1 << depth) - 1).to_bytes(2, "big")

    small = thumb(transparent_png(depth, 0, bright))

    assert [small.getpixel((x, 0))[3] for x in (0, 1)] == [255, 0]


@pytest.mark.parametrize("depth", [8, 16])
def test_the_transparent_colour_has_the_depth_of_the_picture(depth):
    bright = ((1 << depth) - 1).to_bytes(2, "big") * 3

    small = thumb(transparent_png(depth, 2, bright))

    assert [small.getpixel((x, 0))[3] for x in (0, 1)] == [255, 0]


@pytest.mark.parametrize("key", [b"", b"\0", b"\0\0\0"])
def test_transparency_cut_short_is_ignored(key):
    assert thumb(pictures.raw_png(extra=pictures.chunk(b"tRNS", key))).mode == "RGB"
